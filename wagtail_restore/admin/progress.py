"""Where images stand that somebody waits for, many in one answer: for the multiple upload, and for the page editor."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from wagtail.images import get_image_model

from wagtail_restore import jobs, telling
from wagtail_restore.admin.news import news_of
from wagtail_restore.admin.permissions import changeable, may_use
from wagtail_restore.models import ImageFacts, Job, State, Version, WorkerSign
from wagtail_restore.models.links import image_type

MOST = 200
"""Of so many images one answer tells at most."""
PREVIEW = "max-165x165"
"""Of Wagtail's choosers and listings; a swap makes it anew with all others."""
GOING_ON = (State.WAITING, State.RUNNING)


@dataclass(frozen=True)
class Told:
    """What one image's row prints."""

    image: Any
    job: Job
    thumbnail: Any
    """The rendition of a listing, or None where it was not made yet."""
    version: Version | None
    """The file whose place the Result has taken, if it is kept."""
    no_worker: bool

    @property
    def sentence(self) -> str:
        return telling.sentence(self.job, no_worker=self.no_worker)

    @property
    def doing(self) -> str:
        return telling.doing(self.job)

    @property
    def percent(self) -> int:
        return telling.percent(self.job)

    @property
    def stands_out(self) -> bool:
        return self.job.state in telling.ATTENTION

    @property
    def stamp(self) -> str:
        """Changes whenever more than the progress has changed."""
        parts = (self.image.file.name, self.image.title, self.job.pk, self.job.state, self.sentence, self.version)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@require_GET
@never_cache
def progress(request: HttpRequest) -> JsonResponse:
    """By key, where those of the ``images`` stand that the user may change and that have a Job.

    ``said`` is what is to be told of those among them that the page has been waiting for, its ``open`` ones.
    """
    told = told_of(_asked(request.GET.get("images", "")), request.user)
    waited = set(request.GET.get("open", "").split(","))
    over = [each for each in told if str(each.image.pk) in waited and each.job.state not in GOING_ON]
    return JsonResponse(
        {
            "images": {str(each.image.pk): _answer(each, request) for each in told},
            "said": news_of((each.job, each.image.title) for each in over),
            "token": get_token(request),
        }
    )


def told_of(keys: Iterable[Any], user: Any) -> list[Told]:
    """Of these images, those that this user may change and that have a Job which says something of their file.

    The number of queries does not depend on how many there are.
    """
    images = list(changeable(user).filter(pk__in=list(keys)))
    latest = jobs.latest_of(images)
    concerned = [image for image in images if str(image.pk) in latest]
    facts = _facts(concerned)
    pairs = [(image, latest[str(image.pk)]) for image in concerned]
    pairs = [(image, job) for image, job in pairs if telling.concerns(job, image, facts.get(str(image.pk)))]
    thumbnails = _thumbnails([image for image, _job in pairs])
    versions = {row.job_id: row for row in Version.objects.filter(job__in=[job.pk for _image, job in pairs])}
    late = any(telling.late(job) for _image, job in pairs)
    alone = late and not WorkerSign.serving("restore")
    return [
        Told(image, job, thumbnails.get(image.pk), versions.get(job.pk), alone and telling.late(job))
        for image, job in pairs
    ]


def _asked(keys: str) -> list[Any]:
    """The keys of images in the address; what could be none is left out."""
    field = get_image_model()._meta.pk
    found = []
    for key in keys.split(",")[:MOST]:
        try:
            found.append(field.clean(key, None))
        except ValidationError:
            continue
    return [key for key in found if key not in (None, "")]


def _facts(images: list[Any]) -> dict[str, ImageFacts]:
    if not images:
        return {}
    rows = ImageFacts.objects.filter(
        content_type=image_type(images[0]), object_id__in=[str(image.pk) for image in images]
    )
    return {row.object_id: row for row in rows}


def _thumbnails(images: list[Any]) -> dict[Any, Any]:
    """By the key of the image, its rendition for listings, where there is one."""
    if not images:
        return {}
    renditions = type(images[0]).get_rendition_model().objects
    rows = renditions.filter(image__in=images, filter_spec=PREVIEW, focal_point_key="")
    return {row.image_id: row for row in rows}


def _answer(told: Told, request: HttpRequest) -> dict[str, Any]:
    context = {"told": told, "may_use": may_use(request.user)}
    shown = told.thumbnail
    return {
        "stamp": told.stamp,
        "going": told.job.state in GOING_ON,
        "final": not told.job.is_open,
        "percent": told.percent,
        "doing": told.doing,
        "html": render_to_string("wagtail_restore/uploads/image.html", context, request),
        "preview": {"src": shown.url, "width": shown.width, "height": shown.height} if shown else None,
    }
