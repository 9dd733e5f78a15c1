"""*Restore…* for many images: choices, what will happen, the Jobs, and who may ask."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail import hooks
from wagtail.images import get_image_model
from wagtail.models import GroupCollectionPermission

from tests.admin.conftest import browser, person
from wagtail_restore import jobs
from wagtail_restore.admin.bulk import running
from wagtail_restore.admin.bulk.carried import Account
from wagtail_restore.admin.bulk.restore import Cancel, Restore
from wagtail_restore.admin.bulk.results import GoBack, GoForth, Publish
from wagtail_restore.imaging.planning import CleanUp, Upscale, Wishes
from wagtail_restore.models import ImageFacts, Job, RightsConfirmation, State
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

DOUBLE = {"restore_clean_up": "off", "restore_upscale": "x2", "restore_model": "photo"}
RULE = {**DOUBLE, "restore_upscale": "rule"}


def choose_url(action: str = "restore_request") -> str:
    options = get_image_model()._meta
    return reverse("wagtail_bulk_action", args=[options.app_label, options.model_name, action])


def run_url(action: str = "restore_request") -> str:
    return f"/admin/restore/together/{action}/"


def words_of(response: Any) -> str:
    """What one reads on the page."""
    html = response.content.decode()
    main = re.sub(r"<(script|template|title)\b.*?</\1>", " ", html[html.index("<main") :], flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def posted(images: list[Any], **values: Any) -> dict[str, Any]:
    return {"images": ",".join(str(image.pk) for image in images), "next": "/admin/images/", **values}


def said(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", str(each)) for each in get_messages(response.wsgi_request))


def sealed(client: Client, images: list[Any], action: str = "restore_request") -> str:
    """These as confirmed by whoever is logged in, as the page that asks carries them; of results the Jobs are."""
    kind = next(each for each in (Restore, Cancel, Publish, GoBack, GoForth) if each.action_type == action)
    keys = [image.pk for image in images]
    if kind is Publish:
        keys = list(Job.objects.filter(object_id__in=[str(key) for key in keys]).values_list("pk", flat=True))
    return Account(keys).sealed(kind(asked_by(client), get_image_model()))


def asked_by(client: Client) -> Any:
    """A request of whoever is logged in."""
    request = RequestFactory().get("/")
    request.user = get_user(client)  # type: ignore[arg-type]
    return request


def run(client: Client, images: list[Any], action: str = "restore_request", **values: Any) -> Any:
    return client.post(run_url(action), {"account": sealed(client, images, action), "next": "/admin/images/", **values})


def hidden_in(page: str) -> dict[str, str]:
    """What the first form of the page carries along."""
    form = page[page.index("<main") :].partition("<form action=")[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


@pytest.fixture
def three(db: Any) -> list[Any]:
    return [make_image(64, 48, title=f"Harbour {number}") for number in range(3)]


def test_the_first_page_has_the_fields_of_an_images_own_form(editor: Client, three: list[Any]) -> None:
    page = editor.get(choose_url(), {"id": [image.pk for image in three], "next": "/admin/images/?p=1"})
    assert page.status_code == 200
    assert "3 images are selected." in words_of(page)
    html = page.content.decode()
    for name in ("restore_clean_up", "restore_upscale", "restore_upscale_width", "restore_model"):
        assert f'name="{name}"' in html
    assert 'value="/admin/images/?p=1"' in html


def test_before_anything_happens_it_is_told_what_would(editor: Client, three: list[Any]) -> None:
    page = words_of(editor.post(choose_url(), posted(three, **DOUBLE)))
    assert "3 images will be worked on." in page
    assert "Together they will have 0.0 megapixels." in page
    assert "Each result is published as soon as it is done, unless the worker is not sure of it." in page
    assert "How long it takes is not known yet" in page
    assert page.count("Upscale to 128 × 96 (as a photo)") == 3
    assert Job.objects.count() == 0


def test_the_time_is_what_this_site_has_needed(editor: Client, published: Job, three: list[Any]) -> None:
    published.changed(report={"seconds": 2.0}, result_width=1000, result_height=1000)
    ImageFacts.objects.update(width=5000, height=2000)
    page = words_of(editor.post(choose_url(), posted(three, **DOUBLE)))
    assert "Together they will have 120 megapixels. About 4 minutes on one worker" in page


def test_an_erasure_counts_with_the_size_of_the_picture(editor: Client, three: list[Any]) -> None:
    ImageFacts.objects.update(width=5000, height=2000)
    page = editor.post(choose_url(), posted(three, restore_clean_up="dates", restore_upscale="no"))
    assert "Together they will have 30.0 megapixels." in words_of(page)


def test_a_job_appears_for_each_image(editor: Client, editor_user: Any, three: list[Any], redis: Any) -> None:
    response = run(editor, three, **DOUBLE)
    assert response.url == "/admin/images/"
    assert said(response).strip().startswith("3 images wait for a worker now.")
    made = list(Job.objects.order_by("pk"))
    assert [job.object_id for job in made] == [str(image.pk) for image in three]
    assert {(job.state, job.origin, job.user, job.wished) for job in made} == {
        ("waiting", "listing", editor_user, Wishes(upscale=Upscale.X2, model="photo"))
    }


def test_they_go_to_the_queue_for_bulk_work(
    editor: Client, three: list[Any], redis: Any, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "BULK_RINGS": 2}
    with django_capture_on_commit_callbacks(execute=True):
        run(editor, three, **DOUBLE)
    assert redis.llen("rq:queue:restore-bulk") == 2
    assert redis.llen("rq:queue:restore") == 0


def test_what_is_left_out_is_told_with_its_reason(editor: Client, three: list[Any], job_in: Any, redis: Any) -> None:
    job_in("review")
    busy = get_image_model().objects.get(pk=int(Job.objects.get().object_id))
    moving, drawing = make_image(), make_image()
    ImageFacts.objects.filter(object_id=str(moving.pk)).update(frames=3)
    ImageFacts.objects.filter(object_id=str(drawing.pk)).update(format="SVG")
    images = [*three, busy, moving, drawing]
    page = words_of(editor.post(choose_url(), posted(images, **DOUBLE)))
    reasons = [
        "1 animation",
        "1 image that is being worked on, or under review, already",
        "1 vector drawing (SVG), which is sharp at any size",
    ]
    assert "3 images will be worked on." in page
    for reason in reasons:
        assert reason in page
    response = run(editor, images, **DOUBLE)
    assert f"3 images wait for a worker now. Left out: {', '.join(reasons)}." in said(response)


def test_what_the_confirmation_left_out_is_told_at_the_end_too(
    editor: Client, three: list[Any], job_in: Any, redis: Any
) -> None:
    job_in("review")
    page = editor.post(f"{choose_url()}?id=all", DOUBLE).content.decode()
    done = said(editor.post(run_url(), hidden_in(page)))
    assert "3 images wait for a worker now. Left out: 1 image that is being worked on" in done


def test_by_rule_takes_what_rules_for_the_library_ask_for(
    editor: Client, three: list[Any], make_rule: Callable[..., Any], redis: Any
) -> None:
    page = words_of(editor.post(choose_url(), posted(three, **RULE)))
    assert "There is nothing to do for these images." in page
    assert "3 images that no rule would enlarge" in page
    assert "Yes, restore" not in page
    rule = make_rule(min_width=100, applies_to="backfill", name="Wide enough")
    large = make_image(200, 100)
    refused = make_image(64, 48)
    job = run(editor, [refused], **DOUBLE) and Job.objects.get()
    job.changed(state=State.DISCARDED, open_key=None)
    response = run(editor, [*three, large, refused], **RULE)
    assert "3 images wait" in said(response)
    assert "1 image that no rule would enlarge, 1 image whose result somebody took back or discarded" in said(response)
    assert {each.rule for each in Job.objects.filter(state="waiting")} == {rule}


def test_what_failed_can_be_asked_for_again_by_rule(
    editor: Client, make_rule: Any, image: Any, job_in: Any, redis: Any
) -> None:
    make_rule(min_width=100, applies_to="backfill")
    job_in("failed")
    run(editor, [image], **RULE)
    assert Job.objects.filter(state="waiting").count() == 1


def test_a_choice_that_would_do_nothing_is_refused(editor: Client, three: list[Any]) -> None:
    page = editor.post(choose_url(), posted(three, **{**DOUBLE, "restore_upscale": "no"}))
    assert "Choose what is to be done: as it is, nothing would be." in words_of(page)
    assert "3 images are selected." in words_of(page)


def test_no_selection_is_told_as_such(editor: Client, db: Any) -> None:
    for action in ("restore_request", "restore_publish", "restore_go_back"):
        page = words_of(editor.get(choose_url(action)))
        assert "No image is selected." in page
        assert "Yes," not in page


def test_one_can_go_back_to_the_choices(editor: Client, three: list[Any]) -> None:
    page = editor.post(choose_url(), posted(three, change="", **DOUBLE)).content.decode()
    assert re.search(r'<option value="x2" selected', page)


@pytest.fixture
def stated(settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": "The pictures are ours."}


def test_the_rights_are_asked_for_where_watermarks_would_go(
    editor: Client, editor_user: Any, three: list[Any], stated: None, redis: Any
) -> None:
    marks = {**DOUBLE, "restore_clean_up": "marks", "restore_upscale": "no"}
    page = editor.post(choose_url(), posted(three, **marks))
    assert "Confirm first that you may remove watermarks" in words_of(page)
    response = run(editor, three, **marks)
    assert "Confirm first that you may remove watermarks" in words_of(response)
    assert Job.objects.count() == RightsConfirmation.objects.count() == 0

    confirmed = {**marks, "restore_clean_up_rights": "on"}
    page = editor.post(choose_url(), posted(three, **confirmed))
    assert 'name="restore_clean_up_rights" value="on"' in page.content.decode()
    assert RightsConfirmation.objects.count() == 0
    run(editor, three, **confirmed)
    assert [row.user for row in RightsConfirmation.objects.all()] == [editor_user]
    assert {job.rights["statement"] for job in Job.objects.all()} == {"The pictures are ours."}
    assert {job.wished.clean_up for job in Job.objects.all()} == {CleanUp.MARKS}


def test_only_who_may_ask_for_restoration_may(plain: Client, three: list[Any]) -> None:
    for response in (plain.get(choose_url(), {"id": three[0].pk}), run(plain, three, **DOUBLE)):
        assert response.status_code == 302
        assert response.url == reverse("wagtailadmin_home")
    assert Job.objects.count() == 0
    assert "restore-not-offered" in plain.get("/admin/images/").content.decode()


def test_images_that_one_may_not_change_are_left_out(db: Any, news: Any, three: list[Any], redis: Any) -> None:
    user = person("reporter", "use_restore")
    GroupCollectionPermission.objects.filter(group__name="reporter").update(collection=news)
    theirs = make_image(collection=news)
    response = run(browser(user), [*three, theirs], **DOUBLE)
    assert "1 image waits for a worker now. Left out: 3 images that you may not change." in said(response)
    assert [job.object_id for job in Job.objects.all()] == [str(theirs.pk)]


def test_images_that_are_gone_are_left_out(editor: Client, three: list[Any], redis: Any) -> None:
    three[0].__class__.objects.filter(pk=three[0].pk).delete()
    assert "2 images wait" in said(run(editor, three, **DOUBLE))


def test_the_anonymous_are_sent_to_the_login(client: Client, three: list[Any]) -> None:
    assert "/login/" in run(client, three, **DOUBLE).url


def test_what_was_asked_for_can_be_cancelled(editor: Client, three: list[Any], redis: Any) -> None:
    response = run(editor, three, **DOUBLE)
    address = re.search(r'href="([^"]*restore_cancel[^"]*)"', str(next(iter(get_messages(response.wsgi_request)))))
    assert address is not None
    page = editor.get(address[1].replace("&amp;", "&"))
    assert "The work on 3 images will be cancelled." in words_of(page)
    assert page.content.decode().count('name="next" value="/admin/images/"') == 1
    response = run(editor, three, "restore_cancel")
    assert "The work on 3 images is being cancelled." in said(response)
    assert {job.state for job in Job.objects.all()} == {"cancelled"}
    assert "3 images that are not being worked on" in said(run(editor, three, "restore_cancel"))


def test_all_in_the_listing_are_those_of_its_filters(editor: Client, three: list[Any], make_rule: Any) -> None:
    make_image(title="Bridge")
    jobs.request(three[0], jobs_plan(), wishes=Wishes())
    for query, count in (({}, 4), ({"q": "harbour"}, 3), ({"restore": "working"}, 1), ({"restore": "failed"}, "No")):
        page = words_of(editor.get(choose_url(), {"id": "all", **query}))
        assert f"{count} image" in page


def jobs_plan() -> Any:
    from tests.admin.conftest import DOUBLE as PLAN

    return PLAN


def test_all_in_a_collection(editor: Client, three: list[Any], news: Any) -> None:
    make_image(collection=news)
    assert "1 image is selected." in words_of(editor.get(choose_url(), {"id": "all", "childOf": news.pk}))


def test_the_queries_do_not_grow_with_the_images(editor: Client, make_rule: Any) -> None:
    make_rule(min_width=100, applies_to="backfill")

    def asked(count: int) -> int:
        for _ in range(count):
            make_image()
        with CaptureQueriesContext(connection) as queries:
            editor.post(f"{choose_url()}?id=all", RULE)
        return len(queries)

    assert asked(2) == asked(10)


def test_the_rest_is_done_by_further_requests(
    editor: Client, three: list[Any], monkeypatch: pytest.MonkeyPatch, redis: Any
) -> None:
    monkeypatch.setattr(running, "SECONDS", -1)
    page = run(editor, three, **DOUBLE)
    for done in (1, 2):
        assert f"{done} of 3 images are done." in words_of(page)
        hidden = hidden_in(page.content.decode())
        assert hidden["restore_upscale"] == "x2"
        assert Job.objects.count() == done
        page = response = editor.post(run_url(), hidden)
    assert "3 images wait for a worker now." in said(response)
    assert Job.objects.count() == 3


def test_a_forged_account_is_refused(editor: Client, three: list[Any]) -> None:
    assert run(editor, three, account="forged", **DOUBLE).status_code == 404
    assert run(editor, three, account=sealed(editor, three, "restore_cancel"), **DOUBLE).status_code == 404
    assert editor.post(run_url("restore_everything"), posted(three)).status_code == 404
    assert editor.post(run_url(), posted(three, **DOUBLE)).status_code == 404
    assert editor.post(run_url(), {"images": "one,two"}).status_code == 404


def test_the_hooks_of_the_site_are_asked(editor: Client, three: list[Any], redis: Any) -> None:
    from django.http import HttpResponse

    seen = []

    def before(request: Any, action_type: str, objects: list[Any], action: Any) -> Any:
        seen.append((action_type, len(objects)))
        return HttpResponse("no") if len(objects) > 2 else None

    with hooks.register_temporarily([("before_bulk_action", before), ("after_bulk_action", before)]):
        assert run(editor, three, **DOUBLE).content == b"no"
        assert Job.objects.count() == 0
        run(editor, three[:2], **DOUBLE)
    assert seen == [("restore_request", 3), ("restore_request", 2), ("restore_request", 2)]
    assert Job.objects.count() == 2
