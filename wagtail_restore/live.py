"""What a worker answers at once, while somebody waits for it: which text its detector reads in a picture."""

from __future__ import annotations

from typing import Any

from django.apps import apps

from wagtail_restore import swap, worker
from wagtail_restore.conf import conf
from wagtail_restore.engines.step import to_float
from wagtail_restore.exceptions import ImageGone, OutOfMemory, RestoreError, Superseded
from wagtail_restore.imaging import codec


def find_text(label: str, pk: str, name: str) -> dict[str, Any]:
    """The Regions in the file called ``name`` of the image ``pk`` of the model ``label``, as JSON.

    ``width`` and ``height`` are those of the upright picture, in whose pixels the Regions are given. Where nothing can
    be read: the ``code`` and ``params`` of the error.
    """
    try:
        return _read(label, pk, name)
    except MemoryError:
        return {"code": OutOfMemory.code, "params": {"device": "cpu"}}
    except RestoreError as error:
        return {"code": error.code, "params": error.params}


def _read(label: str, pk: str, name: str) -> dict[str, Any]:
    image: Any = apps.get_model(label)._default_manager.filter(pk=pk).first()
    if image is None:
        raise ImageGone
    if image.file.name != name:
        raise Superseded
    with swap.reaching(name), image.open_file() as file:
        data = file.read()
    picture = codec.decode(data, name=name, max_pixels=conf.max_pixels)
    pool = worker.bench.pool
    found = pool.get(pool.choose("detect", "auto").alias).run(to_float(picture.pixels))
    return {"width": picture.width, "height": picture.height, "regions": [region.to_json() for region in found]}
