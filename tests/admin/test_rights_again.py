"""Trying again asks for the right to remove watermarks where nobody has confirmed it for the Job that ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.admin.test_painting import said
from tests.admin.test_rights import (  # noqa: F401 — fixture
    DETECTED,
    FOUND,
    IF_ANY,
    OURS,
    REFUSAL,
    logged,
    statement,
)
from wagtail_restore import rights
from wagtail_restore.imaging.planning import Plan, Step
from wagtail_restore.models import Job

pytestmark = pytest.mark.django_db
CONFIRMED = {"user": "7", "name": "gone", "at": "2026-01-02T03:04:05+00:00", "statement": OURS}


@pytest.fixture
def failed(job_in: Callable[..., Job]) -> Job:
    """A Job that looked for watermarks, which nobody confirmed anything for."""
    job = job_in("failed")
    job.changed(plan=DETECTED.to_json())
    return job


def again(client: Client, job: Job, **data: str) -> Any:
    return client.post(f"/admin/restore/job/{job.pk}/retry/", data)


def panel_of(client: Client, job: Job) -> str:
    return client.get(f"/admin/restore/image/{job.object_id}/").content.decode()


def test_what_nobody_confirmed_is_not_tried_again_before_it_is(editor: Client, failed: Job) -> None:
    assert f"<span>{OURS}</span>" in panel_of(editor, failed)
    assert said(again(editor, failed)) == [REFUSAL]
    assert (list(Job.objects.all()), logged()) == ([failed], [])
    assert said(again(editor, failed, rights="on"))[-1] == "The work is tried again."
    assert (Job.objects.get(state="waiting").rights["name"], logged()) == ("editor", [("editor", OURS)])


def test_who_has_confirmed_it_tries_again_unasked(editor: Client, editor_user: Any, failed: Job) -> None:
    rights.confirm(editor_user)
    assert 'name="rights"' not in panel_of(editor, failed)
    assert said(again(editor, failed)) == ["The work is tried again."]
    assert Job.objects.get(state="waiting").rights["name"] == "editor"


def test_what_was_confirmed_for_it_is_tried_again_by_anybody(editor: Client, failed: Job) -> None:
    failed.changed(rights=CONFIRMED)
    assert 'name="rights"' not in panel_of(editor, failed)
    assert said(again(editor, failed)) == ["The work is tried again."]
    assert Job.objects.get(state="waiting").rights == CONFIRMED


def test_of_two_confirmations_that_of_the_job_that_is_tried_again_is_kept(
    editor: Client, editor_user: Any, failed: Job
) -> None:
    failed.changed(rights=CONFIRMED)
    rights.confirm(editor_user)
    assert said(again(editor, failed)) == ["The work is tried again."]
    assert Job.objects.get(state="waiting").rights == CONFIRMED


def test_marks_that_were_chosen_are_asked_about_as_such(editor: Client, failed: Job) -> None:
    for chosen, words in ((FOUND[:1], ""), (FOUND, IF_ANY)):
        failed.changed(
            plan=Plan((Step("erase", params={"detect": ["date", "watermark"], "regions": chosen}),)).to_json()
        )
        panel = panel_of(editor, failed)
        assert (words in panel, 'name="rights"' in panel) == (True, bool(words))
