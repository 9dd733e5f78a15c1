"""Which images were selected, and their keys as one short string for an address or a hidden field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import IntegerField
from django.http import Http404, HttpRequest, QueryDict
from wagtail.images import get_image_model
from wagtail.images.views.images import IndexView
from wagtail.models import Collection

from wagtail_restore.admin.listing import ListingView
from wagtail_restore.conf import conf

PACKED = "images"
SALT = "wagtail_restore.selected"
BESIDE = 50_000
"""So many characters of what a page sends are left for all else that it sends."""
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
    """Keys as one string; whole numbers one after the other as their first and last.

    A form sends each comma as three characters, and a point as one.
    """
    found = in_order(keys)
    if not all(isinstance(key, int) for key in found):
        return ",".join(str(key) for key in found)
    return ".".join(str(a) if a == b else f"{a}-{b}" for a, b in _runs(found))


def hidden(keys: Iterable[Any]) -> str:
    """Keys as a hidden field carries them, which has more room than an address: many are compressed."""
    packed = pack(keys)
    if len(packed) <= LONGEST:
        return packed
    compressed = signing.dumps(packed, salt=SALT, compress=True)
    return compressed if compressed.startswith(".") else packed


def too_many(keys: Sequence[Any], *fields: str) -> bool:
    """Whether the next page would not take so many, or Django would refuse a form with these fields."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return len(keys) > MOST or (most is not None and sum(map(len, fields)) + BESIDE > most)


def in_order(keys: Iterable[Any]) -> list[Any]:
    """Keys as they come out again once they were packed."""
    found = list(keys)
    return sorted(found) if all(isinstance(key, int) for key in found) else found


def unpack(text: str, model: Any = None) -> list[Any]:
    """The keys in a packed string, of images unless it is of a ``model``. Raises ``Http404`` where it is none."""
    keys: list[Any] = []
    for part in _parts(text, model):
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
    field = _key_field(model)
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


def _key_field(model: Any) -> Any:
    field = (model or get_image_model())._meta.pk
    while field.remote_field:  # a model that inherits the table of another one, and would look for each key there
        field = field.target_field
    return field


def _parts(text: str, model: Any) -> Iterator[str]:
    """A compressed string has a colon before its signature; between whole numbers a comma does as well as a point."""
    if text.startswith(".") and ":" in text:
        try:
            text = signing.loads(text, salt=SALT)
        except signing.BadSignature as error:
            raise Http404 from error
    if isinstance(_key_field(model), IntegerField):
        text = text.replace(".", ",")
    return filter(None, text.split(","))


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
