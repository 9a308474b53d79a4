"""Instructions a charge takes in Saldo's own code, counted by callgrind; see instructions.txt.

usage: instructions.py BUILD FOLDER            compare with the file; exit 1 where a count grew
       instructions.py BUILD FOLDER --renew    write the file

Only the program's own code is counted: libsodium and the C library choose theirs by the processor,
and would give other figures on another machine. A count may differ by 5 % from the file's."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(HERE, "instructions.txt")
LIMIT = 0.05
# name: vouchers, requests, charges each
RUNS = {"batched charge": (2000, 2, 8192), "single charge": (2000, 400, 1)}


def own_instructions(path, program):
    """Sum of what callgrind counted in functions of the program itself, calls into it apart."""
    names, total, ours, skip = {}, 0, False, False
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            if line.startswith(("ob=", "cob=")):  # a name stands where its number comes first
                number, _, name = line.split("=", 1)[1].strip().partition(" ")
                names.setdefault(number, name)
                if line[0] == "o":
                    ours = os.path.basename(names[number]) == program
            elif line.startswith("calls="):
                skip = True  # the next line is what the callee took
            elif line[:1] in "0123456789+-*":
                if ours and not skip:
                    total += int(line.split()[1])
                skip = False
    return total


def count(build, folder, vouchers, requests, items):
    out = os.path.join(folder, "callgrind.out")
    program = os.path.join(build, "tests/bench/bench_apply")
    subprocess.run(
        ["valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=" + out,
         "--toggle-collect=run_batch", program, str(vouchers), str(requests), str(items)],
        check=True, stdout=subprocess.DEVNULL)
    counted = own_instructions(out, "bench_apply")
    if counted == 0:
        sys.exit("instructions: callgrind has counted nothing in " + out)
    return counted / (requests * items)


def read():
    with open(FILE, encoding="utf-8") as f:
        rows = [line.split(":") for line in f if line.strip() and not line.startswith("#")]
    return {name.strip(): int(number) for name, number in rows}


def write(counts):
    with open(FILE, "w", encoding="utf-8") as f:
        f.write("# Instructions of Saldo's own code (release build, gcc 12) from the frame to the leaf\n"
                "# of the receipt tree: verify, prepare, apply. Written by `make instructions`;\n"
                "# tests/scenario/test_instructions.sh holds the code to it.\n")
        f.writelines(f"{name}: {number:.0f}\n" for name, number in counts.items())


def compare(counts, known):
    grown = False
    for name, number in counts.items():
        before = known.get(name)
        if before is None:
            print(f"{name}: {number:.0f} instructions, and no count in the file")
            grown = True
            continue
        change = number / before - 1
        print(f"{name}: {number:.0f} instructions, {before} in the file, {100 * change:+.1f} %")
        if change > LIMIT:
            grown = True
        elif change < -LIMIT:
            print("  it got cheaper: `make instructions` keeps it so")
    if grown:
        print("More instructions than tests/bench/instructions.txt says. `make profile` shows where they\n"
              "are. If they are worth it: `make instructions`, and commit the file with the change.")
    return 1 if grown else 0


def main():
    build, folder = sys.argv[1:3]
    counts = {name: count(build, folder, *run) for name, run in RUNS.items()}
    if "--renew" in sys.argv[3:]:
        write(counts)
        return 0
    return compare(counts, read())


if __name__ == "__main__":
    sys.exit(main())
