"""*Restore…* for many images: what is wished for all of them, and taking back what still waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wagtail_restore import backfill, jobs, messages, rights, rules
from wagtail_restore.admin import actions, fields
from wagtail_restore.admin.bulk import selection, words
from wagtail_restore.admin.bulk.carried import Prospect, Survey
from wagtail_restore.admin.bulk.together import Together
from wagtail_restore.admin.restore_form import RestoreForm
from wagtail_restore.exceptions import LeaseLost
from wagtail_restore.imaging.planning import Decision
from wagtail_restore.models import ImageFacts, Job, State
from wagtail_restore.models.links import image_type
from wagtail_restore.rules import Rulebook


class Restore(Together):
    """Asks for a Job for each image, as its own form would."""

    display_name = gettext_lazy("Restore…")
    action_type = "restore_request"
    aria_label = gettext_lazy("Restore the selected images")
    action_priority = 40
    form_class = RestoreForm
    title = gettext_lazy("Restore images")
    nothing = gettext_lazy("There is nothing to do for these images.")
    button = gettext_lazy("Yes, restore")
    undo, undo_label = "restore_cancel", gettext_lazy("Cancel these")
    too_many = gettext_lazy(
        "You have selected too many images for one go. Choose fewer, with a filter for example, or let the command "
        "restore_backfill take them all."
    )
    portion = 50

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.options(RestoreForm(user=request.user))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """From the choices to what they would do; ``change`` goes back to the choices."""
        if not self.form.is_valid() or "change" in request.POST:
            return self.options(self.form)
        return self.confirmation()

    def options(self, form: RestoreForm) -> HttpResponse:
        """The page on which it is chosen what is to be done."""
        if not self.keys:
            return self.confirmation()
        packed = selection.hidden(self.keys)
        if selection.too_many(self.keys, packed):
            return self.refusal()
        count = ngettext("%(count)s image is selected.", "%(count)s images are selected.", len(self.keys))
        told = {"count": count % {"count": len(self.keys)}, "packed": packed, "form": form}
        self.template_name = "wagtail_restore/bulk/options.html"
        return self.page(self.get_context_data(**told))

    @cached_property
    def form(self) -> RestoreForm:
        return RestoreForm(self.request.POST, user=self.request.user)

    @cached_property
    def book(self) -> Rulebook:
        """What is in the library already is erased by templates through the backfill, which knows what was before."""
        return Rulebook.load("backfill").without_templates

    def begin(self) -> bool:
        if not self.form.is_valid():
            return False
        if self.form.confirms:
            rights.confirm(self.request.user)
        return True

    def sort(self, images: list[Any]) -> Iterable[Prospect]:
        """By what is known of the files; to open one that was never measured is for the work itself."""
        return self._sorted(images, backfill.facts_of(images, measure=False))

    def confirmed(self, keys: Sequence[Any]) -> list[Prospect]:
        """As they were foreseen; what was never measured is measured at its turn, which may take long."""
        images = self.images(keys)
        self.facts = backfill.facts_of(images, measure=False)
        return list(self._sorted(images, self.facts))

    def settled(self, prospect: Prospect) -> Prospect:
        """By what the file itself says."""
        if self.facts[str(prospect.image.pk)].pk is not None:
            return prospect
        return next(iter(self._sorted([prospect.image], backfill.facts_of([prospect.image]))))

    def _sorted(self, images: list[Any], facts: dict[str, ImageFacts]) -> Iterable[Prospect]:
        under_way = _under_way(images)
        said_no = set() if self.form.wishes.explicit else _said_no(images)
        for image in images:
            key, row = str(image.pk), facts[str(image.pk)]
            decision = rules.decide(row, image.collection, self.form.wishes, self.book)
            hindered = rules.obstacle(row) if decision.plan else decision.reason
            left = hindered.code if hindered else ""
            if key in under_way:
                left = "under_way"
            elif not left and (key, image.file_hash) in said_no:
                left = "said_no"
            yield Prospect(image, left, decision, _told(decision), _megapixels(decision, row))

    def act(self, prospect: Prospect) -> None:
        if actions.ask(prospect.image, prospect.work, self.form.wishes, self.request.user).asked_before:
            raise LeaseLost

    def end(self) -> None:
        jobs.ring_waiting("bulk")

    def question(self, count: int) -> str:
        asked = ngettext("%(count)s image will be worked on.", "%(count)s images will be worked on.", count)
        return asked % {"count": count}

    def told(self, count: int) -> str:
        return ngettext("%(count)s image waits for a worker now.", "%(count)s images wait for a worker now.", count) % {
            "count": count
        }

    def remarks(self, survey: Survey) -> list[str]:
        size = _("Together they will have %(megapixels)s megapixels.")
        told = size % {"megapixels": number_format(survey.megapixels, 1 if survey.megapixels < 100 else 0)}
        return [f"{told} {words.estimate(survey.megapixels)}", *self._review()]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Also what was chosen, as hidden fields of the page that asks for the confirmation."""
        chosen = fields.picked(self.request.POST).items()
        return {**super().get_context_data(**kwargs), "chosen": chosen, "changes": True}

    def _review(self) -> Iterable[str]:
        """Whether the results are shown at once."""
        if self.form.wishes.faces:
            yield _("You compare each result with the original before it is published.")
            return
        yield _("Each result is published as soon as it is done, unless the worker is not sure of it.")
        if any(spec.review for _scope, spec in self.book.entries):
            yield _("Where a rule asks for it, the result waits for somebody’s decision before it is shown.")


