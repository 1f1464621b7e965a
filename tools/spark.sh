#!/usr/bin/env bash
# The review on Apache Spark beside DuckDB, on a cluster of its own on loopback addresses.
# PySpark is an extra: it gets an environment of its own, so that .venv stays what a hospital runs.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v java >/dev/null; then
  echo "make spark takes this package from Debian: openjdk-17-jre-headless"
  as=()
  [ "$(id -u)" = 0 ] || as=(sudo -n)
  { "${as[@]}" apt-get update -qq && "${as[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null; } || {
    [ "${CI:-}" = true ] && { echo "CI: a missing component is a failure" >&2; exit 1; }
    echo "Java 17 is not here and could not be installed: nothing was tested." >&2
    exit 2
  }
fi
if ! cmp -s requirements/spark.txt .spark/lock; then
  rm -rf .spark
  .uv/bin/uv venv --quiet --python .uv/bin/python .spark
  UV_NO_PROGRESS=1 .uv/bin/uv pip sync --quiet --require-hashes --link-mode=copy --python .spark/bin/python requirements/spark.txt
  site=$(.spark/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  echo "$PWD/src" > "$site/sekisho-here.pth"
  cp requirements/spark.txt .spark/lock
fi
.spark/bin/python -m pytest -q -p no:randomly tests/spark "$@"
