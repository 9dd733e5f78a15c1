"""Wagtail's image listing with badges, the filter by restoration, and the order by resolution."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from wagtail.images import get_image_model

from tests.admin.conftest import DOUBLE, person
from wagtail_restore import jobs, wagtail_hooks
from wagtail_restore.admin.listing import ListingView
from wagtail_restore.imaging.planning import Wishes
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

LISTING = "/admin/images/"
RESULTS = "/admin/images/results/"


def badges(client: Client, address: str = LISTING) -> list[str]:
    html = client.get(address).content.decode()
    return re.findall(r'<span class="restore-badge [^"]*">([^<]*)</span>', html)


def titles(client: Client, **query: Any) -> list[str]:
    return [image.title for image in client.get(RESULTS, query).context["object_list"]]


def ask(image: Any) -> Any:
    return jobs.request(image, DOUBLE, wishes=Wishes())


def test_it_stands_at_wagtails_addresses() -> None:
    for name in ("index", "index_results"):
        assert resolve(reverse(f"wagtailimages:{name}")).func.view_class is ListingView


def test_a_site_can_keep_wagtails_own_listing(settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "LISTING": False}
    assert wagtail_hooks.register_listing() == []


def test_an_image_that_was_never_touched_has_no_badge(admin: Client, image: Any) -> None:
    assert badges(admin) == []
    assert "w-status" not in admin.get(RESULTS, {"layout": "list"}).content.decode()


@pytest.mark.parametrize(
    ("state", "badge"),
    [("waiting", "Working"), ("running", "Working"), ("review", "Under review"), ("failed", "Failed")],
)
def test_each_state_has_its_badge(admin: Client, job_in: Callable[..., Any], state: str, badge: str) -> None:
    job_in(state)
    assert badges(admin) == badges(admin, RESULTS) == [badge]


@pytest.mark.parametrize("state", ["kept", "skipped", "cancelled"])
def test_what_came_to_nothing_has_none(admin: Client, job_in: Callable[..., Any], state: str) -> None:
    job_in(state)
    assert badges(admin) == []


def test_the_list_tells_it_below_the_title(admin: Client, job_in: Callable[..., Any]) -> None:
    job_in("review")
    html = admin.get(RESULTS, {"layout": "list"}).content.decode()
    assert re.search(r'<span class="w-status w-status--primary">\s*Under review', html)
    assert badges(admin, f"{RESULTS}?layout=list") == []


def test_the_picture_is_still_there_under_the_badge(admin: Client, job_in: Callable[..., Any]) -> None:
    job_in("review")
    html = admin.get(LISTING).content.decode()
    assert re.search(r'<div class="image"><img[^>]+show-transparency[^>]*></div>\s*<span class="restore-badge', html)


def test_the_number_of_queries_does_not_grow(admin: Client) -> None:
    def asked(count: int, layout: str) -> int:
        for _ in range(count):
            ask(make_image())
        admin.get(RESULTS, {"layout": layout})  # renditions are made, and caches filled
        with CaptureQueriesContext(connection) as queries:
            admin.get(RESULTS, {"layout": layout})
        return len(queries)

    for layout in ("grid", "list"):
        assert asked(2, layout) == asked(6, layout)


def test_one_query_more_than_wagtails_own(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        ask(make_image())
    admin.get(LISTING)
    with CaptureQueriesContext(connection) as ours:
        admin.get(LISTING)
    monkeypatch.setattr("wagtail_restore.admin.listing.standings", lambda images: {})
    with CaptureQueriesContext(connection) as without:
        admin.get(LISTING)
    assert len(ours) - len(without) == 1


def test_the_filter_takes_several_states(admin: Client, make_rule: Any) -> None:
    make_image(title="untouched")
    ask(make_image(title="waiting"))
    failed = ask(make_image(title="failed"))
    claimed = jobs.claim(failed.pk, "worker-1")
    assert claimed is not None
    jobs.finish(claimed, "failed", None)  # type: ignore[arg-type]
    assert titles(admin, restore="working") == ["waiting"]
    assert sorted(titles(admin, restore=["working", "failed"])) == ["failed", "waiting"]
    assert sorted(titles(admin, restore=["working", "nonsense"])) == ["failed", "untouched", "waiting"]
    assert len(titles(admin)) == 3


def test_the_filter_narrows_a_search(admin: Client, make_rule: Any) -> None:
    make_rule(min_width=100, applies_to="backfill")
    for title in ("harbour small", "bridge small"):
        make_image(title=title)
    make_image(200, 100, title="harbour large")
    assert titles(admin, q="harbour", restore="below") == ["harbour small"]
    assert titles(admin, q="harbour", restore="below", ordering="restore_pixels") == ["harbour small"]


def test_what_is_chosen_shows_as_an_active_filter(admin: Client, image: Any, make_rule: Any) -> None:
    make_rule()
    html = admin.get(LISTING, {"restore": "below"}).content.decode()
    assert html.count("Below a rule") == 2  # in the drop-down, and as what is chosen


def test_nothing_found_by_the_filter_is_told_as_such(admin: Client, image: Any) -> None:
    html = admin.get(RESULTS, {"restore": "below"}).content.decode()
    assert "No image matches these filters." in html
    assert "You haven't uploaded any images" not in html
    get_image_model().objects.all().delete()
    assert "uploaded any images" in admin.get(RESULTS).content.decode()


def test_images_are_sorted_by_the_number_of_pixels(admin: Client) -> None:
    for width, height in ((100, 100), (10, 500), (200, 100)):
        make_image(width, height, title=f"{width}x{height}")
    assert titles(admin, ordering="restore_pixels") == ["10x500", "100x100", "200x100"]
    assert titles(admin, ordering="-restore_pixels") == ["200x100", "100x100", "10x500"]
    assert "Resolution: (high to low)" in admin.get(LISTING).content.decode()


def test_huge_pictures_can_be_sorted_too(admin: Client) -> None:
    make_image(title="small")
    get_image_model().objects.update(width=65_500, height=65_500)
    assert titles(admin, ordering="-restore_pixels") == ["small"]


def test_whoever_may_change_no_image_sees_none(db: Any, client: Client, image: Any) -> None:
    ask(image)
    client.force_login(person("adder", images=("add",)))
    assert badges(client) == []
