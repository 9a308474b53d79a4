#!/bin/bash
# The pilots of 2018, end to end with the real daemon and command: imported twice, every event
# submitted as a signed request, every night settled, and compared with what was expected. Then
# files that are wrong, which must say so and change nothing.
# BUILD names the build folder (build/release unless set). Leaves nothing behind.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
PILOT=tests/pilot

same() { diff "$1" "$2" >"$WORK/diff" || { head -20 "$WORK/diff" >&2; fail "$3 differ"; }; }

# ---- Import ---------------------------------------------------------------------------------

make_empty_ledger --simulated
expect 0 saldo import "$PILOT" --csv
grep -qx "vouchers.csv,102,imported" "$WORK/out" || fail "the import counts other rows"
saldo keys --csv >"$WORK/keys" || fail "keys"
expect 0 saldo import "$PILOT" --csv
saldo keys --csv >"$WORK/keys-2" || fail "keys"
same "$WORK/keys" "$WORK/keys-2" "keys after a second import"

# ---- Files that are wrong --------------------------------------------------------------------

vouchers() { saldo voucher 0001000370 --json; }
vouchers >"$WORK/voucher-before" || fail "voucher"

bad() # file, sed expression, what must be said
{
    rm -rf "$WORK/bad"
    mkdir "$WORK/bad"
    cp "$PILOT"/*.csv "$WORK/bad"
    sed -i "$2" "$WORK/bad/$1"
    expect "${4:-3}" saldo import "$WORK/bad" --csv
    says "$WORK/bad/$1:$3"
}

bad vouchers.csv '2s/0001000370/0001000371/' '2:number: "0001000371" is not a voucher number'
bad vouchers.csv '3s/2018-09-01/2018-09-31/' '3:valid_from: "2018-09-31" is not a date'
bad vouchers.csv '103s/,[^,]*$//' '103: 13 fields, but the header line names 14'
bad providers.csv '2s/FI87/FI88/' '2:iban: '
bad services.csv '1s/increment/incremnt/' '1:increment: the column is missing'
bad rates.csv '2s/3600/36,00/' '2: 9 fields'
bad prices.csv '5s/$/x/' '5:price_cents: '
# only the ledger can tell these: the file is refused as a whole
bad vouchers.csv '2s/20000/30000/' '2:number: ROW_CONFLICT' 1
bad approvals.csv '226s/^P[0-9]*/P9999/' '226:provider: PROVIDER_UNKNOWN' 1
vouchers >"$WORK/voucher-after" || fail "voucher"
same "$WORK/voucher-before" "$WORK/voucher-after" "vouchers after bad files"

sed '100s/,15,/,fifteen,/; 200s/2018-/2018_/' "$PILOT/events.csv" >"$WORK/bad/events.csv"
expect 3 saldo submit "$WORK/bad/events.csv"
says "$WORK/bad/events.csv:200:recorded_at: "
sed '2s/P0019/P9999/' "$PILOT/events.csv" >"$WORK/bad/events.csv"
expect 3 saldo submit "$WORK/bad/events.csv"
says "$WORK/bad/events.csv:2:provider: keys/P9999.key"
saldo status --csv | tail -1 | grep -q ",0,0,[0-9]*,[0-9]*,[0-9]*,[0-9a-f]*$" ||
    fail "bad events changed the ledger"

# ---- Events, nights, balances ------------------------------------------------------------------

expect 0 saldo submit "$PILOT/events.csv" --answers "$WORK/answers.csv" --receipts "$WORK/receipts"
same "$PILOT/expected/answers.csv" "$WORK/answers.csv" "answers"
expect 0 saldo settle 2018-11-30
(
    echo "day,voucher,bucket,posted,pending,available"
    for day in 2018-09-15 2018-09-30 2018-10-15 2018-10-31 2018-11-15 2018-11-30; do
        saldo balance --all --as-of $day --csv | tail -n +2
    done
) >"$WORK/balances.csv"
same "$PILOT/expected/balances.csv" "$WORK/balances.csv" "balances"
expect 0 saldo batch 2018-09-01 --to 2018-11-30 --csv
same "$PILOT/expected/batches.csv" "$WORK/out" "batches"

# ---- The same again changes nothing ------------------------------------------------------------

expect 0 saldo settle 2018-11-30 --csv
expect 0 saldo import "$PILOT" --csv
expect 0 saldo batch 2018-09-01 --to 2018-11-30 --csv
same "$PILOT/expected/batches.csv" "$WORK/out" "batches after a second time"

# the last events once more, out of order between providers: the answers of the first time
(head -1 "$PILOT/events.csv"; tail -300 "$PILOT/events.csv") >"$WORK/again.csv"
tail -300 "$PILOT/expected/answers.csv" | cut -d, -f2- >"$WORK/again-expected"
expect 0 saldo submit "$WORK/again.csv" --window 16 --batch 50
tail -n +2 "$WORK/out" | cut -d, -f2- >"$WORK/again-answers"
same "$WORK/again-expected" "$WORK/again-answers" "answers to repeated events"

# ---- Looking ---------------------------------------------------------------------------------

refused=$(grep -m1 ',INSUFFICIENT_BALANCE,' "$PILOT/expected/answers.csv")
id=$(echo "$refused" | cut -d, -f3)
provider=$(grep -m1 "$id" "$PILOT/events.csv" | cut -d, -f3)
expect 0 saldo charge "$id" --provider "$provider"
grep -q "INSUFFICIENT_BALANCE" "$WORK/out" || fail "the charge does not say why"
grep -q "were available" "$WORK/out" || fail "the charge does not say how much"
expect 1 saldo charge ffffffffffffffffffffffffffffffff --provider "$provider"
expect 0 saldo payables --json
expect 0 saldo payouts --json
expect 0 saldo voucher 0001000370
expect 2 saldo voucher 0001000371
expect 2 saldo nonsense

expect 0 saldo receipt verify "$WORK/receipts/$id.receipt"
receipt="$WORK/receipts/$id.receipt"
size=$(stat -c %s "$receipt")
byte=$(od -An -tu1 -j $((size / 2)) -N1 "$receipt")
printf "$(printf '\\x%02x' $((byte ^ 1)))" |
    dd of="$receipt" bs=1 seek=$((size / 2)) conv=notrunc status=none
expect 5 saldo receipt verify "$receipt"

stop_daemon || fail "saldod ended with an error"
expect 4 saldo status --deadline 1
echo "ok: 2956 events, 612 balances, 1089 batch lines as expected"
