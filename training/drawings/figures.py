"""Shapes as a draughtsman fills them: a flat colour, a hard shadow or a tone on it, an outline of varying weight."""

from __future__ import annotations

import numpy as np

from training.drawings.canvas import Canvas, Colour, Mask, both
from training.drawings.geometry import Points, blob, brushed, path, polygon, smooth
from training.drawings.look import WHITE, Look, shaded
from training.drawings.patterns import gradient, tone


def figure(canvas: Canvas, rng: np.random.Generator, look: Look, centre: Points, radius: float) -> None:
    """One of: a body, something cut straight, a limb, a tuft of hair, a face, a house."""
    kind = rng.random()
    if kind < 0.3:
        body(canvas, rng, look, blob(rng, centre, radius, corners=int(rng.integers(4, 10))))
    elif kind < 0.45:
        body(canvas, rng, look, _cut(rng, centre, radius))
    elif kind < 0.62:
        limb = path(rng, canvas.side, corners=3) - canvas.side / 2 + centre
        thick = float(radius * rng.uniform(0.25, 0.7))
        body(canvas, rng, look, brushed(limb, thick, thinnest=float(rng.uniform(0.4, 1))))
    elif kind < 0.78:
        tuft(canvas, rng, look, centre, radius)
    elif kind < 0.9:
        face(canvas, rng, look, centre, radius)
    else:
        house(canvas, rng, look, centre, radius)


def body(canvas: Canvas, rng: np.random.Generator, look: Look, outline: Points) -> None:
    """A filled shape with its shade, folds and outline."""
    flat = look.flat(rng)
    canvas.fill(outline, flat)
    if rng.random() < 0.7:
        _shade(canvas, rng, look, flat, canvas.mask(outline), outline)
    span = float(np.ptp(outline, axis=0).max())
    for _ in range(int(rng.integers(0, 4))):
        fold = path(rng, span, corners=3, reach=0.3) + outline.min(axis=0)
        canvas.brush(fold, look.ink, look.width * float(rng.uniform(0.4, 1)))
    kind = rng.random()
    if kind < 0.45:
        canvas.stroke(outline, look.ink, look.width, closed=True)
    elif kind < 0.85:
        _outline(canvas, rng, look, outline)


def tuft(canvas: Canvas, rng: np.random.Generator, look: Look, centre: Points, radius: float) -> None:
    """Strokes that start together and thin out: hair, grass, fur."""
    heading, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.8)
    colour = look.ink if rng.random() < 0.6 else look.flat(rng)
    for offset in rng.normal(0, 0.35, int(rng.integers(6, 22))):
        angles = heading + offset + np.array([0.0, bend * 0.5, bend])
        ways = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius * rng.uniform(0.25, 0.6)
        root = centre + rng.normal(0, radius * 0.15, 2)
        line = smooth(np.concatenate([root[None], root + np.cumsum(ways, axis=0)]), closed=False)
        canvas.brush(line, colour, look.width * float(rng.uniform(0.6, 2)), peak=float(rng.uniform(0, 0.5)))


def face(canvas: Canvas, rng: np.random.Generator, look: Look, centre: Points, radius: float) -> None:
    """A head with eyes, brows, nose and mouth."""
    head = blob(rng, centre, radius, corners=6, unrest=0.1)
    skin = look.flat(rng)
    canvas.fill(head, skin)
    if rng.random() < 0.6:
        _shade(canvas, rng, look, skin, canvas.mask(head), head)
    canvas.stroke(head, look.ink, look.width, closed=True)
    for eye in (-0.35, 0.35):
        x, y = centre[0] + eye * radius, centre[1] - 0.1 * radius
        canvas.disc((x, y), radius * 0.2, (255, 255, 255), line=look.ink, width=look.width * 0.7)
        canvas.disc((x + radius * 0.05, y), radius * float(rng.uniform(0.05, 0.14)), look.ink)
        brow = np.array(
            [[x - radius * 0.25, y - radius * 0.3], [x, y - radius * 0.42], [x + radius * 0.25, y - radius * 0.3]]
        )
        canvas.brush(smooth(brow, closed=False), look.ink, look.width * 1.8)
    smile = float(rng.uniform(-0.2, 0.35)) * radius
    mouth = centre + np.array(
        [[-0.4 * radius, 0.45 * radius], [0, 0.45 * radius + smile], [0.4 * radius, 0.45 * radius]]
    )
    canvas.brush(smooth(mouth, closed=False), look.ink, look.width * 1.5, thinnest=0.2)


def house(canvas: Canvas, rng: np.random.Generator, look: Look, centre: Points, radius: float) -> None:
    """A front with rows of windows under a roof, its lines ruled."""
    x, y = centre
    wide, high = radius * rng.uniform(0.6, 1), radius * rng.uniform(0.7, 1.3)
    front = (x - wide, y - high, x + wide, y + high)
    canvas.box(front, look.flat(rng), line=look.ink, width=look.width)
    roof = np.array([[x - wide * 1.1, y - high], [x, y - high * 1.6], [x + wide * 1.1, y - high]])
    canvas.fill(roof, look.flat(rng))
    canvas.stroke(roof, look.ink, look.width, closed=True)
    columns, rows = (int(count) for count in rng.integers(2, 6, 2))
    pane = look.flat(rng)
    for column in range(columns):
        for row in range(rows):
            left = x - wide + 2 * wide * (column + 0.25) / columns
            top = y - high + 2 * high * (row + 0.25) / rows
            window = (left, top, left + wide / columns, top + high / rows)
            canvas.box(window, pane, line=look.ink, width=look.width * 0.6)


def _cut(rng: np.random.Generator, centre: Points, radius: float) -> Points:
    corners, angle = int(rng.integers(3, 8)), float(rng.uniform(0, np.pi))
    waist = 1.0 if rng.random() < 0.7 else float(rng.uniform(0.35, 0.7))
    return polygon(centre, radius, corners=corners, angle=angle, waist=waist)


def _shade(canvas: Canvas, rng: np.random.Generator, look: Look, flat: Colour, within: Mask, outline: Points) -> None:
    """The side away from the light: hard edged and darker, hatched or screened, seldom soft."""
    span = np.ptp(outline, axis=0).max()
    away = outline.mean(axis=0) + rng.uniform(-0.45, 0.45, 2) * span
    part = both(within, canvas.mask(blob(rng, away, float(span * rng.uniform(0.3, 0.6)))))
    if look.toned:
        fineness = float(np.exp(rng.uniform(np.log(2.5), np.log(14))))
        canvas.paint(both(part, tone(canvas, rng, fineness)), look.ink)
    elif rng.random() < 0.2:
        slope = gradient(canvas.side, angle=float(rng.uniform(0, 6.3)), start=0.2, end=0.8)
        canvas.paint(both(within, slope), shaded(flat, float(rng.uniform(0.6, 1.4))))
    else:
        canvas.paint(part, shaded(flat, float(rng.uniform(0.5, 1.5))))
        if rng.random() < 0.3:
            glint = blob(rng, 2 * outline.mean(axis=0) - away, float(span * rng.uniform(0.04, 0.15)))
            canvas.paint(both(within, canvas.mask(glint)), WHITE)


def _outline(canvas: Canvas, rng: np.random.Generator, look: Look, outline: Points) -> None:
    """Drawn by hand: a few strokes of the brush from one turn of the outline to the next."""
    pieces = int(rng.integers(2, 6))
    for piece in np.array_split(np.concatenate([outline, outline[:1]]), pieces):
        if len(piece) > 2:
            canvas.brush(piece, look.ink, look.width * 1.6, thinnest=float(rng.uniform(0.1, 0.5)))
