"""DICOMweb (DICOM PS3.18): QIDO-RS, WADO-RS and WADO-URI, STOW-RS.

A study's patient is read from the archive itself (`Question.resolve`) before bulk
bytes pass; answers in dicom+json are looked into like any other.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from email.parser import BytesHeaderParser
from typing import Any

import orjson
import pydicom
from pydicom.errors import InvalidDicomError

from sekisho.access import Act
from sekisho.gate.interface import UNKNOWN_PATIENT, Head, Question, Seen, Unreadable
from sekisho.terms import PatientId

UID = re.compile(r"[0-9]+(?:\.[0-9]+)*")
PATIENT_ID, ISSUER, STUDY_UID = "00100020", "00100021", "0020000D"
_LEVELS = ("studies", "series", "instances")
_TAGS = ["PatientID", "IssuerOfPatientID", "StudyInstanceUID"]
_RETRIEVES = frozenset({"metadata", "rendered", "thumbnail", "frames", "bulkdata", "pixeldata"})


class DicomwebAdapter:
    """One archive; `base` is the path of its DICOMweb service."""

    def __init__(self, *, base: str, class_: str) -> None:
        self._base = tuple(part for part in base.split("/") if part)
        self._way = base
        self._class = class_

    def ask(self, head: Head, body: bytes) -> Question:
        """Return what is asked; see `sekisho.gate.interface.Adapter`."""
        if head.parts == ("wado",):
            return self._wado_uri(head)
        if head.parts[: len(self._base)] != self._base:
            raise Unreadable("gate.no_rule")
        parts = head.parts[len(self._base) :]
        if head.method == "POST" and parts[:1] == ("studies",) and len(parts) <= 2:
            return self._store(head, body, parts)
        if head.method not in {"GET", "HEAD"} or not parts:
            raise Unreadable("gate.no_rule")
        return self._get(parts)

    def look(self, content_type: str, body: bytes) -> Seen:
        """Return the patients of an answer in dicom+json.

        Raises:
            Unreadable: It is in another form, or no dataset of it can be read.
        """
        kind = content_type.partition(";")[0].strip().casefold()
        if kind not in {"application/dicom+json", "application/json"}:
            raise Unreadable("gate.dicom_only_json")
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Unreadable("gate.not_json") from error
        sets = answer if isinstance(answer, list) else [answer]
        seen = Seen()
        for dataset in sets:
            if not isinstance(dataset, dict):
                raise Unreadable("gate.not_dicom")
            seen |= self._dataset(dataset)
        return seen

    def who_is(self, patient: PatientId) -> str | None:  # noqa: ARG002 (the interface's)
        """Return None: the number in the answer is the hospital's own."""
        return None

    def numbers(self, body: bytes) -> dict[str, str]:  # noqa: ARG002 (the interface's)
        """Return nothing: there is nothing to translate."""
        return {}

    def refusal(self, status: int, message: str, say: Callable[[str], str]) -> tuple[str, bytes]:
        """Return a problem document (RFC 9457)."""
        body = {"type": "about:blank", "status": status, "title": say(message)}
        return "application/problem+json", orjson.dumps(body)

    def _get(self, parts: tuple[str, ...]) -> Question:
        """Return what a GET asks: a search, or bytes of one study."""
        names, uids, rest = _path(parts)
        what = "/".join(parts[: 2 * len(names)])
        if rest and (rest[0] not in _RETRIEVES or "studies" not in names):
            raise Unreadable("gate.no_rule")
        searching = not rest and len(names) > len(uids)
        if searching:
            resolve = (self._study(uids[0]),) if uids else ()
            return Question(
                act=Act.SEARCH, object=what, classes=frozenset({self._class}), resolve=resolve
            )
        if not uids:
            raise Unreadable("gate.no_rule")
        metadata = rest[:1] == ("metadata",)
        return Question(
            act=Act.READ,
            object="/".join((what, *rest[:1])),
            classes=frozenset({self._class}),
            look=metadata,
            whole=True,
            resolve=(self._study(uids[0]),),
        )

    def _wado_uri(self, head: Head) -> Question:
        uids = [value for name, value in head.values if name.casefold() == "studyuid"]
        if head.method not in {"GET", "HEAD"} or len(uids) != 1 or not UID.fullmatch(uids[0]):
            raise Unreadable("gate.no_rule")
        return Question(
            act=Act.READ,
            object=f"wado/{uids[0]}",
            classes=frozenset({self._class}),
            look=False,
            whole=True,
            resolve=(self._study(uids[0]),),
        )

    def _store(self, head: Head, body: bytes, parts: tuple[str, ...]) -> Question:
        """Return whose images are stored: each part is opened."""
        if head.content_type != "multipart/related":
            raise Unreadable("gate.not_dicom")
        patients = set()
        count = 0
        for part in multipart(body):
            count += 1
            patients |= _patient_of(part)
        if not count:
            raise Unreadable("gate.not_dicom")
        if len(parts) == 2 and not UID.fullmatch(parts[1]):
            raise Unreadable("gate.no_rule")
        classes = {self._class} if patients else {self._class, UNKNOWN_PATIENT}
        return Question(
            act=Act.WRITE,
            object="/".join(parts),
            patients=frozenset(patients),
            classes=frozenset(classes),
        )

    def _dataset(self, dataset: dict[str, Any]) -> Seen:
        ids = _values(dataset, PATIENT_ID)
        if not ids:
            # Below a study that is resolved the patient need not be repeated; elsewhere
            # a dataset that names a study and no patient is the unknown patient.
            unknown = STUDY_UID in dataset
            return Seen(
                classes=frozenset({self._class} | ({UNKNOWN_PATIENT} if unknown else set()))
            )
        issuer = next(iter(_values(dataset, ISSUER)), None)
        return Seen(frozenset(PatientId(each, issuer) for each in ids), frozenset({self._class}))

    def _study(self, uid: str) -> str:
        return f"{self._way}/studies?StudyInstanceUID={uid}&includefield={PATIENT_ID}"


