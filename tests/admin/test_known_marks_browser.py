"""In a real browser: known marks are added by picture and by words, seen in their list, and refused with a reason."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.base import ContentFile
from wagtail.models import Collection

from tests.admin.test_browser import log_in, page, strictly  # noqa: F401 — fixtures
from tests.admin.test_mark_picture import picture
from tests.admin.test_painting_browser import errors  # noqa: F401 — fixture
from wagtail_restore.models import KnownMark

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIST = "/admin/restore/known-marks/"


def png(**save: Any) -> bytes:
    """A red logo of 60 × 40 on a transparent ground."""
    buffer = io.BytesIO()
    picture(**save).save(buffer, "PNG")
    return buffer.getvalue()


def chosen(name: str, data: bytes) -> Any:
    return {"name": name, "mimeType": "image/png", "buffer": data}


def saved_mark(name: str, data: bytes | None = None, words: str = "") -> KnownMark:
    file = ContentFile(data, "logo.png") if data else ""
    root = Collection.get_first_root_node()
    return KnownMark.objects.create(name=name, collection=root, picture=file, words=words)


def test_marks_are_added_by_picture_and_by_words_and_seen_in_the_list(
    page: Any,  # noqa: F811
    live_server: Any,
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    log_in(page, live_server, admin_user)
    blocked = strictly(page)
    page.goto(f"{live_server.url}{LIST}")
    page.get_by_role("link", name="Add a known mark: upload the logo").click()
    page.get_by_text("Give a picture or words, or both.").wait_for()
    page.get_by_label("Name").fill("Agency, red")
    page.get_by_label("Picture of the mark").set_input_files(files=[chosen("logo.png", png())])
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Agency, red", exact=True).wait_for()

    page.goto(f"{live_server.url}{LIST}new/")
    page.get_by_label("Name").fill("Archive")
    page.get_by_label("Words of the mark").fill("© Nordwind <Archiv>")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("cell", name="“© Nordwind <Archiv>”").wait_for()

    shown = page.locator("td img")
    assert shown.count() == 1
    assert shown.evaluate("async image => { await image.decode(); return [image.width, image.height]; }") == [60, 40]
    assert [(each.name, bool(each.picture), each.words) for each in KnownMark.objects.all()] == [
        ("Agency, red", True, ""),
        ("Archive", False, "© Nordwind <Archiv>"),
    ]
    assert blocked == [] and [each for each in errors if "Jcrop" not in each and "inline" not in each] == []


@pytest.mark.parametrize(
    ("data", "words", "told"),
    [
        (None, "", "Give a picture of the mark, or its words."),
        (None, "© AB", "These words are too short to know a mark by: give at least 4 letters or digits."),
        (None, "וידאו", "Give a picture of the mark instead."),
        (png(ink=(0, 0, 0, 0)), "", "No mark can be seen in this picture"),
        (b"not a picture", "", "This is no PNG or WebP that can be opened."),
    ],
    ids=["nothing", "short words", "Hebrew", "clear", "no picture"],
)
def test_what_cannot_be_looked_for_is_refused_in_words(
    data: bytes | None,
    words: str,
    told: str,
    page: Any,  # noqa: F811
    live_server: Any,
    admin_user: Any,
) -> None:
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}{LIST}new/")
    page.get_by_label("Name").fill("Agency")
    if data:
        page.get_by_label("Picture of the mark").set_input_files(files=[chosen("logo.png", data)])
    page.get_by_label("Words of the mark").fill(words)
    page.get_by_role("button", name="Create").click()
    page.get_by_text(told).first.wait_for()
    assert page.get_by_label("Name").input_value() == "Agency"
    assert page.get_by_label("Words of the mark").input_value() == words
    assert not KnownMark.objects.exists()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_axe_finds_nothing_in_the_list_and_the_form(
    width: int,
    theme: str,
    page: Any,  # noqa: F811
    live_server: Any,
    admin_user: Any,
) -> None:
    from tests.admin.test_axe_browser import violations

    logo = saved_mark("Agency, red", png(size=(600, 120)))
    saved_mark("Archive", None, "© Nordwind Archiv Bremen und Bremerhaven, all rights reserved")
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    log_in(page, live_server, admin_user)
    found = {}
    for path in ("", f"edit/{logo.pk}/", f"delete/{logo.pk}/", "new/"):
        assert page.goto(f"{live_server.url}{LIST}{path}").ok
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} fits the screen"
        found[path] = violations(page)
    page.get_by_label("Words of the mark").fill("AB")
    page.get_by_label("Picture of the mark").set_input_files(files=[chosen("logo.png", b"none")])
    page.get_by_label("Name").fill("Another")
    page.get_by_role("button", name="Create").click()
    page.get_by_text("This is no PNG or WebP that can be opened.").first.wait_for()
    found["refused"] = violations(page)
    assert [(path, each) for path, each_of in found.items() for each in each_of] == []
