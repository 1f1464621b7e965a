#!/usr/bin/env bash
# Soak: the same tests, longer. `short` ends within ten minutes; `long` takes about an hour.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-short}
if [ "$kind" = long ]; then kills=200 gate=200 trees=50 cuts=60 minutes=30; else kills=40 gate=10 trees=10 cuts=3 minutes=3; fi

if [ -d tests/crash ]; then
  echo "== $kills kills of the recorder under load, $gate of the gate's, $trees of the whole tree that serves, $cuts power cuts"
  # By tools/test.sh, which brings the PostgreSQL of its own that the store's tests ask for.
  SEKISHO_KILLS=$kills SEKISHO_GATE_KILLS=$gate SEKISHO_GATE_TREE_KILLS=$trees SEKISHO_CUTS=$cuts tools/test.sh --tests-only tests/crash --timeout 1200
fi
echo "== properties with new random cases for $minutes minutes"
end=$((SECONDS + minutes * 60)) rounds=0
# Long: always other cases. Short: the same cases for the same code, so that what CI says can be repeated.
seed() { if [ "$kind" = long ]; then echo "$RANDOM$RANDOM"; else echo $((rounds + 1)); fi; }
while [ $SECONDS -lt $end ] && [ -d tests/properties ]; do
  # A round that has begun is ended, however busy the machine: the limit is for one that hangs.
  timeout --signal=INT 900 \
    tools/test.sh --tests-only tests/properties --hypothesis-profile=busy --hypothesis-seed="$(seed)" --timeout 600 || exit $?
  rounds=$((rounds + 1))
done
echo "properties: $rounds rounds"
if [ "$kind" = long ]; then
  echo "== 10,000 single changes of the log"
  SEKISHO_MUTATIONS=10000 tools/test.sh --tests-only tests/properties/test_ledger_mutations.py -n 0 --timeout 3600
  echo "== big sizes"
  tools/bench.sh
  echo "== a CSV of 1 GB: memory that does not grow with the file"
  .venv/bin/python bench/big_file.py --megabytes 1000
  echo "== install, update and way back on a closed Debian 12"
  tools/prove-closed.sh
fi
