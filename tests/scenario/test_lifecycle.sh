#!/bin/bash
# The life of a daemon: made, started, asked, stopped, started again; its gate killed; its tables
# lost, damaged, or from another ledger; a second daemon on the same ledger; keys that do not fit.
# BUILD names the build folder (build/release unless set). Leaves nothing behind.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build/release}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/life.XXXXXX") || exit 1
L=$WORK/l
DAEMON=

# Ends the daemon and gives its exit code.
stop_daemon()
{
    [ -n "$DAEMON" ] || return 0
    kill "$1" "$DAEMON" 2>/dev/null
    wait "$DAEMON" 2>/dev/null
    local code=$?
    DAEMON=
    return $code
}

clean_up()
{
    stop_daemon -KILL
    rm -rf "$WORK"
}
trap clean_up EXIT

fail()
{
    echo "FAILED: $*" >&2
    [ -f "$WORK/log" ] && tail -20 "$WORK/log" >&2
    exit 1
}

free_port()
{
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

saldo() { "$BUILD/saldo" --home "$L/home" --deadline "${DEADLINE:-10}" "$@"; }
logged() { grep -q "$1" "$WORK/log"; }

# Until the log has it, at most so many tenths of a second.
await()
{
    local tenths=$2
    until logged "$1"; do
        [ "$tenths" -gt 0 ] || return 1
        tenths=$((tenths - 1))
        sleep 0.1
    done
}

start_daemon()
{
    : >"$WORK/log" # here: the process behind the & may be late, and "ready" would be the last one's
    "$BUILD/saldod" run "$L" >>"$WORK/log" 2>&1 &
    DAEMON=$!
    await event=ready 300 || fail "the daemon is not ready"
}

# A dead process that nobody has waited for yet is no live one.
alive() { [ -e "/proc/$1/stat" ] && ! grep -q '^State:\sZ' "/proc/$1/status" 2>/dev/null; }
gate_pid() { sed -n 's/.*event=gate-started pid=//p' "$WORK/log" | tail -n 1; }
entries() { saldo --csv status | awk -F, 'NR == 2 { print $6 }'; }

echo "init"
"$BUILD/saldod" init "$L" --simulated --allow-unsafe-fs --listen "tcp://127.0.0.1:$(free_port)" \
    --organiser kainuu --organiser-name 'Kainuun hyvinvointialue' --business-id 2500000-7 \
    >"$WORK/init.log" 2>&1 || { cat "$WORK/init.log" >&2; fail "init"; }
[ -z "$(find "$L" -type f -perm /077)" ] || fail "a file that others may read"
[ -z "$(find "$L" -type d -perm /077)" ] || fail "a folder that others may enter"
"$BUILD/saldod" init "$L" --allow-unsafe-fs >/dev/null 2>&1 && fail "init in a ledger's folder"
"$BUILD/saldod" init "$WORK/x" --organiser only-a-code >/dev/null 2>"$WORK/init.err"
[ $? = 2 ] || fail "half an organiser is a usage error"
grep -q -- "--business-id go together" "$WORK/init.err" || fail "it does not say what is missing"
"$BUILD/saldod" init "$WORK/y" --allow-unsafe-fs --organiser a --organiser-name A \
    --business-id 1234567-8 >/dev/null 2>&1 && fail "a wrong business id was taken"
"$BUILD/saldod" run "$WORK/nothing" >/dev/null 2>&1
[ $? = 1 ] || fail "run without a ledger"

echo "run, query, import"
start_daemon
saldo status >"$WORK/status" || fail "status"
saldo import tests/pilot >/dev/null || fail "import"
[ "$(stat -c %a "$L/run/gate.ipc")" = 700 ] || fail "mode of the link's socket"

echo "a second daemon is refused"
"$BUILD/saldod" run "$L" >"$WORK/second" 2>&1
[ $? = 1 ] || fail "a second daemon"
grep -q "another process holds it" "$WORK/second" || fail "the second daemon does not say why"

echo "the gate is killed and comes back within a second"
for _ in 1 2 3; do
    old=$(gate_pid)
    kill -KILL "$old" || fail "no gate to kill"
    for _ in $(seq 20); do
        [ "$(gate_pid)" != "$old" ] && break
        sleep 0.05
    done
    [ "$(gate_pid)" != "$old" ] || fail "no new gate within a second"
    saldo status >/dev/null || fail "the new gate does not serve"
done

echo "SIGTERM, and nothing to replay"
last=$(entries)
[ "$last" -gt 3 ] || fail "entries: $last"
began=$SECONDS
stop_daemon -TERM || fail "exit code $? after SIGTERM"
[ $((SECONDS - began)) -le 20 ] || fail "a stop of $((SECONDS - began)) s"
logged event=stopped || fail "it does not say that it stopped"
alive "$(gate_pid)" && fail "the gate outlived the daemon"
start_daemon
logged event=replayed && fail "replayed after a clean stop"
[ "$(entries)" = "$last" ] || fail "entries after a restart"

echo "kill -9: the gate goes too, and the journal is replayed"
saldo close 000100050D 2018-11-30 >/dev/null || fail "close"
[ "$(entries)" -gt "$last" ] || fail "no entry for a command"
last=$(entries)
gate=$(gate_pid)
stop_daemon -KILL
sleep 0.2
alive "$gate" && fail "the gate outlived its daemon"
start_daemon
logged event=replayed || fail "not replayed"
[ "$(entries)" = "$last" ] || fail "entries after kill -9"
stop_daemon -INT || fail "SIGINT"

echo "the digest: from the beginning, from the tables, and after the tables are lost"
"$BUILD/saldod" check "$L" >"$WORK/whole" 2>"$WORK/log" || fail "check"
"$BUILD/saldod" check "$L" --from-tables >"$WORK/short" 2>"$WORK/log" || fail "check --from-tables"
cmp -s "$WORK/whole" "$WORK/short" || fail "the digests differ"
"$BUILD/saldod" check "$L" --json 2>/dev/null | grep -q "\"digest\":\"$(awk '$1 == "digest" { print $2 }' "$WORK/whole")\"" ||
    fail "check --json"
rm -r "$L/tables"
start_daemon
logged tables-missing || fail "missing tables are not mentioned"
stop_daemon -TERM || fail "stop"
"$BUILD/saldod" check "$L" --from-tables 2>/dev/null | cmp -s - "$WORK/whole" || fail "rebuilt tables"

echo "tables that are damaged, or another ledger's, are put aside"
head -c 4096 /dev/urandom | dd of="$L/tables/data.mdb" conv=notrunc status=none
start_daemon
logged tables-aside || fail "damaged tables were taken"
ls -d "$L"/tables.bad-* >/dev/null || fail "the damaged tables are gone"
stop_daemon -TERM || fail "stop"
"$BUILD/saldod" init "$WORK/o" --simulated --allow-unsafe-fs \
    --listen "tcp://127.0.0.1:$(free_port)" --organiser o --organiser-name O \
    --business-id 2500000-7 >/dev/null || fail "another ledger"
"$BUILD/saldod" run "$WORK/o" 2>"$WORK/log" &
DAEMON=$!
await event=ready 300 || fail "the other daemon is not ready"
stop_daemon -TERM || fail "stop"
sleep 1.1 # the name of what is put aside has the second in it
rm -r "$L/tables" && cp -r "$WORK/o/tables" "$L/tables"
start_daemon
logged tables-aside || fail "another ledger's tables were taken"
[ "$(entries)" = "$last" ] || fail "entries after the tables were made again"
stop_daemon -TERM || fail "stop"
"$BUILD/saldod" check "$L" --from-tables 2>/dev/null | cmp -s - "$WORK/whole" || fail "rebuilt tables"

echo "what must not start"
mv "$L/keys/ledger.key" "$WORK/ledger.key" && cp "$WORK/o/keys/ledger.key" "$L/keys/ledger.key"
"$BUILD/saldod" run "$L" >"$WORK/log" 2>&1
[ $? = 1 ] || fail "another ledger's key"
logged "not the key of this ledger" || fail "it does not say why"
mv "$WORK/ledger.key" "$L/keys/ledger.key" && chmod 644 "$L/keys/ledger.key"
"$BUILD/saldod" run "$L" >"$WORK/log" 2>&1
[ $? = 1 ] || fail "a key that everybody may read"
chmod 600 "$L/keys/ledger.key"
cp "$L/saldod.conf" "$WORK/conf" && echo "speed=9" >>"$L/saldod.conf"
"$BUILD/saldod" run "$L" >"$WORK/log" 2>&1
[ $? = 1 ] || fail "an unknown setting"
logged "unknown setting speed" || fail "it does not name the setting"
sed 's,^listen=.*,listen=tcp://203.0.113.1:7447,' "$WORK/conf" >"$L/saldod.conf"
"$BUILD/saldod" run "$L" >"$WORK/log" 2>&1
[ $? = 1 ] || fail "an address that is not ours"
cp "$WORK/conf" "$L/saldod.conf"

echo "the disk is too full: queries only"
echo "disk_free_min_mb=1073741824" >>"$L/saldod.conf"
start_daemon
saldo status >"$WORK/status" || fail "status while read-only"
grep -qE 'read_only +yes' "$WORK/status" || fail "status does not say read-only"
DEADLINE=2 saldo close 000100050D 2018-12-01 >/dev/null 2>&1 && fail "recorded while read-only"
[ "$(entries)" = "$last" ] || fail "an entry while read-only"
stop_daemon -TERM || fail "stop"
echo "ok"
