#!/usr/bin/env python3
"""Flip comparisons in the rules, one at a time, and see whether the tests notice.

usage: make mutation [SAMPLE=N] [SEED=N] [FILES='daemon/ledger/charge.c ...']

Each mutant is one operator of a source below daemon/ledger turned into its neighbour (< into <=,
== into !=, && into ||, ...). Only its source is compiled again, into a libledger.so of its own, and
the tests, which take the ledger from there, run one after another until one fails: first the one
that noticed the last mutant of that source, then the quickest, in the end a long run of the model.
A mutant that does not compile or runs for ever has been noticed too. One of which the compiler
makes the same code is none. Survivors are printed with file, line and both texts.
Exit code 1: fewer than --least percent were noticed.
A comment "mutation: why" on a line says that no test can tell the difference there, and why."""

import argparse
import collections
import concurrent.futures
import glob
import hashlib
import os
import re
import resource
import shlex
import subprocess
import sys
import tempfile
import time

FLIPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}
# Operators that stand between spaces, as clang-format puts them: no ->, <<, >> or #include.
OPERATOR = re.compile(r"(?<= )(<=|>=|==|!=|&&|\|\||<|>)(?= |$)")
# What makes no decision: encodings of rows, memory, lookups ahead, and checks that only abort.
LEFT_OUT = re.compile(r"rows.*\.c|memory\.c|index\.c|charge_store\.c|lookup\.c|audit\.c|query.*\.c|"
                      r"freeze\.c|table\.c|fetch\.c")
MODEL = "sim/test_model"
STEPS_SHORT, STEPS_LONG = 2000, int(os.environ.get("STEPS", "100000"))
# Slower by so many times than unchanged is for ever; and so many seconds, for a busy machine.
SLOWER, SLOWER_S = 10, 20
MEMORY_MAX = 8 << 30  # bytes of address space, for what allocates for ever

Mutant = collections.namedtuple("Mutant", "path number column old new line")


