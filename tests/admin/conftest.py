"""People with different rights, and rows in the states that the admin shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from wagtail.models import Collection, GroupCollectionPermission

from wagtail_restore import jobs, swap
from wagtail_restore.imaging.planning import Note, Plan, Step, Upscale, Wishes
from wagtail_restore.models import Job, ResolutionRule, State
from wagtail_restore.testing import make_image, make_picture

OF_OTHERS = 2 if apps.is_installed("wagtail_ai") else 0
"""Queries for each page that are not ours: wagtail-ai reads its prompts and its settings."""
DOUBLE = Plan((Step("upscale", "auto", {"width": 128, "height": 96}),))
REPORT = {
    "steps": [{"kind": "upscale", "seconds": 1.4, "outcome": "done", "model": "compact-x2", "device": "cpu"}],
    "seconds": 1.5,
    "device": "cpu",
    "consistency": 38.21,
    "from": [64, 48],
    "to": [128, 96],
    "notes": ["cmyk_converted"],
}


def upload(width: int = 640, height: int = 480, name: str = "picture.jpg", **save: Any) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, make_picture(width, height, **save), "image/jpeg")


def person(
    name: str,
    *permissions: str,
    images: tuple[str, ...] = ("add", "change", "choose"),
    collection: Collection | None = None,
) -> Any:
    """A user with access to the admin, these permissions, and these rights on the images of a collection, or of all."""
    group = Group.objects.create(name=name)
    for codename in ("access_admin", *permissions):
        group.permissions.add(Permission.objects.get(codename=codename))
    for right in images:
        permission = Permission.objects.get(codename=f"{right}_image", content_type__app_label="wagtailimages")
        GroupCollectionPermission.objects.create(
            group=group, collection=collection or Collection.get_first_root_node(), permission=permission
        )
    user = get_user_model().objects.create_user(name, password="x")
    user.groups.add(group)
    return user


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin_user(db: Any) -> Any:
    return get_user_model().objects.create_superuser("admin", password="x")


@pytest.fixture
def admin(admin_user: Any) -> Client:
    """Somebody who may do everything."""
    return browser(admin_user)


@pytest.fixture
def editor_user(db: Any) -> Any:
    return person("editor", "use_restore")


@pytest.fixture
def editor(editor_user: Any) -> Client:
    """Somebody who may change images and ask for restoration."""
    return browser(editor_user)


@pytest.fixture
def plain(db: Any) -> Client:
    """Somebody who may change images, but not ask for restoration."""
    return browser(person("plain"))


@pytest.fixture
def stranger(db: Any) -> Client:
    """Somebody who may ask for restoration, but has no right on any image."""
    return browser(person("stranger", "use_restore", images=()))


@pytest.fixture
def news(db: Any) -> Collection:
    return Collection.get_first_root_node().add_child(name="News")


@pytest.fixture
def make_rule(db: Any) -> Callable[..., ResolutionRule]:
    def make(**values: Any) -> ResolutionRule:
        defaults = {"name": "photos in News", "min_width": 1600, "action": "upscale"}
        return ResolutionRule.objects.create(**{**defaults, **values})

    return make


@pytest.fixture
def image(db: Any) -> Any:
    return make_image(64, 48)


@pytest.fixture
def job_in(image: Any, admin_user: Any) -> Callable[..., Job]:
    """A Job of the image, or of the one it is ``about``, brought into a state by the roads that lead there."""

    def make(state: str, about: Any = None, **values: Any) -> Job:
        about = about or image
        job = jobs.request(about, DOUBLE, wishes=Wishes(upscale=Upscale.X2), by=admin_user, origin="edit")
        if state == State.WAITING:
            job.changed(**values)
            return job
        claimed = jobs.claim(job.pk, "worker-1")
        assert claimed is not None
        if state == State.RUNNING:
            claimed.changed(progress=0.42, doing="upscale", **values)
        elif state == State.REVIEW:
            name = swap.store_private(about, "results/1-1.jpg", ContentFile(make_picture(128, 96)))
            made = {"report": REPORT, "result": name, "result_width": 128, "result_height": 96}
            jobs.finish(claimed, State.REVIEW, Note("review_asked"), **{**made, **values})
        elif state == State.FAILED:
            values = {"traceback": "Traceback: the card caught fire", "may_retry": True, **values}
            jobs.finish(claimed, State.FAILED, Note("out_of_memory", {"device": "cuda"}), **values)
        else:
            jobs.finish(claimed, State(state), Note(str(state)), **{"report": REPORT, **values})
        return Job.objects.get(pk=job.pk)

    return make


@pytest.fixture
def published(job_in: Callable[..., Job], admin_user: Any) -> Job:
    """A Job whose Result the image shows, with the earlier file kept."""
    from wagtail_restore.admin import actions

    job = job_in("review")
    actions.publish(job, admin_user)
    return Job.objects.get(pk=job.pk)
