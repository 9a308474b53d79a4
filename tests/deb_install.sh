#!/bin/bash
# The Debian packages in a folder, installed by apt into a new Debian 12 in a folder of its own: users,
# folders and units come about, a ledger can be made, removal leaves the ledger and nothing that
# starts by itself, purge too. Downloads a Debian of 100 MB and takes minutes. Needs root and
# mmdebstrap; without them it is skipped (77).
set -u
fail() { echo "FAILED: $*" >&2; exit 1; }

# ---- Outside -------------------------------------------------------------------------------------

if [ "${1:-}" != --inside ]; then
    D=$(cd "$1" && pwd) || exit 1
    [ "$(id -u)" = 0 ] || { echo "not root: the packages are not installed anywhere"; exit 77; }
    command -v mmdebstrap >/dev/null || { echo "mmdebstrap is missing: the packages are not installed anywhere"; exit 77; }
    W=$(mktemp -d "${TMPDIR:-/tmp}/deb.XXXXXX") || exit 1
    trap 'rm -rf "$W"' EXIT
    sources=()
    for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        if [ -s "$f" ] && grep -q bookworm "$f"; then sources+=("$f"); fi
    done
    debs=$(cd "$D" && ls ./*.deb | grep -v dbgsym)
    mkdir "$W/saldo-packages"
    (cd "$D" && cp $debs "$W/saldo-packages") && cp "$0" "$W/saldo-packages/inside.sh" || fail "copying the packages"
    echo "a new Debian, and the packages in it"
    # The hook has apt, /proc and the lists of packages; all of it is gone afterwards.
    TMPDIR=$W mmdebstrap --quiet --variant=minbase --include=systemd \
        --customize-hook="copy-in $W/saldo-packages /srv" \
        --customize-hook='chroot "$1" bash /srv/saldo-packages/inside.sh --inside' \
        bookworm /dev/null "${sources[@]}" >"$W/log" 2>&1
    rc=$?
    grep '^inside:' "$W/log"
    [ "$rc" = 0 ] || { grep -v '^inside:' "$W/log" | tail -n 30; fail "see above"; }
    echo "ok: installed, used, removed, purged and installed again"
    exit 0
fi

# ---- Inside --------------------------------------------------------------------------------------

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
say() { echo "inside: $*"; }
cd /srv/saldo-packages || exit 1
LEDGER=/var/lib/saldo
ENABLED="saldod.service saldo-settle.timer saldo-backup.timer"

install_all() { apt-get install -y --no-install-recommends ./*.deb || fail "apt cannot install them"; }
enabled() { systemctl is-enabled "$1" 2>/dev/null; }
starts_by_itself() { find /etc/systemd -name 'saldo*' | grep . ; }

check_installed() {
    for user in saldo saldo-settle; do
        getent passwd "$user" >/dev/null || fail "no user $user"
        [ "$(getent passwd "$user" | cut -d: -f7)" = /usr/sbin/nologin ] || fail "$user can log in"
    done
    for pair in /var/lib/saldo:saldo /var/backups/saldo:saldo /var/lib/saldo-settle:saldo-settle; do
        [ "$(stat -c '%a %U %G' "${pair%:*}")" = "700 ${pair#*:} ${pair#*:}" ] || fail "${pair%:*}: $(stat -c '%a %U %G' "${pair%:*}")"
    done
    for unit in $ENABLED; do
        [ "$(enabled "$unit")" = enabled ] || fail "$unit is '$(enabled "$unit")'"
    done
    systemd-analyze verify --man=no /lib/systemd/system/saldo*.service /lib/systemd/system/saldo*.timer || fail "systemd does not take a unit"
    for program in /usr/sbin/saldod /usr/bin/saldo; do
        ! ldd "$program" | grep 'not found' || fail "$program lacks a library"
    done
    version=$(dpkg-query -W -f='${Version}' saldod)
    [ "$(saldod --version)" = "saldod $version" ] || fail "saldod --version: $(saldod --version)"
    saldo --version | grep -q "$version" || fail "saldo --version: $(saldo --version)"
}

install_all
check_installed
say "installed: users, folders, units, programs"

as_saldo() { runuser -u saldo -- "$@"; }
as_saldo saldod init "$LEDGER" --organiser kainuu --organiser-name 'Kainuun hyvinvointialue' \
    --business-id 3221347-3 --allow-unsafe-fs || fail "saldod init"
as_saldo saldod check "$LEDGER" || fail "saldod check"
as_saldo saldo -q backup "$LEDGER" /var/backups/saldo/first || fail "saldo backup"
find "$LEDGER" -type f -exec sha256sum {} + | sort >/srv/before
[ -s /srv/before ] || fail "no ledger"
say "a ledger is made, checked and backed up by the user saldo"

ledger_is_kept() {
    find "$LEDGER" -type f -exec sha256sum {} + | sort | cmp -s - /srv/before || fail "$1 changed the ledger"
    [ -s /var/backups/saldo/first/MANIFEST ] || fail "$1 took the backup"
}
apt-get remove -y saldod saldo-tools libsaldo0 libsaldo-dev || fail "apt cannot remove them"
[ ! -e /usr/sbin/saldod ] && [ ! -e /usr/bin/saldo ] && [ ! -e /usr/include/saldo.h ] || fail "a program is left"
[ -z "$(find /lib/systemd/system /usr/lib/systemd/system -name 'saldo*')" ] || fail "a unit is left"
ledger_is_kept "removal"
say "removed: the ledger and its backup stay"

dpkg --purge saldod saldo-tools libsaldo0 libsaldo-dev || fail "dpkg cannot purge them"
! starts_by_itself || fail "something would still start"
[ -z "$(dpkg-query -W -f='${Package} ' 'saldo*' 'libsaldo*' 2>/dev/null | tr -d ' ')" ] || fail "dpkg still knows $(dpkg-query -W 'saldo*' 'libsaldo*')"
ledger_is_kept "purge"
getent passwd saldo >/dev/null || fail "purge took the user, whose files are still there"
say "purged: the ledger and its backup stay, nothing starts"

install_all
check_installed
ledger_is_kept "a second installation"
as_saldo saldod check "$LEDGER" || fail "saldod check after it"
say "installed again: the same ledger"
