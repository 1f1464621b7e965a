#!/bin/sh
# Sekisho: can the systems behind the gate be reached past it?
# Run it on a PC of a ward:  sh probe.sh [NAME-OF-THIS-PC]
# It sends no password and only GET, keeps no content, and writes sekisho-probe.json here.
set -u
LC_ALL=C
export LC_ALL
command -v curl >/dev/null || { echo 'curl is needed' >&2; exit 2; }
machine=$(printf '%s' "${1:-$(uname -n)}" | tr -d '\000-\037\177"\\')

# try ADDRESS PATH: one line of JSON of what became of it
try() {
  said=$(curl -q -s -k -g --path-as-is --noproxy '*' --connect-timeout 5 -m 10 -o /dev/null \
    -H 'Accept: @ACCEPT@' -w '%{http_code} %{time_connect} %{redirect_url}' "$1$2" </dev/null) &&
    ended=0 || ended=$?
  path=$2
  set -f
  # shellcheck disable=SC2086
  set -- $said
  reached=yes
  case ${2:-0} in 0 | 0[.,]000000) reached=no ;; esac
  [ "$ended" = 6 ] && reached=unresolved
  way=$(printf '%s' "${3:-}" | cut -d '?' -f 1 | tr 'A-Z' 'a-z')
  case $way in @LOGIN@) login=true ;; *) login=false ;; esac
  printf '{"path":"%s","reached":"%s","status":%d,"login":%s}' \
    "$path" "$reached" "$((1${1:-000} - 1000))" "$login"
}

# system NAME ADDRESS GATE PATH...
system() {
  printf '%s{"system":"%s","address":"%s","gate":' "$between" "$1" "$2"
  between=,
  address=$2
  try "$3" /
  shift 3
  printf ',"tried":['
  comma=
  for each in "$@"; do
    printf '%s' "$comma"
    try "$address" "$each"
    comma=,
  done
  printf ']}'
}

between=
{
  printf '{"format":"sekisho-probe","version":1,"made_at":"%s","machine":"%s","systems":[' \
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$machine"
# SYSTEMS
  printf ']}\n'
} > sekisho-probe.json
echo sekisho-probe.json
