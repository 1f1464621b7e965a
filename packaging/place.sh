#!/bin/sh
# Puts one version, whole or not at all, into its folder: place.sh UNPACKED TARGET. No network is used.
set -eu
umask 022
from=$1 to=$2
# Made where it will stand: scripts of an environment name their own place.
[ ! -e "$to" ] || { echo "$to is there already" >&2; exit 1; }
trap 'rm -rf "$to"' EXIT
python3 -m venv --without-pip "$to"
pip=$(ls "$from"/tools/pip-*.whl)
# pip runs from its wheel and is not left in the environment: nothing there installs anything later.
pip_install() {
  into=$1; shift
  PYTHONDONTWRITEBYTECODE=1 PIP_CONFIG_FILE=/dev/null "$into/bin/python" "$pip/pip" install --quiet --no-index \
    --no-cache-dir --disable-pip-version-check --no-warn-script-location --root-user-action ignore "$@"
}
pip_install "$to" --find-links "$from/wheels" --require-hashes --only-binary :all: -r "$from/requirements.txt"
pip_install "$to" --no-deps "$from"/own/sekisho-*.whl
# What looks at TLS, in an environment of its own: it wants another cryptography.
if [ -d "$from/sslyze" ]; then
  python3 -m venv --without-pip "$to/sslyze"
  pip_install "$to/sslyze" --no-deps "$from"/sslyze/*.whl
fi
"$to/bin/python" -m compileall -q "$to/lib" >/dev/null 2>&1 || true
mkdir -p "$to/share/doc"
cp -r "$from"/doc/. "$to/share/doc/"
cp "$from/manifest.json" "$to/share/manifest.json"
"$to/bin/sekisho" --version >/dev/null
sync
trap - EXIT
