#!/bin/bash
# Does a charge cost the same in a large county? Batches over 100,000 vouchers and over ten million, in
# turns, and over a million of a ledger that holds ten million charges already.
#
# usage: wide.sh BUILD        (as `make bench-wide` calls it)
# Environment: WIDE_VOUCHERS=10000000, WIDE_CHARGES=10000000, WIDE_ROUNDS=3. Takes some 7 GB of memory
# and of disk. All is held in memory: what a checkpoint costs is for `make bench-day`. Nothing is left
# behind.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/release}
wide=${WIDE_VOUCHERS:-10000000}
charges=${WIDE_CHARGES:-10000000}
rounds=${WIDE_ROUNDS:-3}
narrow=100000
part=$((wide < 1000000 ? wide : 1000000)) # vouchers charged once all are held
piece=60 # batches a run
. tests/bench/daemon.sh
narrow_home=$work/narrow/home wide_home=$work/wide/home

# charges/s of a run; $1 home, $2 vouchers, $3 batches, $4 salt
rate() {
    local line
    line=$("$load" "$1" batch "$2" "$3" 4 2026-03-15 "$4" 0 40) || fail "$*"
    [ "$(field "$line" refused)" = 0 ] || fail "refused charges: $line"
    field "$line" charges_per_s
}
median() { sort -n | sed -n "$((($1 + 1) / 2))p"; }

# $1 folder, $2 vouchers: a ledger that needs no checkpoint, and its daemon; says its pid.
county() {
    ledger=$work/$1
    home=$ledger/home
    log=$work/$1.log
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    make_simulated "overlay_charges = $((3 * ($2 + charges) + 4000000))" \
        "overlay_vouchers = $((3 * $2 + 200000))" "overlay_buckets = $((3 * $2 + 400000))"
    start
    local began=$EPOCHREALTIME
    "$load" "$home" setup "$2" > /dev/null || fail setup
    awk -v v="$2" -v a="$began" -v b="$EPOCHREALTIME" -v kb="$(rss_kb)" 'BEGIN {
        printf "%d vouchers granted in %.0f s (%.0f/s), %d MB\n", v, b - a, v / (b - a), kb / 1024 }'
}

county narrow "$narrow"
narrow_pid=$pid
trap 'kill -9 "$narrow_pid" 2> /dev/null || true; finish' EXIT
county wide "$wide"

salt=1
for _ in $(seq "$rounds"); do
    rate "$narrow_home" "$narrow" "$piece" $salt >> "$work/rates.narrow"
    rate "$wide_home" "$wide" "$piece" $salt >> "$work/rates.wide"
    salt=$((salt + 1))
done
n=$(median "$rounds" < "$work/rates.narrow")
w=$(median "$rounds" < "$work/rates.wide")
awk -v n="$n" -v w="$w" -v narrow=$narrow -v wide="$wide" 'BEGIN {
    printf "batches over %d vouchers: %.0f charges/s; over %d: %.0f; ratio %.2f\n", narrow, n, wide, w, w / n }'

held=$((rounds * piece * 8192))
while [ $held -lt "$charges" ]; do
    rate "$wide_home" "$wide" 240 $salt > /dev/null
    salt=$((salt + 1))
    held=$((held + 240 * 8192))
done
! grep -q event=checkpoint "$log" || fail "there was a checkpoint"
for _ in $(seq "$rounds"); do
    rate "$narrow_home" "$narrow" "$piece" $salt >> "$work/rates.later"
    rate "$wide_home" "$wide" "$piece" $salt >> "$work/rates.again"
    rate "$wide_home" "$part" "$piece" $((salt + 1)) >> "$work/rates.held"
    salt=$((salt + 2))
done
awk -v h="$(median "$rounds" < "$work/rates.held")" -v n="$(median "$rounds" < "$work/rates.later")" \
    -v a="$(median "$rounds" < "$work/rates.again")" -v wide="$wide" -v held=$held -v kb="$(rss_kb)" -v part=$part -v narrow=$narrow 'BEGIN {
    printf "the same with %d charges held: %.0f and %.0f; ratio %.2f; over %d of them %.0f; %d MB\n",
           held, n, a, a / n, part, h, kb / 1024 }'
