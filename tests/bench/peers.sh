#!/bin/bash
# Saldo and PostgreSQL 15 with the same charge, in turns on the same machine and disk.
#
# usage: peers.sh BUILD        (as `make bench-peers` calls it)
# Environment: V=100000 vouchers, ROUNDS=3, RUN_SECONDS=4, TIGERBEETLE=binary
#
# Writes build/bench/peers.md, .json and .svg. That both give the same answers is tested by
# tests/scenario/test_peers.sh; what PostgreSQL does is in peers/*.sql.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/release}
export V=${V:-100000} ROUNDS=${ROUNDS:-3} RUN_SECONDS=${RUN_SECONDS:-4}
export OUT=$PWD/build/bench LOAD=$build/tests/bench/bench_load
. tests/bench/peers/cluster.sh
export PGBIN

postgres_there || { echo "bench: PostgreSQL 15 is not installed: no peers measured" >&2; exit 1; }
mkdir -p "$OUT"
export WORK
WORK=$(mktemp -d "${TMPDIR:-/tmp}/saldo-peers.XXXXXX")
pid=
finish() {
    postgres_stop || true
    [ -z "$pid" ] || { kill -9 "$pid"; wait "$pid"; } 2>/dev/null || true
    rm -rf "$WORK"
}
trap finish EXIT
trap 'exit 130' INT TERM

# ---- Saldo ---------------------------------------------------------------------------------------

export SALDO=$WORK/ledger/home
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$build/saldod" init "$WORK/ledger" --simulated --listen "tcp://127.0.0.1:$port" >/dev/null
"$build/saldod" run "$WORK/ledger" 2>"$WORK/saldod.log" &
pid=$!
for _ in $(seq 100); do
    grep -q 'event=ready ' "$WORK/saldod.log" && break
    kill -0 "$pid" || { tail -3 "$WORK/saldod.log" >&2; exit 1; }
    sleep 0.1
done
"$LOAD" "$SALDO" setup "$V" >/dev/null

# ---- PostgreSQL ------------------------------------------------------------------------------------

# Enough for all runs: 8,000 charges/s one by one and 40,000 in batches.
singles=$(awk -v r="$ROUNDS" -v s="$RUN_SECONDS" 'BEGIN { print int((5 + 2.5 * r) * s * 8000 / 8000) + 1 }')
batches=$(awk -v r="$ROUNDS" -v s="$RUN_SECONDS" 'BEGIN { print int((3 + 2.5 * r) * s * 40000 / 8000) + 20 }')
"$build/tests/bench/bench_rows" "$WORK" "$V" $((singles + batches)) 8000 2026-03-15
postgres_start "$WORK"
postgres_county bench "$WORK/world.sql"
sql -c "\\copy offered from '$WORK/offered.copy'" -c 'vacuum analyze' -c checkpoint
rm "$WORK/offered.copy" "$WORK/world.sql"
printf '%s\n' '\set n :n + 1' '\set at :base + :n * :clients + :client_id' \
    'select charge_offered(:at);' >"$WORK/charge.sql"
printf '%s\n' '\set n :n + 1' "\\set at :base + :n * :clients + :client_id + $singles" \
    'select charge_batch((:at)::int);' >"$WORK/batch.sql"

# ---- The machine -----------------------------------------------------------------------------------

export MACHINE
MACHINE=$(
    sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sort | uniq -c | sed 's/^ *\([0-9]*\) /- \1 x /'
    echo "- memory $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)," \
        "load before the runs $(cut -d' ' -f1 /proc/loadavg)"
    echo "- $(uname -sr), $(df --output=source,fstype "$WORK" | tail -1 | tr -s ' ')"
    echo "- $("$PGBIN/postgres" --version), fsync $(sql -c 'show fsync'), synchronous_commit" \
        "$(sql -c 'show synchronous_commit'), shared_buffers $(sql -c 'show shared_buffers')"
    echo "- $("$build/saldod" --version 2>/dev/null | head -1), ${CC:-gcc} $(${CC:-gcc} -dumpfullversion)"
)
if [ -n "${TIGERBEETLE:-}" ]; then
    mkdir "$WORK/tigerbeetle"
    TIGER_JSON=$(python3 -B tests/bench/peers/tigerbeetle.py "$TIGERBEETLE" "$WORK/tigerbeetle")
    export TIGER_JSON
fi
python3 -B tests/bench/peers/run.py
wrong=$(sql -c "select count(*) from charges where code <> 0")
[ "$wrong" = 0 ] || { echo "bench: PostgreSQL refused $wrong charges" >&2; exit 1; }
echo "written to build/bench/peers.md, peers.json and peers.svg"
