#!/usr/bin/env bash
# Writes the locks: every version and hash, no address of any server.
set -euo pipefail
cd "$(dirname "$0")/.."
compile=(.uv/bin/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11)
"${compile[@]}" --quiet pyproject.toml -o requirements/run.txt
"${compile[@]}" --quiet pyproject.toml --group dev -o requirements/dev.txt
"${compile[@]}" --quiet pyproject.toml --extra spark --group dev --constraint requirements/dev.txt -o requirements/spark.txt
echo "uv==$(.uv/bin/uv --version | cut -d' ' -f2)" | "${compile[@]}" --quiet - -o requirements/uv.txt
echo "sslyze>=6.3" | "${compile[@]}" --quiet - -o requirements/sslyze.txt
echo "compliance-trestle>=5.2" | "${compile[@]}" --quiet - -o requirements/trestle.txt
if grep -nE 'https?://|--index|--find-links' requirements/*.txt; then
  echo "a lock names a server: nothing here may" >&2
  exit 1
fi
