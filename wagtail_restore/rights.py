"""Whether somebody has said that they may remove watermarks; asked once of each user, and again in other words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext, gettext_noop
from wagtail.log_actions import log

from wagtail_restore.conf import conf
from wagtail_restore.exceptions import RightsUnconfirmed
from wagtail_restore.imaging.planning import Plan, Step
from wagtail_restore.models import MaskTemplate, RightsConfirmation

MARK = "watermark"
"""The kind of Region that may carry somebody's right to the picture."""


class Case(StrEnum):
    """In which case somebody answers for watermarks; who has confirmed the first is not asked about any other."""

    ALWAYS = "always"
    """Watermarks are looked for, and whatever is found goes."""
    MARKS = "marks"
    """A person marks or chooses what goes, and a watermark may be among it."""
    TEMPLATE = "template"
    """A person marks what goes from every picture of a collection."""


WORDS = {
    Case.ALWAYS: "%(statement)s",
    Case.MARKS: gettext_noop("If a watermark is among these marks: %(statement)s"),
    Case.TEMPLATE: gettext_noop("If a watermark is among what this template marks: %(statement)s"),
}
"""What is to be confirmed in each case, around the site's own words."""


@dataclass(frozen=True)
class Asking:
    """What is asked of one user: the whole ``statement``, empty where nothing is, and when they confirmed it.

    Once they have, it has the words in which they did.
    """

    statement: str = ""
    confirmed_at: datetime | None = None

    @property
    def needed(self) -> bool:
        """Whether the user has yet to confirm."""
        return bool(self.statement) and self.confirmed_at is None


def asked_of(user: Any, case: Case = Case.ALWAYS) -> Asking:
    """What is asked of this user before a watermark is removed; of code that acts without one, nothing."""
    if not conf.RIGHTS_STATEMENT or not getattr(user, "pk", None):
        return Asking()
    row = _confirmed(user, case)
    if row is not None:
        return Asking(row.statement, row.confirmed_at)
    return Asking(gettext(WORDS[case]) % {"statement": gettext(conf.RIGHTS_STATEMENT)})


def confirm(user: Any, case: Case = Case.ALWAYS, *, through: str = "") -> None:
    """Write down that this user has confirmed the statement, with the words they saw, here and in Wagtail's log.

    ``through`` names the command that said so in their name, where they did not tick a box themselves.
    """
    asking = asked_of(user, case)
    if not asking.needed:
        return
    row, new = RightsConfirmation.objects.get_or_create(
        user=user, wording=_wording(case), defaults={"statement": asking.statement}
    )
    if new:
        told = {"statement": row.statement, **({"through": through} if through else {})}
        log(instance=row, action="wagtail_restore.confirm_rights", user=user, data=told)


def require(user: Any, case: Case = Case.ALWAYS, *, confirms: bool) -> None:
    """Take the confirmation if it is given now. Raises ``RightsUnconfirmed`` where it is needed and is not."""
    if confirms:
        confirm(user, case)
    elif asked_of(user, case).needed:
        raise RightsUnconfirmed


def concern(plan: Plan) -> Case | None:
    """The widest case in which the Plan may take a watermark away; None where it takes none."""
    cases = [_case(step) for step in plan.steps if step.kind == "erase"]
    return next((case for case in Case if case in cases), None)


def recorded(plan: Plan, user: Any, using: str | None = None) -> dict[str, Any]:
    """What a Job carries of the confirmations that its Plan needs; empty where it needs none.

    That is the user's own (see ``told_of``), and as ``template`` that of whoever saved the mask template.
    """
    case, stencil = concern(plan), plan.stencil
    template = MaskTemplate.objects.using(using).filter(file=stencil.file).first() if stencil else None
    vouched = {"template": template.rights} if template and template.rights else {}
    if case is None or (case is Case.TEMPLATE and vouched):
        return vouched
    return told_of(user, case) | vouched


def unconfirmed(plan: Plan, told: Mapping[str, Any]) -> Case | None:
    """The widest case of the Plan for which ``told``, what a Job has recorded, names nobody who confirmed it."""
    case = concern(plan)
    return None if "statement" in told or (case is Case.TEMPLATE and "template" in told) else case


def told_of(user: Any, case: Case) -> dict[str, Any]:
    """Who this user is, when they confirmed what holds in the case, and in which words; empty where they did not."""
    row = _confirmed(user, case) if getattr(user, "pk", None) else None
    if row is None:
        return {}
    return {
        "user": str(user.pk),
        "name": user.get_username(),
        "at": row.confirmed_at.isoformat(),
        "statement": row.statement,
    }


def _case(step: Step) -> Case | None:
    """In which case this erasing Step may take a watermark away; told where the marks are, it looks for no others."""
    if "template" in step.params:
        return Case.TEMPLATE
    if "mask" in step.params:
        return Case.MARKS
    if "regions" in step.params:
        return Case.MARKS if any(region["kind"] == MARK for region in step.params["regions"]) else None
    return Case.ALWAYS if MARK in step.params.get("detect", ()) else None


def _confirmed(user: Any, case: Case) -> RightsConfirmation | None:
    """The first time that this user confirmed what holds in the case: its own words, or those that hold in each."""
    wordings = {_wording(case), _wording(Case.ALWAYS)}
    rows = RightsConfirmation.objects.filter(user=user, wording__in=wordings)
    return rows.order_by("confirmed_at", "pk").first()


def _wording(case: Case) -> str:
    words = WORDS[case] % {"statement": conf.RIGHTS_STATEMENT}
    return hashlib.sha256(words.encode()).hexdigest()
