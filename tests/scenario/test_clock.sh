#!/bin/bash
# Clocks that are set under a daemon, and clocks that are set for everybody.
#
# A real ledger: time that was given to an entry is never taken back, so a clock that is set by more
# than five minutes is not believed, in either direction: READ_ONLY until it is right again. A
# smaller step is followed, and never backwards. The shim of tests/support/shim moves the clock.
# Simulated ledgers: the weeks of both daylight-saving changes in steps of ten minutes, with kills
# and a night settled each day, of 23 and of 25 hours too; crash_client.c verifies them.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
CLIENT=$BUILD/tests/scenario/crash_client
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0

# ---- A real clock -----------------------------------------------------------------------------

set_clock() # milliseconds it is ahead; what it was is never seen half
{
    python3 -c 'import struct, sys
open(sys.argv[1], "r+b").write(struct.pack("<q", int(sys.argv[2])))' "$WORK/clock" "$1"
}

# A key is registered: prints when that was recorded, in seconds since 1970; or fails.
count=0
enter()
{
    local when
    when=$(saldo keygen "k$count" --register "o$count" --role AUDITOR 2>"$WORK/enter.log" |
        sed -n 's/^recorded *//p')
    [ -n "$when" ] && date -d "$when" +%s
}

expect() # yes|no: can anything be recorded; and what the log must say where it cannot
{
    count=$((count + 1))
    recorded=$(enter)
    [ "$1" = yes ] && [ -z "$recorded" ] && fail "nothing can be recorded: $(cat "$WORK/enter.log")"
    [ "$1" = no ] && [ -n "$recorded" ] && fail "an entry took the time $recorded"
    [ -z "${2:-}" ] || grep -q "$2" "$LEDGER.log" || fail "the log does not say $2"
}

printf '\0\0\0\0\0\0\0\0' >"$WORK/clock"
"$BUILD/saldod" init "$LEDGER" --allow-unsafe-fs --listen "tcp://127.0.0.1:$(free_port)" \
    >"$WORK/init.log" 2>&1 || fail "saldod init"
echo disk_free_min_mb=1 >>"$LEDGER/saldod.conf"
export SHIM_CLOCK=$WORK/clock
LD_PRELOAD=$(realpath "$BUILD")/tests/shim.so start_daemon || fail "saldod does not come up"
week=$((7 * 86400000))
expect yes
first=$recorded
set_clock $week
expect no "event=clock-set by_s=604[78].* do="
saldo status --json | grep -q '"read_only": true' || fail "saldo status does not say read_only"
set_clock 0
expect yes event=clock-right
[ $((recorded - first)) -lt 3600 ] || fail "the week has stayed: $first, then $recorded"
set_clock -$week
expect no "event=clock-set by_s=-604[78]"
set_clock 0
expect yes
set_clock 240000 # within what a clock may be set by
expect yes
ahead=$recorded
set_clock 0
expect yes
[ "$recorded" -ge "$ahead" ] || fail "time ran back: $ahead, then $recorded"
stop_daemon || fail "saldod ended with $?"
"$BUILD/saldod" check "$LEDGER" >"$WORK/check.log" 2>&1 || fail "saldod check"
unset SHIM_CLOCK

# ---- Weeks ------------------------------------------------------------------------------------

for thursday in 2026-03-26 2026-10-22; do # the change is on the Sunday
    make_ledger --simulated
    stop_daemon || fail "saldod ended with $?"
    day=$(($(date -u -d $thursday +%s) / 86400))
    ROUNDS=8 DAY=$day STEP_MS=600000 "$CLIENT" run "$BUILD/saldod" "$LEDGER" "$WORK/acks" ||
        fail "the week of $thursday"
    "$CLIENT" verify "$LEDGER" "$WORK/acks" || fail "crash_client verify"
    "$BUILD/saldod" check "$LEDGER" --from-tables >"$WORK/check.log" 2>&1 || fail "saldod check"
    start_daemon || fail "saldod does not come up again"
    for n in 0 1 2 3 4 5 6; do
        saldo batch "$(date -u -d "$thursday + $n days" +%F)" >"$WORK/batch.log" 2>&1 ||
            fail "there is no batch of day $n of the week of $thursday"
    done
    stop_daemon || fail "saldod ended with $?"
    rm -f "$WORK/acks"
done
