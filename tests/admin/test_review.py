"""The queue, one at a time: who sees it, what is told, and where a decision leads."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.images import get_image_model
from wagtail.images.models import Image

from tests.admin.conftest import browser, person
from tests.admin.test_reviewing import REGIONS, in_collection, to_review
from tests.app.models import CustomImage
from wagtail_restore.admin import actions
from wagtail_restore.models import Job, State, Version
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

QUEUE = "/admin/restore/review/"
HOME = "/admin/"


def one(job: Job) -> str:
    return f"{QUEUE}{job.pk}/"


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def decide(client: Client, job: Job, what: str, **posted: Any) -> Any:
    """Post as the page does, and follow to where that leads."""
    posted = {"next": f"{one(job)}next/", **posted}
    return client.post(f"/admin/restore/job/{job.pk}/{what}/", posted, follow=True)


def where(response: Any) -> str:
    path: str = response.request["PATH_INFO"]
    return path


def test_it_opens_with_the_oldest(editor: Client) -> None:
    first, _second = to_review("Harbour"), to_review("Market")
    response = editor.get(QUEUE, follow=True)
    assert where(response) == one(first)
    assert "1 of 2" in words(response)


def test_it_tells_all_that_a_decision_needs(editor: Client, admin_user: Any, news: Any, make_rule: Any) -> None:
    rule = make_rule(name="Photos in News", active=False)
    job = to_review("Harbour", by=admin_user, collection=news, rule=rule.pk)
    page = editor.get(one(job))
    told = words(page)
    for word in ("Harbour", "News", "admin", "Photos in News", "Somebody should look at this", "38.2 dB", "compact-x2"):
        assert word in told
    html = page.content.decode()
    assert f'href="/admin/images/{job.object_id}/"' in html
    assert f"/admin/restore/job/{job.pk}/result/" in html


def test_marks_are_decided_on_with_their_boxes_and_the_statement(editor: Client, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": "The pictures are ours."}
    marks = [{**REGIONS[0], "kind": "watermark"}]
    job, later = to_review("Marked", "unsure", regions=marks), to_review("Later")
    page = editor.get(one(job)).content.decode()
    assert page.count('name="region"') == 1
    assert "The pictures are ours." in page
    refused = decide(editor, job, "decide", region=["0"])
    assert where(refused) == one(job)  # still to be decided on
    assert "Confirm first that you may remove watermarks" in words(refused)
    done = decide(editor, job, "decide", region=["0"], rights="on")
    assert where(done) == one(later)
    assert Job.objects.get(pk=job.pk).state == State.SUPERSEDED


def test_with_no_mark_chosen_nothing_is_erased(editor: Client) -> None:
    job = to_review("Marked", "unsure", regions=REGIONS)
    assert "Nothing is erased" in words(decide(editor, job, "decide"))
    assert Job.objects.get(pk=job.pk).state == State.DISCARDED


def test_publishing_leads_to_the_next_with_a_way_back(editor: Client) -> None:
    first, second = to_review("Harbour"), to_review("Market")
    response = decide(editor, first, "publish")
    assert where(response) == one(second)
    assert "“Harbour”: Published. The restored picture is shown wherever the image is used." in words(response)
    version = Version.objects.get(job=first)
    assert f'data-w-action-url-value="/admin/restore/version/{version.pk}/back/"' in response.content.decode()
    back = editor.post(f"/admin/restore/version/{version.pk}/back/", {"next": one(second)}, follow=True)
    assert where(back) == one(second)
    assert Job.objects.get(pk=first.pk).state == State.WITHDRAWN


def test_where_no_version_is_kept_there_is_nothing_to_undo(editor: Client, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "KEEP_VERSIONS_DAYS": 0}
    assert "/back/" not in decide(editor, to_review("Harbour"), "publish").content.decode()


def test_discarding_tells_how_to_ask_again(editor: Client) -> None:
    job = to_review("Harbour")
    response = decide(editor, job, "discard")
    assert "“Harbour”: The result was discarded. To have the picture restored after all, ask again" in words(response)
    assert f'href="/admin/images/{job.object_id}/"' in response.content.decode()


def test_after_the_last_the_first_that_was_passed_over_comes(editor: Client) -> None:
    first, second = to_review("Harbour"), to_review("Market")
    assert where(decide(editor, second, "discard")) == one(first)


def test_after_all_are_decided_there_are_friendly_words(editor: Client) -> None:
    response = decide(editor, to_review("Harbour"), "publish")
    assert where(response) == QUEUE
    assert "Nothing awaits your decision." in words(response)
    assert "See all restorations" not in words(response)
    reader = browser(person("reader", "use_restore", "view_job"))
    assert "See all restorations" in words(reader.get(QUEUE))


def test_what_somebody_else_has_decided_is_met_in_words(editor: Client, admin_user: Any) -> None:
    first, second = to_review("Harbour"), to_review("Market")
    actions.publish(Job.objects.get(pk=first.pk), admin_user)
    response = editor.get(one(first), follow=True)
    assert where(response) == one(second)
    assert "“Harbour” is no longer under review; it has been decided on meanwhile (Published)." in words(response)
    late = decide(editor, first, "discard")
    assert where(late) == one(second)
    assert "“Harbour”: This has changed meanwhile." in words(late)


def test_an_image_that_somebody_else_has_deleted_is_met_in_words(editor: Client) -> None:
    first, second = to_review("Harbour"), to_review("Market")
    first.image().delete()
    response = editor.get(one(first), follow=True)
    assert where(response) == one(second)
    assert "This image was deleted, or you may no longer change it." in words(response)


def test_a_job_of_another_image_model_leads_nowhere(admin: Client) -> None:
    (other,) = {Image, CustomImage} - {get_image_model()}
    job = to_review("Harbour")
    image = other.objects.create(title="Elsewhere", file=make_image().file.name, width=64, height=48)
    kind = ContentType.objects.get_for_model(other)
    Job.objects.filter(pk=job.pk).update(content_type=kind, object_id=str(image.pk))
    assert admin.get(one(job)).status_code == 404


def test_a_part_of_the_queue_is_gone_through_as_such(editor: Client, news: Any) -> None:
    first, _other = to_review("In News", collection=news), to_review("Elsewhere")
    second = to_review("In News too", collection=news)
    page = editor.get(one(first), {"collection": news.pk})
    assert "1 of 2" in words(page)
    assert f'href="{one(second)}?collection={news.pk}"' in page.content.decode()
    onward = f"{one(first)}next/?collection={news.pk}"
    assert where(decide(editor, first, "discard", next=onward)) == one(second)
    last = decide(editor, second, "discard", next=f"{one(second)}next/?collection={news.pk}")
    assert "Go on with all results" in words(last)


def test_nobody_is_led_off_the_site(editor: Client) -> None:
    job = to_review("Harbour")
    response = editor.post(f"/admin/restore/job/{job.pk}/discard/", {"next": "https://example.com/"})
    assert response["Location"] == f"/admin/images/{job.object_id}/"


def test_it_is_for_those_who_may_decide(plain: Client, stranger: Client) -> None:
    job = to_review("Harbour")
    for client in (plain, stranger, browser(person("reader", "view_job", images=()))):
        for address in (QUEUE, one(job), f"{one(job)}next/"):
            response = client.get(address)
            assert (response.status_code, response["Location"]) == (302, HOME)
        assert QUEUE not in client.get(HOME).content.decode()


def test_nobody_learns_of_the_images_of_others(news: Any) -> None:
    job = to_review("Secret")
    mine = to_review("Mine", collection=news)
    reporter = browser(in_collection("reporter", news, "change"))
    refused = reporter.get(one(job), follow=True)
    assert where(refused) == HOME
    assert "Secret" not in refused.content.decode()
    page = reporter.get(one(mine))
    assert "1 of 1" in words(page)
    assert "Secret" not in page.content.decode()
    assert reporter.get(f"{QUEUE}999/").status_code == 404


def test_the_menu_leads_to_it(editor: Client) -> None:
    assert QUEUE in editor.get(HOME).content.decode()


def test_it_takes_as_many_queries_for_many_as_for_few(editor: Client, django_assert_num_queries: Any) -> None:
    job, *_others = [to_review(str(number)) for number in range(3)]
    editor.get(one(job))
    with CaptureQueriesContext(connection) as few:
        editor.get(one(job))
    count = len(few)
    for number in range(9):
        to_review(f"Another {number}")
    editor.get(one(job))
    with django_assert_num_queries(count):
        assert "1 of 12" in words(editor.get(one(job)))
