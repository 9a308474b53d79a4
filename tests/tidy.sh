#!/bin/bash
# What reviews should not have to look for: include direction, lengths, banned calls, what the
# ledger's objects may link against, words that do not belong here. Prints file:line: what.
set -u
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build/release}
found=$(mktemp)
trap 'rm -f "$found"' EXIT
say() { cat >>"$found"; }

sources=$(git ls-files --cached --others --exclude-standard '*.c' '*.h')

# ---- Lengths: function <= 70 lines, file <= 500, line <= 100
for f in $sources; do
    awk -v f="$f" '
        length($0) > 100 { print f ":" NR ": line of " length($0) " characters" }
        /^[a-zA-Z_].*[^;]$/ && !/^(struct|enum|union|static const|typedef|extern).*[={]$/ { head = NR }
        /^{$/ { begin = NR }
        /^}$/ && begin { if (NR - begin > 71) print f ":" begin ": function of " NR - begin - 1 " lines"; begin = 0 }
        END { if (NR > 500) print f ": " NR " lines" }' "$f"
done | say

# ---- Includes go one way. A folder may include itself, and what its row names.
allowed() {
    case $1 in
    proto/base) echo base ;;
    proto) echo base proto ;;
    client-lib) echo base proto ;;
    daemon/flow | daemon/ledger | daemon/monitor | daemon/store) echo base proto ;;
    daemon/journal) echo base proto store ;;
    daemon/tables) echo base proto ledger/ledger.h store ;;
    daemon/gate | daemon/intake | daemon/verify | daemon/sequence | daemon/reply) echo base proto flow ;;
    *) echo any ;;
    esac
}
for f in $(echo "$sources" | grep -E '^(proto|daemon|client-lib)/'); do
    folder=$(dirname "$f")
    ok=$(allowed "$folder")
    [ "$ok" = any ] && continue
    grep -nE '^#include "[a-z-]+/' "$f" | while IFS=: read -r line text; do
        target=$(echo "$text" | sed -E 's/^#include "([^"]+)".*/\1/')
        stage=${target%%/*}
        [ "daemon/$stage" = "$folder" ] && continue
        case " $ok " in
        *" $stage "* | *" $target "*) ;;
        *) echo "$f:$line: $folder may not include $target" ;;
        esac
    done
done | say

# ---- Calls that truncate, overflow, or hide an error
grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|rand|alloca|tmpnam|mktemp)\(' \
    $(echo "$sources" | grep -vE '^tests/') /dev/null | grep -vE ':[0-9]+:( \*|.*/\*.*\b[a-z]+\()' |
    sed 's/$/   (banned call)/' | say
grep -nE '\b(time|localtime|gmtime|clock_gettime|gettimeofday|malloc|calloc|realloc|free|printf|fprintf|float|double)\(?' \
    $(echo "$sources" | grep -E '^daemon/ledger/.*\.c$' | grep -v memory.c) /dev/null |
    grep -E '\b(time|localtime|gmtime|clock_gettime|gettimeofday|malloc|calloc|realloc|free|printf|fprintf)\(|\b(float|double) ' |
    grep -v '/\*' | sed 's/$/   (the ledger is pure)/' | say

# ---- The ledger's objects link against the project's pure modules and this list, nothing else
if ls "$BUILD"/daemon/ledger/*.o >/dev/null 2>&1; then
    defined=$(nm --defined-only "$BUILD"/daemon/ledger/*.o "$BUILD"/proto/*.o "$BUILD"/proto/base/*.o \
        "$BUILD"/gen/*.o | awk 'NF == 3 {print $3}' | sort -u)
    for o in "$BUILD"/daemon/ledger/*.o; do
        [ "$(basename "$o")" = memory.o ] && continue
        nm -u "$o" | awk '{print $2}' |
            grep -vE '^(memcpy|memset|memcmp|memmove|strlen|strcmp|strncmp|protobuf_c_empty_string|protobuf_c_message_init|__stack_chk_fail|__memcpy_chk|__memset_chk|_GLOBAL_OFFSET_TABLE_)$' |
            grep -vE '^(__asan|__ubsan|__sanitizer|__tsan|__sancov|__start___sanc|__stop___sanc)' |
            grep -vE '^crypto_(generichash|shorthash|core_ed25519)' |
            while read -r symbol; do
                grep -qxF "$symbol" <<<"$defined" || echo "$o: the ledger may not use $symbol"
            done
    done | say
fi

# ---- Words
git grep -nIE '\b(TODO|FIXME|XXX|HACK)\b' -- . ':!tests/tidy.sh' | sed 's/$/   (finish it or leave it out)/' | say
git grep -nIE '/work/|/root/|/home/[a-z]+/' -- . ':!tests/tidy.sh' | sed 's/$/   (path of one machine)/' | say

# ---- Manual pages
if command -v mandoc >/dev/null; then
    mandoc -Tlint -Wwarning $(git ls-files '*.1' '*.3' '*.5' '*.8' README.md | grep -v README) </dev/null 2>&1 | grep -vE 'outdated mandoc|referenced manual not found' | say
fi

sort -u "$found"
count=$(sort -u "$found" | wc -l)
echo "tidy: $count found"
[ "$count" = 0 ]
