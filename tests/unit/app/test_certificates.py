"""A certificate is taken when browsers will take it; one's own authority vouches for its names alone."""

from __future__ import annotations

import datetime as dt
import shutil
import ssl
import stat
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.unit.app.certificates import (
    AUTHORITY,
    BETWEEN,
    HOST,
    NOW,
    ROOT,
    SERVER,
    issue,
    key_pem,
    pem,
    pfx,
)

from sekisho.app import certificates as room
from sekisho.app.config import Config
from sekisho.app.installation import open_installation
from sekisho.cli.main import main
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.terms import FixedClock, Gravity, Secret

WORD = Secret("a long word of twelve")
OWN = issue(HOST, BETWEEN, key=SERVER)


def _write(folder: Path, content: bytes, name: str = "given.pem") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def _read(folder: Path, content: bytes) -> room.Bundle:
    return room.read_bundle([_write(folder, content)])


def _openssl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("openssl")
    assert program, "openssl is needed"
    return subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "order",
    [(OWN, BETWEEN, ROOT), (ROOT, BETWEEN, OWN), (BETWEEN, OWN, ROOT), (OWN, BETWEEN)],
)
def test_the_chain_is_put_in_order(tmp_path: Path, order: tuple[x509.Certificate, ...]) -> None:
    """In whatever order the certificates come, the server sends its own first and no root."""
    bundle = _read(tmp_path, pem(*order[:1]) + key_pem(SERVER) + pem(*order[1:]))

    assert bundle.chain == (OWN, BETWEEN)
    assert bundle.root == (ROOT if ROOT in order else None)
    room.check(bundle, [HOST], NOW)


def test_a_pfx_is_opened_by_its_password_alone(tmp_path: Path) -> None:
    """A PFX gives key and chain by its password; another password is a plain no."""
    file = pfx(tmp_path, b"word")

    bundle = room.read_bundle([file], Secret("word"))
    with pytest.raises(InvalidInputError) as caught:
        room.read_bundle([file], Secret("other"))

    assert [one.subject for one in bundle.chain[1:]] == [BETWEEN.subject]
    assert bundle.root == ROOT
    assert caught.value.message == "cert.pfx_closed"


