#!/usr/bin/env bash
# dist/sekisho-VERSION-ARCH.bundle: one signed file for a closed machine of the same system as this one.
# SEKISHO_RELEASE_KEY names the Ed25519 private key (PEM) it is signed with; without it nothing is made.
# A key:  openssl genpkey -algorithm ed25519 -out release.key   (keep it off every machine that has a network)
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${SEKISHO_RELEASE_KEY:-}" ]; then
  echo "SEKISHO_RELEASE_KEY is not set: an unsigned bundle is not made." >&2
  echo "It names the file of an Ed25519 private key: openssl genpkey -algorithm ed25519 -out release.key" >&2
  exit 2
fi
for tool in apt-get dpkg-deb openssl; do
  command -v $tool >/dev/null || { echo "$tool is needed: a bundle is made on the system it is for (Debian)" >&2; exit 2; }
done
exec .venv/bin/python tools/bundle.py "$@"
