"""The folder for the day: one ZIP whose list of SHA-256 stands in the signed record.

``SHA256SUMS`` names every file; the record of the folder's making names the SHA-256 of that
list; ``folder.tlog-proof`` proves that record under a checkpoint which the ledger's key signed
(and witnesses cosigned, where there are). So the folder is signed without the key leaving the
recorder, and nobody can have made another one in its place without the record showing it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from sekisho.app.history import keep_given
from sekisho.app.inspection.folder.pieces import GROUPS, Piece, Plan, plan
from sekisho.app.inspection.paper import begin_record
from sekisho.app.installation import Installation
from sekisho.app.witnesses import ask_witnesses
from sekisho.errors import ConflictError, TamperError, UnavailableError
from sekisho.inspection.papers import Folder, folder, keep_folder
from sekisho.ledger import own
from sekisho.pages.environment import Frame
from sekisho.pages.offline import offline, shell
from sekisho.pages.words import say
from sekisho.storage import write_durably
from sekisho.terms import Action

SUMS, PROOF = "SHA256SUMS", "folder.tlog-proof"
OBJECT = "inspection/folder"
"""What the record of a folder's making names; the verifiers ask for it."""
Progress = Callable[[int, int], None]
_WORDS = (
    "files", "zip", "no_list", "list", "gone", "changed", "extra_file", "no_proof", "other_list",
    "key", "signer", "signature", "root", "proof", "wrong", "choose", "no_crypto", "stopped",
    "not_begun", "good", "good_means", "half", "half_means", "bad", "count", "record",
    "recorded_at", "origin", "print",
)  # fmt: skip


def make_folder(
    installation: Installation,
    *,
    by: str,
    language: str = "ja",
    terminal: str | None = None,
    progress: Progress | None = None,
) -> tuple[Folder, bytes]:
    """Return a new folder: its line in the list of those made, and the ZIP.

    Args:
        installation: Whose folder.
        by: Who makes it.
        language: ``ja`` or ``en``.
        terminal: Where it was asked for.
        progress: Told (files done, files in all).

    Raises:
        UnavailableError: Its making could not be recorded; then there is none.
    """
    begin_record(installation, by)
    planned = plan(installation, language)
    pieces = planned.pieces
    at = installation.clock.now()
    contents: dict[str, bytes] = {}
    for done, piece in enumerate(pieces, start=1):
        contents[piece.name] = piece.make()
        if progress is not None:
            progress(done, len(pieces) + 2)
    contents["verify.sh"] = shell()
    contents["index.html"] = _index(installation, planned, pieces, contents, by, at, language)
    listed = "".join(
        f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in sorted(contents)
    ).encode()
    sums = hashlib.sha256(listed).hexdigest()
    record = _recorded(installation, sums, by, terminal)
    contents |= {SUMS: listed, PROOF: _proof(installation, record)}
    content = _zip(installation, contents, at)
    digest = hashlib.sha256(content).hexdigest()
    write_durably(_path(installation, digest), content)
    number = keep_folder(
        installation.database, at=at, by=by, language=language, files=len(contents),
        size=len(content), sums=sums, digest=digest, record=record,
        missing=[{"message": one.message, "args": dict(one.args)} for one in planned.missing],
    )  # fmt: skip
    made = folder(installation.database, number)
    assert made is not None
    return made, content


def kept_folder(installation: Installation, made: Folder) -> bytes:
    """Return a folder that was made, as it was made.

    Raises:
        TamperError: The file is gone, or is not the one that was kept.
    """
    try:
        content = _path(installation, made.digest).read_bytes()
    except FileNotFoundError as error:
        raise TamperError("folder.gone", number=made.id) from error
    if hashlib.sha256(content).hexdigest() != made.digest:
        raise TamperError("folder.differs", number=made.id)
    return content


def name_of(installation: Installation, made: Folder) -> str:
    """Return what the ZIP is called."""
    local = made.at.astimezone(ZoneInfo(installation.config.zone))
    return f"sekisho-inspection-{local:%Y%m%d}-{made.id}.zip"


def _recorded(installation: Installation, sums: str, by: str, terminal: str | None) -> int:
    act = own(
        installation.clock,
        user_id=by,
        action=Action.EXPORT,
        object=OBJECT,
        reason=f"sha256:{sums}",
        terminal=terminal,
    )
    with installation.recorder() as recorder:
        (index,) = recorder.append([act])
    if index is None:
        raise UnavailableError("app.not_recorded")
    return index


def _proof(installation: Installation, index: int) -> bytes:
    """Return the proof of a record that was just made; it is signed a moment later."""
    reader = installation.reader()
    for attempt in range(50):
        try:
            proof = reader.proof(index, ask_witnesses(installation, seconds=5))
        except ConflictError:
            if attempt == 49:
                raise
            time.sleep(0.1)
            continue
        keep_given(installation, proof.checkpoint.text)
        return proof.tlog_proof.encode()
    raise AssertionError(index)


def _index(
    installation: Installation,
    planned: Plan,
    pieces: tuple[Piece, ...],
    contents: dict[str, bytes],
    by: str,
    at: dt.datetime,
    language: str,
) -> bytes:
    from sekisho.inspection import Standing  # noqa: PLC0415 (slow to import)

    zone = installation.config.zone
    files = [
        {
            "name": one.name,
            "title": one.title,
            "note": one.note,
            "size": len(contents[one.name]),
            "sum": hashlib.sha256(contents[one.name]).hexdigest(),
            "group": one.group,
        }
        for one in pieces
    ]
    groups = [(group, [one for one in files if one["group"] == group]) for group in GROUPS]
    return offline(
        "folder/index.html",
        language=language,
        frame=Frame(zone=zone),
        institution=installation.institution or say(language, "app.month.no_institution"),
        simulated=installation.simulated,
        made_at=f"{at.astimezone(ZoneInfo(zone)):%Y/%m/%d %H:%M}",
        by=by,
        sheets=[
            {
                "title": one.catalogue.title[language],
                "counts": [
                    (say(language, f"inspection.standing.{each.value}"), one.count(each))
                    for each in (Standing.YES, Standing.NO, Standing.NOT_APPLICABLE, Standing.CONFIRM, Standing.OPEN)
                ],
            }
            for one in planned.sheets
        ],
        groups=[(group, found) for group, found in groups if found],
        missing=planned.missing,
        key_example=say(language, "folder.key_example"),
        words={name: say(language, f"folder.js.{name}") for name in _WORDS},
    ).encode()  # fmt: skip


def _zip(installation: Installation, contents: dict[str, bytes], at: dt.datetime) -> bytes:
    local = at.astimezone(ZoneInfo(installation.config.zone))
    root = f"sekisho-inspection-{local:%Y%m%d}"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name in sorted(contents, key=lambda one: (one != "index.html", one)):
            info = zipfile.ZipInfo(f"{root}/{name}", local.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            file.writestr(info, contents[name])
    return out.getvalue()


def _path(installation: Installation, digest: str) -> Path:
    return installation.data / "paper" / f"{digest}.zip"
