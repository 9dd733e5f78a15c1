"""The page on which an editor paints over what has to go: who may open it, and what becomes of what is sent."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Pillow
from wagtail.models import Collection

from tests.admin.conftest import browser, person
from tests.old_library import plant
from wagtail_restore import jobs
from wagtail_restore.admin import actions, mask_form
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import ImageFacts, Job, State, private_storage
from wagtail_restore.testing import make_image, make_picture

pytestmark = pytest.mark.django_db

GARBLED = "What you marked did not arrive as it was painted. Send it again; if that does not help, reload the page."
DENIED = "Sorry, you do not have permission to access this area."


def png(width: int = 64, height: int = 48, mode: str = "L", marked: tuple[int, ...] = (8, 8, 24, 24)) -> bytes:
    """A mask on which the box ``marked`` is white."""
    mask = Pillow.new(mode, (width, height))
    if marked:
        mask.paste(Pillow.new(mode, (marked[2] - marked[0], marked[3] - marked[1]), "white"), marked[:2])
    buffer = io.BytesIO()
    mask.save(buffer, "PNG")
    return buffer.getvalue()


def page_of(image: Any) -> str:
    return f"/admin/restore/image/{image.pk}/remove-objects/"


def send(client: Client, image: Any, data: bytes | None = None, **fields: Any) -> Any:
    mask = SimpleUploadedFile("mask.png", png() if data is None else data, "image/png")
    return client.post(page_of(image), {"mask": mask, "file": image.file.name, **fields})


def said(response: Any) -> list[str]:
    return [str(message).strip() for message in get_messages(response.wsgi_request)]


def stored() -> list[str]:
    storage = private_storage()
    return storage.listdir("masks")[1] if storage.exists("masks") else []


def refused(response: Any) -> tuple[int, str]:
    """Status and sentence of an answer that asked for nothing and kept nothing."""
    assert (Job.objects.count(), stored()) == (0, [])
    return response.status_code, response.json()["error"]


def test_what_was_painted_becomes_a_job_with_its_mask(editor: Client, editor_user: Any, image: Any) -> None:
    response = send(editor, image)
    assert response.json() == {"url": f"/admin/images/{image.pk}/"}
    assert said(response) == ["What you marked is being removed. You can follow the work here."]
    job = Job.objects.get()
    (step,) = job.steps.steps
    assert (job.state, job.origin, job.user, step.kind) == ("waiting", "edit", editor_user, "erase")
    assert job.mask.read() == png()
    assert "Remove what was painted over. Asked for by editor." in editor.get(response.json()["url"]).text


def test_the_same_mask_sent_twice_is_one_job_and_one_file(
    editor_user: Any, image: Any, django_capture_on_commit_callbacks: Any
) -> None:

    first = actions.remove(image, png(), editor_user)
    with django_capture_on_commit_callbacks(execute=True):
        again = actions.remove(image, png(), editor_user)
    assert (again.pk, len(stored())) == (first.pk, 1)


def test_a_one_bit_mask_is_taken_too(editor: Client, image: Any) -> None:
    assert send(editor, image, png(mode="1")).status_code == 200


def test_the_page_offers_the_picture_and_the_way_back(editor: Client, image: Any) -> None:
    html = editor.get(page_of(image)).text
    assert 'data-restore-paint-picture-value="[64, 48]"' in html
    assert image.get_rendition("max-2400x2400").url in html
    assert f'href="/admin/images/{image.pk}/"' in html


def test_a_large_picture_is_painted_at_a_limited_size() -> None:
    assert mask_form.mask_size(6000, 4000) == (6000, 4000)
    assert mask_form.mask_size(12000, 8000) == (6000, 4000)


def test_a_picture_on_its_side_is_measured_upright(editor: Client) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    image = make_image(data=make_picture(64, 48, exif=exif))
    assert 'data-restore-paint-mask-value="[48, 64]"' in editor.get(page_of(image)).text
    assert send(editor, image, png(48, 64)).status_code == 200


@pytest.mark.parametrize("who", ["plain", "stranger"])
def test_both_rights_are_needed(request: Any, image: Any, who: str) -> None:
    client = request.getfixturevalue(who)
    for response in (client.get(page_of(image)), send(client, image)):
        assert (response["Location"], said(response)[0]) == ("/admin/", DENIED)
    assert (Job.objects.count(), stored()) == (0, [])


def test_somebody_who_is_not_logged_in_is_asked_to(image: Any) -> None:
    assert Client().get(page_of(image))["Location"].startswith("/admin/login/")
    assert send(Client(), image)["Location"].startswith("/admin/login/")
    assert Job.objects.count() == 0


def test_the_token_is_needed(editor_user: Any, image: Any) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(editor_user)
    assert send(careful, image).status_code == 403
    assert Job.objects.count() == 0


def test_a_collection_of_others_is_closed(news: Collection, image: Any) -> None:
    elsewhere = Collection.get_first_root_node().add_child(name="Sports")
    user = person("newsroom", "use_restore", images=())
    from django.contrib.auth.models import Permission
    from wagtail.models import GroupCollectionPermission

    right = Permission.objects.get(codename="change_image", content_type__app_label="wagtailimages")
    GroupCollectionPermission.objects.create(group=user.groups.get(), collection=news, permission=right)
    ours, theirs = make_image(collection=news), make_image(collection=elsewhere)
    client = browser(user)
    assert client.get(page_of(ours)).status_code == 200
    assert client.get(page_of(theirs))["Location"] == "/admin/"
    assert send(client, theirs)["Location"] == "/admin/"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        png()[:60],
        png(mode="RGB"),
        png(mode="RGBA", marked=()),
        png(48, 64),
        make_picture(64, 48, mode="L"),
    ],
    ids=["nothing", "text", "cut off", "colour", "alpha", "turned", "jpeg"],
)
def test_what_is_no_mask_of_this_picture_is_refused(editor: Client, image: Any, data: bytes) -> None:
    assert refused(send(editor, image, data)) == (422, GARBLED)


def test_a_bomb_is_refused_by_its_header(editor: Client, image: Any) -> None:
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = chunk(b"IDAT", zlib.compress(bytes(10_000_000)))
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")
    assert refused(send(editor, image, bomb)) == (422, GARBLED)


def test_a_file_of_many_megabytes_is_not_opened(editor: Client, image: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(mask_form, "BYTES", len(png()) - 1)
    assert refused(send(editor, image)) == (422, GARBLED)


def test_nothing_marked_is_told(editor: Client, image: Any) -> None:
    answer = refused(send(editor, image, png(marked=())))
    assert answer == (422, "Nothing is marked. Paint over what is to go.")


def test_too_much_marked_is_told_with_the_numbers(editor: Client, image: Any) -> None:
    sentence = "100% of the picture is marked; at most 60% can be removed at once. Mark less."
    assert refused(send(editor, image, png(marked=(0, 0, 64, 48)))) == (422, sentence)
    assert send(editor, image, png(marked=(0, 0, 38, 48))).status_code == 200


def test_a_picture_that_was_replaced_meanwhile_is_told(editor: Client, image: Any) -> None:
    opened = image.file.name
    image.file = ContentFile(make_picture(64, 48), name="other.jpg")
    image._set_image_file_metadata()
    image.save()
    answer = refused(send(editor, image, file=opened))
    text = "The picture was replaced since you opened this page. Open the page again and mark it anew."
    assert answer == (409, text)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("waiting", "This image is being worked on. Wait until that is done, or cancel it; then remove objects."),
        ("running", "This image is being worked on. Wait until that is done, or cancel it; then remove objects."),
        ("review", "A result for this image awaits a decision. Publish or discard it first; then remove objects."),
    ],
)
def test_while_a_job_is_open_it_is_told_what_to_do(
    editor: Client, job_in: Callable[..., Job], image: Any, state: str, sentence: str
) -> None:
    job_in(state)
    response = editor.get(page_of(image))
    assert (response["Location"], said(response)) == (f"/admin/images/{image.pk}/", [sentence])
    answer = send(editor, image)
    text = (
        "Other work on this image is open. Cancel or discard it to send what you marked; once it is published, the "
        "picture is another one and has to be marked anew."
    )
    assert (answer.status_code, answer.json()) == (409, {"error": text})
    again = editor.get(page_of(image), headers={"X-Requested-With": "XMLHttpRequest"})
    assert (again.status_code, again.json()) == (409, {"error": sentence})
    assert (Job.objects.count(), jobs.follow_up(image), stored()) == (1, None, [])
    assert "remove-objects" not in editor.get(f"/admin/images/{image.pk}/").text


def test_an_image_from_before_the_plugin_came_may_be_painted_on(editor: Client, image: Any) -> None:
    ImageFacts.objects.all().delete()
    assert "remove-objects" in editor.get(f"/admin/images/{image.pk}/").text
    assert editor.get(page_of(image)).status_code == 200


def test_two_masks_of_the_same_content_are_two_files(editor_user: Any, image: Any) -> None:
    one, other = (actions.remove(each, png(), editor_user) for each in (image, make_image()))
    assert one.plan == other.plan
    assert str(one.mask) != str(other.mask)


def test_who_may_not_any_more_is_told_so_by_the_script(image: Any) -> None:
    client = browser(person("readers"))
    answer = client.get(page_of(image), headers={"X-Requested-With": "XMLHttpRequest"})
    assert (answer.status_code, answer.json()) == (403, {"error": "You may not change this image any more."})


@pytest.mark.parametrize("key", ["abc", "99999"])
def test_a_key_that_no_image_has_is_not_found(editor: Client, key: str) -> None:
    assert editor.get(f"/admin/restore/image/{key}/remove-objects/").status_code == 404


@pytest.mark.parametrize("again", [True, False])
def test_a_failed_removal_offers_another_try_or_says_that_the_marks_are_gone(
    editor: Client, editor_user: Any, image: Any, again: bool
) -> None:
    job = actions.remove(image, png(), editor_user)
    jobs.finish(job, State.FAILED, Note("out_of_memory"), may_retry=again)
    page = editor.get(f"/admin/images/{image.pk}/").text
    assert (f"/admin/restore/job/{job.pk}/retry/" in page) is again
    assert ("What was marked is not kept. To try again, mark it anew." in page) is not again


@pytest.mark.parametrize("days", [7, 0])
def test_who_cancels_may_try_again_or_is_told_before_that_the_marks_go(
    editor: Client, editor_user: Any, image: Any, settings: Any, days: int
) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "KEEP_MASKS_DAYS": days}
    job = actions.remove(image, png(), editor_user)
    before = editor.get(f"/admin/images/{image.pk}/").text
    assert ("Cancel; what was marked is not kept" in before) is (days == 0)
    page = editor.post(f"/admin/restore/job/{job.pk}/cancel/", follow=True).text
    assert (f"/admin/restore/job/{job.pk}/retry/" in page) is (days > 0)
    assert ("What was marked is kept for 7 days; until then it can be tried again." in page) is (days > 0)
    assert ("What was marked is not kept. To try again, mark it anew." in page) is (days == 0)
    if days:
        editor.post(f"/admin/restore/job/{job.pk}/retry/")
        rows = Job.objects.order_by("pk")
        assert [(row.state, bool(row.mask)) for row in rows] == [("cancelled", False), ("waiting", True)]


def test_drawings_and_animations_are_refused_in_words(editor: Client) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"><circle r="9"/></svg>'
    frames = [Pillow.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
    gif = io.BytesIO()
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:])
    for data, name, sentence in (
        (svg, "a.svg", "This is a vector drawing (SVG), which is sharp at any size."),
        (gif.getvalue(), "a.gif", "This is an animation; only still pictures can be restored."),
    ):
        image = plant(data, name)
        response = editor.get(page_of(image))
        assert said(response)[-1] == sentence
        assert send(editor, image).json() == {"error": sentence}
        assert "remove-objects" not in editor.get(f"/admin/images/{image.pk}/").text


def test_the_button_is_for_those_who_may(editor: Client, plain: Client, image: Any) -> None:
    link = f'href="{page_of(image)}"'
    assert link in editor.get(f"/admin/images/{image.pk}/").text
    assert link not in plain.get(f"/admin/images/{image.pk}/").text
