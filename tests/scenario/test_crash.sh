#!/bin/bash
# Nothing that was acknowledged is lost by kill -9 at random moments under load, and nothing counts
# twice. ROUNDS (50) and SEED from the environment; crash_client.c says what is done and verified.
# Then the canaries: bugs planted into copies of the ledger, which the same verification must find.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
CLIENT=$BUILD/tests/scenario/crash_client
ACKS=$WORK/acks

make_ledger --simulated
stop_daemon || fail "saldod ended with $?"

"$CLIENT" run "$BUILD/saldod" "$LEDGER" "$ACKS" || fail "crash_client run"
no_errors

# From the beginning, by programs that have seen nothing of it.
"$CLIENT" verify "$LEDGER" "$ACKS" || fail "crash_client verify"
digest() { "$BUILD/saldod" check "$LEDGER" "$@" 2>>"$WORK/check.log" | grep -w digest; }
whole=$(digest) || fail "saldod check"
tables=$(digest --from-tables) || fail "saldod check --from-tables"
[ "$whole" = "$tables" ] || fail "replay gives $whole, the tables $tables"

# ---- Canaries ---------------------------------------------------------------------------------

plant() # bug; what the verification must say about it
{
    rm -rf "$WORK/copy"
    cp -r "$LEDGER" "$WORK/copy"
    "$CLIENT" plant "$1" "$WORK/copy" "$ACKS" || fail "crash_client plant $1"
    "$CLIENT" verify "$WORK/copy" "$ACKS" >"$WORK/canary.log" 2>&1 && fail "nobody noticed: $1"
    grep -q "^WRONG: .*$2" "$WORK/canary.log" || fail "the verification does not say: $2"
}

plant cut "acknowledged, and lost"
plant flip "the journal: "
"$BUILD/saldod" check "$WORK/copy" >"$WORK/canary.log" 2>&1
[ $? = 5 ] || fail "saldod check takes a journal with a flipped bit"
echo "ok: both canaries were found"
