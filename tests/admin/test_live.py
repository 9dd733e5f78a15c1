"""What the open panel asks for, and the private pictures: who gets them, and with which headers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import ExifTags
from PIL import Image as Pillow

from tests.test_usage import shown_on
from wagtail_restore import jobs, swap
from wagtail_restore.imaging.planning import CleanUp, Plan, Step, Wishes
from wagtail_restore.models import Job, Version
from wagtail_restore.templatetags.restore_tags import panel_for
from wagtail_restore.testing import make_picture

pytestmark = pytest.mark.django_db

MakeJob = Callable[..., Job]


def fragment(client: Client, image: Any, **headers: str) -> Any:
    return client.get(reverse("wagtail_restore:panel", args=[image.pk]), headers=headers)


def said(html: str) -> dict[str, str]:
    """The data attributes that the page's controller reads."""
    return dict(re.findall(r'data-(stamp|final|percent|doing|file|size|src)="([^"]*)"', html))


def test_a_running_job_tells_how_far_it_is(editor: Client, image: Any, job_in: MakeJob) -> None:
    job_in("running")
    told = said(fragment(editor, image).content.decode())
    assert (told["final"], told["percent"], told["doing"]) == ("false", "42", "Upscaling, 42%")
    assert "src" not in told


def test_progress_alone_does_not_change_the_stamp(editor: Client, image: Any, job_in: MakeJob) -> None:
    job = job_in("running")
    before = said(fragment(editor, image).content.decode())
    Job.objects.filter(pk=job.pk).update(progress=0.6)
    after = said(fragment(editor, image).content.decode())
    assert (before["stamp"], after["percent"]) == (after["stamp"], "60")
    jobs.cancel(Job.objects.get(pk=job.pk))
    assert said(fragment(editor, image).content.decode())["stamp"] != before["stamp"]


def test_another_request_in_the_place_of_the_one_that_waits_is_told(
    editor: Client, image: Any, job_in: MakeJob
) -> None:
    """In an open page, *Cancel the waiting request* is to stand beside what it cancels."""
    job_in("running")
    dates, marks = (Plan((Step("erase", "auto", {"detect": [kind]}),)) for kind in ("date", "watermark"))
    first = jobs.request(image, dates, wishes=Wishes(clean_up=CleanUp.DATES))
    before = said(fragment(editor, image).content.decode())["stamp"]
    second = jobs.request(image, marks, wishes=Wishes(clean_up=CleanUp.MARKS))
    assert second.pk == first.pk
    address = reverse("wagtail_restore:panel", args=[image.pk])
    page = editor.get(address, {"stamp": before}).content.decode()
    assert said(page)["stamp"] != before
    assert "Clean up: watermarks." in page


def test_a_finished_job_brings_the_new_picture_along(editor: Client, image: Any, published: Job) -> None:
    image.refresh_from_db()
    told = said(fragment(editor, image).content.decode())
    assert (told["final"], told["size"], told["file"]) == ("true", "128x96", image.file.name)
    assert ".max-800x600." in told["src"]


def asked_again(client: Client, image: Any) -> tuple[str, list[str]]:
    """What a page is answered that shows already what there is, and the queries for it."""
    stamp = panel_for(type(image).objects.get(pk=image.pk)).stamp
    with CaptureQueriesContext(connection) as seen:
        page = client.get(reverse("wagtail_restore:panel", args=[image.pk]), {"stamp": stamp}).content.decode()
    assert said(page)["stamp"] == stamp
    return page, [query["sql"] for query in seen]


def test_while_nothing_happens_only_the_progress_is_told(editor: Client, image: Any, job_in: MakeJob) -> None:
    job_in("running")
    page, _queries = asked_again(editor, image)
    assert (said(page)["percent"], said(page)["doing"]) == ("42", "Upscaling, 42%")
    assert "<p" not in page and "<button" not in page


def test_with_another_stamp_all_is_told(editor: Client, image: Any, job_in: MakeJob) -> None:
    job_in("review")
    page = editor.get(reverse("wagtail_restore:panel", args=[image.pk]), {"stamp": "0123456789abcdef"}).content.decode()
    assert "<button" in page and said(page)["final"] == "false"


@pytest.mark.parametrize("state", ["running", "review"])
def test_where_nothing_has_happened_little_is_asked(
    editor: Client, image: Any, published: Job, job_in: MakeJob, state: str
) -> None:
    shown_on(image, "Harbour", "Market")
    image.refresh_from_db()
    job_in(state)
    asked_again(editor, image)
    _page, queries = asked_again(editor, image)
    ours = [sql.split('FROM "wagtail_restore_')[1].split('"')[0] for sql in queries if "wagtail_restore_" in sql]
    assert ours == ["imagefacts", "job", "version", "job"]
    assert not any("referenceindex" in sql or "wagtailcore_page" in sql for sql in queries)


