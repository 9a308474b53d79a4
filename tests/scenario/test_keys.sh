#!/bin/bash
# Keys are changed while a provider charges: two of a provider's keys count at once, then the old
# one is revoked and counts no more, and every charge is decided (refused, for there is no such voucher:
# what counts is that the signature is taken). The same for the key that
# settles. Then the gate's transport key: a new file, a gate that is started again by itself, and a
# ledger process that never stops. And what must stay refused.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
q() { "$BUILD/saldo" -q --home "$1" "${@:2}"; }
key_id() { awk '$1 == "key_id" { print $2 }' "$1"; }
public() { awk -v n="$1" '$1 == n { print $2 }' "$2"; }
ADMIN=$LEDGER/home

make_ledger
echo "a provider with a home of its own, as at another company"
P=$WORK/provider
mkdir -p "$P/keys"
chmod 700 "$P" "$P/keys"
sed '/^key=/d' "$ADMIN/saldo.conf" >"$P/saldo.conf"
cp "$ADMIN/keys/P1.key" "$P/keys/P1.key"
echo key=P1 >>"$P/saldo.conf"
old=$(q "$ADMIN" --csv keys | awk -F, '$2 == "P1" { print $1 }')
[ -n "$old" ] || fail "no key of P1"

# One charge after the other, each with an id of its own; what came back, line by line. The
# provider's program reads its settings anew for each.
n=0
charge() # key file to sign with, and how long to wait; prints the outcome
{
    n=$((n + 1))
    cp "$P/keys/$1.key" "$P/keys/P1.use" && mv "$P/keys/P1.use" "$WORK/use/keys/P1.key"
    printf 'recorded_at,act,provider,request_id,voucher,service,class,unit,start,end,quantity,price_cents,county_cents,copay_cents,identity_checked,reference\n%s,charge,P1,%012x%020x,%s,visit,ALL,VISIT,%s,%s,1,1000,1000,0,0,\n' \
        "$(date +%FT%T%:z)" "$(($(date +%s%N) / 1000000))" "$n" 0000000018 "$(date +%FT00:00:00%:z)" "$(date +%FT00:01:00%:z)" >"$WORK/one.csv"
    q "$WORK/use" --deadline "${2:-20}" submit "$WORK/one.csv" 2>"$WORK/submit.log" | awk -F, 'NR == 2 { print $4 }'
}
mkdir -p "$WORK/use/keys"
cp "$P/saldo.conf" "$WORK/use/"
chmod -R go-rwx "$WORK/use"

echo "the new key is made at the provider, and registered by its public halves"
q "$P" keygen P1-next >"$WORK/new.log" || fail "keygen"
new=$(key_id "$WORK/new.log")
before=$(charge P1)
[ "$(charge P1-next 3)" = "" ] || fail "a key counts before it is registered"
q "$ADMIN" enrol P1 --signing "$(public signing "$WORK/new.log")" \
    --transport "$(public transport "$WORK/new.log")" >"$WORK/enrol.log" || fail "enrol"
a=$(charge P1)
b=$(charge P1-next)
[ -n "$before" ] && [ "$a" = "$before" ] && [ "$b" = "$before" ] || fail "both keys at once: $before, $a, $b"

echo "the old one is revoked while charges go on"
(
    for _ in $(seq 12); do charge P1-next; done >"$WORK/beside"
) &
BESIDE=$!
sleep 0.3
q "$ADMIN" revoke "$old" >"$WORK/revoke.log" || fail "revoke"
wait "$BESIDE" || fail "charges beside the revocation"
[ "$(grep -cx "$before" "$WORK/beside")" = 12 ] || { cat "$WORK/beside"; fail "charges beside the revocation"; }
n=100
[ "$(charge P1 3)" = "" ] || fail "a revoked key counts"
grep -qiE 'signature|connection|answer' "$WORK/submit.log" || { cat "$WORK/submit.log"; fail "it does not say why"; }
[ "$(charge P1-next)" = "$before" ] || fail "the new key"
q "$ADMIN" --csv keys | grep -q "^$old,P1,.*,1$" || fail "keys does not show the revocation"
q "$ADMIN" --csv keys | grep -q "^$new,P1,.*,0$" || fail "keys does not show the new key"

echo "the key that settles"
q "$ADMIN" keygen settlement --register settlement --role SETTLEMENT_JOB >"$WORK/s1.log" || fail "keygen"
yesterday=$(TZ=Europe/Helsinki date -d yesterday +%F)
q "$ADMIN" settle >"$WORK/settle1.log" || fail "settle"
q "$ADMIN" keygen settlement-next --register settlement --role SETTLEMENT_JOB >"$WORK/s2.log" || fail "keygen"
q "$ADMIN" --key settlement-next settle >"$WORK/settle2.log" || fail "settle with the next key"
q "$ADMIN" revoke "$(key_id "$WORK/s1.log")" >/dev/null || fail "revoke"
q "$ADMIN" --deadline 3 settle >/dev/null 2>&1 && fail "a revoked key settles"
q "$ADMIN" --key settlement-next settle >"$WORK/settle3.log" || fail "settle after the revocation"
cmp -s "$WORK/settle1.log" "$WORK/settle3.log" || fail "another batch of $yesterday"

echo "the last administrator's key stays"
admin=$(q "$ADMIN" --csv keys | awk -F, '$3 == "ADMINISTRATOR" { print $1 }')
q "$ADMIN" revoke "$admin" >/dev/null 2>&1 && fail "nobody could register keys any more"

echo "the gate's transport key"
q "$ADMIN" keygen transport-next >"$WORK/t.log" || fail "keygen"
gate=$(sed -n 's/.*event=gate-started pid=//p' "$LEDGER.log" | tail -n 1)
mv "$ADMIN/keys/transport-next.key" "$LEDGER/keys/transport.key"
kill -KILL "$gate"
q "$ADMIN" --deadline 2 status >/dev/null 2>&1 && fail "the old transport key still opens the door"
for home in "$ADMIN" "$P"; do
    sed -i "s/^transport_key=.*/transport_key=$(public transport "$WORK/t.log")/" "$home/saldo.conf"
done
cp "$P/saldo.conf" "$WORK/use/"
q "$ADMIN" status >/dev/null || fail "the new transport key"
n=200
[ "$(charge P1-next)" = "$before" ] || fail "a charge after the transport key"
kill -0 "$DAEMON" || fail "the ledger process ended"
[ "$(grep -c event=ready "$LEDGER.log")" = 1 ] || fail "the ledger process was started again"
stop_daemon || fail "stop"
"$BUILD/saldod" check "$LEDGER" >"$WORK/check.log" 2>&1 || fail "check"
echo "ok"
