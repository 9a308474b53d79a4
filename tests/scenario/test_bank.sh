#!/bin/bash
# A released run and a bank of the tests' own: status reports, a lump and its details, returns, the
# same files again and in another order, and what is not the run's. At each step the reconciliation
# must name exactly what is open. BUILD names the build folder.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
BANK=tests/support/bank.py
DAY=2018-10-04 # settled the night before the organiser's fifth

# rows of a status, in the sums that stand in $WORK/out as CSV
rows() { awk -F, -v s="$1" '$1 == s { print $2 }' "$WORK/out"; }

sums()
{
    local want=$1 status count
    shift
    expect "$want" saldo --key anna bank read --csv --sums "${@:2}"
    for pair in $1; do
        status=${pair%=*} count=${pair#*=}
        [ "$(rows "$status")" = "$count" ] || { cat "$WORK/out" >&2; fail "$status is not $count: ${*:2}"; }
    done
    awk -F, 'NR > 1 && $1 !~ /^(read|open lines explained)$/ { n += $2; i += $3; o += $4 } $1 == "read" { exit !(n == $2 && i == $3 && o == $4) }' \
        "$WORK/out" || { cat "$WORK/out" >&2; fail "the statuses are not all that was read: ${*:2}"; }
}

# how many exceptions of each kind the reconciliation lists, "stale=1 held=2"; none: exit 0
open()
{
    local got
    saldo --key anna reconcile --csv --stale 0 >"$WORK/out" 2>"$WORK/err"
    local code=$?
    got=$(awk -F, 'NR > 1 { n[$1]++ } END { for (k in n) print k "=" n[k] }' "$WORK/out" | sort | xargs)
    [ "$got" = "$1" ] || { cat "$WORK/out" "$WORK/err" >&2; fail "open is '$got', not '$1'"; }
    [ $code -eq $([ -z "$1" ] && echo 0 || echo 1) ] || fail "reconcile ended with $code"
}

states() { saldo payouts --from $DAY --to $DAY --csv | awk -F, '$3 == "kainuu" && NR > 1 { print $6 }' | sort | uniq -c | awk '{ print $2 "=" $1 }' | xargs; }

# ---- A released run

make_ledger --simulated
expect 0 saldo -q import tests/pilot
expect 0 saldo -q submit tests/pilot/events.csv --answers "$WORK/answers.csv" --batch 64
expect 0 saldo settle "$DAY"
for officer in anna bertta; do
    expect 0 saldo keygen $officer --register $officer --role FINANCE_OFFICER
done
expect 2 saldo keygen anna --register anna --role FINANCE_OFFICER
says "keys/anna.key is there already"
expect 2 saldo keygen an/na
says "no name of a key"
open "held=3 unreleased=6" # siunsote has no account: one payout of each month
expect 0 saldo --key anna run prepare kainuu $DAY
expect 0 saldo --key bertta run release kainuu $DAY
expect 0 saldo --key anna pay export kainuu $DAY --out "$WORK/run.xml"
count=$(grep -c '<CdtTrfTxInf>' "$WORK/run.xml")
[ "$count" -ge 4 ] || fail "$count payments are too few for this test"
rest=$((count - 1))
mkdir "$WORK/bank" || exit 1
b=$WORK/bank
python3 $BANK "$WORK/run.xml" "$b" rejected=2 returned=3 || fail "the bank does not answer"
open "held=3 unreleased=5" # released on a Saturday, so due on Monday the third
expect 0 saldo settle 2018-12-03
open "held=3 stale=$count unreleased=5"

# ---- What is broken changes nothing

expect 3 saldo --key anna bank read "$b/status.xml" "$b/wrong.xml"
says "wrong.xml:"
says "BkToCstmrStmt/Stmt: opening"
expect 3 saldo --key anna bank read "$b/doctype.xml"
says "a DOCTYPE is refused"
[ "$(states)" = "EXPORTED=$count" ] || fail "a broken file changed something: $(states)"
expect 3 saldo --key anna bank read "$b/status.xml" "$b/no-such.xml"
says "no-such.xml: cannot be opened"

# ---- Status reports, lump, details and returns, one after the other: what waits is on the list

# what was sent twice is refused once, and is no ground to pay it again
sums 1 "conflict=$count" "$b/copy.xml"
[ "$(states)" = "EXPORTED=$count" ] || fail "a refused copy changed something: $(states)"
sums 1 "matched=0 waiting=1" "$b/lump.xml"
sums 0 "matched=$count" "$b/status.xml" --dry-run
[ "$(states)" = "EXPORTED=$count" ] || fail "a dry run changed something: $(states)"
sums 0 "matched=$count" "$b/status.xml"
[ "$(states)" = "ACCEPTED=$rest REJECTED=1" ] || fail "after the status report: $(states)"
open "back=1 held=5 stale=$rest unreleased=5 waiting=1" # with it the rejected payee's other months
sums 1 "waiting=1" "$b/returns.xml"
open "back=1 held=5 stale=$rest unreleased=5 waiting=2"
expect 0 saldo --key anna bank lines --open --csv
[ "$(grep -c '^waiting,' "$WORK/out")" = 2 ] || fail "not both open lines are listed"
expect 0 saldo --key anna bank read --csv --sums "$b/details.xml"
[ "$(rows matched) $(rows 'open lines explained')" = "$rest 2" ] ||
    { cat "$WORK/out" >&2; fail "the details explain something else"; }
[ "$(states)" = "PAID=$((rest - 1)) REJECTED=1 RETURNED=1" ] || fail "after the details: $(states)"
open "back=2 held=7 unreleased=5"

# ---- Again, and told by another kind of message: nothing changes

before=$(saldo status --json | grep -o '"last_number": *[0-9]*')
sums 0 "known=$((rest + 1))" "$b/lump.xml" "$b/details.xml"
sums 0 "known=1" "$b/returns.xml"
sums 0 "known=$count" "$b/status.xml"
sums 0 "known=$count" "$b/copy.xml"
[ "$(saldo status --json | grep -o '"last_number": *[0-9]*')" = "$before" ] || fail "reading again wrote something"

# ---- What is not the run's: a person explains it

sums 1 "unmatched=1" "$b/fee.xml"
sums 1 "unmatched=1" "$b/fee.xml"
open "back=2 held=7 unmatched=1 unreleased=5"
line=$(saldo --key anna bank lines --open --csv | awk -F, 'NR == 2 { print $10 }')
expect 2 saldo --key anna bank close "${line:0:7}" --reason "account fee"
expect 1 saldo --key anna bank close "$line"
expect 1 saldo --key anna bank assign "$line=$(grep -o 'SLD181004[A-Z2-7]*' "$b/details.xml" | head -1)"
says "conflict, the amount is not the payout's"
expect 1 saldo --key anna bank assign "$line=NOBODY"
expect 2 saldo --key anna bank assign "$line"
expect 0 saldo --key anna bank close "$line" --reason "account fee"
sums 0 "known=1" "$b/fee.xml"
open "back=2 held=7 unreleased=5"
sums 1 "foreign=1" "$b/foreign.xml"
sums 0 "foreign=1" "$b/foreign.xml" --skip-foreign
sed 's/"EUR"/"SEK"/g; s/>EUR</>SEK</g' "$b/fee.xml" >"$b/kronor.xml"
sums 1 "currency=1" "$b/kronor.xml"
sums 1 "currency=1" "$b/kronor.xml" --skip-foreign

# ---- The statement debits the run once more, payment by payment

sums 1 "conflict=$rest" "$b/single.xml"
sums 1 "conflict=$rest known=$rest" "$b/single.xml" "$b/again.xml"
open "back=2 conflict=$rest held=7 unreleased=5"
for line in $(saldo --key anna bank lines --open --csv | awk -F, '$1 == "conflict" { print $10 }'); do
    expect 0 saldo --key anna bank close "$line" --reason "debited twice, corrected by the bank"
done
open "back=2 held=7 unreleased=5"

# ---- Another month, everything at once and the latest first; the account has changed since

NEXT=2018-11-04
expect 0 saldo --key bertta run prepare kainuu $NEXT
expect 0 saldo --key anna run release kainuu $NEXT
expect 0 saldo --key anna pay export kainuu $NEXT --out "$WORK/next.xml"
count=$(grep -c '<CdtTrfTxInf>' "$WORK/next.xml")
mkdir "$WORK/next" "$WORK/moved" || exit 1
n=$WORK/next
python3 $BANK "$WORK/next.xml" "$n" rejected=1 returned=2 day=2018-11-05 || fail "the bank does not answer"
sed "/^kainuu,/s/FI[0-9]*/FI1410093000123458/" tests/pilot/organisers.csv >"$WORK/moved/organisers.csv"
expect 0 saldo -q import "$WORK/moved"
expect 0 saldo --key bertta pay export kainuu $NEXT --out "$WORK/later.xml"
cmp -s "$WORK/next.xml" "$WORK/later.xml" || fail "another account today changed yesterday's payment file"
sums 0 "matched=$((count + 1)) known=$((count - 1)) detailed=1" \
    "$n/returns.xml" "$n/details.xml" "$n/lump.xml" "$n/name.xml"
sed "/^siunsote,/s/FI[0-9]*/FI1410093000123458/" "$WORK/moved/organisers.csv" >"$WORK/moved/shared.csv"
mv "$WORK/moved/shared.csv" "$WORK/moved/organisers.csv"
expect 0 saldo -q import "$WORK/moved"
expect 0 saldo --key anna bank read "$n/returns.xml"
says "FI1410093000123458 is the account of kainuu and of siunsote"
expect 0 saldo --key anna -q bank read "$n/returns.xml"
[ ! -s "$WORK/err" ] || fail "-q remarks something"
saldo payouts --from $NEXT --to $NEXT --csv | awk -F, '$3 == "kainuu" && NR > 1 { print $6 }' | sort | uniq -c >"$WORK/out"
[ "$(awk '{ print $2 "=" $1 }' "$WORK/out" | xargs)" = "HELD=3 PAID=$((count - 2)) RETURNED=1" ] ||
    { cat "$WORK/out" >&2; fail "the next month ended otherwise"; }

# ---- A name that does not fit: a person lets it go, and in the end the bank has never executed it

kinds() { saldo --key anna reconcile --csv --stale 0 2>/dev/null | awk -F, -v k="$1" '$1 == k' | wc -l; }
[ "$(kinds name)" = 1 ] || fail "the wrong name is not on the list"
payment=$(grep -o 'SLD181104[A-Z2-7]*' "$n/name.xml" | head -1)
payee=$(saldo payouts --from $NEXT --to $NEXT --csv | grep "$payment" | cut -d, -f4)
expect 0 saldo --key anna run unhold kainuu "$payee" $NEXT "asked the provider"
sums 0 "known=$count" "$n/name.xml"
state() { saldo payouts --from $NEXT --to $NEXT --csv | grep "$payment" | cut -d, -f6; }
[ "$(kinds name) $(state)" = "0 EXPORTED" ] || fail "what was let go is not on its way: $(state)"
expect 1 saldo --key anna bank reject "$payment"
expect 1 saldo --key anna bank reject NOBODY --reason "a letter of the bank"
expect 0 saldo --key anna bank reject "$payment" --reason "a letter of the bank"
expect 0 saldo --key anna bank reject "$payment" --reason "a letter of the bank"
[ "$(state)" = REJECTED ] || fail "what the bank never executed is $(state)"
expect 0 saldo --key anna bank lines --csv
grep -q ',a letter of the bank,' "$WORK/out" || fail "the reason is not kept"
expect 2 saldo --key anna bank
sums 0 "read=0" # without files the open lines are matched again

# ---- The days add up, and the journal makes the same state

expect 1 saldo --key anna reconcile --days --csv
awk -F, 'NR > 1 && $4 != $5 + $6 + $7 { exit 1 }' "$WORK/out" || fail "a day does not add up"
expect 1 saldo --key anna reconcile --lines --csv
awk -F, 'NR > 1 && $2 != "all" { n[$1] += $3; i[$1] += $4; o[$1] += $5 }
    $2 == "all" && (n[$1] != $3 || i[$1] != $4 || o[$1] != $5) { exit 1 }' "$WORK/out" ||
    { cat "$WORK/out" >&2; fail "the bank's lines do not add up"; }
expect 1 saldo --key anna reconcile --journal "$LEDGER"
grep -q ' exceptions$' "$WORK/out" || { cat "$WORK/out" >&2; fail "nothing is open"; }
grep -q '^journal' "$WORK/out" && fail "the journal is said to differ"
expect 3 saldo --key anna reconcile --journal "$WORK"
stop_daemon || fail "the daemon did not end well"
no_errors
