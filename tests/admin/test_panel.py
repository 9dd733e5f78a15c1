"""The Restoration panel on the edit page, in every state."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.admin.conftest import REPORT, upload
from tests.admin.test_attention import sign
from wagtail_restore import jobs
from wagtail_restore.imaging.planning import CleanUp, Mode, Note, Plan, Step, Wishes
from wagtail_restore.models import Job, State, Version, WorkerSign
from wagtail_restore.testing import make_image, make_picture

pytestmark = pytest.mark.django_db

MakeJob = Callable[..., Job]


def panel(client: Client, image: Any) -> str:
    """The panel's HTML, or nothing."""
    page = client.get(f"/admin/images/{image.pk}/").content.decode()
    found = re.search(r'<section[^>]* id="restoration-section".*?</section>', page, re.S)
    return found[0] if found else ""


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def buttons(html: str) -> list[str]:
    found = re.findall(r'<button type="submit"[^>]*>(.*?)</button>', html, re.S)
    return [button.strip() for button in found]


def test_where_nothing_was_ever_asked_the_panel_only_offers_what_can_be_done(
    editor: Client, plain: Client, image: Any
) -> None:
    assert words(panel(editor, image)) == "Restoration Restore… Remove objects"
    assert panel(plain, image) == ""


@pytest.mark.parametrize(
    ("state", "sentence", "pressable"),
    [
        ("waiting", "Waiting Waiting for a worker. Upscale to 128 × 96. Asked for by admin.", ["Cancel"]),
        ("running", "Working Upscaling, 42% Upscale to 128 × 96. Asked for by admin.", ["Cancel"]),
        ("review", "Under review Somebody should look at this before it is published.", ["Publish", "Discard"]),
        ("published", "Published Done. The restored picture is shown wherever the image is used.", []),
        ("kept", "Nothing to do There was nothing to do. The file was left as it is.", []),
        ("skipped", "Skipped This file was left as it is.", []),
        ("failed", "Failed The worker ran out of memory.", ["Try again"]),
        ("cancelled", "Cancelled Cancelled. The image is as it was.", []),
        ("superseded", "Superseded The file was replaced meanwhile, so this work was dropped.", []),
        ("discarded", "Discarded The result was discarded. The image is as it was.", []),
    ],
)
def test_each_state_has_its_words_and_buttons(
    editor: Client, image: Any, job_in: MakeJob, state: str, sentence: str, pressable: list[str]
) -> None:
    job_in(state)
    html = panel(editor, image)
    assert sentence in words(html)
    assert buttons(html) == pressable


def test_buttons_post_with_a_token(editor: Client, image: Any, job_in: MakeJob) -> None:
    job = job_in("waiting")
    html = panel(editor, image)
    assert f'<form action="/admin/restore/job/{job.pk}/cancel/" method="post">' in html
    assert "csrfmiddlewaretoken" in html


def test_without_the_permission_there_are_words_and_no_buttons(plain: Client, image: Any, job_in: MakeJob) -> None:
    job_in("waiting")
    html = panel(plain, image)
    assert "Waiting for a worker." in html
    assert buttons(html) == []


def test_what_was_done_is_told(editor: Client, image: Any, published: Job) -> None:
    told = words(panel(editor, image))
    assert "Upscaling with the model “compact-x2”" in told
    assert "Size 64 × 48 → 128 × 96" in told
    assert "Time 1.5 seconds (cpu)" in told
    assert "Consistency 38.2 dB" in told
    assert "Printing colours (CMYK) were converted to screen colours (sRGB)." in told


def test_what_each_network_did_is_told(editor: Client, image: Any, job_in: MakeJob) -> None:
    upscale = {"kind": "upscale", "outcome": "done", "model": "line-x2", "models": ["line-x2", "line-x2", "line-x4"]}
    steps = [
        {"kind": "denoise", "outcome": "done", "model": "fbcnn", "models": ["fbcnn"], "strength": 1.0},
        {"kind": "face", "outcome": "done", "model": "gfpgan", "faces": 2, "left": {"small": 3, "turned": 1}},
        {**upscale, "content": "line", "strength": 0.6},
    ]
    job_in("published", report={**REPORT, "steps": steps})
    told = words(panel(editor, image))
    assert "Repairing with the model “fbcnn” Rebuilding faces" in told
    left = "4 faces left as they are: too small (3), turned to the side (1)"
    assert f"Rebuilding faces 2 faces; {left}; with the model “gfpgan” Upscaling" in told
    assert "Upscaling as line art; with the model “line-x2 + line-x4”; 60% strength Size" in told


