"""Verify a record that was handed out, without any program of Sekisho.

    python3 verify.py EXPORT KEY [--kept CHECKPOINT] [--witness KEY]... [--whole]
EXPORT  what ``sekisho ledger export --with-proof`` wrote (.jsonl or .jsonl.gz), or one .tlog-proof
KEY     the verifier key on paper, as text or as a file
--kept, --witness   a checkpoint kept earlier (file); a witness's key that must have cosigned
--whole   you were told that this is the whole record: a missing record is wrong

Needs Python 3.9 and ``cryptography``; written from docs/formats/ledger.md alone, in 300 lines.
Ends with 0 (nothing wrong), 1 (something is wrong) or 2 (the call is wrong).
"""

# fmt: off
from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PROOF, HIDDEN = ("canonical", "salt", "tlog_proof"), ("digest", "key")  # HIDDEN: not shown
GONE = {"index", "erased_by", "entry", "tlog_proof"}  # the line of an erased record
KIND, LINE = "c2sp.org/tlog-proof@v1", 1 << 24
Key = tuple[str, bytes, Ed25519PublicKey]  # name, id, key
Signed = tuple[int, bytes]  # size, root
BODY = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,17})\n([^\n]+)\n(?:[^\n]+\n)*\Z")
ORDER = re.compile(r"erasure/\d+/(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)/[0-9a-f]{64}", re.ASCII)
TURN = re.compile(r"[^\n]+\nsekisho-key-rotation-1\n[^\n]+\n([^\n]+)\n\d+\n[^\n]+\n", re.ASCII)
SAYS = {
    "key": ("鍵が読めません", "this is no verifier key"), "file": ("ファイルが壊れているか、途中で切れています", "the file is damaged or cut short"), "line": ("この行は読めません", "this line cannot be read"),
    "fields": ("項目が足りないか、余分です", "a field is missing or too many"), "unproven": ("署名された記録から、証明が抜かれています", "a signed record has lost its proof"), "proof": ("証明の形が違います", "the proof has not the form it must have"),
    "index": ("番号が、証明の番号と違います", "the number is not the proof's"), "order": ("番号が重なっているか、順が違います", "a record stands twice or out of order"), "missing": ("この番号の記録が抜けています", "the record of this number is missing"),
    "checkpoint": ("チェックポイントが読めません", "the checkpoint cannot be read"), "several": ("チェックポイントが一つではありません", "there is more than one checkpoint"), "signer": ("この鍵の署名がありません", "there is no signature of this key"),
    "signature": ("署名が合いません", "the signature does not hold"), "witness": ("立会人の署名がないか、合いません", "a witness's cosignature is missing or wrong"), "extra": ("証明の中の記録が、行の記録と違います", "the record in the proof is another one"),
    "canonical": ("記録の書き方が決まりと違います", "the record is not in its canonical form"), "record": ("見える項目が、署名された記録と違います", "what is shown is not what was signed"), "erased": ("記録がなく、消去を命じた記録もありません", "gone, and no record orders its erasure"),
    "empty": ("記録が一件もありません", "there is no record in it"), "root": ("署名された記録ではありません", "this is not the record that was signed"), "rolled_back": ("控えより古い記録です（巻き戻し）", "older than the kept one: rolled back"),
    "not_continued": ("控えたあとに書き換えられています", "changed after the kept checkpoint"), "unsigned": ("新しく、まだ署名されていない件数", "records too young to be signed"), "part": ("一部だけです。省かれた記録は分かりません", "a part: what was left out is unknown"),
    "rollback": ("巻き戻し（控えが渡されていません）", "rollback: no kept checkpoint was given"), "kept_part": ("控えより後か（全部ではないため）", "the kept one: only a whole record tells"), "witnesses": ("立会人（鍵が渡されていません）", "witnesses: no key of one was given"),
}

class Wrong(Exception):  # noqa: N818 (what it is, in one word)
    """Something does not hold; the argument is an id of `SAYS`."""

