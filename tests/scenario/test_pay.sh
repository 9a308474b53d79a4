#!/bin/bash
# From a settled month of the pilot to the bank's file and the bookkeeping's, with the real daemon
# and command: two officers release a run, and only then, and always with the same bytes, it leaves
# the ledger. BUILD names the build folder; SALDO_ISO20022 that of the schemas, if they are here.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
SCHEMAS=${SALDO_ISO20022:-../shared/iso20022}/xsd
DAY=2018-10-04

valid()
{
    [ -r "$SCHEMAS/$1" ] || { echo "skipped: no schema $SCHEMAS/$1"; return; }
    expect 0 xmllint --nonet --noout --schema "$SCHEMAS/$1" "$2"
}

# ---- A run, from its calendar

make_ledger --simulated
expect 0 saldo -q import tests/pilot
expect 0 saldo -q submit tests/pilot/events.csv --answers "$WORK/answers.csv" --batch 64
expect 0 saldo settle "$DAY"
for officer in anna bertta; do
    expect 0 saldo keygen $officer --register $officer --role FINANCE_OFFICER
done
expect 0 saldo payouts --from "$DAY" --to "$DAY" --csv
grep -q "^$DAY,.*,kainuu,.*,PLANNED," "$WORK/out" || fail "nothing is planned on $DAY"
cents=$(awk -F, '$3 == "kainuu" && $6 == "PLANNED" { sum += $5 } END { print sum }' "$WORK/out")
count=$(grep -c ',kainuu,.*,PLANNED,' "$WORK/out")

# ---- Nothing leaves before the second signature

cd "$WORK" || exit 1
for name in BUILD SCHEMAS; do
    [[ ${!name} == /* ]] || declare "$name=$OLDPWD/${!name}"
done
expect 1 saldo --key anna pay export kainuu $DAY
says "is OPEN: nothing leaves the ledger"
expect 0 saldo run payees kainuu $DAY --csv
hash=$(sed -n 's/.*payees //p' err)
account=$(awk -F, 'NR == 2 { print $1 }' out)
[ "$(awk -F, 'NR > 1 { n++; sum += $5 } END { print n "," sum }' out)" = "$count,$cents" ] && [ ${#hash} = 64 ] ||
    { cat out err >&2; fail "the payees are not the run's"; }
expect 2 saldo --key anna run prepare kainuu $DAY --payees ${hash}00
expect 1 saldo --key anna run prepare kainuu $DAY --payees "$(tr 0-9a-f 1-9a-f0 <<<"$hash")"
says "saldo run payees"
expect 0 saldo --key anna run prepare kainuu $DAY --payees "$hash"
[ "$(saldo run list --csv --from $DAY --to $DAY | grep ",kainuu," | cut -d, -f12)" = "$hash" ] ||
    fail "the run list has another hash than was signed"

# ---- An account that changes between the two signatures

for officer in anna bertta; do
    expect 0 saldo --key $officer account "$account" FI2112345600000785 "Uusi tili Oy"
done
expect 1 saldo --key bertta run release kainuu $DAY --payouts "$count" --cents "$cents" --payees "$hash"
expect 1 saldo --key bertta run release kainuu $DAY
says "no longer what was"
expect 0 saldo --key anna run prepare kainuu $DAY
expect 1 saldo --key anna pay export kainuu $DAY
says "is PREPARED: nothing leaves the ledger"
expect 1 saldo --key anna run release kainuu $DAY
expect 0 saldo --key bertta run release kainuu $DAY
[ -z "$(ls "$WORK" | grep xml)" ] || fail "a file was made of a run that was not released"

# ---- The payment file

expect 0 saldo --key anna pay export kainuu $DAY --csv
file=$(awk -F, 'NR == 2 { print $7 }' out)
[ "$(awk -F, 'NR == 2 { print $4 "," $5 }' out)" = "$count,$cents" ] ||
    { cat out >&2; fail "the file has other figures than the run: $count payments, $cents cents"; }
[[ $file == SLDM181004*.xml ]] || fail "the file has another name: $file"
expect 0 saldo pay check "$file"
valid pain.001.001.09.xsd "$file"
valid EPC132-08_2025_V1.0_pain.001.001.09.xsd "$file"
expect 0 saldo --key bertta pay export kainuu $DAY --out second.xml
cmp -s "$file" second.xml || fail "a second export has other bytes"
expect 0 saldo --key anna pay export kainuu $DAY
expect 3 saldo --key anna pay export kainuu $DAY --version 03 --out second.xml
says "is there with other content"
cmp -s "$file" second.xml || fail "a file was overwritten"
expect 0 saldo --key anna pay export kainuu $DAY --version 03 --out old.xml
valid pain.001.001.03.xsd old.xml
expect 3 saldo pay check "$file" old.xml
says "the id stands already in $file"
ls | grep -E 'xml\.' && fail "a draft was left behind"

# ---- The posting file

printf '[posting]\ndecimal = comma\nseparator = semicolon\n[columns]\nTunnus = end_to_end_id\nSumma = euros\n' >columns.ini
expect 0 saldo --key anna pay posting kainuu $DAY --columns columns.ini --out posting.csv
[ "$(head -1 posting.csv | tr -d '\r')" = "Tunnus;Summa" ] || fail "the columns are other ones"
[ "$(tr -d '\r,' <posting.csv | awk -F';' 'NR > 1 { sum += $2 } END { print sum }')" = "$cents" ] ||
    fail "the posting file comes to another sum"
[ "$(grep -o '<EndToEndId>[^<]*' "$file" | cut -d'>' -f2 | sort)" = \
    "$(tail -n +2 posting.csv | cut -d';' -f1 | sort)" ] || fail "the two files pay others"
expect 0 saldo --key anna pay posting kainuu $DAY
head -1 out | grep -q '^organiser,run_day,' || fail "the defaults are other columns"
expect 1 saldo --key anna pay posting kainuu $DAY siunsote $DAY
[ ! -s out ] || fail "half a posting file was written"

# ---- Words that make no sense

expect 2 saldo pay
expect 2 saldo pay export kainuu
expect 2 saldo --key anna pay export kainuu yesterday
expect 2 saldo --key anna pay export kainuu $DAY --version 04
expect 1 saldo --key anna pay export nowhere $DAY
expect 3 saldo pay check no-such-file.xml
stop_daemon || fail "the daemon did not end well"
no_errors
