"""Which pages of the admin the documentation shows, and what is done on each before its picture is taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gallery.staging import Staged


def _nothing(page: Any) -> None:
    """The page as it opens."""


@dataclass(frozen=True)
class Scene:
    """``name`` is the file's, ``path`` the address below the admin, ``act`` what somebody does there first."""

    name: str
    path: str
    act: Callable[[Any], None] = _nothing


def scenes(staged: Staged) -> Sequence[Scene]:
    """In the order in which an editor meets them."""
    return (
        Scene("home", ""),
        Scene("upload", "images/multiple/add/"),
        Scene("listing", "images/"),
        Scene("edit-page", f"images/{staged.restored}/", _compare),
        Scene("remove-objects", f"restore/image/{staged.stamped}/remove-objects/", _find_text),
        Scene("review", f"restore/review/{staged.review}/"),
        Scene("review-list", "restore/review/list/"),
        Scene("rules", "restore/rules/"),
        Scene("rule", f"restore/rules/edit/{staged.rule}/", _show_samples),
        Scene("report", "restore/report/"),
    )


def _compare(page: Any) -> None:
    page.get_by_text("Compare before and after").click()


def _find_text(page: Any) -> None:
    more = page.get_by_role("button", name="More", exact=True)
    if more.is_visible():  # on a phone
        more.click()
    page.get_by_role("button", name="Find text and dates").click()
    page.locator(".restore-paint__chip").first.wait_for(timeout=120_000)


def _show_samples(page: Any) -> None:
    page.locator("[data-controller~=restore-touched]").evaluate(
        "(element) => element.scrollIntoView({block: 'center'})"
    )
    page.wait_for_load_state("networkidle")
