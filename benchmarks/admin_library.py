"""A library of many images, and what the plugin knows of it after a year: ten Jobs for each image, and Facts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image as Pillow
from wagtail.images import get_image_model
from wagtail.models import Collection

OWN_FILES = 60
"""So many of the newest images have a file of their own; all others share one."""
JOBS_PER_IMAGE = 10
AT_ONCE = 1000
SIZE = (640, 480)


def picture(number: int, size: tuple[int, int] = SIZE) -> bytes:
    """A small JPEG that no other number gives, so that no upload is a duplicate."""
    made = Pillow.linear_gradient("L").resize(size)
    tinted = Pillow.merge("RGB", (made, made.rotate(180), Pillow.new("L", size, number % 256)))
    tinted.putpixel((0, 0), (number >> 16 & 255, number >> 8 & 255, number & 255))
    buffer = io.BytesIO()
    tinted.save(buffer, "JPEG", quality=90, comment=str(number).encode())
    return buffer.getvalue()


def fill(images: int) -> None:
    """A superuser and ``images`` images, the newest first in the listing."""
    user = get_user_model().objects.create_superuser("admin", "admin@example.com", "admin")
    shared = default_storage.save("original_images/shared.jpg", ContentFile(picture(0)))
    _in_portions(get_image_model(), _images(images, shared, user, Collection.get_first_root_node()))


def _images(count: int, shared: str, user: Any, collection: Collection) -> Iterator[Any]:
    model, now = get_image_model(), timezone.now()
    field = model._meta.get_field("created_at")
    field.auto_now_add = False
    for number in range(count):
        own, name = count - number <= OWN_FILES, shared
        if own:
            name = default_storage.save(f"original_images/{number}.jpg", ContentFile(picture(number)))
        yield model(
            title=f"Picture {number}",
            file=name,
            width=SIZE[0],
            height=SIZE[1],
            file_size=10_000,
            file_hash=f"{number:040x}",
            uploaded_by_user=user,
            collection=collection,
            created_at=now - timedelta(minutes=count - number),
        )
    field.auto_now_add = True


def restore_much() -> None:
    """Rules, a worker's sign, and for every image Facts and a history of Jobs, some of them with a result to review."""
    from wagtail_restore.models import ImageFacts, Job, KnownMark, MaskTemplate, ResolutionRule, WorkerSign

    collection, now = Collection.get_first_root_node(), timezone.now()
    rules = [ResolutionRule(name=f"At least {wide}", min_width=wide, sort_order=wide) for wide in (400, 300)]
    ResolutionRule.objects.bulk_create(rules)
    WorkerSign.objects.create(name="worker-1", device="cpu", serves=["live"], started_at=now, seen_at=now)
    for number in range(10):
        mark = KnownMark(name=f"Logo {number}", collection=collection)
        mark.picture.save("mark.png", ContentFile(_png("RGBA")))
        box = {"box_x": 0, "box_y": 0, "box_width": 64, "box_height": 48}
        template = MaskTemplate(
            name=f"Corner {number}", collection=collection, anchor="whole", width=64, height=48, **box
        )
        template.file.save("template.png", ContentFile(_png("L")))
    _in_portions(ImageFacts, _facts())
    field: Any = Job._meta.get_field("created_at")
    field.auto_now_add = False
    _in_portions(Job, _jobs(rules[0], get_user_model().objects.get()))
    field.auto_now_add = True
    _restore(get_image_model().objects.latest("pk").pk - 1)


def _facts() -> Iterator[Any]:
    from wagtail_restore.imaging.header import Header
    from wagtail_restore.models import ImageFacts
    from wagtail_restore.models.links import image_type
    from wagtail_restore.swap.measure import described

    header = Header(*SIZE, *SIZE, 1, "jpeg", 1, False, "")
    for image in get_image_model().objects.order_by("pk").iterator(AT_ONCE):
        kind = image_type(image)
        yield ImageFacts(content_type=kind, object_id=str(image.pk), **described(image, header))


