"""Before a watermark is removed, whoever asks confirms once that they may: at every door, in the log, on the Job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from django.utils.formats import date_format
from wagtail.images import get_image_model
from wagtail.models import ModelLogEntry

from tests.admin.conftest import browser, person, upload
from tests.admin.test_forms import chooser, edit
from tests.admin.test_painting import page_of, refused, said, send
from tests.admin.test_uploads import jobs_of, post, update, values_in
from wagtail_restore import jobs, rights
from wagtail_restore.conf import Settings
from wagtail_restore.imaging.planning import CleanUp, Plan, Step, Upscale, Wishes
from wagtail_restore.models import Job, RightsConfirmation

pytestmark = pytest.mark.django_db

OURS = "The pictures are ours."
IF_ANY = f"If a watermark is among these marks: {OURS}"
REFUSAL = "Confirm first that you may remove watermarks, or ask for something else. Nothing was removed."
HELD = "Watermarks stay in, because you have not confirmed that you may remove them; only date stamps are erased."
MARKS = Wishes(clean_up=CleanUp.MARKS)
DETECTED = Plan((Step("erase", params={"detect": ["date", "watermark"]}),))


@pytest.fixture(autouse=True)
def statement(settings: Any) -> str:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": OURS}
    return OURS


def ask(settings: Any, words: str) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": words}


def logged() -> list[tuple[str, str]]:
    entries = ModelLogEntry.objects.filter(action="wagtail_restore.confirm_rights")
    return [(entry.user.username, entry.data["statement"]) for entry in entries]


# — the forms —


def test_the_edit_page_asks_before_a_watermark_is_removed(editor: Client, image: Any) -> None:
    response = edit(editor, image, title="Renamed", restore_clean_up="marks")
    assert response.context["form"].errors == {"restore_clean_up": [REFUSAL]}
    assert (jobs_of(), logged()) == ([], [])
    page = response.content.decode()
    assert 'value="Renamed"' in page
    assert values_in(page)["restore_clean_up"] == "marks"
    assert OURS in page and 'name="restore_clean_up_rights"' in page


def test_what_was_confirmed_is_in_the_log_and_on_the_job(editor: Client, image: Any) -> None:
    edit(editor, image, restore_clean_up="marks", restore_clean_up_rights="on")
    assert jobs_of() == [("waiting", "edit", MARKS)]
    assert logged() == [("editor", OURS)]
    row, told = RightsConfirmation.objects.get(), Job.objects.get().rights
    assert told == {
        "user": str(row.user_id),
        "name": "editor",
        "at": row.confirmed_at.isoformat(),
        "statement": OURS,
    }


def test_one_is_asked_once(editor: Client, image: Any) -> None:
    edit(editor, image, restore_clean_up="marks", restore_clean_up_rights="on")
    page = editor.get(f"/admin/images/{image.pk}/").content.decode()
    assert "restore_clean_up_rights" not in page
    date = date_format(timezone.localtime(RightsConfirmation.objects.get().confirmed_at))
    assert f"You confirmed on {date}: “{OURS}”" in page
    edit(editor, image, restore_clean_up="text")
    assert [wishes for _, _, wishes in jobs_of()] == [MARKS, Wishes(clean_up=CleanUp.TEXT)]
    assert logged() == [("editor", OURS)]


def test_everybody_is_asked_for_themselves(editor: Client, image: Any) -> None:
    edit(editor, image, restore_clean_up="marks", restore_clean_up_rights="on")
    other = browser(person("other", "use_restore"))
    assert edit(other, image, restore_clean_up="text").context["form"].errors == {"restore_clean_up": [REFUSAL]}


def test_other_words_are_asked_again(editor: Client, image: Any, settings: Any) -> None:
    edit(editor, image, restore_clean_up="marks", restore_clean_up_rights="on")
    ask(settings, "The agency agrees.")
    response = edit(editor, image, restore_clean_up="text")
    assert response.context["form"].errors == {"restore_clean_up": [REFUSAL]}
    assert "The agency agrees." in response.content.decode()
    edit(editor, image, restore_clean_up="text", restore_clean_up_rights="on")
    assert sorted(logged()) == [("editor", "The agency agrees."), ("editor", OURS)]
    ask(settings, OURS)
    assert "restore_clean_up_rights" not in editor.get(f"/admin/images/{image.pk}/").content.decode()


def test_nobody_is_asked_who_leaves_watermarks_alone(editor: Client, image: Any) -> None:
    edit(editor, image, restore_clean_up="dates", restore_clean_up_rights="on")
    assert jobs_of() == [("waiting", "edit", Wishes(clean_up=CleanUp.DATES))]
    assert (logged(), Job.objects.get().rights) == ([], {})


def test_a_site_may_ask_nobody(editor: Client, image: Any, settings: Any) -> None:
    ask(settings, "")
    assert "restore_clean_up_rights" not in editor.get(f"/admin/images/{image.pk}/").content.decode()
    edit(editor, image, restore_clean_up="marks")
    assert jobs_of() == [("waiting", "edit", MARKS)]


def test_without_a_setting_there_are_words_of_our_own(editor: Client, image: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {k: v for k, v in settings.WAGTAIL_RESTORE.items() if k != "RIGHTS_STATEMENT"}
    page = editor.get(f"/admin/images/{image.pk}/").content.decode()
    assert vars(Settings)["RIGHTS_STATEMENT"] in page


def test_the_chooser_asks(editor: Client) -> None:
    answer = chooser(editor, restore_clean_up="marks")
    assert answer.json()["step"] == "reshow_creation_form"
    assert REFUSAL in answer.json()["htmlFragment"]
    assert not get_image_model().objects.exists()
    assert chooser(editor, restore_clean_up="marks", restore_clean_up_rights="on").json()["step"] == "chosen"
    assert jobs_of() == [("waiting", "upload", MARKS)]
    assert logged() == [("editor", OURS)]


def test_a_batch_is_asked_once_for_all_files(editor: Client) -> None:
    for _ in range(2):
        assert post(editor, restore_clean_up="marks", restore_clean_up_rights="on")["success"]
    assert jobs_of() == [("waiting", "upload", MARKS), ("waiting", "upload", MARKS)]
    assert logged() == [("editor", OURS)]
    assert [job.rights["name"] for job in Job.objects.all()] == ["editor", "editor"]


def test_a_file_of_an_unconfirmed_batch_is_stored_and_only_its_watermarks_stay(editor: Client) -> None:
    answer = post(editor, restore_clean_up="marks", restore_upscale="x2")
    assert get_image_model().objects.count() == 1
    assert jobs_of() == [("waiting", "upload", Wishes(CleanUp.DATES, Upscale.X2))]
    shown, prefix = values_in(answer["form"]), f"image-{answer['image_id']}"
    assert shown[f"{prefix}-restore_clean_up"] == "dates"
    assert shown[f"{prefix}-restore_upscale"] == "x2"
    assert HELD in answer["form"] and OURS in answer["form"]
    assert logged() == []


def test_a_duplicate_in_an_unconfirmed_batch_says_so_before_anybody_keeps_it(editor: Client) -> None:
    post(editor, file=upload(64, 48))
    answer = post(editor, file=upload(64, 48), restore_clean_up="marks")
    assert answer["duplicate"] is True
    assert HELD in answer["confirm_duplicate_upload"] and HELD in answer["form"]
    assert "restore-held" not in post(editor, file=upload(64, 48))["confirm_duplicate_upload"]


def test_below_a_file_of_an_unconfirmed_batch_the_confirmation_is_caught_up_on(editor: Client) -> None:
    answer = post(editor, restore_clean_up="marks")
    assert update(editor, answer, title="As it is")["success"]
    assert jobs_of() == [("waiting", "upload", Wishes(CleanUp.DATES))]
    assert REFUSAL in update(editor, answer, restore_clean_up="marks")["form"]
    assert update(editor, answer, restore_clean_up="marks", restore_clean_up_rights="on")["success"]
    assert [(state, wishes) for state, _, wishes in jobs_of()][1] == ("waiting", MARKS)
    assert logged() == [("editor", OURS)]


def test_all_text_without_the_confirmation_is_date_stamps(editor: Client) -> None:
    assert HELD in post(editor, restore_clean_up="text")["form"]
    assert jobs_of() == [("waiting", "upload", Wishes(CleanUp.DATES))]


def test_the_words_at_the_box_say_what_happens_without_it(editor: Client, image: Any) -> None:
    batch = editor.get("/admin/images/multiple/add/").content.decode()
    assert "Without it watermarks stay in; the pictures are stored, and all else is done." in batch
    assert (
        "With this choice nothing is saved until you confirm it."
        in editor.get(f"/admin/images/{image.pk}/").content.decode()
    )


def test_a_changed_mind_below_a_file_is_asked_too(editor: Client) -> None:
    answer = post(editor, restore_clean_up="dates")
    assert REFUSAL in update(editor, answer, restore_clean_up="marks")["form"]
    assert jobs_of() == [("waiting", "upload", Wishes(clean_up=CleanUp.DATES))]
    assert update(editor, answer, restore_clean_up="marks", restore_clean_up_rights="on")["success"]
    assert [(state, wishes) for state, _, wishes in jobs_of()][1] == ("waiting", MARKS)


# — Remove objects —


def test_remove_objects_asks_once(editor: Client, image: Any) -> None:
    assert IF_ANY in editor.get(page_of(image)).content.decode()
    assert refused(send(editor, image)) == (422, REFUSAL)
    assert send(editor, image, rights="on").status_code == 200
    assert Job.objects.get().rights["statement"] == IF_ANY
    jobs.cancel(Job.objects.get())
    page = editor.get(page_of(image)).content.decode()
    assert "You confirmed on" in page and f": “{IF_ANY}”" in page
    assert send(editor, image).status_code == 200
    assert logged() == [("editor", IF_ANY)]


def test_what_was_confirmed_of_some_marks_does_not_hold_for_whatever_is_found(
    editor: Client, editor_user: Any, image: Any
) -> None:
    send(editor, image, rights="on")
    jobs.cancel(Job.objects.get())
    assert rights.asked_of(editor_user).needed
    assert edit(editor, image, restore_clean_up="marks").context["form"].errors == {"restore_clean_up": [REFUSAL]}
    assert jobs.request(image, DETECTED, wishes=MARKS, by=editor_user).rights == {}
    jobs.cancel(Job.objects.get(state="waiting"))
    edit(editor, image, restore_clean_up="marks", restore_clean_up_rights="on")
    assert [job.rights.get("statement") for job in Job.objects.all()] == [OURS, None, IF_ANY]
    assert sorted(logged()) == [("editor", IF_ANY), ("editor", OURS)]


def test_what_was_confirmed_of_whatever_is_found_holds_for_some_marks(editor: Client, image: Any) -> None:
    edit(editor, image, restore_clean_up="marks", restore_clean_up_rights="on")
    jobs.cancel(Job.objects.get())
    page = editor.get(page_of(image)).content.decode()
    assert f": “{OURS}”" in page and "If a watermark" not in page
    assert send(editor, image).status_code == 200
    assert (Job.objects.first().rights["statement"], logged()) == (OURS, [("editor", OURS)])  # type: ignore[union-attr]


def test_the_words_are_kept_in_the_language_in_which_they_were_seen(
    editor: Client, editor_user: Any, image: Any
) -> None:
    with translation.override("de"):
        seen = rights.asked_of(editor_user, rights.Case.MARKS).statement
        rights.confirm(editor_user, rights.Case.MARKS)
    assert seen != IF_ANY and seen.startswith("Falls ") and seen.endswith(f": {OURS}")
    assert logged() == [("editor", seen)]
    assert not rights.asked_of(editor_user, rights.Case.MARKS).needed
    assert seen in editor.get(page_of(image)).content.decode()


# — what the detector was not sure of —

FOUND = [
    {"kind": kind, "box": [2, 2, 9, 9], "polygon": [[2, 2], [11, 2], [11, 11]], "text": "", "confidence": 0.4}
    for kind in ("date", "watermark")
]


@pytest.fixture
def proposed(image: Any, job_in: Callable[..., Job]) -> Job:
    """A Job that nobody confirmed anything for, under review with a date and a watermark."""
    job = job_in("review", result="", report={"regions": FOUND, "from": [64, 48]})
    job.changed(plan=DETECTED.to_json())
    return job


def decide(client: Client, job: Job, *chosen: int, **data: str) -> Any:
    return client.post(f"/admin/restore/job/{job.pk}/decide/", {"region": [str(index) for index in chosen], **data})


def test_a_proposed_watermark_is_not_removed_before_it_is_confirmed(editor: Client, proposed: Job) -> None:
    panel = editor.get(f"/admin/restore/image/{proposed.object_id}/").content.decode()
    assert IF_ANY in panel
    assert said(decide(editor, proposed, 0, 1)) == [REFUSAL]
    assert [job.state for job in Job.objects.all()] == ["review"]
    decide(editor, proposed, 0, 1, rights="on")
    further = Job.objects.get(state="waiting")
    assert (further.rights["statement"], logged()) == (IF_ANY, [("editor", IF_ANY)])


def test_a_proposed_date_needs_no_confirmation(editor: Client, proposed: Job) -> None:
    assert said(decide(editor, proposed, 0)) == ["The work goes on."]
    assert (Job.objects.get(state="waiting").rights, logged()) == ({}, [])


def test_what_was_confirmed_when_it_was_asked_for_is_not_asked_again(editor: Client, proposed: Job) -> None:
    confirmed = {"user": "7", "name": "gone", "at": "2026-01-02T03:04:05+00:00", "statement": OURS}
    proposed.changed(rights=confirmed)
    assert OURS not in editor.get(f"/admin/restore/image/{proposed.object_id}/").content.decode()
    assert said(decide(editor, proposed, 1)) == ["The work goes on."]
    assert Job.objects.get(state="waiting").rights == confirmed


# — where it is told —


def test_the_page_of_a_job_tells_who_confirmed_what(admin: Client, proposed: Job, settings: Any) -> None:
    settings.TIME_ZONE = "UTC"
    proposed.changed(rights={"user": "7", "name": "gone", "at": "2026-01-02T03:04:05+00:00", "statement": OURS})
    page = admin.get(f"/admin/restore/report/{proposed.pk}/").content.decode()
    assert f"Confirmed by gone, Jan. 2, 2026, 3:04 a.m.: “{OURS}”" in page


def test_the_site_history_tells_it(admin: Client, editor: Client, image: Any) -> None:
    edit(editor, image, restore_clean_up="marks", restore_clean_up_rights="on")
    history = admin.get("/admin/reports/site-history/").content.decode()
    assert "Confirmed the right to remove watermarks" in history
    assert OURS in history


def test_code_that_acts_for_nobody_is_asked_nothing() -> None:
    assert rights.asked_of(None) == rights.Asking()
    rights.require(None, confirms=False)
