#!/bin/bash
# Look for bugs without running anything: gcc -fanalyzer, clang-tidy, cppcheck, scan-build. A line for
# each, after what it found; fails if one found anything. `make analyze` runs it.
#
# usage: tests/analyze.sh [TOOL...]      (gcc, clang-tidy, cppcheck, scan-build; all unless named)
#
# Over the product's sources; the tests are there to do odd things. Exceptions, each with its reason,
# are here, in .clang-tidy and in tests/cppcheck.txt. Each tool is given a planted bug first, which it
# has to find: one that is not working finds nothing either.
set -u
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The longest first, so that none is left alone at the end.
mapfile -t sources < <(git ls-files 'proto/*.c' 'daemon/*.c' 'client-lib/*.c' 'tools/*.c' | xargs ls -S)
flags="-std=c17 -D_GNU_SOURCE -Iproto -Idaemon -Iclient-lib -Itools -I. -isystem build/gen -isystem /usr/include/libxml2"

# -fanalyzer of gcc 12 does not follow ownership through a struct that a caller keeps, and takes the
# result of a call in another file for anything: what it says of leaks, NULL and unset values in such
# places is clang's to judge below. Its findings about files, double frees, use after free, shifts,
# signals and bounds count.
gcc_quiet="-Wno-analyzer-malloc-leak -Wno-analyzer-possible-null-dereference -Wno-analyzer-possible-null-argument \
-Wno-analyzer-null-dereference -Wno-analyzer-null-argument -Wno-analyzer-use-of-uninitialized-value"

# Each prints a line for what it finds in the files of a list.
look_gcc() {
    xargs -P "$jobs" -I{} sh -c "gcc $flags -O0 -fanalyzer $gcc_quiet -c {} -o /dev/null 2>&1" <"$1" |
        grep -E 'warning:|error:'
}

# Lists of pointers grow and are sorted by the size of a pointer, which clang-tidy 14 takes for the size of
# what it should point to; where the two are mixed up -Wsizeof-pointer-memaccess and -Wsizeof-pointer-div
# of the build say so. The rest of bugprone-sizeof-expression counts.
look_clang-tidy() {
    xargs -P "$jobs" -n 4 sh -c 'clang-tidy --quiet "$@" -- '"$flags"' 2>/dev/null' tidy <"$1" |
        grep -E 'warning:|error:' | grep -vF "suspicious usage of 'sizeof(A*)'; pointer to aggregate"
}

look_cppcheck() {
    cppcheck -j "$jobs" --enable=warning,performance,portability --std=c11 --quiet \
        --suppressions-list=tests/cppcheck.txt -D_GNU_SOURCE -Iproto -Idaemon -Iclient-lib -Itools -I. \
        --template='{file}:{line}: {id}: {message}' --file-list="$1" 2>&1
}

# valist.Uninitialized: clang 14 does not see va_start through glibc's vsnprintf.
look_scan-build() {
    scan-build -o "$work/scan" --use-cc=clang -disable-checker valist.Uninitialized \
        -enable-checker optin.portability.UnixAPI -enable-checker security.FloatLoopCounter \
        -enable-checker security.insecureAPI.rand -enable-checker security.insecureAPI.strcpy \
        sh -c "xargs -P $jobs -I{} sh -c '\$CC $flags -c {} -o /dev/null' <'$1'" 2>&1 |
        grep -E 'warning:|error:'
}

cat >"$work/planted.c" <<'EOF'
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv)
{
    char *p = malloc(4);
    free(p);
    free(p);
    return strcmp(argv[0], argv[argc - 1]) == -1;
}
EOF
echo "$work/planted.c" >"$work/planted"
printf '%s\n' "${sources[@]}" >"$work/sources"
[ $# = 0 ] && set -- gcc clang-tidy cppcheck scan-build
failed=0
for tool in "$@"; do
    declare -F "look_$tool" >/dev/null || {
        echo "analyze: $tool is none of gcc, clang-tidy, cppcheck, scan-build" >&2
        exit 2
    }
    if [ -z "$("look_$tool" "$work/planted")" ]; then
        echo "$tool: does not see a planted bug"
        failed=1
        continue
    fi
    "look_$tool" "$work/sources" | sort -u >"$work/found"
    cat "$work/found"
    echo "$tool: $(wc -l <"$work/found") found in ${#sources[@]} files"
    [ -s "$work/found" ] && failed=1
done
exit $failed
