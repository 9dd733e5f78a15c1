"""Drawings to learn line art from: comics, diagrams, maps, signs, icons and screenshots, each drawn from a seed."""

from training.drawings.scenes import draw
from training.drawings.store import open_drawings

__all__ = ["draw", "open_drawings"]
