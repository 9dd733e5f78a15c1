"""Which images were selected, and their keys as one short string for an address or a hidden field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, QueryDict
from wagtail.images import get_image_model
from wagtail.images.views.images import IndexView
from wagtail.models import Collection

from wagtail_restore.admin.listing import ListingView
from wagtail_restore.conf import conf

PACKED = "images"
LONGEST = 1500
"""More characters than this are no address."""
MOST = 10**6
"""More keys than this are no selection: a short string could stand for more than there is memory."""


def selected(request: HttpRequest) -> list[Any]:
    """The keys of the selected images: packed, one by one, or all that the listing showed with its filters.

    Raises ``Http404`` where one of them is the key of no image.
    """
    found = request.GET if PACKED in request.GET or "id" in request.GET else request.POST
    if PACKED in found:
        return unpack(found[PACKED])
    ids = found.getlist("id")
    return listed(request) if "all" in ids else keys_of(dict.fromkeys(ids))


def listed(request: HttpRequest) -> list[Any]:
    """The keys of all images that the listing shows with the filters and the search of this address."""
    view = ListingView() if conf.LISTING else IndexView()
    view.setup(request)
    found = view.get_queryset()
    found = found.values_list("pk", flat=True) if hasattr(found, "values_list") else (image.pk for image in found)
    keys = list(found)
    above = request.GET.get("childOf")
    return _within(keys, above) if above else keys


def pack(keys: Iterable[Any]) -> str:
    """Keys as one string; whole numbers one after the other as their first and last."""
    found = in_order(keys)
    if not all(isinstance(key, int) for key in found):
        return ",".join(str(key) for key in found)
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in _runs(found))


def in_order(keys: Iterable[Any]) -> list[Any]:
    """Keys as they come out again once they were packed."""
    found = list(keys)
    return sorted(found) if all(isinstance(key, int) for key in found) else found


def unpack(text: str, model: Any = None) -> list[Any]:
    """The keys in a packed string, of images unless it is of a ``model``. Raises ``Http404`` where it is none."""
    keys: list[Any] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        ends = keys_of((first, last), model) if first.isdecimal() and last.isdecimal() else []
        if ends and isinstance(ends[0], int):
            keys += range(ends[0], min(ends[1], ends[0] + MOST) + 1)
        else:
            keys += keys_of([part], model)
        if len(keys) > MOST:
            raise Http404
    return keys


def keys_of(names: Iterable[str], model: Any = None) -> list[Any]:
    """As the database takes them, of images unless they are of a ``model``. Raises ``Http404`` where one is no key."""
    field = (model or get_image_model())._meta.pk
    while field.remote_field:  # a model that inherits the table of another one, and would look for each key there
        field = field.target_field
    try:
        return [field.clean(name, None) for name in names]
    except ValidationError as error:
        raise Http404 from error


def address(url: str, keys: Sequence[Any], next_url: str) -> str:
    """This address with the images in it, and where to go afterwards; empty where that is too long for one."""
    query = QueryDict(mutable=True)
    query[PACKED], query["next"] = pack(keys), next_url
    found = f"{url}?{query.urlencode(safe=',/')}"
    return found if len(found) <= LONGEST else ""


def _runs(keys: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = None
    for key in keys:
        if first is None or last is None or key > last + 1:
            if first is not None and last is not None:
                yield first, last
            first = key
        last = key
    if first is not None and last is not None:
        yield first, last


def _within(keys: list[Any], collection: str) -> list[Any]:
    model = get_image_model()
    above = keys_of([collection], Collection)
    inside = set(model._default_manager.filter(collection_id__in=above).values_list("pk", flat=True))
    return [key for key in keys if key in inside]
