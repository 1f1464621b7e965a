#!/usr/bin/env bash
# Makes .venv for this checkout: `env.sh run` (what a hospital runs) or `env.sh dev` (with the tools for tests).
# Needs python3 (3.11 or newer) and python3-venv, nothing else. Does nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-run}
lock=requirements/$kind.txt
stamp=.venv/.sekisho-$kind
# PATH, so that a checkout that was moved makes its environment anew.
want=$(cat requirements/uv.txt "$lock" tools/env.sh | sha256sum | cut -d' ' -f1)-$PWD
has() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
if has "$stamp" "$want"; then exit 0; fi
if [ "$kind" = run ] && has .venv/.sekisho-dev "$(cat requirements/uv.txt requirements/dev.txt tools/env.sh | sha256sum | cut -d' ' -f1)-$PWD"; then exit 0; fi

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "Python 3.11 or newer is needed (python3). Debian 12 and Ubuntu 24.04 have it: apt install python3 python3-venv" >&2
  exit 2
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
  echo "python3-venv is missing: apt install python3-venv" >&2
  exit 2
fi
echo "Set-up ($kind): .uv and .venv in this folder, packages pinned by hash in $lock"
if ! has .uv/.sekisho "$(cat requirements/uv.txt)" || ! .uv/bin/uv --version >/dev/null 2>&1; then
  rm -rf .uv
  "$python" -m venv .uv
  .uv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/uv.txt
  cat requirements/uv.txt > .uv/.sekisho
fi
uv=$PWD/.uv/bin/uv
export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1
.venv/bin/python -c '' 2>/dev/null || { rm -rf .venv; "$uv" venv --quiet --python "$PWD/.uv/bin/python" .venv; }
rm -f .venv/.sekisho-*
"$uv" pip sync --quiet --require-hashes --link-mode=copy --python .venv/bin/python "$lock"
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$PWD/src" > "$site/sekisho-here.pth"
printf '#!%s\nimport sys\n\nfrom sekisho.__main__ import main\n\nif __name__ == "__main__":\n    sys.exit(main())\n' "$PWD/.venv/bin/python" > .venv/bin/sekisho
chmod 755 .venv/bin/sekisho
echo "$want" > "$stamp"
