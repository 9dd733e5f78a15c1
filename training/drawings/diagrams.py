"""What is drawn to explain: charts, flows of boxes and arrows, maps, signs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from training.drawings.canvas import Canvas
from training.drawings.geometry import Points, blob, path, polygon
from training.drawings.look import WHITE, Look, phrase, readable, shaded


def chart(canvas: Canvas, rng: np.random.Generator, look: Look) -> None:
    """Axes with ticks and a grid, and bars, lines or points over them; letters at the edge."""
    side, thin = canvas.side, float(rng.choice([1, 1, 2]))
    left, bottom = float(rng.integers(0, side // 4)), side - float(rng.integers(0, side // 4))
    count = int(rng.integers(3, 10))
    steps = np.linspace(left, side, count + 1).round()
    faint = shaded(look.paper, 0.85) if look.paper != (0, 0, 0) else (60, 60, 60)
    size, font = float(rng.uniform(7, 16)), int(rng.integers(99))
    for number, place in enumerate(np.linspace(bottom, 0, count + 1).round()):
        if rng.random() < 0.8:
            canvas.box((left, place, side, place + thin), faint)
        canvas.box((left - 4, place, left, place + thin), look.ink)
        canvas.letter(f"{number * 10}", (left - 6, place), size, look.ink, font=font, anchor="rm")
        canvas.letter(phrase(rng, 1), (steps[number], bottom + size), size, look.ink, font=font)
    heights = bottom - rng.uniform(0.05, 0.95, (3, count + 1)) * bottom
    kind = rng.random()
    for series in range(1 if kind < 0.4 else 3):
        colour = look.flat(rng)
        places: Points = np.stack([steps, heights[series]], axis=1)
        if kind < 0.4:
            for start, end, high in zip(steps, steps[1:], heights[0], strict=False):
                canvas.box((start + 3, round(high), end - 3, bottom), colour, line=look.ink, width=thin)
        else:
            canvas.stroke(places, colour, max(1.0, look.width * 0.7))
            if kind < 0.8:
                for x, y in places.tolist():
                    canvas.disc((x, y), look.width + 2, colour, line=look.ink, width=thin)
    canvas.box((left, 0, left + thin, bottom), look.ink)
    canvas.box((left, bottom, side, bottom + thin), look.ink)


def flow(canvas: Canvas, rng: np.random.Generator, look: Look) -> None:
    """Boxes, rounded boxes and diamonds with a word in each, and arrows from one to the next."""
    cells = int(rng.integers(2, 4))
    cell, thin = canvas.side / cells, float(rng.uniform(1, 3))
    size, font = cell * float(rng.uniform(0.1, 0.18)), int(rng.integers(99))
    middles = np.array([[(x + 0.5) * cell, (y + 0.5) * cell] for y in range(cells) for x in range(cells)])
    middles += rng.uniform(-0.08, 0.08, middles.shape) * cell
    for start, end in pairwise(middles):
        arrow(canvas, np.stack([start, end]), look, thin)
    for x, y in middles.tolist():
        wide, high = cell * float(rng.uniform(0.25, 0.4)), cell * float(rng.uniform(0.15, 0.25))
        flat, kind = look.flat(rng), rng.random()
        if kind < 0.7:
            radius = 0.0 if kind < 0.35 else high * float(rng.uniform(0.2, 1))
            canvas.box((x - wide, y - high, x + wide, y + high), flat, line=look.ink, width=thin, radius=radius)
        else:
            diamond = np.array([[x - wide, y], [x, y - high * 1.5], [x + wide, y], [x, y + high * 1.5]])
            canvas.fill(diamond, flat)
            canvas.stroke(diamond, look.ink, thin, closed=True)
        canvas.letter(phrase(rng, 1), (x, y), size, readable(flat), font=font)


def arrow(canvas: Canvas, line: Points, look: Look, width: float) -> None:
    """A line with a head in the middle of its last half."""
    canvas.stroke(line, look.ink, width)
    way = line[-1] - line[-2]
    heading = float(np.arctan2(way[1], way[0]))
    canvas.fill(polygon(line[-2] + way * 0.55, 3 + width * 2, corners=3, angle=heading), look.ink)


def plan(canvas: Canvas, rng: np.random.Generator, look: Look) -> None:
    """A map: land and water, contour lines, streets with an edge, houses, names along them."""
    side = canvas.side
    for _ in range(int(rng.integers(1, 4))):
        land = blob(rng, rng.uniform(0, side, 2), float(rng.uniform(0.3, 0.7)) * side, corners=14, unrest=0.25)
        canvas.fill(land, look.flat(rng))
        for ring in range(int(rng.integers(0, 7))):
            line = land.mean(axis=0) + (land - land.mean(axis=0)) * (1 - ring * 0.12)
            canvas.stroke(line, look.ink, max(0.8, look.width * 0.3), closed=True)
    street = float(rng.uniform(2, 9))
    streets = [path(rng, side, corners=5, reach=0.6) for _ in range(int(rng.integers(2, 7)))]
    colour = WHITE if rng.random() < 0.5 else look.flat(rng)
    for line in streets:
        canvas.stroke(line, look.ink, street + 2)
    for line in streets:
        canvas.stroke(line, colour, street)
    for x, y in rng.uniform(0, side, (int(rng.integers(0, 14)), 2)):
        wide, high = rng.uniform(5, 20, 2)
        canvas.box((x, y, x + wide, y + high), look.flat(rng), line=look.ink, width=1)
    size, font = float(np.exp(rng.uniform(np.log(8), np.log(22)))), int(rng.integers(99))
    for x, y in rng.uniform(0, side, (int(rng.integers(2, 8)), 2)):
        angle = float(rng.choice([0, rng.uniform(-60, 60)]))
        canvas.letter(phrase(rng, 1), (x, y), size, look.ink, font=font, angle=angle, bold=1.0, halo=WHITE)


def sign(canvas: Canvas, rng: np.random.Generator, look: Look) -> None:
    """A logo or a road sign: one or two plain shapes, rings, and a word in large letters."""
    side = canvas.side
    middle = side / 2 + rng.normal(0, 0.08, 2) * side
    radius = side * float(rng.uniform(0.3, 0.6))
    for _ in range(int(rng.integers(1, 4))):
        corners = int(rng.choice([3, 4, 5, 6, 8, 48, 48]))
        waist = 1.0 if rng.random() < 0.75 or corners == 48 else float(rng.uniform(0.4, 0.7))
        shape = polygon(
            middle, radius, corners=corners, angle=float(rng.choice([0, np.pi / 2, np.pi / 4])), waist=waist
        )
        canvas.fill(shape, look.flat(rng))
        if rng.random() < 0.6:
            canvas.stroke(shape, look.ink, look.width * float(rng.uniform(1, 3)), closed=True)
        radius *= float(rng.uniform(0.6, 0.92))
    if rng.random() < 0.3:
        arrow(canvas, middle + np.array([[-0.6, 0.0], [0.6, 0.0]]) * radius, look, side * 0.05)
        return
    text = phrase(rng, int(rng.integers(1, 3))).replace(" ", "\n")
    size = side * float(rng.uniform(0.12, 0.35))
    halo = readable(look.ink) if rng.random() < 0.4 else None
    bold = float(rng.uniform(0.5, 3)) if halo or rng.random() < 0.3 else 0.0
    angle = float(rng.choice([0, 0, 0, rng.uniform(-25, 25)]))
    place = (float(middle[0]), float(middle[1]))
    canvas.letter(text, place, size, look.ink, font=int(rng.integers(99)), angle=angle, bold=bold, halo=halo)


def text(canvas: Canvas, rng: np.random.Generator, look: Look) -> None:
    """A printed or scanned page: a heading, and lines of small letters beneath it."""
    size, font = float(np.exp(rng.uniform(np.log(8), np.log(30)))), int(rng.integers(99))
    left, y = float(rng.uniform(-20, 20)), float(rng.uniform(-10, 20))
    bold = float(rng.choice([0, 0, 0.3]))
    while y < canvas.side:
        if rng.random() < 0.1:
            y += size
            canvas.letter(phrase(rng, 4), (left, y), size * 1.7, look.ink, font=font, bold=0.5, anchor="lm")
            y += size * 1.8
        line = phrase(rng, max(2, int(canvas.side / size / 1.5)))
        canvas.letter(line, (left, y), size, look.ink, font=font, bold=bold, anchor="lm")
        y += size * 1.3
