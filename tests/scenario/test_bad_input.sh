#!/bin/bash
# Whatever a client sends, it gets its documented code or is dropped, the daemon stays up, and the
# others do not notice (bad_client.c). Then somebody who reads nothing, the death of the gate and
# SIGTERM, all under load (beside_client.c). SEED from the environment.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh

new_ledger()
{
    make_ledger
    saldo keygen caseworker --register caseworker --role CASE_WORKER >"$WORK/keygen.log" 2>&1 ||
        fail "saldo keygen"
    stop_daemon || fail "saldod ended with $?"
}

new_ledger
"$BUILD/tests/scenario/bad_client" "$BUILD/saldod" "$LEDGER" || fail "bad_client"
no_errors

new_ledger
"$BUILD/tests/scenario/beside_client" "$BUILD/saldod" "$LEDGER" "$WORK/acks" ||
    fail "beside_client"
no_errors
grep -q "gate-dropped" "$LEDGER.log" || fail "all replies were taken, though nobody read them"
"$BUILD/saldod" check "$LEDGER" >"$WORK/check.log" 2>&1 || fail "saldod check"
echo "ok: nobody noticed"
