"""The question before a bulk action: what it reads, what it leaves alone, and how it holds for very many images."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.db.models.signals import post_init
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.images import get_image_model

from tests.admin.bulk.test_restore import (
    DOUBLE,
    RULE,
    choose_url,
    hidden_in,
    jobs_plan,
    posted,
    run,
    said,
    words_of,
)
from wagtail_restore import jobs
from wagtail_restore.admin.bulk import together
from wagtail_restore.imaging.planning import Wishes
from wagtail_restore.models import ImageFacts, Job, State
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(db: Any) -> list[Any]:
    return [make_image(64, 48) for _ in range(3)]


def many(image: Any, count: int) -> None:
    """So many more images like this one, each with its Facts."""
    model = get_image_model()
    row = {f.attname: getattr(image, f.attname) for f in model._meta.fields if f.attname != "id"}
    known = set(model.objects.values_list("pk", flat=True))
    model.objects.bulk_create([model(**row) for _ in range(count)])
    facts = ImageFacts.objects.get(object_id=str(image.pk))
    facts_row = {f.attname: getattr(facts, f.attname) for f in ImageFacts._meta.fields if f.attname != "id"}
    keys = model.objects.exclude(pk__in=known).values_list("pk", flat=True)
    ImageFacts.objects.bulk_create([ImageFacts(**{**facts_row, "object_id": str(key)}) for key in keys])


def test_a_thousand_images_are_told_of_with_few_queries(editor: Client, image: Any) -> None:
    many(image, 999)
    with CaptureQueriesContext(connection) as queries:
        page = words_of(editor.post(f"{choose_url()}?id=all", DOUBLE))
    assert "1000 images will be worked on." in page
    assert "and 950 more" in page
    assert len(queries) < 40


def test_very_many_are_looked_at_by_further_requests(
    editor: Client, image: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(image, 1199)
    make_image(title="Another")
    monkeypatch.setattr(together, "SECONDS", -1.0)
    page = editor.post(f"{choose_url()}?id=all", DOUBLE)
    seen = []
    while "are looked at" in words_of(page):
        seen.append(re.search(r"(\d+) of 1201 images are looked at; nothing has happened", words_of(page))[1])  # type: ignore[index]
        with CaptureQueriesContext(connection) as queries:
            page = editor.post(choose_url(), hidden_in(page.content.decode()))
        assert len(queries) < 25
    assert seen == ["500", "1000"]
    assert "1201 images will be worked on." in words_of(page)
    assert "and 1151 more" in words_of(page)
    assert "Together they will have 14.7 megapixels." in words_of(page)
    assert editor.post(choose_url(), {"images": "1-9", "survey": "forged", **DOUBLE}).status_code == 404


def test_the_question_opens_no_file(
    editor: Client, make_rule: Any, three: list[Any], monkeypatch: pytest.MonkeyPatch, redis: Any
) -> None:
    make_rule(min_width=100, applies_to="backfill")
    drawing = get_image_model().objects.get(pk=three[0].pk)
    get_image_model().objects.filter(pk=drawing.pk).update(file="original_images/drawing.svg")
    ImageFacts.objects.all().delete()
    with monkeypatch.context() as patched:
        patched.setattr(FileSystemStorage, "_open", lambda *args, **named: pytest.fail("a file was opened"))
        for wishes in (DOUBLE, RULE):
            page = words_of(editor.post(choose_url(), posted(three, **wishes)))
            assert "2 images will be worked on." in page
            assert "1 vector drawing" in page
    assert not ImageFacts.objects.exists()
    assert "2 images wait for a worker now." in said(run(editor, three[1:], **RULE))
    assert ImageFacts.objects.count() == 2


def test_the_question_reads_no_job_that_is_over(editor: Client, three: list[Any], make_rule: Any) -> None:
    make_rule(min_width=100, applies_to="backfill")
    for image in three:
        job = jobs.request(image, jobs_plan(), wishes=Wishes())
        job.changed(state=State.PUBLISHED, open_key=None, source_hash=image.file_hash)
    job.changed(state=State.DISCARDED)
    read: list[Any] = []
    listen = lambda instance, **named: read.append(instance)  # noqa: E731
    post_init.connect(listen, sender=Job)
    try:
        page = words_of(editor.post(choose_url(), posted(three, **RULE)))
    finally:
        post_init.disconnect(listen, sender=Job)
    assert "2 images will be worked on." in page
    assert "1 image whose result somebody took back or discarded" in page
    assert [(each.pk, "report" in each.get_deferred_fields()) for each in read] == [(job.pk, True)]
