"""One photograph from the upload form to every page and back: real views, real Redis, a real worker, real networks."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image as Pillow
from wagtail.images import get_image_model
from wagtail.models import ModelLogEntry, Page

from tests.app.models import PicturePage
from tests.processes import run_worker
from wagtail_restore import jobs, signals
from wagtail_restore.models import Job, Version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stamped(data: Path) -> bytes:
    """A low-resolution photograph with an orange date stamp in its corner."""
    with Pillow.open(data / "photos" / "26_datestamp.jpg") as photo:
        small = photo.resize((photo.width // 2, photo.height // 2), Pillow.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


@pytest.fixture
def editor(client: Client, admin_user: Any) -> Client:
    client.force_login(admin_user)
    return client


def upload(editor: Client, data: bytes, **choices: str) -> Any:
    form = {"title": "Tunnel", "files[]": SimpleUploadedFile("tunnel photo ä.jpg", data, "image/jpeg"), **choices}
    answer = editor.post(reverse("wagtailimages:add_multiple"), form, headers={"X-Requested-With": "XMLHttpRequest"})
    assert answer.status_code == 200 and answer.json()["success"], answer.content
    return get_image_model().objects.get()


def page_with(image: Any) -> PicturePage:
    home = Page.objects.get(slug="home")
    page: PicturePage = home.add_child(instance=PicturePage(title="Gallery", slug="gallery", picture=image))
    return page


def shown(client: Client, page: PicturePage) -> dict[str, tuple[int, int]]:
    """Every picture address on the page, with the size of what lies there; all of them must open."""
    html = client.get(page.url).content.decode()
    sizes = {}
    for address in sorted(set(re.findall(r"/media/[^\s\"',]+", html))):
        answer = client.get(address)
        assert answer.status_code == 200, address
        with Pillow.open(io.BytesIO(b"".join(answer.streaming_content))) as picture:
            picture.load()
            sizes[address] = picture.size
    return sizes


def orange(image: Any) -> int:
    """How many pixels have the colour of the stamp, in the corner where it stands."""
    now = get_image_model().objects.get(pk=image.pk)
    with now.file.storage.open(now.file.name) as file, Pillow.open(file) as picture:
        corner = np.asarray(picture.convert("RGB").resize((1200, 800))).astype(int)[600:, 600:]
    red, green, blue = corner[..., 0], corner[..., 1], corner[..., 2]
    return int(((red > 200) & (green > 60) & (green < 170) & (blue < 90)).sum())


def test_the_main_job(editor: Client, redis: Any, rule: Any, stamped: bytes) -> None:
    told: list[tuple[str, list[int]]] = []

    def hear(signal: Any, pages: list[Any], **kwargs: Any) -> None:
        told.append(("published" if signal is signals.published else "withdrawn", [page.pk for page in pages]))

    signals.published.connect(hear)
    signals.withdrawn.connect(hear)
    rule("Large photographs", min_width=1200)

    image = upload(editor, stamped, restore_clean_up="dates")
    page = page_with(image)
    before = shown(editor, page)
    assert max(before.values()) == (image.width, image.height) == (800, 533)
    assert orange(image) > 50
    job = jobs.latest(image)
    assert job is not None
    assert [step.kind for step in job.steps.steps] == ["erase", "upscale"]

    code, said = run_worker()
    assert code == 0, said
    job.refresh_from_db()
    assert job.state == "published", (job.reason, job.traceback)
    assert [step["model"] for step in job.report["steps"]] == ["erase-compact", "compact-x2"]
    assert orange(image) == 0

    after = shown(editor, page)
    assert max(after.values()) == (1200, 800)
    assert not set(before) & set(after), "every address is a new one"
    for address, size in before.items():
        assert editor.get(address).status_code == 200, f"{address} {size} may be on a cached page"

    back = reverse("wagtail_restore:go_back", args=[Version.objects.get().pk])
    assert editor.post(back).status_code == 302
    image.refresh_from_db()
    assert (image.width, image.height) == (800, 533)
    assert max(shown(editor, page).values()) == (800, 533)
    job.refresh_from_db()
    assert job.state == "withdrawn"

    signals.published.disconnect(hear)
    signals.withdrawn.disconnect(hear)
    assert told == [("withdrawn", [page.pk])], "the worker told its own process; this one went back"
    actions = ModelLogEntry.objects.filter(action__startswith="wagtail_restore").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "wagtail_restore.request",
        "wagtail_restore.publish",
        "wagtail_restore.withdraw",
    ]
    assert {entry.user.username for entry in actions} == {"admin"}


def test_a_refused_upload_leaves_nothing(editor: Client, redis: Any, rule: Any, stamped: bytes) -> None:
    rule("Front page", min_width=1600, action="refuse", message="Ask the agency.")
    form = {"title": "Tunnel", "files[]": SimpleUploadedFile("tunnel.jpg", stamped, "image/jpeg")}
    answer = editor.post(reverse("wagtailimages:add_multiple"), form, headers={"X-Requested-With": "XMLHttpRequest"})
    assert answer.json() == {
        "success": False,
        "error_message": "800 × 533 pixels; the rule “Front page” needs at least 1600 pixels wide. Ask the agency.",
    }
    assert (get_image_model().objects.count(), Job.objects.count()) == (0, 0)
