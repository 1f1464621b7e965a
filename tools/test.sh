#!/usr/bin/env bash
# The whole suite on real components. Says what it takes from Debian before it takes it; starts no
# service of the system; its PostgreSQL is its own, in a folder of its own, reached by a socket in
# that folder only, and ends with the tests. With CI=true a missing component is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

# --- what is needed from Debian: package, and how to see that it is here -----------------------
postgres_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }
here() {
  case $1 in # grep -q would end before who writes to it does, which pipefail takes for a failure
    python3-venv) python3 -c 'import venv, ensurepip' 2>/dev/null ;;
    chromium) command -v chromium >/dev/null ;;
    postgresql) [ -n "$(postgres_bin)" ] ;;
    fonts-noto-cjk) ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc >/dev/null 2>&1 ;;
    libreoffice-calc-nogui) command -v soffice >/dev/null ;;
    libreoffice-writer-nogui) [ -e /usr/lib/libreoffice/program/libswlo.so ] ;;
    clamav-daemon) command -v clamd >/dev/null || [ -x /usr/sbin/clamd ] ;;
    systemd) command -v systemd-analyze >/dev/null ;; # reads the unit; nothing is started
    openssl) command -v openssl >/dev/null ;;
    orthanc) command -v Orthanc >/dev/null ;;
    orthanc-dicomweb) [ -e /usr/share/orthanc/plugins/libOrthancDicomWeb.so ] ;;
    softhsm2) [ -e /usr/lib/softhsm/libsofthsm2.so ] ;;
    libengine-pkcs11-openssl) ls /usr/lib/*/engines-3/pkcs11.so >/dev/null 2>&1 ;;
    opensc) command -v pkcs11-tool >/dev/null ;;
    rsyslog) [ -x /usr/sbin/rsyslogd ] ;;
    rsyslog-gnutls) ls /usr/lib/*/rsyslog/lmnsd_gtls.so >/dev/null 2>&1 ;;
    nginx-light) [ -x /usr/sbin/nginx ] || command -v nginx >/dev/null ;;
    nftables) [ -x /usr/sbin/nft ] ;; # bans, in a network of the test's own
    iproute2) command -v ip >/dev/null ;;
    fail2ban) command -v fail2ban-server >/dev/null ;;
    libfuse3-3) /sbin/ldconfig -p | grep 'libfuse3\.so\.3' >/dev/null ;; # a disk that loses its cache
    libatomic1) /sbin/ldconfig -p | grep 'libatomic\.so\.1' >/dev/null ;; # Playwright's own node
  esac
}
wanted=(python3-venv chromium postgresql fonts-noto-cjk libreoffice-calc-nogui libreoffice-writer-nogui clamav-daemon systemd openssl nginx-light nftables iproute2 orthanc orthanc-dicomweb softhsm2 libengine-pkcs11-openssl opensc rsyslog rsyslog-gnutls fail2ban libfuse3-3 libatomic1)
missing=()
for package in "${wanted[@]}"; do here "$package" || missing+=("$package"); done

