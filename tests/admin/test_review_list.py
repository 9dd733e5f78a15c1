"""The queue as a table: its columns, its filters, and what can be chosen in it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.admin.conftest import browser
from tests.admin.test_review import words
from tests.admin.test_reviewing import REGIONS, in_collection, titles, to_review
from wagtail_restore.models import Job

pytestmark = pytest.mark.django_db

LIST = "/admin/restore/review/list/"


def listed(response: Any) -> list[str]:
    return titles(response.context["object_list"])


def test_a_row_tells_what_why_how_close_and_who(editor: Client, admin_user: Any, news: Any) -> None:
    job = to_review("Harbour", by=admin_user, collection=news)
    page = editor.get(LIST)
    for word in ("Harbour", "Somebody should look at this before it is published.", "38.2 dB", "News", "admin"):
        assert word in words(page)
    assert f'href="/admin/restore/review/{job.pk}/"' in page.content.decode()


def test_results_can_be_chosen_and_proposed_marks_not(editor: Client) -> None:
    result, marks = to_review("Harbour"), to_review("Market", "unsure", regions=REGIONS)
    page = editor.get(LIST).content.decode()
    assert f'data-object-id="{result.pk}"' in page
    assert f'id="job_{result.pk}_title"' in page
    assert f'data-object-id="{marks.pk}"' not in page
    assert "/admin/bulk/wagtail_restore/job/publish/" in page


def test_it_is_filtered_and_leads_on_within_the_filter(editor: Client, news: Any) -> None:
    to_review("Elsewhere")
    job = to_review("In News", collection=news)
    page = editor.get(LIST, {"collection": news.pk})
    assert listed(page) == ["In News"]
    assert f'href="/admin/restore/review/{job.pk}/?collection={news.pk}"' in page.content.decode()
    assert "No result fits these filters." in words(editor.get(f"{LIST}results/", {"reason": "on_face"}))


def test_a_filter_offers_the_collections_that_one_may_change(news: Any) -> None:
    sport = news.get_parent().add_child(name="Sport")
    page = browser(in_collection("reporter", news, "change")).get(LIST)
    offered = page.context["filters"].form.fields["collection"].queryset
    assert news in offered
    assert sport not in offered


def test_each_sees_their_own(news: Any) -> None:
    to_review("Elsewhere")
    to_review("In News", collection=news)
    assert listed(browser(in_collection("reporter", news, "change")).get(LIST)) == ["In News"]


def test_it_is_for_those_who_may_decide(plain: Client, stranger: Client) -> None:
    for client in (plain, stranger):
        assert client.get(LIST)["Location"] == "/admin/"
        assert client.get(f"{LIST}results/")["Location"] == "/admin/"


def test_an_empty_list_says_what_comes_here(editor: Client) -> None:
    assert "Nothing awaits your decision." in words(editor.get(LIST))


def test_it_can_be_exported(editor: Client) -> None:
    to_review("Harbour")
    lines = b"".join(editor.get(LIST, {"export": "csv"}).streaming_content).decode().splitlines()
    assert lines[0] == "Number,Image,Reason,User,Rule,Asked for,File"
    assert "Harbour,Somebody should look at this before it is published." in lines[1]


def test_it_takes_as_many_queries_for_many_as_for_few(editor: Client, django_assert_num_queries: Any) -> None:
    to_review("First")
    editor.get(LIST)
    with CaptureQueriesContext(connection) as few:
        editor.get(LIST)
    count = len(few)
    for number in range(9):
        to_review(f"Another {number}")
    editor.get(LIST)
    with django_assert_num_queries(count):
        assert len(listed(editor.get(LIST))) == 10
    assert Job.objects.count() == 10
