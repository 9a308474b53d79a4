# books.sh - for the scenarios that export books: the three accounting programs. To be sourced after
# ledger.sh.

# the first of them that is not installed; nothing: all are
missing_program()
{
    local program
    for program in hledger ledger bean-check bean-query; do
        command -v $program >/dev/null || { echo $program; return; }
    done
}

# Account and balance of each program's books, without those that are 0.
nonzero() { awk '$2 + 0 != 0 { printf "%s %.2f\n", $1, $2 }' | sort; }

hledger_balances()
{
    hledger -f "$1" balance --flat --no-total -E -N -O csv | tail -n +2 |
        sed 's/"//g; s/ EUR$//' | tr ',' ' ' | nonzero
}

ledger_balances()
{
    ledger --args-only -f "$1" --flat --no-total \
        --format '%(account) %(quantity(scrub(display_total)))\n' balance | nonzero
}

# The sums with their currency: bean-query rounds plain numbers to the digits that most of them have.
beancount_balances()
{
    bean-query -q -f csv "$1" "SELECT account, sum(position) GROUP BY account" | tail -n +2 |
        tr -d ' \r"' | sed 's/EUR$//' | tr ',' ' ' | nonzero
}

# All three accept the books $1.hledger, .ledger and .beancount, and come to the balances of the file
# $2, which are lines of a csv export.
programs_agree()
{
    local books=$1 name program
    name=$(basename "$1")
    hledger -f "$books.hledger" check --strict ordereddates payees >"$WORK/hledger.log" 2>&1 ||
        fail "hledger does not accept $name"
    ledger --args-only --pedantic --explicit --check-payees -f "$books.ledger" balance \
        >"$WORK/ledger.log" 2>&1 || fail "ledger does not accept $name"
    bean-check "$books.beancount" >"$WORK/beancount.log" 2>&1 ||
        fail "beancount does not accept $name"
    awk -F, '{ print $(NF-3), $NF }' "$2" | nonzero >"$WORK/balances.csv"
    [ -s "$WORK/balances.csv" ] || fail "$name have no balances"
    for program in hledger ledger beancount; do
        ${program}_balances "$books.$program" | diff "$WORK/balances.csv" - >&2 ||
            fail "$program sums $name otherwise"
    done
}
