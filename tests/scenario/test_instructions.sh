#!/bin/bash
# Instructions a charge takes are not more than tests/bench/instructions.txt says, and 5 %.
#
# Counted in the release build, whatever build is tested. Skipped without it or valgrind, or with
# another compiler than the file's.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=build/release
[ -x "$build/tests/bench/bench_apply" ] || { echo "$build/tests/bench/bench_apply is not built"; exit 77; }
command -v valgrind >/dev/null || { echo "valgrind is not installed"; exit 77; }
strings -n 8 "$build/tests/bench/bench_apply" | grep -q 'GCC: (Debian 12' ||
    { echo "not built by gcc 12 of Debian: other counts"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
PYTHONDONTWRITEBYTECODE=1 python3 tests/bench/instructions.py "$build" "$work"
