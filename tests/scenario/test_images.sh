#!/bin/bash
# Every disk that a power cut could leave, from what a real daemon did to its files: the making of
# a ledger, commits, nights with their checkpoints, a kill in the middle of one, restarts. Each
# image must have all that was acknowledged, whole groups, and tables of one checkpoint;
# images_client.c says how. IMAGES (3) random ones a step, and SEED from the environment.
# Then the canaries: the same daemon with bugs that lose what was acknowledged at a power cut, and
# only then. Each of them has to be found.
set -u
export IMAGES=${IMAGES:-3}
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
CLIENT=$BUILD/tests/scenario/images_client
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0

shim=(env "SHIM_DIR=$LEDGER" "SHIM_RECORD=$WORK/record" "LD_PRELOAD=$(realpath "$BUILD")/tests/shim.so")

make_recorded() # RUNS: a ledger from its first byte on
{
    rm -rf "$LEDGER" "$LEDGER.log" "$WORK/record" "$WORK/acks"
    "${shim[@]}" "$BUILD/saldod" init "$LEDGER" --allow-unsafe-fs --simulated \
        --listen "tcp://127.0.0.1:$(free_port)" >"$WORK/init.log" 2>&1 || fail "saldod init"
    "$CLIENT" made "$WORK/record" 2 # the genesis and the first keys
    printf '%s\n' disk_free_min_mb=1 overlay_charges=400000 overlay_vouchers=200000 \
        overlay_buckets=400000 >>"$LEDGER/saldod.conf"
    "${shim[@]}" "$BUILD/saldod" run "$LEDGER" 2>>"$LEDGER.log" &
    DAEMON=$!
    for _ in $(seq 100); do
        saldo status --deadline 1 >/dev/null 2>&1 && break
        sleep 0.05
    done
    write_county
    saldo -q import "$WORK/county" --enrol >"$WORK/import.log" 2>&1 || fail "saldo import"
    stop_daemon || fail "saldod ended with $?"
    "${shim[@]}" "$CLIENT" record "$BUILD/saldod" "$LEDGER" "$WORK/acks" "$WORK/record" "$1" ||
        fail "images_client record"
}

# Where nothing waits for a disk, if there is such a place: the images are opened thousands of times.
QUICK=$(mktemp -d /dev/shm/saldo-images.XXXXXX 2>/dev/null) || QUICK=$WORK
trap 'clean_up; rm -rf "$QUICK"' EXIT

explore() # the exit code of the explorer; what it says in explore.log
{
    rm -rf "$QUICK/scratch"
    mkdir "$QUICK/scratch"
    TMPDIR=$QUICK "$CLIENT" explore "$LEDGER" "$WORK/record" "$QUICK/scratch" \
        >"$WORK/explore.log" 2>&1
}

make_recorded 3
no_errors
explore || fail "a power cut would have lost something"
cat "$WORK/explore.log"

for bug in nosync nometasync late; do
    shim+=("SHIM_LMDB=$bug" SHIM_HOLD_US=3000)
    make_recorded 1
    explore
    [ $? = 1 ] || fail "nobody noticed the planted bug: $bug"
    grep -q "^WRONG: " "$WORK/explore.log" || fail "the explorer does not say what is wrong: $bug"
    echo "canary $bug: $(grep -m 1 '^WRONG: ' "$WORK/explore.log")"
done
