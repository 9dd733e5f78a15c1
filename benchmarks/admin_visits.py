"""What a browser asks of the measured site: Wagtail's own pages, all of ours, and a public one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from wagtail.images import get_image_model
from wagtail.models import Collection

from benchmarks.admin_library import picture

UPLOAD, RESTORED, LISTING = "upload", "upload that a rule restores", "image listing"
EDIT, EDIT_RESTORED = "image edit", "image edit, restored"
PAGE, CACHED = "public page", "public page, renditions cached"
TOGETHER = 20
"""So many images are selected for an action on several."""


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Visit:
    """One request; ``before`` and ``after`` are not timed, ``ask`` gets a number that it never got before."""

    ask: Callable[[int], Any]
    before: Callable[[], None] = _nothing
    after: Callable[[], None] = _nothing


def visits(browser: Client, with_plugin: bool) -> dict[str, Visit]:
    """By name: those that both sites answer, then those that need the plugin."""
    newest = get_image_model().objects.order_by("-created_at")[:TOGETHER]
    image = newest[0]
    wanted = {
        "admin home": "/admin/",
        LISTING: "/admin/images/",
        "image listing, searched": "/admin/images/?q=Picture",
        EDIT: f"/admin/images/{image.pk}/",
        EDIT_RESTORED: f"/admin/images/{image.pk - 1}/",
        "upload form": "/admin/images/multiple/add/",
        "image chooser": "/admin/images/chooser/",
        CACHED: "/page/",
    }
    made = {
        UPLOAD: Visit(lambda number: _upload(browser, number, (400, 300)), after=_age),
        RESTORED: Visit(lambda number: _upload(browser, number, (320, 240)), after=_age),
        **{name: _get(browser, path) for name, path in wanted.items()},
        PAGE: Visit(lambda number: browser.get("/page/"), before=_forget),
    }
    if with_plugin:
        made |= {f"restore: {path}": _get(browser, path) for path in _ours(browser, newest)}
    return made


def _get(browser: Client, path: str) -> Visit:
    return Visit(lambda number: browser.get(path))


def _upload(browser: Client, number: int, size: tuple[int, int]) -> Any:
    file = SimpleUploadedFile(f"upload-{number}.jpg", picture(1_000_000 + number, size), "image/jpeg")
    fields = {"title": "Upload", "collection": Collection.get_first_root_node().pk, "files[]": file}
    answer = browser.post("/admin/images/multiple/add/", fields, headers={"X-Requested-With": "XMLHttpRequest"})
    if not answer.json().get("success"):
        raise RuntimeError(f"the upload was refused: {answer.content.decode()[:500]}")
    return answer


def _forget() -> None:
    """Take the renditions of the public page out of the cache, and none of those that the admin shows."""
    for rendition in get_image_model().get_rendition_model().objects.filter(filter_spec="width-200"):
        rendition.purge_from_cache()


def _age() -> None:
    """Keep what was uploaded off the first page of the listing, which then stays the same."""
    get_image_model().objects.filter(title="Upload").update(created_at=datetime(2000, 1, 1, tzinfo=UTC))


def _ours(browser: Client, images: Any) -> Iterator[str]:
    """Paths of our pages: views of ours that answer with HTML, without arguments or with a row's number."""
    keys = _keys(images[0].pk)
    for name in _names(get_resolver().url_patterns, ()):
        if "restore" not in name or name.endswith("restore_listing"):
            continue
        for arguments in _arguments(name, keys):
            try:
                path = reverse(name, args=arguments)
            except NoReverseMatch:
                continue
            if _is_page(browser, path):
                yield path
    selected = "&".join(f"id={image.pk}" for image in images)
    options = get_image_model()._meta
    for action in ("restore_request", "restore_publish", "restore_go_back"):
        path = reverse("wagtail_bulk_action", args=[options.app_label, options.model_name, action])
        yield f"{path}?{selected}"


def _is_page(browser: Client, path: str) -> bool:
    answer = browser.get(path)
    return bool(answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"))


def _names(patterns: Any, spaces: tuple[str, ...]) -> Iterator[str]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _names(pattern.url_patterns, (*spaces, pattern.namespace) if pattern.namespace else spaces)
        elif pattern.name:
            yield ":".join((*spaces, pattern.name))


def _keys(image: int) -> Mapping[str, int]:
    """Numbers of rows by what the name of a view says of them."""
    from wagtail_restore.models import Job, KnownMark, MaskTemplate, ResolutionRule, State

    def first(model: Any) -> int:
        return int(model.objects.order_by("pk").first().pk)

    return {
        "known_mark": first(KnownMark),
        "template": first(MaskTemplate),
        "rule": first(ResolutionRule),
        "review": Job.objects.filter(state=State.REVIEW).latest("pk").pk,
        "job": Job.objects.latest("pk").pk,
        "": image,
    }


def _arguments(name: str, keys: Mapping[str, int]) -> list[list[int]]:
    return [[], [next(key for word, key in keys.items() if word in name)]]
