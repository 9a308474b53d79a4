"""Throughput and latency against the offered load, as an SVG that needs neither colour nor script."""
import math

WIDTH, HEIGHT, PANEL_W, PANEL_H = 940, 720, 360, 240
STYLE = {"Saldo": ("", "circle"), "PostgreSQL": ("6 4", "square")}


class Axis:
    """A logarithmic axis over whole decades that holds all values."""

    def __init__(self, values, at, length):
        self.low = math.floor(math.log10(min(values)) + 1e-9)
        self.high = max(math.ceil(math.log10(max(values)) - 1e-9), self.low + 1)
        self.at, self.length = at, length

    def place(self, value):
        return self.at + self.length * (math.log10(value) - self.low) / (self.high - self.low)

    def ticks(self):
        return [10.0 ** e for e in range(self.low, self.high + 1)]


def label(value):
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def mark(shape, x, y, filled):
    fill = "black" if filled else "white"
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="black"/>'
    return (f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="{fill}" '
            'stroke="black"/>')


def text(x, y, words, anchor="middle", size=12, extra=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{extra}>'
            f'{words}</text>')


def panel(left, top, title, unit, lines):
    """lines: (peer, filled, [(offered, value)]); both axes count in decades."""
    x = Axis([p[0] for line in lines for p in line[2]], left, PANEL_W)
    y = Axis([p[1] for line in lines for p in line[2]], top + PANEL_H, -PANEL_H)
    out = [text(left + PANEL_W / 2, top - 10, title, size=14),
           f'<rect x="{left}" y="{top}" width="{PANEL_W}" height="{PANEL_H}" fill="none" '
           'stroke="black"/>']
    for t in x.ticks():
        out.append(f'<path d="M{x.place(t):.1f} {top}v{PANEL_H}" stroke="#bbb" stroke-width="0.5"/>')
        out.append(text(x.place(t), top + PANEL_H + 16, label(t), size=10))
    for t in y.ticks():
        out.append(f'<path d="M{left} {y.place(t):.1f}h{PANEL_W}" stroke="#bbb" stroke-width="0.5"/>')
        out.append(text(left - 6, y.place(t) + 4, label(t), "end", 10))
    out.append(text(left + PANEL_W / 2, top + PANEL_H + 32, "offered charges/s"))
    middle = top + PANEL_H / 2
    out.append(text(left - 52, middle, unit, extra=f' transform="rotate(-90 {left - 52} {middle})"'))
    for peer, filled, points in lines:
        dash, shape = STYLE[peer]
        at = [(x.place(a), y.place(b)) for a, b in sorted(points)]
        out.append('<polyline fill="none" stroke="black" stroke-dasharray="%s" points="%s"/>' % (
            dash or "none", " ".join(f"{a:.1f},{b:.1f}" for a, b in at)))
        out.extend(mark(shape, a, b, filled) for a, b in at)
    return out


def legend(left, top):
    entries = (("Saldo", True, "Saldo, p99 (and reached)"), ("Saldo", False, "Saldo, p50"),
               ("PostgreSQL", True, "PostgreSQL, p99 (and reached)"),
               ("PostgreSQL", False, "PostgreSQL, p50"))
    out = []
    for i, (peer, filled, words) in enumerate(entries):
        x = left + 215 * i
        dash, shape = STYLE[peer]
        out.append(f'<path d="M{x} {top}h34" stroke="black" stroke-dasharray="{dash or "none"}"/>')
        out.append(mark(shape, x + 17, top, filled))
        out.append(text(x + 40, top + 4, words, "start", 11))
    return out


def plot(points):
    """points: {(peer, kind): [{offered, per_s, p50_ms, p99_ms}, ...]}"""
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
           f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
           '<rect width="100%" height="100%" fill="white"/>']
    for column, kind in enumerate(("singles", "batches")):
        left = 80 + column * 470
        reached, latency = [], []
        for peer in STYLE:
            at = points[peer, kind]
            reached.append((peer, True, [(p["offered"], p["per_s"]) for p in at]))
            for key, filled in (("p50_ms", False), ("p99_ms", True)):
                latency.append((peer, filled, [(p["offered"], p[key]) for p in at]))
        out += panel(left, 50, f"{kind}: throughput", "charges/s reached", reached)
        out += panel(left, 380, f"{kind}: latency", "ms", latency)
    return "\n".join(out + legend(60, 695) + ["</svg>", ""])
