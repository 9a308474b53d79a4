#!/bin/bash
# PostgreSQL as `make bench-peers` charges with it gives Saldo's answers: a day of a random county,
# with mistakes of every kind and repeated ids, charged one by one and in batches.
#
# SEED repeats a run. Skipped where PostgreSQL 15 is not installed. Before that: what TigerBeetle's
# benchmark prints is read, with a stand-in for its binary.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/peers/cluster.sh
BUILD=${BUILD:-build/release}
seed=${SEED:-$RANDOM}
charges=${CHARGES:-4000}

work=$(mktemp -d "${TMPDIR:-/tmp}/XXXXXX") || exit 1
[ ${#work} -le 70 ] || { rmdir "$work"; work=$(mktemp -d /tmp/peers.XXXXXX) || exit 1; }
trap 'postgres_stop; rm -rf "$work"' EXIT
trap 'exit 1' TERM INT
fail()
{
    echo "FAILED: $*; repeat with SEED=$seed" >&2
    exit 1
}

# As root the folders above are not the database user's; its files go where it can reach them.
! postgres_there || [ "$(id -u)" != 0 ] || as_postgres test -x "$work/.." 2>/dev/null || {
    rmdir "$work"
    work=$(mktemp -d /tmp/peers.XXXXXX) || exit 1
}

cat >"$work/tigerbeetle" <<'END'
#!/bin/sh
[ "$1" = version ] && { echo "TigerBeetle version 0.0.0"; exit 0; }
case $2 in *=1) rate=3,300 ;; *) rate=210000 ;; esac
printf 'info: batches\nload accepted = %s tx/s\nbatch latency p50 = 31 ms\nbatch latency p99 = 73 ms\n' $rate
END
chmod +x "$work/tigerbeetle"
read_back=$(python3 -B tests/bench/peers/tigerbeetle.py "$work/tigerbeetle" "$work") || fail "tigerbeetle.py"
[ "$read_back" = '{"version": "TigerBeetle version 0.0.0", "batches of 8189": {"per_s": 210000.0, "p50_ms": 31.0, "p99_ms": 73.0}, "batches of 1": {"per_s": 3300.0, "p50_ms": 31.0, "p99_ms": 73.0}}' ] ||
    fail "tigerbeetle.py reads: $read_back"

postgres_there || { echo "PostgreSQL 15 is not installed: no peer to compare with"; exit 77; }
echo "SEED=$seed"
"$BUILD/tests/scenario/peer_client" "$work" "$seed" "$charges" 500 || fail "no county"
PGBUFFERS=128 postgres_start "$work" || fail "PostgreSQL does not start"

# Answers that differ, and what must hold in the books afterwards; prints nothing if all is well.
differ="
create table got as
    select g.* from %s g;
select 'answer', e.n, e.code, e.have, e.need, e.pays_on, e.duplicate, 'got', g.code, g.have,
       g.need, g.pays_on, g.duplicate, o.voucher, o.service
    from expected e full join got g using (n) left join offered o using (n)
    where (e.code, e.have, e.need, e.pays_on, e.duplicate)
          is distinct from (g.code, g.have, g.need, g.pays_on, g.duplicate) order by 2 limit 20;
select 'postings', sum(cents) from postings having sum(cents) <> 0;
select 'bucket', voucher, period, taken from buckets where taken > allotment and period <> 0;
select 'pending', p, c from (select sum(cents) p from postings where account = 'PENDING') x,
    (select sum(county) c from charges where code = 0) y where p is distinct from c;"

check()
{
    local name=$1 how=$2 found
    postgres_county "$name" "$work/world.sql" &&
        sql -c "\\copy offered from '$work/offered.copy'" \
            -c "\\copy expected from '$work/expected.copy'" || fail "$name: no tables"
    found=$(printf "analyze; ${differ}" "$how" | sql) || fail "$name: an error"
    [ -z "$found" ] || { echo "$found"; fail "$name: not Saldo's answers"; }
    echo "$name: $(sql -c "select count(*) || ' answers, ' || count(distinct code) || ' outcomes, ' ||
        count(*) filter (where duplicate) || ' duplicates: all equal' from got")"
}

check one_by_one "(select * from offered order by n) o cross join lateral charge(o)"
check in_batches "(select distinct batch from offered order by 1) b cross join lateral charge_batch(b.batch)"
