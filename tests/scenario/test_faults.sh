#!/bin/bash
# A real daemon under faults of its machine, and what comes of them: a disk that fails or is full,
# limits, memory that is taken away. Under load each must end in READ_ONLY or in a stop with exit
# code 3 and a line that names the file, the cause and what to do; when the fault is gone the daemon
# starts again, and crash_client.c verifies all receipts. ROUNDS (26) and SEED from the environment.
# Limits that leave no room for a start must end it with a message.
#
# crash_client calls this script as `test_faults.sh begin PID NUMBER` and `... end NUMBER STATUS`.
set -u
cd "$(dirname "$0")/../.." || exit 1

export FAULTS_GROUP=${FAULTS_GROUP:-/sys/fs/cgroup/memory/saldo-faults.$$}

# ---- The troubles -----------------------------------------------------------------------------

# What is done; how it must end; what the daemon's log must say.
troubles=(
    'shim write 5 journal/data|3|event=commit-failed .*/journal .*Input/output error'
    'shim write 28 journal/data|3|event=commit-failed .*/journal '
    'shim write short journal/data|3|event=commit-failed .*/journal '
    'shim sync 5 journal/data|3|event=commit-failed .*/journal .*Input/output error'
    'shim write 5 tables/data|3|event=checkpoint .*/tables .*Input/output error'
    'shim write 28 tables/data|3|event=checkpoint .*/tables '
    'shim write short tables/data|3|event=checkpoint .*/tables '
    'shim sync 5 tables/data|3|event=checkpoint .*/tables .*Input/output error'
    'filesize|3|event=(commit-failed .*/journal|checkpoint .*/tables) '
    'memory|137|.'
    'fill 8000|0|event=read-only on=1 .*/journal .*do='
    'fill 0|3|event=(commit-failed .*/journal|checkpoint .*/tables) '
)

# What the daemon has said since the trouble, and its last line before.
since() { tail -n "+$(cat "$FAULTS_WORK/lines")" "$FAULTS_LOG"; }

fill() # leave so many KB free on the ledger's file system
{
    local free
    if [ "$1" = 0 ]; then # whatever else is written meanwhile
        dd if=/dev/zero of="$FAULTS_LEDGER/filler" bs=64k 2>/dev/null
        return 0
    fi
    free=$(df -k --output=avail "$FAULTS_LEDGER" | tail -n 1)
    fallocate -l "$((free - $1))K" "$FAULTS_LEDGER/filler"
}

begin() # PID NUMBER
{
    IFS='|' read -r what status _ <<<"${troubles[$2 % ${#troubles[@]}]}"
    wc -l <"$FAULTS_LOG" >"$FAULTS_WORK/lines"
    case $what in
    shim*)
        echo "${what#shim }" >"$FAULTS_WORK/fault.new"
        mv "$FAULTS_WORK/fault.new" "$FAULTS_WORK/fault"
        ;;
    filesize) # journal or tables, whichever needs a new page first
        prlimit --pid "$1" --fsize="$(stat -c %s "$FAULTS_LEDGER/journal/data.mdb")"
        ;;
    memory) # what it has stays, and what it asks for from now on is too much
        mkdir "$FAULTS_GROUP" && echo 262144 >"$FAULTS_GROUP/memory.limit_in_bytes" &&
            echo "$1" >"$FAULTS_GROUP/cgroup.procs"
        ;;
    fill*) fill "${what#fill }" ;;
    esac || exit 1
    [ "$status" != 0 ] || exit 10 # it is to live on
}

end() # NUMBER STATUS
{
    IFS='|' read -r what status said <<<"${troubles[$1 % ${#troubles[@]}]}"
    rm -f "$FAULTS_WORK/fault" "$FAULTS_LEDGER/filler"
    [ "$what" = memory ] && rmdir "$FAULTS_GROUP"
    if [ "$2" != "$status" ] ||
        ! since | grep -qE "$said"; then
        echo "'$what' ended with $2, not $status, or the log does not say: $said" >&2
        tail -n 12 "$FAULTS_LOG" >&2
        exit 1
    fi
    echo "$what" >>"$FAULTS_WORK/seen"
}

if [ ! -w "${FAULTS_GROUP%/*}" ]; then
    echo "no memory control group can be made here: memory is not taken away"
    troubles=("${troubles[@]/#memory*/${troubles[0]}}")
fi
if [ "${FAULTS_LEDGER:-}" = "${FAULTS_WORK:-}/ledger" ]; then
    echo "nothing can be mounted here: no disk is filled"
    troubles=("${troubles[@]/#fill*/${troubles[0]}}")
fi
case ${1:-} in
begin | end)
    "$@"
    exit
    ;;
esac

# ---- The scenario -----------------------------------------------------------------------------

. tests/scenario/ledger.sh
CLIENT=$BUILD/tests/scenario/crash_client
export ROUNDS=${ROUNDS:-26}
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0
DISK=

