"""The Steps that send a whole picture through a network: upscale, and denoise at the same size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
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
    passed = _passes(step, source, work, width, height, lambda done: work.context.progress(done * share, step.kind))
    result = lock_colour(source, passed.pixels) if work.mode is Mode.STRICT else passed.pixels
    truth = consistency(source, result)
    entry = {
        "outcome": "done",
        "model": passed.models[0].alias,
        "models": [model.alias for model in passed.models],
        "tiles": passed.tiles,
        "device": passed.device,
        "consistency": round(truth, 2),
        "from": [picture.width, picture.height],
        "to": [width, height],
    }
    alpha = _alpha(step, picture, work, width, height)
    made = picture.with_pixels(to_integers(result, picture.pixels.dtype), alpha=alpha)
    return Done(made, entry, consistency=truth, threshold=max(model.threshold for model in passed.models))


def _alpha(step: Step, picture: Picture, work: Work, width: int, height: int) -> NDArray[Any] | None:
    """Transparency through the same network as grey, on the last quarter of the progress."""
    if picture.alpha is None:
        return None
    # Where nothing varies there is nothing to restore, and a network would only add noise to full opacity.
    if picture.alpha.min() == picture.alpha.max():
        return np.full((height, width), picture.alpha.flat[0], dtype=picture.alpha.dtype)
    plane = to_float(picture.alpha)[:, :, None]
    passed = _passes(step, plane, work, width, height, lambda d: work.context.progress(0.75 + d / 4, step.kind))
    return to_integers(passed.pixels[:, :, 0], picture.alpha.dtype)


def chain(step: Step, work: Work, factor: float) -> tuple[Model, ...]:
    """The Models to go through, one after the other, until the picture has grown by ``factor`` or nearly so."""
    models: list[Model] = []
    while not models or factor > SMALL_REST:
        model = model_for(work, step.kind, step.model, max(1.0, factor))
        if models and model.scale < 2:
            break
        models.append(model)
        factor /= max(1, model.scale)
    return tuple(models)


def _passes(
    step: Step, source: Pixels, work: Work, width: int, height: int, report: Callable[[float], None]
) -> _Passed:
    models = chain(step, work, max(width / source.shape[1], height / source.shape[0]))
    passed = _Passed(source, models, 0, "cpu")
    for index, model in enumerate(models):
        part = _bounded(passed.pixels, model.scale, width, height) if index else source
        passed = _one_pass(part, model, passed, work, _share(report, index, len(models)))
    return replace(passed, pixels=np.clip(resize(passed.pixels, width, height), 0.0, 1.0))


def _one_pass(part: Pixels, model: Model, before: _Passed, work: Work, report: Callable[[float], None]) -> _Passed:
    (pixels, count), engine = with_memory(
        work, model, lambda engine: tiled.run(engine, part, report, work.context.check)
    )
    return replace(before, pixels=pixels, tiles=before.tiles + count, device=engine.device)


def _share(report: Callable[[float], None], index: int, count: int) -> Callable[[float], None]:
    """The part of the progress that belongs to one of several passes."""
    return lambda done: report((index + done) / count)


def _bounded(pixels: Pixels, scale: int, width: int, height: int) -> Pixels:
    """Reduced before a further pass, so that what comes out is at most twice as wide and high as wanted."""
    return resize(
        pixels,
        min(pixels.shape[1], max(1, -(-2 * width // scale))),
        min(pixels.shape[0], max(1, -(-2 * height // scale))),
    )
