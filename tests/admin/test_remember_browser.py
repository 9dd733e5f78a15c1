"""In a real browser: the options of the last upload are those of the next one, in the batch and in the chooser."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.admin.test_browser import becomes, log_in, page, strictly  # noqa: F401 — fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEY = "wagtail_restore:options"


@pytest.fixture
def at_upload(page: Any, live_server: Any, editor_user: Any, settings: Any) -> Any:  # noqa: F811
    settings.WAGTAIL_RESTORE = {
        **settings.WAGTAIL_RESTORE,
        "OFFER": ("jpeg", "faces", "denoise"),
        "RIGHTS_STATEMENT": "The pictures are ours.",
    }
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.blocked = strictly(page)
    log_in(page, live_server, editor_user)
    page.goto(f"{live_server.url}/admin/images/multiple/add/")
    return page


def value(page: Any, name: str) -> str:  # noqa: F811
    return page.locator(f"[name=restore_{name}]").input_value()  # type: ignore[no-any-return]


def stored(page: Any) -> dict[str, Any]:  # noqa: F811
    return json.loads(page.evaluate(f"localStorage.getItem('{KEY}')") or "{}")  # type: ignore[no-any-return]


def test_what_was_chosen_is_chosen_again(at_upload: Any) -> None:
    at_upload.select_option("[name=restore_clean_up]", "marks")
    at_upload.get_by_text("The pictures are ours.").click()
    at_upload.select_option("[name=restore_repair]", "jpeg")
    at_upload.locator("[name=restore_faces]").check()
    at_upload.select_option("[name=restore_upscale]", "width")
    at_upload.fill("[name=restore_upscale_width]", "1200")
    at_upload.get_by_text("Advanced").click()
    at_upload.fill("[name=restore_upscale_strength]", "60")
    at_upload.locator("[name=restore_upscale_strength]").blur()
    at_upload.reload()
    at_upload.get_by_label("Width in pixels").wait_for()
    names = ("clean_up", "repair", "upscale", "upscale_width", "upscale_strength", "model")
    assert [value(at_upload, name) for name in names] == ["marks", "jpeg", "width", "1200", "60", "auto"]
    assert at_upload.locator("[name=restore_faces]").is_checked()
    assert at_upload.get_by_label("Strength (%)").is_visible()
    statement = at_upload.locator("[name=restore_clean_up_rights]")
    assert statement.is_enabled()
    assert not statement.is_checked()
    assert not [name for name in stored(at_upload) if "rights" in name]
    assert at_upload.wrong == [] and at_upload.blocked == []


def test_what_is_no_longer_offered_is_left_out(at_upload: Any) -> None:
    odd = {
        "restore_clean_up": "coffee",
        "restore_upscale": 7,
        "restore_upscale_strength": "900",
        "restore_faces": "yes",
        "restore_model": "line",
        "restore_gone": "x",
    }
    at_upload.evaluate(f"localStorage.setItem('{KEY}', {json.dumps(json.dumps(odd))})")
    at_upload.reload()
    becomes(at_upload, "document.querySelector('[name=restore_model]').value === 'line'")
    values = [value(at_upload, name) for name in ("clean_up", "upscale", "upscale_strength")]
    assert values == ["off", "rule", "100"]
    assert not at_upload.locator("[name=restore_faces]").is_checked()
    assert at_upload.wrong == []


@pytest.mark.parametrize("broken", ["{", "null", "[]", "7"])
def test_what_cannot_be_read_counts_as_nothing(at_upload: Any, broken: str) -> None:
    at_upload.evaluate(f"localStorage.setItem('{KEY}', '{broken}')")
    at_upload.reload()
    at_upload.select_option("[name=restore_upscale]", "x2")
    at_upload.reload()
    becomes(at_upload, "document.querySelector('[name=restore_upscale]').value === 'x2'")
    assert at_upload.wrong == []


def test_a_browser_that_keeps_nothing_breaks_nothing(at_upload: Any) -> None:
    at_upload.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    at_upload.reload()
    at_upload.select_option("[name=restore_upscale]", "x2")
    at_upload.reload()
    assert value(at_upload, "upscale") == "rule"
    assert not [error for error in at_upload.wrong if "restore" in error]


def test_the_form_of_an_image_in_the_library_recalls_nothing(at_upload: Any, live_server: Any, image: Any) -> None:
    at_upload.select_option("[name=restore_upscale]", "x2")
    at_upload.goto(f"{live_server.url}/admin/images/{image.pk}/")
    at_upload.wait_for_timeout(300)
    assert value(at_upload, "upscale") == "rule"
    assert at_upload.locator("[data-controller~=restore-remember]").count() == 0
