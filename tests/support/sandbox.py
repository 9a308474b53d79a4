"""Run a command under the system call filter of a systemd unit, without systemd.

usage: sandbox.py UNIT COMMAND...     SystemCallFilter= and SystemCallErrorNumber= of the unit hold,
                                      and NoNewPrivileges; groups are asked of systemd-analyze
"""
import errno
import os
import subprocess
import sys

import seccomp


def group(name):
    """The system calls of @name, groups in groups opened."""
    calls = set()
    out = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True)
    for line in out.stdout.split("\n")[1:]:
        word = line.strip()
        if word and not word.startswith("#"):
            calls |= group(word) if word.startswith("@") else {word}
    return calls


def allowed(unit):
    """What the lines of the unit come to, in their order; and the error for the rest."""
    calls, error = None, "EPERM"
    for line in open(unit):
        name, _, value = line.strip().partition("=")
        if name == "SystemCallErrorNumber":
            error = value
        if name != "SystemCallFilter":
            continue
        words = set()
        for word in value.lstrip("~").split():
            words |= group(word) if word.startswith("@") else {word}
        if calls is None:
            calls = group("@default")
        calls = calls - words if value.startswith("~") else calls | words
    return calls, error


def main(unit, *command):
    calls, error = allowed(unit)
    f = seccomp.SyscallFilter(seccomp.ERRNO(getattr(errno, error)))
    for call in sorted(calls | {"execve"}):
        try:
            f.add_rule(seccomp.ALLOW, call)
        except (RuntimeError, OSError):
            pass  # of another architecture or a newer kernel
    f.load()
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
