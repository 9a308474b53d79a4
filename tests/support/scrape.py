"""Prometheus' text format 0.0.4, read strictly, and HTTP clients that misbehave.

usage: scrape.py check ADDRESS:PORT [BEFORE]   parse /metrics, print it as "name{labels} value";
                                               BEFORE: such an output; no counter may have fallen
       scrape.py health ADDRESS:PORT           print the status and the reasons of /healthz
       scrape.py hostile ADDRESS:PORT          none of it may be answered wrongly or hold a place
       scrape.py notify SOCKET                 print what is sent to it, as sd_notify(3) does
"""
import json
import re
import socket
import sys
import time

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|\Z)')
SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)\Z")
TYPES = {"counter", "gauge", "histogram"}


def die(text):
    sys.exit("scrape: " + text)


def fetch(address, request, limit=None):
    """All bytes of the answer; None where the connection ends without one."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host.strip("[]"), int(port)), timeout=30) as s:
        s.sendall(request)
        got = b""
        try:
            while chunk := s.recv(65536):
                got += chunk
        except ConnectionResetError:
            pass
        return got or None


def get(address, path, method="GET"):
    got = fetch(address, f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    if got is None:
        die(f"{path}: no answer")
    head, body = got.split(b"\r\n\r\n", 1)
    lines = head.decode("ascii").split("\r\n")
    headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}
    if method != "HEAD" and int(headers["content-length"]) != len(body):
        die(f"{path}: length")
    return int(lines[0].split()[1]), headers, body.decode("utf-8")


def labels_of(text):
    labels, at = [], 0
    while at < len(text):
        m = LABEL.match(text, at)
        if not m:
            die(f"labels {text}")
        labels.append((m[1], m[2]))
        at = m.end()
    if len({name for name, _ in labels}) != len(labels):
        die(f"a label twice: {text}")
    return labels


def family_of(name, types):
    """A histogram's samples have the family's name and an ending."""
    if types.get(name) in ("counter", "gauge"):
        return name
    for ending in ("_bucket", "_sum", "_count"):
        if name.endswith(ending) and types.get(name[: -len(ending)]) == "histogram":
            return name[: -len(ending)]
    die(f"{name} has no TYPE before it")


def parse(text):
    if not text.endswith("\n"):
        die("the last line does not end")
    helps, types, samples, closed, current = {}, {}, {}, set(), None
    for line in text[:-1].split("\n"):
        if line.startswith("# "):
            _, word, name, rest = line.split(" ", 3)
            if not NAME.match(name):
                die(f"name {name}")
            if word == "HELP":
                if name in helps or not rest:
                    die(f"HELP of {name}")
                helps[name] = rest
                if current is not None:
                    closed.add(current)
                current = name
            elif word == "TYPE":
                if name in types or rest not in TYPES or name != current:
                    die(f"TYPE of {name}")
                types[name] = rest
            else:
                die(f"comment {line}")
            continue
        m = SAMPLE.match(line)
        if not m:
            die(f"line {line!r}")
        name, labels, value = m[1], labels_of(m[2] or ""), float(m[3])
        family = family_of(name, types)
        if family != current or family in closed:
            die(f"{name} is not in one block")
        key = (name, tuple(labels))
        if key in samples:
            die(f"{key} twice")
        if value < 0 or value != value:
            die(f"{key} is {value}")
        samples[key] = value
    if set(helps) != set(types):
        die("HELP and TYPE differ")
    for family in types:
        if not any(family_of(name, types) == family for name, _ in samples):
            die(f"{family} has no sample")
        if types[family] == "counter" and not family.endswith("_total"):
            die(f"{family} is a counter")
        if types[family] == "histogram":
            check_histogram(family, samples)
    return types, samples


def check_histogram(family, samples):
    steps = [(float(dict(l)["le"]), v) for (n, l), v in samples.items() if n == family + "_bucket"]
    if steps != sorted(steps) or [v for _, v in steps] != sorted(v for _, v in steps):
        die(f"{family}: steps")
    if steps[-1] != (float("inf"), samples[(family + "_count", ())]):
        die(f"{family}: +Inf is not the count")
    if (family + "_sum", ()) not in samples:
        die(f"{family}: no sum")


def show(key):
    name, labels = key
    return name + ("{%s}" % ",".join(f'{k}="{v}"' for k, v in labels) if labels else "")


def check(address, before=None):
    status, headers, body = get(address, "/metrics")
    if status != 200 or headers["content-type"] != "text/plain; version=0.0.4; charset=utf-8":
        die(f"{status} {headers}")
    types, samples = parse(body)
    if before:
        for line in open(before):
            name, value = line.rsplit(" ", 1)
            now = {show(k): v for k, v in samples.items()}.get(name)
            if now is None:
                die(f"{name} is gone")
            base = re.sub(r"(_bucket|_sum|_count)?(\{.*)?$", "", name)
            if (name.split("{")[0].endswith("_total") or types.get(base) == "histogram") and now < float(value):
                die(f"{name} fell from {value.strip()} to {now}")
    for key, value in samples.items():
        print(show(key), repr(value))


def health(address):
    status, headers, body = get(address, "/healthz")
    said = json.loads(body)
    if headers["content-type"] != "application/json" or said["healthy"] != (status == 200):
        die(f"health {status} {headers} {body}")
    if said["healthy"] != (said["reasons"] == []):
        die(body)
    print(status, " ".join(sorted(r["reason"] for r in said["reasons"])))


def notify(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        while True:
            print(s.recv(4096).decode("utf-8").strip(), flush=True)


def hostile(address):
    host, port = address.rsplit(":", 1)
    for path, want in (("/", 404), ("/metrics/..", 404), ("/healthz", 200), ("/metrics?x=1", 200)):
        status, _, _ = get(address, path)
        if status != want:
            die(f"{path}: {status}")
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        status, headers, _ = get(address, "/metrics", method)
        if status != 405 or headers["allow"] != "GET, HEAD":
            die(f"{method}: {status}")
    status, _, body = get(address, "/metrics", "HEAD")
    if status != 200 or body:
        die("HEAD")
    for request in (
        b"\r\n" * 5000,
        b"\x00\xff" * 5000,
        b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100000 + b"\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 20000 + b"\r\n",
        b"GET /metrics HTTP/9.9\r\n\r\n",
        b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 200000,
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
    ):
        try:
            got = fetch(address, request)
        except (ConnectionResetError, BrokenPipeError):
            got = None
        if got is not None and got.split()[1] not in (b"400", b"404", b"405", b"413", b"414", b"431", b"505"):
            die(f"{request[:40]}: {got[:60]}")
        get(address, "/healthz")

    # Every place is taken by somebody who says a byte now and then; they are thrown out in time.
    slow = [socket.create_connection((host, int(port)), timeout=30) for _ in range(40)]
    for s in slow:
        s.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
    begin = time.monotonic()
    while time.monotonic() - begin < 14:
        for s in slow:
            try:
                s.send(b"a")
            except OSError:
                pass
        time.sleep(1)
    status, _, _ = get(address, "/healthz")
    print(f"after {len(slow)} slow ones: {status}, {time.monotonic() - begin:.1f} s")
    for s in slow:
        s.close()


if __name__ == "__main__":
    {"check": check, "health": health, "hostile": hostile, "notify": notify}[sys.argv[1]](*sys.argv[2:])
