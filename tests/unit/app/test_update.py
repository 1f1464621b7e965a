"""An update proves itself before it is chosen, and on any failure the version before goes on."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sekisho.app.backup import make_recovery_key
from sekisho.app.bundle import unpack
from sekisho.app.proofs import latest_evidence
from sekisho.app.settings import set_setting, setting
from sekisho.app.update import Layout, Unattended, back, update
from sekisho.errors import ConflictError, InvalidInputError, TamperError, UnavailableError
from sekisho.storage import open_database
from sekisho.terms import FixedClock

RELEASE = Ed25519PrivateKey.generate()
PEM = RELEASE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

# A version that is nothing but its own health check, written by its own place.sh.
PLACE = b"""mkdir -p "$2/bin" "$2/share" && cp "$1/manifest.json" "$2/share/" && cp "$1/python" "$2/bin/python" && chmod 755 "$2/bin/python"
"""
HEALTHY = b"""#!/bin/sh
echo '{"ok":true,"records":3}'
"""


def _members(version: str, health: bytes = HEALTHY) -> dict[str, bytes]:
    manifest = {
        "format": "sekisho-bundle-1",
        "version": version,
        "system": "debian12",
        "arch": "amd64",
        "python": "3.11",
        "made_at": "2026-11-01T00:00:00.000Z",
    }
    return {
        "manifest.json": orjson.dumps(manifest),
        "place.sh": PLACE,
        "python": health,
        "release.pem": PEM,
        "sekisho": b"#!/bin/sh\n",
        "sekisho.service": b"[Unit]\n",
    }


def _sums(members: Mapping[str, bytes]) -> bytes:
    return "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in members.items()
    ).encode()


def _bundle(
    path: Path,
    members: Mapping[str, bytes],
    *,
    sums: bytes | None = None,
    key: Ed25519PrivateKey = RELEASE,
) -> Path:
    listed = _sums(members) if sums is None else sums
    with tarfile.open(path, mode="w") as tar:
        signed = {"SHA256SUMS": listed, "SHA256SUMS.sig": key.sign(listed)}
        for name, content in (signed | dict(members)).items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def layout(tmp_path: Path, prepared: Path, clock: FixedClock) -> Layout:
    """Version 0.1.0 installed, with a state, a recovery key and a medium for the backup."""
    place = Layout(opt=tmp_path / "opt", data=prepared)
    (place.opt / "0.1.0" / "share").mkdir(parents=True)
    (place.opt / "0.1.0" / "bin").mkdir()
    (place.opt / "0.1.0" / "share" / "manifest.json").write_bytes(
        _members("0.1.0")["manifest.json"]
    )
    (place.opt / "0.1.0" / "bin" / "python").write_bytes(HEALTHY)
    (place.opt / "0.1.0" / "bin" / "python").chmod(0o755)
    (place.opt / "release.pem").write_bytes(PEM)
    place.choose("current", "0.1.0")
    database = open_database(f"sqlite:///{prepared / 'state.db'}")
    make_recovery_key(database, clock, by="1")
    set_setting(database, "institution", "模擬病院", by="1", at=clock.now())
    database.close()
    (tmp_path / "medium").mkdir()
    return place


def _update(layout: Layout, file: Path, clock: FixedClock) -> object:
    return update(
        file, layout, Unattended(layout.data), clock, backup_to=layout.opt.parent / "medium"
    )


def _institution(layout: Layout) -> object:
    database = open_database(f"sqlite:///{layout.data / 'state.db'}", prepare=False)
    try:
        return setting(database, "institution")
    finally:
        database.close()


def test_an_update_is_chosen_after_it_proved_itself(
    layout: Layout, tmp_path: Path, clock: FixedClock
) -> None:
    """After an update the new version is chosen, the old one is kept, and a backup was made."""
    report = update(
        _bundle(tmp_path / "new.bundle", _members("0.2.0")),
        layout,
        Unattended(layout.data),
        clock,
        backup_to=tmp_path / "medium",
    )

    assert (layout.chosen(), layout.chosen("previous")) == ("0.2.0", "0.1.0")
    assert (report.before, report.now, report.records) == ("0.1.0", "0.2.0", 3)
    assert report.backup is not None
    assert report.backup.path.exists()
    assert [each.name for each in layout.opt.glob(".incoming*")] == []
    assert not (layout.data / "run" / "before-update").exists()


def test_one_step_back_keeps_the_data(layout: Layout, tmp_path: Path, clock: FixedClock) -> None:
    """After a step back the version before is chosen and what was written since is still there."""
    _update(layout, _bundle(tmp_path / "new.bundle", _members("0.2.0")), clock)
    database = open_database(f"sqlite:///{layout.data / 'state.db'}")
    set_setting(database, "institution", "新しい名前", by="1", at=clock.now())
    database.close()

    back(layout, Unattended(layout.data), clock)

    assert (layout.chosen(), layout.chosen("previous")) == ("0.1.0", "0.2.0")
    assert _institution(layout) == "新しい名前"
    database = open_database(f"sqlite:///{layout.data / 'state.db'}")
    proof = latest_evidence(database, "update")
    database.close()
    assert proof is not None
    assert proof.message == "update.gone_back"


def test_an_update_after_a_step_back_works_again(
    layout: Layout, tmp_path: Path, clock: FixedClock
) -> None:
    """The version that was gone back from can be updated to once more."""
    file = _bundle(tmp_path / "new.bundle", _members("0.2.0"))
    _update(layout, file, clock)
    back(layout, Unattended(layout.data), clock)
    clock.move(dt.timedelta(hours=1))

    _update(layout, file, clock)

    assert layout.chosen() == "0.2.0"


def test_there_is_no_step_back_before_an_update(layout: Layout, clock: FixedClock) -> None:
    """Without an update there is nothing to go back to, and that is said."""
    with pytest.raises(InvalidInputError, match=r"update\.no_step_back"):
        back(layout, Unattended(layout.data), clock)


def test_another_signer_is_refused(layout: Layout, tmp_path: Path, clock: FixedClock) -> None:
    """A bundle signed by another key changes nothing, not even a backup is made."""
    file = _bundle(tmp_path / "new.bundle", _members("0.2.0"), key=Ed25519PrivateKey.generate())

    with pytest.raises(TamperError, match=r"bundle\.not_signed"):
        _update(layout, file, clock)

    assert layout.chosen() == "0.1.0"
    assert list((tmp_path / "medium").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda members: {**members, "more": b"x"}, "not_listed"),
        (lambda members: {**members, "python": b"other"}, "changed"),
        (lambda members: {k: v for k, v in members.items() if k != "python"}, "missing"),
    ],
)
def test_what_was_changed_after_signing_is_refused(
    tmp_path: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]], message: str
) -> None:
    """A member added, changed or taken away after signing is named and refused."""
    members = _members("0.2.0")
    file = _bundle(tmp_path / "new.bundle", change(members), sums=_sums(members))

    with pytest.raises(TamperError, match=rf"bundle\.{message}"):
        unpack(file, PEM, tmp_path / "into")


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out"])
def test_a_name_that_leads_out_is_refused_even_when_signed(tmp_path: Path, name: str) -> None:
    """A signed list that names a place outside the folder is refused."""
    file = _bundle(tmp_path / "new.bundle", {name: b"x"})

    with pytest.raises(InvalidInputError, match=r"bundle\.unreadable"):
        unpack(file, PEM, tmp_path / "into")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9])
def test_a_cut_bundle_is_refused(tmp_path: Path, part: float) -> None:
    """A bundle that lost its end is refused by name."""
    file = _bundle(tmp_path / "new.bundle", {**_members("0.2.0"), "big": os.urandom(50_000)})
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * part)])

    with pytest.raises((InvalidInputError, TamperError)):
        unpack(file, PEM, tmp_path / "into")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("version", "0.1.0", "not_newer"),
        ("version", "0.0.9", "not_newer"),
        ("version", "1.0-evil", "bad_version"),
        ("arch", "arm64", "other_machine"),
        ("system", "ubuntu24.04", "other_machine"),
        ("python", "3.12", "other_machine"),
    ],
)
def test_what_does_not_fit_is_refused(
    layout: Layout, tmp_path: Path, clock: FixedClock, field: str, value: str, message: str
) -> None:
    """An older version or one for another machine is refused before anything is touched."""
    members = _members("0.2.0")
    members["manifest.json"] = orjson.dumps(
        {**orjson.loads(members["manifest.json"]), field: value}
    )

    with pytest.raises(InvalidInputError, match=rf"update\.{message}"):
        _update(layout, _bundle(tmp_path / "new.bundle", members), clock)

    assert layout.chosen() == "0.1.0"


def test_no_update_without_a_recovery_key(
    layout: Layout, tmp_path: Path, clock: FixedClock
) -> None:
    """Without a recovery key there is no backup, and without a backup no update."""
    (layout.data / "state.db").unlink()
    open_database(f"sqlite:///{layout.data / 'state.db'}").close()

    with pytest.raises(InvalidInputError, match=r"backup\.no_key"):
        _update(layout, _bundle(tmp_path / "new.bundle", _members("0.2.0")), clock)

    assert not (layout.opt / "0.2.0").exists()


def test_what_runs_is_never_updated_under_its_feet(
    layout: Layout, tmp_path: Path, clock: FixedClock
) -> None:
    """While a recorder holds its lock, an update by hand is refused and names it."""
    import fcntl  # noqa: PLC0415 (this test alone holds the lock)

    (layout.data / "run").mkdir(exist_ok=True)
    lock = os.open(layout.data / "run" / "recorder.lock", os.O_RDWR | os.O_CREAT)
    os.write(lock, b"4711\n")
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        with pytest.raises(ConflictError, match=r"update\.running pid='4711'"):
            _update(layout, _bundle(tmp_path / "new.bundle", _members("0.2.0")), clock)
    finally:
        os.close(lock)

    assert layout.chosen() == "0.1.0"


def test_a_version_that_cannot_be_placed_leaves_nothing(
    layout: Layout, tmp_path: Path, clock: FixedClock
) -> None:
    """A bundle whose placing fails leaves no folder of the new version."""
    members = _members("0.2.0") | {"place.sh": b"mkdir $2; echo no room >&2; exit 1\n"}

    with pytest.raises(UnavailableError, match=r"update\.not_placed .*no room"):
        _update(layout, _bundle(tmp_path / "new.bundle", members), clock)

    assert not (layout.opt / "0.2.0").exists()


def test_not_every_folder_can_be_updated(tmp_path: Path, data: Path, clock: FixedClock) -> None:
    """A checkout or a foreign folder is no installation, and that is said."""
    place = Layout(opt=tmp_path / "none", data=data)
    file = _bundle(tmp_path / "new.bundle", _members("0.2.0"))

    with pytest.raises(InvalidInputError, match=r"update\.not_installed"):
        update(file, place, Unattended(data), clock, backup_to=tmp_path)