def test_faces_that_were_not_found_or_not_redrawn_are_told(editor: Client, image: Any, job_in: MakeJob) -> None:
    steps = [
        {"kind": "face", "outcome": "no_faces", "found": 0, "faces": 0, "left": {}},
        {"kind": "face", "outcome": "faces_left", "found": 1, "faces": 0, "left": {"unsure": 1}},
        {"kind": "upscale", "outcome": "large_enough"},
    ]
    job_in("published", report={**REPORT, "steps": steps})
    told = words(panel(editor, image))
    assert "Rebuilding faces nothing was found Rebuilding faces one face left as it is: not surely a face (1)" in told
    assert "Upscaling the picture was large enough already" in told


def test_what_was_asked_is_told_until_it_is_done(editor: Client, image: Any, job_in: MakeJob) -> None:
    job = job_in("waiting")
    size = {"width": 128, "height": 96, "strength": 0.6}
    plan = Plan((Step("denoise", "jpeg"), Step("face"), Step("upscale", "line", size)), Mode.CREATIVE)
    job.changed(plan=plan.to_json())
    told = words(panel(editor, image))
    assert "Repair traces of JPEG compression. Asked for by admin. Rebuild faces. Asked for" in told
    assert "Upscale to 128 × 96 (as line art, 60% strength). Asked for by admin." in told


def test_cleaning_that_found_nothing_says_so(editor: Client, image: Any, job_in: MakeJob) -> None:
    steps = [{"kind": "erase", "outcome": "nothing_found", "regions": []}]
    job_in("published", report={**REPORT, "steps": steps})
    assert "Cleaning up nothing was found" in words(panel(editor, image))


def test_the_result_under_review_is_compared_with_the_picture(editor: Client, image: Any, job_in: MakeJob) -> None:
    job = job_in("review")
    html = panel(editor, image)
    assert f'src="/admin/restore/job/{job.pk}/result/"' in html
    assert 'type="range"' in html
    assert 'alt="Before"' in html and 'alt="After"' in html
    assert 'aria-label="How much of the picture before the restoration is shown"' in html


def test_marks_that_wait_for_a_decision_are_drawn_and_listed(editor: Client, image: Any, job_in: MakeJob) -> None:
    region = {"kind": "date", "box": [40, 40, 20, 6], "polygon": [[40, 40], [60, 40], [60, 46], [40, 46]]}
    region |= {"text": "1998 <7> 12", "confidence": 0.541}
    job = job_in("review", report={"regions": [region], "from": [64, 48], "steps": []}, result="")
    Job.objects.filter(pk=job.pk).update(reason=Note("unsure", {"count": 1}).to_json())
    html = panel(editor, image)
    assert '<svg viewBox="0 0 64 48"' in html
    assert 'points="40,40 60,40 60,46 40,46"' in html
    assert "Date stamp “1998 &lt;7&gt; 12”" in words(html)
    assert "54% sure" in words(html)
    assert buttons(html) == ["Erase the chosen (1)"]
    assert '<svg x="62.5%" y="83.33%"' in html


def test_a_mark_on_a_face_is_not_ticked_unasked(editor: Client, image: Any, job_in: MakeJob) -> None:
    region = {
        "kind": "date",
        "box": [0, 40, 20, 6],
        "polygon": [[0, 40], [20, 40], [20, 46]],
        "text": "",
        "on_face": True,
    }
    report = {"regions": [{**region, "confidence": 0.9}], "from": [64, 48], "steps": []}
    job_in("review", report=report, result="")
    html = panel(editor, image)
    assert 'name="region" value="0" data-' in " ".join(html.split())
    assert 'class="restore-region--left"' in html
    assert "lies over a face" in words(html)
    assert buttons(html) == ["Erase nothing"]


@pytest.mark.parametrize(("box", "start"), [([40, 0, 8, 8], 69), ([0, 0, 2, 2], 5), (None, 50)])
def test_the_comparison_begins_where_something_was_erased(
    editor: Client, image: Any, job_in: MakeJob, box: list[int] | None, start: int
) -> None:
    steps = [{"kind": "erase", "outcome": "done", "box": box}]
    job_in("review", report={**REPORT, "steps": steps})
    assert f'value="{start}"' in panel(editor, image)


def test_the_request_that_waits_behind_is_told(editor: Client, image: Any, job_in: MakeJob) -> None:
    job_in("running")
    plan = Plan((Step("erase", "auto", {"detect": ["date", "watermark"]}),))
    waiting = jobs.request(image, plan, wishes=Wishes(clean_up=CleanUp.MARKS))
    html = panel(editor, image)
    assert "Another request waits until this one is over: Clean up: date stamps, watermarks." in words(html)
    assert buttons(html) == ["Cancel", "Cancel the waiting request"]
    assert f"/admin/restore/job/{waiting.pk}/cancel/" in html


