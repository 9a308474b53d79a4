#!/bin/bash
# Reports of the pilots' September: what they add up to is what the batches, balances and payables
# say; what a provider gets tells nothing of a client; the pages are whole and load nothing.
# BUILD names the build folder (build/release unless set). Leaves nothing behind.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
PILOT=tests/pilot

expect()
{
    local want=$1 code
    shift
    "$@" >"$WORK/out" 2>"$WORK/err.log"
    code=$?
    [ "$code" = "$want" ] || fail "exit code $code instead of $want: $*"
}

# The figure with a name at the top of a page in English, in cents or as a count.
figure() { sed -n "s|.*<dt>$2</dt><dd>\([^<]*\)</dd>.*|\1|p" "$1" | sed 's/−/-/; s/€//g; s/[,.]//g'; }

same() { [ -n "$1" ] && [ "$1" = "$2" ] || fail "$3: $1 instead of $2"; }

whole()
{
    grep -qiE '<script|https?:|<link|<img|src=' "$1" && fail "$1 loads or runs something"
    [ "$(tail -1 "$1")" = "</html>" ] || fail "$1 has no end"
    [ "$(grep -o '<table' "$1" | wc -l)" = "$(grep -o '<caption>' "$1" | wc -l)" ] ||
        fail "$1 has a table without a caption"
    command -v xmllint >/dev/null || return 0
    # the parser knows no HTML 5: it complains about the names of its elements, and of SVG's
    xmllint --html --noout "$1" 2>&1 | grep -a 'error :' | grep -av 'Tag [a-z]* invalid' &&
        fail "$1 is not well-formed"
    return 0
}

make_ledger --simulated
saldo -q import "$PILOT" >"$WORK/import.log" 2>&1 || fail "saldo import"
saldo -q submit "$PILOT/events.csv" >"$WORK/submit.log" 2>&1 || fail "saldo submit"
saldo -q settle 2018-11-30 >"$WORK/settle.log" 2>&1 || fail "saldo settle"
saldo --csv batch 2018-09-01 --to 2018-09-30 >"$WORK/batches.csv" || fail "saldo batch"

# ---- Statements ----------------------------------------------------------------------------------

