"""The network behind ``marks-compact``: for each pixel, how surely there is a mark that the picture shines through."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wagtail_restore.engines.refiner import FLAT, HALF, blocks, convolution

COLOURS = 3
MULTIPLE = 8
"""Sides must be multiples of this: of half the size, halved twice again."""
WIDTHS = (32, 64, 96)
MIDDLE = (1, 2, 4, 8, 1)
"""The reach (dilation) of the blocks at the eighth of the size: letters are told from twigs by their neighbours."""
COARSE, NEAR = 4, 5
"""Local mean and contrast are taken from a picture so many times smaller, over so many of its pixels."""
RARE = -3.0
"""What the last convolution begins with: nearly every pixel of a picture is free of marks."""


class Marker(nn.Module):
    """A small U-Net (Ronneberger et al., 2015) of residual blocks, at half the size, the quarter and the eighth.

    It sees the colours, and the colours with their local mean and contrast evened out, in which the faint is seen.
    """

    def __init__(self, widths: tuple[int, int, int] = WIDTHS) -> None:
        super().__init__()
        first, second, third = widths
        self.enter = convolution(2 * COLOURS * HALF * HALF, first)
        self.down_first = blocks(first, (1,))
        self.to_second = nn.Conv2d(first, second, kernel_size=2, stride=2)
        self.down_second = blocks(second, (1,))
        self.to_third = nn.Conv2d(second, third, kernel_size=2, stride=2)
        self.middle = blocks(third, MIDDLE)
        self.from_third = nn.Conv2d(third, second * 4, kernel_size=1)
        self.up_second = blocks(second, (1,))
        self.from_second = nn.Conv2d(second, first * 4, kernel_size=1)
        self.up_first = blocks(first, (1,))
        self.leave = convolution(first, HALF * HALF)
        with torch.no_grad():
            self.leave.weight.zero_()
            self.leave.bias.fill_(RARE)  # type: ignore[union-attr]

    def forward(self, pictures: Tensor) -> Tensor:
        """From N × 3 × H × W in 0…1 to N × 1 × H × W, log odds; H and W are multiples of 8."""
        middle, contrast = _local(pictures)
        seen = torch.cat([pictures - 0.5, (pictures - middle) / contrast], dim=1)
        first = self.down_first(self.enter(F.pixel_unshuffle(seen, HALF)))
        second = self.down_second(self.to_second(first))
        third = self.middle(self.to_third(second))
        second = self.up_second(second + F.pixel_shuffle(self.from_third(third), 2))
        first = self.up_first(first + F.pixel_shuffle(self.from_second(second), 2))
        return F.pixel_shuffle(self.leave(first).float(), HALF)


def _local(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """The mean colour around each pixel, and how much the brightness moves there."""

    def near(values: Tensor) -> Tensor:
        coarse = F.avg_pool2d(values, COARSE)
        return F.avg_pool2d(coarse, NEAR, stride=1, padding=NEAR // 2, count_include_pad=False)

    grey = pictures.mean(dim=1, keepdim=True)
    middle, squares = near(pictures), near(grey.square())
    contrast = (squares - middle.mean(dim=1, keepdim=True).square()).clamp(min=0).sqrt() + FLAT
    both = F.interpolate(torch.cat([middle, contrast], dim=1), scale_factor=COARSE, mode="bilinear")
    return both[:, :COLOURS], both[:, COLOURS:]
