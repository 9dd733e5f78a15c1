"""What the chat is told: what needs people, in one message, once, and nothing while there is nothing to say."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from tests.notify.conftest import MakeJob
from tests.notify.test_webhook import Chat, chat  # noqa: F401
from wagtail_restore import backfill, jobs, restore
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import Bulletin, Job, State
from wagtail_restore.notify import bulletin, tell_chat
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

TIMES = ("created_at", "started_at", "finished_at", "review_since")
BULLETIN_TIMES = ("told_until", "told_at", "not_before", "backfill_since", "asking_at", "taken_at")
OVER = 11
"""Minutes without a sign of a backfill, after which it has ended."""


@pytest.fixture
def told(chat: Chat, settings: Any) -> Chat:  # noqa: F811
    """A chat of the site that knows all until an hour ago."""
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "WEBHOOK_SECRET_URL": chat.address}
    assert tell_chat() == 0
    Bulletin.objects.update(told_until=timezone.now() - timedelta(hours=1))
    return chat


def later(minutes: int = 6) -> None:
    """So much time goes by: the pause between two messages, or before another try, is over."""
    past = timedelta(minutes=minutes)
    Job.objects.update(**{name: F(name) - past for name in TIMES})
    Bulletin.objects.update(**{name: F(name) - past for name in BULLETIN_TIMES})


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
    make_job("review", review_since=timezone.now() - timedelta(minutes=3))
    assert tell_chat() == 1
    assert len(told.got) == 2


def test_a_review_that_comes_after_long_work_is_told(told: Chat, make_job: MakeJob) -> None:
    """Its work began before that on what was told of, and one of the others is decided meanwhile."""
    first = make_job("review")
    assert tell_chat() == 1
    Job.objects.filter(pk=first.pk).update(state="discarded", finished_at=timezone.now())
    make_job("review", started_at=timezone.now() - timedelta(hours=1), review_since=timezone.now())
    later()
    assert tell_chat() == 1
    later()
    assert tell_chat() == 0


def test_a_result_that_a_worker_hands_over_is_told(told: Chat, redis: Any) -> None:
    job = restore(make_image(64, 48), upscale="x2")
    assert job is not None
    claimed = jobs.claim(job.pk, "gpu-1:7")
    assert claimed is not None
    jobs.finish(claimed, State.REVIEW, Note("review_asked"))
    later(3)
    assert tell_chat() == 1
    assert "1 awaits a decision" in texts(told)[0]


def test_between_two_messages_there_is_a_pause(told: Chat, make_job: MakeJob) -> None:
    make_job("failed")
    assert tell_chat() == 1
    make_job("failed", finished_at=timezone.now())
    assert tell_chat() == 0
    later()
    assert tell_chat() == 1
    assert texts(told)[1].startswith("Tests: Restorations: 1 failed.")


def test_what_is_seen_only_after_a_message_is_in_the_next_one(told: Chat, make_job: MakeJob) -> None:
    """A worker writes down when it ended before its row is there to be seen."""
    make_job("failed")
    ended = timezone.now()
    assert tell_chat() == 1
    make_job("failed", finished_at=ended)
    later()
    assert tell_chat() == 1
    later()
    assert tell_chat() == 0


def test_the_end_of_a_backfill_is_told_once(told: Chat, make_job: MakeJob) -> None:
    jobs = [make_job("waiting", origin="backfill") for _ in range(2)]
    assert tell_chat() == 0
    Job.objects.filter(pk=jobs[0].pk).update(state="published", finished_at=timezone.now())
    assert tell_chat() == 0
    Job.objects.filter(pk=jobs[1].pk).update(state="kept", finished_at=timezone.now())
    assert tell_chat() == 0
    later(OVER)
    assert tell_chat() == 1
    later()
    assert tell_chat() == 0
    assert "The backfill has ended. Restorations: 1 image restored." in texts(told)[0]


def test_a_backfill_that_is_quicker_than_upkeep_is_told_too(told: Chat, make_job: MakeJob) -> None:
    make_job("published", origin="backfill", finished_at=timezone.now())
    later(OVER)
    assert tell_chat() == 1
    assert told.got[0][2]["restorations"]["backfill_ended"] is True
    later()
    assert tell_chat() == 0


def test_a_backfill_that_measures_between_two_batches_has_not_ended(told: Chat, make_job: MakeJob) -> None:
    """The worker is through with one batch before the next is asked for."""
    for _ in range(4):
        make_job("published", origin="backfill", finished_at=timezone.now())
        assert tell_chat() == 0
        later(8)
        assert tell_chat() == 0
    later(3)
    assert tell_chat() == 1
    assert "The backfill has ended. Restorations: 4 images restored." in texts(told)[0]


def test_a_backfill_that_looks_long_for_more_has_not_ended(told: Chat, make_job: MakeJob) -> None:
    make_job("published", origin="backfill", finished_at=timezone.now())
    for _ in range(3):
        backfill.ask(backfill.Selection())
        later(8)
        assert tell_chat() == 0
    later(3)
    assert tell_chat() == 1
    assert "The backfill has ended." in texts(told)[0]


def test_a_backfill_that_asks_for_nothing_is_not_told(told: Chat) -> None:
    make_image(64, 48)
    backfill.ask(backfill.Selection())
    assert Bulletin.objects.get().asking_at is not None
    later(OVER)
    assert tell_chat() == 0


def test_what_failed_in_a_backfill_is_told_before_it_has_ended_and_the_end_after(told: Chat, make_job: MakeJob) -> None:
    make_job("failed", origin="backfill", finished_at=timezone.now())
    later(3)
    assert tell_chat() == 1
    later(OVER)
    assert tell_chat() == 1
    later(OVER)
    assert tell_chat() == 0
    assert ["The backfill has ended." in text for text in texts(told)] == [False, True]


def test_what_people_publish_of_a_backfill_makes_it_no_longer(told: Chat, make_job: MakeJob) -> None:
    job = make_job("review", origin="backfill", review_since=timezone.now())
    later(OVER)
    Job.objects.filter(pk=job.pk).update(state="published", finished_at=timezone.now())
    later(3)
    assert tell_chat() == 1
    assert "The backfill has ended. Restorations: 1 image restored." in texts(told)[0]


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
    assert tell_chat() == 0
    row.refresh_from_db()
    assert row.failures == 2
    assert row.not_before is not None and row.not_before > timezone.now() + timedelta(seconds=90)
    told.status = 200
    later()
    assert tell_chat() == 1
    row.refresh_from_db()
    assert (row.failures, row.trouble) == (0, "")
    assert "1 failed" in texts(told)[-1]


def test_what_a_worker_died_over_is_a_failed_try_and_told_later(
    told: Chat, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_job("failed")
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(bulletin, "post", lambda *args: (_ for _ in ()).throw(SystemExit))
        tell_chat()
    later(9)
    assert tell_chat() == 0
    assert Bulletin.objects.get().failures == 0
    later(2)
    assert tell_chat() == 0
    row = Bulletin.objects.get()
    assert (row.failures, row.trouble, row.taken_at) == (1, "the worker ended while it told", None)
    later(2)
    assert tell_chat() == 1
    assert "1 failed" in texts(told)[0]
    row.refresh_from_db()
    assert (row.failures, row.trouble, row.taken_at) == (0, "", None)
    later()
    assert tell_chat() == 0


def test_of_two_at_once_one_tells(told: Chat, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other has read the row before this one took it, and this one is refused before the other is at it."""
    make_job("failed")
    told.status = 500
    original, inner = bulletin._take, []

    def take(row: Bulletin, now: datetime) -> bool:
        if not inner:
            inner.append(True)
            tell_chat()
        return original(row, now)

    monkeypatch.setattr(bulletin, "_take", take)
    assert tell_chat() == 0
    assert (len(told.got), Bulletin.objects.get().failures) == (1, 1)


@pytest.mark.parametrize("ahead", [("told_until", "told_at"), ("not_before",)])
def test_after_a_clock_that_was_ahead_the_chat_is_not_silent(
    told: Chat, make_job: MakeJob, ahead: tuple[str, ...]
) -> None:
    Bulletin.objects.update(**dict.fromkeys(ahead, timezone.now() + timedelta(days=300)))
    assert tell_chat() == 0
    make_job("failed", finished_at=timezone.now())
    later()
    assert tell_chat() == 1
    later()
    assert tell_chat() == 0
    assert len(told.got) == 1


def test_what_slack_would_read_as_a_command_is_escaped(told: Chat, make_job: MakeJob, settings: Any) -> None:
    settings.WAGTAIL_SITE_NAME = "Fish <!channel> & chips"
    make_job("failed")
    tell_chat()
    assert texts(told)[0].startswith("Fish &lt;!channel&gt; &amp; chips: ")


def test_a_few_queries_show_that_there_is_nothing_to_say(told: Chat, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(4):
        assert tell_chat() == 0
    Bulletin.objects.update(told_at=timezone.now())
    with django_assert_max_num_queries(1):
        assert tell_chat() == 0
