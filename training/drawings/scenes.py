"""What a drawing shows, chosen at random in the shares in which people upload them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.drawings.canvas import Canvas
from training.drawings.diagrams import chart, flow, plan, sign, text
from training.drawings.look import coloured, inked
from training.drawings.pages import page
from training.drawings.screens import screen, theme

INKED_SHARE, SCREEN_SHARE, ICON_SHARE = 0.3, 0.2, 0.15
KINDS = (page, chart, flow, plan, sign, text)
INKED_KINDS = (0.72, 0.04, 0.06, 0.04, 0.04, 0.1)
COLOURED_KINDS = (0.56, 0.09, 0.07, 0.1, 0.14, 0.04)


def draw(
    rng: np.random.Generator, side: int = 256, *, icons: Sequence[Path] = (), fonts: Sequence[Path] = ()
) -> NDArray[np.uint8]:
    """A drawing, side × side × 3: three in ten in ink, two in ten a screenshot, the others coloured.

    ``icons``: SVG files; where there are any, 15 % of the drawings show some. ``fonts``: files to letter with; the
    one that comes with Pillow, which knows no accents, where there are none.

    Raises:
        ModuleNotFoundError: icons, but no resvg-py.
    """
    kind, iconic = rng.random(), bool(icons) and rng.random() < ICON_SHARE
    look = inked(rng) if kind < INKED_SHARE else coloured(rng)
    screenlike = kind > 1 - SCREEN_SHARE
    if screenlike:
        look = theme(rng, look)
    canvas = Canvas(side, look.paper, fonts)
    if iconic:
        # resvg-py is wanted only by those who have icons
        from training.drawings.icons import icons as show

        show(canvas, rng, look, icons)
    elif screenlike:
        screen(canvas, rng, look)
    else:
        shares = INKED_KINDS if kind < INKED_SHARE else COLOURED_KINDS
        KINDS[int(rng.choice(len(KINDS), p=shares))](canvas, rng, look)
    return canvas.picture(rng, exact=screenlike)