def _jobs(rule: Any, user: Any) -> Iterator[Any]:
    """All but an image's last are over; of the last, one in ten awaits a person and one in fifty a worker."""
    from wagtail_restore.imaging.planning import Note, Plan, Step, Wishes
    from wagtail_restore.models import Job, State
    from wagtail_restore.models.files import private_storage
    from wagtail_restore.models.links import image_type

    width, height = SIZE[0] * 2, SIZE[1] * 2
    result = private_storage().save("results/shared.jpg", ContentFile(picture(1, (width, height))))
    plan = Plan((Step("upscale", "auto", {"width": width, "height": height}),)).to_json()
    over = (State.PUBLISHED, State.KEPT, State.DISCARDED, State.SUPERSEDED, State.FAILED)
    origins, now = Job.Origin.values, timezone.now()
    for image in get_image_model().objects.order_by("pk").iterator(AT_ONCE):
        kind = image_type(image)
        for turn in range(JOBS_PER_IMAGE):
            state = over[(image.pk + turn) % len(over)]
            if turn == JOBS_PER_IMAGE - 1:
                state = {3: State.REVIEW}.get(image.pk % 10, State.PUBLISHED)
                state = State.WAITING if image.pk % 50 == 9 else state
            asked = now - timedelta(days=JOBS_PER_IMAGE - turn - 1, minutes=image.pk % 1440)
            yield Job(
                content_type=kind,
                object_id=str(image.pk),
                state=state,
                open_key=f"{kind.pk}:{image.pk}" if state in State.open() else None,
                origin=origins[(image.pk + turn) % len(origins)],
                user=user,
                rule=rule,
                image_title=image.title,
                wishes=Wishes().to_json(),
                plan=plan,
                source_name=image.file.name,
                source_hash=image.file_hash,
                source_width=SIZE[0],
                source_height=SIZE[1],
                reason={} if state == State.WAITING else Note("review_asked").to_json(),
                report={"steps": [], "seconds": 1.5, "device": "cpu", "from": [*SIZE], "to": [width, height]},
                result=result if state == State.REVIEW else "",
                result_width=width if state in (State.REVIEW, State.PUBLISHED) else 0,
                result_height=height if state in (State.REVIEW, State.PUBLISHED) else 0,
                created_at=asked,
                started_at=None if state == State.WAITING else asked + timedelta(seconds=5),
                finished_at=None if state == State.WAITING else asked + timedelta(seconds=9),
            )


def _restore(image: int) -> None:
    """Of this image, what a swap leaves: an earlier version, a file that is deleted in a while, and the Job's hash."""
    from wagtail_restore.models import ImageFacts, Job, Retired, Store, Version

    now, row = timezone.now(), get_image_model().objects.get(pk=image)
    facts = ImageFacts.objects.get(object_id=str(image))
    about = {"content_type_id": facts.content_type_id, "object_id": facts.object_id}
    job = Job.objects.filter(**about).latest("pk")
    job.report["sha1"] = row.file_hash
    job.save()
    ImageFacts.objects.filter(pk=facts.pk).update(token="abcdefgh")
    size = {"width": SIZE[0], "height": SIZE[1]}
    version = Version(**about, job=job, name="original_images/earlier.jpg", file_hash="e" * 40, file_size=9000, **size)
    version.file.save("versions/earlier.jpg", ContentFile(picture(2)))
    soon = now + timedelta(days=1)
    Retired.objects.create(**about, store=Store.IMAGE, name=version.name, original=True, delete_after=soon, **size)


def _in_portions(model: Any, rows: Iterator[Any]) -> None:
    while portion := list(islice(rows, AT_ONCE)):
        model.objects.bulk_create(portion)


def _png(mode: str) -> bytes:
    buffer = io.BytesIO()
    Pillow.new(mode, (64, 48), 255 if mode == "L" else (255, 255, 255, 255)).save(buffer, "PNG")
    return buffer.getvalue()
