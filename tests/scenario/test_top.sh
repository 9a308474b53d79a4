#!/bin/bash
# saldo top: in terminals of three sizes, with and without colour, through a restart of the daemon;
# once and as JSON for scripts; and with no daemon, or something else, at the address.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
command -v python3 >/dev/null || { echo "python3 is missing"; exit 77; }
export LC_ALL=C.UTF-8

screen() # columns rows seconds key; then options of top
{
    python3 tests/support/terminal.py "$1" "$2" "$3" "$4" "$BUILD/saldo" top "$MONITOR" --every 1 "${@:5}" \
        >"$WORK/screen" 2>&1 || { cat "$WORK/screen"; fail "a terminal of $1 x $2"; }
}
shows() { grep -q -- "$1" "$WORK/screen" || { cat "$WORK/screen"; fail "it does not show: $1"; }; }

make_ledger --simulated
MONITOR=$(sed -n 's/^monitor=//p' "$LEDGER/saldod.conf")
grep -q "event=monitor address=$MONITOR" "$LEDGER.log" || { echo "$MONITOR is taken"; exit 77; }
saldo -q import tests/pilot --enrol >"$WORK/import.log" 2>&1 || fail "import"
saldo -q submit tests/pilot/events.csv >"$WORK/answers" 2>"$WORK/submit.log" &
LOAD=$!
screen 80 24 2.5 q
shows "^Health    well$"
shows "Charges .*/s"
shows "coloured"
NO_COLOR=1 screen 60 10 1.5 INT
shows "plain"
wait "$LOAD" || true
screen 120 40 2.5 q
shows "Charges refused"
shows "INSUFFICIENT_BALANCE"
LC_ALL=C screen 100 30 1.5 q
grep -qP '[^\x00-\x7f]' "$WORK/screen" && fail "other than ASCII where the locale has nothing else"

echo "for scripts"
"$BUILD/saldo" top "$MONITOR" >"$WORK/once" || fail "--once is what a pipe gets"
grep -q "entry $(saldo --csv status | awk -F, 'NR == 2 { print $6 }' | sed -E ':a; s/([0-9])([0-9]{3})($| )/\1 \2\3/; ta')," \
    "$WORK/once" || { cat "$WORK/once"; fail "the last entry"; }
grep -q $'\033' "$WORK/once" && fail "escapes in a pipe"
"$BUILD/saldo" --json top "$MONITOR" | python3 -c '
import json, sys
said = json.load(sys.stdin)
assert said["healthy"] is True and said["reasons"] == []
assert said["figures"]["saldo_gate_up"] == 1 and len(said["figures"]) > 200
' || fail "--json"

echo "what is not well stands out"
stop_daemon || fail "stop"
echo "disk_free_min_mb=1073741824" >>"$LEDGER/saldod.conf"
start_daemon || fail "start"
screen 80 24 1.5 q
shows "^Health    read-only"
shows "READ-ONLY"
stop_daemon || fail "stop"
screen 80 24 1.5 q
shows "no figures from $MONITOR: Connection refused"
"$BUILD/saldo" top "$MONITOR" --once >/dev/null 2>"$WORK/none"
[ $? = 4 ] || fail "exit code without a daemon"
"$BUILD/saldo" top nonsense --once >/dev/null 2>&1
[ $? = 4 ] || fail "exit code for no address"
"$BUILD/saldo" top --every 0 >/dev/null 2>&1
[ $? = 2 ] || fail "exit code for a bad option"
port=$(free_port)
python3 -m http.server "$port" --bind 127.0.0.1 --directory "$WORK" >/dev/null 2>&1 &
OTHER=$!
for _ in $(seq 50); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
"$BUILD/saldo" top "127.0.0.1:$port" --once >/dev/null 2>"$WORK/other"
code=$?
kill "$OTHER" && wait "$OTHER" 2>/dev/null
[ $code = 4 ] || fail "exit code with another server"
grep -q "that is no saldod" "$WORK/other" || fail "it does not say that it is another server"
echo "ok"
