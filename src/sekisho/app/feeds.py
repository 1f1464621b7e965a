"""Knowledge by network, or on a medium: packed and signed outside, loaded where no network is.

The same signed tar as an update's (`sekisho.app.bundle`): ``SHA256SUMS``, its Ed25519
signature, ``manifest.json``, and the files as they were published.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import shutil
import ssl
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from sekisho.app.bundle import MANIFEST, SIGNATURE, SUMS, take_signed
from sekisho.app.due import hurry
from sekisho.app.installation import Installation
from sekisho.errors import InvalidInputError, TamperError
from sekisho.posture.knowledge.load import FeedReport, confirm, load_feeds
from sekisho.posture.knowledge.network import SHIPPED, Feeds, Fetched, read_feeds
from sekisho.posture.knowledge.network import fetch as fetch_all
from sekisho.storage import write_durably
from sekisho.terms import iso

FORMAT = "sekisho-feeds-1"
KEY = "key"
TRUSTED = "trusted.pub"
FEEDS = "feeds.toml"
"""The institution's list of what is fetched, in its data directory."""


def pack(installation: Installation, paths: Sequence[Path], into: Path) -> tuple[int, bytes]:
    """Write a signed bundle of the files below `paths`.

    Args:
        installation: Whose key signs; it is made at the first call.
        paths: Files and folders as they were published.
        into: The bundle; an existing file is replaced.

    Returns:
        How many files are in it, and the public key (PEM) by which it is checked.

    Raises:
        InvalidInputError: There is no file.
    """
    files = [one for path in paths for one in _below(path)]
    if not files:
        raise InvalidInputError("posture.bundle.nothing")
    key = _own_key(installation)
    manifest = orjson.dumps(
        {"format": FORMAT, "made_at": iso(installation.clock.now()), "files": len(files)}
    )
    names = [f"feeds/{place:06d}/{_safe(path.name)}" for place, path in enumerate(files)]
    sums = [f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n"]
    for name, path in zip(names, files, strict=True):
        with path.open("rb") as opened:
            sums.append(f"{hashlib.file_digest(opened, 'sha256').hexdigest()}  {name}\n")
    listed = "".join(sums).encode()
    part = into.with_name(into.name + ".part")
    with tarfile.open(part, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in ((SUMS, listed), (SIGNATURE, key.sign(listed)), (MANIFEST, manifest)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, path in zip(names, files, strict=True):
            tar.add(path, name, recursive=False, filter=_plain)
    part.replace(into)
    return len(files), _public(key)


def load(
    installation: Installation,
    paths: Sequence[Path],
    *,
    key: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[FeedReport]:
    """Load files as they are published, folders of them, and signed bundles.

    Args:
        installation: Where they are kept.
        paths: Files, folders and bundles.
        key: The public key (PEM) of whoever packed a bundle; trusted from then on.
        progress: Called with the files read so far.

    Returns:
        A report for each file. A bundle that is altered, or by a key that is not trusted, is a
        report with `error`, and nothing of it is loaded.
    """
    reports: list[FeedReport] = []
    plain: list[Path] = []
    for path in paths:
        if path.is_file() and _is_bundle(path):
            reports.extend(_bundle(installation, path, key, progress))
        else:
            plain.append(path)
    if plain:
        reports += load_feeds(
            plain, database=installation.database, clock=installation.clock, progress=progress
        )
    _matched_soon(installation, reports)
    return reports


def fetch(
    installation: Installation,
    names: Sequence[str] = (),
    *,
    context: ssl.SSLContext | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Fetched], list[FeedReport]]:
    """Fetch by network what the institution's list names, and load what is new.

    Args:
        installation: Whose list and where they are kept; the first call writes the list.
        names: Sources of the list; all of them where empty.
        context: Whom to trust; the system's authorities where None.
        progress: Called with the sources done and all of them.

    Returns:
        What became of each source, and a report for each new file.

    Raises:
        InvalidInputError: The list is wrong, or does not have one of `names`.
    """
    known = sources(installation).sources
    unknown = sorted(set(names) - {one.name for one in known})
    if unknown:
        raise InvalidInputError("posture.fetch.unknown", name=unknown[0], file=FEEDS)
    chosen = [one for one in known if not names or one.name in names]
    folder, now = installation.data / "feeds" / "fetched", installation.clock.now()
    reports: list[FeedReport] = []

    def take(one: Fetched) -> None:
        read = load_feeds(one.files, database=installation.database, clock=installation.clock)
        for report in read:
            if report.error is not None:  # asked for again the next time
                Path(report.path.partition("!")[0]).unlink(missing_ok=True)
        if one.error is None and all(report.error is None for report in read):
            confirm(installation.database, folder / one.name, now)
        reports.extend(read)

    fetched = fetch_all(chosen, folder, now=now, context=context, taken=take, progress=progress)
    _matched_soon(installation, reports)
    return fetched, reports


def _matched_soon(installation: Installation, reports: Sequence[FeedReport]) -> None:
    """Let what is new be held against what stands here, all of it in one run (CSAF clause 13)."""
    if any(report.error is None for report in reports):
        hurry(installation, "machines")


def sources(installation: Installation) -> Feeds:
    """Return the institution's list of sources; what is shipped is written there first."""
    path = installation.data / FEEDS
    if not path.is_file():
        write_durably(path, SHIPPED.read_bytes())
    return read_feeds(path)


def fetch_daily(installation: Installation) -> None:
    """Fetch each morning, where the institution's list says so.

    Raises:
        InvalidInputError: A source could not be fetched, or what it gave not read.
    """
    if not sources(installation).daily:
        return
    fetched, reports = fetch(installation)
    failed = [one.name for one in fetched if one.error is not None]
    failed += sorted({Path(one.path).parent.name for one in reports if one.error is not None})
    if failed:
        raise InvalidInputError("posture.fetch.some", names=", ".join(failed))


def _bundle(
    installation: Installation,
    path: Path,
    key: Path | None,
    progress: Callable[[int, int], None] | None,
) -> list[FeedReport]:
    try:
        with tempfile.TemporaryDirectory(dir=installation.data, prefix="feeds-") as folder:
            into = Path(folder)
            _check(installation, path, key, into)
            made = _made_at(into / MANIFEST, path)
            reports = load_feeds(
                [into / "feeds"],
                database=installation.database,
                clock=installation.clock,
                as_of=made,
                progress=progress,
            )
    except (InvalidInputError, TamperError) as error:
        return [FeedReport(path=str(path), error=(error.message, error.values()))]
    except (ValueError, KeyError, OSError):
        return [FeedReport(path=str(path), error=("bundle.unreadable", {"file": path.name}))]
    for report in reports:
        report.path = f"{path}!" + re.sub(r"^.*?/feeds/\d{6}/", "", report.path)
    return reports


def _made_at(manifest: Path, path: Path) -> dt.datetime:
    told = orjson.loads(manifest.read_bytes())
    if told.get("format") != FORMAT:
        raise InvalidInputError("bundle.other_form", file=path.name)
    return dt.datetime.fromisoformat(str(told["made_at"]))


def _check(installation: Installation, path: Path, key: Path | None, into: Path) -> None:
    """Unpack `path` by the first trusted key that fits; a key given by hand is trusted from then on."""
    folder = installation.data / "feeds"
    given = [key.read_bytes()] if key is not None else []
    keys = given + [
        one.read_bytes() for one in (folder / TRUSTED, folder / f"{KEY}.pub") if one.is_file()
    ]
    if not keys:
        raise InvalidInputError("posture.bundle.no_key", file=path.name)
    for place, one in enumerate(keys):
        try:
            take_signed(path, one, into)
        except TamperError as error:
            if error.message != "bundle.not_signed" or place == len(keys) - 1:
                shutil.rmtree(into / "feeds", ignore_errors=True)
                raise
            continue
        if given and place == 0:
            folder.mkdir(mode=0o700, exist_ok=True)
            write_durably(folder / TRUSTED, one)
        return


def _own_key(installation: Installation) -> Ed25519PrivateKey:
    path = installation.data / "feeds" / KEY
    if path.is_file():
        made = load_pem_private_key(path.read_bytes(), None)
        if not isinstance(made, Ed25519PrivateKey):
            raise InvalidInputError("bundle.bad_key")
        return made
    path.parent.mkdir(mode=0o700, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    write_durably(
        path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600
    )
    write_durably(path.with_suffix(".pub"), _public(key))
    return key


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _is_bundle(path: Path) -> bool:
    with path.open("rb") as opened:
        return opened.read(len(SUMS)) == SUMS.encode()


def _below(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(
            one for one in path.rglob("*") if one.is_file() and not one.name.startswith(".")
        )
    if not path.is_file():
        raise InvalidInputError("posture.feed.cannot_open", reason=path.name)
    return [path]


def _safe(name: str) -> str:
    return re.sub(r"[^\w.+~-]", "_", name, flags=re.ASCII)[:120] or "_"


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who owns the file on the machine that packed it."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode, member.mtime = 0o644, 0
    return member
