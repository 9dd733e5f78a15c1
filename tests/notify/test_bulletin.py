"""What the chat is told: what needs people, in one message, once, and nothing while there is nothing to say."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.notify.conftest import MakeJob
from tests.notify.test_webhook import Chat, chat  # noqa: F401
from wagtail_restore.models import Bulletin, Job
from wagtail_restore.notify import tell_chat

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(chat: Chat, settings: Any) -> Chat:  # noqa: F811
    """A chat of the site that knows all until an hour ago."""
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "WEBHOOK_SECRET_URL": chat.address}
    assert tell_chat() == 0
    Bulletin.objects.update(told_until=timezone.now() - timedelta(hours=1))
    return chat


def later() -> None:
    """The pause between two messages, or before another try, is over."""
    Bulletin.objects.update(told_at=None, not_before=None)


def texts(chat: Chat) -> list[str]:  # noqa: F811
    return [body["text"] for _, _, body in chat.got]


def test_without_the_setting_nothing_goes_out(make_job: MakeJob) -> None:
    make_job("failed")
    assert tell_chat() == 0
    assert not Bulletin.objects.exists()


def test_a_new_chat_is_not_told_of_old_things(make_job: MakeJob, chat: Chat, settings: Any) -> None:  # noqa: F811
    make_job("failed")
    make_job("review")
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "WEBHOOK_SECRET_URL": chat.address}
    assert [tell_chat(), tell_chat()] == [0, 0]
    assert chat.got == []


def test_all_that_is_new_is_one_message_told_once(told: Chat, make_job: MakeJob) -> None:
    for state, count in (("published", 12), ("review", 2), ("failed", 1)):
        for _ in range(count):
            make_job(state)
    assert tell_chat() == 1
    later()
    assert tell_chat() == 0
    ((_, _, body),) = told.got
    url = "http://localhost/admin/restore/review/"
    numbers = "12 images restored, 2 await a decision, 1 failed"
    assert body["text"] == f"Tests: Restorations: {numbers}. {url}"
    assert body["restorations"] == {"restored": 12, "review": 2, "failed": 1, "backfill_ended": False, "url": url}


def test_what_was_restored_is_told_only_along_with_what_needs_people(told: Chat, make_job: MakeJob) -> None:
    make_job("published")
    assert tell_chat() == 0
    make_job("failed")
    assert tell_chat() == 1
    assert "1 image restored, 1 failed" in texts(told)[0]
    assert texts(told)[0].endswith("/admin/restore/report/")


def test_no_picture_and_no_name_of_one_goes_out(told: Chat, make_job: MakeJob) -> None:
    make_job("failed", image_title="Confidential", source_name="original_images/confidential.jpg")
    tell_chat()
    assert "onfidential" not in str(told.got)


def test_a_further_review_is_told_and_one_less_is_not(told: Chat, make_job: MakeJob) -> None:
    first = make_job("review")
    tell_chat()
    later()
    Job.objects.filter(pk=first.pk).update(state="discarded", finished_at=timezone.now())
    assert tell_chat() == 0
    make_job("review")
    assert tell_chat() == 1
    assert len(told.got) == 2


def test_between_two_messages_there_is_a_pause(told: Chat, make_job: MakeJob) -> None:
    make_job("failed")
    assert tell_chat() == 1
    make_job("failed", finished_at=timezone.now())
    assert tell_chat() == 0
    later()
    assert tell_chat() == 1
    assert texts(told)[1].startswith("Tests: Restorations: 1 failed.")


def test_the_end_of_a_backfill_is_told_once(told: Chat, make_job: MakeJob) -> None:
    jobs = [make_job("waiting", origin="backfill") for _ in range(2)]
    assert tell_chat() == 0
    Job.objects.filter(pk=jobs[0].pk).update(state="published", finished_at=timezone.now())
    assert tell_chat() == 0
    Job.objects.filter(pk=jobs[1].pk).update(state="kept", finished_at=timezone.now())
    assert tell_chat() == 1
    later()
    assert tell_chat() == 0
    assert "The backfill has ended. Restorations: 1 image restored." in texts(told)[0]


def test_a_backfill_that_is_quicker_than_upkeep_is_told_too(told: Chat, make_job: MakeJob) -> None:
    make_job("published", origin="backfill", finished_at=timezone.now())
    assert tell_chat() == 1
    assert told.got[0][2]["restorations"]["backfill_ended"] is True


def test_what_a_person_publishes_later_is_no_end_of_a_backfill(told: Chat, make_job: MakeJob) -> None:
    job = make_job("published", origin="backfill", finished_at=timezone.now())
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=2))
    assert tell_chat() == 0


def test_a_message_that_is_not_taken_is_tried_again_more_and_more_seldom(
    told: Chat, make_job: MakeJob, caplog: Any
) -> None:
    make_job("failed")
    told.status = 404
    with caplog.at_level(logging.DEBUG):
        assert [tell_chat(), tell_chat()] == [0, 0]
    assert "did not take a message (HTTP 404)" in caplog.text
    assert "secret" not in caplog.text and "services" not in caplog.text
    assert len(told.got) == 1
    row = Bulletin.objects.get()
    assert (row.failures, row.trouble) == (1, "HTTP 404")
    later()
    tell_chat()
    row.refresh_from_db()
    assert row.failures == 2
    assert row.not_before is not None and row.not_before > timezone.now() + timedelta(seconds=90)
    told.status = 200
    later()
    assert tell_chat() == 1
    row.refresh_from_db()
    assert (row.failures, row.trouble) == (0, "")
    assert "1 failed" in texts(told)[-1]


def test_what_slack_would_read_as_a_command_is_escaped(told: Chat, make_job: MakeJob, settings: Any) -> None:
    settings.WAGTAIL_SITE_NAME = "Fish <!channel> & chips"
    make_job("failed")
    tell_chat()
    assert texts(told)[0].startswith("Fish &lt;!channel&gt; &amp; chips: ")


def test_a_few_queries_show_that_there_is_nothing_to_say(told: Chat, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(3):
        assert tell_chat() == 0
