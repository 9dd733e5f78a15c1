"""Carrying out a bulk action in portions: the site's hooks are asked about all of it, and never end it in between."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from wagtail import hooks

from tests.admin.bulk.test_restore import DOUBLE, hidden_in, run, run_url, said, words_of
from wagtail_restore import swap
from wagtail_restore.admin.bulk import running
from wagtail_restore.models import ImageFacts, Job
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(db: Any) -> list[Any]:
    return [make_image(64, 48) for _ in range(3)]


def test_a_hook_that_answers_after_the_work_leaves_none_of_it_undone(
    editor: Client, three: list[Any], monkeypatch: pytest.MonkeyPatch, redis: Any
) -> None:
    seen: list[tuple[str, list[int]]] = []

    def hook(name: str) -> Any:
        def called(request: Any, action_type: str, objects: list[Any], action: Any) -> Any:
            seen.append((name, [each.pk for each in objects]))
            return HttpResponse("the site's own") if name == "after_bulk_action" else None

        return called

    monkeypatch.setattr(running, "SECONDS", -1)
    names = ("before_bulk_action", "after_bulk_action")
    with hooks.register_temporarily([(name, hook(name)) for name in names]):
        page = run(editor, three, **DOUBLE)
        assert "1 of 3 images are done." in words_of(page)
        page = editor.post(run_url(), hidden_in(page.content.decode()))
        response = editor.post(run_url(), hidden_in(page.content.decode()))
    assert response.content == b"the site's own"
    assert "3 images wait for a worker now." in said(response) and Job.objects.count() == 3
    assert seen == [(name, [image.pk for image in three]) for name in names]


def test_what_was_never_measured_is_measured_one_by_one_until_time_is_up(
    editor: Client, three: list[Any], monkeypatch: pytest.MonkeyPatch, redis: Any
) -> None:
    ImageFacts.objects.all().delete()
    now, measure = [0.0], swap.measure

    def slow(image: Any) -> ImageFacts:
        now[0] += 3.0
        return measure(image)

    monkeypatch.setattr(swap, "measure", slow)
    monkeypatch.setattr("wagtail_restore.admin.bulk.together.time.monotonic", lambda: now[0])
    page = run(editor, three, **DOUBLE)
    assert "2 of 3 images are done." in words_of(page)
    assert (now[0], ImageFacts.objects.count(), Job.objects.count()) == (6.0, 2, 2)
    response = editor.post(run_url(), hidden_in(page.content.decode()))
    assert "3 images wait for a worker now." in said(response)
    assert (now[0], ImageFacts.objects.count(), Job.objects.count()) == (9.0, 3, 3)
