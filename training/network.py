"""The network that is trained: small, fast on a CPU, and read by spandrel as "Compact" from its plain state dict."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

COLOURS = 3
NEIGHBOURS = 9
CARRIERS = COLOURS * NEIGHBOURS
NOISE = 0.3


class Compact(nn.Module):
    """Convolutions at the small size, then one pixel shuffle; it learns what nearest-neighbour enlarging leaves out.

    The shape is that of SRVGGNetCompact (Wang et al., Real-ESRGAN, 2021), and the names of the parameters are those
    spandrel looks for: ``body.0``, ``body.1`` and so on, convolutions and PReLUs in turn.
    """

    def __init__(self, *, features: int, depth: int, scale: int) -> None:
        """Make a network of ``depth`` inner convolutions that starts as bicubic enlarging.

        Raises:
            ValueError: fewer features than the 27 that carry the picture at the start.
        """
        super().__init__()
        if features < CARRIERS:
            raise ValueError(f"at least {CARRIERS} features are needed, not {features}")
        self.scale = scale
        layers: list[nn.Module] = [_convolution(COLOURS, features), nn.PReLU(features)]
        for _ in range(depth):
            layers += [_convolution(features, features), nn.PReLU(features)]
        layers.append(_convolution(features, COLOURS * scale * scale))
        self.body = nn.ModuleList(layers)
        with torch.no_grad():
            self._start_as_bicubic()

    def forward(self, low: Tensor) -> Tensor:
        """``low``: N × 3 × H × W in 0…1; returns N × 3 × (scale·H) × (scale·W), not clamped."""
        residual = low
        for layer in self.body:
            residual = layer(residual)
        # bfloat16 holds 8 bits, too few for a picture but enough for a residual: so the sum is made in float32
        return F.pixel_shuffle(residual.float(), self.scale) + F.interpolate(low, scale_factor=self.scale)

    def _start_as_bicubic(self) -> None:
        """Carry the 3 × 3 neighbourhood of every pixel untouched to the last layer, which mixes it into bicubic.

        Colours are never negative, so the PReLUs let them pass. Every inner convolution begins as the identity and a
        little noise (He et al., 2015, times ``NOISE``), as the merged form of a residual branch (Ding et al., RepVGG,
        2021) would; the features beyond the carriers count for nothing in the first output, but receive a gradient
        from the first step on.
        """
        convolutions = [layer for layer in self.body if isinstance(layer, nn.Conv2d)]
        first, inner, last = convolutions[0], convolutions[1:-1], convolutions[-1]
        for name, parameter in self.body.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
        for layer in (first, *inner):
            nn.init.kaiming_normal_(layer.weight, a=0.25)
            layer.weight[:CARRIERS] = 0
        for layer in inner:
            layer.weight.mul_(NOISE)
            features = torch.arange(len(layer.weight))
            layer.weight[features, features, 1, 1] += 1
        for carrier in range(CARRIERS):
            colour, neighbour = divmod(carrier, NEIGHBOURS)
            first.weight[carrier, colour, neighbour // 3, neighbour % 3] = 1
        self._mix_to_bicubic(last)

    def _mix_to_bicubic(self, last: nn.Conv2d) -> None:
        """Set the last convolution to what bicubic enlarging adds to nearest-neighbour enlarging."""
        nn.init.zeros_(last.weight)
        # each tap of the 5 × 5 kernel can be reached in several ways (3 × 3, then 3 × 3), which share its weight
        kernel = _bicubic_minus_nearest(self.scale) / _ways()
        phases = self.scale * self.scale
        for colour in range(COLOURS):
            for neighbour in range(NEIGHBOURS):
                row, column = divmod(neighbour, 3)
                window = kernel[:, row : row + 3, column : column + 3]
                last.weight[colour * phases : (colour + 1) * phases, colour * NEIGHBOURS + neighbour] = window


def take_body(network: Compact, trained: Mapping[str, Tensor]) -> None:
    """Start from a network trained for this scale, or from the body of one for a multiple of it.

    The last convolution becomes the mean of the trained one over the places that fall into the same new pixel, so a ×2
    network starts as the ×4 network seen at half its size.

    Raises:
        ValueError: the trained scale is not a multiple of the new one.
    """
    last = len(network.body) - 1
    own = network.state_dict()
    for name, value in trained.items():
        if not name.startswith(f"body.{last}."):
            own[name] = value.clone()
            continue
        phases = value.shape[0] // COLOURS
        side = round(phases**0.5)
        if side % network.scale:
            raise ValueError(f"a ×{side} network cannot start a ×{network.scale} network")
        step = side // network.scale
        parts = value.reshape(COLOURS, network.scale, step, network.scale, step, *value.shape[1:])
        own[name] = parts.mean(dim=(2, 4)).reshape(own[name].shape)
    network.load_state_dict(own)


def _convolution(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)


def _ways() -> Tensor:
    """5 × 5: in how many ways a tap can be reached by a step of 3 × 3 and another of 3 × 3."""
    line = torch.tensor([1.0, 2.0, 3.0, 2.0, 1.0])
    return torch.outer(line, line)


def _bicubic_minus_nearest(scale: int) -> Tensor:
    """(scale²) × 5 × 5: the weights of a pixel's surroundings in each of the pixels it becomes."""
    impulses = torch.eye(25).reshape(25, 1, 5, 5)
    padded = F.pad(impulses, (2, 2, 2, 2))
    middle = slice(4 * scale, 5 * scale)
    bicubic = F.interpolate(padded, scale_factor=scale, mode="bicubic", antialias=True)[:, 0, middle, middle]
    nearest = F.interpolate(padded, scale_factor=scale)[:, 0, middle, middle]
    return (bicubic - nearest).reshape(5, 5, scale * scale).permute(2, 0, 1)
