#!/usr/bin/env bash
# Proves install, thirty minutes, backup, update and the way back on a Debian 12 made new for it (debootstrap),
# inside a namespace that has no route to anywhere. Root; takes debootstrap from Debian where it is missing.
# The only network used is to make the Debian and the bundles; inside there is loopback alone.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "root is needed: this makes a Debian of its own" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "takes from Debian: debootstrap"; apt-get update -qq; apt-get install -y -qq --no-install-recommends debootstrap; }
tools/env.sh dev
work=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-closed.XXXXXX")
finish() { mountpoint -q "$work/debian/proc" && umount "$work/debian/proc"; rm -rf "$work"; }
trap finish EXIT
trap 'exit 130' INT TERM

echo "== a Debian 12 with nothing in it but openssl"
if [ -n "${SEKISHO_CLOSED_BASE:-}" ]; then cp -a "$SEKISHO_CLOSED_BASE" "$work/debian"; else
  debootstrap --variant=minbase --include=openssl bookworm "$work/debian" > "$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }
fi

echo "== two bundles, signed with a key of this test, and one that another key signed"
openssl genpkey -algorithm ed25519 -out "$work/release.key" 2>/dev/null
openssl genpkey -algorithm ed25519 -out "$work/other.key" 2>/dev/null
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' src/sekisho/__init__.py)
newer=${version%.*}.$((${version##*.} + 1))
medium=$work/debian/media/sekisho
mkdir -p "$medium/backup"
chmod 777 "$medium/backup"
SEKISHO_RELEASE_KEY=$work/release.key tools/bundle.sh --out "$medium" 2>"$work/log" | tee "$work/said" || { cat "$work/log"; exit 1; }
fingerprint=$(sed -n 's/^release key: //p' "$work/said")
SEKISHO_RELEASE_KEY=$work/release.key tools/bundle.sh --out "$medium" --version "$newer" --no-debian 2>"$work/log" || { cat "$work/log"; exit 1; }
mkdir "$medium/foreign"
.venv/bin/python - "$medium/sekisho-$newer-$(dpkg --print-architecture).bundle" "$medium/foreign/foreign.bundle" "$work/other.key" <<'PYTHON'
import io, sys, tarfile
from cryptography.hazmat.primitives.serialization import load_pem_private_key
with open(sys.argv[3], "rb") as file:
    key = load_pem_private_key(file.read(), None)
with tarfile.open(sys.argv[1]) as old, tarfile.open(sys.argv[2], "w") as new:
    sums = b""
    for member in old:
        content = old.extractfile(member).read()
        if member.name == "SHA256SUMS":
            sums = content
        if member.name == "SHA256SUMS.sig":
            content = key.sign(sums)
        new.addfile(member, io.BytesIO(content))
PYTHON
.venv/bin/python - "$medium/hospital" <<'PYTHON'
import sys
from pathlib import Path
from sekisho.app.demo.hospital import make
make(Path(sys.argv[1]), seed=7, rows=3000)
PYTHON

echo "== inside: no route"
cp tools/closed-walk.sh "$work/debian/walk.sh"
unshare --net --mount --pid --fork --kill-child sh -c '
  ip link set lo up 2>/dev/null || true
  mount -t proc proc "$1/proc"
  exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 sh /walk.sh "$2" "$3" "$4"
' sh "$work/debian" "$version" "$newer" "$fingerprint"
echo "== proved: installed, walked, backed up, updated and gone back without a network"
