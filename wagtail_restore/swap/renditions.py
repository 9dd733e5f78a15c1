"""The renditions of a file that is about to be shown, made before anybody can ask for them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

import willow
from django.core.files.base import File
from wagtail.images.exceptions import InvalidFilterSpecError
from wagtail.images.models import Filter

from wagtail_restore.exceptions import BadOutput
from wagtail_restore.models import Store
from wagtail_restore.models.links import database_of
from wagtail_restore.swap.files import Drafts, new_token
from wagtail_restore.swap.rows import altered

logger = logging.getLogger(__name__)

ADMIN_SPECS = ("max-165x165", "max-800x600", "original")
"""What Wagtail's own pages show of every image."""

LONGEST = 60
"""Characters of a rendition's name after our own part; Wagtail keeps to the same."""


@dataclass(frozen=True)
class Made:
    """A rendition that lies in its storage, and the row that is to show it (None: a new one)."""

    row: Any
    spec: str
    key: str
    name: str
    width: int
    height: int

    @property
    def columns(self) -> dict[str, Any]:
        return {"file": self.name, "width": self.width, "height": self.height, "focal_point_key": self.key}


def rows_for(image: Any) -> list[Any]:
    """Every rendition row of the image."""
    return list(image.get_rendition_model()._base_manager.using(database_of(image)).filter(image_id=image.pk))


def key_of(spec: str, image: Any) -> str | None:
    """The focal point key that this image gives a filter, or None for a filter that Wagtail does not know."""
    try:
        key: str = Filter(spec).get_cache_key(image)
    except InvalidFilterSpecError:
        return None
    return key


def make_all(old: Any, new: Any, data: bytes, before: bytes, drafts: Drafts) -> list[Made]:
    """For every rendition row that ``old`` shows, and for those of the admin, the rendition of ``new``.

    ``data`` and ``before`` are the bytes of the new file and of the old one. Rows of filters that Wagtail no longer
    knows, or that fail for either file, are left out. Raises ``BadOutput`` where only the new file fails.
    """
    shown = [row for row in rows_for(old) if row.focal_point_key == key_of(row.filter_spec, old)]
    missing = set(ADMIN_SPECS) - {row.filter_spec for row in shown}
    wanted: list[tuple[str, Any]] = [(row.filter_spec, row) for row in shown]
    wanted += [(spec, None) for spec in ADMIN_SPECS if spec in missing]
    made = []
    for spec, row in wanted:
        content = _content(old, new, spec, data, before)
        if content is not None:
            made.append(_stored(new, spec, row, content, drafts))
    return made


def make(image: Any, row: Any, data: bytes, drafts: Drafts) -> Made:
    """The rendition that this row should show of the image's file ``data``. Raises ``BadOutput``."""
    try:
        content = _generated(image, row.filter_spec, data)
    except Exception as error:
        raise BadOutput(detail=f"{row.filter_spec}: {type(error).__name__}: {error}"[:300]) from error
    return _stored(image, row.filter_spec, row, content, drafts)


def cache_keys(images: Iterable[Any], hashes: Iterable[str], pairs: Iterable[tuple[str, str]]) -> set[str]:
    """Keys under which Wagtail caches the renditions (spec, focal point key) of these states of one image."""
    keys = set()
    for image in images:
        construct = image.get_rendition_model().construct_cache_key
        for file_hash in {image.file_hash, *hashes}:
            twin = altered(image, {"file_hash": file_hash})
            keys |= {construct(twin, key, spec) for spec, key in pairs}
    return keys


def mistaken(image: Any) -> dict[str, str]:
    """Cache key → file of those cached renditions of this image that name another file than the row does."""
    model = image.get_rendition_model()
    rows = {model.construct_cache_key(image, row.focal_point_key, row.filter_spec): row for row in rows_for(image)}
    cached = model.cache_backend.get_many(list(rows))
    return {key: found.file.name for key, found in cached.items() if found.file.name != rows[key].file.name}


def _generated(image: Any, spec: str, data: bytes) -> File[Any]:
    source = File(BytesIO(data), name=image.file.name)
    content: File[Any] = image.generate_rendition_file(Filter(spec), source=source)
    return content


def _content(old: Any, new: Any, spec: str, data: bytes, before: bytes) -> File[Any] | None:
    try:
        return _generated(new, spec, data)
    except InvalidFilterSpecError:
        return None
    except Exception as error:
        # Any library may stand behind a filter; the file is to blame only where the filter worked until now.
        logger.warning("rendition %s of %s failed", spec, new.file.name, exc_info=True)
        if _works(old, spec, before):
            raise BadOutput(detail=f"{spec}: {type(error).__name__}: {error}"[:300]) from error
    return None


def _works(image: Any, spec: str, data: bytes) -> bool:
    try:
        _generated(image, spec, data)
    except Exception:
        logger.warning("rendition %s fails for the file that is shown now as well", spec, exc_info=True)
        return False
    return True


def _stored(image: Any, spec: str, row: Any, content: File[Any], drafts: Drafts) -> Made:
    content.seek(0)
    width, height = willow.Image.open(content).get_size()
    model = image.get_rendition_model()
    key = key_of(spec, image) or ""
    field = model._meta.get_field("file")
    instance = model(image=image, filter_spec=spec, focal_point_key=key, width=width, height=height)
    name = field.generate_filename(instance, _name(content.name or "", spec, key, drafts.token))
    saved = drafts.write(Store.RENDITION, name, content, max_length=field.max_length)
    return Made(row, spec, key, saved, width, height)


def _name(proposed: str, spec: str, key: str, token: str) -> str:
    """A name that begins with the token of the swap and that no other rendition has, not even of the same swap."""
    path = PurePosixPath(proposed)
    rest = path.name.removeprefix(f"{token}.")
    if rest == path.name or len(rest) > LONGEST:
        rest = hashlib.sha256(f"{key}.{spec}".encode()).hexdigest()[:16] + path.suffix
    return f"{token}.{new_token()[:4]}.{rest}"
