"""Run as a script: the test site without the worker's packages, told as JSON; see test_boundaries.py.

Imports of the worker's packages fail here as they do where only ``pip install wagtail-restore`` was run.
"""

from __future__ import annotations

import importlib.abc
import json
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from io import BytesIO
from types import ModuleType
from typing import Any

ABSENT = (
    "torch",
    "torchvision",
    "numpy",
    "spandrel",
    "safetensors",
    "cv2",
    "onnxruntime",
    "rapidocr",
    "pillow_heif",
    "skimage",
    "scipy",
)

JOBS = ("cancel", "retry", "publish", "discard", "decide", "result", "job")
SUBJECTS = {
    **dict.fromkeys(JOBS, "job"),
    "go_back": "version",
    "panel": "image",
    "template_preview": "templates",
    "version": "version",
}
"""Of which row the number stands in the address of a view."""


class Absent(importlib.abc.MetaPathFinder):
    """Answers an import of a package of the worker as if it were not installed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.split(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def main() -> None:
    sys.meta_path.insert(0, Absent())
    import django

    django.setup()
    told = {"upload": upload(), "worker": worker(), "pages": dict(pages())}
    told["loaded"] = sorted(name for name in ABSENT if name in sys.modules)
    sys.stdout.write(json.dumps(told))


def upload() -> dict[str, Any]:
    """Migrate, log in, and put a picture into the library by the multiple-upload view."""
    from django.contrib.auth import get_user_model
    from django.core.files.base import ContentFile
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.core.management import call_command
    from PIL import Image as Pictures
    from wagtail.images import get_image_model
    from wagtail.models import Collection

    from wagtail_restore.models import Job, KnownMark, MaskTemplate, ResolutionRule, Version

    call_command("migrate", verbosity=0)
    get_user_model().objects.create_superuser("admin", "admin@example.com", "admin")
    ResolutionRule.objects.create(name="Wide enough", min_width=1200)
    data = BytesIO()
    Pictures.new("RGB", (64, 48), "teal").save(data, "PNG")
    answer = client().post(
        "/admin/images/multiple/add/",
        {
            "title": "Teal",
            "collection": Collection.get_first_root_node().pk,
            "files[]": SimpleUploadedFile("teal.png", data.getvalue(), "image/png"),
        },
        headers={"X-Requested-With": "XMLHttpRequest"},
    )
    job = Job.objects.get()
    job.result.save("result.png", ContentFile(data.getvalue()))
    earlier = Version(content_type=job.content_type, object_id=job.object_id, name="teal.png", width=64, height=48)
    earlier.file.save("version.png", ContentFile(data.getvalue()))
    mark = KnownMark(name="Teal", collection=Collection.get_first_root_node())
    mark.picture.save("mark.png", ContentFile(data.getvalue()))
    template = MaskTemplate(
        name="Teal", collection=Collection.get_first_root_node(), anchor="whole", width=64, height=48
    )
    template.box_x = template.box_y = 0
    template.box_width, template.box_height = 64, 48
    gray = BytesIO()
    Pictures.new("L", (64, 48), 255).save(gray, "PNG")
    template.file.save("template.png", ContentFile(gray.getvalue()))
    states = list(Job.objects.values_list("state", flat=True))
    return {"success": answer.json().get("success"), "images": get_image_model().objects.count(), "jobs": states}


def worker() -> str:
    """What the worker command answers."""
    from django.core.management import CommandError, call_command

    try:
        call_command("restore_worker", burst=True)
    except CommandError as error:
        return str(error)
    return ""


def pages() -> Iterator[tuple[str, int]]:
    """Status of Wagtail's image pages and of every page of ours in the admin."""
    from wagtail.images import get_image_model

    from wagtail_restore.models import Job, KnownMark, MaskTemplate, ResolutionRule, Version

    image = get_image_model().objects.get()
    fixed = ["", "images/", "images/multiple/add/", "images/add/", f"images/{image.pk}/", "images/chooser/"]
    rows = {"job": Job, "rule": ResolutionRule, "version": Version, "known_mark": KnownMark}
    rows["templates"] = MaskTemplate
    known = {"image": image.pk, **{name: row.objects.get().pk for name, row in rows.items()}}
    browser = client()
    for path in [*(f"/admin/{part}" for part in fixed), *own_pages(known)]:
        yield path, browser.get(path).status_code


def own_pages(known: dict[str, Any]) -> Iterator[str]:
    """Paths of our views in the admin that can be opened: without arguments, or with the number of a known row."""
    from django.urls import NoReverseMatch, get_resolver, reverse

    def walk(patterns: Any, namespaces: tuple[str, ...]) -> Iterator[str]:
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
                yield from walk(pattern.url_patterns, inner)
            elif pattern.name:
                yield ":".join((*namespaces, pattern.name))

    for name in walk(get_resolver().url_patterns, ()):
        if "restore" not in name:
            continue
        view = name.rpartition(":")[2]
        rows = (row for row in ("rule", "known_mark", "templates") if row in name)
        subject = next(rows, SUBJECTS.get(view, "image"))
        for arguments in ([], [known[subject]]):
            try:
                yield reverse(name, args=arguments)
            except NoReverseMatch:
                continue


def client() -> Any:
    """A test client that is logged in."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    browser = Client(raise_request_exception=False)
    browser.force_login(get_user_model().objects.get())
    return browser


if __name__ == "__main__":
    main()
