"""Makes the signed bundle (see src/sekisho/app/bundle.py for its form).

Called by tools/bundle.sh. Everything in it is pinned: wheels by the hashes of
requirements/run.txt and sslyze.txt, Debian packages by the sums in apt's signed lists.
"""

# ruff: noqa: INP001, S603, T201 (a script: starts the system's tools and prints what it made)

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

ROOT = Path(__file__).resolve().parent.parent
DEBIAN = ("python3",)
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"
PACKAGING = ("install.sh", "place.sh", "sekisho", "sekisho.service")


def main() -> int:
    """Make the bundle and print its name, its size and the key's fingerprint."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--version", help="another version number, to prove updates with")
    arguments.add_argument("--no-debian", action="store_true", help="without Debian packages")
    arguments.add_argument("--out", type=Path, default=ROOT / "dist")
    asked = arguments.parse_args()
    key = _key(Path(os.environ["SEKISHO_RELEASE_KEY"]))
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder) / "stage"
        version = _own_wheel(stage / "own", asked.version)
        _wheels(stage)
        if not asked.no_debian:
            _debian(stage / "debs")
        _texts(stage, version, key)
        path = asked.out / f"sekisho-{version}-{_said('dpkg', '--print-architecture')}.bundle"
        path.parent.mkdir(exist_ok=True)
        _seal(stage, path, key)
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    print(f"{path}  {path.stat().st_size / 1024**2:.0f} MiB")
    print(f"release key: {hashlib.sha256(der).hexdigest()}")
    return 0


def _key(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        sys.exit("SEKISHO_RELEASE_KEY is no Ed25519 key")
    return key


def _run(*words: str | Path, cwd: Path = ROOT) -> None:
    subprocess.run([str(word) for word in words], cwd=cwd, check=True)


def _said(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def _own_wheel(into: Path, version: str | None) -> str:
    """Build our wheel from what Git holds, so that nothing lying about gets in."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        names = _said("git", "-C", str(ROOT), "ls-files", "src", "pyproject.toml", "LICENSE",
                      "README.en.md").splitlines()  # fmt: skip
        for name in names:
            if (ROOT / name).is_file():
                (source / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, source / name)
        if version:
            for name, line in (
                ("pyproject.toml", r'^version = "[^"]+"'),
                ("src/sekisho/__init__.py", r'^__version__ = "[^"]+"'),
            ):
                text = (source / name).read_text(encoding="utf-8")
                new = f'{line[1:].split(" ")[0]} = "{version}"'
                (source / name).write_text(
                    re.sub(line, new, text, count=1, flags=re.MULTILINE), encoding="utf-8"
                )
        _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", into, cwd=source)
    (wheel,) = into.glob("sekisho-*.whl")
    return wheel.name.split("-")[1]


def _wheels(stage: Path) -> None:
    pip = [ROOT / ".uv/bin/python", "-m", "pip", "download", "--quiet",
           "--disable-pip-version-check", "--only-binary", ":all:"]  # fmt: skip
    run = ROOT / "requirements/run.txt"
    _run(*pip, "--require-hashes", "--no-deps", "-r", run, "-d", stage / "wheels")
    version = _said(str(ROOT / ".uv/bin/python"), "-c", "import pip; print(pip.__version__)")
    _run(*pip, "--no-deps", "-d", stage / "tools", f"pip=={version}")
    shutil.copy2(run, stage / "requirements.txt")
    # What looks at TLS wants another cryptography than we do: an environment of its own. sslyze is
    # published as source alone, so that its wheel is made here, of what its hash names.
    _run(ROOT / ".uv/bin/python", "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check",
         "--require-hashes", "--no-deps", "-r", ROOT / "requirements/sslyze.txt",
         "-w", stage / "sslyze")  # fmt: skip


def _debian(into: Path) -> None:
    """Fetch what a machine without anything would need, and write the index apt reads."""
    into.mkdir(parents=True)
    # As on a machine where nothing is installed and nothing was fetched before.
    empty = into.parent / "nothing"
    (empty / "partial").mkdir(parents=True)
    said = _said("apt-get", "install", "-y", "--no-install-recommends", "--print-uris", "-qq",
                 "-o", "Dir::State::status=/dev/null",
                 "-o", f"Dir::Cache::archives={empty}", *DEBIAN)  # fmt: skip
    shutil.rmtree(empty)
    names = [
        f"{Path(file).name.split('_')[0]}={Path(file).name.split('_')[1].replace('%3a', ':')}"
        for file in re.findall(r"^'[^']+' (\S+\.deb)", said, re.MULTILINE)
    ]
    _run("apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", *names, cwd=into)
    index = io.StringIO()
    for deb in sorted(into.glob("*.deb")):
        # A plain name: a per cent sign in a file name is read as an escape by apt.
        plain = deb.rename(deb.with_name(deb.name.replace("%3a", ".")))
        content = plain.read_bytes()
        index.write(_said("dpkg-deb", "-f", str(plain)) + "\n")
        index.write(f"Filename: ./{plain.name}\nSize: {len(content)}\n")
        index.write(f"SHA256: {hashlib.sha256(content).hexdigest()}\n\n")
    (into / "Packages").write_text(index.getvalue(), encoding="utf-8")


def _texts(stage: Path, version: str, key: Ed25519PrivateKey) -> None:
    release = platform.freedesktop_os_release()
    manifest = {
        "format": "sekisho-bundle-1",
        "version": version,
        "system": f"{release['ID']}{release['VERSION_ID']}",
        "arch": _said("dpkg", "--print-architecture"),
        "python": _said(str(ROOT / ".uv/bin/python"), "-c", _VERSION),
        "made_at": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%S.000Z}",
    }
    (stage / "manifest.json").write_bytes(orjson.dumps(manifest))
    for name in PACKAGING:
        shutil.copy2(ROOT / "packaging" / name, stage / name)
    (stage / "release.pem").write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    # As they stand in the project: their references to one another go on leading somewhere.
    for path in [
        *sorted((ROOT / "docs").glob("*.md")),
        *sorted((ROOT / "docs/hospital").glob("*.md")),
        *sorted((ROOT / "docs/formats").glob("*.md")),
        *sorted((ROOT / "packaging").glob("*/*")),
        ROOT / "packaging/sekisho-witness.service",
        ROOT / "LICENSE",
        ROOT / "CHANGELOG.md",
    ]:
        place = stage / "doc" / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)


def _seal(stage: Path, path: Path, key: Ed25519PrivateKey) -> None:
    files = sorted(each for each in stage.rglob("*") if each.is_file())
    sums = "".join(
        f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.relative_to(stage)}\n"
        for each in files
    ).encode()
    aside = path.with_suffix(".part")
    with tarfile.open(aside, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in (("SHA256SUMS", sums), ("SHA256SUMS.sig", key.sign(sums))):
            tar.addfile(_member(name, len(content)), io.BytesIO(content))
        for each in files:
            with each.open("rb") as file:
                name = str(each.relative_to(stage))
                tar.addfile(_member(name, each.stat().st_size), file)
    aside.rename(path)


def _member(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o644
    return info


if __name__ == "__main__":
    sys.exit(main())
