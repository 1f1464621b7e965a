"""`gate.toml`: few keys, and every mistake named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekisho.errors import InvalidInputError
from sekisho.gate.config import read_gate

GOOD = """[gate]
port = 8701
hours = "08:30-17:15"

[route.fhir]
origin = "http://fhir.localhost:8701"
upstream = "http://127.0.0.1:9000"
adapter = "fhir"
base = "/fhir/R4"
sources = ["10.0.0.0/8"]
own_base = "https://fhir.inner.example:8443/R4"
"""


def test_no_file_is_no_gate(data: Path) -> None:
    """A fresh installation has no gate."""
    assert read_gate(data) is None


def test_a_route_is_read(data: Path) -> None:
    """What the file says is what the gate gets, the rest has its default."""
    (data / "gate.toml").write_text(GOOD, encoding="utf-8")
    config = read_gate(data)

    assert config is not None
    (route,) = config.routes
    assert (route.name, route.host, route.base) == ("fhir", "fhir.localhost:8701", "/fhir/R4")
    assert route.own_base == "https://fhir.inner.example:8443/R4"
    assert route.class_ == route.highest == "general"
    assert config.hours == (510, 1035)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("port = 8701", 'port = "8701"', 2),
        ("port = 8701", "prot = 8701", 2),
        ('hours = "08:30-17:15"', 'hours = "8:30-26:00"', 3),
        ("[gate]\n", '[gate]\nhost = "0.0.0.0"\n', 2),
        ("[gate]\n", '[gate]\nsecond = "/nowhere/at/all"\n', 2),
        ("http://fhir.localhost:8701", "http://fhir.example", 6),
        ("http://fhir.localhost:8701", "https://192.0.2.1", 6),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/fhir", 7),
        ('adapter = "fhir"', 'adapter = "soap"', 8),
        ('adapter = "fhir"', 'adapter = "web"', 8),
        ('base = "/fhir/R4"', 'base = "fhir/../R4/"', 9),
        ('["10.0.0.0/8"]', '["10.0.0.1/8"]', 10),
        (":8443/R4", ":8443/R4/", 11),
        (":8443/R4", ":8443/x/../R4", 11),
        (":8443/R4", ":8443/R4?x=1", 11),
        ("https://fhir.inner", "https://user@fhir.inner", 11),
        ("https://fhir.inner", "https://FHIR.inner", 11),
        ("https://fhir.inner", "fhir.inner", 11),
        ('adapter = "fhir"', 'adapter = "dicomweb"', 11),
        ("[route.fhir]", "[route.FHIR]", 5),
    ],
)
def test_a_mistake_names_its_line(data: Path, old: str, new: str, line: int) -> None:
    """A mistake stops the start with its line and the mend."""
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    (data / "gate.toml").write_text(text, encoding="utf-8")

    with pytest.raises(InvalidInputError) as told:
        read_gate(data)
    assert told.value.args_["line"] == line
    assert str(told.value.args_["mend_id"]).startswith(("gate.config.", "app.config."))


def test_two_systems_cannot_share_a_name(data: Path) -> None:
    """Two routes with one origin are refused: which one is asked could not be told."""
    (data / "gate.toml").write_text(
        GOOD + GOOD[GOOD.index("[route") :].replace("route.fhir", "route.two"), encoding="utf-8"
    )

    with pytest.raises(InvalidInputError):
        read_gate(data)


CLIENTS = """[gate]
port = 8701
certificate = "gate.pem"
private_key = "gate.key"

[clients]
port = 8702
authorities = "devices.pem"
revoked = "devices.crl"

[route.fhir]
origin = "https://fhir.hospital.example"
upstream = "http://127.0.0.1:9000"
adapter = "fhir"
"""


def test_devices_ask_for_the_same_names_on_their_own_port(data: Path) -> None:
    """The listener of devices serves every system under its name and the listener's port."""
    _files(data)
    (data / "gate.toml").write_text(CLIENTS, encoding="utf-8")
    config = read_gate(data)

    assert config is not None
    assert config.clients is not None
    assert (config.clients.host, config.clients.port) == ("127.0.0.1", 8702)
    assert set(config.by_host()) == {"fhir.hospital.example", "fhir.hospital.example:8702"}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("port = 8702", "port = 8701", 6),
        ("port = 8702", "port = 70000", 6),
        ("port = 8702", 'port = 8702\nhost = "here"', 6),
        ("port = 8702\n", "", 6),
        ('revoked = "devices.crl"\n', "", 6),
        ('revoked = "devices.crl"', 'crl = "devices.crl"', 9),
        ('certificate = "gate.pem"\nprivate_key = "gate.key"\n', "", 4),
    ],
)
def test_a_mistake_about_devices_names_its_line(data: Path, old: str, new: str, line: int) -> None:
    """A missing list, the same port twice, or no TLS: the start stops with line and mend."""
    _files(data)
    text = CLIENTS.replace(old, new, 1)
    assert text != CLIENTS
    (data / "gate.toml").write_text(text, encoding="utf-8")

    with pytest.raises(InvalidInputError) as told:
        read_gate(data)
    assert told.value.args_["line"] == line
    assert str(told.value.args_["mend_id"]).startswith(("gate.config.", "app.config."))


def _files(data: Path) -> None:
    for name in ("gate.pem", "gate.key"):
        (data / name).touch()
