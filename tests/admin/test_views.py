"""The buttons of the panel: who may press them, what they do, and what is said when it cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.db.models.signals import post_save
from django.test import Client
from django.urls import reverse
from wagtail.images import get_image_model

from tests.admin.conftest import browser, person
from wagtail_restore.models import Job, Retired, Version

pytestmark = pytest.mark.django_db

MakeJob = Callable[..., Job]
BUTTONS = {
    "cancel": ("waiting", "cancelled", "The work is being cancelled."),
    "retry": ("failed", "failed", "The work is tried again."),
    "publish": ("review", "published", "Published. The restored picture is shown wherever the image is used."),
    "discard": ("review", "discarded", "The result was discarded."),
}


def said(response: Any) -> list[str]:
    return [str(message).strip() for message in get_messages(response.wsgi_request)]


def press(client: Client, button: str, job: Job, **data: Any) -> Any:
    return client.post(reverse(f"wagtail_restore:{button}", args=[job.pk]), data)


@pytest.mark.parametrize("button", BUTTONS)
def test_a_button_does_what_it_says_and_leads_back_to_the_image(editor: Client, job_in: MakeJob, button: str) -> None:
    before, after, sentence = BUTTONS[button]
    job = job_in(before)
    response = press(editor, button, job)
    assert response["Location"] == f"/admin/images/{job.object_id}/"
    (told,) = said(response)
    assert told.partition("<")[0].strip() == sentence
    assert ("Undo" in told) == (button == "publish")
    assert Job.objects.get(pk=job.pk).state == after


@pytest.mark.parametrize("button", BUTTONS)
@pytest.mark.parametrize("who", ["plain", "stranger"])
def test_a_button_needs_both_rights(request: Any, job_in: MakeJob, button: str, who: str) -> None:
    before, _, _ = BUTTONS[button]
    job = job_in(before)
    response = press(request.getfixturevalue(who), button, job)
    assert (response.status_code, response["Location"]) == (302, "/admin/")
    assert "Sorry, you do not have permission to access this area." in said(response)[0]
    assert Job.objects.get(pk=job.pk).state == before


@pytest.mark.parametrize("button", [*BUTTONS, "decide"])
def test_a_button_is_nothing_for_a_link(editor: Client, job_in: MakeJob, button: str) -> None:
    job = job_in("waiting")
    assert editor.get(reverse(f"wagtail_restore:{button}", args=[job.pk])).status_code == 405


@pytest.mark.parametrize("button", [*BUTTONS, "decide"])
def test_a_button_needs_a_login_and_a_token(editor_user: Any, job_in: MakeJob, button: str) -> None:
    job = job_in("waiting")
    assert press(Client(), button, job)["Location"].startswith("/admin/login/")
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(editor_user)
    assert press(careful, button, job).status_code == 403
    assert Job.objects.get(pk=job.pk).state == "waiting"


@pytest.mark.parametrize("button", [*BUTTONS, "decide"])
def test_what_has_changed_meanwhile_is_told(editor: Client, job_in: MakeJob, button: str) -> None:
    response = press(editor, button, job_in("kept"))
    assert said(response) == ["This has changed meanwhile. Look at where it stands now."]


def test_the_owner_of_an_image_may_press_and_another_may_not(image: Any, job_in: MakeJob) -> None:
    owner = person("owner", "use_restore", images=("add",))
    other = person("other", "use_restore", images=("add",))
    get_image_model().objects.filter(pk=image.pk).update(uploaded_by_user=owner)
    job = job_in("waiting")
    press(browser(other), "cancel", job)
    assert Job.objects.get(pk=job.pk).state == "waiting"
    press(browser(owner), "cancel", job)
    assert Job.objects.get(pk=job.pk).state == "cancelled"


def test_an_error_of_the_swap_is_a_sentence(editor: Client, image: Any, job_in: MakeJob) -> None:
    job = job_in("review")
    job.result.storage.delete(job.result.name)
    response = press(editor, "publish", job)
    assert said(response) == ["A file could not be read or written. Try again in a while."]
    assert editor.get(response["Location"]).status_code == 200


def test_a_replaced_file_is_told(editor: Client, image: Any, job_in: MakeJob) -> None:
    job = job_in("review")
    get_image_model().objects.filter(pk=image.pk).update(file="original_images/another.jpg")
    (sentence,) = said(press(editor, "publish", job))
    assert "replaced" in sentence


@pytest.mark.parametrize("button", [*BUTTONS, "decide"])
def test_there_is_no_button_for_a_deleted_image(editor: Client, image: Any, job_in: MakeJob, button: str) -> None:
    job = job_in("waiting")
    get_image_model().objects.filter(pk=image.pk)._raw_delete("default")
    assert press(editor, button, job).status_code == 404


def test_going_back(editor: Client, image: Any, published: Job) -> None:
    response = editor.post(reverse("wagtail_restore:go_back", args=[Version.objects.get().pk]))
    (told,) = said(response)
    assert told.startswith("Every page shows this version now: As uploaded.")
    assert get_image_model().objects.get(pk=image.pk).width == 64
    back = reverse("wagtail_restore:go_back", args=[Version.objects.get(width=128).pk])
    assert f'data-w-action-url-value="{back}"' in told
    editor.post(back)
    assert get_image_model().objects.get(pk=image.pk).width == 128


def test_whoever_comes_from_the_image_is_not_led_to_it(editor: Client, image: Any, published: Job) -> None:
    address = f"/admin/images/{image.pk}/"
    back = reverse("wagtail_restore:go_back", args=[Version.objects.get().pk])
    response = editor.post(back, {"next": f"http://testserver{address}"})
    assert response["Location"] == address
    (told,) = said(response)
    assert told.startswith("Every page shows this version now")
    assert "Show the image" not in told


def test_what_is_not_kept_cannot_be_undone(editor: Client, job_in: MakeJob, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "KEEP_VERSIONS_DAYS": 0}
    assert said(press(editor, "publish", job_in("review"))) == [BUTTONS["publish"][2]]


@pytest.mark.parametrize("who", ["plain", "stranger"])
def test_going_back_needs_both_rights(request: Any, image: Any, published: Job, who: str) -> None:
    client = request.getfixturevalue(who)
    assert client.post(reverse("wagtail_restore:go_back", args=[Version.objects.get().pk]))["Location"] == "/admin/"
    assert get_image_model().objects.get(pk=image.pk).width == 128


def test_deciding_with_no_mark_and_nothing_else_to_do(editor: Client, job_in: MakeJob) -> None:
    region = {"kind": "date", "box": [0, 0, 1, 1], "polygon": [], "text": "", "confidence": 0.1}
    plan = {"mode": "strict", "review": False, "steps": [{"kind": "erase", "model": "auto"}]}
    plan["steps"][0] |= {"params": {"detect": ["date"]}, "reason": {"code": "wished", "params": {}}}  # type: ignore[index]
    job = job_in("review", report={"regions": [region]})
    job.changed(plan=plan, result="")
    assert said(press(editor, "decide", job)) == ["Nothing is erased; the image stays as it is."]
    assert Job.objects.get(pk=job.pk).state == "discarded"


def test_deciding_goes_on_with_the_rest(editor: Client, job_in: MakeJob) -> None:
    region = {"kind": "date", "box": [0, 0, 1, 1], "polygon": [], "text": "", "confidence": 0.1}
    job = job_in("review", report={"regions": [region]}, result="")
    assert said(press(editor, "decide", job, region=["0", "x", "-1", "9" * 5000])) == ["The work goes on."]


@pytest.mark.parametrize("button", ["publish", "discard", "decide"])
@pytest.mark.parametrize("state", ["waiting", "running"])
def test_nothing_is_decided_that_is_not_under_review(editor: Client, job_in: MakeJob, button: str, state: str) -> None:
    job = job_in(state)
    assert said(press(editor, button, job)) == ["This has changed meanwhile. Look at where it stands now."]
    assert Job.objects.get(pk=job.pk).state == state


def test_a_result_is_not_taken_for_marks_to_choose_from(editor: Client, job_in: MakeJob) -> None:
    job = job_in("review")
    assert said(press(editor, "decide", job)) == ["This has changed meanwhile. Look at where it stands now."]
    assert list(Job.objects.values_list("state", flat=True)) == ["review"]


@pytest.mark.django_db(transaction=True)
def test_a_swap_is_never_part_of_a_transaction_around_the_whole_request(
    editor: Client, job_in: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_in("review")
    within: list[bool] = []

    def hear(instance: Retired, created: bool, **kwargs: Any) -> None:
        if created and instance.intent:
            within.append(connection.in_atomic_block)

    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    post_save.connect(hear, sender=Retired)
    try:
        assert said(press(editor, "publish", job))[0].startswith(BUTTONS["publish"][2])
        version = Version.objects.get()
        editor.post(reverse("wagtail_restore:go_back", args=[version.pk]))
    finally:
        post_save.disconnect(hear, sender=Retired)
    assert Job.objects.get(pk=job.pk).state == "withdrawn"
    assert within and not any(within)
