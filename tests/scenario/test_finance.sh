#!/bin/bash
# The pilots' three months as a finance office lives them: time passes, each organiser pays on the
# 5th, one officer prepares and another releases, and a bank of the tests' own (support/bank_month.py)
# accepts, rejects, returns and books, with its files in any order. In the end every cent is
# explained. Then a bank, or somebody else, does what it should not, each time to a copy of one
# ledger, and the reconciliation has to list that and nothing else.
# BUILD names the build folder; SEED repeats an order of files; SALDO_ISO20022 names the folder of the
# schemas, where they are.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
. tests/scenario/books.sh
PILOT=tests/pilot
SCHEMAS=${SALDO_ISO20022:-../shared/iso20022}/xsd
BANK=tests/support/bank_month.py
SEED=${SEED:-$RANDOM}
RANDOM=$SEED
echo "SEED=$SEED"

# ---- Time, officers and lists ------------------------------------------------------------------------

first() { saldo -q --key finance1 "$@"; }
second() { saldo -q --key finance2 "$@"; }
entries() { saldo status --json | grep -o '"last_number": *[0-9]*'; }

LAST=2018-08-31
advance() # day: what was recorded up to it, and its night
{
    awk -F, -v from="$LAST" -v to="$1" 'NR == 1 || (substr($1, 1, 10) > from && substr($1, 1, 10) <= to)' \
        "$PILOT/events.csv" >"$WORK/events.csv"
    LAST=$1
    [ "$(wc -l <"$WORK/events.csv")" = 1 ] || expect 0 saldo -q submit "$WORK/events.csv" --batch 64
    expect 0 saldo -q settle "$1"
}

# What reconcile has listed in $WORK/out: exception|organiser|provider|row|since|want|have|favour|detail, where a
# bank line is LINE and the file that told it is left out.
exceptions()
{
    python3 -c 'import csv, re, sys
for row in list(csv.reader(sys.stdin))[1:]:
    row[3] = re.sub("^[0-9a-f]{16}$", "LINE", row[3])
    row[10] = re.sub(": camt.05[34] [^:]*$", "", row[10])
    print("|".join(row[:5] + row[6:8] + row[9:11]))' <"$WORK/out" | sort
}

