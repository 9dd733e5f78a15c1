"""Images as an old library holds them: with files that no upload form would let in today."""

from __future__ import annotations

from typing import Any

from django.core.files.base import ContentFile

from wagtail_restore import swap
from wagtail_restore.testing import make_image, make_picture


def plant(data: bytes, name: str) -> Any:
    """An image whose file holds ``data`` under ``name``, whatever it is."""
    image = make_image(data=make_picture(16, 16), name=name)
    storage = image.file.storage
    storage.delete(image.file.name)
    assert storage.save(image.file.name, ContentFile(data)) == image.file.name
    swap.measure(image)
    return image


def content(image: Any) -> bytes:
    """The bytes of the file that the image has now."""
    now = type(image).objects.get(pk=image.pk)
    with now.file.storage.open(now.file.name) as file:
        return bytes(file.read())
