#!/bin/bash
# Figures and health of a daemon that works: the page is valid and counts what was done; health
# turns when it should; HTTP that is hostile, slow or too much hurts nobody. Then the watchdog: it
# is fed while the daemon works and not when a thread hangs.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
command -v python3 >/dev/null || { echo "python3 is missing"; exit 77; }

scrape() { python3 tests/support/scrape.py check "$MONITOR" "${@:2}" >"$1" || fail "the page"; }
health() { python3 tests/support/scrape.py health "$MONITOR" || fail "/healthz"; }
figure() { awk -v n="$2" '$1 == n { printf "%d\n", $2 }' "$1"; }
is() { [ "$(figure "$1" "$2")" = "$3" ] || fail "$2 is $(figure "$1" "$2"), not $3"; }
grew() { [ "$(figure "$WORK/after" "$1")" -gt "$(figure "$WORK/before" "$1")" ] || fail "$1 did not grow"; }

# Everything the daemon says to its service manager.
NOTIFIED=$WORK/notified.log
SAID=
stop_listening() { [ -z "$SAID" ] || { kill "$SAID"; wait "$SAID"; SAID=; } 2>/dev/null; }
trap 'stop_listening; clean_up' EXIT
python3 tests/support/scrape.py notify "$WORK/notify" >"$NOTIFIED" &
SAID=$!
export NOTIFY_SOCKET=$WORK/notify WATCHDOG_USEC=3000000
for _ in $(seq 50); do [ -S "$WORK/notify" ] && break; sleep 0.1; done

make_ledger --simulated
MONITOR=$(sed -n 's/^monitor=//p' "$LEDGER/saldod.conf")
case $MONITOR in 127.0.0.1:*) ;; *) fail "init does not set a monitor on loopback" ;; esac
grep -q "event=monitor address=$MONITOR" "$LEDGER.log" || { echo "$MONITOR is taken"; exit 77; }
grep -qx READY=1 "$NOTIFIED" || fail "not told ready"

echo "a page that counts what was done"
scrape "$WORK/before"
is "$WORK/before" saldo_gate_up 1
is "$WORK/before" saldo_gate_starts_total 1
is "$WORK/before" saldo_read_only 0
is "$WORK/before" saldo_healthy 1
[ "$(health)" = "200 " ] || fail "not healthy: $(health)"
is "$WORK/before" saldo_journal_last "$(saldo --csv status | awk -F, 'NR == 2 { print $6 }')"
saldo -q import tests/pilot --enrol >"$WORK/import.log" 2>&1 || fail "import"
saldo -q submit tests/pilot/events.csv >"$WORK/answers.csv" 2>"$WORK/submit.log"
sleep 1.2
scrape "$WORK/after" "$WORK/before"
for f in saldo_journal_last saldo_commit_seconds_count saldo_replies_total saldo_settled_through_day \
    'saldo_requests_total{kind="charge"}' 'saldo_requests_total{kind="query"}' \
    'saldo_overlay_rows{kind="charge"}' saldo_ledger_memory_bytes; do
    grew "$f"
done
is "$WORK/after" saldo_journal_last "$(saldo --csv status | awk -F, 'NR == 2 { print $6 }')"
# Every charge is counted under its code: as many as were answered with it, and no more.
awk -F, '$2 == "charge" { n[$4]++ } END { for (code in n) print code, n[code] }' \
    "$WORK/answers.csv" | sort >"$WORK/wanted"
[ "$(wc -l <"$WORK/wanted")" -gt 15 ] || fail "few codes: $(cat "$WORK/wanted")"
sed -n 's/^saldo_answers_total{kind="charge",code="\(.*\)"} \(.*\)\.0$/\1 \2/p' "$WORK/after" |
    grep -v ' 0$' | sort | cmp - "$WORK/wanted" || fail "charges by code"

