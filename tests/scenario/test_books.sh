#!/bin/bash
# The books of the pilots' three months: payouts released and booked, one rejected and one returned,
# exported in every format and read by the three programs where they are installed; they agree
# with each other, with what the ledger owes, and with the period cut in two.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
. tests/scenario/books.sh

PILOT=tests/pilot
FROM=2018-09-01 TO=2018-11-30

export_as() # format, file, then more words
{
    local format=$1 file=$2
    shift 2
    expect 0 saldo -q export --format "$format" --from $FROM --to $TO --out "$file" "$@"
}

make_empty_ledger --simulated
expect 0 saldo -q import "$PILOT"
for officer in officer-1 officer-2; do
    expect 0 saldo keygen $officer --register $officer --role FINANCE_OFFICER
done

# ---- The first run: released on 8 October, one payout rejected, one returned, the others paid --------

part() # from and to before, as instants: these events
{
    awk -F, -v from="$1" -v to="$2" 'NR == 1 || ($1 >= from && $1 < to)' "$PILOT/events.csv"
}
part 2018-09-01 2018-10-09 >"$WORK/begin.csv"
part 2018-10-09 2018-10-17 >"$WORK/middle.csv"
part 2018-10-17 2018-12-01 >"$WORK/rest.csv"
expect 0 saldo -q submit "$WORK/begin.csv"
client=$BUILD/tests/scenario
[ -x "$client/books_client" ] || fail "books_client is not built"
expect 0 saldo --key officer-1 run prepare kainuu 2018-10-04
expect 0 saldo --key officer-2 run release kainuu 2018-10-04
expect 0 "$client/books_client" "$LEDGER/home" officer-1 kainuu 2018-10-04 2018-10-09

# ---- A service with review: recorded from 9 October on, accepted on the 16th ---------------------------

mkdir "$WORK/review"
sed -E '/,henkilokohtainen-apu,/s/,(HOUR,[0-9]+,[01],[01]),0,/,\1,1,/' "$PILOT/services.csv" \
    >"$WORK/review/services.csv"
cmp -s "$PILOT/services.csv" "$WORK/review/services.csv" && fail "no service got a review"
expect 0 saldo -q import "$WORK/review"
expect 0 saldo -q submit "$WORK/middle.csv"
expect 0 saldo keygen worker --register worker --role CASE_WORKER
reviewed=0
while IFS=, read -r id provider; do
    saldo --key worker review "$id" accept --provider "$provider" >"$WORK/out" 2>&1 &&
        reviewed=$((reviewed + 1))
done < <(awk -F, '$2 == "charge" && $6 == "henkilokohtainen-apu" { print $4 "," $3 }' "$WORK/middle.csv")
[ $reviewed -ge 5 ] || fail "only $reviewed charges were accepted in review"
id=$(grep -m1 ,ACCEPTED, "$PILOT/expected/answers.csv" | cut -d, -f3)
provider=$(grep -m1 "$id" "$PILOT/events.csv" | cut -d, -f3)
expect 0 saldo --key officer-1 credit "$id" 1000 WRONG_PRICE --provider "$provider"
expect 0 saldo -q import "$PILOT"
expect 0 saldo -q submit "$WORK/rest.csv"
expect 0 saldo -q settle $TO

# ---- All formats -----------------------------------------------------------------------------------

for format in hledger ledger beancount csv ndjson xlsx; do
    export_as $format "$WORK/books.$format"
    export_as $format "$WORK/days.$format" --detail days
done
charges=$(grep -c '"kind":"charge"' "$WORK/books.ndjson")
expect 0 saldo batch $FROM --to $TO --csv
settled=$(awk -F, 'NR > 1 { rows += $4 } END { print rows }' "$WORK/out")
credits=$(grep -c '"kind":"credit"' "$WORK/books.ndjson")
[ "$credits" = 1 ] || fail "$credits credits are in the books"
[ "$charges" -gt 1000 ] || fail "only $charges charges are in the books"
[ $((charges + credits)) = "$settled" ] ||
    fail "$charges charges and $credits credits in the books, $settled rows were settled"
awk -F, 'NR > 1 && $5 != "balance" { cents = $NF; sub(/\./, "", cents); sum += cents }
    END { exit sum != 0 }' "$WORK/books.csv" || fail "the postings do not sum to zero"

for kind in payout booked rejected returned; do
    grep -q "\"kind\":\"$kind\"" "$WORK/books.ndjson" || fail "no $kind in the books"
done
grep '"kind":"rejected"' "$WORK/books.ndjson" | grep -q '"date":"2018-10-08".*"reason":"AC04"' ||
    fail "the rejection stands on another day"
grep '"kind":"returned"' "$WORK/books.ndjson" | grep -q '"date":"2018-10-11".*"e2e":"SLD181004' ||
    fail "the return stands on another day"
grep -q "^2018-11-30.*,Assets:County:Kainuu:InTransit,kainuu,,0.00" "$WORK/books.csv" ||
    fail "something is still in transit"

# what the ledger owes, from its own list
saldo payables --csv >"$WORK/payables.csv" || fail "payables"
awk -F, 'NR > 1 && $3 + $4 != 0 { printf "%s %s %.2f\n", $1, $2, -($3 + $4) / 100 }' \
    "$WORK/payables.csv" | sort >"$WORK/owed"
[ -s "$WORK/owed" ] || fail "the ledger owes nothing"
awk -F, '$5 == "balance" && /:Payable:/ && $NF + 0 != 0 { printf "%s %s %.2f\n", $(NF-2), $(NF-1), $NF }' \
    "$WORK/books.csv" | sort >"$WORK/closing"