lists() # rows, each as exceptions() writes them: reconcile has to list these and no others
{
    [ $# = 0 ] || printf '%s\n' "$@" | sort >"$WORK/wanted"
    [ $# != 0 ] || : >"$WORK/wanted"
    expect $(($# != 0)) first reconcile --csv ${JOURNAL:+--journal "$JOURNAL"}
    exceptions >"$WORK/listed"
    diff "$WORK/wanted" "$WORK/listed" >&2 || fail "$NAME: other exceptions than expected (<)"
}

# The payouts of a run as reconcile lists them: exception, organiser, provider or "" for all, run
# day, reason, state or "" for any
row()
{
    saldo payouts --from "$4" --to "$4" --csv |
        awk -F, -v kind="$1" -v o="$2" -v p="$3" -v reason="$5" -v state="${6:-}" -v OFS='|' \
            '$3 == o && (p == "" || $4 == p) && (state == "" || $6 == state) {
                print kind, o, $4, $11, $2, $5, 0, "county", reason }'
}

payee() # a payment's provider: run day, payment file, its place in the file
{
    local end
    end=$(grep -o '<EndToEndId>[^<]*' "$2" | sed -n "$3s/.*>//p")
    saldo payouts --from "$1" --to "$1" --csv | awk -F, -v e="$end" '$11 == e { print $4 }'
}

# ---- Paying ------------------------------------------------------------------------------------------

valid() { [ ! -r "$SCHEMAS/$1" ] || expect 0 xmllint --nonet --noout --schema "$SCHEMAS/$1" "$2"; }

# A payee that the last payment came back from is held, until an officer has looked at it.
release_held()
{
    local provider
    for provider in $(saldo payouts --from "$2" --to "$2" --csv |
        awk -F, -v o="$1" '$3 == o && $6 == "HELD" && $7 == "BANK" { print $4 }'); do
        expect 0 first run unhold "$1" "$provider" "$2" "asked the provider"
    done
}

pay() # organiser, run day: by two officers, to $WORK/ORGANISER.xml
{
    local file=$WORK/$1.xml old=$WORK/$1-03.xml
    rm -f "$file" "$old"
    release_held "$@"
    expect 0 first run prepare "$@"
    expect 1 first run release "$@"
    expect 0 second run release "$@"
    expect 0 first pay export "$@" --out "$file"
    expect 0 second pay export "$@" --version 03 --out "$old"
    expect 0 saldo pay check "$file"
    expect 0 saldo pay check "$old"
    valid pain.001.001.09.xsd "$file"
    valid EPC132-08_2025_V1.0_pain.001.001.09.xsd "$file"
    valid pain.001.001.03.xsd "$old"
}

# ---- The bank ----------------------------------------------------------------------------------------

# Files in some order, in calls of one to four: all that is read has to be in the sums of each call.
read_shuffled()
{
    local files code n
    mapfile -t files < <(for file in "$@"; do echo "$RANDOM $file"; done | sort -n | cut -d' ' -f2)
    while [ ${#files[@]} -gt 0 ]; do
        n=$((RANDOM % 4 + 1))
        first bank read --csv --sums "${files[@]:0:n}" >"$WORK/out" 2>"$WORK/err"
        code=$?
        [ $code -le 1 ] || { cat "$WORK/err" >&2; fail "$NAME: reading ends with $code: ${files[*]:0:n}"; }
        awk -F, '$1 == "read" { exit !(n == $2 && i == $3 && o == $4) }
            NR > 1 && $1 != "open lines explained" { n += $2; i += $3; o += $4 }' "$WORK/out" ||
            { cat "$WORK/out" >&2; fail "$NAME: the sums are not what was read: ${files[*]:0:n}"; }
        files=("${files[@]:n}")
    done
}

close_fees()
{
    local line count=0
    expect 0 first bank lines --open --csv
    while IFS=, read -r status _ _ _ cents _ _ _ _ line _; do
        [ "$status,$cents" = unmatched,-150 ] || { cat "$WORK/out" >&2; fail "$NAME: open: $status $cents"; }
        expect 0 first bank close "$line" --reason "account fee"
        count=$((count + 1))
    done < <(tail -n +2 "$WORK/out")
    [ $count = 2 ] || fail "$NAME: $count fees, not one of each account"
}

# A month: its last day before the payday, the bank's day, and what goes wrong at each organiser.
month()
{
    local run=$1 day=$2 until=$3 before
    NAME=$run
    advance "$run"
    pay kainuu "$run"
    pay siunsote "$run"
    rm -rf "$WORK/k" "$WORK/s"
    mkdir "$WORK/k" "$WORK/s" || exit 1
    # shellcheck disable=SC2086
    python3 $BANK "$WORK/kainuu.xml" "$WORK/k" lump day="$day" later="$until" fee=1.50 $4 &&
        python3 $BANK "$WORK/siunsote-03.xml" "$WORK/s" single day="$day" later="$until" fee=1.50 $5 ||
        fail "the bank does not answer"
    advance "$until"
    [ "$run" != "$COPIED" ] || copy_ledger
    read_shuffled "$WORK"/[ks]/*.xml
    close_fees
    before=$(entries)
    expect 0 first bank read "$WORK"/[ks]/*.xml
    [ "$(entries)" = "$before" ] || fail "$run: reading everything again wrote something"
}

COPIED=2018-10-04
copy_ledger()
{
    stop_daemon || fail "saldod ended with an error"
    cp -r "$LEDGER" "$WORK/copy" && cp "$WORK/kainuu.xml" "$WORK/copy.xml" || exit 1
    start_daemon || fail "saldod does not come up again"
}

# ---- The pilots' three months ------------------------------------------------------------------------

make_empty_ledger --simulated
expect 0 saldo -q import "$PILOT" --enrol
NAME=begin
lists

month 2018-09-04 2018-09-05 2018-09-07 "" ""
held=$(row held siunsote P0006 2018-09-04 NO_ACCOUNT)
lists "$held"

month $COPIED 2018-10-05 2018-10-09 "rejected=2 returned=5" "returned=3"
rejected=$(payee $COPIED "$WORK/kainuu.xml" 2)
returned=$(payee $COPIED "$WORK/siunsote.xml" 3)
lists "$held" "$(row held siunsote P0006 $COPIED NO_ACCOUNT)" \
    "$(row back kainuu "$rejected" $COPIED AC04)" \
    "$(row back kainuu "$(payee $COPIED "$WORK/kainuu.xml" 5)" $COPIED AC04)" \
    "$(row back siunsote "$returned" $COPIED AC04)"

# One provider gets its first account and one another, each from two officers; one of them twice is
# not enough. The others that are held, an officer lets go with the next run.
change() # provider, IBAN, name
{
    local code
    for officer in first first second; do
        expect 0 $officer account "$@" --csv
        code=$([ $officer = first ] && echo SECOND_OFFICER_REQUIRED || echo ACCEPTED)
        grep -q "^$code," "$WORK/out" || { cat "$WORK/out" >&2; fail "the $officer officer is not $code"; }
    done
}
change P0006 FI9080002627761348 "Suomussalmen Hoiva Oy 1"
change "$returned" FI5542345670000081 "Another account"
for run in 2018-09-04 $COPIED; do
    expect 0 first run unhold siunsote P0006 $run "it has an account now"
done

month 2018-11-04 2018-11-05 2018-11-09 "returned=1" "rejected=1,2"
lists "$(row back kainuu "$(payee 2018-11-04 "$WORK/kainuu.xml" 1)" 2018-11-04 AC04)" \
    "$(row back siunsote "$(payee 2018-11-04 "$WORK/siunsote.xml" 1)" 2018-11-04 AC04)" \
    "$(row back siunsote "$(payee 2018-11-04 "$WORK/siunsote.xml" 2)" 2018-11-04 AC04)"

month 2018-12-04 2018-12-05 2018-12-11 "rejected=3" "returned=2"
lists "$(row back kainuu "$(payee 2018-12-04 "$WORK/kainuu.xml" 3)" 2018-12-04 AC04)" \
    "$(row back siunsote "$(payee 2018-12-04 "$WORK/siunsote.xml" 2)" 2018-12-04 AC04)"

month 2019-01-04 2019-01-07 2019-01-10 "" "" # what December's run could not pay
lists

# ---- In the end --------------------------------------------------------------------------------------

NAME=end
expect 0 saldo batch 2018-09-01 --to 2018-11-30 --csv
cmp -s "$PILOT/expected/batches.csv" "$WORK/out" || fail "the batches are not the expected ones"
expect 0 first reconcile --days --csv
awk -F, 'NR > 1 && $4 != $5 + $6 + $7 { exit 1 }' "$WORK/out" || fail "a day does not add up"
for organiser in kainuu:FI9350700000070007 siunsote:FI4550700100070014; do
    cents=$(awk -F, -v o="${organiser%:*}" '$2 == o { sum += $5 } END { print sum }' "$PILOT/expected/batches.csv")
    # the bank's own account of it: from 1,000,000.00, less five fees of 1.50
    bank=$(awk '{ printf "%.0f", 100000000 - $2 * 100 - 750 }' "$WORK/${organiser#*:}")
    [ "$bank" = "$cents" ] || fail "the bank paid $bank cents for ${organiser%:*}, the batches have $cents"
    paid=$(saldo payouts --csv | awk -F, -v o="${organiser%:*}" '$3 == o && $6 == "PAID" { n += $5 } END { print n }')
    [ "$paid" = "$cents" ] || fail "$paid cents are paid for ${organiser%:*}, the batches have $cents"
done
saldo payables --csv | awk -F, 'NR > 1 { sum += $3 + $4 } END { exit sum != 0 }' || fail "something is still owed"

# ---- The books, and a charge that was paid at the second time -------------------------------------------

for format in csv hledger ledger beancount; do
    expect 0 saldo -q export --format $format --from 2018-09-01 --to 2019-01-10 --out "$WORK/books.$format"
done
grep ,balance, "$WORK/books.csv" >"$WORK/balances"
awk -F, '/:(Payable|InTransit)/ && $NF + 0 != 0 { exit 1 }' "$WORK/balances" ||
    fail "the books still owe something or have it in transit"
missing=$(missing_program)
[ -n "$missing" ] || programs_agree "$WORK/books" "$WORK/balances"

id=$(awk -F, -v p="$rejected" 'NR == FNR { accepted[$3] = $4 == "ACCEPTED"; next }
    $1 > "2018-09-06" && $2 == "charge" && $3 == p && accepted[$4] { print $4; exit }' \
    "$PILOT/expected/answers.csv" "$PILOT/events.csv")
expect 0 saldo why "$id" --provider "$rejected"
told=$(grep -oE "payout of 20..-..-..|The bank rejected it, AC04|now paid|booked it on 20..-..-.." "$WORK/out" |
    tr '\n' ';')
[ "$told" = "payout of $COPIED;The bank rejected it, AC04;payout of 2018-11-04;now paid;booked it on 2018-11-05;" ] ||
    { cat "$WORK/out" >&2; fail "the story of a charge that was rejected and paid again: $told"; }

JOURNAL=$LEDGER
lists
stop_daemon || fail "saldod ended with an error"
no_errors
[ -z "$missing" ] || echo "$missing is not installed: the books were not read by the three programs"
echo "ok: the pilots' months are paid and explained to the cent"

# ---- What a bank, or somebody else, should not do ----------------------------------------------------

# Each time the ledger of October: its runs are released, and the bank has not answered yet.
open_copy()
{
    NAME=$1
    [ -z "$DAEMON" ] || stop_daemon || fail "saldod ended with an error"
    rm -rf "$LEDGER" "$WORK/f"
    cp -r "$WORK/copy" "$LEDGER" && mkdir -p "$WORK/f/x" || exit 1
    start_daemon || fail "saldod does not come up with a copy"
    JOURNAL=
}

plant() # name, exit code of the reading, lump or single, what the bank does
{
    local code=$2
    open_copy "$1"
    python3 $BANK "$WORK/copy.xml" "$WORK/f/x" "${@:3}" day=2018-10-05 later=2018-10-09 ||
        fail "the bank does not answer"
    expect "$code" first bank read "$WORK/f/x/"*.xml
}

# a bank line as reconcile lists it: exception, payment or "", cents, what is said of it, day
line()
{
    local end='' provider=''
    [ -z "$2" ] || end=": $(grep -o '<EndToEndId>[^<]*' "$WORK/copy.xml" | sed -n "$2s/.*>//p")"
    [ -z "$2" ] || provider=$(payee $COPIED "$WORK/copy.xml" "$2")
    echo "$1|kainuu|$provider|LINE|${5:-2018-10-05}|0|$3|$([ "$3" -lt 0 ] && echo bank || echo county)|$4$end"
}

cents() { grep -o '<InstdAmt[^<]*' "$WORK/copy.xml" | sed -n "$1s/.*>//p" | tr -d .; }

open_copy copied
held=$(for run in 2018-09-04 $COPIED; do row held siunsote P0006 $run NO_ACCOUNT; done)
lists "$held"

# A cent too much, a payment debited twice, a debit of nobody's, a return of what was rejected and one
# of what was never booked, a name that is not the account's: all at once, so that none hides another.
plant "one payment by one" 1 single cent=3 twice=4 unknown=77.70 rejected=5 silent=6,7,8 \
    returned=5,6 name=7
wrong=("$held" "$(line conflict 3 -$(($(cents 3) + 1)) "the amount is not the payout's")"
    "$(line conflict 4 -"$(cents 4)" "it was debited before")"
    "$(line unmatched "" -7770 "no payout fits")"
    "$(line conflict 5 "$(cents 5)" "returned, and it was never paid" 2018-10-09)"
    "$(row back kainuu "$(payee $COPIED "$WORK/copy.xml" 5)" $COPIED AC04)"
    "$(line waiting 6 "$(cents 6)" "returned before it was booked: read the booking too" 2018-10-09)"
    "$(row name kainuu "$(payee $COPIED "$WORK/copy.xml" 7)" $COPIED RVNM)")
lists "${wrong[@]}"
NAME="never heard of again" # three bank days are over
expect 0 saldo -q settle 2018-10-10
for place in 3 6 8; do
    wrong+=("$(row stale kainuu "$(payee $COPIED "$WORK/copy.xml" $place)" $COPIED "")")
done
lists "${wrong[@]}" "$(row stale siunsote "" $COPIED "" EXPORTED)"

sum=$(grep -o -m1 '<CtrlSum>[^<]*' "$WORK/copy.xml" | sed 's/.*>//')
plant "a sum whose details lack a payment" 1 lump short=6
whole=$(tr -d . <<<"$sum") # all but one are told: it is that one which is missing
wrong=("$held" "$(line waiting "" -"$whole" "a run, or a part of it, in one sum: waits for its details" |
    sed "s/|0|-$whole|/|-$((whole - $(cents 6)))|-$whole|/")")
lists "${wrong[@]}"

NAME="an account of nobody's"
sed -i 's/FI9350700000070007/FI2112345600000785/' "$WORK/f/x/booked.xml"
before=$(entries)
expect 1 first bank read --csv "$WORK/f/x/booked.xml"
[ "$(tail -n +2 "$WORK/out" | cut -d, -f1)" = foreign ] || { cat "$WORK/out" >&2; fail "$NAME is not foreign"; }
expect 0 first bank read --csv --skip-foreign "$WORK/f/x/booked.xml"

NAME="a sum that is wrong" # and a good file beside it, of which nothing may be told either
python3 $BANK "$WORK/copy.xml" "$WORK/f/x" single day=2018-10-08 rejected=6 || fail "the bank does not answer"
sed -i -E '/<Cd>CLBD/s/(<Amt[^>]*>[0-9]+\.[0-9])./\17/' "$WORK/f/x/booked.xml"
expect 3 first bank read "$WORK/f/x/status.xml" "$WORK/f/x/booked.xml"
says "booked.xml:"
says "BkToCstmrStmt/Stmt"
[ "$(entries)" = "$before" ] || fail "$NAME: something of it was told"
lists "${wrong[@]}"

# A provider's account, changed in a copy behind the ledger's back: in the tables by somebody who knows
# how they are written, and by a disk; and in the journal.
NAME="tables that somebody changed"
cp -r "$LEDGER" "$WORK/g"
"$BUILD/tests/scenario/audit_forge" provider "$WORK/g/tables" FI8750910000091008 FI8750910000091009 ||
    fail "nothing was changed in the tables"
JOURNAL=$WORK/g
lists "${wrong[@]}" "journal|||$JOURNAL|2018-10-09|0|0||the tables are not what the journal makes"
says="the journal or its tables are damaged"
for part in tables journal; do
    NAME="$part that a disk changed"
    rm -rf "$WORK/f"
    cp -r "$LEDGER" "$WORK/f" && sed -i 's/FI8750910000091008/FI8750910000091009/g' "$WORK/f/$part/data.mdb"
    cmp -s "$LEDGER/$part/data.mdb" "$WORK/f/$part/data.mdb" && fail "nothing was changed in the $part"
    JOURNAL=$WORK/f
    lists "${wrong[@]}" "journal|||$JOURNAL|2018-10-09|0|0||$says"
done
stop_daemon || fail "saldod ended with an error"
no_errors
echo "ok: what went wrong is listed, and nothing else"
