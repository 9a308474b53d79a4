#!/bin/bash
# The pilots of 2018, from signed request to settled balance, on a ledger of your own.
# usage: demo.sh BUILD
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
build=$here/$1
pilot=$here/tests/pilot
folder=$(mktemp -d)
daemon=
finish() {
    if [ -n "$daemon" ]; then
        kill "$daemon" 2>/dev/null && wait "$daemon" 2>/dev/null
    fi
    rm -rf "$folder"
}
trap finish EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
saldo() { "$build/saldo" --home "$folder/ledger/home" "$@"; }
euros() { awk -v c="$1" 'BEGIN { printf "%s%d.%02d", c < 0 ? "-" : "", (c < 0 ? -c : c) / 100, (c < 0 ? -c : c) % 100 }'; }

say "1. A simulated ledger is made and started"
port=$((20000 + RANDOM % 20000))
"$build/saldod" init "$folder/ledger" --simulated --listen "tcp://127.0.0.1:$port" >/dev/null
"$build/saldod" run "$folder/ledger" 2>"$folder/log" &
daemon=$!
for _ in $(seq 100); do
    saldo --deadline 1 status >/dev/null 2>&1 && break
    kill -0 "$daemon" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.1
done
echo "saldod listens on 127.0.0.1:$port (ZeroMQ with CURVE); its journal is in LMDB."
echo "Its clock comes from the requests, and every receipt says that it is simulated."

say "2. The county's catalogue and 102 vouchers are imported, as signed commands"
saldo import "$pilot"

say "3. Autumn 2018: 24 providers send what they delivered, each charge signed by its provider"
saldo submit "$pilot/events.csv" --answers "$folder/answers.csv" --receipts "$folder/receipts" >/dev/null
saldo -q settle 2018-11-30 >/dev/null
awk -F, 'NR > 1 { n[$4]++; if ($4 == "ACCEPTED") ok++; else no++ }
    END { printf "%d answered: %d accepted, %d refused at the moment of the charge, because:\n", ok + no, ok, no
          for (c in n) if (c != "ACCEPTED") printf "  %5d  %s\n", n[c], c | "sort -rn" }' "$folder/answers.csv"
if cut -d, -f1-6 "$folder/answers.csv" | cmp -s - "$pilot/expected/answers.csv"; then
    echo "Every answer is the expected one (tests/pilot/expected/answers.csv)."
else
    echo "NOT every answer is the expected one." >&2
    exit 1
fi

voucher=000100278S
say "4. One client's month: voucher $voucher, a personal budget of 200 euros a month, September 2018"
printf '  %-12s %12s %12s %12s\n' 'after night' posted pending available
for day in 2018-09-01 2018-09-05 2018-09-10 2018-09-15 2018-09-20 2018-09-30; do
    saldo --csv balance $voucher --as-of $day | awk -F, 'NR == 2 {
        printf "  %-12s %12.2f %12.2f %12.2f\n", $1, $4 / 100, $5 / 100, $6 / 100 }'
done

say "5. What the county owes to its providers after the last night, in euros"
saldo --csv payables | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    { sum += $at["cents"]; n++ }
    n <= 6 { printf "  %-10s %-8s %12.2f\n", $at["organiser"], $at["provider"], $at["cents"] / 100 }
    END { printf "  %-19s %12.2f  (%d providers)\n", "together", sum / 100, n }'

say "6. A receipt, verified with nothing but the ledger's public key"
receipt=$(awk -F, '$4 == "ACCEPTED" { print $3; exit }' "$folder/answers.csv")
saldo receipt verify "$folder/receipts/$receipt.receipt"

say "Where to look next"
cat <<'NEXT'
  README.md                 what Saldo is, and a map of the folders
  client-lib/example.c      the smallest complete program that charges a voucher
  daemon/ARCHITECTURE.md    how the ledger is built, and what a crash leaves at each step
  daemon/RULES.md           every rule a charge is judged by
  make test                 the tests that show it
NEXT