cmp "$WORK/owed" "$WORK/closing" || fail "closing balances are not the payables"

# the same balances with either detail
grep ,balance, "$WORK/books.csv" >"$WORK/balances"
grep ,balance, "$WORK/days.csv" | cmp - "$WORK/balances" || fail "days and rows close differently"

# cut in two: the second part opens with what the first one closed with
cut -d, -f13,16 "$WORK/balances" >"$WORK/closed"
for half in "$FROM 2018-10-15" "2018-10-16 $TO"; do
    expect 0 saldo -q export --format csv --from "${half% *}" --to "${half#* }" --out "$WORK/half.csv"
    [ -f "$WORK/first.csv" ] || mv "$WORK/half.csv" "$WORK/first.csv"
done
grep ,balance, "$WORK/half.csv" | cut -d, -f13,16 | cmp - "$WORK/closed" ||
    fail "the halves do not close as the whole"
awk -F, '$5 == "balance" && $NF != "0.00" { print $(NF-3), $NF }' "$WORK/first.csv" >"$WORK/a"
awk -F, '$5 == "opening" { print $(NF-3), $NF }' "$WORK/half.csv" | cmp - "$WORK/a" ||
    fail "the second half does not open as the first one closed"

# what cannot be
expect 1 saldo -q export --format csv --from $FROM --to 2018-12-01
expect 2 saldo -q export --format gnucash --from $FROM --to $TO
expect 2 saldo -q export --format xlsx --from $FROM --to $TO
expect 2 saldo -q export --format csv --from $TO --to $FROM

# the workbook is an archive with the sheets in it, and ids are texts
python3 - "$WORK/books.xlsx" <<'PY' || fail "the workbook"
import sys, zipfile
book = zipfile.ZipFile(sys.argv[1])
assert book.testzip() is None
names = book.read("xl/workbook.xml").decode()
assert 'name="Postings"' in names and 'name="Balances"' in names
sheet = book.read("xl/worksheets/sheet1.xml").decode()
assert 'state="frozen"' in sheet and "<t>0001000370</t>" in sheet
assert "SUM(C2:" in book.read("xl/worksheets/sheet2.xml").decode()
PY

# ---- Why --------------------------------------------------------------------------------------------

story() # code of the answer, then words; fills $WORK/out
{
    local line id provider
    line=$(grep -m1 ",$1," "$PILOT/expected/answers.csv")
    shift
    id=$(echo "$line" | cut -d, -f3)
    provider=$(grep -m1 "$id" "$PILOT/events.csv" | cut -d, -f3)
    expect 0 saldo why "$id" --provider "$provider" "$@"
}
says() { grep -qF -- "$1" "$WORK/out" || { cat "$WORK/out" >&2; fail "the story does not say: $1"; }; }

story ACCEPTED
says "The voucher had"
says "The batch of 2018-09-01 settled"
says "It is part of the payout of 2018-09-04"
says "officer-1 took back 10.00 euros of it on"
says "(WRONG_PRICE"
says "of P0018 signed it"
says "approved for henkilokohtainen-apu from 2018-01-01"
says "euros a unit from 2018-01-01 on; 32.00 were signed"
says "half up"
story ACCEPTED --lang fi
says "Setelillä oli"
story INSUFFICIENT_BALANCE --lang en
says "were available"
says "What to do: charge at most what is left"
story INSUFFICIENT_BALANCE --lang fi
says "Käytettävissä oli"
story ACCEPTED --json
python3 -c 'import json, sys; s = json.load(sys.stdin)
assert s[0]["part"] == "asked" and s[0]["entry"] > 0
assert any(step["part"] == "settled" and step["entry"] for step in s)' <"$WORK/out" ||
    fail "the story as JSON"

# every code that refused a charge of the pilots: its name, what to do, and the entry that proves it
told=0
for code in $(cut -d, -f4 "$PILOT/expected/answers.csv" | sort -u | grep -vxE 'code|ACCEPTED|ID_CONFLICT|CHARGE_.*'); do
    id=$(grep ",$code," "$PILOT/expected/answers.csv" | cut -d, -f3 |
        grep -m1 -Ff <(awk -F, '$2 == "charge" { print $4 }' "$PILOT/events.csv"))
    [ -n "$id" ] || continue # a code of a deletion
    provider=$(grep -m1 "charge,.*$id" "$PILOT/events.csv" | cut -d, -f3)
    for lang in en fi; do
        expect 0 saldo why "$id" --provider "$provider" --lang $lang --json
        python3 - "$code" "$WORK/out" <<'PY' || fail "the story of $code in $lang"
import json, sys
story = json.load(open(sys.argv[2]))
decided = [step for step in story if step["part"] == "decided"]
assert len(decided) == 1 and sys.argv[1] in decided[0]["text"] and decided[0]["entry"] > 0
assert sum(step["part"] == "advice" for step in story) == 1
assert sum(step["part"] == "signed" for step in story) >= 1
PY
    done
    told=$((told + 1))
done
[ $told -ge 20 ] || fail "only $told codes were told of"

# ---- The three programs ------------------------------------------------------------------------------

stop_daemon || fail "saldod ended with an error"
missing=$(missing_program)
if [ -n "$missing" ]; then
    echo "$missing is not installed: the files were not read by the three programs"
    exit 77
fi
for books in books days; do
    programs_agree "$WORK/$books" "$WORK/balances"
done
echo "ok: $charges charges in the books, accepted by the three programs"
