#!/bin/bash
# Give every fuzz target its corpus again: what was once found stays found.
set -u
build=${BUILD:-build/asan}
failed=0
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    "$build/tests/fuzz/$name" "tests/fuzz/corpus/$name" || failed=1
done
exit $failed