def ask(holds: bool, what: str) -> None:
    """Stop where something does not hold."""
    if not holds:
        raise Wrong(what)

def sha(*parts: bytes) -> bytes:
    """Return the SHA-256 of joined bytes."""
    return hashlib.sha256(b"".join(parts)).digest()

def decoded(text: str, what: str) -> bytes:
    """Return what base64 says, in its one right form."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raise Wrong(what) from None
    ask(base64.b64encode(raw).decode() == text, what)
    return raw

def read_key(given: str, kind: int) -> Key:
    """Return the key in a text or in the file it names (section 5)."""
    text = given if "+" in given else Path(given).read_text("utf-8")
    name, short, body = (*text.strip().split("+", 2), "", "")[:3]
    raw = decoded(body, "key")
    ask(len(raw) == 33 and raw[0] == kind, "key")
    ask(sha(name.encode(), b"\n", raw)[:4].hex() == short, "key")
    return name, bytes.fromhex(short), Ed25519PublicKey.from_public_bytes(raw[1:])

class Note:
    """A signed note: its text and its signatures, none of them checked yet (section 5)."""

    def __init__(self, text: str) -> None:
        body, blank, tail = text.rpartition("\n\n")
        lines = [line.split(" ") for line in tail[:-1].split("\n")]
        ask(blank + tail[-1:] == "\n\n\n" and all((len(x), x[0]) == (3, "—") for x in lines), "checkpoint")
        self.text, self.given = body + "\n", [(x[1], decoded(x[2], "checkpoint")) for x in lines]

    def signed(self, who: Key, kind: str = "signer") -> None:
        """Ask for the signature of a log's key, or the cosignature of a witness's (section 11)."""
        mine = [raw[4:] for name, raw in self.given if (name, raw[:4]) == who[:2]]
        ask(bool(mine), kind)
        for raw in mine:
            at = 0 if kind == "signer" else 8  # A cosignature begins with its time.
            time = f"cosignature/v1\ntime {int.from_bytes(raw[:8], 'big')}\n" if at else ""
            try:
                who[2].verify(raw[at:], (time + self.text).encode())
            except InvalidSignature:
                raise Wrong("witness" if at else "signature") from None

    def checkpoint(self, key: Key, witnesses: Sequence[Key]) -> Signed:
        """Return size and root of a checkpoint that the key and all witnesses signed."""
        found = BODY.match(self.text)
        if not found:
            raise Wrong("checkpoint")
        ask(found[1] == key[0], "signer")
        self.signed(key)
        for who in witnesses:
            self.signed(who, "witness")
        return int(found[2]), decoded(found[3], "checkpoint")

    def after(self, key: Key) -> Key:
        """Return the key to which this one hands over here; itself where it does not (15)."""
        found = TURN.fullmatch(self.text)
        if not found or key[:2] not in [(name, raw[:4]) for name, raw in self.given]:
            return key
        new = read_key(found[1], 1)
        ask(new[0] == key[0], "signer")
        for who in (key, new):
            self.signed(who)
        return new

def root_from(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that an audit path gives (RFC 9162, 2.1.3.2)."""
    last = size - 1
    for step in path:
        ask(last > 0, "root")
        right = index & 1 or index == last
        leaf = sha(b"\x01", step, leaf) if right else sha(b"\x01", leaf, step)
        while right and index and not index & 1:
            index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    ask(last == 0, "root")
    return leaf

def root_of(row: list[bytes]) -> bytes:
    """Return the root over leaf hashes (RFC 6962, 2.1)."""
    while len(row) > 1:
        odd = row[len(row) & ~1 :]
        row = [sha(b"\x01", *row[at : at + 2]) for at in range(0, len(row) - 1, 2)] + odd
    return row[0] if row else sha()

