"""What all bulk actions of ours have in common: who may, what will happen and why not, and doing it in portions."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.images.views.bulk_actions.image_bulk_action import ImageBulkAction

from wagtail_restore.admin.bulk import selection, words
from wagtail_restore.admin.bulk.carried import Account, Prospect, Survey
from wagtail_restore.admin.permissions import changeable, may_use
from wagtail_restore.exceptions import RestoreError

BATCH = 500
"""How many images are looked at in one go."""
SECONDS = 5.0
"""After this long a request answers how far it has looked, and the page asks for the rest."""


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
    back: Any = gettext_lazy("Back to the images")
    unselected: Any = gettext_lazy("No image is selected.")
    too_many: Any = gettext_lazy("You have selected too many for one go. Choose fewer, with a filter for example.")
    confirms: Any = None
    """The model whose keys are confirmed, where those are not the images."""
    portion = 10
    """How many images are fetched at a time to be worked on; the clock is looked at after each of them."""

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

    def foreseen(self, keys: Sequence[Any]) -> list[Prospect]:
        """What is told of the images that these selected keys stand for; those that the user may not change are not."""
        return list(self.sort(self.images(keys)))

    def confirmed(self, keys: Sequence[Any]) -> list[Prospect]:
        """What is to be done with the images that these confirmed keys stand for."""
        return self.foreseen(keys)

    def settled(self, prospect: Prospect) -> Prospect:
        """What is to be done with it now that its turn has come; here is time for what takes long for one image."""
        return prospect

    @property
    def runs_as(self) -> str:
        """The type of the action that carries it out."""
        return str(self.action_type)

    @cached_property
    def keys(self) -> list[Any]:
        """What was selected, in the order in which a page carries it along."""
        return selection.in_order(self.selected())

    def selected(self) -> list[Any]:
        """The keys of what was selected. Raises ``Http404``."""
        return selection.selected(self.request)

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
        """The page that says what will happen; of very many first how many were looked at, and it goes on by itself."""
        survey = Survey.posted(self.request, self)
        until = time.monotonic() + SECONDS
        while survey.seen < len(self.keys):
            self.look(survey)
            if time.monotonic() > until and survey.seen < len(self.keys):
                return self._looking(survey)
        account, selected = Account(survey.keys, left=survey.left).sealed(self), selection.hidden(self.keys)
        if any(selection.too_many(self.keys, each) for each in (account, selected)):
            return self.refusal()
        nothing = self.nothing if self.keys else self.unselected
        context = {
            "survey": survey,
            "more": len(survey.keys) - len(survey.shown),
            "remarks": self.remarks(survey) if survey.keys else [],
            "left": words.left_out(survey.left),
            "question": self.question(len(survey.keys)) if survey.keys else nothing,
            "account": account,
            "selected": selected,
            "run_url": reverse(f"wagtail_restore:{self.runs_as}"),
        }
        return self.page(self.get_context_data(**context))

    def refusal(self) -> HttpResponse:
        """The page that says so where these are too many to be carried along, instead of Django's bare refusal."""
        self.template_name = "wagtail_restore/bulk/confirm.html"
        return self.page(self.get_context_data(survey=Survey(), question=self.too_many))

    def page(self, context: dict[str, Any]) -> HttpResponse:
        """The page of the moment."""
        answer: HttpResponse = self.render_to_response(context)
        return answer

    def look(self, survey: Survey) -> None:
        """At the next ones; no more than a batch of them is in memory at a time."""
        batch = self.keys[survey.seen : survey.seen + BATCH]
        prospects = self.foreseen(batch)
        survey.left["no_access"] += len(batch) - len(prospects)
        for prospect in prospects:
            survey.add(prospect)
        survey.seen += len(batch)

    def before(self, account: Account) -> HttpResponseBase | None:
        """Ask the site's hooks about all that was confirmed, once; what one of them answers instead of the work."""
        if account.begun or not account.rest:
            return None
        account.begun = True
        return self._hooked("before_bulk_action", account.rest, self.meant)

    def after(self, account: Account) -> HttpResponseBase | None:
        """Tell the site's hooks of all that was done, once; what one of them answers in place of the way back."""
        return self._hooked("after_bulk_action", account.done, self.images) if account.done else None

    def meant(self, keys: Sequence[Any]) -> list[Any]:
        """The images that these confirmed keys stand for, of those that the user may change."""
        return self.images(keys)

    def work_on(self, account: Account, until: float) -> None:
        """The next portion; what of it is not begun by then stays to be done, save one, so that it ends some day."""
        batch, account.rest = account.rest[: self.portion], account.rest[self.portion :]
        prospects = self.confirmed(batch)
        account.left["no_access"] += len(batch) - len(prospects)
        for number, prospect in enumerate(prospects, 1):
            self._do(self.settled(prospect), account)
            if time.monotonic() > until:
                account.rest = [each.confirmed for each in prospects[number:]] + account.rest
                break
        self.end()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Wagtail's own looks at each image here."""
        names = [self.model._meta.app_label, self.model._meta.model_name, self.action_type]
        choose_url = reverse("wagtail_bulk_action", args=names)
        return {"next": self.next_url, "action": self, "view": self, "choose_url": choose_url, **kwargs}

    def images(self, keys: Sequence[Any]) -> list[Any]:
        """Those that the user may change, in the order of the keys."""
        wanted = changeable(self.request.user).filter(pk__in=keys).select_related("collection")
        found = {image.pk: image for image in wanted}
        return [found[key] for key in keys if key in found]

    def _looking(self, survey: Survey) -> HttpResponse:
        selected, looked = selection.hidden(self.keys), survey.sealed(self)
        if selection.too_many(self.keys, selected, looked):
            return self.refusal()
        context = {
            "selected": selected,
            "survey": looked,
            "seen": survey.seen,
            "total": len(self.keys),
            "run_url": self.request.path,
        }
        self.template_name = "wagtail_restore/bulk/looking.html"
        return self.page(self.get_context_data(**context))

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

    def _hooked(
        self, name: str, keys: Sequence[Any], images_of: Callable[[Sequence[Any]], list[Any]]
    ) -> HttpResponseBase | None:
        """What one of the site's hooks answers; without any, no image is fetched for them."""
        if not (found := hooks.get_hooks(name)):
            return None
        batches = (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))
        images = [image for batch in batches for image in images_of(batch)]
        answers = (hook(self.request, self.action_type, images, self) for hook in found)
        return next((answer for answer in answers if isinstance(answer, HttpResponseBase)), None)
