"""Run a command in a terminal of a size, press a key, and look at what it drew.

usage: terminal.py COLUMNS ROWS SECONDS KEY COMMAND...    KEY is typed after SECONDS; "INT" is ^C by signal

Fails unless the command ends by itself with exit code 0, keeps to the size (no line wider, no frame
longer), leaves the alternate screen and shows the cursor again. Prints the last frame without its
escape sequences, and then "coloured" if there was colour."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

columns, rows, seconds, key = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
pid, fd = pty.fork()
if pid == 0:
    time.sleep(0.2)
    os.execvp(sys.argv[5], sys.argv[5:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
got, begin, typed = b"", time.monotonic(), False
while time.monotonic() - begin < seconds + 20:
    if not typed and time.monotonic() - begin > seconds:
        typed = True
        os.kill(pid, signal.SIGINT) if key == "INT" else os.write(fd, key.encode())
    if select.select([fd], [], [], 0.1)[0]:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        got += piece
else:
    os.kill(pid, signal.SIGKILL)
    sys.exit("terminal: it does not end")
_, status = os.waitpid(pid, 0)
text = got.decode("utf-8")
if status != 0:
    sys.exit(f"terminal: status {status}: {text[-300:]}")
if not text.startswith("\x1b[?1049h") or not text.rstrip().endswith("\x1b[?25h\x1b[?1049l"):
    sys.exit("terminal: it does not give the screen back")
frames = text.split("\x1b[H")[1:]
for frame in frames:
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", frame).replace("\r", "").rstrip("\n").split("\n")
    if len(lines) > rows - 1 or max(map(len, lines)) > columns:
        sys.exit(f"terminal: {len(lines)} lines, the widest {max(map(len, lines))}:\n" + "\n".join(lines))
print("\n".join(lines))
print(len(frames), "frames", "coloured" if re.search(r"\x1b\[[0-9;]*m", text) else "plain")