def test_the_panel_is_kept_in_no_cache(editor: Client, image: Any, job_in: MakeJob) -> None:
    job_in("running")
    assert "no-store" in fragment(editor, image)["Cache-Control"]


def test_the_panel_is_for_those_who_may_change_the_image(
    plain: Client, stranger: Client, image: Any, job_in: MakeJob
) -> None:
    job_in("running")
    page = fragment(plain, image).content.decode()
    assert "Upscaling, 42%" in page
    assert "<button" not in page
    assert fragment(stranger, image)["Location"] == "/admin/"


def test_a_script_that_is_not_logged_in_is_refused_and_not_led_away(image: Any, job_in: MakeJob) -> None:
    job_in("running")
    assert fragment(Client(), image, X_Requested_With="XMLHttpRequest").status_code == 403


def test_there_is_no_panel_for_no_image(admin: Client) -> None:
    assert admin.get(reverse("wagtail_restore:panel", args=["4711"])).status_code == 404


# — pictures —


def test_the_result_is_shown_as_it_is(editor: Client, job_in: MakeJob) -> None:
    job = job_in("review")
    response = editor.get(reverse("wagtail_restore:result", args=[job.pk]))
    assert b"".join(response.streaming_content) == make_picture(128, 96)
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_an_earlier_version_is_shown(plain: Client, published: Job) -> None:
    response = plain.get(reverse("wagtail_restore:version", args=[Version.objects.get().pk]))
    assert b"".join(response.streaming_content) == make_picture(64, 48)


def test_private_pictures_are_for_those_who_may_change_the_image(stranger: Client, published: Job) -> None:
    for name, pk in (("result", published.pk), ("version", Version.objects.get().pk)):
        assert stranger.get(reverse(f"wagtail_restore:{name}", args=[pk]))["Location"] == "/admin/"
        assert Client().get(reverse(f"wagtail_restore:{name}", args=[pk]))["Location"].startswith("/admin/login/")


def test_what_browsers_cannot_show_is_shown_as_a_jpeg(editor: Client, image: Any, job_in: MakeJob) -> None:
    tiff = make_picture(128, 96, format="TIFF")
    job = job_in("review", result=swap.store_private(image, "results/1-1.tif", ContentFile(tiff)))
    response = editor.get(reverse("wagtail_restore:result", args=[job.pk]))
    assert response["Content-Type"] == "image/jpeg"
    with Pillow.open(io.BytesIO(b"".join(response.streaming_content))) as shown:
        assert (shown.format, shown.size) == ("JPEG", (128, 96))


@pytest.mark.parametrize("content", [b"<script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b""])
def test_what_is_no_picture_is_not_served(editor: Client, image: Any, job_in: MakeJob, content: bytes) -> None:
    job = job_in("review", result=swap.store_private(image, "results/1-1.jpg", ContentFile(content)))
    assert editor.get(reverse("wagtail_restore:result", args=[job.pk])).status_code == 404


def test_a_result_that_is_gone_is_not_found(editor: Client, job_in: MakeJob) -> None:
    job = job_in("review")
    job.result.storage.delete(job.result.name)
    assert editor.get(reverse("wagtail_restore:result", args=[job.pk])).status_code == 404
    waiting = reverse("wagtail_restore:result", args=[0])
    assert editor.get(waiting).status_code == 404


def test_a_version_has_a_small_upright_preview(plain: Client, stranger: Client, published: Job) -> None:
    version = Version.objects.get()
    exif = Pillow.Exif()
    exif[ExifTags.Base.Orientation] = 6
    turned = make_picture(600, 300, exif=exif.tobytes())
    version.file.save("turned.jpg", ContentFile(turned))
    address = reverse("wagtail_restore:version_preview", args=[version.pk])
    response = plain.get(address)
    with Pillow.open(io.BytesIO(response.content)) as shown:
        assert (shown.format, shown.size) == ("WEBP", (120, 240))
    assert response["Content-Type"] == "image/webp"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert stranger.get(address)["Location"] == "/admin/"
    version.file.storage.delete(version.file.name)
    assert plain.get(address).status_code == 404


def test_the_browser_need_not_ask_again_for_a_preview_until_another_login(plain: Client, published: Job) -> None:
    response = plain.get(reverse("wagtail_restore:version_preview", args=[Version.objects.get().pk]))
    assert response["Cache-Control"] == "private, max-age=3600"
    assert "Cookie" in response["Vary"]
    assert "Expires" not in response


def test_the_refusal_of_a_preview_is_kept_in_no_cache(stranger: Client, published: Job) -> None:
    address = reverse("wagtail_restore:version_preview", args=[Version.objects.get().pk])
    for client in (stranger, Client()):
        assert "no-store" in client.get(address)["Cache-Control"]
