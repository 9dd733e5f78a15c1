"""The image's own row: which columns belong to its file, and how they change without overwriting anybody."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from django.db.models import F, QuerySet

from wagtail_restore.imaging.geometry import Focal, move_focal, oriented
from wagtail_restore.models.links import database_of

FILE_COLUMNS = ("file", "width", "height", "file_size", "file_hash")
FOCAL_COLUMNS = ("focal_point_x", "focal_point_y", "focal_point_width", "focal_point_height")


def row_of(image: Any) -> QuerySet[Any]:
    """The image's row as a queryset, of the model that has the file column, whatever the site's managers hide."""
    owner = image._meta.get_field("file").model
    rows: QuerySet[Any] = owner._base_manager.using(database_of(image)).filter(pk=image.pk)
    return rows


def fresh(image: Any) -> Any:
    """The image as it is in the database now, or None when it is gone."""
    return type(image)._base_manager.using(database_of(image)).filter(pk=image.pk).first()


def touch(image: Any) -> bool:
    """Whether the row still has this file; within a transaction nobody can give it another one until its end.

    An UPDATE that changes nothing takes the row on every database, also on those where ``SELECT … FOR UPDATE`` does
    nothing.
    """
    return bool(row_of(image).filter(file=image.file.name).update(file=F("file")))


def snapshot(image: Any) -> dict[str, Any]:
    """The file columns of the image, as JSON."""
    return {
        "file": image.file.name,
        "width": image.width,
        "height": image.height,
        "file_size": image.file_size,
        "file_hash": image.file_hash,
    }


def focal_columns(image: Any) -> dict[str, int | None]:
    """The four columns of the focal point as they are."""
    return {name: getattr(image, name) for name in FOCAL_COLUMNS}


def moved_focal(image: Any, orientation: int, width: int, height: int, new_orientation: int) -> dict[str, int | None]:
    """The focal columns after the file gave way to one of stored size ``width`` × ``height``, in pixels.

    ``orientation`` and ``new_orientation`` are the EXIF orientations of the two files. A focal point that lacks a
    column is none to Wagtail, and is left as it is.
    """
    columns = focal_columns(image)
    if any(value is None for value in columns.values()) or not (image.width and image.height):
        return columns
    x, y, across, down = (columns[name] or 0 for name in FOCAL_COLUMNS)
    new = oriented(width, height, new_orientation)
    moved = move_focal(Focal(x, y, across, down), (image.width, image.height), orientation, new)
    if moved is None:
        return columns
    return dict(zip(FOCAL_COLUMNS, (moved.x, moved.y, moved.width, moved.height), strict=True))


def altered(image: Any, values: Mapping[str, Any]) -> Any:
    """A copy of the image with other column values; the file is neither opened nor measured for it."""
    twin = copy.copy(image)
    # Wagtail's descriptor would open the file to learn its size.
    twin.__dict__.update(values)
    for cached in ("_prefetched_objects_cache", "prefetched_renditions"):
        twin.__dict__.pop(cached, None)
    return twin