def test_a_job_that_is_tried_again_by_itself_says_why(editor: Client, image: Any, job_in: MakeJob) -> None:
    job_in("waiting", reason=Note("storage_failed").to_json())
    assert "Try again in a while. It is tried again by itself." in words(panel(editor, image))


def test_a_job_that_waits_while_no_worker_runs_says_so(editor: Client, image: Any, job_in: MakeJob) -> None:
    job, now = job_in("waiting"), timezone.now()
    Job.objects.filter(pk=job.pk).update(created_at=now - timedelta(minutes=6))
    assert "Waiting No worker has been running for some minutes." in words(panel(editor, image))
    worker = sign()
    assert "Waiting for a worker." in words(panel(editor, image))
    WorkerSign.objects.filter(pk=worker.pk).update(seen_at=now - timedelta(minutes=6))
    assert "Nothing is lost; the work starts by itself when one runs." in words(panel(editor, image))


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ([], "Waiting for a worker."),
        (["upload"], "Waiting: one picture is before this one."),
        (["upload", "edit", "backfill"], "Waiting: 2 pictures are before this one."),
        (["upload"] * 101, "Waiting: more than 99 pictures are before this one."),
    ],
)
def test_a_waiting_job_says_how_many_are_before_it(
    editor: Client, image: Any, job_in: MakeJob, others: list[str], sentence: str
) -> None:
    first = job_in("waiting")
    Job.objects.filter(pk=first.pk).delete()
    for number, origin in enumerate(others):
        first.pk, first.origin, first.object_id, first.open_key = None, origin, str(9000 + number), f"other-{number}"
        first.save(force_insert=True)
    job_in("waiting")
    assert sentence in words(panel(editor, image))


def test_versions_are_listed_with_size_and_a_way_back(editor: Client, image: Any, published: Job) -> None:
    version = Version.objects.get()
    html = panel(editor, image)
    assert "64 × 48" in words(html)
    assert [words(button) for button in buttons(html)] == ["Show this version : As uploaded"]
    assert "Replaced" not in words(html)
    assert f'href="/admin/restore/version/{version.pk}/picture/"' in html


def test_the_published_picture_is_compared_with_the_one_before(editor: Client, image: Any, published: Job) -> None:
    version = Version.objects.get()
    html = panel(editor, image)
    assert "Compare before and after" in words(html)
    assert f'src="/admin/restore/version/{version.pk}/picture/" loading="lazy" draggable="false" alt="Before"' in html


def test_after_going_back_the_picture_is_compared_with_the_result_that_was_taken_back(
    editor: Client, image: Any, published: Job
) -> None:
    editor.post(f"/admin/restore/version/{Version.objects.get().pk}/back/")
    image.refresh_from_db()
    kept = Version.objects.exclude(file_hash=image.file_hash).get()
    Job.objects.update(report={**published.report, "sha1": kept.file_hash})
    html = panel(editor, image)
    assert f'src="/admin/restore/version/{kept.pk}/picture/" width="128" height="96"' in html
    assert f'src="{image.file.url}" loading="lazy" draggable="false" alt="Before"' in html
    kept.delete()
    assert "Compare" not in words(panel(editor, image))


@pytest.mark.parametrize(("name", "in_full"), [("photo.jpg", True), ("SCAN.PNG", True), ("scan.bmp", False)])
def test_compared_is_the_file_itself_where_browsers_can_show_it(db: Any, name: str, in_full: bool) -> None:
    from wagtail_restore.templatetags.restore_tags import panel_for

    image = make_image(name=name, data=make_picture(format="BMP" if name.endswith("bmp") else "JPEG"))
    url = panel_for(image).full_url
    assert (url == image.file.url) is in_full
    assert in_full or url == image.get_rendition("max-1600x1600").url


def test_a_further_request_that_was_cancelled_leaves_the_comparison(
    editor: Client, image: Any, published: Job, admin_user: Any
) -> None:
    image.refresh_from_db()
    further = jobs.request(image, Plan((Step("upscale", "auto", {"width": 256, "height": 192}),)), wishes=Wishes())
    jobs.cancel(further)
    told = words(panel(editor, image))
    assert "Cancelled. The image is as it was." in told
    assert "Compare before and after" in told


