#!/bin/bash
# saldo audit over a copy of the pilots' journal, with a run that was paid: clean as it is; and then
# whatever a bad disk or an operator with the ledger's own key can do to it must be found and named.
# BUILD names the build folder. Leaves nothing behind.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
FORGE=$BUILD/tests/scenario/audit_forge
DAY=2018-10-04

says() { grep -qE -- "$1" "$WORK/out" || { cat "$WORK/out" >&2; fail "the audit does not say: $1"; }; }
says_not() { ! grep -qE -- "$1" "$WORK/out" || { cat "$WORK/out" >&2; fail "the audit says: $1"; }; }

# exit code, journal, more words
audit()
{
    local want=$1 journal=$2
    shift 2
    expect "$want" "$BUILD/saldo" audit "$journal" "${KEYS[@]}" "$@"
}

# A fresh copy in $WORK/forged, with one thing changed in place.
edit()
{
    rm -rf "$WORK/forged"
    cp -r "$COPY" "$WORK/forged"
    "$FORGE" edit "$WORK/forged" "$1" "$2" || fail "edit $*"
}

# The journal written anew, signed with a key.
forge()
{
    rm -rf "$WORK/forged"
    "$FORGE" sign "$COPY" "$1" "$WORK/forged" "${@:2}" || fail "sign $*"
}

# ---- The pilots, a run that was released and booked, and a copy

make_ledger --simulated
expect 0 saldo -q import tests/pilot
head -1001 tests/pilot/events.csv >"$WORK/events.csv"
expect 0 saldo -q submit "$WORK/events.csv" --answers "$WORK/answers.csv" --receipts "$WORK/receipts"
expect 0 saldo settle 2018-11-30
for officer in anna bertta; do
    expect 0 saldo keygen $officer --register $officer --role FINANCE_OFFICER
done
expect 0 saldo --key anna run prepare kainuu $DAY
expect 0 saldo --key bertta run release kainuu $DAY

conf() { sed -n "s/^$1=//p" "$LEDGER/home/saldo.conf"; }
KEYS=(--ledger "$(conf ledger_id)" --public-key "$(conf ledger_key)")
COPY=$WORK/copy
accepted=$(awk -F, '$2 == "charge" && $4 == "ACCEPTED" { print $3 }' "$WORK/answers.csv" | sort -u | wc -l)

# The journal of a running daemon is not read by accident.
expect 2 "$BUILD/saldo" audit "$LEDGER" "${KEYS[@]}"
grep -q -- --live "$WORK/err" || fail "nobody speaks of --live"
audit 0 "$LEDGER" --live
stop_daemon || fail "the daemon did not end well"
cp -r "$LEDGER/journal" "$COPY"
cp -r "$LEDGER/tables" "$WORK/tables"

# ---- As it is

rm -f "$COPY/lock.mdb" "$WORK/tables/lock.mdb"
before=$(cd "$WORK" && find copy tables -printf '%p %s %T@\n' | sort)
chmod -R a-w "$COPY" "$WORK/tables"
audit 0 "$COPY" --tables "$WORK/tables" --receipts "$WORK/receipts"
for what in ledger chain signatures decisions sums books tables receipts; do
    sed '/^not proved/q' "$WORK/out" | grep -q "^  $what " || { cat "$WORK/out" >&2; fail "not proved: $what"; }
done
says " $accepted charges"
says ' ([0-9]+) of \1 receipts'
chmod -R u+w "$COPY" "$WORK/tables"
[ "$before" = "$(cd "$WORK" && find copy tables -printf '%p %s %T@\n' | sort)" ] ||
    fail "the audit wrote into the copy"
last=$(sed -n 's/^entries 1 to \([0-9]*\),.*/\1/p' "$WORK/out")
head=$(sed -n 's/^head \([0-9]*:[0-9a-f]*\) .*/\1/p' "$WORK/out")
says "^rules of level 2 from entry 1$"
audit 0 "$COPY" --head "$head" --threads 1
expect 0 "$BUILD/saldo" audit "$COPY"
says 'whose ledger this is'
# A backup holds such a copy, and the tables that go with it.
expect 0 "$BUILD/saldo" backup "$LEDGER" "$WORK/backup"
files=$(cd "$WORK" && find backup -printf '%p %s %T@\n' | sort)
audit 0 "$WORK/backup" --tables "$WORK/backup/tables" --head "$head" --receipts "$WORK/receipts"
[ "$files" = "$(cd "$WORK" && find backup -printf '%p %s %T@\n' | sort)" ] ||
    fail "the audit wrote into the backup"
audit 0 "$COPY" --json
python3 - "$WORK/out" "$last" "$accepted" <<'PY' || fail "the JSON says something else"
import json
import sys

