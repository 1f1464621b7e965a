#!/usr/bin/env bash
# Verifies this folder without any program of Sekisho, with sha256sum and openssl (3.0 or newer):
#   bash verify.sh KEY        KEY: the verifier key printed on the hospital's paper
# 1 each file is the one in SHA256SUMS, and no other is there  2 the record in folder.tlog-proof
# names SHA256SUMS  3 that record is in the tree (RFC 9162, 2.1.3.2)  4 KEY signed the tree's root.
# This script came with the folder: for a judgement use one from another way (docs/formats/folder.md).
set -euo pipefail
cd "$(dirname "$0")"
key=${1:?KEY}
proof=folder.tlog-proof
bad() { echo "NG: $*" >&2; exit 1; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
raw() { printf '%b' "$(printf %s "$1" | sed 's/../\\x&/g')"; }
sha() { openssl dgst -sha256 -binary | hex; }

sha256sum --quiet --strict -c SHA256SUMS || bad "a file was changed or is missing"
diff <(find . -type f ! -path ./SHA256SUMS ! -path "./$proof" | sed 's|^\./||' | LC_ALL=C sort) \
  <(cut -c67- SHA256SUMS | LC_ALL=C sort) || bad "a file is not in SHA256SUMS"

[ "$(head -n 1 "$proof")" = "c2sp.org/tlog-proof@v1" ] || bad "no proof"
held=$(sed -n '2s/^extra //p' "$proof" | base64 -d)
salt=$(printf %s "$held" | sed -n 's/.*,"salt":"\([0-9a-f]\{32\}\)"}$/\1/p')
record=$(printf %s "$held" | sed -e 's/^{"canonical":"//' -e 's/","salt":"[0-9a-f]*"}$//' -e 's/\\\(["\\]\)/\1/g')
[ -n "$salt" ] || bad "the record cannot be read"
case $record in *'"object":"inspection/folder"'*) ;; *) bad "another record" ;; esac
case $record in *"\"reason\":\"sha256:$(sha < SHA256SUMS)"*) ;; *) bad "the record names another list" ;; esac

index=$(sed -n '3s/^index //p' "$proof")
note=$(sed '1,/^$/d' "$proof"; echo x); note=${note%x}
body=${note%%$'\n\n'*}$'\n'
{ read -r origin; read -r size; read -r root; } <<< "$body"
leaf=$( { raw 00; raw "$( { raw "$salt"; printf %s "$record"; } | sha )"; } | sha )
first=$index last=$((size - 1)) found=$leaf
while read -r step; do
  [ -n "$step" ] || break
  step=$(printf %s "$step" | base64 -d | hex)
  [ "$last" -gt 0 ] || bad "the proof is too long"
  if [ $((first % 2)) = 1 ] || [ "$first" = "$last" ]; then
    found=$( { raw 01; raw "$step"; raw "$found"; } | sha )
    while [ $((first % 2)) = 0 ] && [ "$first" -gt 0 ]; do first=$((first / 2)); last=$((last / 2)); done
  else
    found=$( { raw 01; raw "$found"; raw "$step"; } | sha )
  fi
  first=$((first / 2)); last=$((last / 2))
done < <(sed '1,3d' "$proof")
[ "$last" = 0 ] && [ "$found" = "$(printf %s "$root" | base64 -d | hex)" ] || bad "the record is not in the tree"

name=${key%%+*}; rest=${key#*+}
public=$(printf %s "${rest#*+}" | base64 -d | hex)
[ "$name" = "$origin" ] && [ "${public:0:2}" = 01 ] || bad "the key is another record's"
signature=$(printf %s "$note" | sed '1,/^$/d' | while read -r _ who data; do
  all=$(printf %s "$data" | base64 -d | hex)
  if [ "$who" = "$name" ] && [ "${all:0:8}" = "${rest%%+*}" ]; then printf %s "${all:8}"; break; fi
done)
[ ${#signature} = 128 ] || bad "the key signed nothing here"
work=$(mktemp -d); trap 'rm -r "$work"' EXIT
raw "302a300506032b6570032100${public:2}" > "$work/key"
raw "$signature" > "$work/signature"
printf %s "$body" > "$work/body"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key" -rawin -in "$work/body" -sigfile "$work/signature" > "$work/said" || bad "the signature does not hold"
echo "OK: $(wc -l < SHA256SUMS) files, record $index of $origin, signed at $size records"