take() {
  local as=()
  if [ "$(id -u)" != 0 ]; then
    if sudo -n true 2>/dev/null; then as=(sudo -n); else
      echo "Not root and no sudo without a password. Please run:  sudo apt-get install --no-install-recommends $*"
      return 1
    fi
  fi
  # Debian starts what it installs; these two files say no while it installs, and go away after.
  local policy=/usr/sbin/policy-rc.d cluster=/etc/postgresql-common/createcluster.d/sekisho-tests.conf
  local made=("$cluster")
  "${as[@]}" mkdir -p "$(dirname $cluster)"
  echo "create_main_cluster = false" | "${as[@]}" tee $cluster >/dev/null
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as[@]}" tee $policy >/dev/null
    "${as[@]}" chmod 755 $policy
    made+=("$policy")
  fi
  local code=0
  { "${as[@]}" apt-get update -qq &&
    "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; } || code=$?
  "${as[@]}" rm -f "${made[@]}"
  return $code
}
if [ ${#missing[@]} -gt 0 ]; then
  echo "make test takes these packages from Debian: ${missing[*]}"
  echo "(no service of the system is started; nothing else of the machine is changed)"
  take "${missing[@]}" || {
    [ "${CI:-}" = true ] && { echo "CI: a missing component is a failure" >&2; exit 1; }
    echo "Going on without: ${missing[*]}. The tests that need them are skipped and say so."
  }
else
  echo "make test takes nothing from Debian: ${wanted[*]} are here"
fi
tools/env.sh dev
# sslyze wants another cryptography than we do, trestle brings what nothing here wants: each has an
# environment of its own.
for peer in sslyze trestle; do
  if ! cmp -s "requirements/$peer.txt" ".$peer/lock"; then
    rm -rf ".$peer"
    .uv/bin/uv venv --quiet --python .uv/bin/python ".$peer"
    UV_NO_PROGRESS=1 .uv/bin/uv pip sync --quiet --require-hashes --link-mode=copy --python ".$peer/bin/python" "requirements/$peer.txt"
    cp "requirements/$peer.txt" ".$peer/lock"
  fi
done
tools/peers.sh || {
  [ "${CI:-}" = true ] && { echo "CI: a missing component is a failure" >&2; exit 1; }
  echo "Going on without the FHIR server. The tests that need it are skipped and say so."
}

# --- a PostgreSQL of our own -------------------------------------------------------------------
# Everything that tests write goes to memory where there is room (TMPDIR says otherwise): they prove
# what is written, not how long a disk takes. tests/crash, which kill and cut power, stay on the disk.
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] && [ "$(df --output=avail /dev/shm | tail -n 1)" -gt 6000000 ] &&
  [ "$(awk '/^MemAvailable/{print $2}' /proc/meminfo)" -gt 8000000 ]; then export TMPDIR=/dev/shm; fi
work=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-test.XXXXXX")
files=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-test.XXXXXX")
as_postgres=()
finish() {
  [ -f "$work/db/postmaster.pid" ] && "${as_postgres[@]}" "$(postgres_bin)/pg_ctl" -D "$work/db" -m immediate -w stop >/dev/null 2>&1
  rm -rf "$work" "$files"
}
trap finish EXIT
trap 'exit 130' INT TERM
if bin=$(postgres_bin) && [ -n "$bin" ]; then
  if [ "$(id -u)" = 0 ]; then
    # initdb refuses root: an unprivileged user who owns this folder alone.
    user=nobody; id postgres >/dev/null 2>&1 && user=postgres
    chown "$user" "$work"
    as_postgres=(setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups --)
  fi
  chmod 700 "$work"
  (
    cd "$work"
    "${as_postgres[@]}" "$bin/initdb" -D "$work/db" -U sekisho -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$work/initdb.log" 2>&1 || { cat "$work/initdb.log" >&2; exit 1; }
    "${as_postgres[@]}" "$bin/pg_ctl" -D "$work/db" -w -l "$work/log" \
      -o "-c listen_addresses='' -k $work -c fsync=off -c full_page_writes=off -c max_connections=200" start >/dev/null ||
      { cat "$work/log" >&2; exit 1; }
  )
  export SEKISHO_TEST_POSTGRES="postgresql+psycopg://sekisho@/postgres?host=$work"
  echo "PostgreSQL for the tests: $("$bin/postgres" --version), socket $work, no TCP"
fi

# --- lint, types, contracts, tests -------------------------------------------------------------
if [ "${1:-}" != --tests-only ]; then tools/check.sh; else shift; fi
echo "== tests"
# The same tests have the same order, so that what fails for its order can be run again.
seed=$(git rev-parse --short=7 HEAD:tests 2>/dev/null) && order=(--randomly-seed="$((16#${seed:0:7}))") || order=()
chmod 1777 "$files"
TMPDIR=$files .venv/bin/python -m pytest -q -n 2 --basetemp="$files/t" --ignore=tests/spark "${order[@]}" "$@"
