#!/bin/bash
# Damaged pages of the tables and of the journal, PAGES of them: a check finds each, or it was a page
# or byte that nobody needs and the state is the same; no program dies of one without a word; a daemon
# over damaged tables shows no row that is not right, makes them again, or ends with exit code 5 and
# the file's name; a backup of them is refused.
# BUILD names the build folder; SEED repeats a run. Leaves nothing behind.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
PAGES=${PAGES:-30}
SEED=${SEED:-$((RANDOM << 15 | RANDOM))}
echo "SEED=$SEED PAGES=$PAGES"
# What LMDB reads astray is not for the sanitizer to judge: it is the signal that is tested.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:replace_intrin=0:intercept_memcmp=0"

GOOD=$WORK/good
BAD=$WORK/bad # a copy in which something is damaged

# which of the two stores; another number each time
damage()
{
    rm -rf "$BAD"
    cp -r "$GOOD" "$BAD"
    done_to=$(python3 -B tests/support/damage.py "$BAD/$1/data.mdb" $((SEED + $2))) || fail "damage.py"
}

# more words for saldod check; then whether it found something
check()
{
    "$BUILD/saldod" check "$BAD" "$@" >"$WORK/out" 2>"$WORK/check.log"
    case $? in
    0) cmp -s "$WORK/out" "$WORK/whole" || fail "$done_to: another state, and nobody says so" ;;
    1 | 5) grep -q level=error "$WORK/check.log" || fail "$done_to: refused without a word"; return 1 ;;
    *) fail "$done_to: saldod check died" ;;
    esac
}

make_ledger --simulated
expect 0 saldo -q import tests/pilot
head -n 400 tests/pilot/events.csv >"$WORK/events.csv"
expect 0 saldo -q submit "$WORK/events.csv"
saldo balance --all --csv >"$WORK/balances" 2>"$WORK/err" || fail "balance"
stop_daemon || fail "stop"
rm -f "$LEDGER"/run/*.ipc
mv "$LEDGER" "$GOOD"
"$BUILD/saldod" check "$GOOD" >"$WORK/whole" 2>"$WORK/check.log" || fail "check"
"$BUILD/saldod" check "$GOOD" --from-tables 2>"$WORK/check.log" | cmp -s - "$WORK/whole" || fail "tables"

echo "what a check says"
found=0
for i in $(seq "$PAGES"); do
    if [ $((i % 3)) = 0 ]; then
        damage journal "$i"
        check || found=$((found + 1))
    else
        damage tables "$i"
        check --from-tables || found=$((found + 1))
    fi
done
echo "$found of $PAGES found, the others changed nothing"
[ "$found" -gt $((PAGES / 3)) ] || fail "too few to say anything"

echo "what a daemon does over damaged tables"
serving=0 aside=0 ended=0
for i in $(seq $((PAGES / 3))); do
    damage tables $((PAGES + i))
    mv "$BAD" "$LEDGER"
    : >"$LEDGER.log"
    if start_daemon; then
        serving=$((serving + 1))
        grep -q tables-aside "$LEDGER.log" && aside=$((aside + 1))
        saldo balance --all --csv --deadline 5 >"$WORK/shown" 2>/dev/null
        grep -vxFf "$WORK/balances" "$WORK/shown" >"$WORK/wrong" && fail "$done_to: a wrong balance"
        kill "$DAEMON" 2>/dev/null # it may have met the page and be gone
        wait "$DAEMON"
        DAEMON=
    fi
    if grep -q event=ready "$LEDGER.log"; then
        grep -qE 'event=(stopped|page-damaged|.*fault=)' "$LEDGER.log" || fail "$done_to: died serving"
    else
        ended=$((ended + 1))
        grep -qE "level=error event=.*$LEDGER/tables" "$LEDGER.log" || fail "$done_to: it does not say why"
    fi
    rm -rf "$LEDGER"
done
echo "$serving served, $aside of them with new tables; $ended ended and named the file"

echo "a backup of damaged tables"
for i in $(seq 50); do
    damage tables $((10000 + i))
    check --from-tables || break
done
mv "$BAD" "$LEDGER"
"$BUILD/saldo" --home "$LEDGER/home" backup "$LEDGER" "$WORK/backups" >"$WORK/out" 2>"$WORK/err"
code=$?
[ $code = 5 ] || { cat "$WORK/err"; fail "$done_to: a backup of damaged tables: exit code $code"; }
[ -s "$WORK/err" ] || fail "the backup does not say why"
