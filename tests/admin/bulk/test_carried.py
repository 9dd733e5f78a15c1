"""What the pages of a bulk action carry along is of use to whom it was shown, for what it is, and for a day."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client
from wagtail.images import get_image_model

from tests.admin.bulk.test_restore import DOUBLE, asked_by, run, run_url, sealed
from tests.admin.conftest import browser, person
from wagtail_restore.admin.bulk.carried import DAY, Survey
from wagtail_restore.admin.bulk.restore import Restore
from wagtail_restore.models import Job

pytestmark = pytest.mark.django_db


def survey(client: Client, image: Any) -> str:
    return Survey([image.pk], seen=1).sealed(Restore(asked_by(client), get_image_model()))


def test_a_survey_is_no_account(editor: Client, image: Any) -> None:
    assert run(editor, [image], account=survey(editor, image), **DOUBLE).status_code == 404
    account = sealed(editor, [image])
    assert editor.post(run_url(), {"images": "1", "survey": account, **DOUBLE}).status_code == 404
    assert not Job.objects.exists()


def test_what_was_shown_to_one_person_is_of_no_use_to_another(editor: Client, image: Any, redis: Any) -> None:
    other = browser(person("other", "use_restore"))
    assert run(other, [image], account=sealed(editor, [image]), **DOUBLE).status_code == 404
    told = {"images": "1", "survey": survey(editor, image), **DOUBLE}
    assert other.post(run_url(), told).status_code == 404
    assert run(other, [image], **DOUBLE).status_code == 302


def test_what_was_shown_yesterday_is_of_no_use_today(
    editor: Client, image: Any, monkeypatch: pytest.MonkeyPatch, redis: Any
) -> None:
    account, now = sealed(editor, [image]), time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + DAY + 2)
    assert run(editor, [image], account=account, **DOUBLE).status_code == 404
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + DAY - 2)
    assert run(editor, [image], account=account, **DOUBLE).status_code == 302
