#!/bin/bash
# The systemd units: systemd finds no fault with them, they expose little, and the daemon, the
# settlement and the backup do their work under the system call filters that the units set.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
command -v systemd-analyze >/dev/null || { echo "systemd-analyze is missing"; exit 77; }

UNITS=$WORK/units
EXPOSURE_MAX=2.0
mkdir "$UNITS"
for unit in pkg/systemd/*; do
    sed "s,@BIN@,$PWD/$BUILD,; s,@SBIN@,$PWD/$BUILD," "$unit" >"$UNITS/$(basename "$unit")"
done

echo "systemd reads them without a word"
# What it says of the machine's own units is not ours.
systemd-analyze verify --man=no "$UNITS"/* 2>&1 | grep -F "$UNITS" >"$WORK/verify.log"
systemd-analyze verify --man=no "$UNITS"/* 2>&1 | grep -E '^(saldo[a-z-]*)\.(service|timer)' >>"$WORK/verify.log"
[ ! -s "$WORK/verify.log" ] || fail "systemd-analyze verify"
for timer in "$UNITS"/*.timer; do
    systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' "$timer")" >/dev/null || fail "$timer"
done

echo "exposure"
for unit in "$UNITS"/*.service; do
    level=$(systemd-analyze security --offline=true "$unit" | sed -n 's/.*exposure level for [^ ]*: \([0-9.]*\).*/\1/p')
    echo "$(basename "$unit") $level"
    awk -v l="$level" -v m=$EXPOSURE_MAX 'BEGIN { exit !(l != "" && l <= m) }' || fail "$unit: $level"
done

/usr/bin/python3 -c 'import seccomp' 2>/dev/null || { echo "python3-seccomp is missing: the filters were not tried"; exit 77; }
# The sanitizers need other system calls: the release build it is.
[ "${BUILD%san}" = "$BUILD" ] || BUILD=build/release
[ -x "$BUILD/saldod" ] || { echo "build/release is not built: the filters were not tried"; exit 77; }
within() { /usr/bin/python3 tests/support/sandbox.py "$UNITS/$1.service" "${@:2}"; }

echo "the filter holds"
within saldod /usr/bin/python3 -c 'import os; os.chroot("/")' 2>"$WORK/chroot.log" && fail "chroot is allowed"
grep -q PermissionError "$WORK/chroot.log" || fail "the filter was not loaded"

echo "the daemon under its filter: charges, a gate that dies, a stop"
make_ledger
stop_daemon || fail "stop"
: >"$LEDGER.log"
# ledger.sh starts whatever BUILD names: a program that puts itself under the filter.
mkdir "$WORK/bin"
cat >"$WORK/bin/saldod" <<EOF
#!/bin/sh
exec /usr/bin/python3 tests/support/sandbox.py $UNITS/saldod.service $BUILD/saldod "\$@"
EOF
chmod +x "$WORK/bin/saldod"
ln -s "$PWD/$BUILD/saldo" "$WORK/bin/saldo"
REAL=$BUILD BUILD=$WORK/bin
start_daemon || fail "start under the filter"
BUILD=$REAL
grep -qE '^Seccomp:\s2$' "/proc/$DAEMON/status" || fail "the daemon is under no filter"
saldo -q import "$WORK/county" >"$WORK/import.log" 2>&1 || fail "import"
gate=$(sed -n 's/.*event=gate-started pid=//p' "$LEDGER.log" | tail -n 1)
grep -qE '^Seccomp:\s2$' "/proc/$gate/status" || fail "the gate is under no filter"
kill -KILL "$gate"
sleep 1
saldo status >"$WORK/status.log" || fail "no new gate under the filter"

echo "the night under its filter, of every day that is over"
saldo keygen settlement --register settlement --role SETTLEMENT_JOB >"$WORK/keygen.log" || fail "keygen"
within saldo-settle "$BUILD/saldo" --home "$LEDGER/home" --deadline 20 settle >"$WORK/settle.log" ||
    fail "settle"
grep -q "$(TZ=Europe/Helsinki date -d yesterday +%F)" "$WORK/settle.log" || fail "settled another day"

echo "the backup under its filter, beside the daemon"
within saldo-backup "$BUILD/saldo" -q backup "$LEDGER" "$WORK/backup" >"$WORK/backup.log" || fail "backup"
within saldo-backup "$BUILD/saldo" -q restore --verify "$WORK/backup" "$WORK/restored" \
    >"$WORK/restore.log" 2>&1 || fail "restore"
stop_daemon || fail "stop: $?"
no_errors
echo "ok"
