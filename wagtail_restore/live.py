"""What a worker answers at once, while somebody waits: text in a picture, what is under a stroke, a preview."""

from __future__ import annotations

import json
import logging
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from django.apps import apps

from wagtail_restore import known_marks, swap
from wagtail_restore.bench import bench
from wagtail_restore.catalogue import Model
from wagtail_restore.conf import conf
from wagtail_restore.engines import select
from wagtail_restore.engines.base import Context
from wagtail_restore.engines.excerpt import excerpt
from wagtail_restore.engines.step import Work, to_float
from wagtail_restore.exceptions import (
    ExtraMissing,
    ImageGone,
    OutOfMemory,
    RestoreError,
    SetupError,
    Superseded,
    TimedOut,
)
from wagtail_restore.imaging import codec, shown
from wagtail_restore.imaging.care import Care
from wagtail_restore.imaging.planning import Plan

Answer = dict[str, Any]

logger = logging.getLogger(__name__)

MODEST = "grabcut"
"""The Model that selects where another lacks its package or its memory."""
PREVIEW_SECONDS = 30
"""What a preview may take by what the search for marks took, and by what is tried of the Models."""
LONGEST_SECONDS = 45
"""After so many a preview is given up where that was wrong: the page waits a minute from when it is begun."""
PREVIEW_BYTES = 1_500_000
"""Of each of the two pictures, which lie in Redis until they are fetched."""


def find_text(label: str, pk: str, name: str) -> Answer:
    """The Regions in the file called ``name`` of the image ``pk`` of the model ``label``, as JSON.

    ``width`` and ``height`` are those of the upright picture, in whose pixels the Regions are given. Where nothing can
    be read: the ``code`` and ``params`` of the error.
    """
    return _told(lambda: _read(_picture(label, pk, name)))


def select_object(label: str, pk: str, name: str, drawn: str) -> Answer:
    """The ``rings`` (x, y, x, y, …) around the thing that was ``drawn`` over in the same picture, as JSON.

    ``drawn`` is JSON with ``kind``, ``points`` and ``size`` as ``engines.select.Hint`` has them; there are no rings
    where nothing stands out. Errors as above.
    """
    return _told(lambda: _selected(_picture(label, pk, name), json.loads(drawn)))


def preview(label: str, pk: str, name: str, asked: str) -> Answer:
    """What a Plan makes of a part of the same picture, as JSON: see ``engines.excerpt.Excerpt``.

    ``asked`` is JSON with the ``plan`` and the ``box`` (x, y, width, height). ``before`` and ``after`` are WebP in
    base64, ``size`` is that of the picture after. Errors as above.
    """
    return _told(lambda: _previewed(_image(label, pk, name), json.loads(asked)))


def _told(task: Callable[[], Answer]) -> Answer:
    try:
        return task()
    except MemoryError:
        return {"code": OutOfMemory.code, "params": {"device": "cpu"}}
    except RestoreError as error:
        return {"code": error.code, "params": error.params}


def _picture(label: str, pk: str, name: str) -> codec.Picture:
    return _decoded(_image(label, pk, name))


def _image(label: str, pk: str, name: str) -> Any:
    image: Any = apps.get_model(label)._default_manager.filter(pk=pk).first()
    if image is None:
        raise ImageGone
    if image.file.name != name:
        raise Superseded
    return image


def _decoded(image: Any) -> codec.Picture:
    name = image.file.name
    with swap.reaching(name), image.open_file() as file:
        data = file.read()
    return codec.decode(data, name=name, max_pixels=conf.max_pixels)


def _read(picture: codec.Picture) -> Answer:
    pool = bench.pool
    found = pool.get(pool.choose("detect", "auto").alias).run(to_float(picture.pixels))
    return {"width": picture.width, "height": picture.height, "regions": [region.to_json() for region in found]}


def _selected(picture: codec.Picture, drawn: dict[str, Any]) -> Answer:
    across, down = drawn["points"][::2], drawn["points"][1::2]
    hint = select.Hint(drawn["kind"], tuple(zip(across, down, strict=True)), drawn["size"])
    model = bench.pool.choose("select", "auto")
    try:
        return {"rings": select.rings(picture.pixels, hint, _selector(model))}
    except OutOfMemory:
        if model.alias == MODEST:
            raise
        logger.warning("There is not enough memory for %s; %s selects instead", model.alias, MODEST)
    # Its weights would be in the way of all that follows.
    modest = _selector(bench.pool.models[MODEST])
    bench.pool.only(modest)
    return {"rings": select.rings(picture.pixels, hint, modest)}


def _selector(model: Model) -> select.Selector:
    """What selects on this worker, by ``model`` where its package is here. Raises what loading it raises."""
    pool = bench.pool
    try:
        engine = pool.get(model.alias)
    except ExtraMissing as error:
        command = error.params["command"]
        logger.warning("The weights of %s are here, but not what opens them: %s", model.alias, command)
        engine = pool.get(MODEST)
    if not isinstance(engine, select.Selector):
        raise SetupError(model=model.alias, engine=model.engine, detail="it selects nothing")
    return engine


def _previewed(image: Any, asked: dict[str, Any]) -> Answer:
    plan, (x, y, width, height) = Plan.from_json(asked["plan"]), asked["box"]
    context = Context(check=_deadline(LONGEST_SECONDS))
    marks, wordings = known_marks.wanted(image, plan, {})
    care = Care(conf.SENSITIVITY, conf.ERASE_MARGIN, conf.PAINTED_MARGIN)
    work = Work(bench.pool, context, plan.mode, conf.DETECT_CONFIDENCE, {}, care, marks, wordings)
    try:
        made = excerpt(plan, _decoded(image), (x, y, width, height), work, seconds=PREVIEW_SECONDS)
    except (OutOfMemory, MemoryError):
        # What was loaded for it would be in the way of all that follows.
        bench.pool.close()
        raise
    return {
        "before": b64encode(shown.webp(made.before, most_bytes=PREVIEW_BYTES)).decode(),
        "after": b64encode(shown.webp(made.after, most_bytes=PREVIEW_BYTES)).decode(),
        "size": [made.after.width, made.after.height],
        "box": list(made.box),
        "smaller": list(made.box) != [x, y, width, height],
        "models": list(made.models),
        "seconds": round(made.seconds, 3),
        "whole": round(made.whole, 3),
        "found": made.found,
        "here": made.here,
        "doubtful": made.doubtful,
        "changed": made.changed,
    }


def _deadline(seconds: int) -> Callable[[], None]:
    end = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() > end:
            raise TimedOut(seconds=seconds)

    return check
