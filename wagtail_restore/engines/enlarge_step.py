"""The Steps that send a whole picture through a network: upscale, and denoise at the same size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.catalogue import Model
from wagtail_restore.engines import tiled
from wagtail_restore.engines.step import Done, Work, model_for, to_float, to_integers, with_memory
from wagtail_restore.imaging.fidelity import consistency, lock_colour
from wagtail_restore.imaging.masks import spread
from wagtail_restore.imaging.planning import Mode, Step
from wagtail_restore.imaging.resampling import resize

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

Pixels = NDArray[np.float32]

SMALL_REST = 1.1
"""After one pass of a network, an enlargement of at most this is left to Lanczos: nobody sees the difference."""


@dataclass(frozen=True)
class _Passed:
    pixels: Pixels
    models: tuple[Model, ...]
    tiles: int
    device: str


def upscale(step: Step, picture: Picture, work: Work) -> Done:
    """The picture at exactly ``width`` × ``height`` of the Step's params.

    The network of the smallest sufficient factor is taken, in several passes only where one does not reach, and one
    Lanczos resize leads to the exact size. Transparency goes the same way, as grey. A picture large enough on both
    sides stays as it is.
    """
    width, height = int(step.params["width"]), int(step.params["height"])
    if picture.width >= width and picture.height >= height:
        return Done(picture, {"outcome": "large_enough"}, changed=False)
    return _through(step, picture, work, width, height)


def denoise(step: Step, picture: Picture, work: Work) -> Done:
    """The picture through a network that keeps its size."""
    return _through(step, picture, work, picture.width, picture.height)


def _through(step: Step, picture: Picture, work: Work, width: int, height: int) -> Done:
    source = to_float(picture.pixels)
    if picture.alpha is not None:
        source = spread(source, picture.alpha > 0)
    share = 1.0 if picture.alpha is None else 0.75
    passed = _passes(step, source, work, width, height, lambda part: work.context.progress(part * share, step.kind))
    result = lock_colour(source, passed.pixels) if work.mode is Mode.STRICT else passed.pixels
    alpha = None
    if picture.alpha is not None:
        plane = to_float(picture.alpha)[:, :, None]
        alpha = _alpha(step, plane, work, width, height, lambda part: work.context.progress(share + part / 4, step.kind))
        alpha = to_integers(alpha, picture.alpha.dtype)
    truth = consistency(source, result)
    entry = {
        "outcome": "done",
        "model": passed.models[0].alias if passed.models else "",
        "models": [model.alias for model in passed.models],
        "tiles": passed.tiles,
        "device": passed.device,
        "consistency": round(truth, 2),
        "from": [picture.width, picture.height],
        "to": [width, height],
    }
    made = picture.with_pixels(to_integers(result, picture.pixels.dtype), alpha=alpha)
    return Done(made, entry, consistency=truth, threshold=max((m.threshold for m in passed.models), default=0.0))


def _alpha(
    step: Step, plane: Pixels, work: Work, width: int, height: int, report: Callable[[float], None]
) -> NDArray[Any]:
    # Where nothing varies there is nothing to restore, and a network would only add noise to full opacity.
    if plane.min() == plane.max():
        return np.full((height, width), plane.flat[0], dtype=np.float32)
    return _passes(step, plane, work, width, height, report).pixels[:, :, 0]


def _passes(
    step: Step, source: Pixels, work: Work, width: int, height: int, report: Callable[[float], None]
) -> _Passed:
    current, tiles, device = source, 0, "cpu"
    models: list[Model] = []
    while not models or _missing(current, width, height) > SMALL_REST:
        model = model_for(work, step.kind, step.model, _missing(current, width, height))
        if models:
            if model.scale < 2:
                break
            current = _bounded(current, model.scale, width, height)
        part = current
        (current, count), engine = with_memory(
            work, model, lambda engine, part=part: tiled.run(engine, part, report, work.context.check)
        )
        models.append(model)
        tiles, device = tiles + count, engine.device
    return _Passed(np.clip(resize(current, width, height), 0.0, 1.0), tuple(models), tiles, device)


def _missing(pixels: Pixels, width: int, height: int) -> float:
    """By how much the picture must still grow."""
    return max(width / pixels.shape[1], height / pixels.shape[0])


def _bounded(pixels: Pixels, scale: int, width: int, height: int) -> Pixels:
    """Reduced before a further pass, so that what comes out is at most twice as wide and high as wanted."""
    return resize(
        pixels,
        min(pixels.shape[1], max(1, -(-2 * width // scale))),
        min(pixels.shape[0], max(1, -(-2 * height // scale))),
    )
