"""The Steps that send a whole picture through a network: upscale, and denoise at the same size."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wagtail_restore.engines.original import Original
from wagtail_restore.engines.passes import Passes, chain
from wagtail_restore.engines.result import Result
from wagtail_restore.engines.step import Done, Work, to_float
from wagtail_restore.imaging.content import is_drawing
from wagtail_restore.imaging.planning import Choice, Mode, Step
from wagtail_restore.imaging.resampling import Size
from wagtail_restore.imaging.rows import Pixels
from wagtail_restore.imaging.traces import is_clean

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

CLEAN = "clean"
"""The purpose of Models for photographs without loss: an editor need not know, the file tells."""
_FOR_COLOURS = 0.75
"""Their share of the progress where there is transparency too."""


def upscale(step: Step, picture: Picture, work: Work, content: str = "") -> Done:
    """The picture at exactly ``width`` × ``height`` of the Step's params.

    The network of the smallest sufficient factor is taken, in several passes only where one does not reach, and one
    Lanczos resize leads to the exact size. Transparency goes the same way, as grey. A picture large enough on both
    sides stays as it is. With the model ``auto``, drawings go through a network for drawings; photographs that show no
    loss go through one that looks for none to repair. ``content`` is what ``content_of`` says of the whole, where
    ``picture`` is a part of it.
    """
    width, height = int(step.params["width"]), int(step.params["height"])
    if picture.width >= width and picture.height >= height:
        return Done(picture, {"outcome": "large_enough"}, changed=False)
    content = content or content_of(step.model, picture)
    if content == step.model:
        return _through(step, step.model, picture, work, (height, width))
    return _through(step, content, picture, work, (height, width), content=content)


def content_of(choice: str, picture: Picture) -> str:
    """What kind of picture it is, as closely as ``choice`` leaves that open."""
    if choice == Choice.AUTO:
        choice = Choice.LINE if is_drawing(picture.pixels) else Choice.PHOTO
    return CLEAN if choice == Choice.PHOTO and is_clean(picture) else str(choice)


def denoise(step: Step, picture: Picture, work: Work) -> Done:
    """The picture through a network that keeps its size."""
    return _through(step, step.model, picture, work, (picture.height, picture.width))


def _through(step: Step, choice: str, picture: Picture, work: Work, target: Size, **told: Any) -> Done:
    strength = min(1.0, max(0.0, float(step.params.get("strength", 1.0))))
    models = chain(work, step.kind, choice, max(target[1] / picture.width, target[0] / picture.height))
    passes = Passes(work, models, target, step.params.get("denoise"))
    original, result = Original.of(picture), Result(picture, target, strength)
    share = 1.0 if picture.alpha is None else _FOR_COLOURS
    rows = passes.rows(original.shape, original.within, _report(work, step, 0.0, share))
    truth = result.colours(original, rows, lock=work.mode is Mode.STRICT)
    _transparency(picture, passes, result, _report(work, step, share, 1.0))
    entry = {
        "outcome": "done",
        "model": models[0].alias,
        "models": [model.alias for model in models],
        "tiles": passes.tiles,
        "device": passes.device,
        "consistency": round(truth, 2),
        "strength": strength,
        "from": [picture.width, picture.height],
        "to": [target[1], target[0]],
        **told,
    }
    return Done(result.picture, entry, consistency=truth, threshold=max(model.threshold for model in models))


def _transparency(picture: Picture, passes: Passes, result: Result, report: Callable[[float], None]) -> None:
    """Transparency through the same network as grey."""
    alpha = picture.alpha
    if alpha is None:
        return
    if alpha.min() == alpha.max():
        result.even(int(alpha.flat[0]))
        return

    def read(first: int, last: int) -> Pixels:
        return to_float(alpha[first:last, :, None])

    result.transparency(alpha, read, passes.rows((*alpha.shape, 1), read, report))


def _report(work: Work, step: Step, start: float, end: float) -> Callable[[float], None]:
    return lambda done: work.context.progress(start + (end - start) * done, step.kind)
