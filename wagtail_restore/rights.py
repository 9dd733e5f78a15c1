"""Whether somebody has said that they may remove watermarks; asked once of each user, and again in other words."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from wagtail.log_actions import log

from wagtail_restore.conf import conf
from wagtail_restore.exceptions import RightsUnconfirmed
from wagtail_restore.imaging.planning import Plan
from wagtail_restore.models import RightsConfirmation

MARK = "watermark"
"""The kind of Region that may carry somebody's right to the picture."""


@dataclass(frozen=True)
class Asking:
    """What is asked of one user: the ``statement``, empty where nothing is, and when they confirmed it."""

    statement: str = ""
    confirmed_at: datetime | None = None

    @property
    def needed(self) -> bool:
        """Whether the user has yet to confirm."""
        return bool(self.statement) and self.confirmed_at is None


def asked_of(user: Any) -> Asking:
    """What is asked of this user before a watermark is removed; of code that acts without one, nothing."""
    if not conf.RIGHTS_STATEMENT or not getattr(user, "pk", None):
        return Asking()
    row = RightsConfirmation.objects.filter(user=user, wording=_wording()).first()
    return Asking(gettext(conf.RIGHTS_STATEMENT), row.confirmed_at if row else None)


def confirm(user: Any, *, through: str = "") -> None:
    """Write down that this user has confirmed the statement, with the words they saw, here and in Wagtail's log.

    ``through`` names the command that said so in their name, where they did not tick a box themselves.
    """
    asking = asked_of(user)
    if not asking.needed:
        return
    row, new = RightsConfirmation.objects.get_or_create(
        user=user, wording=_wording(), defaults={"statement": asking.statement}
    )
    if new:
        told = {"statement": row.statement, **({"through": through} if through else {})}
        log(instance=row, action="wagtail_restore.confirm_rights", user=user, data=told)


def require(user: Any, *, confirms: bool) -> None:
    """Take the confirmation if it is given now. Raises ``RightsUnconfirmed`` where it is needed and is not."""
    if confirms:
        confirm(user)
    elif asked_of(user).needed:
        raise RightsUnconfirmed


def concern(plan: Plan) -> bool:
    """Whether the Plan may take a watermark away: it looks for some, has been told of some, or of a painted area."""
    return any(
        "mask" in step.params
        or MARK in step.params.get("detect", ())
        or any(region["kind"] == MARK for region in step.params.get("regions", ()))
        for step in plan.steps
        if step.kind == "erase"
    )


def recorded(plan: Plan, user: Any) -> dict[str, Any]:
    """What a Job carries of its user's confirmation: who, when, in which words; empty where it needs none."""
    if not (concern(plan) and getattr(user, "pk", None)):
        return {}
    row = RightsConfirmation.objects.filter(user=user, wording=_wording()).first()
    if row is None:
        return {}
    return {
        "user": str(user.pk),
        "name": user.get_username(),
        "at": row.confirmed_at.isoformat(),
        "statement": row.statement,
    }


def _wording() -> str:
    return hashlib.sha256(conf.RIGHTS_STATEMENT.encode()).hexdigest()
