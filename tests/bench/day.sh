#!/bin/bash
# One very long day: so many batched charges, a restart in the middle of it, its night, and what is
# felt meanwhile.
#
# usage: day.sh BUILD        (as `make bench-day` calls it)
# Environment: DAY_CHARGES=10000000, DAY_VOUCHERS=1000000, DAY_RATE=1000 singles a second beside the
# night and its checkpoint. Times are of one run each. Nothing is left behind.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/release}
charges=${DAY_CHARGES:-10000000}
vouchers=${DAY_VOUCHERS:-1000000}
rate=${DAY_RATE:-1000}
half=$(((charges / 2 + 8191) / 8192)) # batches
. tests/bench/daemon.sh

line= disk=
row() # WHAT MODE COUNT CONNECTIONS DAY SALT [RATE]
{
    local what=$1 mode=$2
    shift 2
    line=$("$load" "$home" "$mode" "$vouchers" "$@") || fail "$what"
    [ "$(field "$line" refused)" = 0 ] || fail "refused charges: $line"
    printf '%-34s %10.0f charges/s, p50 %.1f ms, p99 %.1f ms\n' "$what" \
        "$(field "$line" charges_per_s)" "$(field "$line" p50_ms)" "$(field "$line" p99_ms)"
}
kept() { du -sm "$ledger/$1" | cut -f1; }
per_charge() { echo $(($1 * 1048576 / (2 * half * 8192))); } # MB

# At half of what it may hold it makes a checkpoint: the day has to end before.
make_simulated "overlay_charges = $((2 * charges + 1000000))" \
    "overlay_vouchers = $((3 * vouchers + 200000))" "overlay_buckets = $((3 * vouchers + 400000))"
start
echo "at rest: $(($(rss_kb) / 1024)) MB"
"$load" "$home" setup "$vouchers" > /dev/null || fail setup
resident=$(rss_kb)
journal=$(kept journal)
row "$((half * 8192)) charges" batch "$half" 4 2026-03-15 1

began=$EPOCHREALTIME
stop KILL
start
awk -v a="$began" -v b="$EPOCHREALTIME" -v ms="$(event_ms replayed)" -v n=$((half * 8192)) 'BEGIN {
    printf "killed, and ready again after %.1f s: %.0f charges/s, with the grants\n", b - a, n * 1000 / ms }'
row "as many again" batch "$half" 4 2026-03-15 2
grown=$(($(rss_kb) - resident))
echo "memory: $((grown / 1024)) MB, $((grown * 1024 / (2 * half * 8192))) bytes a charge of the day"
journal=$(($(kept journal) - journal))
echo "journal: $journal MB, $(per_charge $journal) bytes a charge"

# The first charge of the next day is answered after the night.
row "the night, felt by one charge" single 1 1 2026-03-16 3
watch_disk
row "singles at $rate/s beside it" single $((rate * 20)) 64 2026-03-16 4 "$rate"
see_disk
echo "their middle second: p99 $(field "$line" p99_second_ms) ms; the disk meanwhile: p99" \
    "$(field "$disk" p99_ms) ms, worst $(field "$disk" max_ms) ms"
! grep -q event=checkpoint "$log" || echo "(the checkpoint was over before they were)"
await checkpoint 1 6000
echo "checkpoint: $(event_ms checkpoint) ms; tables $(kept tables) MB, $(per_charge "$(kept tables)") bytes a charge"
