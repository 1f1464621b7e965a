#!/bin/sh
# Sekisho を、ネットワークのない Debian 12 に入れる / installs Sekisho on a Debian 12 without a network.
#
#   tar xf sekisho-VERSION-ARCH.bundle install.sh
#   sh install.sh sekisho-VERSION-ARCH.bundle [--key release.pem | --fingerprint HEX]
#
# The signature is checked before anything is unpacked. The release key comes from you (--key), or is
# the one in the bundle when its fingerprint is the one you give or confirm: compare it with what you
# got by another way than this medium.
set -eu
umask 022
bundle= key= fingerprint= start=yes
while [ $# -gt 0 ]; do
  case $1 in
    --key) key=$2; shift 2 ;;
    --fingerprint) fingerprint=$2; shift 2 ;;
    --no-start) start=no; shift ;;
    -*) echo "unknown: $1" >&2; exit 2 ;;
    *) bundle=$1; shift ;;
  esac
done
say() { printf '%s\n' "$*"; }
stop() { printf '%s\n' "$@" >&2; exit 1; }
[ -f "$bundle" ] || stop "バンドルのファイルを指定してください / name the bundle: sh install.sh FILE.bundle"
[ "$(id -u)" = 0 ] || stop "管理者（root）として動かしてください / run as root"
opt=/opt/sekisho

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar xf "$bundle" -C "$work" SHA256SUMS SHA256SUMS.sig release.pem 2>/dev/null ||
  stop "バンドルとして読めません / this is no bundle: $bundle"

# --- 1. openssl, to check the signature with ------------------------------------------------------
command -v openssl >/dev/null || stop \
  "署名を確かめるための openssl がありません。Debian のインストール媒体から入れてください。" \
  "openssl is missing. Nothing from a medium that is not checked yet is used to check it with:" \
  "take it from Debian's own installation medium (apt install openssl)."

# --- 2. the release key, then the signature, then every sum ---------------------------------------
if [ -z "$key" ]; then
  key=$work/release.pem
  seen=$(openssl pkey -pubin -in "$key" -outform DER | sha256sum | cut -c1-64)
  if [ -n "$fingerprint" ]; then
    [ "$(printf %s "$fingerprint" | tr -d ' :' | tr A-F a-f)" = "$seen" ] ||
      stop "配布者の鍵が、控えと違います。入れません。" "the release key is not the one you named; nothing was installed." "$seen"
  else
    say "配布者の鍵の指紋 / fingerprint of the release key:" "  $(printf %s "$seen" | sed 's/..../& /g')" \
        "この媒体とは別の方法で受け取った控えと同じなら yes と入れてください。" \
        "Type yes if it is the one that you got by another way than this medium."
    read -r answer || answer=
    [ "$answer" = yes ] || stop "入れませんでした / nothing was installed."
  fi
fi
openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$work/SHA256SUMS" -sigfile "$work/SHA256SUMS.sig" >/dev/null 2>&1 ||
  stop "署名が正しくありません。この媒体は使わず、入手元に知らせてください。" \
       "the signature is wrong: do not use this medium, and tell whoever gave it to you."
# Every member is a plain file and stands in the signed list, and none is missing.
if tar tvf "$bundle" | grep -qv '^-'; then stop "ファイルでないものが含まれています / it holds something that is no file"; fi
tar tf "$bundle" | sort > "$work/names"
{ cut -c67- "$work/SHA256SUMS"; echo SHA256SUMS; echo SHA256SUMS.sig; } | sort | cmp -s - "$work/names" ||
  stop "署名の一覧と中身が合いません。使わないでください。" "its content is not what the signed list names: do not use it."
tar xf "$bundle" -C "$work" --no-same-owner --no-same-permissions
(cd "$work" && sha256sum -c --quiet --strict SHA256SUMS) ||
  stop "中身が署名のあとで変わっています。使わないでください。" "what is in it was changed after signing: do not use it."
say "署名と中身を確かめました / signature and content are right"

# --- 3. is this the machine it was made for? ------------------------------------------------------
value() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$work/manifest.json"; }
version=$(value version) arch=$(value arch) system=$(value system)
here=$(. /etc/os-release; printf %s%s "$ID" "$VERSION_ID")
[ "$here" = "$system" ] || stop "この媒体は $system 用です（ここは $here）/ made for $system, this is $here"
[ "$(dpkg --print-architecture)" = "$arch" ] || stop "この媒体は $arch 用です / made for $arch"
[ ! -e "$opt/$version" ] || stop "版 $version はもう入っています / version $version is installed already. 更新は / to update: sekisho update FILE"
[ ! -e "$opt/current" ] || stop "もう入っています。更新は sekisho update で / installed already: use sekisho update FILE"

# --- 4. what is missing from Debian, from the medium alone ----------------------------------------
if ! python3 -c 'import sys, venv, ssl, sqlite3; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  say "Debian のパッケージを媒体から入れます / installing Debian packages from the medium: python3"
  mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
  echo "deb [trusted=yes] file:$work/debs ./" > "$work/apt/sources.list"
  set -- -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User=root \
    -o Acquire::Languages=none -o Dpkg::Use-Pty=0 -qq
  apt-get "$@" update
  DEBIAN_FRONTEND=noninteractive apt-get "$@" install -y --no-install-recommends python3 >/dev/null
fi

# --- 5. users, folders, the version beside others, the switch ---------------------------------------
getent group sekisho >/dev/null || groupadd --system sekisho
getent passwd sekisho >/dev/null ||
  useradd --system --gid sekisho --home-dir /var/lib/sekisho --no-create-home --shell /usr/sbin/nologin sekisho
mkdir -p "$opt"
chmod 755 "$opt"
install -m 644 "$key" "$opt/release.pem"
sh "$work/place.sh" "$work" "$opt/$version"
ln -sfn "$version" "$opt/current"
install -d -o sekisho -g sekisho -m 700 /var/lib/sekisho
install -D -m 755 "$work/sekisho" /usr/bin/sekisho
install -D -m 644 "$work/sekisho.service" /etc/systemd/system/sekisho.service
say "Sekisho $version を入れました / installed: $opt/$version"

# --- 6. checks, and what to do next -----------------------------------------------------------------
/usr/bin/sekisho --version
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  if [ "$start" = yes ]; then
    systemctl enable --now sekisho.service
    say "動かしました。初回の準備コード： / started; the one-time code: journalctl -u sekisho"
  fi
else
  say "systemd が動いていないので、起動はしていません / systemd is not running here: not started." \
      "  sekisho serve --data /var/lib/sekisho"
fi
say "次に / next:  sekisho doctor --data /var/lib/sekisho" "手順 / guide: $opt/$version/share/doc/docs/hospital/install.md"
