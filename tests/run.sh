#!/bin/bash
# Run test programs and scenarios, two at a time, and say how it went.
#
# usage: run.sh BUILD [--timeout SECONDS] TEST...      (programs, or .sh scenarios)
# Each gets a folder of its own for its files (TMPDIR), removed afterwards; BUILD names the binaries
# for the scenarios. A test that exits with 77 was skipped, and says why. Logs of failures are shown.
set -u

export BUILD=$1
shift
limit=900
if [ "${1:-}" = --timeout ]; then
    limit=$2
    shift 2
fi
here=$(cd "$(dirname "$0")" && pwd)
logs=$(mktemp -d "${TMPDIR:-$PWD/$BUILD}/run.XXXXXX")
trap 'rm -rf "$logs"' EXIT
export logs limit here
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:suppressions=$here/support/tsan.supp}

one() {
    local name log folder begin status
    name=$(basename "$1")
    log=$logs/$name.log
    folder=$logs/$name.tmp
    mkdir "$folder"
    begin=$SECONDS
    TMPDIR=$folder timeout --kill-after=10 "$limit" "$1" >"$log" 2>&1 </dev/null
    status=$?
    rm -rf "$folder"
    case $status in
    0) printf 'ok    %-28s %3d s\n' "$name" $((SECONDS - begin)); : >"$log.passed" ;;
    77) printf 'skip  %-28s %s\n' "$name" "$(tail -n 1 "$log")"; : >"$log.skipped" ;;
    *)
        printf 'FAIL  %-28s %3d s, exit %d\n' "$name" $((SECONDS - begin)) $status
        tail -n 60 "$log" | sed 's/^/      | /'
        : >"$log.failed"
        ;;
    esac
}
export -f one

printf '%s\n' "$@" | xargs -P "${JOBS:-$(nproc)}" -I{} bash -c 'one {}'

count() { find "$logs" -name "*.log.$1" | wc -l; }
failed=$(count failed)
echo "$(count passed) passed, $failed failed, $(count skipped) skipped"
[ "$failed" = 0 ]
