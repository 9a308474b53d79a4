#!/bin/bash
# Backups of a ledger that works and is killed meanwhile: whatever a client was told before a backup
# began is in it, a restored ledger proves itself, serves, and gives every answer again. What is
# damaged, cut, of another ledger or not whole is refused, and nothing is ever written over.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/scenario/ledger.sh
CLIENT=$BUILD/tests/scenario/crash_client
ACKS=$WORK/acks
BACKUPS=3
tool() { "$BUILD/saldo" -q "$@"; }
field() { awk -v n="$2" '$1 == n { print $2 }' "$1"; }
refused() # exit code; what it says; command
{
    local code=$1 says=$2
    shift 2
    "$@" >"$WORK/refused.log" 2>&1
    [ $? = "$code" ] || fail "not exit $code: $*"
    grep -q "$says" "$WORK/refused.log" || fail "it does not say $says: $*"
}

make_ledger --simulated
stop_daemon || fail "saldod ended with $?"

echo "backups under load and kills"
ROUNDS=${ROUNDS:-12} "$CLIENT" run "$BUILD/saldod" "$LEDGER" "$ACKS" >"$WORK/run.log" 2>&1 &
LOAD=$!
for i in $(seq $BACKUPS); do
    for _ in $(seq 300); do # until clients were told something more than at the last one
        [ "$(stat -c %s "$ACKS" 2>/dev/null || echo 0)" -gt "$(stat -c %s "$WORK/acks.$((i - 1))" 2>/dev/null || echo 0)" ] &&
            break
        sleep 0.1
    done
    sleep 1
    cp "$ACKS" "$WORK/acks.$i" || fail "no clients at work"
    tool backup "$LEDGER" "$WORK/backup.$i" >"$WORK/backup.$i.log" || fail "backup $i"
done
wait "$LOAD" || fail "crash_client run"
no_errors
[ -s "$WORK/acks.$BACKUPS" ] || fail "nothing was told before the last backup"
for i in $(seq $BACKUPS); do
    [ -z "$(find "$WORK/backup.$i" -perm /077)" ] || fail "others may read a backup"
    [ "$(cd "$WORK/backup.$i" && find . -type f | sort | tr '\n' ' ')" = \
        "./MANIFEST ./journal/data.mdb ./saldod.conf ./tables/data.mdb " ] || fail "files of backup $i"
    tool restore --verify "$WORK/backup.$i" "$WORK/r$i" >"$WORK/restore.log" 2>&1 || fail "restore $i"
    [ "$(field "$WORK/restore.log" last_entry)" = "$(field "$WORK/backup.$i.log" last_entry)" ] ||
        fail "last entry of $i"
    cp -r "$LEDGER/home" "$WORK/r$i/home"
    "$CLIENT" covers "$WORK/r$i" "$WORK/acks.$i" >"$WORK/verify.log" 2>&1 || fail "covers $i"
    echo "backup $i: $(cat "$WORK/verify.log"), through entry $(field "$WORK/restore.log" last_entry)"
done
# What was told after the first backup is not in it, and the same verification must say so.
"$CLIENT" covers "$WORK/r1" "$ACKS" >"$WORK/canary.log" 2>&1 && fail "nobody misses what came later"
grep -q "acknowledged, and lost" "$WORK/canary.log" || fail "the verification says something else"

echo "a restored ledger serves, once its keys are back"
"$BUILD/saldod" run "$WORK/r$BACKUPS" >"$WORK/nokeys.log" 2>&1 && fail "it serves without keys"
grep -q "event=key-file" "$WORK/nokeys.log" || fail "it does not say that keys are missing"
cp "$LEDGER"/keys/* "$WORK/r$BACKUPS/keys/"
OLD=$LEDGER
LEDGER=$WORK/r$BACKUPS
start_daemon || fail "the restored ledger does not start"
saldo status >"$WORK/status.log" || fail "status"
[ "$(field "$WORK/status.log" last_entry)" -ge "$(field "$WORK/restore.log" last_entry)" ] || fail "entries"
stop_daemon || fail "stop"
no_errors
LEDGER=$OLD

echo "refusals"
B=$WORK/backup.1
refused 2 "exists" tool backup "$LEDGER" "$B"
refused 2 "exists" tool restore "$B" "$LEDGER"
ln -s "$WORK/nowhere" "$WORK/link"
for dir in "$WORK/link" "$WORK/link/" "$LEDGER//"; do
    refused 2 "exists" tool restore "$B" "$dir"
done
refused 2 "is empty" tool restore "$B" ""
[ ! -e "$WORK/link.part" ] || fail "copied for a name that is taken"
tool restore "$B" "$WORK/slashes//" >/dev/null || fail "slashes after the name"
[ -d "$WORK/slashes" ] && [ ! -e "$WORK/slashes.part" ] || fail "slashes after the name: which folder"
mkdir "$WORK/none.part"
refused 2 "none.part exists.*remove it" tool backup "$LEDGER" "$WORK/none"
refused 2 "none.part exists.*remove it" tool restore "$B" "$WORK/none"
rmdir "$WORK/none.part"
refused 3 "saldod.conf is missing" tool backup "$WORK" "$WORK/none"
[ ! -e "$WORK/none" ] && [ ! -e "$WORK/none.part" ] || fail "a backup of nothing"
refused 3 "not a backup" tool restore "$LEDGER" "$WORK/x1"
damaged() # what it says; then what to do in a copy of a backup
{
    rm -rf "$WORK/bad" "$WORK/x.part"
    cp -r "$B" "$WORK/bad"
    (cd "$WORK/bad" && eval "$2") || fail "damage"
    refused "$3" "$1" tool restore --verify "$WORK/bad" "$WORK/x"
    [ ! -e "$WORK/x" ] || fail "what was refused has a ledger's name: $1"
}
damaged "its hash" "printf x | dd of=journal/data.mdb bs=1 seek=20000 conv=notrunc status=none" 5
damaged "its hash" "printf x | dd of=tables/data.mdb bs=1 seek=20000 conv=notrunc status=none" 5
damaged "bytes, the manifest says" "truncate -s -4096 journal/data.mdb" 5
damaged "bytes, the manifest says" "echo '# x' >>saldod.conf" 5
damaged "lines are missing" "sed -i /^head=/d MANIFEST" 3
damaged "not a line" "echo last=1 >>MANIFEST" 3
damaged "newer than this program" "sed -i s/^format=1/format=2/ MANIFEST" 3
damaged "or another head" "sed -i s/^last=.*/last=3/ MANIFEST; sed -i s/^watermark=.*/watermark=3/ MANIFEST" 5
damaged "another ledger" "sed -i s/^ledger_id=../ledger_id=zz/\;s/zz/00/ MANIFEST" 5

