#!/bin/sh
# 関所（Sekisho）：この機械に何が入っているかを一つのファイルに書きます。読むだけで、何も変えません。
# What is on this machine, written to one file. It only reads; it changes and sends nothing.
#
#   sh sekisho-linux.sh > $(hostname).txt
#
# 書くもの / what is written: 名前、時刻、OS、メーカー・型式・製造番号、IP・MAC アドレス、
#   入っているパッケージの名前と版、最後に入れた日、ClamAV の版とパターンと動いているか。
# 書かないもの / never written: 利用者、ファイルの中身、設定、履歴、パスワード。
# 使用中の医療機器では動かさないでください。先に、触れてよいかを確かめてください。
# Never on a medical device in use; ask first whether the machine may be touched.
# 製造番号は root でないと読めないことがあります（読めなければ空です）。
set -u
LC_ALL=C; export LC_ALL
PATH=/usr/sbin:/usr/bin:/sbin:/bin; export PATH

part() { printf '## %s\n' "$1"; }
file() { [ -r "$1" ] && head -c 65536 "$1" 2>/dev/null; }

printf '# sekisho-linux 1\n'
part host;   uname -n
part at;     date -u +%Y-%m-%dT%H:%M:%S+00:00
part os;     file /etc/os-release
part maker;  file /sys/class/dmi/id/sys_vendor
part model;  file /sys/class/dmi/id/product_name
part serial; file /sys/class/dmi/id/product_serial
part mac;    for card in /sys/class/net/*; do [ -e "$card/device" ] && file "$card/address"; done
part ip;     command -v ip >/dev/null 2>&1 && ip -o addr show scope global 2>/dev/null | awk '{sub("/.*", "", $4); print $4}'
part dpkg;   command -v dpkg-query >/dev/null 2>&1 && dpkg-query -W -f '${Package}\t${Version}\t${db:Status-Status}\t${source:Package}\t${source:Version}\n' 2>/dev/null | awk -F '\t' '$3 == "installed" {print $1 "\t" $2 "\t" $4 "\t" $5}'
part rpm;    command -v rpm >/dev/null 2>&1 && [ -d /var/lib/rpm ] && rpm -qa --qf '%{NAME}\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n' 2>/dev/null
part clamav; command -v clamscan >/dev/null 2>&1 && clamscan --version 2>/dev/null
part clamd;  if pidof clamd >/dev/null 2>&1; then echo running; else echo 'not running'; fi
part clamonacc; if pidof clamonacc >/dev/null 2>&1; then echo running; else echo 'not running'; fi
# clamd が読み込んでいるもの（ディスクにあるものとは限りません） / what clamd has loaded, which need not be what is on the disk
part clamd_says; command -v clamdscan >/dev/null 2>&1 && pidof clamd >/dev/null 2>&1 && clamdscan --version 2>/dev/null
part signatures; for base in /var/lib/clamav/daily.cvd /var/lib/clamav/daily.cld; do [ -r "$base" ] && printf '%s\t%s\t%s\n' "${base##*/}" "$(stat -c %Y "$base" 2>/dev/null)" "$(head -c 200 "$base" 2>/dev/null | tr -cd 'A-Za-z0-9: +-' | cut -c 1-100)"; done
part patched; { [ -d /var/lib/dpkg/info ] && find /var/lib/dpkg/info -name '*.list' -printf '%T@\n' 2>/dev/null; [ -d /var/lib/rpm ] && command -v rpm >/dev/null 2>&1 && rpm -qa --qf '%{INSTALLTIME}\n' 2>/dev/null; } | sort -n | tail -n 1
part end
