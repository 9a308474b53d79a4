#!/bin/bash
# Power cuts under load: the ledger is on an ext4, then on an xfs of its own, which is shut down at
# random moments without writing its log and mounted again. crash_client.c says what is verified.
# ROUNDS (5) for each file system and SEED from the environment. Then the canary: LMDB without its
# syncs, which the same verification must find. Needs root and loop devices.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
CLIENT=$BUILD/tests/scenario/crash_client
LOOP=
export ROUNDS=${ROUNDS:-5}
export CLIENT_HOME=$WORK/home
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0

take_down() # a process that was killed may hold a file for a moment
{
    local n
    for n in $(seq 50); do
        umount "$WORK/disk" 2>/dev/null && break
        mountpoint -q "$WORK/disk" || break
        sleep 0.1
    done
    [ -n "$LOOP" ] && losetup -d "$LOOP"
    LOOP=
    rm -f "$WORK/image"
}

leave()
{
    if [ -n "$DAEMON" ]; then
        kill -KILL "$DAEMON" 2>/dev/null
        wait "$DAEMON" 2>/dev/null
        DAEMON=
    fi
    take_down
    clean_up
}
trap leave EXIT

skip()
{
    echo "$*"
    exit 77
}

make_disk() # TYPE
{
    mkdir -p "$WORK/disk"
    truncate -s 320M "$WORK/image" # the least that xfs takes
    if [ "$1" = xfs ]; then
        mkfs.xfs -q -f "$WORK/image" || fail mkfs.xfs
    else
        mkfs.ext4 -q -F "$WORK/image" || fail mkfs.ext4
    fi
    LOOP=$(losetup -f --show "$WORK/image" 2>/dev/null) || skip "no loop device can be had here"
    mount "$LOOP" "$WORK/disk" 2>/dev/null || skip "nothing can be mounted here"
    export POWER="$LOOP $1 $WORK/disk"
    rm -rf "$WORK/disk/lost+found"
}

LEDGER=$WORK/disk # all of it: the daemon's log beside it must not lose its power

make_one()
{
    make_ledger --simulated 2>/dev/null # of rm, which cannot take a mounted folder away
    stop_daemon || fail "saldod ended with $?"
    rm -rf "$WORK/home"
    cp -r "$LEDGER/home" "$WORK/home" # clients have their files elsewhere
    sync -f "$LEDGER"
}

[ "$(id -u)" = 0 ] || skip "power cuts need root"
for type in ext4 xfs; do
    command -v "mkfs.$type" >/dev/null || skip "no mkfs.$type"
    make_disk "$type"
    make_one
    "$CLIENT" run "$BUILD/saldod" "$LEDGER" "$WORK/$type.acks" || fail "power cuts on $type"
    "$CLIENT" verify "$LEDGER" "$WORK/$type.acks" || fail "crash_client verify on $type"
    "$BUILD/saldod" check "$LEDGER" --from-tables >"$WORK/check.log" 2>&1 || fail "saldod check"
    take_down
done

make_disk ext4
make_one
SHIM_LMDB=nosync LD_PRELOAD=$(realpath "$BUILD")/tests/shim.so \
    "$CLIENT" run "$BUILD/saldod" "$LEDGER" "$WORK/acks" >"$WORK/canary.log" 2>&1 &&
    fail "nobody noticed that LMDB syncs nothing"
"$CLIENT" verify "$LEDGER" "$WORK/acks" >"$WORK/canary.log" 2>&1 && fail "and nothing was lost"
said=$(grep -m 1 -aE '^WRONG: |check failed' "$WORK/canary.log") || fail "it does not say what"
echo "ok: LMDB without its syncs was noticed: $said"