def test_loose_files_are_read_together(tmp_path: Path) -> None:
    """The certificate as CER, its issuer as PEM and the closed key as PEM belong together."""
    files = [
        _write(tmp_path, OWN.public_bytes(Encoding.DER), "own.cer"),
        _write(tmp_path, pem(BETWEEN), "issuer.pem"),
        _write(tmp_path, key_pem(SERVER, b"word"), "key.pem"),
    ]

    assert room.read_bundle(files, Secret("word")).chain == (OWN, BETWEEN)
    with pytest.raises(InvalidInputError) as caught:
        room.read_bundle(files)
    assert caught.value.message == "cert.pfx_closed"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"nothing", "cert.pfx_closed"),
        (key_pem(SERVER), "cert.no_certificate"),
        (pem(OWN), "cert.not_one_key"),
        (pem(BETWEEN) + key_pem(SERVER), "cert.key_of_another"),
        (pem(OWN) + key_pem(SERVER)[:-60], "cert.unreadable"),
        (pem(OWN)[:-60], "cert.unreadable"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    """No key, another key, no certificate, half a file: refused by name."""
    with pytest.raises(InvalidInputError) as caught:
        _read(tmp_path, content)

    assert caught.value.message == message


def test_a_key_that_browsers_do_not_know_is_refused(tmp_path: Path) -> None:
    """An Ed25519 key is good and still of no use to a browser."""
    key = ed25519.Ed25519PrivateKey.generate()

    with pytest.raises(InvalidInputError) as caught:
        _read(tmp_path, pem(issue(HOST, BETWEEN, key=key)) + key_pem(key))  # type: ignore[arg-type]

    assert caught.value.message == "cert.kind_of_key"


_WEAK = rsa.generate_private_key(65537, 1024)
_ODD = ec.generate_private_key(ec.SECP224R1())


@pytest.mark.parametrize(
    ("chain", "key", "message"),
    [
        ([issue(HOST, key=SERVER, signer=SERVER)], SERVER, "cert.self_signed"),
        ([issue(HOST, BETWEEN, key=_WEAK)], _WEAK, "cert.weak_key"),
        ([issue(HOST, BETWEEN, key=_ODD)], _ODD, "cert.weak_key"),
        ([issue(HOST, BETWEEN, key=SERVER, start=1)], SERVER, "cert.too_early"),
        ([issue(HOST, BETWEEN, key=SERVER, start=-9, days=0)], SERVER, "cert.ended"),
        ([issue(HOST, BETWEEN, key=SERVER, ca=True)], SERVER, "cert.is_authority"),
        ([issue(HOST, BETWEEN, key=SERVER, names=())], SERVER, "cert.names"),
        ([issue(HOST, BETWEEN, key=SERVER, names=("byoin.example",))], SERVER, "cert.names"),
        ([issue(HOST, BETWEEN, key=SERVER, names=("*.example",))], SERVER, "cert.names"),
        (
            [issue(HOST, BETWEEN, key=SERVER, usage=ExtendedKeyUsageOID.CLIENT_AUTH)],
            SERVER,
            "cert.not_for_servers",
        ),
    ],
)
def test_what_browsers_refuse_is_refused_first(
    tmp_path: Path, chain: list[x509.Certificate], key: rsa.RSAPrivateKey, message: str
) -> None:
    """Each mistake for which a browser turns away is named before it is put in place."""
    bundle = _read(tmp_path, pem(*chain, BETWEEN, ROOT) + key_pem(key))

    with pytest.raises(InvalidInputError) as caught:
        room.check(bundle, [HOST], NOW)

    assert caught.value.message == message


def test_sha1_is_refused(tmp_path: Path) -> None:
    """A certificate that an old authority signed with SHA-1 is refused by name."""
    made = _openssl(
        "req", "-x509", "-sha1", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", "900",
        "-addext", f"subjectAltName=DNS:{HOST}", "-addext", "basicConstraints=critical,CA:false",
        "-CA", _write(tmp_path, pem(BETWEEN), "ca.pem"),
        "-CAkey", _write(tmp_path, key_pem(AUTHORITY), "ca.key"),
        "-keyout", tmp_path / "own.key", "-out", tmp_path / "own.pem",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    bundle = room.read_bundle([tmp_path / "own.pem", tmp_path / "own.key"])

    with pytest.raises(InvalidInputError) as caught:
        room.check(bundle, [HOST], dt.datetime.now(dt.UTC) + dt.timedelta(days=1))

    assert caught.value.message == "cert.weak_hash"


def test_an_intermediate_that_ended_is_refused(tmp_path: Path) -> None:
    """A chain is as good as its shortest part."""
    old = issue("Byoin Old CA", ROOT, ca=True, start=-99, days=-1)
    bundle = _read(tmp_path, pem(issue(HOST, old, key=SERVER), old) + key_pem(SERVER))

    with pytest.raises(InvalidInputError) as caught:
        room.check(bundle, [HOST], NOW)

    assert caught.value.message == "cert.ended"


def test_one_star_stands_for_one_name(tmp_path: Path) -> None:
    """A wildcard covers the names one step below it."""
    own = issue(HOST, BETWEEN, key=SERVER, names=("*.byoin.example",))

    room.check(_read(tmp_path, pem(own, BETWEEN) + key_pem(SERVER)), [HOST], NOW)


def _made(folder: Path, now: dt.datetime) -> tuple[room.Authority, Path, Path]:
    medium, data = folder / "medium", folder / "data"
    medium.mkdir()
    data.mkdir(exist_ok=True)
    return room.make_authority(medium, [HOST], WORD, now, data=data), medium, data


def test_openssl_takes_what_was_made(tmp_path: Path) -> None:
    """OpenSSL, strict, verifies the server certificate for its name, and for no other."""
    now = dt.datetime.now(dt.UTC)
    authority, _, _ = _made(tmp_path, now)
    bundle = authority.issue([HOST, f"pacs.{HOST}"], now)
    assert bundle.root
    root, own = _write(tmp_path, pem(bundle.root), "r"), _write(tmp_path, pem(*bundle.chain), "o")
    command = ("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", root)

    assert _openssl(*command, "-verify_hostname", HOST, own).returncode == 0
    assert _openssl(*command, "-verify_hostname", f"pacs.{HOST}", own).returncode == 0
    assert "hostname mismatch" in _openssl(*command, "-verify_hostname", "x.example", own).stderr
    lasts = bundle.chain[0].not_valid_after_utc - bundle.chain[0].not_valid_before_utc
    assert lasts <= dt.timedelta(days=398)


@pytest.mark.parametrize("name", ["bank.example", "192.0.2.1", "subordinate"])
def test_a_stolen_authority_cannot_pass_for_others(tmp_path: Path, name: str) -> None:
    """What the authority's key signs for another name, an address or a lower authority is refused."""
    now = dt.datetime.now(dt.UTC)
    authority, _, _ = _made(tmp_path, now)
    issuer, key = authority.certificate, authority.key
    start, days = (now - NOW).days - 1, (now - NOW).days + 300
    root = _write(tmp_path, pem(issuer), "root.pem")
    command: list[str | Path] = ["verify", "-purpose", "sslserver", "-CAfile", root]
    if name == "subordinate":
        lower = ec.generate_private_key(ec.SECP256R1())
        middle = issue(name, issuer, key=lower, ca=True, start=start, days=days, signer=key)
        own = issue(HOST, middle, key=SERVER, start=start, days=days, signer=lower)
        command += ["-untrusted", _write(tmp_path, pem(middle), "middle.pem")]
        expected = "path length constraint exceeded"
    elif name == "bank.example":
        own = issue(name, issuer, key=SERVER, names=(name,), start=start, days=days, signer=key)
        expected = "permitted subtree violation"
    else:
        made = _openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", "/CN=address", "-addext", f"subjectAltName=IP:{name}", "-days", "9",
            "-CA", root, "-CAkey", _write(tmp_path, key_pem(key), "ca.key"),
            "-keyout", tmp_path / "k", "-out", tmp_path / "own.pem",
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        own = x509.load_pem_x509_certificate((tmp_path / "own.pem").read_bytes())
        expected = "excluded subtree violation"

    done = _openssl(*command, _write(tmp_path, pem(own), "own.pem"))

    assert done.returncode != 0
    assert expected in done.stderr


def test_the_authority_s_key_is_on_the_medium_alone(tmp_path: Path) -> None:
    """The key lies on the medium, closed, 0600; it opens by its password and signs again."""
    authority, medium, data = _made(tmp_path, NOW)
    folder = room.keep(data, authority.issue([HOST], NOW))
    file = medium / room.AUTHORITY_FILE

    again = room.open_authority(medium, WORD)

    assert again
    assert again.issue([HOST], NOW).root == authority.certificate
    assert b"ENCRYPTED PRIVATE KEY" in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    number = authority.key.private_numbers().private_value.to_bytes(32, "big")
    assert all(number not in one.read_bytes() for one in data.rglob("*") if one.is_file())
    for name in (room.CHAIN, room.KEY, room.AUTHORITY):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(folder / room.CHAIN, folder / room.KEY)
    with pytest.raises(InvalidInputError):
        room.open_authority(medium, Secret("another long word"))


def test_an_authority_is_not_made_carelessly(tmp_path: Path) -> None:
    """Not inside the data directory, not with a short password, not over another, for no address."""
    authority, medium, data = _made(tmp_path, NOW)
    (data / "in").mkdir()
    for place, hosts, word, message in (
        (data / "in", [HOST], WORD, "cert.medium_inside"),
        (medium, [HOST], Secret("short"), "cert.short_password"),
        (medium, ["192.0.2.1"], WORD, "cert.no_host"),
        (medium, ["Byoin"], WORD, "cert.no_host"),
    ):
        with pytest.raises(InvalidInputError) as caught:
            room.make_authority(place, hosts, word, NOW, data=data)
        assert caught.value.message == message
    with pytest.raises(ConflictError):
        room.make_authority(medium, [HOST], WORD, NOW, data=data)
    with pytest.raises(InvalidInputError) as caught:
        authority.issue(["bank.example"], NOW)
    assert caught.value.message == "cert.outside"


@pytest.mark.parametrize(
    ("days", "message", "gravity"),
    [
        (60, None, None),
        (59, "cert.finding.ends", Gravity.WEEK),
        (13, "cert.finding.ends", Gravity.TODAY),
        (0, "cert.finding.ended", Gravity.URGENT),
        (-9, "cert.finding.ended", Gravity.URGENT),
    ],
)
def test_the_end_is_said_sixty_days_ahead(
    tmp_path: Path, days: int, message: str | None, gravity: Gravity | None
) -> None:
    """From sixty days before it the end of a certificate is on the list, more urgent as it nears."""
    file = _write(tmp_path, pem(issue(HOST, BETWEEN, key=SERVER, start=-99, days=days), BETWEEN))
    config = Config(storage_url="sqlite:///", certificate=file, private_key=file)

    found = room.certificate_findings(config, NOW)

    assert [(one.message, one.gravity) for one in found] == (
        [(message, gravity)] if message else []
    )


def test_a_certificate_that_cannot_be_read_is_urgent(tmp_path: Path) -> None:
    """A certificate file that is no certificate is said before the next restart fails on it."""
    file = _write(tmp_path, b"nothing")
    config = Config(storage_url="sqlite:///", certificate=file, private_key=file)

    assert [one.message for one in room.certificate_findings(config, NOW)] == [
        "cert.finding.unreadable"
    ]


def _run(*arguments: str | Path, given: str = "") -> Result:
    runner = CliRunner(env={"SEKISHO_LANG": "ja"})
    return runner.invoke(main, ["cert", *map(str, arguments)], input=given)


@pytest.fixture
def installed(prepared: Path) -> Path:
    """An installation that nobody has configured yet."""
    open_installation(prepared, create=True).close()
    return prepared


def test_from_the_command_line_an_authority_is_made_and_used_again(
    tmp_path: Path, installed: Path
) -> None:
    """`cert make` twice: the authority stays the same, the certificate is new, the steps are written."""
    medium = tmp_path / "usb"
    medium.mkdir()
    word = WORD.reveal()
    arguments = ("make", "--data", installed, "--medium", medium, "--host", HOST)

    first = _run(*arguments, given=f"{word}\n{word}\n")
    root = (installed / "tls" / "ca.cer").read_bytes()
    chain = (installed / "tls" / "certificate.pem").read_bytes()
    second = _run(*arguments, given=f"{word}\n")

    assert first.exit_code == second.exit_code == 0, first.output + second.output
    assert (installed / "tls" / "ca.cer").read_bytes() == root
    assert (installed / "tls" / "certificate.pem").read_bytes() != chain
    text = (installed / "tls" / "steps.ja.txt").read_text(encoding="utf-8-sig")
    assert "certutil -addstore -f Root ca.cer" in text
    assert "%(" not in text
    assert "<script" not in (installed / "tls" / "trust.ja.html").read_text(encoding="utf-8")
    assert word not in first.output


def test_from_the_command_line_a_pfx_is_taken(tmp_path: Path, installed: Path) -> None:
    """`cert take` asks for the password of a PFX, refuses another host's, and keeps the rest out."""
    file = tmp_path / "own.pfx"
    now = FixedClock(dt.datetime.now(dt.UTC)).now()
    start = (now - NOW).days - 1
    root = issue("R", ca=True, start=start, days=start + 90)
    own = issue(HOST, root, key=SERVER, start=start, days=start + 90)
    made = _openssl(
        "pkcs12", "-export", "-inkey", _write(tmp_path, key_pem(SERVER), "k"),
        "-in", _write(tmp_path, pem(own), "c"), "-certfile", _write(tmp_path, pem(root), "r"),
        "-passout", "pass:word", "-out", file,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr

    wrong = _run("take", file, "--data", installed, "--host", "x.example", given="word\n")
    nothing = (installed / "tls").exists()
    right = _run("take", file, "--data", installed, "--host", HOST, given="word\n")

    assert (wrong.exit_code, right.exit_code) == (2, 0), wrong.output + right.output
    assert not nothing
    assert HOST in wrong.output
    assert (installed / "tls" / "certificate.pem").read_bytes() == pem(own)


def test_without_a_name_nothing_is_made(tmp_path: Path, installed: Path) -> None:
    """A console that is only known as localhost needs to be told its name."""
    done = _run("make", "--data", installed, "--medium", tmp_path)

    assert done.exit_code == 2
    assert "--host" in done.output
