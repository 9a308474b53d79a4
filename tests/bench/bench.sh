#!/bin/bash
# What this machine does: a simulated ledger in a temporary folder, loaded over loopback.
#
# usage: bench.sh BUILD        (as `make bench` calls it)
# Environment: V=100000 vouchers, SINGLES=40000, BATCHES=120, CONNECTIONS=64
#
# Requests are signed before the clock starts, and no reply leaves before its commit is on disk.
# Client and daemon share the machine. Nothing is left behind.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/release}
vouchers=${V:-100000}
singles=${SINGLES:-40000}
batches=${BATCHES:-120}
connections=${CONNECTIONS:-64}
. tests/bench/daemon.sh

gate() { tr -d " " < "/proc/$pid/task/$pid/children"; }
# CPU of a process in microseconds.
cpu_us() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) * 1e6 / hz }' "/proc/$1/stat"; }
written() { awk '/^write_bytes/ { print $2 }' "/proc/$pid/io"; }

# ---- A row of the table ------------------------------------------------------------------------

# $1 what, $2 charges, $3... arguments of bench_load after HOME
row() {
    local what=$1 charges=$2 g l0 g0 w0
    shift 2
    g=$(gate)
    l0=$(cpu_us "$pid") g0=$(cpu_us "$g") w0=$(written)
    line=$("$load" "$home" "$@") || fail "$what"
    [ "$(field "$line" refused)" = 0 ] || fail "$what: refused charges"
    awk -v what="$what" -v n="$charges" -v rate="$(field "$line" charges_per_s)" \
        -v p50="$(field "$line" p50_ms)" -v p99="$(field "$line" p99_ms)" \
        -v l="$(cpu_us "$pid")" -v l0="$l0" -v g="$(cpu_us "$g")" -v g0="$g0" \
        -v w="$(written)" -v w0="$w0" 'BEGIN {
        printf "%-34s %10.0f %9.2f %9.2f %9.2f %9.2f %9.0f\n", what, rate, p50, p99,
               (l - l0) / n, (g - g0) / n, (w - w0) / n }'
    rate=$(field "$line" charges_per_s)
}

# The same at a rate of requests, with what the disk makes everyone wait for meanwhile.
row_beside_disk() {
    watch_disk
    row "$@"
    see_disk
    printf '%34s middle second: p99 %.2f ms; the disk meanwhile: p99 %.2f ms, worst %.1f ms\n' "" \
        "$(field "$line" p99_second_ms)" "$(field "$disk" p99_ms)" "$(field "$disk" max_ms)"
}

machine() {
    sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sort | uniq -c | sed 's/^ */machine  /'
    echo "kernel   $(uname -sr), file system $(stat -f -c %T "$work")"
    echo "memory   $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)," \
        "load before $(cut -d' ' -f1 /proc/loadavg)"
    echo "built    $(${CC:-gcc} -dumpfullversion -dumpversion) $("$build/saldod" --version 2> /dev/null || true)"
    echo "library  $(for p in zmq lmdb sodium; do
        ldconfig -p | sed -n "s/.*=> \(.*lib$p[.-][^ ]*so[^ ]*\)$/\1/p" | head -1 | xargs -r readlink -f
    done | xargs -r -n1 basename | tr '\n' ' ')"
    watch_disk
    sleep 10
    see_disk
    echo "disk     8 KiB and fdatasync: p50 $(field "$disk" p50_ms) ms, p99 $(field "$disk" p99_ms) ms," \
        "worst of 10 s $(field "$disk" max_ms) ms"
    echo "load     $vouchers vouchers, $singles singles over $connections connections," \
        "$batches batches of 8192 over 4"
    echo
}

# ---- The runs ------------------------------------------------------------------------------------

machine
make_simulated
start
"$load" "$home" setup "$vouchers" > /dev/null || fail setup
resident=$(rss_kb)

printf '%-34s %10s %9s %9s %9s %9s %9s\n' '' 'charges/s' 'p50 ms' 'p99 ms' 'ledger us' 'gate us' 'bytes'
row "singles, full load" "$singles" single "$vouchers" "$singles" "$connections" 2026-03-15 1
half=$((rate / 2))
row_beside_disk "singles, $half/s" "$((singles / 2))" \
    single "$vouchers" "$((singles / 2))" "$connections" 2026-03-15 2 "$half"
row "batches" "$((batches * 8192))" batch "$vouchers" "$batches" 4 2026-03-15 3
charges=$((singles + singles / 2 + batches * 8192))
grown=$(($(rss_kb) - resident))

# The first request of the next day settles this one; the checkpoint runs beside those that follow.
row_beside_disk "singles, $half/s, beside night" "$((singles / 2))" \
    single "$vouchers" "$((singles / 2))" "$connections" 2026-03-16 4 "$half"
await checkpoint
checkpoint=$(event_ms checkpoint)
row "batches, again" "$((batches * 8192))" batch "$vouchers" "$batches" 4 2026-03-16 5
row "batches beside night, checkpoint" "$((batches * 8192))" \
    batch "$vouchers" "$batches" 4 2026-03-17 6

# What came after the last checkpoint, the batches of two rows, is applied again.
await checkpoint 2
row "batches, to be replayed" "$((batches * 8192))" batch "$vouchers" "$batches" 4 2026-03-17 7
stop KILL
start
replayed=$(event_ms replayed)

# What an auditor needs for batches and a night between them: signatures, chain, decisions and sums,
# on one core. A ledger of its own: single charges cost a verification each, wherever it is done.
stop TERM
ledger=$work/batches
home=$ledger/home
make_simulated
start
"$load" "$home" setup "$vouchers" > /dev/null || fail setup
"$load" "$home" batch "$vouchers" "$batches" 4 2026-03-15 8 > /dev/null || fail "batches to audit"
"$load" "$home" batch "$vouchers" "$batches" 4 2026-03-16 9 > /dev/null || fail "batches to audit"
stop TERM
"$build/saldo" audit "$ledger" --threads 1 --json > "$work/audit" || fail "the audit found something"
audited=$(python3 -c 'import json, sys; f = json.load(sys.stdin)["figures"]; print(f["charges"] + f["refused"], f["cpu_ms"])' < "$work/audit")

echo
echo "memory     $((grown * 1024 / charges)) bytes a charge of the day ($((grown / 1024)) MiB for $charges)"
echo "checkpoint ${checkpoint} ms for the $charges charges of the first day"
awk -v n="$((2 * batches * 8192))" -v ms="${replayed:-0}" 'BEGIN {
    if (ms > 0) printf "replay     %.0f charges/s (%.0f in %.0f ms)\n", n * 1000 / ms, n, ms }'
awk -v n="${audited% *}" -v ms="${audited#* }" 'BEGIN {
    printf "audit      %.0f charges/s a core (%.0f in %.1f s of CPU, every signature and sum)\n", n * 1000 / ms, n, ms / 1000 }'
