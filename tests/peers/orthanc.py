"""A real Orthanc with DICOMweb on loopback, filled with pydicom's own images."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from tests.missing import missing
from tests.ports import free_port

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")


@dataclass(frozen=True, slots=True)
class Orthanc:
    """A running archive.

    Attributes:
        url: Its address; DICOMweb is below ``/dicom-web``.
        studies: Patient id → study instance UID of what was stored.
    """

    url: str
    studies: dict[str, str]


def image(patient: str, study: str) -> bytes:
    """Return a small CT image of `patient` in `study`, made from pydicom's own."""
    found = get_testdata_file("CT_small.dcm")
    assert isinstance(found, str)
    dataset = pydicom.dcmread(found)
    dataset.PatientID = patient
    dataset.PatientName = "SIMULATED^PATIENT"
    dataset.StudyInstanceUID = study
    dataset.SeriesInstanceUID = f"{study}.1"
    dataset.SOPInstanceUID = f"{study}.1.1"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    whole = io.BytesIO()
    dataset.save_as(whole)
    return whole.getvalue()


@contextmanager
def orthanc(
    folder: Path, users: Mapping[str, str] | None = None, more: Mapping[str, object] | None = None
) -> Iterator[Orthanc]:
    """Run an archive with three simulated patients until the block ends.

    Args:
        folder: Where it keeps its files.
        users: Name → password (HTTP Basic) of who may ask it; everybody may unless given.
        more: Further settings of its configuration.
    """
    program = shutil.which("Orthanc")
    if program is None or not PLUGIN.exists():
        missing("Orthanc with DICOMweb is not here (Debian: orthanc, orthanc-dicomweb)")
    port = free_port()
    settings = {
        "Name": "test",
        "HttpPort": port,
        "HttpServerEnabled": True,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": users is not None,
        "RegisteredUsers": dict(users or {}),
        "DicomServerEnabled": False,
        "StorageDirectory": str(folder / "db"),
        "IndexDirectory": str(folder / "db"),
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "EnableWado": True},
        **(more or {}),
    }
    (folder / "orthanc.json").write_text(json.dumps(settings), encoding="utf-8")
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [program, str(folder / "orthanc.json")], stdout=log, stderr=subprocess.STDOUT, cwd=folder
    )
    url = f"http://127.0.0.1:{port}"
    try:
        shown = {"Authorization": _basic(*next(iter(users.items())))} if users else {}
        _wait(process, f"{url}/system", shown, folder / "log")
        studies = {}
        for number, patient in enumerate(("00200", "00042", "00777"), 1):
            study = f"1.2.826.0.1.3680043.8.498.{number}"
            request = urllib.request.Request(
                f"{url}/instances", data=image(patient, study), headers=shown, method="POST"
            )
            with urllib.request.urlopen(request, timeout=20) as answer:
                assert answer.status == 200
            studies[patient] = study
        yield Orthanc(url, studies)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _wait(process: subprocess.Popen[bytes], url: str, shown: Mapping[str, str], log: Path) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url, headers=dict(shown)), timeout=2
            ) as answer:
                answer.read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"Orthanc did not start: {log.read_text(errors='replace')[-2000:]}")
