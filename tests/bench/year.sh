#!/bin/bash
# A county's year through the real daemon: charges, settled nights, twelve runs released by two
# officers and booked by a bank's files; then what reconciliation, books and reports take of it.
#
# usage: year.sh BUILD        (as `make bench-year` calls it)
# Environment: YEAR_CHARGES=300000; a provider for each 1,200 of them and a voucher for each 30, so
# that 6000000 is a large county. Times are of one run each. Nothing is left behind.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${1:-build/release}
. tests/scenario/ledger.sh
CHARGES=${YEAR_CHARGES:-300000}
YEAR=tests/bench/year.py

step() { "$@" >"$WORK/step.log" 2>&1 || fail "$*"; }
since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'; }

python3 $YEAR make "$WORK/year" "$CHARGES" || exit 1
make_empty_ledger --simulated
begin=$EPOCHREALTIME
step saldo -q import "$WORK/year" --enrol
echo "imported: $(since "$begin") s"

# ---- The year ----------------------------------------------------------------------------------

echo "0 9000000000.00" >"$WORK/FI9350700000070007" # the county's account before the year, for bank_month.py
submitting=0 nights=0 paying=0 reading=0
add() { awk -v a="$1" -v b="$2" 'BEGIN { print a + b }'; }
for month in 01 02 03 04 05 06 07 08 09 10 11 12; do
    run=$(date -d "2019-$month-04 +1 month" +%F)
    begin=$EPOCHREALTIME
    step saldo -q submit "$WORK/year/events-$month.csv" --batch 512 --window 64 --answers "$WORK/answers"
    [ "$(grep -c ',ACCEPTED,' "$WORK/answers")" = "$(($(wc -l <"$WORK/answers") - 1))" ] ||
        fail "not every charge of $month is accepted"
    submitting=$(add $submitting "$(since "$begin")")
    begin=$EPOCHREALTIME
    step saldo -q settle "$run"
    nights=$(add $nights "$(since "$begin")")
    begin=$EPOCHREALTIME
    step saldo -q --key finance1 run prepare county "$run"
    step saldo -q --key finance2 run release county "$run"
    rm -rf "$WORK/run.xml" "$WORK/bank"
    step saldo -q --key finance1 pay export county "$run" --out "$WORK/run.xml"
    paying=$(add $paying "$(since "$begin")")
    day=$(saldo run list --from "$run" --to "$run" --csv | awk -F, 'NR == 2 { print $2 }')
    mkdir "$WORK/bank" || exit 1
    python3 tests/support/bank_month.py "$WORK/run.xml" "$WORK/bank" lump day="$day" || exit 1
    begin=$EPOCHREALTIME
    step saldo -q --key finance1 bank read --sums "$WORK/bank/"{status,booked,details}.xml
    reading=$(add $reading "$(since "$begin")")
done
echo "twelve months: charges $submitting s, nights $nights s, runs and payment files $paying s, bank files $reading s"
echo "$(grep -c '<CdtTrfTxInf>' "$WORK/run.xml") payments in the last file; the journal has \
$(du -sm "$LEDGER/journal" | cut -f1) MB, the daemon at most $(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$DAEMON/status") MB"

# ---- What is asked of it -----------------------------------------------------------------------

ask() # a word or two for the table, then saldo's words
{
    local what=$1 figures
    shift
    figures=$(python3 $YEAR run "$BUILD/saldo" --home "$LEDGER/home" -q --deadline 600 --key finance1 "$@") ||
        fail "$what"
    # shellcheck disable=SC2086
    printf '%-28s %10s %10s\n' "$what" $figures
}

printf '\n%-28s %10s %10s\n' "$CHARGES charges" seconds "peak MB"
expect 0 saldo --key finance1 reconcile --csv
ask reconcile reconcile
for format in hledger csv xlsx; do
    ask "export $format, the year" export --format $format --from 2019-01-01 --to 2019-12-31 --out "$WORK/books"
    rm -f "$WORK/books"
done
ask "export hledger, by days" export --format hledger --detail days --from 2019-01-01 --to 2019-12-31 --out "$WORK/books"
ask "report month" report month 2019-06 --out "$WORK/page"
ask "report month, xlsx" report month 2019-06 --format xlsx --out "$WORK/page.xlsx"
ask "report night" report night 2019-06-14 --out "$WORK/page"
ask "report statement, a month" report statement county P00001 --from 2019-06-01 --to 2019-06-30 --out "$WORK/page"
ask "report statement, the year" report statement county P00001 --from 2019-01-01 --to 2019-12-31 --out "$WORK/page"
stop_daemon || fail "saldod ended with an error"