leave()
{
    local n
    if [ -n "$DAEMON" ]; then
        kill -KILL "$DAEMON" 2>/dev/null
        wait "$DAEMON" 2>/dev/null
        DAEMON=
    fi
    for n in $(seq 50); do
        [ -d "$FAULTS_GROUP" ] && rmdir "$FAULTS_GROUP"
        [ -n "$DISK" ] && mountpoint -q "$DISK" || break
        umount "$DISK" 2>/dev/null || sleep 0.1
    done
    clean_up
}
trap leave EXIT

mkdir "$WORK/disk"
if mount -t tmpfs -o size=64m tmpfs "$WORK/disk" 2>/dev/null; then
    DISK=$WORK/disk
    LEDGER=$DISK
fi
make_ledger --simulated 2>/dev/null
stop_daemon || fail "saldod ended with $?"
sed -i 's/^disk_free_min_mb=.*/disk_free_min_mb=16/' "$LEDGER/saldod.conf"

FAULTS_WORK=$WORK FAULTS_LEDGER=$LEDGER FAULTS_LOG=$LEDGER.log \
    SHIM_DIR=$LEDGER SHIM_FAULT=$WORK/fault TROUBLE=$PWD/tests/scenario/test_faults.sh \
    LD_PRELOAD=$(realpath "$BUILD")/tests/shim.so \
    "$CLIENT" run "$BUILD/saldod" "$LEDGER" "$WORK/acks" || fail "crash_client run"
"$CLIENT" verify "$LEDGER" "$WORK/acks" || fail "crash_client verify"
"$BUILD/saldod" check "$LEDGER" --from-tables >"$WORK/check.log" 2>&1 || fail "saldod check"
sort "$WORK/seen" | uniq -c

# ---- No room for a start ----------------------------------------------------------------------

# In a shell of its own, with what limits it: it must end with 1, and say this.
expect_refusal() # LIMITS SAID COMMAND...
{
    local limits=$1 said=$2
    shift 2
    (export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 # what ends at once frees nothing
        eval "$limits" && exec timeout 20 "$@") >"$WORK/refusal.log" 2>&1
    [ $? = 1 ] || fail "$limits: $* does not end with 1"
    grep -qE "$said" "$WORK/refusal.log" || fail "$limits: $* does not say: $said"
}

NEW=$WORK/new
init=("$BUILD/saldod" init "$NEW" --simulated --allow-unsafe-fs)
run=("$BUILD/saldod" run "$LEDGER")
expect_refusal 'ulimit -n 30' 'level=error event=open-files limit=30 need=64 do=' "${run[@]}"
expect_refusal 'ulimit -n 30' 'level=error event=open-files limit=30 need=64 do=' "${init[@]}"
expect_refusal 'ulimit -f 1' 'level=error event=start file=.*/journal .*do=' "${run[@]}"
expect_refusal 'ulimit -f 1' 'saldod init: journal: ' "${init[@]}"
rm -rf "$NEW"
if ! [[ $BUILD = *san ]]; then # sanitizers need more address space than any limit leaves
    expect_refusal 'ulimit -v 1000000' 'event=journal-open file=.*/journal fault="out of memory"' \
        "${run[@]}"
    expect_refusal 'ulimit -v 300000000' 'event=tables-unusable file=.*/tables fault="out of mem' \
        "${run[@]}"
fi
if [ -n "$DISK" ]; then
    dd if=/dev/zero of="$DISK/filler" bs=64k 2>/dev/null
    NEW=$DISK/new
    expect_refusal true 'saldod init: .*(full|space)' "$BUILD/saldod" init "$NEW" --allow-unsafe-fs
    rm -rf "$DISK/filler" "$NEW"
fi

# ---- A file that is cut under a daemon --------------------------------------------------------

# What cannot be read ends it with 5 and the name of the file; with the file put back it goes on.
for store in journal tables; do
    cp "$LEDGER/$store/data.mdb" "$WORK/copy"
    start_daemon || fail "saldod does not come up"
    truncate -s 8192 "$LEDGER/$store/data.mdb"
    # an entry for the journal, and at the stop a checkpoint for the tables
    saldo keygen "of-$store" --register "of-$store" --role AUDITOR --deadline 1 >/dev/null 2>&1
    kill "$DAEMON" 2>/dev/null
    wait "$DAEMON"
    code=$?
    DAEMON=
    [ $code = 5 ] || fail "a cut file of the $store ends it with $code"
    grep -q "event=page-unreadable file=$LEDGER/$store/data.mdb detail=.*do=" "$LEDGER.log" ||
        fail "it does not say that the $store is cut"
    cp "$WORK/copy" "$LEDGER/$store/data.mdb"
done
start_daemon || fail "saldod does not come up again"
saldo status >/dev/null || fail "saldo status"
stop_daemon || fail "saldod ended with $?"
"$CLIENT" verify "$LEDGER" "$WORK/acks" || fail "crash_client verify"
