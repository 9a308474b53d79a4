#!/usr/bin/env python3
"""Flip comparisons in the rules, one at a time, and see whether the tests notice.

usage: tests/mutation.py [--sample N] [--seed N] [--jobs N] [--least PERCENT] [FILE...]

Each mutant is one operator of a source below daemon/ledger turned into its neighbour (< into <=,
== into !=, && into ||, ...). It is built in a copy of the tree and has to fail the model or one of
the rule tests; one that does not compile or runs for ever has been noticed too. Survivors are
printed with file, line and both texts. Exit code 1: fewer than --least percent were noticed.
A comment "mutation: why" on a line says that no test can tell the difference there, and why."""

import argparse
import concurrent.futures
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

FLIPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}
# Operators that stand between spaces, as clang-format puts them: no ->, <<, >> or #include.
OPERATOR = re.compile(r"(?<= )(<=|>=|==|!=|&&|\|\||<|>)(?= |$)")
# What makes no decision: encodings of rows, memory, lookups ahead, and checks that only abort.
LEFT_OUT = re.compile(r"rows.*\.c|memory\.c|lookup\.c|audit\.c|query.*\.c|freeze\.c|table\.c|fetch\.c")
# Those that notice soonest, one after another; then all others of the rules.
FIRST = ["tests/rules/test_fields", "tests/rules/test_fields_money", "tests/sim/test_model"]
SLOW_S = 120


def mutants_of(path):
    """(path, line number, column, old, new) of each operator that may be flipped."""
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
                yield path, number, found.start(), found.group(), FLIPS[found.group()]


def run(tree, command, timeout, env=None):
    """True: it succeeded in time."""
    try:
        return subprocess.run(command, cwd=tree, timeout=timeout, env=env, check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except subprocess.TimeoutExpired:
        return False


class Tree:
    """A copy of the project in which one file at a time is wrong."""

    def __init__(self, root, folder, rules):
        self.path = tempfile.mkdtemp(dir=folder)
        self.rules = rules
        for name in ("client-lib", "daemon", "proto", "tests", "tools", "Makefile"):
            source, target = os.path.join(root, name), os.path.join(self.path, name)
            if os.path.isdir(source):
                shutil.copytree(source, target, copy_function=shutil.copy2)
            else:
                shutil.copy2(source, target)
        os.makedirs(os.path.join(self.path, "build"))
        for name in ("gen", "release"):
            shutil.copytree(os.path.join(root, "build", name),
                            os.path.join(self.path, "build", name), copy_function=shutil.copy2)

    def built(self, programs):
        targets = ["build/release/" + p for p in programs]
        return run(self.path, ["make", "-s", *targets], 300)

    def passes(self, program):
        env = dict(os.environ, SEED="1", STEPS=os.environ.get("STEPS", "12000"))
        return run(self.path, ["build/release/" + program], SLOW_S, env)

    def notices(self, mutant):
        path, number, column, old, new = mutant
        full = os.path.join(self.path, path)
        with open(full, encoding="utf-8") as source:
            lines = source.readlines()
        original = list(lines)
        line = lines[number - 1]
        lines[number - 1] = line[:column] + new + line[column + len(old):]
        self.write(full, lines)
        later = [p for p in self.rules if p not in FIRST]
        noticed = not all(self.built([p]) and self.passes(p) for p in FIRST + later)
        self.write(full, original)
        return noticed

    @staticmethod
    def write(full, lines):
        with open(full, "w", encoding="utf-8") as target:
            target.writelines(lines)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--sample", type=int, default=0, help="only so many, chosen by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--least", type=float, default=95.0, help="percent that must be noticed")
    parser.add_argument("files", nargs="*")
    return parser.parse_args()


def main():
    options = arguments()
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    os.chdir(root)
    files = options.files or sorted(
        os.path.join("daemon/ledger", name) for name in os.listdir("daemon/ledger")
        if name.endswith(".c") and not LEFT_OUT.fullmatch(name))
    rules = sorted("tests/rules/" + name[:-2] for name in os.listdir("tests/rules")
                   if name.startswith("test_") and name.endswith(".c"))
    mutants = [m for path in files for m in mutants_of(path)]
    if options.sample and options.sample < len(mutants):
        mutants = sorted(random.Random(options.seed).sample(mutants, options.sample))
    with tempfile.TemporaryDirectory(prefix="mutation.") as folder:
        trees = [Tree(root, folder, rules) for _ in range(options.jobs)]
        for tree in trees:
            if not all(tree.built([p]) and tree.passes(p) for p in {*FIRST, *rules}):
                sys.exit("mutation: the tests fail before anything is changed")
        noticed, done = 0, 0

        def one(mutant):
            tree = trees.pop()
            try:
                return mutant, tree.notices(mutant)
            finally:
                trees.append(tree)

        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for mutant, seen in pool.map(one, mutants):
                done += 1
                noticed += seen
                if not seen:
                    path, number, _, old, new = mutant
                    print(f"{path}:{number}: {old} into {new} was not noticed"
                          f" ({noticed} of {done} were)", flush=True)
                if sys.stderr.isatty():
                    print(f"\r{done} of {len(mutants)}", end="", file=sys.stderr, flush=True)
    share = 100.0 * noticed / max(1, len(mutants))
    print(f"{noticed} of {len(mutants)} mutants were noticed: {share:.1f} %")
    return share < options.least


if __name__ == "__main__":
    sys.exit(main())
