"""Publishing the Results that were chosen in the queue: what is asked, what is done, what is left out."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail import hooks
from wagtail.images import get_image_model

from tests.admin.bulk.test_restore import asked_by, hidden_in
from tests.admin.conftest import REPORT, browser
from tests.admin.test_review import where, words
from tests.admin.test_review_list import LIST
from tests.admin.test_reviewing import REGIONS, in_collection, to_review
from wagtail_restore import jobs, swap
from wagtail_restore.admin import actions
from wagtail_restore.admin.bulk import running, together
from wagtail_restore.admin.bulk.carried import Account
from wagtail_restore.admin.bulk.results import Publish
from wagtail_restore.exceptions import StorageFailed
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import Job, State
from wagtail_restore.testing import make_image, make_picture

pytestmark = pytest.mark.django_db

ASK = "/admin/bulk/wagtail_restore/job/publish/"


def states() -> dict[str, str]:
    return dict(Job.objects.values_list("image_title", "state"))


def ask(client: Client, *jobs: Job, **more: Any) -> Any:
    return client.get(ASK, {"id": [job.pk for job in jobs], "next": LIST, **more})


def publish(client: Client, asked: Any) -> Any:
    """Press the button of the page that asks."""
    return client.post(asked.context["run_url"], hidden_in(asked.content.decode()), follow=True)


def test_it_names_the_number_before_it_acts(editor: Client) -> None:
    first, second, _third = to_review("Harbour"), to_review("Market"), to_review("Tower")
    asked = ask(editor, first, second)
    assert "The results of 2 images will be published." in words(asked)
    assert "Yes, publish" in words(asked)
    assert set(states().values()) == {State.REVIEW}
    done = publish(editor, asked)
    assert where(done) == LIST
    assert "The results of 2 images were published." in words(done)
    assert "/together/restore_go_back/?images=" in done.content.decode()
    assert states() == {"Harbour": "published", "Market": "published", "Tower": "review"}
    assert get_image_model().objects.get(pk=first.object_id).width == 128


def test_proposed_marks_are_never_among_them(editor: Client) -> None:
    result, marks = to_review("Harbour"), to_review("Market", "unsure", regions=REGIONS)
    asked = ask(editor, result, marks)
    assert "The result of 1 image will be published." in words(asked)
    assert "1 image on whose marks somebody has to decide first" in words(asked)
    publish(editor, asked)
    assert states() == {"Harbour": "published", "Market": "review"}


def test_all_is_the_list_as_it_was_filtered_and_when_it_was_asked(editor: Client, news: Any) -> None:
    to_review("Elsewhere")
    to_review("In News", collection=news)
    asked = editor.get(ASK, {"id": "all", "collection": news.pk, "next": LIST})
    assert "The result of 1 image will be published." in words(asked)
    to_review("Just come", collection=news)
    publish(editor, asked)
    assert states() == {"Elsewhere": "review", "In News": "published", "Just come": "review"}


def test_what_enters_review_after_the_question_is_not_published(editor: Client, news: Any, job_in: Any) -> None:
    earlier = job_in("running", about=make_image(title="Earlier", collection=news))
    to_review("Harbour", collection=news)
    asked = editor.get(ASK, {"id": "all", "collection": news.pk, "next": LIST})
    assert "The result of 1 image will be published." in words(asked)
    name = swap.store_private(earlier.image(), "results/9.jpg", ContentFile(make_picture(128, 96)))
    jobs.finish(earlier, State.REVIEW, Note("review_asked"), report=REPORT, result=name)
    publish(editor, asked)
    assert states() == {"Earlier": "review", "Harbour": "published"}


def test_nobody_publishes_what_is_not_theirs(news: Any, plain: Client, stranger: Client) -> None:
    foreign, own = to_review("Secret"), to_review("In News", collection=news)
    reporter = browser(in_collection("reporter", news, "change"))
    asked = ask(reporter, foreign, own)
    assert "Secret" not in words(asked)
    publish(reporter, asked)
    for client in (plain, stranger):
        assert ask(client, foreign)["Location"] == "/admin/"
    for client in (plain, stranger, reporter):
        kind = Publish(asked_by(client), get_image_model())
        theirs = {"account": Account([foreign.pk]).sealed(kind)}
        assert client.post(asked.context["run_url"], theirs).status_code == 302
    assert states() == {"Secret": "review", "In News": "published"}


def test_what_was_decided_meanwhile_is_left_out_in_words(editor: Client, admin_user: Any) -> None:
    first, second = to_review("Harbour"), to_review("Market")
    asked = ask(editor, first, second)
    actions.discard(Job.objects.get(pk=first.pk), admin_user)
    done = publish(editor, asked)
    assert "The result of 1 image was published. Left out: 1 image without a result under review." in words(done)
    assert states() == {"Harbour": "discarded", "Market": "published"}
    again = ask(editor, first, second)
    assert "None of these results can be published by you now" in words(again)


def test_a_replaced_file_concerns_no_other(editor: Client) -> None:
    first, second = to_review("Harbour"), to_review("Market")
    get_image_model().objects.filter(pk=first.object_id).update(file="original_images/another.jpg")
    done = publish(editor, ask(editor, first, second))
    assert "Left out: 1 image that has changed meanwhile." in words(done)
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
    assert "Left out: 1 × A file could not be read or written. Try again in a while." in words(done)
    assert states() == {"Harbour": "review", "Market": "published"}


def test_what_takes_long_goes_on_in_portions(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "SECONDS", -1.0)
    monkeypatch.setattr(Publish, "portion", 1)
    found = [to_review(title) for title in ("Harbour", "Market", "Tower")]
    more = publish(editor, ask(editor, *found))
    assert "1 of 3 images are done." in words(more)
    assert states() == {"Harbour": "published", "Market": "review", "Tower": "review"}
    last = publish(editor, publish(editor, more))
    assert where(last) == LIST
    assert set(states().values()) == {State.PUBLISHED}


def test_very_many_are_looked_at_in_portions(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [to_review(title) for title in ("Harbour", "Market")]
    monkeypatch.setattr(together, "SECONDS", -1.0)
    monkeypatch.setattr(together, "BATCH", 1)
    asked = ask(editor, *found)
    assert "1 of 2 images are looked at" in words(asked)
    asked = publish(editor, asked)
    assert "The results of 2 images will be published." in words(asked)
    done = publish(editor, asked)
    assert where(done) == LIST
    back = f"/admin/restore/together/restore_go_back/?images={found[0].object_id},{found[1].object_id}"
    asked = publish(editor, editor.get(back))
    assert "2 images that do not show a restored picture" in words(asked)


def test_the_hooks_of_the_site_are_asked(editor: Client) -> None:
    seen: list[tuple[str, str, list[str]]] = []

    def hook(name: str) -> Any:
        return lambda request, kind, images, action: seen.append((name, kind, [image.title for image in images]))

    names = ("before_bulk_action", "after_bulk_action")
    with hooks.register_temporarily([(name, hook(name)) for name in names]):
        publish(editor, ask(editor, to_review("Harbour")))
    assert seen == [(name, "restore_publish", ["Harbour"]) for name in names]


def test_a_key_that_is_none_is_not_found(editor: Client) -> None:
    for wrong in ("one", "²", "9" * 30):
        assert editor.get(ASK, {"id": wrong}).status_code == 404


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