class Cancel(Together):
    """Takes back what was asked for and is not done yet."""

    display_name = gettext_lazy("Cancel restoration")
    action_type = "restore_cancel"
    title = gettext_lazy("Cancel restorations")
    nothing = gettext_lazy("Nothing is being done to these images any more.")
    button = gettext_lazy("Yes, cancel")

    def sort(self, images: list[Any]) -> Iterable[Prospect]:
        waits = (State.WAITING, State.RUNNING)
        open_jobs = {job.object_id: job for job in jobs_about(images, state__in=waits, open_key__isnull=False)}
        for image in images:
            job = open_jobs.get(str(image.pk))
            yield Prospect(image, "" if job else "not_working", job, job.get_state_display() if job else "")

    def act(self, prospect: Prospect) -> None:
        if not actions.cancel(prospect.work, self.request.user):
            raise LeaseLost

    def question(self, count: int) -> str:
        asked = ngettext(
            "The work on %(count)s image will be cancelled.", "The work on %(count)s images will be cancelled.", count
        )
        return asked % {"count": count}

    def told(self, count: int) -> str:
        return ngettext(
            "The work on %(count)s image is being cancelled.",
            "The work on %(count)s images is being cancelled.",
            count,
        ) % {"count": count}


def jobs_about(images: list[Any], **narrowed: Any) -> QuerySet[Job]:
    """The Jobs of these images, the oldest first, so that of several the last one remains."""
    if not images:
        return Job.objects.none()
    rows = Job.objects.filter(object_id__in=[str(image.pk) for image in images], **narrowed)
    found: QuerySet[Job] = rows.filter(content_type=image_type(images[0])).order_by("pk")
    return found


def _under_way(images: list[Any]) -> set[str]:
    """The keys of those that have a Job already."""
    return set(jobs_about(images, open_key__isnull=False).values_list("object_id", flat=True))


def _said_no(images: list[Any]) -> set[tuple[str, str]]:
    """The keys of those whose result somebody took back or discarded, each with the file that it was made from."""
    hashes = {image.file_hash for image in images}
    rows = jobs_about(images, state__in=State.said_no(), source_hash__in=hashes)
    return {
        (job.object_id, job.source_hash) for job in rows.only("object_id", "source_hash", "plan") if not job.painted
    }


def _told(decision: Decision) -> str:
    return "; ".join(messages.task(step) for step in decision.plan.steps) if decision.plan else ""


def _megapixels(decision: Decision, facts: ImageFacts) -> float:
    """Of the result; where nothing is enlarged, it is as large as the picture."""
    grown = backfill.megapixels(decision.plan) if decision.plan else 0.0
    return grown or facts.width * facts.height / 1_000_000
