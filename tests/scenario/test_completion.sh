#!/bin/bash
# Completion in bash knows every subcommand of the help, its kinds, its options, and the words that
# options take. No ledger is needed.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build/release}
. tools/saldo.bash-completion

fail() { echo "FAILED: $*" >&2; exit 1; }

# the words typed so far, the last one unfinished; then "=" and what has to be among the offers
offers()
{
    local -a typed=()
    while [ "$1" != = ]; do
        typed+=("$1")
        shift
    done
    shift
    COMP_WORDS=(saldo "${typed[@]}")
    COMP_CWORD=${#typed[@]}
    COMPREPLY=()
    _saldo "$BUILD/saldo"
    for word in "$@"; do
        printf '%s\n' "${COMPREPLY[@]}" | grep -qxF -- "$word" ||
            fail "saldo ${typed[*]}: no $word among ${COMPREPLY[*]:-nothing}"
    done
}

mapfile -t all < <("$BUILD/saldo" --help | awk '/^  [a-z]/ { print $1 }')
[ ${#all[@]} -ge 20 ] || fail "the help lists ${#all[@]} subcommands"
offers "" = "${all[@]}"
offers re = report reconcile
offers --key finance1 re = report
offers report "" = statement client night month
offers report month -- = --format --organiser --lang --out --help
offers report statement -- = --from --to --lang --out
offers report month --format "" = html xlsx
[ ${#COMPREPLY[@]} = 2 ] || fail "report has formats that it does not write: ${COMPREPLY[*]}"
offers export -- = --format --from --to --detail --out
offers export --format "" = hledger ledger beancount csv ndjson xlsx
offers export --detail "" = rows days
offers why -- = --provider --lang --json
offers why --lang "" = fi en
offers reconcile -- = --days --stale --journal
offers run "" = list start prepare release
offers pay "" = export posting check
offers bank "" = read
offers bank read -- = --dry-run --sums
offers balance -- = --all --as-of
offers keygen --role A = AUDITOR ADMINISTRATOR

# what is offered is there: each format writes something or complains about nothing but its period
for command in export "report month"; do
    # shellcheck disable=SC2086
    for format in $(COMP_WORDS=(saldo $command --format ""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1));
        _saldo "$BUILD/saldo"; echo "${COMPREPLY[@]}"); do
        # shellcheck disable=SC2086
        "$BUILD/saldo" $command --help | grep -q -- "--format .*$format" ||
            fail "$command does not know $format"
    done
done
echo "ok: ${#all[@]} subcommands"