echo "tables of an older format are left out, and made again"
seal() # FOLDER FILE: the manifest's hash and size of a file that was changed
{
    local hash
    hash=$(python3 -c 'import hashlib, sys; print(hashlib.blake2b(open(sys.argv[1], "rb").read(), digest_size=32).hexdigest())' \
        "$1/$2/data.mdb")
    sed -i "s/^$2_hash=.*/$2_hash=$hash/; s/^$2_bytes=.*/$2_bytes=$(stat -c %s "$1/$2/data.mdb")/" "$1/MANIFEST"
}
cp -r "$WORK/backup.$BACKUPS" "$WORK/older"
LC_ALL=C sed -i 's/format\x00\x00\x00./format\x00\x00\x00\x03/g' "$WORK/older/tables/data.mdb"
cmp -s "$WORK/older/tables/data.mdb" "$WORK/backup.$BACKUPS/tables/data.mdb" && fail "no format in the tables"
seal "$WORK/older" tables
"$BUILD/saldo" restore --verify "$WORK/older" "$WORK/ro" >"$WORK/older.log" 2>&1 || fail "older tables"
grep -q "left out" "$WORK/older.log" || fail "it does not say that tables were left out"
[ ! -e "$WORK/ro/tables/data.mdb" ] || fail "older tables were kept"
cp "$OLD"/keys/* "$WORK/ro/keys/"
cp -r "$OLD/home" "$WORK/ro/home"
LEDGER=$WORK/ro
start_daemon || fail "the ledger without tables does not start"
stop_daemon || fail "stop"
no_errors
"$CLIENT" covers "$WORK/ro" "$WORK/acks.$BACKUPS" >"$WORK/verify.log" 2>&1 || fail "covers without tables"
refused 5 "start the daemon" tool backup "$WORK/older" "$WORK/none"
LEDGER=$OLD

# A head of another content than the one that was signed, in a backup whose hashes fit again.
rm -rf "$WORK/bad"
cp -r "$B" "$WORK/bad"
"$CLIENT" plant flip "$WORK/bad" "$WORK/acks.1" || fail "plant"
rm -f "$WORK"/bad/*/lock.mdb "$WORK"/bad/*/writer.lock
seal "$WORK/bad" journal
tool restore "$WORK/bad" "$WORK/unproved" >"$WORK/unproved.log" 2>&1 || fail "the forgery shows without a replay"
refused 5 "never serve it" tool restore --verify "$WORK/bad" "$WORK/x2"

[ ! -e "$WORK/x2" ] || fail "a forgery has a ledger's name"

echo "killed while it restores: a ledger with its name is whole"
for ms in 2 5 10 20 40 80 160 320; do
    rm -rf "$WORK/k" "$WORK/k.part"
    timeout -s KILL "$(awk -v ms=$ms 'BEGIN { print ms / 1000 }')" "$BUILD/saldo" -q restore --verify "$B" "$WORK/k" \
        >/dev/null 2>&1
    [ ! -e "$WORK/k" ] || for file in journal/data.mdb tables/data.mdb saldod.conf; do
        cmp -s "$B/$file" "$WORK/k/$file" || fail "killed after $ms ms: $file"
    done
done
[ ! -e "$WORK/k.part" ] || refused 2 "k.part exists" tool restore "$B" "$WORK/k"

echo "dated ones, of which the newest are kept"
mkdir "$WORK/dated"
touch "$WORK/dated/notes"
for _ in 1 2 3; do
    tool backup "$LEDGER" "$WORK/dated" --dated --keep 2 >/dev/null || fail "dated"
    sleep 1.1
done
[ "$(find "$WORK/dated" -mindepth 1 -maxdepth 1 -name '*Z' | wc -l)" = 2 ] || fail "two are kept"
[ -e "$WORK/dated/notes" ] || fail "something else was removed"
refused 2 "goes with --dated" tool backup "$LEDGER" "$WORK/k" --keep 2
echo "ok"
