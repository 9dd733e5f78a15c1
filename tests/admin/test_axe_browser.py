"""axe-core has nothing against the mask editor, its neighbours and the queue, in both themes, small or wide."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from wagtail.images import get_image_model

from tests.admin.test_browser import becomes, log_in, page  # noqa: F401 — fixtures
from tests.admin.test_finding_browser import with_text
from tests.admin.test_painting_browser import drag, more, open_editor
from tests.admin.test_reviewing import REGIONS, to_review
from tests.admin.test_uploading_browser import drop, in_row, update
from tests.test_usage import shown_on
from wagtail_restore import jobs, swap
from wagtail_restore.admin import actions
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import Job, MaskTemplate, State
from wagtail_restore.testing import make_image, make_picture, work

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("theme", ["light", "dark"]),
    pytest.mark.parametrize("width", [320, 1440]),
]


def violations(page: Any) -> list[str]:  # noqa: F811
    """What axe-core has against the page as it is now: the rule, and where."""
    still = "document.getAnimations().every(({ playState }) => playState !== 'running')"
    becomes(page, f"document.readyState === 'complete' && document.fonts.status === 'loaded' && {still}")
    page.keyboard.press("Shift")
    found = axe.Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html']} ({node['failureSummary']})" for rule in found for node in rule["nodes"]]


def saved_template(image: Any, name: str = "Agency logo") -> MaskTemplate:
    return MaskTemplate.objects.create(
        name=name,
        collection=image.collection,
        anchor="bottom-right",
        width=640,
        height=480,
        box_x=500,
        box_y=400,
        box_width=100,
        box_height=40,
        file=swap.store_private(image, "templates/logo.png", ContentFile(make_picture(100, 40, format="PNG"))),
    )


def test_the_editor(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    width: int,
    theme: str,
) -> None:
    image = with_text()
    for name in ("Agency logo", *(f"Stamp {number}" for number in range(9))):
        saved_template(image, name)
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    open_editor(page, live_server, image, admin_user)
    found = {"fresh": violations(page)}
    for button in ("Shortcuts", "Use a template", "Save as template…"):
        more(page)
        found["more"] = violations(page)
        page.get_by_role("button", name=button).click()
        page.get_by_role("dialog").wait_for()
        found[button] = violations(page)
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="hidden")
    page.get_by_role("button", name="Remove what is marked").click()
    page.get_by_role("alert").get_by_text("Nothing is marked.").wait_for()
    found["an error"] = violations(page)
    more(page)
    page.get_by_role("button", name="Find text and dates").click()
    page.get_by_role("status").get_by_text("Looking for text and dates…").wait_for()
    found["looking"] = violations(page)
    work()
    page.locator(".restore-paint__chip").first.click()
    assert page.locator(".restore-paint__chip").count() == 2
    found["chips"] = violations(page)
    page.route("**/select-object/", lambda route: route.fulfill(json={"error": "Nobody answers."}, status=409))
    page.get_by_role("button", name="Smart select").click()
    drag(page, (40, 100), (60, 100))
    page.get_by_role("button", name="Use as it is").wait_for()
    found["undecided"] = violations(page)
    assert [(state, each) for state, each_of in found.items() for each in each_of] == []


def test_the_lists_and_forms_beside_it(
    page: Any,  # noqa: F811
    live_server: Any,
    admin_user: Any,
    settings: Any,
    width: int,
    theme: str,
) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": "The pictures are ours."}
    logo = saved_template(make_image(640, 480))
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    log_in(page, live_server, admin_user)
    found = {}
    templates = ("templates/", f"templates/edit/{logo.pk}/", f"templates/delete/{logo.pk}/")
    for path in (*templates, "known-marks/", "known-marks/new/"):
        assert page.goto(f"{live_server.url}/admin/restore/{path}").ok
        found[path] = violations(page)
    assert [(path, each) for path, each_of in found.items() for each in each_of] == []


def test_what_is_done_to_many_images(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    width: int,
    theme: str,
) -> None:
    images = [make_image(64, 48), make_image(64, 48)]
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/restore/together/restore_request/?images={images[0].pk},{images[1].pk}")
    found = {"choices": violations(page)}
    page.locator("[name=restore_upscale]").select_option("x2")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("2 images will be worked on.").wait_for()
    found["confirmation"] = violations(page)
    assert [(state, each) for state, each_of in found.items() for each in each_of] == []


def test_the_queue_of_results(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    width: int,
    theme: str,
) -> None:
    jobs = [to_review("Harbour"), to_review("Market", "unsure", regions=REGIONS)]
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    log_in(page, live_server, admin_user)
    found = {}
    queue = "/admin/restore/review/"
    asked = f"/admin/bulk/wagtail_restore/job/publish/?id={jobs[0].pk}"
    for address in (queue, f"{queue}{jobs[1].pk}/", f"{queue}list/", asked):
        page.goto(live_server.url + address)
        found[address] = violations(page)
    assert [(where, each) for where, each_of in found.items() for each in each_of] == []


def test_the_versions_of_an_image(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    width: int,
    theme: str,
) -> None:
    job = to_review("Harbour")
    shown_on(job.image(), *(f"Page {number}" for number in range(7)))
    actions.publish(job, admin_user)
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/images/{job.object_id}/")
    page.locator(".restore-usage summary").click()
    found = axe.Axe().run(page, context="#restoration-section").response["violations"]
    assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []
    page.goto(f"{live_server.url}/admin/restore/image/{job.object_id}/delete-versions/")
    assert violations(page) == []


def test_the_multiple_upload(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    width: int,
    theme: str,
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/images/multiple/add/")
    page.locator("[name=restore_upscale]").select_option("x2")
    drop(page, "harbour", "market", "bridge")
    in_row(page).nth(2).wait_for()
    failing, running, _published = (jobs.claim(job.pk, "w") for job in Job.objects.order_by("pk"))
    assert failing is not None and running is not None
    jobs.finish(failing, State.FAILED, Note("out_of_memory", {"device": "cpu"}))
    running.changed(progress=0.42, doing="upscale")
    Job.objects.filter(object_id=get_image_model().objects.get(title="bridge").pk).update(state=State.WAITING)
    work()
    in_row(page).get_by_text("Compare before and after").wait_for(timeout=20_000)
    found = {"rows": ours(violations(page))}
    for _ in range(3):
        page.set_viewport_size({"width": 1440, "height": 800})
        before = page.locator("#upload-list > li").count()
        update(page)
        page.locator("#upload-list > li").nth(before - 1).wait_for(state="detached")
    page.set_viewport_size({"width": width, "height": 800})
    found["list"] = ours(violations(page))
    assert [(state, each) for state, each_of in found.items() for each in each_of] == []


def ours(found: list[str]) -> list[str]:
    """Wagtail's own rows have faults of their own."""
    return [each for each in found if "restor" in each]
