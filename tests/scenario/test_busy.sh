#!/bin/bash
# More under way than the bounds allow is answered BUSY, and nothing is lost (busy_client.c).
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh

make_ledger
stop_daemon || fail "saldod ended with $?"
"$BUILD/tests/scenario/busy_client" "$BUILD/saldod" "$LEDGER" || fail "busy_client"
no_errors
echo "ok"