pairs=$(tail -n +2 "$WORK/batches.csv" | cut -d, -f2,3 | sort -u)
[ "$(echo "$pairs" | wc -l)" -ge 20 ] || fail "the pilots have hardly any batch"
page=$WORK/statement.html
for pair in $pairs; do
    organiser=${pair%,*} provider=${pair#*,}
    expect 0 saldo report statement "$organiser" "$provider" --from 2018-09-01 --to 2018-09-30 \
        --lang en --out "$page"
    sums=$(awk -F, -v o="$organiser" -v p="$provider" \
        '$2 == o && $3 == p { n += $4; c += $5 } END { print n, c }' "$WORK/batches.csv")
    same "$(figure "$page" Charges)" "${sums% *}" "charges of $pair"
    same "$(figure "$page" 'Settled, net')" "${sums#* }" "settled for $pair"
    whole "$page"
    cut -d, -f3 "$PILOT/vouchers.csv" | tail -n +2 | sort -u >"$WORK/clients"
    grep -wqFf "$WORK/clients" "$page" && fail "the statement of $pair names a client"
    grep -qE '>43[0-9]0<|PVK-|Cost code' "$page" && fail "the statement of $pair has a cost code"
done
# its own key shows a provider the very same, and nothing of another
saldo --key "$provider" report statement "$organiser" "$provider" --from 2018-09-01 \
    --to 2018-09-30 --lang en >"$WORK/own.html" || fail "a provider cannot have its statement"
cmp -s "$page" "$WORK/own.html" || fail "a provider sees another statement"
other=$(echo "$pairs" | cut -d, -f2 | grep -v "$provider" | head -1)
expect 1 saldo --key "$provider" report statement "$organiser" "$other" --from 2018-09-01 \
    --out "$WORK/none.html"
[ -e "$WORK/none.html" ] && fail "a refused report leaves a file"

# ---- Overviews -----------------------------------------------------------------------------------

owed=$(saldo --csv payables | awk -F, 'NR > 1 && $1 == "kainuu" { c += $3 + $4 } END { print c }')
page=$WORK/month.html
expect 0 saldo report month 2018-09 --organiser kainuu --lang en --out "$page"
sums=$(awk -F, '$2 == "kainuu" { n += $4; c += $5 } END { print n, c }' "$WORK/batches.csv")
same "$(figure "$page" Charges)" "${sums% *}" "charges of the month"
same "$(figure "$page" 'Settled, net')" "${sums#* }" "settled in the month"
same "$(figure "$page" 'Payable now')" "$owed" "payable"
grep -q '>4320<' "$page" || fail "the month has no cost codes"
grep -q "amount is more than what is available" "$page" || fail "the month has no refusals"
whole "$page"
saldo --csv payouts --from 2018-09-01 --to 2018-09-30 >"$WORK/payouts.csv" || fail "saldo payouts"
saldo --csv payables >"$WORK/payables.csv" || fail "saldo payables"
for language in fi en; do
    book=$WORK/month-$language.xlsx
    expect 0 saldo report month 2018-09 --organiser kainuu --lang $language --format xlsx --out "$book"
    expect 0 saldo report month 2018-09 --organiser kainuu --lang $language --format xlsx --out "$book.again"
    cmp "$book" "$book.again" || fail "the workbook differs when it is made again"
    expect 0 python3 tests/scenario/check_workbook.py "$book" $language kainuu \
        "$WORK/batches.csv" "$WORK/payouts.csv" "$WORK/payables.csv"
done
expect 0 saldo report night 2018-09-12 --format xlsx --out "$WORK/night.xlsx"
expect 2 saldo report night 2018-09-12 --format xlsx
expect 2 saldo report night 2018-09-12 --format pdf --out "$WORK/none"
[ -e "$WORK/none" ] && fail "a format that there is not leaves a file"
page=$WORK/night.html
expect 0 saldo report night 2018-09-12 --out "$page"
whole "$page"
expect 0 saldo report night 2018-09-12 --lang en --out "$page"
same "$(figure "$page" 'Settled, net')" \
    "$(awk -F, '$1 == "2018-09-12" { c += $5 } END { print c }' "$WORK/batches.csv")" "the night"
expect 1 saldo report night 2018-12-24
grep -q "the last settled day is 2018-11-30" "$WORK/err.log" || fail "a night that is not settled"
expect 1 saldo report night 2018-08-01
grep -q "before the first day" "$WORK/err.log" || fail "a night before the ledger's first"
expect 1 saldo report statement kainuu P0001 --from 2018-07-01 --to 2018-07-31
expect 1 saldo report client "$(sed -n 2p "$PILOT/vouchers.csv" | cut -d, -f1)" --month 2018-07
expect 1 saldo report month 2018-09 --organiser nobody
expect 2 saldo report month 2018-13
expect 2 saldo report night 2018-09-12 --lang sv
expect 2 saldo report nonsense

# ---- A client ------------------------------------------------------------------------------------

page=$WORK/client.html
for voucher in $(grep ',BALANCE,.*,MONTH,' "$PILOT/vouchers.csv" | cut -d, -f1 | head -12); do
    expect 0 saldo report client "$voucher" --month 2018-09 --lang en --out "$page"
    balance=$(saldo --csv balance "$voucher" --as-of 2018-09-30 | tail -1)
    same "$(figure "$page" 'Posted balance')" "$(echo "$balance" | cut -d, -f4)" "posted of $voucher"
    same "$(figure "$page" Available)" "$(echo "$balance" | cut -d, -f6)" "available of $voucher"
    settled=$(awk 'BEGIN { RS = "<tr" } /class="total"/ { print; exit }' "$page" |
        grep -o '€[0-9,.]*' | sed -n 2p | sed 's/€//g; s/[,.]//g')
    # what the charges come to is what was used, unless some settled after the month
    [ "${settled:-0}" -ge "$(figure "$page" Used)" ] || fail "the charges of $voucher are too few"
    grep -qE '>43[0-9]0<|PVK-' "$page" && fail "the page of $voucher has a cost code"
    whole "$page"
done

# ---- A credit ------------------------------------------------------------------------------------

page=$WORK/statement.html
id=$(grep -o 'class="id">[0-9a-f]\{32\}' "$WORK/own.html" | head -1 | cut -d'>' -f2)
expect 0 saldo --key finance1 credit "$id" 100 WRONG_QUANTITY --provider "$provider"
day=$(saldo --csv status | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR == 2 { print substr($at["time"], 1, 10) }')
saldo -q settle "$day" >"$WORK/settle.log" 2>&1 || fail "saldo settle $day"
expect 0 saldo report statement "$organiser" "$provider" --from 2018-09-01 --to "$day" --lang en \
    --out "$page"
same "$(figure "$page" Credits)" -100 "credits"
same "$(figure "$page" 'Settled, net')" "$(saldo --csv batch 2018-09-01 --to "$day" |
    awk -F, -v o="$organiser" -v p="$provider" '$2 == o && $3 == p { c += $5 } END { print c }')" \
    "settled with a credit"
grep -q '>Credit: wrong quantity<' "$page" || fail "the statement does not list the credit"
grep -q "class=\"id\">$id<" "$page" || fail "the credit does not say of what charge it is"
grep -q '>−€1.00<' "$page" || fail "the credit has no amount"

# the provider's own reference stands with each charge, for its own key and for the county's
references=$(awk -F, -v p="$provider" '$2 == "charge" && $3 == p { print $4 "," $16 }' "$PILOT/events.csv")
listed=0
for charge in $(grep -o 'class="id">[0-9a-f]\{32\}' "$WORK/own.html" | cut -d'>' -f2 | sort -u); do
    reference=$(echo "$references" | sed -n "s/^$charge,//p")
    [ -n "$reference" ] || continue
    grep -q ">reference $reference</small><small class=\"id\">$charge<" "$page" ||
        fail "charge $charge stands without its reference $reference"
    listed=$((listed + 1))
done
[ $listed -ge 3 ] || fail "only $listed charges have a reference"

stop_daemon || fail "saldod ended with an error"
no_errors
echo "ok: $(echo "$pairs" | wc -l) statements, a month, a night and 12 clients agree with the ledger"
