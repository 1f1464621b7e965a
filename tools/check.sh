#!/usr/bin/env bash
# Lint, form, types, import contracts; with `quick` also the tests that take no browser and no kills.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
step() { printf '== %s\n' "$1"; shift; "$@"; }
step "lint" $bin/ruff check --quiet .
step "form" $bin/ruff format --check --quiet .
step "import contracts" $bin/lint-imports --no-logo
step "types" $bin/mypy
if [ "${1:-}" = quick ]; then
  step "quick tests" $bin/python -m pytest tests -q -n 2 --ignore=tests/spark -m "not browser and not crash"
fi
