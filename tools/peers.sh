#!/usr/bin/env bash
# Brings what the tests' peers are made of: the FHIR server's packages, pinned by hash in its lock.
# node and npm come with the development environment; does nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."
peer=tests/peers/fhir
stamp=$peer/node_modules/.sekisho
want=$(sha256sum < $peer/package-lock.json)
if [ -f $stamp ] && [ "$(cat $stamp)" = "$want" ]; then exit 0; fi
echo "Set-up (tests): the FHIR server of the tests in $peer/node_modules, pinned by hash"
PATH=$PWD/.venv/bin:$PATH npm --prefix $peer ci --silent --ignore-scripts --no-audit --no-fund
echo "$want" > $stamp
