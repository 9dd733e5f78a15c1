"""The queue of what awaits a decision: whose it is, in which order, in which part, and with which index."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import connection
from django.http import QueryDict
from django.test import RequestFactory
from wagtail.images import get_image_model
from wagtail.models import Collection, GroupCollectionPermission

from tests.admin.conftest import DOUBLE, REPORT, person
from wagtail_restore import jobs, swap, worker
from wagtail_restore.admin.reviewing import REASONS, after, asked_for, kept, place_of
from wagtail_restore.deciding import waiting_for
from wagtail_restore.imaging import deciding
from wagtail_restore.imaging.planning import Mode, Note, Plan, Step, Wishes
from wagtail_restore.models import Job, State
from wagtail_restore.testing import make_image, make_picture

pytestmark = pytest.mark.django_db

ERASE = Plan((Step("erase", "auto", {"detect": ["date", "watermark"]}),))
REGIONS = [
    {"kind": "date", "box": [1, 2, 3, 4], "polygon": [[1, 2], [4, 2], [4, 6]], "text": "1998", "confidence": 0.5},
    {"kind": "text", "box": [9, 9, 3, 4], "polygon": [[9, 9], [12, 9], [12, 13]], "text": "Café", "confidence": 0.4},
]


def to_review(title: str = "Picture", why: str = "review_asked", by: Any = None, **fields: Any) -> Job:
    """A new image with a Result under review; with ``regions``, marks to decide on instead."""
    regions, rule = fields.pop("regions", None), fields.pop("rule", None)
    image = make_image(title=title, **fields)
    asked = jobs.request(image, ERASE if regions else DOUBLE, wishes=Wishes(), by=by, origin="upload", rule=rule)
    job = jobs.claim(asked.pk, "worker-1")
    assert job is not None
    made: dict[str, Any] = {"report": {"from": [64, 48], "regions": regions}} if regions else {"report": REPORT}
    if not regions:
        made["result"] = swap.store_private(image, f"results/{job.pk}.jpg", ContentFile(make_picture(128, 96)))
        made |= {"result_width": 128, "result_height": 96}
    jobs.finish(job, State.REVIEW, Note(why), **made)
    return Job.objects.get(pk=job.pk)


def in_collection(name: str, collection: Collection, *rights: str) -> Any:
    """Somebody who may ask for restoration, and has these rights on the images of one collection alone."""
    user = person(name, "use_restore", images=())
    group = Group.objects.get(name=name)
    for right in rights:
        permission = Permission.objects.get(codename=f"{right}_image", content_type__app_label="wagtailimages")
        GroupCollectionPermission.objects.create(group=group, collection=collection, permission=permission)
    return user


def titles(rows: Any) -> list[str]:
    return [job.image_title for job in rows]


def test_it_holds_what_is_under_review_the_oldest_first(editor_user: Any, job_in: Callable[..., Job]) -> None:
    job_in("failed")
    to_review("Harbour")
    to_review("Market", regions=REGIONS)
    assert titles(waiting_for(editor_user)) == ["Harbour", "Market"]


def test_each_has_a_queue_of_the_images_they_may_change(editor_user: Any, news: Collection) -> None:
    to_review("Elsewhere")
    to_review("In News", collection=news)
    to_review("In Sport", collection=news.add_child(name="Sport"))
    reporter = in_collection("reporter", news, "change")
    assert titles(waiting_for(editor_user)) == ["Elsewhere", "In News", "In Sport"]
    assert titles(waiting_for(reporter)) == ["In News", "In Sport"]
    assert titles(waiting_for(person("stranger", "use_restore", images=()))) == []


def test_who_may_only_add_has_their_own(news: Collection) -> None:
    author = in_collection("author", news, "add")
    to_review("Theirs", collection=news)
    to_review("Mine", collection=news, uploaded_by_user=author)
    assert titles(waiting_for(author)) == ["Mine"]


def test_what_has_no_image_any_more_is_not_in_it(editor_user: Any) -> None:
    job = to_review("Gone")
    get_image_model().objects.filter(pk=job.object_id)._raw_delete("default")
    assert titles(waiting_for(editor_user)) == []


def test_the_place_of_one_in_the_queue(editor_user: Any) -> None:
    first, second, third = to_review("1"), to_review("2"), to_review("3")
    place = place_of(second, waiting_for(editor_user))
    assert (place.number, place.total, place.earlier, place.later) == (2, 3, first.pk, third.pk)
    assert place.following == [third]
    last = place_of(third, waiting_for(editor_user))
    assert (last.number, last.earlier, last.later, last.following) == (3, second.pk, None, [])


def test_after_the_last_comes_the_first_that_is_left(editor_user: Any) -> None:
    first, second = to_review("1"), to_review("2")
    rows = waiting_for(editor_user)
    assert after(first.pk, rows) == second.pk
    assert after(second.pk, rows) == first.pk
    assert after(first.pk, rows.none()) is None


def part(user: Any, **query: Any) -> list[str]:
    request = RequestFactory().get("/", query)
    request.user = user
    return titles(asked_for(request))


def test_a_part_of_it_is_chosen(editor_user: Any, news: Collection, make_rule: Callable[..., Any]) -> None:
    rule = make_rule(active=False)
    to_review("Plain")
    to_review("Ruled", rule=rule.pk)
    to_review("Doubtful", "unsure", collection=news.add_child(name="Sport"), regions=REGIONS)
    assert part(editor_user, reason="unsure") == ["Doubtful"]
    assert part(editor_user, rule=rule.pk) == ["Ruled"]
    assert part(editor_user, collection=news.pk) == ["Doubtful"]
    assert part(editor_user, collection=news.pk, reason="review_asked") == []
    assert part(editor_user, page="2", next="/") == ["Plain", "Ruled", "Doubtful"]


def test_only_what_chooses_a_part_is_carried_along() -> None:
    assert kept(QueryDict("rule=3&p=2&collection=&next=/x/&reason=unsure")) == "rule=3&reason=unsure"
    assert kept(QueryDict("p=2")) == ""


def test_every_reason_for_a_review_can_be_chosen() -> None:
    by_rule = Step("erase", reason=Note("by_rule", {"rule": "Stamps", "review": True}))
    plans = (Plan((by_rule,)), Plan((Step("upscale"),), Mode.CREATIVE), Plan((Step("upscale"),)))
    of_plans = {deciding.review_of(plan).code for plan in plans}
    assert of_plans == {"review_by_rule", "review_creative", "review_asked"}
    of_results = {"unsure", "on_face", "not_faithful_enough", "much_text"}
    assert set(re.findall(r'Note\("(\w+)"', inspect.getsource(worker.check))) == of_results
    assert {code for code, _ in REASONS} == of_plans | of_results


def test_the_rows_are_found_by_an_index_and_each_image_by_its_key(editor_user: Any) -> None:
    kind = ContentType.objects.get_for_model(get_image_model())
    rows = [Job(content_type=kind, object_id=str(number), state=State.KEPT) for number in range(500)]
    Job.objects.bulk_create(rows)
    to_review("One")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    plan = waiting_for(editor_user)[:50].explain()
    assert "restore_job_" in plan
    if connection.vendor == "sqlite":
        assert "SEARCH" in plan
        assert "SCAN wagtail_restore_job" not in plan
