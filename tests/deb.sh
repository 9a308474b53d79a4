#!/bin/bash
# The Debian packages in a folder: lintian has nothing to say, they hold what they should, users and
# folders come about as the units need them, the daemon runs from them, and a program links against
# the library. Nothing is installed on this machine: all goes into a folder of its own.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
D=$(cd "$1" && pwd)
ROOT=$(mktemp -d "${TMPDIR:-/tmp}/deb.XXXXXX") || exit 1
trap 'rm -rf "$ROOT"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

echo "lintian"
lintian --fail-on error,warning --suppress-tags bad-distribution-in-changes-file "$D"/*.changes ||
    fail "lintian"

echo "contents"
for deb in "$D"/*.deb; do
    case $deb in *-dbgsym_*) continue ;; esac
    mkdir -p "$ROOT/control"
    dpkg-deb -x "$deb" "$ROOT" || fail "$deb"
    dpkg-deb -e "$deb" "$ROOT/control/$(basename "$deb" | cut -d_ -f1)" || fail "$deb"
done
lib=$(echo "$ROOT"/usr/lib/*-linux-gnu*)
for f in usr/sbin/saldod usr/bin/saldo usr/include/saldo.h usr/share/man/man8/saldod.8.gz \
    usr/share/man/man5/saldod.conf.5.gz usr/share/man/man1/saldo.1.gz usr/share/man/man3/libsaldo.3.gz \
    usr/share/bash-completion/completions/saldo usr/share/doc/saldod/OPERATIONS.md.gz \
    usr/lib/sysusers.d/saldod.conf usr/lib/tmpfiles.d/saldod.conf; do
    [ -s "$ROOT/$f" ] || fail "$f is missing"
done
for f in libsaldo.so.0 libsaldo.so libsaldo.a pkgconfig/libsaldo.pc; do
    [ -s "$lib/$f" ] || fail "$f is missing"
done
grep -q '@' "$lib/pkgconfig/libsaldo.pc" && fail "libsaldo.pc was not filled in"
[ "$("$ROOT/usr/sbin/saldod" --version)" = "saldod $(sed -n 's/^saldo (\(.*\)) .*/\1/p' "$here/debian/changelog" | head -n 1)" ] ||
    fail "the program's version is not the package's"

echo "scripts"
for script in "$ROOT"/control/*/{preinst,postinst,prerm,postrm}; do
    [ ! -e "$script" ] || sh -n "$script" || fail "$script"
done
grep -q 'systemd-sysusers.* saldod.conf' "$ROOT/control/saldod/postinst" || fail "postinst makes no users"
grep -q 'systemd-tmpfiles.* saldod.conf' "$ROOT/control/saldod/postinst" || fail "postinst makes no folders"
for unit in saldod.service saldo-settle.timer saldo-backup.timer; do
    grep -q "deb-systemd-helper enable.*$unit\|$unit" "$ROOT/control/saldod/postinst" || fail "$unit is not enabled"
done
# Users before folders: the folders belong to them.
awk '/systemd-sysusers/ && !u { u = NR } /systemd-tmpfiles/ && !t { t = NR } END { exit !(u && t && u < t) }' \
    "$ROOT/control/saldod/postinst" || fail "folders before users"

echo "users and folders"
mkdir -p "$ROOT/etc" "$ROOT/var/lib" "$ROOT/var/backups"
printf 'root:x:0:0::/root:/bin/sh\n' >"$ROOT/etc/passwd"
printf 'root:x:0:\n' >"$ROOT/etc/group"
systemd-sysusers --root="$ROOT" saldod.conf >/dev/null 2>&1 || fail "systemd-sysusers"
for user in saldo saldo-settle; do
    grep -q "^$user:" "$ROOT/etc/passwd" || fail "no user $user"
    grep -q "^$user:" "$ROOT/etc/group" || fail "no group $user"
done
for unit in "$ROOT"/lib/systemd/system/*.service; do
    user=$(sed -n 's/^User=//p' "$unit")
    grep -q "^$user:" "$ROOT/etc/passwd" || fail "$(basename "$unit") runs as nobody we make"
    program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")
    [ -x "$ROOT$program" ] || fail "$(basename "$unit") starts $program"
done
if [ "$(id -u)" = 0 ]; then
    systemd-tmpfiles --root="$ROOT" --create saldod.conf >/dev/null 2>&1 || fail "systemd-tmpfiles"
    owner() { awk -F: -v n="$1" '$1 == n { print $3 }' "$ROOT/etc/passwd"; }
    for pair in var/lib/saldo:saldo var/backups/saldo:saldo var/lib/saldo-settle:saldo-settle; do
        [ "$(stat -c '%a %u' "$ROOT/${pair%:*}")" = "700 $(owner "${pair#*:}")" ] ||
            fail "${pair%:*}: $(stat -c '%a %u' "$ROOT/${pair%:*}")"
    done
fi

echo "it runs"
"$ROOT/usr/sbin/saldod" init "$ROOT/ledger" --simulated --allow-unsafe-fs >/dev/null || fail "init"
"$ROOT/usr/sbin/saldod" check "$ROOT/ledger" >/dev/null 2>&1 || fail "check"
"$ROOT/usr/bin/saldo" -q backup "$ROOT/ledger" "$ROOT/backup" >/dev/null || fail "backup"
cc -o "$ROOT/example" "$ROOT/usr/share/doc/libsaldo-dev/examples/example.c" \
    $(PKG_CONFIG_SYSROOT_DIR=$ROOT PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --cflags --libs libsaldo) ||
    fail "a program does not link"
LD_LIBRARY_PATH=$lib ldd "$ROOT/example" | grep -q "$lib/libsaldo.so.0" || fail "another library is linked"
echo "ok: $(cd "$D" && ls ./*.deb | grep -vc dbgsym) packages"