def mutants_of(path):
    """Each operator that may be flipped."""
    in_comment = False
    with open(path, encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            text = re.sub(r'"(\\.|[^"\\])*"', lambda m: "_" * len(m.group()), line)
            text = re.sub(r"/\*.*?\*/", lambda m: "_" * len(m.group()), text)
            if in_comment:
                in_comment = "*/" not in text
                continue
            if "/*" in text:
                in_comment = True
                text = text.split("/*")[0]
            if "CHECK(" in text or "mutation:" in line or text.startswith("#"):
                continue
            for found in OPERATOR.finditer(text):
                old = found.group()
                yield Mutant(path, number, found.start(), old, FLIPS[old], line)


def source_of(path, mutant=None):
    """The text to compile, with the mutant's operator in its place."""
    with open(path, encoding="utf-8") as source:
        lines = source.readlines()
    if mutant is not None:
        line, end = lines[mutant.number - 1], mutant.column + len(mutant.old)
        lines[mutant.number - 1] = line[:mutant.column] + mutant.new + line[end:]
    return f'# 1 "{path}"\n' + "".join(lines)


def succeeds(command, seconds=None, text=None, **environment):
    """True: it ended with 0 in time."""
    try:
        return subprocess.run(command, timeout=seconds, check=False, input=text, text=True,
                              env=dict(os.environ, **environment), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0
    except subprocess.TimeoutExpired:
        return False


class Tests:
    """The programs, the quickest first, and which of them has noticed what."""

    def __init__(self, build):
        self.build = build
        programs = sorted(os.path.relpath(p, f"{build}/mutation") for p in
                          glob.glob(f"{build}/mutation/*/test_*"))
        self.runs = [(p, STEPS_SHORT) for p in programs] + [(MODEL, STEPS_LONG)]
        self.last = {}
        self.noticed = collections.Counter()
        self.seconds = {}
        for one in self.runs:
            begin = time.monotonic()
            if not self.passes(one, f"{build}/mutation"):
                sys.exit(f"mutation: {one[0]} fails before anything is changed")
            self.seconds[one] = time.monotonic() - begin
        self.runs.sort(key=self.seconds.get)

    def passes(self, one, library):
        program, steps = one
        limit = self.seconds.get(one)
        return succeeds([f"{self.build}/mutation/{program}"], limit and SLOWER * limit + SLOWER_S,
                        LD_LIBRARY_PATH=library, SEED="1", STEPS=str(steps))

    def notice(self, path, library):
        """Run them until one fails; True: one did."""
        last = self.last.get(path)
        for one in sorted(self.runs, key=lambda r: r != last):
            if not self.passes(one, library):
                self.last[path] = one
                self.noticed[one] += 1
                return True
        return False


class Builder:
    """Compiles a source, and links a libledger.so with it in the place of the right one."""

    def __init__(self, compiler, build, folder):
        self.compiler = shlex.split(compiler)
        self.objects = sorted(glob.glob(f"{build}/daemon/ledger/*.o"))
        self.build = build
        self.folder = folder

    def compiled(self, text, target):
        # Without warnings: that && and || are mixed is for the tests to notice.
        return succeeds([*self.compiler, "-w", "-g0", "-x", "c", "-c", "-", "-o", target], text=text)

    def unchanged(self, path):
        """The object of the right source, for comparison."""
        target = f"{self.folder}/{os.path.basename(path)}.o"
        if not os.path.exists(target) and not self.compiled(source_of(path), target):
            sys.exit(f"mutation: {path} does not compile before anything is changed")
        return target

    def outcome(self, mutant, tests):
        """noticed, survived or same."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            wrong = f"{folder}/mutant.o"
            if not self.compiled(source_of(mutant.path, mutant), wrong):
                tests.noticed["the compiler", 0] += 1
                return "noticed"
            if read(wrong) == read(self.unchanged(mutant.path)):
                return "same"
            right = f"{self.build}/{mutant.path[:-2]}.o"
            objects = [wrong if o == right else o for o in self.objects]
            if not succeeds([*self.compiler, "-shared", "-Wl,-soname,libledger.so", *objects,
                             "-o", f"{folder}/libledger.so"]):
                sys.exit(f"mutation: no library with {mutant.path}")
            return "noticed" if tests.notice(mutant.path, folder) else "survived"


def read(path):
    with open(path, "rb") as source:
        return source.read()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", required=True, help="where the Makefile has built the programs")
    parser.add_argument("--compiler", required=True, help="the compiler with its flags")
    parser.add_argument("--sample", type=int, default=0, help="only so many, chosen by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--least", type=float, default=95.0, help="percent that must be noticed")
    parser.add_argument("files", nargs="*")
    return parser.parse_args()


def sample(mutants, seed, count):
    """The first of an order by their own text, so that a change elsewhere leaves them in it."""
    alike = collections.Counter()

    def place(mutant):
        text = f"{seed} {mutant.path} {mutant.line.strip()} {mutant.old} {mutant.column}"
        alike[text] += 1
        return hashlib.sha256(f"{text} {alike[text]}".encode()).digest()

    return sorted(sorted(mutants, key=place)[:count])


def chosen(options):
    files = options.files or sorted(p for p in glob.glob("daemon/ledger/*.c")
                                    if not LEFT_OUT.fullmatch(os.path.basename(p)))
    mutants = [m for path in files for m in mutants_of(path)]
    return sample(mutants, options.seed, options.sample or len(mutants))


def main():
    options = arguments()
    os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    mutants = chosen(options)
    tests = Tests(options.build)
    count = collections.Counter()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutation.") as folder, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        builder = Builder(options.compiler, options.build, folder)
        for path in sorted({m.path for m in mutants}):
            builder.unchanged(path)
        for m, outcome in zip(mutants, pool.map(lambda m: builder.outcome(m, tests), mutants)):
            count[outcome] += 1
            if outcome == "survived":
                print(f"{m.path}:{m.number}:{m.column + 1}: {m.old} into {m.new} was not noticed",
                      flush=True)
            if sys.stderr.isatty():
                print(f"\r{sum(count.values())} of {len(mutants)}", end="", file=sys.stderr, flush=True)
    for (program, steps), times in tests.noticed.most_common():
        print(f"{times:6} by {program}" + (f" of {steps} steps" if program == MODEL else ""))
    different = len(mutants) - count["same"]
    share = 100.0 * count["noticed"] / max(1, different)
    print(f"{count['noticed']} of {different} mutants were noticed: {share:.1f} % in"
          f" {time.monotonic() - begin:.0f} s ({count['same']} more are the same code)")
    return share < options.least


if __name__ == "__main__":
    sys.exit(main())
