"""What needs an administrator's attention, why, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from wagtail_restore import messages
from wagtail_restore.imaging.planning import Note
from wagtail_restore.jobs.bells import BULK, NEXT
from wagtail_restore.models import Bulletin, Digest, Job, State, WorkerSign

LATELY = timedelta(days=30)
PATIENCE = timedelta(hours=1)
MOST = 1000
"""No more rows are looked at than this for one line; where there are more, that is said."""
UNTOLD = 2
"""So many tries in a row without success are no hiccup any more."""

REMEDIES: Mapping[str, tuple[Any, Any]] = {
    "error": (
        _("An unforeseen error"),
        _("Open one of these jobs: its page holds the traceback. Try it again once the cause is gone."),
    ),
    "setup": (
        _("The set-up of the worker"),
        _("The page of one of these jobs holds the details. Put the set-up of the worker right, and start it anew."),
    ),
    "extra_missing": (
        _("A missing package"),
        _("Run that command where the worker runs, start the worker anew, and try the jobs again."),
    ),
    "unknown_model": (
        _("An unknown model"),
        _("Choose another model in the rule, or bring that one back into the catalogue."),
    ),
    "weights_missing": (
        _("Missing weights"),
        _("Run “restore_models pull” with the name of the model where the worker runs, and try the jobs again."),
    ),
    "weights_corrupt": (
        _("Damaged weights"),
        _("Where the worker runs, remove the model with “restore_models remove” and fetch it again with “pull”."),
    ),
    "weights_refused": (
        _("Refused weights"),
        _("Get the weights from a source that you trust, as safetensors where there are such."),
    ),
    "not_faithful": (
        _("A model that may invent, in strict mode"),
        _("Set the rule to creative mode, or choose a faithful model."),
    ),
    "template_gone": (_("A deleted mask template"), _("Make the template again, and a rule that goes by it.")),
    "out_of_memory": (
        _("Too little memory"),
        _("Give the worker more memory, run fewer processes on its machine, or lower the setting MAX_OUTPUT_PIXELS."),
    ),
    "bad_output": (_("A model without a usable result"), _("Choose another model in the rule, and report the matter.")),
    "spilled": (_("Changes where none were allowed"), _("Choose another model, and report the matter to its makers.")),
    "nothing_left": (_("A mask of the whole picture"), _("Whoever asked for it has to mark less of the picture.")),
    "mask_misfit": (_("A mask of another size"), _("Whoever asked for it has to mark the picture anew.")),
    "no_device": (
        _("A device that is not there"),
        _("Put the setting DEVICE, or the worker's option --device, right, and start the worker anew."),
    ),
    "timed_out": (
        _("Too much time"),
        _("Raise the setting JOB_SECONDS, use a quicker model, or run a worker with a GPU."),
    ),
    "storage_failed": (
        _("A file that could not be read or written"),
        _("See that storages and disks answer and have room, then try the jobs again."),
    ),
    "worker_lost": (
        _("A worker that stopped in the middle"),
        _("Its log tells why; often the system ended it for want of memory. Then try the jobs again."),
    ),
    "worker_broken": (
        _("A worker that could not begin"),
        _("The page of one of these jobs holds the error. Put it right, and start the worker anew."),
    ),
    "database_failed": (
        _("The database"),
        _("See that the database answers the worker; with SQLite, that it has WAL and a time-out. Then try again."),
    ),
    "rights_unconfirmed": (
        _("An unconfirmed right to remove watermarks"),
        _("Whoever asked has to confirm the right, and ask again."),
    ),
}
"""For each reason to fail: what it is called, and what an administrator can do."""


@dataclass(frozen=True)
class Matter:
    """One thing that needs attention: what, why or what is known of it, what to do, and where more is to be seen."""

    what: str
    why: str
    fix: str
    url: str = ""


def matters(signs: list[WorkerSign]) -> list[Matter]:
    """What needs attention now, the most urgent first; ``signs`` are those of the workers that run."""
    return [*_no_worker(signs), *_waiting_long(), *_weights(signs), *_untold(), *_failed()]


def _no_worker(signs: list[WorkerSign]) -> Iterator[Matter]:
    if any("restore" in sign.serves for sign in signs):
        return
    waiting = _bounded(Job.objects.filter(state=State.WAITING))
    words = ngettext("%(count)s job waits.", "%(count)s jobs wait.", waiting) % {"count": _count(waiting)}
    yield Matter(
        what=gettext("No worker is running"),
        why=words if waiting else gettext("What is asked for waits until there is one."),
        fix=gettext("Start one: “manage.py restore_worker”. It is seen here within a minute."),
        url=_report(state=State.WAITING) if waiting else "",
    )


def _waiting_long() -> Iterator[Matter]:
    """Jobs that ought to have had their turn; not bulk work that goes on, nor what waits for its next attempt."""
    since = timezone.now() - PATIENCE
    # A follow-up waits for the open Job of its image, which may be under review.
    rows = Job.objects.filter(state=State.WAITING, created_at__lt=since).exclude(open_key__endswith=NEXT)
    rows = rows.exclude(not_before__gt=timezone.now())
    if Job.objects.filter(Q(finished_at__gte=since) | Q(state=State.RUNNING)).exists():
        rows = rows.exclude(origin__in=BULK)
    count = _bounded(rows)
    if not count:
        return
    text = ngettext(
        "%(count)s job has waited for more than an hour", "%(count)s jobs have waited for more than an hour", count
    )
    yield Matter(
        what=text % {"count": _count(count)},
        why=gettext(
            "No worker takes them, or Redis has lost their rings, or there is more to do than the workers can."
        ),
        fix=gettext(
            "See that a worker runs with the same settings and Redis, run “manage.py restore_upkeep”, or add one."
        ),
        url=_report(state=State.WAITING),
    )


def _weights(signs: list[WorkerSign]) -> Iterator[Matter]:
    places: dict[str, list[str]] = {}
    for sign in signs:
        for alias in sign.missing:
            places.setdefault(alias, []).append(sign.name)
    for alias, names in sorted(places.items()):
        yield Matter(
            what=gettext("The weights of the model “%(model)s” are missing") % {"model": alias},
            why=gettext("A rule or a setting names it, and they are not on %(workers)s.")
            % {"workers": ", ".join(names)},
            fix=gettext("Run there: “manage.py restore_models pull %(model)s”.") % {"model": alias},
        )


def _untold() -> Iterator[Matter]:
    """That the chat, or those who asked for a digest, are not told what they should be."""
    row = Bulletin.objects.filter(failures__gte=UNTOLD).first()
    if row is not None:
        tries = gettext("%(count)s messages in a row were not taken: %(trouble)s.")
        yield Matter(
            what=gettext("The chat is not told what needs attention"),
            why=tries % {"count": row.failures, "trouble": row.trouble},
            fix=gettext(
                "Put the setting WEBHOOK_SECRET_URL right: make the address anew in the chat, and see that the worker "
                "reaches it."
            ),
        )
    waiting = _bounded(Digest.objects.filter(asked=True, failures__gte=UNTOLD))
    if waiting:
        digests = ngettext(
            "%(count)s digest could not be sent by mail", "%(count)s digests could not be sent by mail", waiting
        )
        yield Matter(
            what=digests % {"count": _count(waiting)},
            why=gettext("The mail server did not take them. What they tell will be in the next one."),
            fix=gettext("See that the worker has the mail settings of the site (EMAIL_HOST and the others)."),
        )


def _failed() -> Iterator[Matter]:
    """What failed lately and nobody has tried again since, by reason."""
    again = Exists(Job.objects.filter(retry_of=OuterRef("pk")))
    rows = Job.objects.filter(~again, state=State.FAILED, finished_at__gte=timezone.now() - LATELY)
    newest = list(rows.order_by("-finished_at").values_list("reason", flat=True)[: MOST + 1])
    notes: dict[tuple[str, str], Note] = {}
    counts: Counter[tuple[str, str]] = Counter()
    lately = {"finished_at_from": (timezone.localtime() - LATELY).date().isoformat()}
    for stored in newest[:MOST]:
        note = Note.from_json(stored or {"code": "error"})
        kind = (note.code, str(note.params.get("model", "")))
        notes.setdefault(kind, note)
        counts[kind] += 1
    for kind, count in counts.most_common():
        words, fix = REMEDIES.get(kind[0], REMEDIES["error"])
        failed = ngettext("%(count)s job failed: %(reason)s", "%(count)s jobs failed: %(reason)s", count)
        yield Matter(
            what=failed % {"count": count, "reason": words},
            why=messages.say(notes[kind]),
            fix=str(fix),
            url=_report(**({"reason": kind[0]} if kind[0] in REMEDIES else {"state": State.FAILED}), **lately),
        )
    if len(newest) > MOST:
        yield Matter(
            what=gettext("More than %(count)s jobs failed") % {"count": MOST},
            why=gettext("Only the last ones are counted above."),
            fix="",
            url=_report(state=State.FAILED, **lately),
        )


def _bounded(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: MOST + 1].count()


def _count(number: int) -> str:
    return str(number) if number <= MOST else gettext("More than %(count)s") % {"count": MOST}


def _report(**filters: str) -> str:
    return f"{reverse('wagtail_restore:report')}?{urlencode(filters)}"
