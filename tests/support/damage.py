#!/usr/bin/env python3
"""Damage a page of a file as a bad disk, or somebody who writes over it, would.

usage: damage.py FILE SEED
One page behind the first two (LMDB's meta pages) gets a flipped bit, zeros, noise, another page's
bytes, noise in its first 64 bytes, or zeros in its second half. Prints which page and what."""
import random
import sys

PAGE = 4096
path, dice = sys.argv[1], random.Random(int(sys.argv[2]))
with open(path, "rb") as file:
    data = bytearray(file.read())
pages = len(data) // PAGE
page = dice.randrange(2, pages)
at = page * PAGE
what = dice.choice(["bit", "zeros", "noise", "another", "head", "half"])
if what == "bit":
    data[at + dice.randrange(PAGE)] ^= 1 << dice.randrange(8)
elif what == "zeros":
    data[at:at + PAGE] = bytes(PAGE)
elif what == "noise":
    data[at:at + PAGE] = dice.randbytes(PAGE)
elif what == "another":
    other = dice.randrange(2, pages) * PAGE
    data[at:at + PAGE] = data[other:other + PAGE]
elif what == "head":
    for _ in range(3):
        data[at + dice.randrange(64)] = dice.randrange(256)
else:
    data[at + PAGE // 2:at + PAGE] = bytes(PAGE // 2)
with open(path, "wb") as file:
    file.write(data)
print(f"page {page} of {pages}: {what}")
