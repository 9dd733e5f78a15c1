"""What all bulk actions of ours have in common: who may, what will happen and why not, and doing it in portions."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.images.views.bulk_actions.image_bulk_action import ImageBulkAction

from wagtail_restore.admin.bulk import selection, words
from wagtail_restore.admin.permissions import changeable, may_use
from wagtail_restore.exceptions import RestoreError

BATCH = 500
"""How many images are looked at in one go."""
SHOWN = 50
"""How many are listed before it is confirmed."""

SALT = "wagtail_restore.together"
UNSELECTED = gettext_lazy("No image is selected.")


@dataclass(frozen=True)
class Prospect:
    """What is to be done with one image: what ``act`` needs, how it is told, or the reason (a code) for nothing."""

    image: Any
    left: str = ""
    work: Any = None
    told: str = ""
    megapixels: float = 0.0


@dataclass
class Survey:
    """What will happen: the keys of the images, the first of them, and what is left out by the code of the reason."""

    keys: list[Any] = field(default_factory=list)
    shown: list[Prospect] = field(default_factory=list)
    megapixels: float = 0.0
    left: Counter[str] = field(default_factory=Counter)

    def add(self, prospect: Prospect) -> None:
        if prospect.left:
            self.left[prospect.left] += 1
            return
        self.keys.append(prospect.image.pk)
        self.megapixels += prospect.megapixels
        if len(self.shown) < SHOWN:
            self.shown.append(prospect)


@dataclass
class Account:
    """What is still to do, and what was done or left out so far."""

    rest: list[Any]
    done: list[Any] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)

    @classmethod
    def posted(cls, request: HttpRequest) -> Account:
        """The one that the page carried along. Raises ``Http404`` for what no page of ours sends."""
        account = cls(selection.unpack(request.POST.get(selection.PACKED, "")))
        if "account" in request.POST:
            try:
                done, left = signing.loads(request.POST["account"], salt=SALT)
            except signing.BadSignature as error:
                raise Http404 from error
            account.done, account.left = selection.unpack(done), Counter(left)
        return account

    def sealed(self) -> str:
        """What was done and left out, for a page to carry along."""
        return signing.dumps([selection.pack(self.done), self.left], salt=SALT, compress=True)


class Together(ImageBulkAction):
    """A bulk action that first tells what will happen; ``running`` carries it out.

    It asks for the permissions of all selected images together, where Wagtail's asks for each.
    """

    template_name = "wagtail_restore/bulk/confirm.html"
    aria_label: Any = ""
    classes: ClassVar[set[str]] = set()
    title: Any = ""
    icon = "restore"
    nothing: Any = ""
    button: Any = ""
    undo: ClassVar[str] = ""
    """The action that takes this one back, and ``undo_label`` what its button says."""
    undo_label: Any = ""
    portion = 10
    """How many images are worked on between two looks at the clock."""

    @abstractmethod
    def sort(self, images: list[Any]) -> Iterable[Prospect]:
        """What is to be done with each of these, in a number of queries that does not depend on how many they are."""

    @abstractmethod
    def act(self, prospect: Prospect) -> None:
        """Do it. Raises ``RestoreError``."""

    @abstractmethod
    def question(self, count: int) -> str:
        """What is confirmed."""

    @abstractmethod
    def told(self, count: int) -> str:
        """What was done."""

    def remarks(self, survey: Survey) -> list[str]:
        """What else one should know before it is confirmed."""
        return []

    def begin(self) -> bool:
        """Take what was confirmed; False where that is not in order."""
        return True

    def end(self) -> None:
        """After each portion."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.require()
        return super().dispatch(request, *args, **kwargs)

    def require(self) -> None:
        """Raise ``PermissionDenied`` unless the user may ask for restoration; images are looked at one by one."""
        if not may_use(self.request.user):
            raise PermissionDenied

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.confirmation()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What changes anything is posted to ``running``."""
        return self.confirmation()

    def confirmation(self) -> HttpResponse:
        """The page that says what will happen."""
        keys = selection.selected(self.request)
        survey = self.survey(keys)
        context = {
            "survey": survey,
            "more": len(survey.keys) - len(survey.shown),
            "remarks": self.remarks(survey) if survey.keys else [],
            "left": words.left_out(survey.left),
            "question": self.question(len(survey.keys)) if survey.keys else self.nothing if keys else UNSELECTED,
            "packed": selection.pack(survey.keys),
            "account": Account([], left=survey.left).sealed(),
            "selected": selection.pack(keys),
            "run_url": reverse(f"wagtail_restore:{self.action_type}"),
        }
        return self.page(self.get_context_data(**context))

    def page(self, context: dict[str, Any]) -> HttpResponse:
        """The page of the moment."""
        answer: HttpResponse = self.render_to_response(context)
        return answer

    def survey(self, keys: Sequence[Any]) -> Survey:
        """What would happen to these images."""
        found = Survey()
        for start in range(0, len(keys), BATCH):
            batch = keys[start : start + BATCH]
            images = self._images(batch)
            found.left["no_access"] += len(batch) - len(images)
            for prospect in self.sort(images):
                found.add(prospect)
        return found

    def work_on(self, account: Account) -> HttpResponseBase | None:
        """The next portion; what one of the site's hooks answers instead."""
        batch, account.rest = account.rest[: self.portion], account.rest[self.portion :]
        images = self._images(batch)
        account.left["no_access"] += len(batch) - len(images)
        instead = self._hooked("before_bulk_action", images)
        if instead is not None:
            return instead
        for prospect in list(self.sort(images)):
            self._do(prospect, account)
        self.end()
        return self._hooked("after_bulk_action", images)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Wagtail's own looks at each image here."""
        names = [self.model._meta.app_label, self.model._meta.model_name, self.action_type]
        choose_url = reverse("wagtail_bulk_action", args=names)
        return {"next": self.next_url, "action": self, "view": self, "choose_url": choose_url, **kwargs}

    def _do(self, prospect: Prospect, account: Account) -> None:
        if prospect.left:
            account.left[prospect.left] += 1
            return
        try:
            self.act(prospect)
        except RestoreError as error:
            account.left[error.code] += 1
        else:
            account.done.append(prospect.image.pk)

    def _images(self, keys: Sequence[Any]) -> list[Any]:
        """Those that the user may change, in the order of the keys."""
        wanted = changeable(self.request.user).filter(pk__in=keys).select_related("collection")
        found = {image.pk: image for image in wanted}
        return [found[key] for key in keys if key in found]

    def _hooked(self, name: str, images: list[Any]) -> HttpResponseBase | None:
        for answer in self._answers(name, images):
            if isinstance(answer, HttpResponseBase):
                return answer
        return None

    def _answers(self, name: str, images: list[Any]) -> Iterator[Any]:
        for hook in hooks.get_hooks(name):
            yield hook(self.request, self.action_type, images, self)
