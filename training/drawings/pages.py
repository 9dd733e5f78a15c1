"""Pages of comics and picture books: panels with figures, speech, noises and lines of speed."""

from __future__ import annotations

import numpy as np

from training.drawings.canvas import Canvas, both
from training.drawings.figures import figure
from training.drawings.geometry import Points, blob, brushed, path, polygon, smooth
from training.drawings.look import BANGS, BLACK, WHITE, Look, phrase, shaded
from training.drawings.patterns import gradient, tone


def page(canvas: Canvas, rng: np.random.Generator, look: Look) -> None:
    """One picture over the whole sheet, or two to four panels with gutters between them."""
    if rng.random() < 0.6:
        scene(canvas, rng, look)
        return
    side = canvas.side
    x, y, lean = rng.uniform(0.3, 0.7) * side, rng.uniform(0.3, 0.7) * side, rng.normal(0, 0.06) * side
    gutter = float(rng.uniform(2, 9))
    left, right = (-20.0, x - gutter), (x + gutter, side + 20.0)
    for row, (top, bottom) in enumerate(((-20.0, y - gutter), (y + gutter, side + 20.0))):
        for start, end in (left, right) if row == 0 or rng.random() < 0.5 else ((left[0], right[1]),):
            frame = np.array([[start, top], [end + lean, top], [end - lean, bottom], [start, bottom]])
            panel = canvas.layer(look.paper)
            scene(panel, rng, look)
            canvas.put(panel, canvas.mask(frame))
            canvas.stroke(frame, look.ink, max(1.0, look.width), closed=True)


def scene(canvas: Canvas, rng: np.random.Generator, look: Look) -> None:
    """A ground, three to eleven figures, and what belongs to a comic."""
    side = canvas.side
    _ground(canvas, rng, look)
    size = float(np.exp(rng.uniform(np.log(0.1), np.log(0.45)))) * side
    for _ in range(int(rng.integers(3, 7 if size > side / 4 else 12))):
        figure(canvas, rng, look, rng.uniform(0, side, 2), size * float(rng.uniform(0.6, 1.4)))
    for _ in range(int(rng.integers(0, 8))):
        line = path(rng, side, corners=int(rng.integers(3, 6)))
        canvas.brush(line, look.ink, look.width * float(rng.uniform(0.6, 2)), thinnest=float(rng.uniform(0, 0.4)))
    if rng.random() < 0.15:
        _spatter(canvas, rng, look)
    if rng.random() < 0.5:
        speech(canvas, rng, look)
    if rng.random() < 0.2:
        noise(canvas, rng, look)


def speech(canvas: Canvas, rng: np.random.Generator, look: Look) -> None:
    """A balloon with its tail, or a caption in a box, and lettering in it."""
    side = canvas.side
    size = float(np.exp(rng.uniform(np.log(9), np.log(30))))
    lines = int(rng.integers(1, 5))
    text = "\n".join(phrase(rng, int(rng.integers(1, 4))) for _ in range(lines))
    wide, high = size * (2 + 0.3 * max(len(line) for line in text.split("\n"))), size * (1 + 0.75 * lines)
    x, y = rng.uniform(0.15, 0.85, 2) * side
    if rng.random() < 0.7:
        corners = polygon(np.zeros(2), 1.0, corners=10) * rng.uniform(0.97, 1.03, (10, 1))
        balloon = smooth(corners * np.array([wide, high]) + np.array([x, y]), closed=True)
        aim = np.array([x, y]) + rng.uniform(-1, 1, 2) * 0.35 * side
        tail = np.array([[x - size * 0.5, y], aim, [x + size * 0.5, y]])
        canvas.stroke(tail, look.ink, look.width, closed=True)
        canvas.stroke(balloon, look.ink, look.width, closed=True)
        canvas.fill(balloon, WHITE)
        canvas.fill(tail, WHITE)
    else:
        canvas.box((x - wide, y - high, x + wide, y + high), WHITE, line=look.ink, width=look.width)
    canvas.letter(text, (x, y), size, BLACK, font=int(rng.integers(99)), bold=float(rng.choice([0, 0.25, 0.6])))


def noise(canvas: Canvas, rng: np.random.Generator, look: Look) -> None:
    """A noise in large, turned letters with an edge around them."""
    x, y = rng.uniform(0.25, 0.75, 2) * canvas.side
    size = float(rng.uniform(0.12, 0.3)) * canvas.side
    canvas.letter(
        str(rng.choice(BANGS)),
        (float(x), float(y)),
        size,
        look.flat(rng),
        font=int(rng.integers(99)),
        angle=float(rng.uniform(-35, 35)),
        bold=float(rng.uniform(0.8, 4)),
        halo=look.ink,
    )


def _ground(canvas: Canvas, rng: np.random.Generator, look: Look) -> None:
    """Plain, toned, running from one colour to another, or full of lines that run towards one place."""
    side, kind = canvas.side, rng.random()
    if kind < 0.15:
        slope = gradient(side, angle=float(rng.uniform(0, 6.3)), start=0, end=float(rng.uniform(0.6, 1)))
        other = look.flat(rng) if not look.toned else shaded(look.paper, 0.6)
        canvas.paint(slope, other)
    elif look.toned and kind < 0.35:
        within = canvas.mask(blob(rng, rng.uniform(0, side, 2), side * 0.6))
        canvas.paint(both(within, tone(canvas, rng, float(rng.uniform(3, 12)))), look.ink)
    elif 0.35 < kind < 0.45:
        aim = rng.uniform(0.3, 0.7, 2) * side
        for angle in rng.uniform(0, 2 * np.pi, int(rng.integers(30, 90))):
            way = np.array([np.cos(angle), np.sin(angle)])
            line: Points = aim + way * np.linspace(rng.uniform(0.2, 0.5) * side, side, 8)[:, None]
            canvas.fill(brushed(line, float(look.width * rng.uniform(0.5, 2.5)), peak=1.0), look.ink)
    elif kind < 0.65:
        canvas.fill(blob(rng, rng.uniform(0, side, 2), side * 0.7, unrest=0.4), look.flat(rng))


def _spatter(canvas: Canvas, rng: np.random.Generator, look: Look) -> None:
    for x, y in rng.uniform(0, canvas.side, (int(rng.integers(10, 60)), 2)):
        canvas.disc((float(x), float(y)), float(rng.exponential(look.width)), look.ink)