report = json.load(open(sys.argv[1]))
assert report["wrong"] == 0 and report["findings"] == [], report
assert report["last"] == int(sys.argv[2]) and report["figures"]["charges"] == int(sys.argv[3]), report
assert report["levels"] == [{"level": 2, "from": 1}], report["levels"]
assert {"chain", "signatures", "decisions", "sums", "books"} <= {p["what"] for p in report["proved"]}
PY
forge "$LEDGER/keys/ledger.key" same
audit 0 "$WORK/forged" --head "$head" --receipts "$WORK/receipts"

# ---- Older rules: from which entry on the others count is said, and none comes after a newer one

edit level 1
audit 0 "$WORK/forged"
says '^rules of level 1 from entry 1, of level 2 from entry 2$'
edit level 500
audit 1 "$WORK/forged"
says '^  entry 500: .*it is of level 1, the entry before of level 2'

# ---- A bad disk

edit request 500
audit 1 "$WORK/forged"
says '^  entry 500: chain: '
edit decision 500
audit 1 "$WORK/forged"
says '^  entry 500: chain: '
edit head 1
audit 1 "$WORK/forged"
says '^  entry 1: chain: .*root'
says '^  entry 1: head: '
edit delete 500
audit 1 "$WORK/forged"
says '^  entry 500: record: the entry is missing'
says_not '^  decisions .* up to entry 3'
rm -rf "$WORK/forged"
mkdir "$WORK/forged"
expect 2 "$BUILD/saldo" audit "$WORK/forged" "${KEYS[@]}"
head -c 40000 "$COPY/data.mdb" >"$WORK/forged/data.mdb"
expect 2 "$BUILD/saldo" audit "$WORK/forged" "${KEYS[@]}"

# ---- An operator with the ledger's key

number_of() { "$BUILD/saldo" receipt verify "$1" "${KEYS[@]}" --csv | sed -n 2p | cut -d, -f2; }

forge "$LEDGER/keys/settlement.key" same
audit 1 "$WORK/forged"
says '^  entry 1: head: '
expect 1 "$BUILD/saldo" audit "$COPY" --ledger "$(conf ledger_id)" --public-key "$(conf transport_key)"
says 'ledger: the genesis names another'

refused=$(grep -m1 ',INSUFFICIENT_BALANCE,' "$WORK/answers.csv" | cut -d, -f3)
refused=$(number_of "$WORK/receipts/$refused.receipt")
forge "$LEDGER/keys/ledger.key" more "$refused"
audit 1 "$WORK/forged"
says "^  entry $refused: decision: .*the rules give INSUFFICIENT_BALANCE"
says "^  entry $refused: sum: charge .* takes .* more than voucher"
says_not ': (chain|head|record): '

forge "$LEDGER/keys/ledger.key" amount "$refused"
audit 1 "$WORK/forged"
says "^  entry $refused: (signature|entry): "

for ((night = last; night > 0; night--)); do
    rm -rf "$WORK/forged"
    "$FORGE" sign "$COPY" "$LEDGER/keys/ledger.key" "$WORK/forged" cent $night 2>/dev/null && break
done
audit 1 "$WORK/forged"
says "^  entry $night: decision: "
says "^  entry $night: sum: the batch has"

# ---- What only others can know: a journal that contradicts itself in nothing

accepted=$(awk -F, '$4 == "ACCEPTED" { id = $3 } END { print id }' "$WORK/answers.csv")
accepted=$(number_of "$WORK/receipts/$accepted.receipt")
forge "$LEDGER/keys/ledger.key" drop "$accepted"
audit 0 "$WORK/forged"
says 'that nobody was shown another history'
audit 1 "$WORK/forged" --receipts "$WORK/receipts"
says "^  entry $accepted: fork: .*\.receipt proves another entry"
audit 1 "$WORK/forged" --head "$head"
says "^  entry $last: omission: "

forge "$LEDGER/keys/ledger.key" cut "$accepted"
audit 0 "$WORK/forged"
audit 1 "$WORK/forged" --receipts "$WORK/receipts"
says "^  entry $accepted: omission: .*\.receipt proves this entry"

# A receipt of a fork, one that was altered, and a file that is none.
mkdir "$WORK/held"
name=$(basename "$(ls "$WORK"/receipts/*.receipt | head -1)")
cp "$WORK/receipts/$name" "$WORK/held"
printf 'x' | dd of="$WORK/held/$name" bs=1 seek=60 conv=notrunc status=none
echo "what is this" >"$WORK/held/README"
audit 1 "$COPY" --receipts "$WORK/held"
says "receipt: $name: this ledger's key did not sign it"
says '1 other files'

# ---- Tables that say something else, and of another moment

forge "$LEDGER/keys/ledger.key" cut "$accepted"
audit 1 "$WORK/forged" --tables "$WORK/tables"
says 'tables: the tables are of entry'
expect 2 "$BUILD/saldo" audit "$COPY" --tables "$WORK/nowhere"
expect 2 "$BUILD/saldo" audit "$COPY" --head 12
expect 2 "$BUILD/saldo" audit
no_errors
echo "ok: clean, and every planted fault was named"
