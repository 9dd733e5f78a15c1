"""The network behind ``erase-compact``: it sees a picture with its hole filled classically, and corrects the fill."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

COLOURS = 3
HALF = 2
"""Everything happens at half the size and below; the four pixels of a square come in as channels of their own."""
MULTIPLE = 8
"""Sides must be multiples of this: of half the size, halved twice again."""
NEAR = 15
"""The side, in pixels, of the box, taken twice, in which contrast is measured."""
FLAT = 0.01
"""Added to the contrast, so that it is never nothing."""
WIDTHS = (48, 96, 160)
BEFORE, MIDDLE, AFTER = ((1, 1), (1, 1)), (1, 2, 4, 8, 4, 2, 1), ((1, 1), (1, 1))
"""The reach (dilation) of the blocks at the half and the quarter of the size on the way down, at the eighth, so
that the network sees some 250 pixels around, and of those on the way up."""


class Refiner(nn.Module):
    """A small U-Net (Ronneberger et al., 2015) of residual blocks, the last convolution of which begins at zero.

    So it begins as the classical fill itself, and learns what is to be added to it.
    """

    def __init__(self, widths: tuple[int, int, int] = WIDTHS) -> None:
        super().__init__()
        first, second, third = widths
        self.enter = convolution((COLOURS + 1) * HALF * HALF, first)
        self.down_first = blocks(first, BEFORE[0])
        self.to_second = nn.Conv2d(first, second, kernel_size=2, stride=2)
        self.down_second = blocks(second, BEFORE[1])
        self.to_third = nn.Conv2d(second, third, kernel_size=2, stride=2)
        self.middle = blocks(third, MIDDLE)
        self.from_third = nn.Conv2d(third, second * 4, kernel_size=1)
        self.up_second = blocks(second, AFTER[1])
        self.from_second = nn.Conv2d(second, first * 4, kernel_size=1)
        self.up_first = blocks(first, AFTER[0])
        self.leave = convolution(first, COLOURS * HALF * HALF)
        for parameter in self.leave.parameters():
            nn.init.zeros_(parameter)

    def forward(self, filled: Tensor, hole: Tensor) -> Tensor:
        """``filled``: N × 3 × H × W in 0…1; ``hole``: N × 1 × H × W, 1 where it was filled, else 0.

        H and W are multiples of 8. Comes back N × 3 × H × W, not clamped, and as it was outside the hole.
        """
        middle, contrast = _local(filled)
        seen = torch.cat([(filled - middle) / contrast, hole], dim=1)
        first = self.down_first(self.enter(F.pixel_unshuffle(seen, HALF)))
        second = self.down_second(self.to_second(first))
        third = self.middle(self.to_third(second))
        second = self.up_second(second + F.pixel_shuffle(self.from_third(third), 2))
        first = self.up_first(first + F.pixel_shuffle(self.from_second(second), 2))
        # bfloat16 holds 8 bits, too few for a picture but enough for a correction: so the sum is made in float32
        return filled + hole * contrast * F.pixel_shuffle(self.leave(first).float(), HALF)


def _local(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """The mean colour around each pixel, and how much the brightness moves there: what is flat is corrected gently."""

    def near(values: Tensor) -> Tensor:
        # Rows and columns one after the other: the same mean for a seventh of the work.
        for side, padding in 2 * (((1, NEAR), (0, NEAR // 2)), ((NEAR, 1), (NEAR // 2, 0))):
            values = F.avg_pool2d(values, side, stride=1, padding=padding, count_include_pad=False)
        return values

    middle = near(pictures)
    grey = pictures.mean(dim=1, keepdim=True)
    moved = near(grey.square()) - near(grey).square()
    return middle, moved.clamp(min=0).sqrt() + FLAT


class _Block(nn.Module):
    """Two convolutions beside the way straight through."""

    def __init__(self, features: int, reach: int = 1) -> None:
        super().__init__()
        self.one = convolution(features, features, reach)
        self.bend = nn.PReLU(features)
        self.two = convolution(features, features)
        with torch.no_grad():
            self.two.weight.mul_(0.1)

    def forward(self, seen: Tensor) -> Tensor:
        made: Tensor = self.two(self.bend(self.one(seen)))
        return seen + made


def blocks(features: int, reaches: Sequence[int]) -> nn.Sequential:
    """Residual blocks, one for each reach (dilation)."""
    return nn.Sequential(*(_Block(features, reach) for reach in reaches))


def convolution(inputs: int, outputs: int, reach: int = 1) -> nn.Conv2d:
    """3 × 3, or as far apart as ``reach`` says, keeping the size."""
    return nn.Conv2d(inputs, outputs, kernel_size=3, padding=reach, dilation=reach)
