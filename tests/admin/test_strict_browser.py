"""In a real browser: every page of ours, and every one of Wagtail's that we add to, keeps to a strict policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from tests.admin.test_browser import STRICT, becomes, log_in, page  # noqa: F401 — fixtures
from tests.admin.test_matrix import EXPECTED, Place
from tests.admin.test_reviewing import REGIONS, to_review
from wagtail_restore.models import Job

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WAGTAILS = ("gravatar.com", "Jcrop", "releases.wagtail.org", "/history/")
"""What Wagtail's own pages break the policy with."""


def pages(place: Place, marks: Job, rule: Any, admin: Client) -> Iterator[tuple[str, str]]:
    """The name and the address of each whole page; what is fetched into one is seen there."""
    for method, name in EXPECTED:
        url = f"{place.url(name, rule)}?{urlencode(place.query(name))}"
        response = admin.get(url) if method == "GET" else None
        if response and response.headers["Content-Type"].startswith("text/html") and b"<main" in response.content:
            yield name, url
    yield "marks", reverse("wagtail_restore:review_one", args=[marks.pk])
    for image in (place.image, place.reviewed):
        yield f"image {image.pk}", reverse("wagtailimages:edit", args=[image.pk])
    yield "home", reverse("wagtailadmin_home")


def listen_to(page: Any) -> list[str]:  # noqa: F811
    """Serve whole pages with a strict policy; what it blocks, and any other trouble, is collected."""
    wrong: list[str] = []

    def listen(message: Any) -> None:
        told = f"{message.text} ({message.location['url']})"
        if message.type == "error" and not any(word in told for word in WAGTAILS):
            wrong.append(told)

    def answer(route: Any) -> None:
        if route.request.resource_type != "document":
            route.continue_()
            return
        response = route.fetch(max_redirects=0)
        route.fulfill(response=response, headers={**response.headers, "content-security-policy": STRICT})

    page.on("console", listen)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.route("**/admin/**", answer)
    return wrong


def test_every_page_keeps_to_a_strict_policy(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    job_in: Any,
    admin: Client,
    admin_user: Any,
    make_rule: Any,
) -> None:
    place, marks = Place("News", job_in, admin_user), to_review("Market", "unsure", regions=REGIONS)
    asked = list(pages(place, marks, make_rule(), admin))
    log_in(page, live_server, admin_user)
    wrong = listen_to(page)
    found, seen = {}, []
    for name, url in asked:
        answered = page.goto(live_server.url + url, wait_until="load")
        becomes(page, "document.readyState === 'complete' && window.wagtail?.app !== undefined")
        seen.append((name, answered.status, answered.header_value("content-security-policy")))
        found[name] = wrong[:]
        wrong.clear()
    assert {name: told for name, told in found.items() if told} == {}
    assert {(status, policy) for _name, status, policy in seen} == {(200, STRICT)}
    assert len(seen) > 30
