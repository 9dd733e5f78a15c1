"""What one drawing keeps to throughout: its colours, the width of its lines, the words written on it."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

from training.drawings.canvas import Colour

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)

WRITTEN = (
    "the of and to in is you that it he was for on are as with his they at be this have from or one had by word but "
    "not what all were we when your can said there use an each which she do how their if will up other about out many "
    "then them these so some her would make like him into time has look two more write go see number no way could "
    "Straße über Größe schön für Mädchen heiß où déjà façade élève Noël garçon año mañana señor São città però "
    "HELP WAIT NEVER OPEN CLOSED EXIT STOP SALE Museum Hotel Café Station Platz Rue North South Total Mean Index Fig. "
    "Save Cancel Settings Search Upload Images Account Profile Log out Delete Edit Publish Reports Pages Home Filter "
    "km/h 50% €9.99 $120 2024 1987 12:30 3.14 No. 7 A B C x y z µ & @ # ! ? … – („“) [1] {n} <p> / \\ + = * ~"
)
WORDS = tuple(WRITTEN.split())
BANGS = (
    "BOOM!",
    "ZAP",
    "Crack",
    "WHAM!",
    "no!",
    "POW",
    "Krach!",
    "AAAH",
    "?!",
    "SNAP",
    "Tock",
    "ZzZ",
    "RUMBLE",
    "Ha ha!",
)


@dataclass(frozen=True)
class Look:
    """``width``: of a usual line, in pixels of the finished drawing. ``toned``: greys are hatched or screened."""

    paper: Colour
    ink: Colour
    flats: tuple[Colour, ...]
    width: float
    toned: bool

    def flat(self, rng: np.random.Generator) -> Colour:
        return self.flats[int(rng.integers(len(self.flats)))]


def inked(rng: np.random.Generator) -> Look:
    """Black on white, sometimes on yellowed paper or with the brown of an old pen, sometimes with greys."""
    paper, ink = WHITE, BLACK
    if rng.random() < 0.25:
        paper, ink = (
            (int(rng.integers(240, 256)), int(rng.integers(232, 250)), int(rng.integers(205, 245))),
            (24, 20, 28),
        )
    elif rng.random() < 0.1:
        paper, ink = ink, paper
    flats: tuple[Colour, ...] = (paper, paper, paper)
    if rng.random() < 0.35:
        greys = rng.integers(60, 235, 2)
        flats = (paper, *((int(grey),) * 3 for grey in greys))
    elif rng.random() < 0.3:
        flats = (paper, paper, ink)
    return Look(paper, ink, flats, _width(rng), toned=True)


def coloured(rng: np.random.Generator) -> Look:
    """Flat colours of one mood: hues that lie together or opposite one another, pale, strong or dark."""
    hue, spread = rng.random(), rng.choice([0.08, 0.25, 0.5])
    pale = float(rng.choice([0.35, 0.65, 0.95]))
    flats = tuple(
        _colour(hue + rng.normal(0, spread), pale * rng.uniform(0.4, 1.0), rng.uniform(0.35, 1.0)) for _ in range(6)
    )
    paper = (
        WHITE if rng.random() < 0.4 else _colour(hue + rng.choice([0, 0.5]), rng.uniform(0, 0.5), rng.uniform(0.7, 1))
    )
    ink = BLACK if rng.random() < 0.6 else _colour(hue, rng.uniform(0.3, 1), rng.uniform(0, 0.3))
    if rng.random() < 0.12:
        paper, ink = ink, paper
    return Look(paper, ink, (*flats, WHITE), _width(rng), toned=bool(rng.random() < 0.15))


def shaded(colour: Colour, share: float) -> Colour:
    """``colour`` nearer to black (``share`` below 1) or to white (above)."""
    aim = 0 if share < 1 else 255
    weight = share if share < 1 else 2 - share
    return _whole([aim + (value - aim) * weight for value in colour])


def readable(on: Colour) -> Colour:
    """Black or white, whichever stands out more."""
    return BLACK if 0.299 * on[0] + 0.587 * on[1] + 0.114 * on[2] > 140 else WHITE


def phrase(rng: np.random.Generator, words: int) -> str:
    """So many words, now and then in capitals."""
    text = " ".join(WORDS[int(index)] for index in rng.integers(len(WORDS), size=words))
    return text.upper() if rng.random() < 0.25 else text


def _width(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(0.8), np.log(6))))


def _colour(hue: float, saturation: float, value: float) -> Colour:
    return _whole([part * 255 for part in colorsys.hsv_to_rgb(hue % 1.0, saturation, value)])


def _whole(values: list[float]) -> Colour:
    red, green, blue = (int(min(255, max(0, round(value)))) for value in values)
    return red, green, blue
