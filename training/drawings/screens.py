"""Screenshots: panels, lines one pixel wide, buttons, tables and small letters, all laid on whole pixels."""

from __future__ import annotations

import numpy as np

from training.drawings.canvas import Canvas, Colour
from training.drawings.look import BLACK, WHITE, Look, phrase, readable, shaded


def theme(rng: np.random.Generator, look: Look) -> Look:
    """The colours of a screen: light or dark greys and one or two accents of ``look``."""
    grey = int(rng.choice([255, 255, 250, 243, 30, 40, 18]))
    paper: Colour = (grey, grey, min(255, grey + int(rng.integers(0, 8))))
    ink = shaded(BLACK, float(rng.uniform(1, 1.3))) if grey > 128 else shaded(WHITE, float(rng.uniform(0.8, 1)))
    return Look(paper, ink, look.flats[:3], 1.0, toned=False)


def screen(canvas: Canvas, rng: np.random.Generator, look: Look) -> None:
    """A bar on top, perhaps one at the left, and below it a form, a table, cards or written lines."""
    side = canvas.side
    pixel = int(rng.choice([1, 1, 1, 2]))
    size, font = float(rng.choice([9, 10, 11, 12, 13, 14, 16])) * pixel, int(rng.integers(99))
    top = int(rng.integers(0, 40)) * pixel
    bar = look.flat(rng)
    canvas.box((0, 0, side, top), bar)
    canvas.letter(phrase(rng, 5), (8, top // 2), size, readable(bar), font=font, anchor="lm")
    edge = _line(look)
    canvas.box((0, top, side, top + pixel), edge)
    left = 0
    if rng.random() < 0.4:
        left = int(rng.integers(30, 110))
        canvas.box((0, top + pixel, left, side), shaded(look.paper, 0.93 if look.paper[0] > 128 else 1.1))
        canvas.box((left, top, left + pixel, side), edge)
        for y in range(top + 20, side, round(size * 2.2)):
            canvas.letter(phrase(rng, 2), (8, y), size, look.ink, font=font, anchor="lm")
    content = (_form, _table, _cards, _lines)[int(rng.integers(4))]
    content(canvas, rng, look, left + int(rng.integers(4, 16)), top + int(rng.integers(6, 20)), size, pixel, font)


def _line(look: Look) -> Colour:
    return shaded(look.paper, 0.82) if look.paper[0] > 128 else shaded(look.paper, 1.25)


def _form(
    canvas: Canvas, rng: np.random.Generator, look: Look, x: int, y: int, size: float, pixel: int, font: int
) -> None:
    radius, wide, high = int(rng.choice([0, 3, 6, 30])), int(rng.integers(80, 220)), round(size * 2)
    while y < canvas.side:
        kind = rng.random()
        if kind < 0.3:
            flat = look.flat(rng)
            canvas.box((x, y, x + wide // 2, y + high), flat, radius=radius)
            canvas.letter(phrase(rng, 1), (x + wide // 4, y + high // 2), size, readable(flat), font=font)
        elif kind < 0.65:
            canvas.letter(phrase(rng, 3), (x, y + size / 2), size, look.ink, font=font, bold=0.3, anchor="lm")
            y += round(size * 1.4)
            canvas.box((x, y, x + wide, y + high), look.paper, line=_line(look), width=pixel, radius=radius)
            canvas.letter(phrase(rng, 2), (x + 6, y + high // 2), size, look.ink, font=font, anchor="lm")
        else:
            box = round(size)
            canvas.box((x, y, x + box, y + box), look.paper, line=look.ink, width=pixel, radius=min(radius, 3))
            if rng.random() < 0.5:
                tick = np.array([[x + 2, y + box / 2], [x + box * 0.4, y + box - 3], [x + box - 2, y + 2]])
                canvas.stroke(tick, look.flat(rng), 1.5 * pixel)
            canvas.letter(phrase(rng, 4), (x + box + 6, y + box // 2), size, look.ink, font=font, anchor="lm")
        y += high + round(size * 0.8)


def _table(
    canvas: Canvas, rng: np.random.Generator, look: Look, x: int, y: int, size: float, pixel: int, font: int
) -> None:
    row, column = round(size * float(rng.uniform(1.5, 2.4))), int(rng.integers(40, 100))
    striped, ruled = rng.random() < 0.5, rng.random() < 0.5
    for number, top in enumerate(range(y, canvas.side, row)):
        if striped and number % 2:
            canvas.box((x, top, canvas.side, top + row), shaded(look.paper, 0.95 if look.paper[0] > 128 else 1.06))
        canvas.box((x, top, canvas.side, top + pixel), _line(look))
        for left in range(x, canvas.side, column):
            if ruled:
                canvas.box((left, top, left + pixel, top + row), _line(look))
            bold = 0.3 if number == 0 else 0.0
            word = phrase(rng, 1) if rng.random() < 0.6 else f"{rng.integers(10_000)}"
            canvas.letter(word, (left + 5, top + row // 2), size, look.ink, font=font, bold=bold, anchor="lm")


def _cards(
    canvas: Canvas, rng: np.random.Generator, look: Look, x: int, y: int, size: float, pixel: int, font: int
) -> None:
    wide, high, radius = int(rng.integers(50, 120)), int(rng.integers(50, 120)), int(rng.choice([0, 4, 12]))
    for top in range(y, canvas.side, high + 10):
        for left in range(x, canvas.side, wide + 10):
            flat = look.flat(rng)
            canvas.box((left, top, left + wide, top + high), look.paper, line=_line(look), width=pixel, radius=radius)
            canvas.box((left + 6, top + 6, left + wide - 6, top + high // 2), flat, radius=radius / 2)
            canvas.disc((left + wide / 2, top + high * 0.28), high * 0.12, readable(flat))
            place = (left + 6, top + high * 0.65)
            canvas.letter(phrase(rng, 2), place, size, look.ink, font=font, bold=0.3, anchor="lm")
            canvas.letter(phrase(rng, 2), (left + 6, top + high * 0.85), size * 0.8, look.ink, font=font, anchor="lm")


def _lines(
    canvas: Canvas, rng: np.random.Generator, look: Look, x: int, y: int, size: float, pixel: int, font: int
) -> None:
    """Written lines, as in an editor: each word in a colour of its own, or all in one."""
    gay = rng.random() < 0.5
    for top in range(y, canvas.side, round(size * 1.5)):
        place = x + round(size) * int(rng.integers(0, 4))
        while place < canvas.side and rng.random() < 0.9:
            word = phrase(rng, 1)
            colour = look.flat(rng) if gay and rng.random() < 0.5 else look.ink
            canvas.letter(word, (place, top), size, colour, font=font, anchor="lm")
            place += round(size * (0.6 * len(word) + 0.5))
