# Run by prove-closed.sh inside the closed Debian: what an operator does, in order. Any failure ends it.
set -eu
version=$1 newer=$2 fingerprint=$3
medium=/media/sekisho data=/var/lib/sekisho
arch=$(dpkg --print-architecture)
first=$medium/sekisho-$version-$arch.bundle second=$medium/sekisho-$newer-$arch.bundle
step() { printf '\n-- %s\n' "$*"; }
must_fail() { if "$@" > /tmp/said 2>&1; then cat /tmp/said; echo "should have been refused: $*"; exit 1; fi; tail -n 2 /tmp/said; }

# What the doctor says no to, beside what is the machine's own (clock, disk and its encryption) and what $2 allows.
sound() {
  sekisho doctor --data "$1" --json > /tmp/doctor
  /opt/sekisho/current/bin/python - /tmp/doctor clock disk encryption ${2:-} <<'PYTHON'
import json, sys
said = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
bad = [one["text"] for one in said if one["result"] == "no" and one["subject"].split(".")[1] not in sys.argv[2:]]
print("doctor:", *(f"{one['subject'].split('.')[1]}={one['result']}" for one in said))
sys.exit("\n".join(bad) or 0)
PYTHON
}

step "there is no way out"
if grep -q '^[a-z]' /proc/net/route 2>/dev/null && [ "$(wc -l < /proc/net/route)" -gt 1 ]; then echo "a route exists"; exit 1; fi
must_fail timeout 20 apt-get -qq -o Acquire::Retries=0 update --error-on=any

step "install: a medium changed by one byte is refused, one by another key too"
cd /tmp
tar xf "$first" install.sh
cp "$first" changed.bundle
printf X | dd of=changed.bundle bs=1 seek=$(($(stat -c %s changed.bundle) / 2)) conv=notrunc 2>/dev/null
must_fail sh install.sh changed.bundle --fingerprint "$fingerprint"
rm changed.bundle
must_fail sh install.sh "$medium"/foreign/*.bundle --fingerprint "$fingerprint"
[ ! -e /opt/sekisho/current ]

step "install"
sh install.sh "$first" --fingerprint "$fingerprint"
[ "$(sekisho --version | grep -o '[0-9.]*$')" = "$version" ]

step "thirty minutes: log, staff list, visits, review, page"
serve() { setsid sekisho serve --data $data > /tmp/serve.log 2>&1 & echo $! > /tmp/serve.pid
  for _ in $(seq 100); do [ -S $data/run/recorder.sock ] && return 0; sleep 0.2; done; cat /tmp/serve.log; exit 1; }
unserve() { kill "$(cat /tmp/serve.pid)"; for _ in $(seq 100); do kill -0 "$(cat /tmp/serve.pid)" 2>/dev/null || return 0; sleep 0.2; done; exit 1; }
serve
chmod -R a+rX $medium/hospital
log=$(ls $medium/hospital/*ログ*.csv | head -n 1)
sekisho collect "$log" --data $data
rest=$(ls $medium/hospital/* | grep -v ログ)
echo "$rest" | tr '\n' '\0' | xargs -0 sh -c 'sekisho care load "$@" --data '$data load
sekisho review approve --shipped --by "op" --data $data
sekisho review run --data $data --json | tail -n 1
sekisho ledger verify --data $data
sound $data "backup recovery_key"
unserve

step "backup, and the paper key proved"
sekisho backup key --data $data --paper $medium/backup/key.pdf
/opt/sekisho/current/bin/python - <<'PYTHON'
# The paper would be typed by a person; here a key is made whose secret this test can know.
import os, pwd
user = pwd.getpwnam("sekisho")
os.setgid(user.pw_gid); os.setuid(user.pw_uid)
from pathlib import Path
from sekisho.app.backup import make_recovery_key
from sekisho.app.installation import open_installation
installation = open_installation(Path("/var/lib/sekisho"))
key = make_recovery_key(installation.database, installation.clock, by="test", replace=True)
Path("/media/sekisho/backup/typed").write_text(key.on_paper)
installation.close()
PYTHON
sekisho backup --data $data --to $medium/backup
copy=$(ls $medium/backup/*.age)
sekisho backup test --data $data "$copy" < $medium/backup/typed
sekisho restore "$copy" --data $medium/backup/again < $medium/backup/typed
sekisho ledger verify --data $medium/backup/again
sound $medium/backup/again "backup recovery_key"
must_fail sh -c "sekisho restore '$copy' --data $data < $medium/backup/typed"

step "update: another key's bundle is refused, the right one is proved and chosen"
must_fail sekisho update "$medium"/foreign/*.bundle --to $medium/backup --data $data
serve
must_fail sekisho update "$second" --to $medium/backup --data $data
unserve
sekisho update "$second" --to $medium/backup --data $data
[ "$(sekisho --version | grep -o '[0-9.]*$')" = "$newer" ]
serve; sekisho ledger verify --data $data; sound $data; unserve

step "one step back, with everything recorded since"
sekisho update --back --data $data
[ "$(sekisho --version | grep -o '[0-9.]*$')" = "$version" ]
serve; sekisho ledger verify --data $data; sound $data; unserve

step "nothing of the record belongs to root"
[ -z "$(find $data -not -user sekisho | head -n 3 | tee /dev/stderr)" ]
