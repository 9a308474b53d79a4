#!/bin/bash
# More than twice what the daemon can do, and everything that means no good, beside honest clients
# (load_client.c). CONNECTIONS and LOAD_SECONDS from the environment: `make load` is the long run.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh

make_ledger
for key in caseworker:caseworker:CASE_WORKER flood:P4:PROVIDER noise:P4:PROVIDER deaf:deaf:AUDITOR; do
    IFS=: read -r name owner role <<<"$key"
    saldo keygen "$name" --register "$owner" --role "$role" >"$WORK/keygen.log" 2>&1 ||
        fail "saldo keygen $name"
done
stop_daemon || fail "saldod ended with $?"
"$BUILD/tests/scenario/load_client" "$BUILD/saldod" "$LEDGER" "$WORK/acks" || fail "load_client"
no_errors
# What clients do is not worth a line each.
[ "$(wc -l <"$LEDGER.log")" -lt $((1000 + 5 * ${LOAD_SECONDS:-10})) ] || fail "clients fill the log"
"$BUILD/saldod" check "$LEDGER" >"$WORK/check.log" 2>&1 || fail "saldod check"
echo "ok"
