"""Which images of the library a rule touches, and asking for them in batches; a second run asks for nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Max, QuerySet
from wagtail.images import get_image_model
from wagtail.models import Collection

from wagtail_restore import jobs, notify, rights, rules, swap
from wagtail_restore.imaging.planning import DETECT, CleanUp, Decision, Plan, Upscale, Wishes
from wagtail_restore.models import ImageFacts, Job, KnownMark, State
from wagtail_restore.rules import Rulebook

BATCH = 500
MEASURED_JOBS = 200
"""How many of the last published Jobs the estimate of the time rests on."""
COLUMNS = ("object_id", "state", "open_key", "source_name", "source_hash", "plan", "report", "retry_of")
TIMES = ("created_at", "started_at")


@dataclass(frozen=True)
class Selection:
    """Which images are looked at; ``again`` also takes those that were asked for before, the other fields narrow.

    ``clean_up`` is erased from all of them, beside what the rules ask for.
    """

    rule: int | None = None
    collection: Collection | None = None
    narrower_than: int | None = None
    first_id: Any = None
    last_id: Any = None
    again: bool = False
    clean_up: CleanUp = CleanUp.OFF

    def images(self) -> QuerySet[Any]:
        """The images themselves, without regard to rules."""
        found: QuerySet[Any] = get_image_model()._default_manager.select_related("collection").order_by("pk")
        if self.collection is not None:
            found = found.filter(collection__path__startswith=self.collection.path)
        if self.first_id is not None:
            found = found.filter(pk__gte=self.first_id)
        if self.last_id is not None:
            found = found.filter(pk__lte=self.last_id)
        return found


@dataclass(frozen=True)
class Candidate:
    """One image of the selection, with what is to be done, or the reason (a code) why it is left alone."""

    image: Any
    decision: Decision
    left: str = ""

    @property
    def megapixels(self) -> float:
        """Size of the result in millions of pixels."""
        return megapixels(self.decision.plan) if self.decision.plan else 0.0


@dataclass
class Tally:
    """What a pass over the selection found, or asked for."""

    seen: int = 0
    asked: int = 0
    megapixels: float = 0.0
    by_rule: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)

    def add(self, candidate: Candidate) -> None:
        self.seen += 1
        if candidate.left:
            self.left[candidate.left] += 1
            return
        self.asked += 1
        self.megapixels += candidate.megapixels
        self.by_rule[str(candidate.decision.reason.params.get("rule", ""))] += 1


def survey(selection: Selection, seen: Callable[[], object] = lambda: None) -> Tally:
    """Count what ``ask`` would ask for; ``seen`` is called after each image."""
    tally = Tally()
    for candidate in candidates(selection):
        tally.add(candidate)
        seen()
    return tally


def ask(
    selection: Selection, *, limit: int | None = None, by: Any = None, seen: Callable[[], object] = lambda: None
) -> Tally:
    """Ask for a Job for every image that a rule for the backfill touches, at most ``limit`` of them.

    Rings for as many as may wait in Redis at one time; workers and upkeep ring for the rest.
    """
    tally = Tally()
    wishes = Wishes(clean_up=selection.clean_up)
    for candidate in candidates(selection):
        if tally.seen % BATCH == 0:
            notify.backfill_goes_on()
        if limit is not None and tally.asked >= limit:
            break
        if candidate.decision.plan is not None and not candidate.left:
            decision = candidate.decision
            jobs.request(
                candidate.image,
                candidate.decision.plan,
                wishes=wishes,
                by=by,
                origin=Job.Origin.BACKFILL,
                rule=decision.rule,
            )
            if tally.asked % BATCH == 0:
                jobs.ring_waiting("bulk")
        tally.add(candidate)
        seen()
    jobs.ring_waiting("bulk")
    return tally


def candidates(selection: Selection) -> Iterator[Candidate]:
    """Every image of the selection in the order of its key, a batch in memory at a time."""
    book = Rulebook.load("backfill", only=selection.rule)
    marks = _known_marks() if rights.MARK in DETECT[selection.clean_up] else {}
    images, last = selection.images(), None
    while True:
        batch = list((images.filter(pk__gt=last) if last is not None else images)[:BATCH])
        if not batch:
            return
        last = batch[-1].pk
        yield from _decide(batch, selection, book, marks)


def megapixels(plan: Plan) -> float:
    """Size of what a Plan makes, in millions of pixels; 0 where it does not enlarge."""
    sizes = [s.params["width"] * s.params["height"] for s in plan.steps if s.kind == "upscale"]
    return sizes[-1] / 1_000_000 if sizes else 0.0


def facts_of(batch: list[Any], *, measure: bool = True) -> dict[str, ImageFacts]:
    """The Facts of each image, by its key; one that was never measured is measured now.

    Without ``measure`` no file is opened: what Wagtail has noted of such an image, and its name says, is all there is.
    """
    known = {row.object_id: row for row in _about(ImageFacts.objects, batch)} if batch else {}
    for image in batch:
        row = known.get(str(image.pk))
        if row is None or row.file_name != image.file.name:
            known[str(image.pk)] = swap.measure(image) if measure else swap.presumed(image)
    return known


def jobs_of(batch: list[Any]) -> dict[str, list[Job]]:
    """All Jobs of these images, by the key of the image."""
    found: dict[str, list[Job]] = {}
    for job in _about(Job.objects, batch).only(*COLUMNS, *TIMES):
        found.setdefault(job.object_id, []).append(job)
    return found


def throughput() -> float | None:
    """Megapixels of result per second of one worker, by the last published Jobs; None where there are none."""
    done = (State.PUBLISHED, State.WITHDRAWN)
    rows = Job.objects.filter(state__in=done, report__has_key="seconds").order_by("-pk")[:MEASURED_JOBS]
    measured = [(j.result_width * j.result_height / 1e6, float(j.report.get("seconds", 0))) for j in rows]
    seconds = sum(took for _, took in measured)
    return sum(size for size, _ in measured) / seconds if seconds else None


def _decide(batch: list[Any], selection: Selection, book: Rulebook, marks: dict[str, datetime]) -> Iterator[Candidate]:
    facts = facts_of(batch)
    asked = jobs_of(batch)
    for image in batch:
        row = facts[str(image.pk)]
        earlier = asked.get(str(image.pk), [])
        wishes, kept = Wishes(clean_up=selection.clean_up, upscale=Upscale.RULE), book
        decision = rules.decide(row, image.collection, wishes, book)
        stencil = decision.plan.stencil if decision.plan else None
        history, blind = _history(image, earlier), _blind(image, earlier, marks)
        if stencil and any(job.stencil is not None and job.stencil.file == stencil.file for job in history):
            kept = book.without_templates  # --again or not: what was filled in would be filled in anew
        seen = [job.steps for job in history if job.pk not in blind]
        if not selection.again and any(_looked_for(plan) >= set(DETECT[wishes.clean_up]) for plan in seen):
            wishes = replace(wishes, clean_up=CleanUp.OFF)
        again = kept is not book or wishes.clean_up is not selection.clean_up
        if again:
            decision = rules.decide(row, image.collection, wishes, kept)
        left = _left(image, row, decision, selection, earlier, blind)
        yield Candidate(image, decision, "erased_before" if again and left == "nothing_asked" else left)


def _left(
    image: Any, row: ImageFacts, decision: Decision, selection: Selection, earlier: list[Job], blind: set[int]
) -> str:
    """Why this image is left alone, or an empty string."""
    if decision.plan is None:
        return decision.reason.code
    if selection.narrower_than is not None and row.width >= selection.narrower_than:
        return "wide_enough"
    if any(job.open_key for job in earlier):
        return "under_way"
    if selection.again:
        return ""
    same = [job for job in earlier if job.source_name == image.file.name and job.pk not in blind]
    # Who takes back what was painted has said nothing of what a rule would do.
    asked = [job for job in earlier if not job.painted]
    if any(job.state in State.said_no() and job.source_hash == image.file_hash for job in asked):
        return "said_no"
    wanted = decision.plan.to_json()
    return "asked_before" if any(job.plan == wanted for job in same) else ""


def _history(image: Any, earlier: list[Job]) -> list[Job]:
    """The Jobs that the file which the image has now came of, in however many steps, the last one first."""
    made = {job.report["sha1"]: job for job in earlier if job.report.get("sha1") and job.state == State.PUBLISHED}
    shown, history = image.file_hash, []
    while shown in made:
        job = made.pop(shown)
        history.append(job)
        shown = job.source_hash
    return history


def _known_marks() -> dict[str, datetime]:
    """When what is looked for in a collection was last added or changed, by the path of the collection."""
    marks = KnownMark.objects.filter(active=True).order_by().values("collection__path")
    return {row["collection__path"]: row["last"] for row in marks.annotate(last=Max("changed_at"))}


def _blind(image: Any, earlier: list[Job], marks: dict[str, datetime]) -> set[int]:
    """The Jobs, by key, that looked for watermarks before the newest of the ``marks`` that hold for this image."""
    path = image.collection.path
    newest = max((at for above, at in marks.items() if path.startswith(above)), default=None)
    if newest is None:
        return set()
    keyed = {job.pk: job for job in earlier}
    return {job.pk for job in earlier if rights.MARK in _looked_for(job.steps) and _looked_at(job, keyed) < newest}


def _looked_at(job: Job, keyed: dict[int, Job]) -> datetime:
    """When a worker looked at the picture; what a person chose of a proposal was found by the Job that proposed it."""
    while any("regions" in step.params for step in job.steps.steps) and job.retry_of_id in keyed:
        job = keyed[job.retry_of_id]
    return job.started_at or job.created_at


def _looked_for(plan: Plan) -> set[str]:
    """The kinds of Region that were looked for and erased."""
    return {kind for step in plan.steps if step.kind == "erase" for kind in step.params.get("detect", ())}


def _about(manager: Any, batch: list[Any]) -> QuerySet[Any]:
    kind = ContentType.objects.get_for_model(batch[0])
    rows: QuerySet[Any] = manager.filter(content_type=kind, object_id__in=[str(image.pk) for image in batch])
    return rows
