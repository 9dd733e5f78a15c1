"""What a site's own tests need: pictures and images to try, and a worker that does what is waiting."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image as Pillow
from PIL import ImageDraw
from wagtail.images import get_image_model

from wagtail_restore import jobs, queue, upkeep


def make_picture(width: int = 64, height: int = 48, *, format: str = "JPEG", mode: str = "RGB", **save: Any) -> bytes:
    """The bytes of a small picture with gradients and edges, the same each time; ``save`` goes to Pillow."""
    red = Pillow.linear_gradient("L").resize((width, height))
    green = red.transpose(Pillow.Transpose.ROTATE_180)
    picture = Pillow.merge("RGB", (red, green, Pillow.radial_gradient("L").resize((width, height))))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((width // 4, height // 4, width // 2, height // 2), fill=(200, 60, 30))
    draw.line((0, height - 1, width - 1, 0), fill=(250, 250, 240))
    buffer = io.BytesIO()
    picture.convert(mode).save(buffer, format, **save)
    return buffer.getvalue()


def make_image(
    width: int = 64, height: int = 48, *, data: bytes | None = None, name: str = "picture.jpg", **fields: Any
) -> Any:
    """A saved image of the site's image model, as an upload would have left it."""
    file = ContentFile(data if data is not None else make_picture(width, height), name=name)
    image = get_image_model()(title=fields.pop("title", "Picture"), file=file, **fields)
    image._set_image_file_metadata()
    image.save()
    return image


def work() -> None:
    """Run a worker in this process until nothing is waiting; needs the Redis that the settings name."""
    queue.work(queue.BELLS, burst=True, every_minute=upkeep.run, crashed=jobs.broken)
