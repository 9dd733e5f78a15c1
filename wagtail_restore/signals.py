"""Image saved, replaced, deleted: the one door for every way in; and the signals that a site may listen to."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_save
from wagtail.images import get_image_model
from wagtail.log_actions import get_active_log_context

from wagtail_restore import jobs, rules, swap
from wagtail_restore.imaging.planning import CleanUp, Mode, Repair, Upscale, Wishes
from wagtail_restore.models import ImageFacts, Job, KnownMark, MaskTemplate, State, templates
from wagtail_restore.models.files import retire_private
from wagtail_restore.models.links import database_of, image_type
from wagtail_restore.rules import Rulebook
from wagtail_restore.swap import published, withdrawn

__all__ = ["connect", "published", "restore", "withdrawn"]

UNTOUCHED = {"nothing_asked", "large_enough"}
"""Reasons for which nothing is to be told unless somebody asked."""


def connect() -> None:
    """Join the handlers; called once, when the site starts."""
    model = get_image_model()
    pre_save.connect(image_met, sender=model, dispatch_uid="wagtail_restore.image_met")
    post_save.connect(image_saved, sender=model, dispatch_uid="wagtail_restore.image_saved")
    post_delete.connect(image_deleted, sender=model, dispatch_uid="wagtail_restore.image_deleted")
    post_delete.connect(mark_deleted, sender=KnownMark, dispatch_uid="wagtail_restore.mark_deleted")
    post_delete.connect(template_deleted, sender=MaskTemplate, dispatch_uid="wagtail_restore.template_deleted")


def restore(
    image: Any,
    *,
    clean_up: str = CleanUp.OFF,
    upscale: str = Upscale.RULE,
    width: int | None = None,
    model: str = "auto",
    mode: str = Mode.STRICT,
    strength: float = 1.0,
    denoise: float | None = None,
    repair: str = Repair.OFF,
    faces: bool = False,
    by: Any = None,
) -> Job | None:
    """Ask for this image to be restored, from a site's own code.

    ``clean_up`` is ``off``, ``dates``, ``marks`` or ``text``; ``upscale`` is ``rule``, ``x2``, ``x4``, ``width`` (then
    with ``width`` in pixels) or ``no``; ``model`` is ``auto``, ``photo``, ``line`` or the alias of a Model;
    ``strength`` (0 to 1) is the share of the network against a plain enlargement, ``denoise`` (0 to 1) how much noise a
    Model that can mix takes away; ``repair`` is ``off``, ``noise`` or ``jpeg``; ``faces`` asks for faces to be rebuilt,
    in creative mode alone; ``by`` is the user on whose behalf it happens. Returns the Job, whose state tells when there
    is nothing to do, or None where nothing was asked and no rule holds. Raises ``ValueError`` on a choice or an amount
    that does not exist; a Model that the worker does not know fails the Job.
    """
    wishes = Wishes(
        CleanUp(clean_up),
        Upscale(upscale),
        width,
        model,
        Mode(mode),
        strength=strength,
        denoise=denoise,
        faces=faces,
        repair=Repair(repair),
    )
    if wishes.upscale is Upscale.WIDTH and not width:
        raise ValueError("upscale='width' needs a width in pixels")
    book = _rules(image).without_templates
    return ask(image, wishes, swap.current_facts(image) or swap.measure(image), book, by=by, origin=Job.Origin.CODE)


def ask(image: Any, wishes: Wishes, facts: ImageFacts | None, book: Rulebook, *, by: Any, origin: str) -> Job | None:
    """A Job for these wishes and the rules in the book, or None where there is nothing to do and nobody asked.

    Facts that were never stored are of an image that is gone.
    """
    known = facts if facts is not None and facts.pk else None
    decision = rules.decide(known, image.collection, wishes, book)
    told = {"wishes": wishes.to_json(), "origin": str(origin)}
    if decision.plan is not None:
        job = jobs.request(image, decision.plan, wishes=wishes, by=by, origin=origin, rule=decision.rule)
        if job.asked_before:
            return job
        if decision.plan.stencil is not None:
            told |= {"template": decision.plan.stencil.name, "rights": job.rights.get("template", {})}
        swap.log(image, "wagtail_restore.request", by if getattr(by, "pk", None) else None, {**told, "job": job.pk})
        return job
    if decision.reason.code in UNTOUCHED and not wishes.explicit:
        return None
    if decision.reason.code not in UNTOUCHED and not wishes.explicit and decision.rule is None:
        return None
    state = State.KEPT if decision.reason.code in {*UNTOUCHED, "nothing_to_clean"} else State.SKIPPED
    return jobs.record(image, state, decision.reason, wishes=wishes, by=by, origin=origin)


def image_met(sender: Any, instance: Any, raw: bool = False, using: str | None = None, **kwargs: Any) -> None:
    """An image from before we were installed is measured as it is, so that a new file is told from a new title."""
    if raw or instance._state.adding or ImageFacts.objects.using(using).for_image(instance).exists():
        return
    earlier = sender._base_manager.using(using).filter(pk=instance.pk).first()
    if earlier is not None and earlier.file:
        swap.measure(earlier)


def image_saved(sender: Any, instance: Any, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """A new or replaced file is measured and held against the rules; a wish on the instance is taken up.

    Rules erase with their templates from a new file alone.
    """
    (wishes, by), book = rules.unhang(instance), rules.carried(instance)
    if raw or not instance.file:
        return
    facts = swap.first_facts(instance) if created else None
    found = swap.guard(instance) if facts is None else "new"
    if found == "replaced":
        jobs.supersede(instance)
        swap.replaced(instance)
    if found in ("new", "replaced"):
        facts, by = facts or swap.measure(instance), by or _actor(instance, created)
        origin = Job.Origin.UPLOAD if created else Job.Origin.EDIT
        ask(instance, wishes or Wishes(), facts, book or _rules(instance), by=by, origin=origin)
    elif wishes is not None and wishes.explicit:
        book = _rules(instance).without_templates
        ask(instance, wishes, swap.facts_of(instance), book, by=by, origin=Job.Origin.EDIT)


def image_deleted(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Nothing of a deleted image is kept: open Jobs end, earlier versions and results go."""
    object_id = str(instance.pk)
    jobs.abandon(instance, object_id)
    swap.forget(image_type(instance), object_id)


def mark_deleted(sender: Any, instance: KnownMark, using: str | None = None, **kwargs: Any) -> None:
    """The picture of a known mark goes after its row, however that was deleted."""
    if instance.picture:
        retire_private(str(instance.picture), using)


def template_deleted(sender: Any, instance: MaskTemplate, using: str, **kwargs: Any) -> None:
    """The file of a mask template goes after its row, however that was deleted."""
    templates.forget(instance, using)


def _rules(image: Any) -> Rulebook:
    return Rulebook.load("uploads", using=database_of(image))


def _actor(image: Any, created: bool) -> Any:
    """Who saves: the user of this request to the admin; outside of it, for a new image, its uploader."""
    return get_active_log_context().user or (image.uploaded_by_user if created else None)
