"""The runs of `make bench-peers`, in turns, and their report. Called by peers.sh, which has started
both servers; all settings come from its environment."""
import glob
import json
import os
import statistics
import subprocess
import sys

import plot

E = os.environ
WORK, OUT = E["WORK"], E["OUT"]
SECONDS, ROUNDS, VOUCHERS = float(E["RUN_SECONDS"]), int(E["ROUNDS"]), int(E["V"])
ITEMS = {"Saldo": 8192, "PostgreSQL": 8000}
SHARES = (0.25, 0.5, 0.75)  # of what each reached at full load
SLOTS = 96                  # quarters of an hour of each voucher a run may use
salt = 0
taken = {"singles": 0, "batches": 0}


def say(line):
    print(line, file=sys.stderr, flush=True)


def saldo(kind, seconds, rate, guess):
    """rate: charges/s, or 0 for as many as there can be; guess: how many that may be."""
    global salt
    salt += 1
    items, connections = (1, 64) if kind == "singles" else (ITEMS["Saldo"], 4)
    count = max(int((rate or guess) * seconds / items), 4 * connections if items == 1 else 12)
    per_s = ["%.3f" % (rate / items)] if rate else ["0"]
    line = subprocess.run(
        [E["LOAD"], E["SALDO"], "single" if items == 1 else "batch", str(VOUCHERS), str(count),
         str(connections), "2026-03-15", str(salt - 1)] + per_s + [str(SLOTS)],
        check=True, text=True, stdout=subprocess.PIPE).stdout
    got = dict(f.split("=", 1) for f in line.split())
    if got["refused"] != "0":
        sys.exit("peers: Saldo refused charges: " + line)
    return {"per_s": float(got["charges_per_s"]), "p50_ms": float(got["p50_ms"]),
            "p99_ms": float(got["p99_ms"])}


