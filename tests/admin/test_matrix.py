"""Who is answered what at every address of ours: a new one fails here until the table says whom it is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from wagtail.admin.views.bulk_action.registry import bulk_action_registry
from wagtail.images import get_image_model
from wagtail.models import Collection, ModelLogEntry, UploadedFile

from tests.admin.bulk.test_restore import sealed
from tests.admin.conftest import browser, person, upload
from tests.admin.test_axe_browser import saved_template
from tests.admin.test_painting import png
from wagtail_restore.admin import actions
from wagtail_restore.admin.bulk import running
from wagtail_restore.models import Job, KnownMark, Version
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

PEOPLE = ("nobody", "outsider", "plain", "editor", "foreign", "manager", "superuser")
"""The editor has the right to images in News alone, the foreign one in Sports, and both may ask for restoration; the
plain one has the right in News, but may not ask. The manager has all permissions of ours, and all images."""

TABLE = """
GET  restore_add_multiple                L    L    200  200  200  200  200
POST restore_add_multiple                L    L    200+ 200+ 200+ 200+ 200+
GET  restore_listing                     L    L    200+ 200+ 200  200+ 200+  L    L    200  200  200+ 200+ 200+
GET  restore_listing_results             L    L    200+ 200+ 200  200+ 200+  L    L    200  200  200+ 200+ 200+
GET  wagtail_restore:panel               L    L    200  200  H    200  200   L    L    H    H    200  200  200
GET  wagtail_restore:restore             L    L    H    200+ H    200+ 200+  L    L    H    H    200+ 200+ 200+
POST wagtail_restore:restore             L    L    H    302+ H    302+ 302+  L    L    H    H    302+ 302+ 302+
POST wagtail_restore:restore_forecast    L    L    403  200  403  200  200   L    L    403  403  200  200  200
GET  wagtail_restore:restore_preview     L    L    403  405  403  405  405   L    L    403  403  405  405  405
POST wagtail_restore:restore_preview     L    L    403  200  403  200  200   L    L    403  403  200  200  200
GET  wagtail_restore:remove_objects      L    L    H    200+ H    200+ 200+  L    L    H    H    200+ 200+ 200+
POST wagtail_restore:remove_objects      L    L    H    200+ H    200+ 200+  L    L    H    H    200+ 200+ 200+
GET  wagtail_restore:delete_versions     L    L    H    200+ H    200+ 200+  L    L    H    H    200+ 200+ 200+
GET  wagtail_restore:find_text           L    L    403  405  403  405  405   L    L    403  403  405  405  405
POST wagtail_restore:find_text           L    L    403  200  403  200  200   L    L    403  403  200  200  200
GET  wagtail_restore:select_object       L    L    403  405  403  405  405   L    L    403  403  405  405  405
POST wagtail_restore:select_object       L    L    403  200  403  200  200   L    L    403  403  200  200  200
POST wagtail_restore:save_template       L    L    403  403  403  200+ 200+
GET  wagtail_restore:template_mask       L    L    403  200  403  200  200   L    L    403  403  200  200  200
GET  wagtail_restore:template_preview    L    L    H    H    H    200  200
GET  wagtail_restore:progress            L    L    200+ 200+ 200  200+ 200+  L    L    200  200  200+ 200+ 200+
POST wagtail_restore:cancel              L    L    H    302+ H    302+ 302+  L    L    H    H    302+ 302+ 302+
POST wagtail_restore:retry               L    L    H    302+ H    302+ 302+  L    L    H    H    302+ 302+ 302+
POST wagtail_restore:publish             L    L    H    302+ H    302+ 302+  L    L    H    H    302+ 302+ 302+
POST wagtail_restore:discard             L    L    H    302+ H    302+ 302+  L    L    H    H    302+ 302+ 302+
POST wagtail_restore:decide              L    L    H    302+ H    302+ 302+  L    L    H    H    302+ 302+ 302+
GET  wagtail_restore:result              L    L    200  200  H    200  200   L    L    H    H    200  200  200
POST wagtail_restore:go_back             L    L    H    302+ H    302+ 302+  L    L    H    H    302+ 302+ 302+
GET  wagtail_restore:version             L    L    200  200  H    200  200   L    L    H    H    200  200  200
GET  wagtail_restore:version_preview     L    L    200  200  H    200  200   L    L    H    H    200  200  200
GET  wagtail_restore:known_mark          L    L    H    H    H    200  200
GET  wagtail_restore:restore_request     L    L    H    200  200  200  200   L    L    H    200  200  200  200
POST wagtail_restore:restore_request     L    L    H    302+ 302  302+ 302+  L    L    H    302  302+ 302+ 302+
GET  wagtail_restore:restore_cancel      L    L    H    200+ 200  200+ 200+  L    L    H    200  200+ 200+ 200+
POST wagtail_restore:restore_cancel      L    L    H    302+ 302  302+ 302+  L    L    H    302  302+ 302+ 302+
GET  wagtail_restore:restore_publish     L    L    H    200+ 200  200+ 200+  L    L    H    200  200+ 200+ 200+
POST wagtail_restore:restore_publish     L    L    H    302+ 302  302+ 302+  L    L    H    302  302+ 302+ 302+
GET  wagtail_restore:restore_go_back     L    L    H    200+ 200  200+ 200+  L    L    H    200  200+ 200+ 200+
POST wagtail_restore:restore_go_back     L    L    H    302+ 302  302+ 302+  L    L    H    302  302+ 302+ 302+
GET  wagtail_restore:restore_go_forth    L    L    H    200+ 200  200+ 200+  L    L    H    200  200+ 200+ 200+
POST wagtail_restore:restore_go_forth    L    L    H    302+ 302  302+ 302+  L    L    H    302  302+ 302+ 302+
GET  wagtail_restore:review              L    L    H    302  302  302  302
GET  wagtail_restore:review_one          L    L    H    200+ H    200+ 200+  L    L    H    H    200+ 200+ 200+
GET  wagtail_restore:review_next         L    L    H    302  302  302  302
GET  wagtail_restore:review_list         L    L    H    200+ 200  200+ 200+  L    L    H    200  200+ 200+ 200+
GET  wagtail_restore:review_list_results L    L    H    200+ 200  200+ 200+  L    L    H    200  200+ 200+ 200+
GET  wagtail_restore:report              L    L    H    H    H    200+ 200+
GET  wagtail_restore:report_results      L    L    H    H    H    200+ 200+
GET  wagtail_restore:job                 L    L    H    H    H    200+ 200+
GET  restore_rules:index                 L    L    H    H    H    200  200
GET  restore_rules:index_results         L    L    H    H    H    200  200
GET  restore_rules:add                   L    L    H    H    H    200  200
POST restore_rules:add                   L    L    H    H    H    302+ 302+
GET  restore_rules:edit                  L    L    H    H    H    200  200
POST restore_rules:edit                  L    L    H    H    H    302+ 302+
GET  restore_rules:delete                L    L    H    H    H    200  200
POST restore_rules:delete                L    L    H    H    H    302+ 302+
GET  restore_rules:history               L    L    H    H    H    200  200
GET  restore_rules:history_results       L    L    H    H    H    200  200
GET  restore_rules:usage                 L    L    H    H    H    200  200
POST restore_rules:reorder               L    L    H    H    H    200+ 200+
GET  restore_rules:copy                  L    L    H    H    H    200  200
POST restore_rules:copy                  L    L    H    H    H    302+ 302+
POST restore_rules:touched               L    L    H    H    H    200  200
POST restore_rules:touched_by            L    L    H    H    H    200  200
GET  restore_templates:index             L    L    H    H    H    200  200
GET  restore_templates:index_results     L    L    H    H    H    200  200
GET  restore_templates:edit              L    L    H    H    H    200  200
POST restore_templates:edit              L    L    H    H    H    302+ 302+
GET  restore_templates:delete            L    L    H    H    H    200  200
POST restore_templates:delete            L    L    H    H    H    302+ 302+
GET  restore_templates:history           L    L    H    H    H    200  200
GET  restore_templates:history_results   L    L    H    H    H    200  200
GET  restore_templates:usage             L    L    H    H    H    200  200
GET  restore_known_marks:index           L    L    H    H    H    200  200
GET  restore_known_marks:index_results   L    L    H    H    H    200  200
GET  restore_known_marks:add             L    L    H    H    H    200  200
POST restore_known_marks:add             L    L    H    H    H    302+ 302+
GET  restore_known_marks:edit            L    L    H    H    H    200  200
POST restore_known_marks:edit            L    L    H    H    H    302+ 302+
GET  restore_known_marks:delete          L    L    H    H    H    200  200
POST restore_known_marks:delete          L    L    H    H    H    302+ 302+
GET  restore_known_marks:history         L    L    H    H    H    200  200
GET  restore_known_marks:history_results L    L    H    H    H    200  200
GET  restore_known_marks:usage           L    L    H    H    H    200  200
GET  bulk:restore_request                L    L    H    200  200  200  200   L    L    H    200  200  200  200
POST bulk:restore_request                L    L    H    200+ 200  200+ 200+  L    L    H    200  200+ 200+ 200+
GET  bulk:restore_publish                L    L    H    200+ 200  200+ 200+  L    L    H    200  200+ 200+ 200+
POST bulk:restore_publish                L    L    H    200+ 200  200+ 200+  L    L    H    200  200+ 200+ 200+
GET  bulk:restore_go_back                L    L    H    200+ 200  200+ 200+  L    L    H    200  200+ 200+ 200+
POST bulk:restore_go_back                L    L    H    200+ 200  200+ 200+  L    L    H    200  200+ 200+ 200+
GET  bulk:publish                        L    L    H    200+ 200  200+ 200+  L    L    H    200  200+ 200+ 200+
POST bulk:publish                        L    L    H    200+ 200  200+ 200+  L    L    H    200  200+ 200+ 200+
POST wagtail_restore:delete_versions     L    L    H    302+ H    302+ 302+  L    L    H    H    302+ 302+ 302+
"""
"""A method, an address, and what each of the ``PEOPLE`` is answered there; where it matters in whose collection the
image lies, first on what is in News, then on what is in Sports. L is the way to the login, H the way to Wagtail's home
where it says that one may not. A plus: the answer names the picture there, or rows in the database have changed.
What deletes files stands last, since no rollback brings those back.
"""

SPACES = ("wagtail_restore", "restore_rules", "restore_templates", "restore_known_marks")


def addresses(resolver: Any, space: str = "") -> Iterator[tuple[str, tuple[str, Any]]]:
    """Every address of ours: its name, its pattern and its view."""
    for each in resolver.url_patterns:
        if not isinstance(each, URLPattern):
            yield from addresses(each, each.namespace or space)
            continue
        view = getattr(each.callback, "view_class", each.callback)
        if space in SPACES or view.__module__.startswith("wagtail_restore"):
            yield f"{space}:{each.name}" if space else str(each.name), (str(each.pattern), view)


def bulk_actions() -> Iterator[tuple[str, Any]]:
    for model in (get_image_model()._meta, Job._meta):
        for action in bulk_action_registry.get_bulk_actions_for_model(model.app_label, model.model_name):
            if action.__module__.startswith("wagtail_restore"):
                yield f"bulk:{action.action_type}", action


def table() -> dict[tuple[str, str], list[list[str]]]:
    """What everybody is answered, by method and address: on what is in News, and on what is in Sports."""
    lines = (line.split() for line in TABLE.strip().splitlines())
    wide = len(PEOPLE)
    return {(line[0], line[1]): [line[at : at + wide] for at in range(2, len(line), wide)] for line in lines}


ADDRESSES = dict(addresses(get_resolver()))
BULK = dict(bulk_actions())
EXPECTED = table()
RUN = {pattern.name for pattern in running.urlpatterns}
"""The addresses that carry a bulk action out."""


class Place:
    """A collection with everything in it that an address may be about."""

    def __init__(self, name: str, job_in: Any, admin_user: Any) -> None:
        self.collection = Collection.get_first_root_node().add_child(name=name)
        self.title, self.by = f"Picture of {name}", admin_user
        self.image, self.reviewed = (make_image(64, 48, title=self.title, collection=self.collection) for _ in "12")
        published = job_in("review", about=self.image)
        actions.publish(published, admin_user)
        self.image.refresh_from_db()
        Job.objects.filter(pk=published.pk).update(report={**published.report, "sha1": self.image.file_hash})
        self.version = Version.objects.get(object_id=str(self.image.pk))
        self.job = job_in("review", about=self.reviewed)
        self.template = saved_template(self.image, f"Template of {name}")
        self.mark = KnownMark.objects.create(
            name=f"Mark of {name}", collection=self.collection, picture=sent_file(), words="Example Agency"
        )

    def url(self, name: str, rule: Any) -> str:
        """The address, about what is in this collection."""
        if name in BULK:
            model = BULK[name].models[0]._meta
            return reverse("wagtail_bulk_action", args=[model.app_label, model.model_name, BULK[name].action_type])
        pattern, _view = ADDRESSES[name]
        kinds = {
            "image/": self.image, "job/": self.job, "review/": self.job, "report/": self.job, "version/": self.version,
            "template/": self.template, "known-mark/": self.mark,
        }  # fmt: skip
        listed = {"restore_rules": rule, "restore_templates": self.template, "restore_known_marks": self.mark}
        about: Any = next((row for start, row in kinds.items() if pattern.startswith(start)), None)
        about = listed.get(name.partition(":")[0], about)
        keys = {"<int:pk>": about, "<int:template>": self.template}
        return reverse(name, args=[row.pk for key, row in keys.items() if key in pattern])

    def query(self, name: str) -> dict[str, Any]:
        """What is chosen in the address."""
        image = self.reviewed if name.endswith(("restore_cancel", "restore_publish")) else self.image
        if name.startswith("bulk:"):
            return {"id": self.job.pk if name == "bulk:publish" else image.pk, "next": "/admin/images/"}
        if name.partition(":")[2] in {*RUN, "progress"}:
            return {"images": image.pk, "next": "/admin/images/"}
        return {"position": 0} if name.endswith("reorder") else {}

    def form(self, name: str, client: Client) -> dict[str, Any]:
        """What is posted, so that something comes of it where that is allowed."""
        query = self.query(name)
        _space, _, action = name.partition(":")
        image = get_image_model()(pk=query.get("images"))
        confirmed = {"account": sealed(client, [image], action)} if action in RUN else {}
        return {
            **query, **confirmed, "name": "New", "collection": self.collection.pk, "anchor": "top-left",
            "mask": sent_file(), "file": self.image.file.name, "words": "Another Agency", "active": "on",
            "x": "0", "y": "0",
            "drawn": '{"kind": "stroke", "points": [1, 1, 9, 9], "size": 3}', "region": "0",
            "restore_upscale": "x2", "title": "New", "files[]": upload(64, 48), "min_width": 1600, "mode": "strict",
            "action": "upscale", "applies_to": "both", "model": "auto", "publish": "now", "message": "",
            "version": self.version.pk,
        }  # fmt: skip

    def prepare(self, name: str) -> None:
        """See to it that there is something to do."""
        mine = Job.objects.filter(pk=self.job.pk)
        if name.endswith("cancel"):
            mine.update(state="waiting", result="")
        elif name.endswith(":retry"):
            mine.update(state="failed", open_key=None, may_retry=True, result="")
        elif name.endswith(":decide"):
            region = {"kind": "date", "text": "2020", "polygon": [8, 8, 24, 8, 24, 24, 8, 24], "score": 0.9}
            mine.update(result="", report={"regions": [region]})
        elif name.endswith("go_forth"):
            actions.go_back(self.version, self.by)


def sent_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("mask.png", png(128, 96), "image/png")


def everything() -> list[list[Any]]:
    """All rows of the tables that a view of ours could change."""
    ours = [model for model in apps.get_models() if model._meta.app_label == "wagtail_restore"]
    models = (*ours, get_image_model(), UploadedFile, Collection, ModelLogEntry)
    return [list(model._default_manager.order_by("pk").values_list()) for model in models]


def browser_of(who: str, news: Collection, sports: Collection, admin_user: Any) -> Client:
    """The browser of one of the ``PEOPLE``."""
    ours = Permission.objects.filter(content_type__app_label="wagtail_restore").values_list("codename", flat=True)
    make: dict[str, Callable[[], Any]] = {
        "outsider": lambda: get_user_model().objects.create_user("outsider", password="x"),
        "plain": lambda: person("plain", collection=news),
        "editor": lambda: person("editor", "use_restore", collection=news),
        "foreign": lambda: person("foreign", "use_restore", collection=sports),
        "manager": lambda: person("manager", *ours),
        "superuser": lambda: admin_user,
    }
    return browser(make[who]()) if who in make else Client()


def answer(client: Client, method: str, name: str, place: Place, rule: Any) -> str:
    """The word of the table for what comes back; afterwards everything is as before."""
    with transaction.atomic():
        place.prepare(name)
        before = everything() if method == "POST" else []
        url = place.url(name, rule)
        if method == "GET":
            response = client.get(url, place.query(name))
        else:
            response = client.post(f"{url}?{urlencode(place.query(name))}", place.form(name, client))
        read = not response.streaming and not response["Content-Type"].startswith("image/")
        came = (read and place.title in response.text) or (method == "POST" and everything() != before)
        transaction.set_rollback(True)
    client.cookies.pop("messages", None)  # or the next page would show what was said about this one
    goes = response.headers.get("Location", "")
    code = "L" if goes.startswith("/admin/login/") else "H" if goes == "/admin/" else str(response.status_code)
    return code + "+" * came


def methods(view: Any) -> set[str]:
    """What a class of a view takes."""
    return {name.upper() for name in ("get", "post") if hasattr(view, name) and name in view.http_method_names}


def test_the_table_names_every_address() -> None:
    views = {**{name: view for name, (_pattern, view) in ADDRESSES.items()}, **BULK}
    assert {name for _method, name in EXPECTED} == set(views)
    classes = {name: view for name, view in views.items() if isinstance(view, type)}
    named = {name: {method for method, each in EXPECTED if each == name} for name in classes}
    assert named == {name: methods(view) for name, view in classes.items()}


@pytest.mark.parametrize("who", PEOPLE)
def test_everybody_is_told_it(who: str, job_in: Any, admin_user: Any, make_rule: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("wagtail_restore.queue.ask", lambda *args, **named: "asked")
    places = [Place(name, job_in, admin_user) for name in ("News", "Sports")]
    _first, rule = make_rule(name="First"), make_rule(sort_order=1)
    client = browser_of(who, places[0].collection, places[1].collection, admin_user)
    wrong = {}
    for (method, name), answers in EXPECTED.items():
        wanted = [row[PEOPLE.index(who)] for row in answers]
        found = [answer(client, method, name, place, rule) for place, _row in zip(places, answers, strict=False)]
        if found != wanted:
            wrong[f"{method} {name}"] = f"{found} instead of {wanted}"
    assert wrong == {}
