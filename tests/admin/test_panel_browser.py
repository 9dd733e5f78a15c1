"""In a real browser: the buttons of the panel after a logout, and the comparison, the marks and the versions in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from tests.admin.test_browser import log_in, page, running, strictly, to_review, wait_for  # noqa: F401 — fixtures
from wagtail_restore.models import Job, State

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def opened(page: Any, live_server: Any, running: Job, admin_user: Any) -> Any:  # noqa: F811
    """The edit page of an image whose Result is under review."""
    to_review(running)
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/images/{running.object_id}/")
    return page


def test_the_buttons_say_that_one_is_logged_out_and_work_after_the_next_login(
    opened: Any,
    live_server: Any,
    running: Job,
    admin_user: Any,
    wait_for: Callable[..., Any],  # noqa: F811
) -> None:
    blocked = strictly(opened)
    address = opened.url
    Session.objects.all().delete()
    opened.get_by_role("button", name="Discard").click()
    wait_for(opened, "You are no longer logged in.")
    assert opened.url == address
    assert Job.objects.get(pk=running.pk).state == State.REVIEW

    opened.context.clear_cookies(name="csrftoken")
    log_in(opened, live_server, admin_user)
    opened.get_by_role("button", name="Discard").click()
    wait_for(opened, "The result was discarded. The image is as it was.")
    assert Job.objects.get(pk=running.pk).state == State.DISCARDED
    assert blocked == []


def test_every_form_of_the_page_has_the_new_token(
    opened: Any,
    live_server: Any,
    wait_for: Callable[..., Any],  # noqa: F811
) -> None:
    opened.context.clear_cookies(name="csrftoken")
    opened.wait_for_function(
        """was => [...document.querySelectorAll('[name=csrfmiddlewaretoken]')].every(({ value }) => value !== was)""",
        arg=opened.locator("[name=csrfmiddlewaretoken]").first.input_value(),
    )
    opened.fill("[name=title]", "By the edge of the sea")
    opened.locator("footer button[type=submit], .actions button[type=submit]").first.click()
    opened.get_by_text("updated").first.wait_for()


def test_a_button_whose_work_is_over_says_so(opened: Any, running: Job) -> None:  # noqa: F811
    Job.objects.filter(pk=running.pk).update(state=State.DISCARDED, open_key=None)
    opened.get_by_role("button", name="Publish").click()
    opened.get_by_text("This has changed meanwhile. Look at where it stands now.").wait_for()
    assert opened.get_by_role("button", name="Publish").count() == 0
