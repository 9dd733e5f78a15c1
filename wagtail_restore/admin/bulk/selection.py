"""Which images were selected, and their keys as one short string for an address or a hidden field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, QueryDict
from wagtail.images import get_image_model
from wagtail.images.views.images import IndexView

from wagtail_restore.admin.listing import ListingView
from wagtail_restore.conf import conf

PACKED = "images"
LONGEST = 1500
"""More characters than this are no address."""


def selected(request: HttpRequest) -> list[Any]:
    """The keys of the selected images: packed, one by one, or all that the listing showed with its filters.

    Raises ``Http404`` where one of them is the key of no image.
    """
    found = request.GET if PACKED in request.GET or "id" in request.GET else request.POST
    if PACKED in found:
        return unpack(found[PACKED])
    ids = found.getlist("id")
    return listed(request) if "all" in ids else _keys(dict.fromkeys(ids))


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
    found = list(keys)
    if not all(isinstance(key, int) for key in found):
        return ",".join(str(key) for key in found)
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in _runs(sorted(found)))


def unpack(text: str) -> list[Any]:
    """The keys in a packed string. Raises ``Http404`` where it is none."""
    names: list[str] = []
    whole = not any(sign.isalpha() for sign in text)
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        if last and whole and first.isdigit() and last.isdigit() and int(last) - int(first) < 10**6:
            names += map(str, range(int(first), int(last) + 1))
        else:
            names.append(part)
    return _keys(names)


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


def _keys(names: Iterable[str]) -> list[Any]:
    field = get_image_model()._meta.pk
    try:
        return [field.to_python(name) for name in names]
    except ValidationError as error:
        raise Http404 from error


def _within(keys: list[Any], collection: str) -> list[Any]:
    model = get_image_model()
    inside = set(model._default_manager.filter(collection_id=collection).values_list("pk", flat=True))
    return [key for key in keys if key in inside]
