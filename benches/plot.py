"""Draws curves of throughput as SVG, as `make plots` does.

    python -m benches.plot CURVES.json FOLDER

The curves are those that bench_curves.py writes: GB/s by value, by the name of the axis. Values
grow by factors along all axes, so these are logarithmic.
"""

import json
import math
import sys
from pathlib import Path

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 60, 40, 36, 48
STEPS = 4


def draw(name: str, points: dict[str, float]) -> str:
    """An SVG picture of one curve; `points` are GB/s by value on the axis."""
    values = [float(value) for value in points]
    first, last = math.log(min(values)), math.log(max(values))
    most = _round_up(max(points.values()))

    def across(value: float) -> float:
        share = (math.log(value) - first) / (last - first) if last > first else 0.5
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def down(rate: float) -> float:
        return HEIGHT - BOTTOM - rate / most * (HEIGHT - TOP - BOTTOM)

    parts = [_text(LEFT, 20, f"scan: GB/s by {name}", "start", size=15)]
    for step in range(STEPS + 1):
        rate = most * step / STEPS
        parts.append(
            f'<line x1="{LEFT}" y1="{down(rate):.1f}" x2="{WIDTH - RIGHT}" y2="{down(rate):.1f}" '
            'stroke="#ccc"/>'
        )
        parts.append(_text(LEFT - 8, down(rate) + 4, f"{rate:g}", "end"))
    places = [
        (across(value), down(rate)) for value, rate in zip(values, points.values(), strict=True)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#1b6ac9" stroke-width="2"/>')
    for (x, y), (label, rate) in zip(places, points.items(), strict=True):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#1b6ac9"/>')
        parts.append(_text(x, y - 9, f"{rate:.2f}", "middle"))
        parts.append(_text(x, HEIGHT - BOTTOM + 18, label, "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, name, "middle"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
        + "".join(parts)
        + "</svg>\n"
    )


def _round_up(rate: float) -> float:
    """The next number whose quarters are short."""
    unit: float = 10 ** math.floor(math.log10(rate))
    return next(unit * factor for factor in (1, 2, 4, 8, 10) if unit * factor >= rate)


def _text(x: float, y: float, text: str, anchor: str, size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{text}</text>'


def main(curves: Path, folder: Path) -> None:
    """Writes one picture for each curve, named for its axis."""
    folder.mkdir(exist_ok=True)
    for name, points in json.loads(curves.read_text()).items():
        picture = folder / f"{name.split()[0]}.svg"
        picture.write_text(draw(name, points))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
