#!/usr/bin/env bash
# Every bench/*_bench.py, one after the other: ours and its peer in the same run.
set -euo pipefail
cd "$(dirname "$0")/.."
printf 'machine: %s, %s cores, %s MiB, %s, Python %s\n' \
  "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
  "$(awk '/MemTotal/{print int($2/1024)}' /proc/meminfo)" \
  "$(. /etc/os-release; echo "$PRETTY_NAME")" "$(.venv/bin/python -c 'import platform; print(platform.python_version())')"
for bench in bench/*_bench.py; do
  [ -e "$bench" ] || continue
  printf '\n== %s\n' "$bench"
  .venv/bin/python "$bench"
done
printf '\n== bench/review_quality.py\n'
.venv/bin/python bench/review_quality.py --seeds 101 --size 150
