"""TigerBeetle's own benchmark, where its binary is given; prints a line of JSON.

usage: tigerbeetle.py BINARY FOLDER

It runs in FOLDER, on the disk of the others, once with its largest batch and once with batches of
one. Its transfers are not signed and know none of the rules of a charge. Only the reading of its
output is tested here, with a stand-in for the binary."""
import json
import re
import subprocess
import sys

RUNS = (("batches of 8189", 8189, 2000000), ("batches of 1", 1, 20000))


def parse(output):
    """Figures of a run: lines "load accepted = 210000 tx/s" and "batch latency p50 = 31 ms"."""
    found = dict(re.findall(r"^\s*(load accepted|batch latency p50|batch latency p99)\s*=\s*"
                            r"([\d_,.]+)", output, re.M))
    if len(found) != 3:
        raise ValueError("tigerbeetle: cannot read the output of its benchmark:\n" + output)
    number = {k: float(v.replace("_", "").replace(",", "")) for k, v in found.items()}
    return {"per_s": number["load accepted"], "p50_ms": number["batch latency p50"],
            "p99_ms": number["batch latency p99"]}


def run(binary, folder):
    result = {"version": subprocess.run([binary, "version"], cwd=folder, check=True, text=True,
                                        capture_output=True).stdout.strip()}
    for name, size, count in RUNS:
        done = subprocess.run([binary, "benchmark", f"--transfer-batch-size={size}",
                               f"--transfer-count={count}"], cwd=folder, check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        result[name] = parse(done.stdout)
    return result


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], sys.argv[2])))
