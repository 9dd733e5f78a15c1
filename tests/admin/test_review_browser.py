"""In a real browser: the queue of results by the keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admin.test_browser import STRICT, log_in, page  # noqa: F401 — fixture
from tests.admin.test_reviewing import REGIONS, to_review
from wagtail_restore.models import Job

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def open_queue(page: Any, live_server: Any, user: Any) -> list[str]:  # noqa: F811
    """Open the queue under a strict policy; what goes wrong of ours is collected."""
    wrong: list[str] = []

    def listen(message: Any) -> None:
        if "Content Security" in message.text and "gravatar.com" not in message.text:
            wrong.append(message.text)

    def answer(route: Any) -> None:
        response = route.fetch(max_redirects=0)
        route.fulfill(response=response, headers={**response.headers, "content-security-policy": STRICT})

    page.on("console", listen)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.route("**/admin/restore/review/**", answer)
    log_in(page, live_server, user)
    page.goto(f"{live_server.url}/admin/restore/review/")
    return wrong


def at(page: Any, job: Job) -> None:  # noqa: F811
    page.wait_for_url(f"**/admin/restore/review/{job.pk}/")
    page.locator(".restore-review__keys").wait_for()


def state(job: Job) -> str:
    return str(Job.objects.get(pk=job.pk).state)


def test_two_results_by_the_keyboard_alone(page: Any, live_server: Any, redis: Any, editor_user: Any) -> None:  # noqa: F811
    first, second = to_review("Harbour"), to_review("Market")
    wrong = open_queue(page, live_server, editor_user)
    at(page, first)
    assert "1 of 2" in page.locator(".restore-review__bar").inner_text()
    page.keyboard.press("ArrowLeft")
    page.get_by_text("This is the first one.").wait_for(state="attached")
    page.keyboard.press("ArrowRight")
    at(page, second)
    page.keyboard.press("p")
    at(page, first)
    page.get_by_text("“Market”: Published.").wait_for()
    page.keyboard.press("d")
    page.get_by_text("Nothing awaits your decision.").wait_for()
    page.get_by_text("“Harbour”: The result was discarded.").wait_for()
    assert (state(first), state(second)) == ("discarded", "published")
    assert wrong == []


def test_undo_brings_the_earlier_picture_back(page: Any, live_server: Any, redis: Any, editor_user: Any) -> None:  # noqa: F811
    first, second = to_review("Harbour"), to_review("Market")
    wrong = open_queue(page, live_server, editor_user)
    at(page, first)
    page.keyboard.press("p")
    at(page, second)
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("“Harbour”: Every page shows this version now: As uploaded").wait_for()
    page.get_by_text("The result does not come back to those under review; it is kept among the versions").wait_for()
    at(page, second)
    assert (state(first), wrong) == ("withdrawn", [])


def test_keys_decide_nothing_where_they_mean_something_else(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    editor_user: Any,
) -> None:
    first, second = to_review("Harbour"), to_review("Market")
    wrong = open_queue(page, live_server, editor_user)
    at(page, first)
    page.keyboard.press("Control+d")
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("slider").input_value() == "51"
    page.evaluate("document.querySelector('.restore-review').append(document.createElement('textarea'))")
    page.locator("textarea").fill("")
    page.keyboard.type("pd")
    assert page.locator("textarea").input_value() == "pd"
    page.evaluate("document.activeElement.blur()")
    held = "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'p', repeat: true, bubbles: true }))"
    page.evaluate(held)
    page.keyboard.press("g")  # there is nothing to go on with
    assert (state(first), state(second)) == ("review", "review")
    page.keyboard.press("p")
    at(page, second)
    assert (state(first), wrong) == ("published", [])


def test_a_letter_right_after_an_arrow_decides_nothing(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    editor_user: Any,
) -> None:
    first, second = to_review("Harbour"), to_review("Market")
    wrong = open_queue(page, live_server, editor_user)
    at(page, first)
    held: list[Any] = []
    page.route(f"**/admin/restore/review/{second.pk}/", lambda route: held.append(route))  # the network takes its time
    page.keyboard.press("ArrowRight")
    page.keyboard.press("p")
    page.keyboard.press("d")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert (state(first), state(second), len(held)) == ("review", "review", 1)
    held[0].continue_()
    at(page, second)
    page.go_back()
    at(page, first)
    page.keyboard.press("p")
    page.get_by_text("“Harbour”: Published.").wait_for()
    assert (state(first), state(second), wrong) == ("published", "review", [])


def test_marks_are_decided_on_by_the_keyboard(page: Any, live_server: Any, redis: Any, editor_user: Any) -> None:  # noqa: F811
    first = to_review("Harbour", "unsure", regions=REGIONS)
    second = to_review("Market", "unsure", regions=REGIONS)
    wrong = open_queue(page, live_server, editor_user)
    at(page, first)
    page.keyboard.press("p")  # there is nothing to publish yet
    button = page.locator("[aria-keyshortcuts=G]")
    assert button.inner_text() == "Erase the chosen (2)"
    boxes = page.locator("[name=region]")
    for index in (0, 1):
        boxes.nth(index).uncheck()
    assert button.is_hidden()
    page.keyboard.press("g")  # nothing is chosen
    boxes.nth(0).check()
    assert button.inner_text() == "Erase the chosen (1)"
    page.keyboard.press("g")
    at(page, second)
    page.keyboard.press("d")
    page.get_by_text("“Market”: Nothing is erased").wait_for()
    assert (state(first), state(second), wrong) == ("superseded", "discarded", [])
    (further,) = Job.objects.filter(retry_of=first)
    (step,) = further.steps.steps
    assert [region["text"] for region in step.params["regions"]] == ["1998"]


def test_many_are_chosen_and_published_together(page: Any, live_server: Any, redis: Any, editor_user: Any) -> None:  # noqa: F811
    first, second, third = to_review("Harbour"), to_review("Market"), to_review("Tower")
    wrong = open_queue(page, live_server, editor_user)
    at(page, first)
    page.get_by_role("link", name="List").click()
    page.wait_for_url("**/review/list/")
    for job in (first, third):
        page.locator(f"[data-object-id='{job.pk}']").check()
    page.get_by_role("link", name="Publish the chosen results").click()
    page.get_by_role("button", name="Yes, publish").click()
    page.get_by_text("The results of 2 images were published.").wait_for()
    assert [state(job) for job in (first, second, third)] == ["published", "review", "published"]
    assert wrong == []
