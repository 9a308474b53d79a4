#!/bin/bash
# The log of a pilot's life, at its most talkative: every line is a level, an event and key=value,
# and none holds personal data: no voucher, client, decision, reference, text, name or account of
# the pilot. The search itself is tried on a copy of the log with such a value planted in it.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh

# Values of these columns, of four characters or more: shorter ones stand in any number.
columns()
{
    awk -F, -v wanted=" ${*:2} " 'NR == 1 { for (i = 1; i <= NF; i++) if (index(wanted, " " $i " ")) take[i]; next }
        { for (i in take) if (length($i) >= 4) print $i }' "$1"
}

make_ledger --simulated
stop_daemon || fail "stop"
echo "log_level=debug" >>"$LEDGER/saldod.conf"
start_daemon || fail "start"
saldo -q import tests/pilot --enrol >"$WORK/import.log" 2>&1 || fail "import"
saldo -q submit tests/pilot/events.csv >"$WORK/answers" 2>"$WORK/submit.log"
kill -KILL "$(sed -n 's/.*event=gate-started pid=//p' "$LEDGER.log" | tail -n 1)"
sleep 0.5
# Requests that are not even ones, and one that is refused.
saldo why 016591c9188074e87922d0565d458a3b --provider 1 >"$WORK/why.log" 2>&1
saldo close 000100050D 2018-11-30 >"$WORK/close.log" 2>&1
kill -KILL "$DAEMON"
wait "$DAEMON" 2>/dev/null
rm -r "$LEDGER/tables"
start_daemon || fail "start after a kill"
stop_daemon || fail "stop"
grep -q event=replayed "$LEDGER.log" || fail "nothing was replayed"

echo "form"
grep -avE '^level=(error|warning|info|debug) event=[a-z-]+( [a-z-]+=("[^"]*"|[^" ]+))*$' "$LEDGER.log" &&
    fail "a line of another form"

echo "personal data"
{
    columns tests/pilot/vouchers.csv number client decision
    columns tests/pilot/prior_approvals.csv voucher approved_by
    columns tests/pilot/suspensions.csv voucher
    columns tests/pilot/providers.csv name iban account_name
    columns tests/pilot/events.csv voucher reference request_id
} | sort -u >"$WORK/personal"
[ "$(wc -l <"$WORK/personal")" -gt 300 ] || fail "only $(wc -l <"$WORK/personal") values to look for"
grep -qx 000100050D "$WORK/personal" || fail "no vouchers among them"
sed 's/event=ready/& voucher=000100050D/' "$LEDGER.log" | grep -qaFf "$WORK/personal" ||
    fail "the search finds nothing where there is something"
grep -aFf "$WORK/personal" "$LEDGER.log" && fail "personal data in the log"
echo "$(wc -l <"$WORK/personal") values are not in $(wc -l <"$LEDGER.log") lines"
echo "ok"
