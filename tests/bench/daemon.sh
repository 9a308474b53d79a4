# daemon.sh - a daemon on a simulated ledger of its own, for the benches to source after `build`.
#
# Nothing is left behind.

load=$build/tests/bench/bench_load
work=$(mktemp -d "${TMPDIR:-/tmp}/saldo-bench.XXXXXX")
ledger=$work/ledger
home=$ledger/home
log=$work/log
pid=
probe=
finish() {
    for p in $pid $probe; do
        { kill -9 "$p"; wait "$p"; } 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

fail() {
    echo "bench: $*" >&2
    tail -5 "$log" >&2
    exit 1
}

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

# A line of the configuration for each word.
make_simulated() {
    "$build/saldod" init "$ledger" --simulated --listen "tcp://127.0.0.1:$port" > /dev/null
    printf '%s\n' "$@" >> "$ledger/saldod.conf"
}

# Wait until the log since the last start has an event, so many times, at most tenths of a second.
await() {
    for _ in $(seq "${3:-3000}"); do
        [ "$(grep -c "event=$1 " "$log")" -lt "${2:-1}" ] || return 0
        kill -0 "$pid" 2>/dev/null || fail "the daemon has ended"
        sleep 0.1
    done
    fail "no event=$1"
}

start() {
    : > "$log"
    "$build/saldod" run "$ledger" 2>> "$log" &
    pid=$!
    await ready 1 6000
}

stop() { # SIGNAL
    kill "-$1" "$pid"
    wait "$pid" 2> /dev/null || true
    pid=
}

# Watch the disk beside whatever comes, and say into `disk` what was seen.
watch_disk() {
    python3 tests/bench/disk.py "$work/disk" 600 > "$work/disk.out" &
    probe=$!
}
see_disk() {
    kill "$probe"
    wait "$probe" || fail "the watch of the disk"
    probe=
    disk=$(cat "$work/disk.out")
}

event_ms() { sed -n "s/.*event=$1 .*ms=\([0-9]*\).*/\1/p" "$log" | head -1; }
# What it keeps of its own: pages of the files that it reads are the system's to take back.
rss_kb() { awk '/^RssAnon/ { print $2 }' "/proc/$pid/status"; }
field() { tr ' ' '\n' <<< "$1" | sed -n "s/^$2=//p"; }
