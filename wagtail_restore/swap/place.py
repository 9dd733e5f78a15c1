"""Rendition rows within the switching transaction: in place where a row is shown, out of the way where it is stale."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wagtail_restore.models import Retired, Store
from wagtail_restore.models.links import database_of
from wagtail_restore.swap.files import Drafts, retired
from wagtail_restore.swap.renditions import Made, rows_for


class Changed(Exception):
    """A row changed under the switch, and must be looked at again."""


@dataclass
class Placed:
    """What became of the rendition rows: files that are no longer shown, and every (spec, key) that was or is."""

    retired: list[Retired] = field(default_factory=list)
    pairs: set[tuple[str, str]] = field(default_factory=set)


def place(old: Any, after: Any, made: list[Made], drafts: Drafts) -> Placed:
    """Let the rendition rows of the image show what was made for them.

    Raises ``Changed`` or ``IntegrityError`` when somebody else changes or makes the same rendition at that moment.
    """
    placed = Placed()
    now_there = {row.pk: row for row in rows_for(old)}
    shown = {m.row.pk for m in made if m.row is not None}
    stale = [row for pk, row in now_there.items() if pk not in shown]
    remove(old, stale, placed, drafts.token)
    for one in made:
        row = now_there.get(one.row.pk) if one.row is not None else None
        if row is None:
            _insert(after, one.spec, one.columns)
        elif not replace(old, row, one, placed, drafts.token):
            raise Changed
        elif row.focal_point_key != one.key:
            _keep_for_stragglers(old, row)
        placed.pairs.add((one.spec, one.key))
    drafts.adopt({(Store.RENDITION, one.name) for one in made})
    return placed


def remove(image: Any, rows: list[Any], placed: Placed, token: str) -> None:
    """Delete rendition rows without a signal, on which Wagtail would delete their files at once."""
    model = image.get_rendition_model()
    database = database_of(image)
    model._base_manager.using(database).filter(pk__in=[row.pk for row in rows])._raw_delete(database)
    names = [row.file.name for row in rows]
    waiting = Retired.objects.using(database).filter(store=Store.RENDITION, name__in=names)
    known = set(waiting.values_list("name", flat=True))
    for row in rows:
        if row.file.name not in known:
            placed.retired.append(retired(image, Store.RENDITION, row.file.name, token=token))
        placed.pairs.add((row.filter_spec, row.focal_point_key))


def replace(image: Any, row: Any, made: Made, placed: Placed, token: str) -> bool:
    """Let a row show another file, with all further columns of the site's own model as they are."""
    rows = image.get_rendition_model()._base_manager.using(database_of(image))
    found = bool(rows.filter(pk=row.pk, file=row.file.name).update(**made.columns))
    if found:
        placed.retired.append(retired(image, Store.RENDITION, row.file.name, token=token))
        placed.pairs |= {(row.filter_spec, row.focal_point_key), (made.spec, made.key)}
    return found


def _insert(image: Any, spec: str, columns: dict[str, Any]) -> None:
    row = image.get_rendition_model()(image=image, filter_spec=spec, **columns)
    row.save(using=database_of(image), force_insert=True)


def _keep_for_stragglers(old: Any, row: Any) -> None:
    """A row for requests that loaded the image before the switch and still ask with the old focal point.

    Without it they would make that rendition anew, several at once. It goes when the swap is settled.
    """
    columns = {
        "file": row.file.name,
        "width": row.width,
        "height": row.height,
        "focal_point_key": row.focal_point_key,
    }
    _insert(old, row.filter_spec, columns)