def test_another_file_put_in_by_an_editor_is_not_called_restored(editor: Client, image: Any, published: Job) -> None:
    image.refresh_from_db()
    image.file = upload(name="another.jpg")
    image._set_image_file_metadata()
    image.save()
    assert words(panel(editor, image)) == "Restoration Restore… Remove objects"


def test_each_erased_mark_is_told(editor: Client, image: Any, job_in: MakeJob) -> None:
    regions = [{"kind": "date", "text": "98 7 14"}, {"kind": "watermark", "text": ""}]
    steps = [{"kind": "erase", "outcome": "done", "model": "classic", "regions": regions}]
    job_in("published", report={**REPORT, "steps": steps})
    told = words(panel(editor, image))
    assert "Cleaning up date stamp “98 7 14”; watermark; with the model “classic”" in told


def test_what_a_template_marked_is_told_by_its_name(editor: Client, image: Any, job_in: MakeJob) -> None:
    steps = [{"kind": "erase", "outcome": "done", "model": "classic", "regions": [], "template": "Agency logo"}]
    job_in("published", report={**REPORT, "steps": steps})
    told = "Cleaning up what the template “Agency logo” marks; with the model “classic”"
    assert told in words(panel(editor, image))


def test_several_erasers_are_told_with_how_much_each_filled(editor: Client, image: Any, job_in: MakeJob) -> None:
    filled = {"lama": 1, "classic": 3}
    step = {"kind": "erase", "outcome": "done", "model": "lama", "models": list(filled), "filled": filled}
    job_in("published", report={**REPORT, "steps": [step]})
    told = words(panel(editor, image))
    assert "Cleaning up with the model “lama (1) + classic (3)”" in told
    assert "large area" not in told


def test_a_large_area_filled_by_what_is_for_small_marks_is_told_and_administrators_what_helps(
    admin: Client, editor: Client, image: Any, job_in: MakeJob
) -> None:
    step = {"kind": "erase", "outcome": "done", "model": "classic", "filled": {"classic": 2}, "blurred": 1}
    job_in("published", report={**REPORT, "steps": [step]})
    assert (
        "A large area was filled with the model “classic”, which is made for small marks. Look at it closely."
    ) in words(panel(editor, image))
    assert "restore_models" not in panel(editor, image)
    page = words(admin.get(f"/admin/restore/report/{Job.objects.get().pk}/").content.decode())
    assert "Look at it closely. This gets a model that fills large areas better: restore_models pull lama" in page


def test_the_version_that_is_shown_now_says_so(editor: Client, image: Any, published: Job) -> None:
    editor.post(f"/admin/restore/version/{Version.objects.get().pk}/back/")
    made = Version.objects.get(width=128).file_hash
    Job.objects.filter(pk=published.pk).update(report={**REPORT, "sha1": made}, finished_at=timezone.now())
    html = panel(editor, image)
    assert "The result was taken back; an earlier version of the picture was put in its place." in words(html)
    told = words(html)
    (other,) = buttons(html)
    assert words(other).startswith("Show this version : Enlarged, ")
    assert told.index("As uploaded") < told.index("Shown now") < told.index("Enlarged, ")


def test_the_size_of_a_turned_version_is_the_one_it_was_shown_in(editor: Client, image: Any, published: Job) -> None:
    Version.objects.update(orientation=6)
    assert "48 × 64" in words(panel(editor, image))


def test_administrators_are_led_to_the_details_of_a_failure(
    admin: Client, editor: Client, image: Any, job_in: MakeJob
) -> None:
    job = job_in("failed")
    assert f"/admin/restore/report/{job.pk}/" in panel(admin, image)
    assert "/admin/restore/report/" not in panel(editor, image)
    assert "caught fire" not in panel(admin, image)


def test_the_page_carries_no_script_of_its_own(editor: Client, image: Any, job_in: MakeJob) -> None:
    job_in("running")
    html = panel(editor, image)
    assert "<script" not in html
    assert "style=" not in html
    assert " onclick=" not in html


def test_the_panel_takes_few_queries(
    editor: Client, image: Any, published: Job, django_assert_max_num_queries: Any
) -> None:
    panel(editor, image)
    with django_assert_max_num_queries(17):
        editor.get(f"/admin/restore/image/{image.pk}/")


def test_the_states_that_editors_must_look_at_stand_out(job_in: MakeJob, image: Any) -> None:
    from wagtail_restore.templatetags.restore_tags import panel_for

    job_in(State.FAILED)
    assert panel_for(image).stands_out
    Job.objects.update(state=State.PUBLISHED)
    assert not panel_for(image).stands_out
