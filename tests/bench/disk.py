#!/usr/bin/env python3
"""What the disk makes everyone wait for, measured beside a load or alone.

usage: disk.py FILE SECONDS    (ends early, and reports, on SIGTERM)

8 KiB more in FILE and an fdatasync are due every 10 ms; the wait counts from then on, so that a disk
that stands still for 50 ms is felt by five of them, as it is by the requests of a daemon. A line of
key=value figures is printed: no daemon that syncs before it answers can be quicker than this.
"""
import os
import signal
import sys
import time

EVERY_S = 0.010

stopped = False


def stop(*_):
    global stopped
    stopped = True


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, stop)
    file = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)
    begin = time.monotonic()
    waits = []
    due = begin
    while not stopped and due < begin + float(sys.argv[2]):
        time.sleep(max(0.0, due - time.monotonic()))
        os.write(file, bytes(8192))
        os.fdatasync(file)
        waits.append((time.monotonic() - due) * 1e3)
        due += EVERY_S
    os.close(file)
    os.unlink(sys.argv[1])
    waits.sort()
    n = len(waits)
    print(f"syncs={n} p50_ms={waits[n // 2]:.2f} p99_ms={waits[n * 99 // 100]:.2f} "
          f"max_ms={waits[-1]:.1f}")


main()