echo "no voucher, provider, client or reference is in it"
awk -F, 'NR > 1 { for (i = 1; i <= NF; i++) if (length($i) >= 4 && $i ~ /[0-9]/) print $i }' \
    tests/pilot/vouchers.csv tests/pilot/providers.csv | sort -u >"$WORK/personal"
grep -E '^[0-9]{9}[0-9A-Y]$' "$WORK/personal" | head -n 1 | grep -q . || fail "no voucher in the pilot"
grep -Ff <(grep -E '[A-Z-]|^[0-9]{10}$' "$WORK/personal") "$WORK/after" && fail "personal data in the page"

echo "duplicates and refusals"
saldo -q submit tests/pilot/events.csv >"$WORK/again.csv" 2>"$WORK/again.log"
sleep 0.3
scrape "$WORK/again" "$WORK/after"
[ "$(figure "$WORK/again" saldo_duplicates_total)" -gt "$(figure "$WORK/after" saldo_duplicates_total)" ] ||
    fail "duplicates"

echo "the gate is killed"
kill -KILL "$(sed -n 's/.*event=gate-started pid=//p' "$LEDGER.log" | tail -n 1)"
sleep 1.5
scrape "$WORK/gate" "$WORK/again"
is "$WORK/gate" saldo_gate_starts_total 2
[ "$(health)" = "200 " ] || fail "not healthy after the gate's death: $(health)"

echo "hostile HTTP"
python3 tests/support/scrape.py hostile "$MONITOR" >"$WORK/hostile.log" || fail "hostile"
saldo status >/dev/null || fail "the ledger does not answer beside it"

echo "a disk that hangs: not healthy, and the watchdog is not fed"
fed() { grep -cx WATCHDOG=1 "$NOTIFIED"; }
[ "$(fed)" -gt 5 ] || fail "fed $(fed) times"
strace -qq -f -p "$DAEMON" -o "$WORK/strace.out" -e trace=fdatasync \
    -e inject=fdatasync:delay_enter=30000000:when=1 2>"$WORK/strace.log" &
TRACE=$!
sleep 1
if kill -0 "$TRACE" 2>/dev/null; then
    saldo --deadline 60 close 000100050D 2018-11-30 >"$WORK/close.log" 2>&1 &
    CLOSE=$!
    sleep 18
    state=$(health)
    at=$(fed)
    sleep 4
    still=$(fed)
    kill "$TRACE" && wait "$TRACE" 2>/dev/null
    [ "$state" = "503 journal-stuck queue-stuck" ] || fail "health of a hanging disk: $state"
    [ "$still" = "$at" ] || fail "the watchdog is fed while the journal hangs"
    wait "$CLOSE" || fail "close after the disk came back"
    sleep 2
    [ "$(health)" = "200 " ] || fail "not healthy again: $(health)"
    [ "$(fed)" -gt "$at" ] || fail "not fed again"
else
    wait "$TRACE" 2>/dev/null
    echo "left out: strace cannot attach here"
fi

echo "too full: read-only"
stop_daemon || fail "stop"
grep -qx STOPPING=1 "$NOTIFIED" || fail "not told that it stops"
sed -i 's/^disk_free_min_mb=.*/disk_free_min_mb=1073741824/' "$LEDGER/saldod.conf"
start_daemon || fail "start"
[ "$(health)" = "503 read-only" ] || fail "read-only: $(health)"

echo "a port that is taken costs the figures and not the ledger"
stop_daemon || fail "stop"
port=$(free_port)
python3 -m http.server "$port" --bind 127.0.0.1 >/dev/null 2>&1 &
TAKEN=$!
for _ in $(seq 50); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
sed -i "s/^monitor=.*/monitor=127.0.0.1:$port/" "$LEDGER/saldod.conf"
start_daemon
started=$?
kill "$TAKEN" && wait "$TAKEN" 2>/dev/null
[ $started = 0 ] || fail "no start beside a taken port"
grep -q 'event=monitor-off' "$LEDGER.log" || fail "it does not say that the port is taken"
stop_daemon || fail "stop"
echo "ok"
