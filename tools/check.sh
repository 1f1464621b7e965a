#!/usr/bin/env bash
# Lint, form, types, import contracts; with `quick` also the house's own tests, and those of the rooms
# that differ from the last commit: a minute, not the half hour of `make test`.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
step() { printf '== %s\n' "$1"; shift; "$@"; }
step "lint" $bin/ruff check --quiet .
step "form" $bin/ruff format --check --quiet .
step "import contracts" $bin/lint-imports --no-logo
step "types" $bin/mypy
if [ "${1:-}" = quick ]; then
  paths=(tests/house)
  for room in $(git status --porcelain | sed -nE 's#^.{3}(src/sekisho|tests/unit)/([a-z]+)/.*#\2#p' | sort -u); do
    [ ! -d "tests/unit/$room" ] || paths+=("tests/unit/$room")
  done
  step "tests: ${paths[*]}" $bin/python -m pytest "${paths[@]}" -q -n 2 -m "not browser and not crash"
fi
