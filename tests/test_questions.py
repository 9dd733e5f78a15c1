"""Questions to a live worker: each replaces its predecessor while that waits, and nobody asks without end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from wagtail_restore import queue
from wagtail_restore.exceptions import QueueUnreachable, TooManyAsked
from wagtail_restore.queue import questions

ECHO = "tests.test_questions.echo"


def echo(word: str) -> str:
    """What the worker of these tests is asked for."""
    while meanwhile:
        meanwhile.pop()()
    return word


meanwhile: list[Callable[[], object]] = []


def ask(word: str, by: str = "1", about: str = "image 1") -> str:
    return queue.ask(ECHO, word, by=by, about=about)


def work() -> None:
    queue.work(["live"], burst=True, every_minute=lambda: None)


def waiting(redis: Any) -> list[str]:
    return [key.decode() for key in redis.lrange("rq:queue:restore-live", 0, -1)]


def test_a_question_replaces_its_predecessor_and_nothing_of_that_is_left(redis: Any) -> None:
    first, second = ask("one"), ask("two")
    assert waiting(redis) == [second]
    assert not redis.exists(f"rq:job:{first}") and redis.ttl(f"rq:job:{second}") > 0
    assert queue.answer(first) == ("gone", None)
    redis.flushall()
    assert queue.answer(second) == ("gone", None)


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_has_taken_up_goes_on_and_is_answered(redis: Any) -> None:
    later: list[str] = []
    meanwhile.append(lambda: later.append(ask("two")))
    first = ask("one")
    work()
    assert (queue.answer(first), queue.answer(*later)) == (("done", "one"), ("done", "two"))


@pytest.mark.django_db(transaction=True)
def test_a_breakdown_is_told_from_what_is_gone(redis: Any) -> None:
    meanwhile.append(lambda: 1 // 0)
    key = ask("one")
    work()
    assert queue.answer(key) == ("failed", None)


@pytest.mark.django_db(transaction=True)
def test_what_was_answered_is_not_taken_away_by_the_next_question(redis: Any) -> None:
    first = ask("one")
    work()
    ask("two")
    queue.drop(first)
    assert queue.answer(first) == ("done", "one")


def test_of_many_that_ask_at_once_one_question_is_left(redis: Any) -> None:
    start = threading.Barrier(8)

    def press(word: str) -> None:
        start.wait()
        ask(word)

    threads = [threading.Thread(target=press, args=(str(number),)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(waiting(redis)) == 1


def test_questions_that_expired_or_are_over_do_not_count(redis: Any, monkeypatch: Any) -> None:
    keys = [ask("word", about=f"image {number}") for number in range(questions.MOST_ASKED)]
    with pytest.raises(TooManyAsked):
        ask("word", about="another")
    assert len(waiting(redis)) == questions.MOST_ASKED
    redis.pexpire(f"rq:job:{keys[0]}", 1)
    time.sleep(0.02)
    ask("word", about="another")
    known = redis.hgetall("wagtail-restore:restore-live:asked:1")
    assert f"{ECHO} image 0".encode() not in known and len(known) == questions.MOST_ASKED
    assert 0 < redis.ttl("wagtail-restore:restore-live:asked:1") <= questions.ANSWER_SECONDS


@pytest.mark.django_db(transaction=True)
def test_it_is_known_who_waits_and_whose_turn_it_is(redis: Any) -> None:
    key = ask("word")
    seen = [queue.answer(key)[0]]
    later: list[str] = []

    def look() -> None:
        later.append(ask("word", by="2"))
        seen.extend(queue.answer(each)[0] for each in (key, *later))

    meanwhile.append(look)
    work()
    assert (seen, queue.answer(*later)) == (["waiting", "started", "behind"], ("done", "word"))


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_that_died_left_behind_keeps_nobody_waiting(redis: Any) -> None:
    redis.zadd("rq:wip:restore-live", {"live-1:a": time.time() - 1})
    assert queue.answer(ask("word"))[0] == "waiting"


@pytest.mark.django_db(transaction=True)
def test_a_question_under_way_counts_like_one_that_waits(redis: Any) -> None:
    refused: list[str] = []

    def fill_up() -> None:
        for number in range(questions.MOST_ASKED - 1):
            ask("word", about=f"waiting {number}")
        with pytest.raises(TooManyAsked):
            ask("word", about="one too many")
        refused.append("while it is under way")
        ask("word", by="2", about="another person's")

    meanwhile.append(fill_up)
    first = ask("word", about="under way")
    work()
    assert queue.answer(first) == ("done", "word")
    assert refused == ["while it is under way"]
    ask("word", about="afterwards")


def test_a_dead_redis_has_a_name(dead_redis: None) -> None:
    with pytest.raises(QueueUnreachable):
        ask("word")
    with pytest.raises(QueueUnreachable):
        queue.drop("live-1")
