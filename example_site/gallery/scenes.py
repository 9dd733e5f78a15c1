"""Which pages of the admin the documentation shows, and what is done on each before its picture is taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from gallery import content
from gallery.staging import UPLOADS, Staged

NEW = count(1)
"""What makes a photo another one than those that were uploaded before."""


def _nothing(page: Any) -> None:
    """The page as it opens."""


@dataclass(frozen=True)
class Scene:
    """``name`` is the file's, ``path`` the address below the admin, ``act`` what somebody does there first."""

    name: str
    path: str
    act: Callable[[Any], None] = _nothing


def scenes(staged: Staged) -> Sequence[Scene]:
    """The upload comes last, since what it leaves is in the way of the others."""
    return (
        Scene("home", ""),
        Scene("listing", "images/"),
        Scene("edit-page", f"images/{staged.restored}/", _compare),
        Scene("restore", f"restore/image/{staged.plain}/restore/", _preview),
        Scene("delete-versions", f"restore/image/{staged.restored}/delete-versions/"),
        Scene("remove-objects", f"restore/image/{staged.stamped}/remove-objects/", _find_text),
        Scene("review", f"restore/review/{staged.review}/"),
        Scene("review-list", "restore/review/list/"),
        Scene("rules", "restore/rules/"),
        Scene("rule", f"restore/rules/edit/{staged.rule}/", _show_samples),
        Scene("report", "restore/report/"),
        Scene("upload", "images/multiple/add/", _upload),
    )


def _upload(page: Any) -> None:
    """Two photos that nobody has uploaded before, the second of which is still on its way when the picture is taken."""
    page.locator("[name=restore_clean_up]").select_option("dates")
    page.locator("[name=collection]").first.select_option(str(content.collection(content.NEWS).pk))
    for photo in (replace(each, width=each.width + next(NEW)) for each in UPLOADS):
        file = {"name": photo.name, "mimeType": "image/jpeg", "buffer": photo.jpeg()}
        page.locator("#fileupload").set_input_files(files=[file])
        page.locator("#upload-list .restore-upload").first.wait_for(timeout=60_000)
    page.locator("#upload-list").get_by_text("Compare before and after").first.wait_for(timeout=120_000)
    page.locator("#upload-list").evaluate("(element) => element.scrollIntoView({block: 'start'})")


def _preview(page: Any) -> None:
    page.locator("[name=restore_upscale]").select_option("x4")
    page.get_by_role("button", name="Preview").click()
    page.get_by_label("Full size").wait_for(timeout=120_000)


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
