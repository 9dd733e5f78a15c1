"""How often uploads and edit pages ask the database on our account, each query with what it is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Collection

from tests.admin.conftest import browser, person, upload
from tests.admin.test_reviewing import to_review
from tests.test_touched import template
from wagtail_restore.models import ImageFacts, Job
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

ADD = "/admin/images/multiple/add/"
READ_RULES = "SELECT resolutionrule"
"""The form refuses by them, and the save, a moment later, decides by the same."""
READ_TEMPLATES = "SELECT masktemplate"
"""What rules erase with; not asked for where no rule erases."""
WRITE_FACTS = "INSERT imagefacts"
"""Measured once; nobody can have written any of a new image before."""
WRITE_JOB = "INSERT job"
"""Where one of the image were open, this would tell; none is looked for before."""
READ_FACTS = "SELECT imagefacts"
"""Whether a focal point on the page is of this picture, and whether objects can be removed from it."""
READ_JOBS = "SELECT job"
"""The open one, else the last one, and the one that waits behind it."""
READ_VERSIONS = "SELECT version"
"""The earlier files that are listed; there are none before a swap, and the facts know of that."""
READ_MAKERS = "SELECT job"
"""What was done to each of these; not asked for where there is no earlier file."""


@contextmanager
def asked() -> Iterator[list[str]]:
    """The queries that concern a table of ours, as the word that they begin with and the first such table."""
    told: list[str] = []
    with CaptureQueriesContext(connection) as caught:
        yield told
    for query in caught:
        sql = query["sql"]
        if "wagtail_restore_" in sql:
            word, table = sql.split(" ", 1)[0], sql.split("wagtail_restore_", 1)[1].split('"', 1)[0]
            told.append(f"{word} {table}")


def send(client: Client, **fields: str) -> Any:
    data = {
        "title": "Upload",
        "files[]": upload(64, 48),
        "restore_clean_up": "off",
        "restore_upscale": "rule",
        **fields,
    }
    answer = client.post(ADD, data, headers={"X-Requested-With": "XMLHttpRequest"})
    assert answer.json()["success"]
    return answer


def test_an_upload_that_no_rule_holds_for(editor: Client, make_rule: Any) -> None:
    make_rule(min_width=32)
    send(editor)
    with asked() as queries:
        send(editor)
    assert queries == [READ_RULES, WRITE_FACTS]


def test_an_upload_that_a_rule_restores(editor: Client, make_rule: Any) -> None:
    make_rule(min_width=128)
    send(editor)
    with asked() as queries:
        send(editor)
    assert queries == [READ_RULES, WRITE_FACTS, WRITE_JOB]
    assert Job.objects.count() == 2


def test_templates_of_rules_take_one_query_however_many_they_are(editor: Client, make_rule: Any) -> None:
    for number in range(3):
        logo = template(Collection.get_first_root_node(), f"Logo {number}")
        make_rule(action="erase", min_width=None, template=logo)
    send(editor)
    with asked() as queries:
        send(editor)
    vouched = [READ_TEMPLATES, "SELECT rightsconfirmation"]  # who has said that the marks of that may go
    assert queries == [READ_RULES, READ_TEMPLATES, WRITE_FACTS, *vouched, WRITE_JOB]


def test_an_upload_that_is_refused(editor: Client, make_rule: Any) -> None:
    make_rule(action="refuse")
    with asked() as queries:
        editor.post(ADD, {"title": "Upload", "files[]": upload(64, 48)}, headers={"X-Requested-With": "XMLHttpRequest"})
    assert queries == [READ_RULES]


def test_the_edit_page_of_an_image_that_was_never_touched(editor: Client, image: Any) -> None:
    editor.get(f"/admin/images/{image.pk}/")
    with asked() as queries:
        editor.get(f"/admin/images/{image.pk}/")
    assert sorted(queries) == sorted([READ_FACTS, READ_JOBS])


@pytest.mark.parametrize("state", ["waiting", "running", "review", "failed", "kept"])
def test_the_edit_page_in_every_state(editor: Client, image: Any, job_in: Callable[..., Job], state: str) -> None:
    job_in(state)
    editor.get(f"/admin/images/{image.pk}/")
    with asked() as queries:
        editor.get(f"/admin/images/{image.pk}/")
    before = [READ_JOBS] if state == "waiting" else []  # how many have a turn before it
    assert sorted(queries) == sorted([READ_FACTS, READ_JOBS, *before])


def test_the_edit_page_with_an_earlier_file(editor: Client, published: Job) -> None:
    path = f"/admin/images/{published.object_id}/"
    editor.get(path)
    with asked() as queries:
        editor.get(path)
    assert sorted(queries) == sorted([READ_FACTS, READ_JOBS, READ_VERSIONS, READ_MAKERS])


@pytest.mark.parametrize("page", ["/admin/restore/report/", "/admin/restore/review/list/"])
def test_who_uploaded_the_images_of_a_list_is_asked_once(page: str) -> None:
    """Whoever may change their own images alone is compared with the uploader of each."""
    author = person("author", "use_restore", "view_job", images=("add", "choose"))
    client = browser(author)

    def count() -> int:
        client.get(page)  # makes the previews
        with CaptureQueriesContext(connection) as caught:
            assert "Picture" in client.get(page).text
        return len(caught)

    to_review(uploaded_by_user=author)
    few = count()
    for _ in range(5):
        to_review(uploaded_by_user=author)
    assert count() == few


def test_facts_that_are_there_already_are_no_obstacle_to_a_new_image(make_rule: Any) -> None:
    """As after a database was put together out of two: what is known is of another file."""
    make_rule(min_width=128)
    gone = make_image(200, 100)
    ImageFacts.objects.all().update(object_id=str(gone.pk + 1))
    image = make_image(64, 48)
    assert image.pk == gone.pk + 1
    facts = ImageFacts.objects.for_image(image).get()
    assert (facts.width, facts.file_name) == (64, image.file.name)
    assert Job.objects.for_image(image).count() == 1
