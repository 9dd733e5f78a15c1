"""Publishing many Results together: what is asked, what is done, what is left out, and what runs out of time."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.images import get_image_model

from tests.admin.conftest import browser
from tests.admin.test_review import where, words
from tests.admin.test_review_list import LIST
from tests.admin.test_reviewing import REGIONS, in_collection, to_review
from wagtail_restore.admin import actions, publishing
from wagtail_restore.exceptions import StorageFailed
from wagtail_restore.models import Job, State

pytestmark = pytest.mark.django_db

ASK = "/admin/bulk/wagtail_restore/job/publish/"
DO = "/admin/restore/review/publish/"


def states() -> dict[str, str]:
    return dict(Job.objects.values_list("image_title", "state"))


def ask(client: Client, *jobs: Job, **more: Any) -> Any:
    return client.get(ASK, {"id": [job.pk for job in jobs], "next": LIST, **more})


def publish(client: Client, asked: Any) -> Any:
    """Press the button of the page that asks."""
    context = asked.context
    return client.post(context["submit_url"], {"last": context["last"]}, follow=True)


def test_it_names_the_number_before_it_acts(editor: Client) -> None:
    first, second, _third = to_review("Harbour"), to_review("Market"), to_review("Tower")
    asked = ask(editor, first, second)
    assert "Publish 2 results?" in words(asked)
    assert "Yes, publish 2" in words(asked)
    assert set(states().values()) == {State.REVIEW}
    done = publish(editor, asked)
    assert where(done) == LIST
    assert "2 results are published. Every page shows the restored pictures." in words(done)
    assert states() == {"Harbour": "published", "Market": "published", "Tower": "review"}
    assert get_image_model().objects.get(pk=first.object_id).width == 128


def test_proposed_marks_are_never_among_them(editor: Client) -> None:
    result, marks = to_review("Harbour"), to_review("Market", "unsure", regions=REGIONS)
    asked = ask(editor, result, marks)
    assert "Publish one result?" in words(asked)
    assert "One that was chosen is left out" in words(asked)
    publish(editor, asked)
    assert states() == {"Harbour": "published", "Market": "review"}


def test_all_is_the_list_as_it_was_filtered_and_when_it_was_asked(editor: Client, news: Any) -> None:
    to_review("Elsewhere")
    to_review("In News", collection=news)
    asked = editor.get(ASK, {"id": "all", "collection": news.pk, "next": LIST})
    assert "Publish one result?" in words(asked)
    to_review("Just come", collection=news)
    publish(editor, asked)
    assert states() == {"Elsewhere": "review", "In News": "published", "Just come": "review"}


def test_nobody_publishes_what_is_not_theirs(news: Any, plain: Client, stranger: Client) -> None:
    foreign, own = to_review("Secret"), to_review("In News", collection=news)
    reporter = browser(in_collection("reporter", news, "change"))
    asked = ask(reporter, foreign, own)
    assert "Secret" not in words(asked)
    publish(reporter, asked)
    reporter.post(f"{DO}?id={foreign.pk}", {"last": foreign.pk})
    for client in (plain, stranger):
        assert ask(client, foreign)["Location"] == "/admin/"
        assert client.post(f"{DO}?id={foreign.pk}", {"last": foreign.pk})["Location"] == "/admin/"
    assert states() == {"Secret": "review", "In News": "published"}


def test_what_was_decided_meanwhile_is_left_out_in_words(editor: Client, admin_user: Any) -> None:
    first, second = to_review("Harbour"), to_review("Market")
    asked = ask(editor, first, second)
    actions.discard(Job.objects.get(pk=first.pk), admin_user)
    done = publish(editor, asked)
    assert "One result is published." in words(done)
    assert states() == {"Harbour": "discarded", "Market": "published"}
    again = ask(editor, first, second)
    assert "None of these results can be published by you now" in words(again)


def test_a_replaced_file_concerns_no_other(editor: Client) -> None:
    first, second = to_review("Harbour"), to_review("Market")
    get_image_model().objects.filter(pk=first.object_id).update(file="original_images/another.jpg")
    done = publish(editor, ask(editor, first, second))
    assert "One was left as it is" in words(done)
    assert states() == {"Harbour": "superseded", "Market": "published"}


def test_trouble_with_one_is_told_and_the_others_go_on(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = to_review("Harbour"), to_review("Market")
    publish_one = actions.publish

    def trouble(job: Job, by: Any) -> None:
        if job.pk == first.pk:
            raise StorageFailed(name="x", detail="y")
        publish_one(job, by)

    monkeypatch.setattr(actions, "publish", trouble)
    done = publish(editor, ask(editor, first, second))
    assert "“Harbour”: A file could not be read or written. Try again in a while." in words(done)
    assert states() == {"Harbour": "review", "Market": "published"}


def test_where_time_runs_out_it_asks_whether_to_go_on(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "SECONDS", -1.0)
    found = [to_review(title) for title in ("Harbour", "Market", "Tower")]
    more = publish(editor, ask(editor, *found))
    assert where(more) == ASK
    assert "One result is published." in words(more)
    assert "Publish 2 results?" in words(more)
    assert states() == {"Harbour": "published", "Market": "review", "Tower": "review"}
    last = publish(editor, publish(editor, more))
    assert where(last) == LIST
    assert set(states().values()) == {State.PUBLISHED}


def test_it_publishes_outside_of_any_transaction() -> None:
    assert "default" in publishing.publish_chosen._non_atomic_requests


def test_it_asks_about_many_with_as_many_queries_as_about_few(editor: Client, django_assert_num_queries: Any) -> None:
    found = [to_review("First")]
    ask(editor, *found)
    with CaptureQueriesContext(connection) as few:
        ask(editor, *found)
    count = len(few)
    found += [to_review(f"Another {number}") for number in range(6)]
    ask(editor, *found)
    with django_assert_num_queries(count):
        ask(editor, *found)
