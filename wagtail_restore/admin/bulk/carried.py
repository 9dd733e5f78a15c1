"""What the pages of a bulk action carry along, sealed: what was looked at, what was confirmed, and what was done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.core import signing
from django.http import Http404, HttpRequest

from wagtail_restore.admin.bulk import selection

SALT = "wagtail_restore.together"
DAY = 24 * 60 * 60
"""So many seconds what a page carries along is of use: what is confirmed is what one has just read."""
SHOWN = 50
"""How many are listed before it is confirmed."""


@dataclass(frozen=True)
class Prospect:
    """What is to be done with one image: what ``act`` needs, how it is told, or the reason (a code) for nothing."""

    image: Any
    left: str = ""
    work: Any = None
    told: str = ""
    megapixels: float = 0.0
    key: Any = None
    """What is confirmed, where that is not the image itself."""

    @property
    def confirmed(self) -> Any:
        return self.image.pk if self.key is None else self.key


class Kind(Protocol):
    """What the pages need to know of the action that they belong to."""

    confirms: Any
    request: HttpRequest

    @property
    def runs_as(self) -> str:
        """The type of the action that carries it out."""

    def foreseen(self, keys: Sequence[Any]) -> list[Prospect]:
        """What is told of the images that these selected keys stand for."""


@dataclass
class Survey:
    """What will happen: the keys to confirm, the first of them, and what is left out by the code of the reason."""

    keys: list[Any] = field(default_factory=list)
    shown: list[Prospect] = field(default_factory=list)
    megapixels: float = 0.0
    left: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    """So many of the selected ones were looked at."""

    @classmethod
    def posted(cls, request: HttpRequest, kind: Kind) -> Survey:
        """One that is not at its end, as its page carried it along; else a new one. Raises ``Http404``."""
        if "survey" not in request.POST:
            return cls()
        seen, keys, megapixels, left = _unsealed(request.POST["survey"], "survey", kind)
        keys = selection.unpack(keys, kind.confirms)
        return cls(keys, [*kind.foreseen(keys[:SHOWN])], megapixels, Counter(left), seen)

    def sealed(self, kind: Kind) -> str:
        """As a page of this action carries it along until it is at its end."""
        return _sealed([self.seen, selection.pack(self.keys), self.megapixels, self.left], "survey", kind)

    def add(self, prospect: Prospect) -> None:
        if prospect.left:
            self.left[prospect.left] += 1
            return
        self.keys.append(prospect.confirmed)
        self.megapixels += prospect.megapixels
        if len(self.shown) < SHOWN:
            self.shown.append(prospect)


@dataclass
class Account:
    """What was confirmed and is still to do, and of which images it was done, or left out, so far."""

    rest: list[Any]
    done: list[Any] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    begun: bool = False
    """Whether the site's hooks have let it begin."""

    @classmethod
    def posted(cls, request: HttpRequest, kind: Kind) -> Account:
        """The one that a page of this action carried along for this user. Raises ``Http404`` for anything else."""
        rest, done, left, begun = _unsealed(request.POST.get("account", ""), "account", kind)
        return cls(selection.unpack(rest, kind.confirms), selection.unpack(done), Counter(left), begun)

    def sealed(self, kind: Kind) -> str:
        """All of it, for a page of this action to carry along: what was confirmed is done, and nothing else."""
        return _sealed([selection.pack(self.rest), selection.pack(self.done), self.left, self.begun], "account", kind)


def _sealed(told: list[Any], what: str, kind: Kind) -> str:
    return signing.dumps([_whose(kind), *told], salt=f"{SALT}.{what}.{kind.runs_as}", compress=True)


def _unsealed(text: str, what: str, kind: Kind) -> list[Any]:
    """Raises ``Http404`` for what no page of this action sends, or one that somebody else saw, or too long ago."""
    try:
        whose, *told = signing.loads(text, salt=f"{SALT}.{what}.{kind.runs_as}", max_age=DAY)
    except signing.BadSignature as error:
        raise Http404 from error
    if whose != _whose(kind):
        raise Http404
    return list(told)


def _whose(kind: Kind) -> str:
    return str(kind.request.user.pk)