def postgres(kind, clients, seconds, rate):
    """One pgbench; its log has each transaction's time, with a rate from when it was due."""
    script = os.path.join(WORK, "charge.sql" if kind == "singles" else "batch.sql")
    items = 1 if kind == "singles" else ITEMS["PostgreSQL"]
    prefix = os.path.join(WORK, "pgbench")
    for old in glob.glob(prefix + ".*"):
        os.remove(old)
    pace = ["-R", "%.3f" % (rate / items)] if rate else []
    done = subprocess.run(
        [E["PGBIN"] + "/pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2",
         "-T", str(max(int(seconds), 1)), "-l", "--log-prefix=" + prefix, "-f", script,
         "-D", "n=-1", "-D", f"clients={clients}", "-D", f"base={taken[kind]}"] + pace,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit("peers: pgbench: " + done.stdout[-2000:])
    each, ms, begins, ends = {}, [], [], []
    for name in glob.glob(prefix + ".*"):
        with open(name, encoding="ascii") as log:
            for line in log:
                f = line.split()
                each[f[0]] = each.get(f[0], 0) + 1
                ms.append(int(f[2]) / 1e3)
                ends.append(int(f[4]) + int(f[5]) / 1e6)
                begins.append(ends[-1] - ms[-1] / 1e3)
    if not ms:
        sys.exit(f"peers: PostgreSQL finished nothing in {seconds:g} s: more RUN_SECONDS, please")
    taken[kind] += (max(each.values()) + 1) * clients
    ms.sort()
    took = max(ends) - min(begins)
    return {"per_s": len(ms) * items / took, "p50_ms": ms[len(ms) // 2],
            "p99_ms": ms[len(ms) * 99 // 100]}


def best_clients(kind, counts):
    tried = {c: postgres(kind, c, SECONDS, 0)["per_s"] for c in counts}
    for c, per_s in tried.items():
        say(f"PostgreSQL, {kind}, {c} clients: {per_s:,.0f}/s")
    return max(tried, key=tried.get), tried


def medians(runs):
    return {k: statistics.median(r[k] for r in runs) for k in runs[0]}


def in_turns(kind, clients, rates, guess):
    """A B A B ...: each round has one run of each peer. rates 0: full load."""
    def long_enough(peer):  # for five requests at its rate
        items = ITEMS[peer] if kind == "batches" else 1
        return max(SECONDS, 5 * items / rates[peer]) if rates[peer] else SECONDS

    runs = {"Saldo": [], "PostgreSQL": []}
    for _ in range(ROUNDS):
        runs["Saldo"].append(saldo(kind, long_enough("Saldo"), rates["Saldo"], guess))
        runs["PostgreSQL"].append(
            postgres(kind, clients, long_enough("PostgreSQL"), rates["PostgreSQL"]))
    for peer, all_runs in runs.items():
        runs[peer] = dict(medians(all_runs), runs=all_runs)
        runs[peer]["offered"] = rates[peer] or runs[peer]["per_s"]
        say("%-10s %-7s %9.0f/s offered %9.0f/s reached, p50 %8.2f ms, p99 %8.2f ms" % (
            peer, kind, runs[peer]["offered"], runs[peer]["per_s"], runs[peer]["p50_ms"],
            runs[peer]["p99_ms"]))
    return runs


def measure():
    points, chosen = {}, {}
    for kind, counts in (("singles", (4, 8, 16, 32, 64)), ("batches", (1, 2, 4))):
        clients, tried = best_clients(kind, counts)
        chosen[kind] = {"clients": clients, "tried": tried}
        guess = saldo(kind, 0.5, 0, 4000 if kind == "singles" else 300000)["per_s"]
        full = in_turns(kind, clients, {"Saldo": 0, "PostgreSQL": 0}, guess)
        for peer, result in full.items():
            points[peer, kind] = [result]
        for share in SHARES:
            rates = {peer: full[peer]["per_s"] * share for peer in full}
            for peer, result in in_turns(kind, clients, rates, guess).items():
                points[peer, kind].append(result)
    return points, chosen


# ---- The report -----------------------------------------------------------------------------------

def row(cells):
    return "| " + " | ".join(cells) + " |\n"


def figures(name, p, ratio=""):
    return row([name, f'{p["offered"]:,.0f}', f'{p["per_s"]:,.0f}', f'{p["p50_ms"]:.2f}',
                f'{p["p99_ms"]:.2f}', ratio])


def tables(points):
    full = {key: at[0] for key, at in points.items()}
    base = full["PostgreSQL", "singles"]["per_s"]
    md = "## At full load\n\n" + row(["", "charges/s", "to PostgreSQL, same kind",
                                     "to PostgreSQL, one by one"]) + "|---|---|---|---|\n"
    for peer, kind in full:
        per_s = full[peer, kind]["per_s"]
        md += row([f"{peer}, {kind}", f"{per_s:,.0f}",
                   f'{per_s / full["PostgreSQL", kind]["per_s"]:.2f}', f"{per_s / base:.2f}"])
    md += "\n## By load\n\n" + row(["", "offered/s", "reached/s", "p50 ms", "p99 ms",
                                   "p99 to the other's"]) + "|---|---|---|---|---|---|\n"
    for peer, kind in full:
        other = "PostgreSQL" if peer == "Saldo" else "Saldo"
        for i, p in sorted(enumerate(points[peer, kind]), key=lambda x: x[1]["offered"]):
            share = 100 if i == 0 else int(100 * SHARES[i - 1])
            md += figures(f"{peer}, {kind}, {share} %", p,
                          f'{p["p99_ms"] / points[other, kind][i]["p99_ms"]:.2f}')
    return md


def tiger_table(tiger):
    if tiger is None:
        return ("\n## TigerBeetle\n\nNot measured: TIGERBEETLE=/path/to/tigerbeetle runs its own "
                "benchmark beside these.\n")
    md = f'\n## TigerBeetle ({tiger["version"]}), its own benchmark\n\n'
    md += row(["", "transfers/s", "p50 ms", "p99 ms"]) + "|---|---|---|---|\n"
    for name, p in tiger.items():
        if name != "version":
            md += row([name, f'{p["per_s"]:,.0f}', f'{p["p50_ms"]:g}', f'{p["p99_ms"]:g}'])
    return md


def main():
    tiger = json.loads(E["TIGER_JSON"]) if E.get("TIGER_JSON") else None
    points, chosen = measure()
    parameters = (f"{VOUCHERS:,} vouchers; {ROUNDS} rounds in turns, {SECONDS:g} s a run, medians. "
                  f'PostgreSQL: {chosen["singles"]["clients"]} clients one by one, '
                  f'{chosen["batches"]["clients"]} with batches of {ITEMS["PostgreSQL"]:,}, the '
                  f"best of those tried; unix socket, nothing signed, the charges stand in a table "
                  f"of the database already. Saldo: 64 connections, 4 with batches of "
                  f'{ITEMS["Saldo"]:,}; CURVE over TCP, every request signed. Both durable before '
                  f"they answer; clients on the same machine.")
    md = "# Saldo and its peers\n\n" + E["MACHINE"] + "\n\n" + parameters + "\n\n"
    md += tables(points) + tiger_table(tiger)
    md += "\n![throughput and latency against load](peers.svg)\n"
    with open(OUT + "/peers.md", "w", encoding="utf-8") as f:
        f.write(md)
    with open(OUT + "/peers.svg", "w", encoding="utf-8") as f:
        f.write(plot.plot(points))
    with open(OUT + "/peers.json", "w", encoding="utf-8") as f:
        json.dump({"machine": E["MACHINE"].split("\n"), "parameters": parameters, "clients": chosen,
                   "tigerbeetle": tiger, "points": {" ".join(k): v for k, v in points.items()}}, f,
                  indent=1)
    print(md)


if __name__ == "__main__":
    main()
