"""The real FHIR R4 server of the tests (npm), started on loopback and ended with the session."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.missing import missing

FOLDER = Path(__file__).resolve().parent / "fhir"
NODE = Path(__file__).resolve().parent.parent.parent / ".venv" / "bin" / "node"


@dataclass(frozen=True, slots=True)
class FhirServer:
    """Where it listens, for instance ``http://127.0.0.1:40001``; its base path is ``/``."""

    url: str

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str = "application/fhir+json",
    ) -> tuple[int, str, bytes]:
        """Return status, content type and body of its answer to `path` (with a first ``/``)."""
        request = urllib.request.Request(self.url + path, data=body, method=method)
        if body is not None:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["Content-Type"], error.read()

    def load(self, resources: Iterable[dict[str, Any]]) -> None:
        """Store each resource under its own id; a Bundle's resources one by one."""
        for resource in resources:
            if resource["resourceType"] == "Bundle":
                self.load(_linked(resource))
                continue
            path = f"/{resource['resourceType']}/{resource['id']}"
            status, _, said = self.send("PUT", path, json.dumps(resource).encode())
            assert status in {200, 201}, said[:300]


def _linked(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """Return its resources with ``urn:uuid:`` references turned into ``Type/id``."""
    text = json.dumps(bundle)
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if str(entry.get("fullUrl", "")).startswith("urn:uuid:"):
            text = text.replace(
                json.dumps(entry["fullUrl"]),
                json.dumps(f"{resource['resourceType']}/{resource['id']}"),
            )
    return [entry["resource"] for entry in json.loads(text)["entry"]]


@contextmanager
def running_fhir_server() -> Iterator[FhirServer]:
    """Start one, empty; ended on leaving. Missing packages skip the test, in CI they fail it."""
    if not (NODE.exists() and (FOLDER / "node_modules" / ".sekisho").exists()):
        missing("the FHIR server of the tests is not here (tools/peers.sh brings it)")
    with subprocess.Popen(
        [NODE, FOLDER / "server.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            port = process.stdout.readline().strip()
            assert port.isdigit(), "the FHIR server did not start"
            yield FhirServer(f"http://127.0.0.1:{port}")
        finally:
            process.kill()


@pytest.fixture(scope="session")
def fhir_server() -> Iterator[FhirServer]:
    """An empty FHIR server that a session's tests share: load what you ask it for."""
    with running_fhir_server() as server:
        yield server
