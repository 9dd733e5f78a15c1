"""Facts of an image from the header of its file, and the row that keeps them."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.db import IntegrityError, transaction

from wagtail_restore.exceptions import RestoreError, StorageFailed
from wagtail_restore.imaging import header
from wagtail_restore.models import ImageFacts, Retired, Store, Version
from wagtail_restore.models.links import database_of, image_type
from wagtail_restore.swap.files import is_ours, reaching, retired
from wagtail_restore.swap.rows import fresh, snapshot, touch


def facts_of(image: Any) -> ImageFacts | None:
    """The stored facts, or None where the image was never measured."""
    found: ImageFacts | None = ImageFacts.objects.using(database_of(image)).for_image(image).first()
    return found


def current_facts(image: Any) -> ImageFacts | None:
    """The stored facts of the very file that this image has, or None where they are not known."""
    facts = facts_of(image)
    return facts if facts is not None and facts.file_name == image.file.name else None


def has_facts(image: Any) -> bool:
    """Whether the facts of the file that this image has are known."""
    return current_facts(image) is not None


def never_swapped(image: Any, facts: ImageFacts | None) -> bool:
    """Whether these facts know that no swap has placed the file that the image has: then there is no Version of it.

    Where they know nothing of that file, there may be.
    """
    return facts is not None and facts.file_name == image.file.name and not facts.token


def first_facts(image: Any) -> ImageFacts | None:
    """Measure an image that was added just now, in one statement; None where somebody has written facts of it already.

    Whoever swaps or replaces its file writes facts, too: where there are none, the image has the file that was added.
    """
    facts = ImageFacts(content_type=image_type(image), object_id=str(image.pk), **_read(image))
    try:
        with transaction.atomic(using=database_of(image)):
            facts.save(using=database_of(image), force_insert=True)
    except IntegrityError:
        return None
    return facts


def measure(image: Any) -> ImageFacts:
    """Read the header of the image's file and keep what it says; nothing is decoded.

    A file that cannot be read leaves the code of the problem, and the size that Wagtail has. Facts are only ever
    written about the file that the row has at that moment: for an image that was swapped or replaced since it was
    loaded, those of the new file are.
    """
    values = _read(image)
    with transaction.atomic(using=database_of(image)):
        if touch(image):
            return keep(image, {**values, "token": "", "settle_after": None, "leftovers": {}})
    newer = fresh(image)
    if newer is None or newer.file.name == image.file.name:
        return ImageFacts(content_type=image_type(image), object_id=str(image.pk), **values)
    known = facts_of(newer)
    return known if known is not None and known.file_name == newer.file.name else measure(newer)


def presumed(image: Any) -> ImageFacts:
    """What Wagtail's columns and the name of the file say of an image that was never measured; kept nowhere."""
    name, width, height = image.file.name, image.width or 0, image.height or 0
    extension = PurePath(name).suffix.lower().lstrip(".")
    format = next((each for each, extensions in header.EXTENSIONS.items() if extension in extensions), "")
    about = {"content_type": image_type(image), "object_id": str(image.pk), "file_name": name, "format": format}
    return ImageFacts(**about, width=width, height=height, pixels=width * height)


def keep(image: Any, values: dict[str, Any]) -> ImageFacts:
    """Write the facts row of this image; facts of the same file keep what the last swap noted there.

    A file of ours that the facts spoke of until now, and that no swap has retired, is retired: an editor's request
    that began before a swap and ended after it replaces the file that it had read, and knows nothing of ours.
    """
    known = facts_of(image)
    if known is not None and known.file_name != values["file_name"]:
        _retire(image, known)
        if known.token and Version.objects.using(database_of(image)).for_image(image).exists():
            values = {**values, "token": known.token}  # replaced behind our back: those are still to be gone back to
    elif known is not None:
        values = {name: value for name, value in values.items() if name not in ("token", "settle_after", "leftovers")}
    rows = ImageFacts.objects.using(database_of(image))
    facts: ImageFacts = rows.update_or_create(content_type=image_type(image), object_id=str(image.pk), defaults=values)[
        0
    ]
    return facts


def described(image: Any, found: header.Header) -> dict[str, Any]:
    """The columns of a facts row for an image whose file has this header."""
    return {
        "file_name": image.file.name,
        "width": found.width,
        "height": found.height,
        "pixels": found.width * found.height,
        "format": found.format,
        "frames": found.frames,
        "alpha": found.alpha,
        "orientation": found.orientation,
        "problem": "",
        "file_hash": image.file_hash,
        "state": snapshot(image),
    }


def _retire(image: Any, known: ImageFacts) -> None:
    rows = Retired.objects.using(database_of(image)).for_image(image)
    if not is_ours(known.file_name) or rows.filter(store=Store.IMAGE, name=known.file_name).exists():
        return
    size: dict[str, Any] = {"width": known.state.get("width") or 0, "height": known.state.get("height") or 0}
    row = retired(image, Store.IMAGE, known.file_name, original=True, orientation=known.orientation, **size)
    row.save(using=database_of(image))


def _read(image: Any) -> dict[str, Any]:
    try:
        with reaching(image.file.name), image.open_file() as file:
            return described(image, header.read(file, image.file.name))
    except RestoreError as error:
        problem = error
    width, height = image.width or 0, image.height or 0
    unknown = header.Header(width, height, width, height, 1, "", 1, False, "")
    values = described(image, unknown)
    form = problem.params.get("format", "") if not isinstance(problem, StorageFailed) else ""
    return {**values, "problem": problem.code, "format": form[:16]}
