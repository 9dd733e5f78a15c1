"""With how much care marks are erased: how sure a detector must be of each kind, and how far beyond a mark it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SENSITIVITIES: Mapping[str, float | None] = {"ask": 2.0, "careful": 0.8, "normal": None, "eager": 0.4}
"""The confidence, 0..1, from which on a mark is erased unasked; 2 is never reached, None leaves it to the caller."""
KINDS = ("date", "watermark", "text")
"""Kinds of Region that a sensitivity may be set for."""
MARGIN = 0.02
"""How far beyond a found mark erasing goes, as a share of the height of its line; two pixels at least."""
TEXTS_UNSEEN = 3
"""So many pieces of text, neither dates nor watermarks, may go unasked and unseen; more may be a page or a screen."""
TEXT_SHARE_UNSEEN = 0.03
"""So large a share of the picture may text have that goes unasked and unseen."""
WIDEST_MARGIN = 0.5
WIDEST_PAINTED_MARGIN = 100


@dataclass(frozen=True)
class Care:
    """What a site has decided for all its pictures.

    ``sensitivity`` names, by kind of Region, one of ``SENSITIVITIES``; ``margin`` is a share of the height of the line,
    ``painted_margin`` the pixels by which a mask that somebody painted is grown. Raises ``ValueError`` on a word that
    does not exist.
    """

    sensitivity: Mapping[str, str] = field(default_factory=dict)
    margin: float = MARGIN
    painted_margin: int = 2

    def __post_init__(self) -> None:
        unknown = sorted(set(self.sensitivity.values()) - set(SENSITIVITIES))
        if unknown:
            raise ValueError(f"there is no sensitivity {unknown[0]!r}, only {', '.join(SENSITIVITIES)}")

    def least(self, kind: str, usual: float) -> float:
        """How sure a detector must be of a Region of this kind; ``usual`` where nothing was decided."""
        own = SENSITIVITIES[self.sensitivity.get(kind, "normal")]
        return usual if own is None else own
