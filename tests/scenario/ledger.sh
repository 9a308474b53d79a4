# ledger.sh - for the scenarios: a folder, a ledger, its daemon, and the county that
# tests/support/clients.h works in. To be sourced in the root of the checkout, after `set -u`.
#
# BUILD names the build folder. WORK is the scenario's own folder and is removed at its end; on a
# failure the ends of the logs in it are shown before. DAEMON is the process id of the daemon that
# start_daemon started, if any. Daemons are ended by their own process ids only.
BUILD=${BUILD:-build/release}
PROGRAM=$(basename "$0" .sh)
if [ ! -x "$BUILD/saldod" ]; then
    echo "$BUILD/saldod is not built"
    exit 77
fi
# The path of a ledger, and with it of its sockets, has to be short.
WORK=$(mktemp -d "${TMPDIR:-/tmp}/XXXXXX") || exit 1
[ ${#WORK} -le 70 ] || { rmdir "$WORK"; WORK=$(mktemp -d "/tmp/$PROGRAM.XXXXXX") || exit 1; }
LEDGER=$WORK/ledger
DAEMON=

clean_up()
{
    if [ -n "$DAEMON" ]; then
        kill -KILL "$DAEMON" 2>/dev/null
        wait "$DAEMON" 2>/dev/null
    fi
    rm -rf "$WORK"
}
trap clean_up EXIT
trap 'exit 1' TERM INT

fail()
{
    echo "FAILED: $*" >&2
    for log in "$WORK"/*.log; do
        [ -s "$log" ] && { echo "--- $(basename "$log")"; tail -n 25 "$log"; } >&2
    done
    exit 1
}

# wanted exit code, then the command; its output goes to $WORK/out and $WORK/err
expect()
{
    local want=$1 code
    shift
    "$@" >"$WORK/out" 2>"$WORK/err"
    code=$?
    [ $code -eq "$want" ] || { cat "$WORK/out" "$WORK/err" >&2; fail "exit $code, not $want: $*"; }
}

# what that command must have said
says() { grep -qF -- "$1" "$WORK/err" || { cat "$WORK/err" >&2; fail "nobody said: $1"; }; }

saldo() { "$BUILD/saldo" --home "$LEDGER/home" "$@"; }

free_port()
{
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

start_daemon()
{
    "$BUILD/saldod" run "$LEDGER" 2>>"$LEDGER.log" &
    DAEMON=$!
    for _ in $(seq 60); do
        kill -0 "$DAEMON" 2>/dev/null || break
        saldo status --deadline 1 >/dev/null 2>&1 && return 0
        sleep 0.05
    done
    kill -KILL "$DAEMON" 2>/dev/null
    wait "$DAEMON"
    DAEMON=
    return 1
}

# SIGTERM; the daemon's exit code
stop_daemon()
{
    local code
    kill "$DAEMON"
    wait "$DAEMON"
    code=$?
    DAEMON=
    return $code
}

# Nothing in the daemons' log that a kill does not explain. (A gate whose parent is dead already
# says that it cannot be confined, or that there is no ledger process to talk to.)
no_errors()
{
    if grep -aE 'level=error|Sanitizer|runtime error|check failed|signal=([1-8]|1[0-9])$' \
        "$LEDGER.log" | grep -avE 'event=gate-(confine|start) ' >"$WORK/errors.log"; then
        fail "the daemon's log has errors"
    fi
}

# A county with a service, and the providers P1 to P4: all in force from 2020 on.
write_county()
{
    mkdir -p "$WORK/county"
    cat >"$WORK/county/organisers.csv" <<'CSV'
code,name,business_id,iban,account_name,payout_day
county,County,2500000-7,FI9350700000070007,County,5
CSV
    cat >"$WORK/county/services.csv" <<'CSV'
organiser,code,group,name_fi,name_en,unit,increment,copay_allowed,prior_approval,review,overlap_allowed,share_rule,max_charge_cents
county,visit,Kotihoito,Kotikaynti,Home visit,VISIT,1,1,0,0,0,VALUE_FIRST,
CSV
    echo 'id,name,business_id,iban,account_name,blocked' >"$WORK/county/providers.csv"
    echo 'provider,organiser,service,valid_from,valid_to,register' >"$WORK/county/approvals.csv"
    echo 'provider,organiser,service,class,valid_from,valid_to,price_cents' >"$WORK/county/prices.csv"
    local p
    for p in P1 P2 P3 P4; do
        echo "$p,Provider $p,,,,0" >>"$WORK/county/providers.csv"
        echo "$p,county,visit,2020-01-01,,VALVIRA" >>"$WORK/county/approvals.csv"
        echo "$p,county,visit,ALL,2020-01-01,,1000" >>"$WORK/county/prices.csv"
    done
}

# Make an empty ledger and start its daemon; with --simulated a simulated one. Somebody may take the
# port between the look and the start: then another one is tried.
make_empty_ledger()
{
    for _ in 1 2 3 4 5; do
        rm -rf "$LEDGER" "$LEDGER.log"
        "$BUILD/saldod" init "$LEDGER" --allow-unsafe-fs --listen "tcp://127.0.0.1:$(free_port)" \
            "$@" >"$WORK/init.log" 2>&1 || fail "saldod init"
        echo "disk_free_min_mb=1" >>"$LEDGER/saldod.conf"
        start_daemon && return 0
    done
    fail "saldod does not come up"
}

# The same with the county in it.
make_ledger()
{
    make_empty_ledger "$@"
    write_county
    saldo -q import "$WORK/county" --enrol >"$WORK/import.log" 2>&1 || fail "saldo import"
}