def multipart(body: bytes) -> Iterator[bytes]:
    """Give the content of each part of a multipart/related body (RFC 2387), by its own boundary.

    Raises:
        Unreadable: It is broken, or cut.
    """
    if not body.startswith(b"--"):
        body = body.partition(b"\r\n--")[2]
        body = b"--" + body
    line, _, _ = body.partition(b"\r\n")
    if not 3 <= len(line) <= 72:
        raise Unreadable("gate.broken_multipart")
    pieces = body.split(b"\r\n" + line)
    pieces[0] = pieces[0].removeprefix(line)
    if not pieces[-1].startswith(b"--"):
        raise Unreadable("gate.broken_multipart")
    for piece in pieces[:-1]:
        head, apart, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not apart:
            raise Unreadable("gate.broken_multipart")
        if "content-transfer-encoding" in {
            name.casefold() for name in BytesHeaderParser().parsebytes(head)
        }:
            raise Unreadable("gate.broken_multipart")
        yield content


def _patient_of(part: bytes) -> set[PatientId]:
    try:
        found = pydicom.dcmread(io.BytesIO(part), stop_before_pixels=True, specific_tags=_TAGS)
        name = str(found.get("PatientID") or "").strip()
        issuer = str(found.get("IssuerOfPatientID") or "").strip() or None
    except (InvalidDicomError, ValueError, KeyError, AttributeError, OSError, EOFError) as error:
        raise Unreadable("gate.not_dicom") from error
    except Exception as error:  # pydicom raises what its many value readers raise
        raise Unreadable("gate.not_dicom") from error
    return {PatientId(name, issuer)} if name else set()


def _path(parts: tuple[str, ...]) -> tuple[list[str], list[str], tuple[str, ...]]:
    """Return the levels that a path names, the UIDs given, and what follows them."""
    names: list[str] = []
    uids: list[str] = []
    place = 0
    while place < len(parts) and parts[place] in _LEVELS[len(names) :]:
        if names and len(uids) < len(names):
            raise Unreadable("gate.no_rule")
        names.append(parts[place])
        place += 1
        if place < len(parts) and parts[place] not in _LEVELS:
            if not UID.fullmatch(parts[place]):
                raise Unreadable("gate.no_rule")
            uids.append(parts[place])
            place += 1
    if not names:
        raise Unreadable("gate.no_rule")
    return names, uids, parts[place:]


def _values(dataset: dict[str, Any], tag: str) -> list[str]:
    element = dataset.get(tag)
    values = element.get("Value", []) if isinstance(element, dict) else []
    if not isinstance(values, list):
        raise Unreadable("gate.not_dicom")
    return [str(value).strip() for value in values if str(value).strip()]
