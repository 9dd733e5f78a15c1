"""In a real browser: a mask becomes a template, lies on another picture by the keys alone, and is kept in order."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from tests.admin.conftest import person
from tests.admin.test_browser import becomes, log_in, page, strictly  # noqa: F401 — fixtures
from tests.admin.test_painting_browser import (  # noqa: F401 — fixtures
    drag,
    errors,
    finish,
    image,
    more,
    open_editor,
    painted,
)
from wagtail_restore.models import MaskTemplate, ResolutionRule
from wagtail_restore.testing import make_image, make_picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def template(page: Any, live_server: Any, image: Any, admin_user: Any) -> MaskTemplate:  # noqa: F811
    """A mark of 40 × 20, 20 px from the lower right corner of 400 × 300, saved from the editor."""
    open_editor(page, live_server, image, admin_user)
    page.get_by_role("button", name="Rectangle").click()
    drag(page, (340, 260), (380, 280))
    save_as(page, "Agency logo")
    return MaskTemplate.objects.get()


def save_as(page: Any, name: str) -> None:  # noqa: F811
    page.get_by_role("button", name="Save as template…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Save").click()
    page.get_by_role("status").get_by_text(f"Saved as the template “{name}”.").wait_for()
    dialog.wait_for(state="hidden")


def log_out(page: Any, live_server: Any) -> None:  # noqa: F811
    """Nobody is logged in any more, and whoever logs in next gets another token against forged requests."""
    Session.objects.all().delete()
    page.context.add_cookies([{"name": settings.CSRF_COOKIE_NAME, "value": "x" * 32, "url": live_server.url}])


def test_a_template_is_used_with_the_keys_alone_as_one_step_that_can_be_undone(
    page: Any,  # noqa: F811
    live_server: Any,
    admin_user: Any,
    template: MaskTemplate,
    errors: list[str],  # noqa: F811
) -> None:
    assert (template.anchor, template.box_width, template.box_height) == ("bottom-right", 40, 20)
    blocked = strictly(page)
    page.on("dialog", lambda asked: asked.accept())
    other = make_image(data=make_picture(300, 400, format="PNG"), name="upright.png")
    open_editor(page, live_server, other, admin_user)
    page.get_by_role("button", name="Actual size").click()
    errors.clear()
    page.get_by_role("button", name="Use a template").focus()
    page.keyboard.press("Enter")
    button = page.get_by_role("dialog").get_by_role("button", name="Agency logo")
    button.wait_for()
    while not button.evaluate("button => button === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for(state="hidden")
    assert page.locator("[data-restore-paint-target=status]").inner_text() == "Marked."
    assert painted(page, 260, 370) and not painted(page, 230, 370) and not painted(page, 260, 350)
    page.keyboard.press("Control+z")
    assert not painted(page, 260, 370)
    page.keyboard.press("Control+y")
    assert painted(page, 260, 370)
    touched = finish(page, other)
    assert touched[362:378, 242:278].mean() > 0.7
    touched[352:388, 232:288] = False
    assert not touched.any(), "beside the mark nothing changed"
    assert blocked == [] and [each for each in errors if "Jcrop" not in each and "inline" not in each] == []


def test_a_template_is_offered_as_soon_as_it_is_saved(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,  # noqa: F811
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    open_editor(page, live_server, image, admin_user)
    errors.clear()
    assert page.get_by_role("button", name="Use a template").count() == 0
    page.get_by_role("button", name="Rectangle").click()
    drag(page, (340, 260), (380, 280))
    for name in ("Stamp", "<Agency>"):
        save_as(page, name)
    page.get_by_role("button", name="Clear all marks").click()
    assert not painted(page, 360, 270)
    page.get_by_role("button", name="Use a template").click()
    offered = page.get_by_role("dialog").get_by_role("listitem")
    assert offered.all_inner_texts() == ["<Agency>", "Stamp"]
    offered.nth(0).get_by_role("button").click()
    page.get_by_role("dialog").wait_for(state="hidden")
    assert painted(page, 360, 270) and not painted(page, 330, 270)
    assert errors == []


def test_a_template_is_saved_once_it_is_confirmed_that_what_it_marks_may_go(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,  # noqa: F811
    admin_user: Any,
    settings: Any,
) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": "They are ours."}
    open_editor(page, live_server, image, admin_user)
    page.get_by_role("button", name="Rectangle").click()
    drag(page, (340, 260), (380, 280))
    page.set_viewport_size({"width": 320, "height": 640})
    more(page)
    page.get_by_role("button", name="Save as template…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Stamp")
    dialog.get_by_role("button", name="Save").click()
    box = dialog.get_by_role("checkbox", name="If a watermark is among what this template marks: They are ours.")
    assert box.evaluate("box => box.matches(':user-invalid')") and dialog.is_visible()
    assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    box.check()
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="hidden")
    assert MaskTemplate.objects.get().rights["name"] == "admin"


def test_what_is_wrong_with_a_field_stands_at_it(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,  # noqa: F811
    admin_user: Any,
) -> None:
    open_editor(page, live_server, image, admin_user)
    blocked = strictly(page)
    page.get_by_role("button", name="Rectangle").click()
    drag(page, (340, 260), (380, 280))
    save_as(page, "Stamp")
    more(page)
    page.get_by_role("button", name="Save as template…").click()
    dialog = page.get_by_role("dialog")
    name, save = dialog.get_by_label("Name"), dialog.get_by_role("button", name="Save")
    for _again in range(2):
        name.fill("Stamp")
        save.click()
        told = dialog.locator("[data-contentpath=name] .error-message")
        told.get_by_text("Mask template with this Name already exists.").wait_for()
        becomes(page, "input => input === document.activeElement", arg=name.element_handle())
        assert told.count() == 1 and name.get_attribute("aria-invalid") == "true"
        assert dialog.locator(f"#{name.get_attribute('aria-describedby').split()[-1]}").inner_text().strip()
    assert dialog.locator(".help-critical").is_hidden()
    name.fill("Another")
    save.click()
    dialog.wait_for(state="hidden")
    assert dialog.locator(".error-message").count() == 0
    assert MaskTemplate.objects.count() == 2 and blocked == []


def test_many_templates_are_searched_and_fit_a_telephone(
    page: Any,  # noqa: F811
    live_server: Any,
    admin_user: Any,
    template: MaskTemplate,
) -> None:
    for number in range(12):
        template.pk = None
        template.name = f"Press agency Meridian, white on dark pictures, horizontally {number}"
        template.save()
    page.on("dialog", lambda asked: asked.accept())
    page.set_viewport_size({"width": 320, "height": 640})
    page.reload()
    more(page)
    page.get_by_role("button", name="Use a template").click()
    dialog = page.get_by_role("dialog")
    offered = dialog.get_by_role("listitem")
    offered.first.wait_for()
    assert offered.count() == 13
    assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    for box in (each.bounding_box() for each in dialog.locator("input, li button").all()):
        assert box["x"] >= 0 and box["x"] + box["width"] <= 320
    search = dialog.get_by_label("Search")
    search.fill("white 11")
    assert [text[-2:] for text in offered.all_inner_texts()] == ["11"]
    search.fill("logo")
    assert offered.all_inner_texts() == ["Agency logo"]
    search.fill("nobody")
    dialog.get_by_role("status").get_by_text("No template is called so.").wait_for()
    search.fill("")
    assert offered.count() == 13

    page.goto(f"{live_server.url}/admin/restore/templates/")
    name = page.get_by_role("link", name="Agency logo", exact=True)
    assert name.bounding_box()["height"] < 60, "on one line or two"
    assert page.get_by_role("columnheader", name="Used by the rules").is_hidden()


def test_who_was_logged_out_is_told_so_and_goes_on_after_logging_in_elsewhere(
    page: Any,  # noqa: F811
    live_server: Any,
    admin_user: Any,
    template: MaskTemplate,
    errors: list[str],  # noqa: F811
) -> None:
    errors.clear()
    log_out(page, live_server)
    page.get_by_role("button", name="Use a template").click()
    page.get_by_role("dialog").get_by_role("button", name="Agency logo").click()
    page.get_by_role("dialog").get_by_role("alert").get_by_text("You are no longer logged in.").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save as template…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Stamp")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("alert").get_by_text("You are no longer logged in.").wait_for()
    log_in(page, live_server, admin_user)
    dialog.get_by_role("button", name="Save").click()
    page.get_by_role("status").get_by_text("Saved as the template “Stamp”.").wait_for()
    MaskTemplate.objects.get(name="Agency logo").delete()
    page.get_by_role("button", name="Use a template").click()
    page.get_by_role("dialog").get_by_role("button", name="Agency logo").click()
    page.get_by_role("dialog").get_by_role("alert").get_by_text("This template is not there any more.").wait_for()
    page.keyboard.press("Escape")
    assert painted(page, 360, 270), "what was marked is still there"
    assert [each for each in errors if "Failed to load resource" not in each] == []


def test_whose_permission_was_withdrawn_meanwhile_is_told_that_and_not_to_log_in(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,  # noqa: F811
    template: MaskTemplate,
) -> None:
    page.on("dialog", lambda asked: asked.accept())
    keeper = person("keeper", "use_restore", "add_masktemplate")
    open_editor(page, live_server, image, keeper)
    drag(page, (60, 60), (160, 60))
    permissions = keeper.groups.get().permissions
    permissions.remove(permissions.get(codename="add_masktemplate"))
    page.get_by_role("button", name="Save as template…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Stamp")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("alert").get_by_text("You may not save templates any more.", exact=True).wait_for()
    page.keyboard.press("Escape")
    permissions.remove(permissions.get(codename="use_restore"))
    page.get_by_role("button", name="Use a template").click()
    page.get_by_role("dialog").get_by_role("button", name="Agency logo").click()
    refused = page.get_by_role("dialog").get_by_role("alert")
    refused.get_by_text("You may not change this image any more.", exact=True).wait_for()
    page.keyboard.press("Escape")
    assert painted(page, 110, 60), "what was marked is still there"


def test_what_cannot_be_saved_is_told_where_it_was_asked(
    page: Any,  # noqa: F811
    template: MaskTemplate,
) -> None:
    page.get_by_role("button", name="Save as template…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("alert").get_by_text("already exists").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert MaskTemplate.objects.count() == 1 and painted(page, 360, 270)


def test_a_template_is_renamed_given_to_a_rule_and_deleted_after_it(
    page: Any,  # noqa: F811
    live_server: Any,
    template: MaskTemplate,
    errors: list[str],  # noqa: F811
) -> None:
    blocked = strictly(page)
    page.on("dialog", lambda asked: asked.accept())
    listing = f"{live_server.url}/admin/restore/templates/"
    page.goto(listing)
    preview = page.locator("td img")
    assert preview.evaluate("async picture => { await picture.decode(); return picture.naturalWidth; }") == 160
    page.get_by_role("link", name="Agency logo", exact=True).click()
    page.locator("[name=name]").fill("Stamp")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Stamp", exact=True).wait_for()

    page.goto(f"{live_server.url}/admin/restore/rules/new/")
    page.locator("[name=name]").fill("Agency")
    template_field = page.locator("[name=template]")
    assert template_field.is_hidden()
    page.locator("[name=action]").select_option("erase")
    template_field.select_option(label="Stamp")
    assert page.locator("[name=min_width]").is_hidden()
    page.get_by_role("button", name="Create").click()
    page.get_by_text("Erase with the template “Stamp”").wait_for()

    page.goto(f"{listing}delete/{template.pk}/")
    page.get_by_text("used by these rules, so it was not deleted: “Agency”.").wait_for()
    ResolutionRule.objects.all().delete()
    page.goto(f"{listing}delete/{template.pk}/")
    page.get_by_role("button", name="Yes, delete").click()
    page.get_by_text("There are no templates yet.").wait_for()
    assert MaskTemplate.objects.count() == 0
    assert blocked == [] and [each for each in errors if "Jcrop" not in each and "inline" not in each] == []


def test_the_form_of_a_template_fits_a_telephone(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,  # noqa: F811
    admin_user: Any,
) -> None:
    open_editor(page, live_server, image, admin_user)
    page.get_by_role("button", name="Rectangle").click()
    drag(page, (340, 260), (380, 280))
    page.set_viewport_size({"width": 390, "height": 844})
    more(page)
    page.get_by_role("button", name="Save as template…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").wait_for()
    for field in dialog.locator("select").all():
        box = field.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