def parsed(text: str | bytes, what: str) -> dict[str, Any]:
    """Return a JSON object with no key twice."""
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        ask(len({name for name, _ in pairs}) == len(pairs), what)
        return dict(pairs)
    try:
        found = json.loads(text.encode() if isinstance(text, str) else text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Wrong(what) from None
    ask(isinstance(found, dict), what)
    return found  # type: ignore[no-any-return]

def unhex(text: Any, digits: int) -> bytes:
    """Return the bytes of so many hex digits; nothing where it is not that."""
    return bytes.fromhex(text if re.fullmatch(f"[0-9a-f]{{{digits}}}", str(text)) else "")

def written(record: dict[str, Any], without: Sequence[str] = ()) -> str:
    """Return the canonical text of an object, or of it without some of its keys (section 2)."""
    shown = {name: value for name, value in record.items() if name not in without}
    return json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

def from_proof(raw: bytes) -> dict[str, Any]:
    """Return the line that a .tlog-proof stands for."""
    text = raw.decode("utf-8", "replace")
    found = re.match(r"[^\n]+\nextra ([^\n]+)\nindex ([0-9]{1,18})\n", text)
    held = parsed(decoded(found[1], "proof") if found else b"", "proof")
    record = json.loads(written(parsed(str(held.get("canonical")), "canonical"), HIDDEN))
    return {**record, **held, "index": int(found[2]) if found else 0, "tlog_proof": text}

def lines_of(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give each line with its number; a .tlog-proof is one line."""
    with path.open("rb") as raw:
        file = gzip.GzipFile(fileobj=raw) if raw.peek(2)[:2] == b"\x1f\x8b" else raw
        for number, line in enumerate(iter(lambda: file.readline(LINE), b""), 1):
            if number == 1 and line == KIND.encode() + b"\n":
                yield number, from_proof(line + file.read(LINE))
            else:
                ask(line.endswith(b"\n"), "file" if len(line) < LINE else "line")
                yield number, parsed(line, "line")

class Check:
    """One export under check; `gap` is the first number that no line has."""

    def __init__(self, key: Key, witnesses: Sequence[Key], kept: Signed | None) -> None:
        self.key, self.witnesses, self.kept = key, witnesses, kept
        self.signed: Signed | None = None
        self.text, self.last, self.proven, self.gap = "", -1, 0, 0
        self.leaves, self.young = list[bytes](), list[int]()
        self.erased, self.gone = dict[int, object](), dict[int, object]()  # by whom; not found yet

    def line(self, line: dict[str, Any]) -> None:
        """Check one line (section 8); one that hands over from our key to the next (15)."""
        if line.keys() == {"rotation"} and self.signed is None:
            self.key = Note(str(line["rotation"])).after(self.key)
            return
        index = line.get("index")
        if type(index) is not int or index <= self.last:
            raise Wrong("order" if type(index) is int else "fields")
        self.gap, self.last = self.gap + (index == self.gap), index
        values = [line.get(name, 0) for name in PROOF]
        if line.keys() == GONE:
            self.gone[index] = self.erased[index] = line["erased_by"]
            self.proof(line, index)
        elif values == [None] * 3:
            ask(self.signed is None or index >= self.signed[0], "unproven")
            self.young.append(index)
        else:
            ask(all(isinstance(value, str) for value in values), "fields")
            ask(not self.young, "unproven")
            self.proof(line, index)

    def proof(self, line: dict[str, Any], index: int) -> None:
        """Check one proven line; its leaf's hash is kept while it can tell of the kept root."""
        head, _, checkpoint = line["tlog_proof"].partition("\n\n")
        if self.signed is None:
            self.signed, self.text = Note(checkpoint).checkpoint(self.key, self.witnesses), checkpoint
        ask(checkpoint == self.text, "several")
        kind, *rest = head.split("\n")
        extra = "" if "entry" in line else (rest or [""]).pop(0)
        ask(kind == KIND and bool(rest), "proof")
        ask(rest[0] == f"index {index}" and index < self.signed[0], "index")
        entry = unhex(line["entry"], 64) if "entry" in line else self.entry(line, index, extra)
        leaf, path = sha(b"\x00", entry), [decoded(step, "proof") for step in rest[1:]]
        ask(root_from(leaf, index, self.signed[0], path) == self.signed[1], "root")
        self.proven += 1
        if self.kept and len(self.leaves) == index < self.kept[0]:
            self.leaves.append(leaf)

    def entry(self, line: dict[str, Any], index: int, extra: str) -> bytes:
        """Return the entry that a record gives; keep what it orders to be erased (section 13)."""
        ask(extra.startswith("extra "), "proof")
        held = parsed(decoded(extra[6:], "proof"), "proof")
        ask(held == {name: line[name] for name in PROOF[:2]}, "extra")
        record = parsed(line["canonical"], "canonical")
        ask(written(record) == line["canonical"], "canonical")
        ask(written(line, (*PROOF, "index")) == written(record, HIDDEN), "record")
        what, *mine = [str(record.get(name)) for name in ("object", "source", "digest", "key")]
        digest, found = sha(what.encode("utf-8", "replace")).hex(), ORDER.fullmatch(what)
        if found and mine == ["sekisho", digest, digest[:32]]:
            parts = [part.split("-") for part in found[1].split(",")]
            named = {n for part in parts for n in range(int(part[0]), int(part[-1]) + 1)}
            self.gone = {n: by for n, by in self.gone.items() if by != index or n not in named}
        return sha(unhex(line["salt"], 32), line["canonical"].encode("utf-8", "replace"))

    def end(self, *, whole: bool) -> list[tuple[str, int]]:
        """Check what only the whole shows; return what could not be checked, with a number."""
        if self.signed is None:
            raise Wrong("unproven" if self.young else "empty")
        size, root = self.signed
        self.last = min(self.gone, default=self.last)
        ask(not self.gone, "erased")
        ask(not whole or self.proven == size, "missing")
        doubts = (("part", self.proven % size), ("unsigned", len(self.young)), ("witnesses", 0))
        unsure = [each for each in doubts if (not self.witnesses if each[0] == "witnesses" else each[1])]
        if self.kept is None:
            return [*unsure, ("rollback", 0)]
        ask(self.kept[0] <= size, "rolled_back")
        if self.kept[0] not in (size, len(self.leaves)):
            return [*unsure, ("kept_part", self.kept[0])]
        ask((root if self.kept[0] == size else root_of(self.leaves)) == self.kept[1], "not_continued")
        return unsure

def main() -> int:
    """Check what the command line names; print the answer; return the exit code."""
    words = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    for name, kind in (("export", Path), ("key", str), ("--kept", Path)):
        words.add_argument(name, type=kind)
    words.add_argument("--witness", action="append", default=[])
    words.add_argument("--whole", action="store_true")
    given, at = words.parse_args(), 0
    try:
        key, witnesses = read_key(given.key, 1), [read_key(each, 4) for each in given.witness]
        kept = Note(given.kept.read_text("utf-8")).checkpoint(key, ()) if given.kept else None
        check = Check(key, witnesses, kept)
        given.export.open("rb").close()
    except (Wrong, OSError, ValueError) as error:
        words.error(" / ".join(SAYS.get(str(error), [str(error)])))
    try:
        for at, line in lines_of(given.export):  # noqa: B007 (said when it is wrong)
            check.line(line)
        at = 0
        unsure = check.end(whole=given.whole)
    except (Wrong, EOFError, OSError, zlib.error) as error:
        what = str(error) if isinstance(error, Wrong) else "file"
        index = check.gap if what == "missing" else check.last
        print("✗ 異常があります / something is wrong:", " / ".join(SAYS[what]), f"[{what}]")
        print(f"  {at} 行目、記録 {index} / line {at}, record {index}")
        return 1
    print(f"✓ 異常は見つかりませんでした / nothing wrong was found: {check.proven} 件 / records")
    if check.erased:
        print("  − 法令による消去（命じた記録） / lawfully erased (by record):", len(check.erased), {*check.erased.values()})
    for what, number in unsure:
        print("  ? 未確認 / not checked:", " / ".join(SAYS[what]), number or "", f"[{what}]")
    return 0

if __name__ == "__main__":
    sys.exit(main())
