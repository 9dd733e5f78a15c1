"""Things told from their surroundings by their colours alone, without a network: GrabCut."""

from __future__ import annotations

import cv2
import numpy as np

from wagtail_restore.engines.select import Bits, Grey, Hint, Selector

ROUNDS = 4
"""More rounds of GrabCut move the edge of few pictures, and each costs the same time."""


class GrabCut(Selector):
    """GrabCut (Rother, Kolmogorov, Blake 2004), which learns from the crop what the thing and the ground look like."""

    longest = 384
    around_outline = 0.4
    around_stroke = (0.5, 1.5, 4.0)

    def load(self) -> None:
        self.device = "cpu"

    def cut(self, small: Grey, hint: Hint, likely: Bits, sure: Bits) -> Bits:
        """Outside an outline is ground for certain, outside a stroke only at the rim of the crop."""
        seeds = np.full(likely.shape, cv2.GC_BGD if hint.kind == "outline" else cv2.GC_PR_BGD, dtype=np.uint8)
        if hint.kind == "stroke":
            rim = max(2, round(0.03 * min(likely.shape)))
            for edge in (np.s_[:rim], np.s_[-rim:], np.s_[:, :rim], np.s_[:, -rim:]):
                seeds[edge] = cv2.GC_BGD
        seeds[likely] = cv2.GC_PR_FGD
        seeds[sure] = cv2.GC_FGD
        known = (seeds == cv2.GC_FGD) | (seeds == cv2.GC_PR_FGD)
        if not known.any() or known.all():
            return np.asarray(likely)
        cv2.setRNGSeed(0)  # the same stroke gives the same mask
        ground, thing = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(small, seeds, None, ground, thing, ROUNDS, cv2.GC_INIT_WITH_MASK)
        return np.asarray((seeds == cv2.GC_FGD) | (seeds == cv2.GC_PR_FGD))
