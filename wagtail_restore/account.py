"""What was done to a picture, in words: pairs of a word and its value, for the panel and for the page of one Job."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from wagtail_restore import messages
from wagtail_restore.imaging.planning import Note, Step
from wagtail_restore.models import Job


def account_of(job: Job, *, administrators: bool = False) -> list[tuple[str, str]]:
    """What the report of this Job tells; nothing where it made none. ``administrators`` are told what to run."""
    return [*_steps(job.report), *_whole(job.report, administrators)] if job.report else []


def why(step: Step, job: Job) -> str:
    """Why a Step of this Job is taken, with the name of whoever asked for it."""
    if step.reason.code != "wished" or job.user is None:
        return messages.say(step.reason)
    return _("Asked for by %(name)s.") % {"name": job.user.get_full_name() or job.user.get_username()}


def _steps(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for step in report.get("steps", ()):
        if step.get("outcome") == "done":
            yield messages.doing(step["kind"]), "; ".join(_done(step)) or _("done")
        elif step.get("outcome") == "faces_left":
            yield messages.doing(step["kind"]), "; ".join(_left(step))
        elif step.get("outcome") in ("nothing_found", "no_faces"):
            yield messages.doing(step["kind"]), _("nothing was found")
        elif step.get("outcome") == "large_enough":
            yield messages.doing(step["kind"]), _("the picture was large enough already")


def _done(step: dict[str, Any]) -> Iterator[str]:
    if step["kind"] == "erase":
        yield from _erased(step)
    if step["kind"] == "face" and step.get("faces"):
        yield ngettext("one face", "%(count)s faces", step["faces"]) % {"count": step["faces"]}
        yield from _left(step)
    if step.get("content") in messages.SEEN:
        yield str(messages.SEEN[step["content"]])
    # Through the same network twice is one network to name.
    models = list(dict.fromkeys(step.get("models") or filter(None, [step.get("model")])))
    if len(models) > 1 and step.get("filled"):
        models = [f"{alias} ({step['filled'].get(alias, 0)})" for alias in models]
    if models:
        yield _("with the model “%(model)s”") % {"model": " + ".join(models)}
    if step.get("strength", 1.0) < 1.0:
        yield messages.strong(step["strength"])


def _left(step: dict[str, Any]) -> Iterator[str]:
    """How many faces were not redrawn, and why."""
    left: dict[str, int] = step.get("left") or {}
    count = sum(left.values())
    if count:
        reasons = ", ".join(f"{messages.LEFT.get(reason, reason)} ({number})" for reason, number in left.items())
        text = ngettext("one face left as it is: %(reasons)s", "%(count)s faces left as they are: %(reasons)s", count)
        yield text % {"count": count, "reasons": reasons}


def _erased(step: dict[str, Any]) -> Iterator[str]:
    """Each mark that was erased, with its name where it is a known one, or the text that was read in it."""
    if step.get("template"):
        yield _("what the template “%(template)s” marks") % {"template": step["template"]}
    for each in step.get("regions", ()):
        name = messages.kind(each["kind"])
        if each.get("mark"):
            off = each["mark"] in step.get("unblended", ())
            text = _("the mark “%(name)s” taken off") if off else _("the mark “%(name)s” erased and filled in")
            yield text % {"name": each["mark"]}
            continue
        yield _("%(kind)s “%(text)s”") % {"kind": name, "text": each["text"]} if each.get("text") else name


def _blurred(step: dict[str, Any], administrators: bool) -> str:
    """That a large area had to be filled by what is good at small ones, and to ``administrators`` what would help."""
    text = ngettext(
        "A large area was filled with the model “%(model)s”, which is made for small marks. Look at it closely.",
        "%(count)s large areas were filled with the model “%(model)s”, which is made for small marks. Look at them "
        "closely.",
        step["blurred"],
    )
    told = text % {"count": step["blurred"], "model": step["model"]}
    if not administrators:
        return told
    fix = _("This gets a model that fills large areas better: restore_models pull lama")
    return f"{told} {fix}"


def _left_out(name: str) -> str:
    text = _("The known mark “%(name)s” was not looked for, as its picture cannot be read. Upload it again.")
    return text % {"name": name}


def _whole(report: dict[str, Any], administrators: bool) -> Iterator[tuple[str, str]]:
    if report.get("from") and report.get("to"):
        yield _("Size"), "{} × {} → {} × {}".format(*report["from"], *report["to"])
    if report.get("seconds") is not None:
        seconds = _("%(seconds)s seconds") % {"seconds": number_format(report["seconds"], 1)}
        yield pgettext("duration", "Time"), f"{seconds} ({report['device']})" if report.get("device") else seconds
    if report.get("consistency") is not None:
        value = {"decibels": number_format(report["consistency"], 1)}
        text = _("%(decibels)s dB (how closely the result, made small again, matches the original)")
        yield _("Consistency"), text % value
    remarks = [messages.say(Note(code)) for code in report.get("notes", ())]
    remarks += [_left_out(name) for name in report.get("marks_left_out", ())]
    remarks += [_blurred(step, administrators) for step in report.get("steps", ()) if step.get("blurred")]
    if remarks:
        yield _("Remarks"), " ".join(remarks)
