"""Whoever saves a mask template confirms once that what it marks may go, and every Job that erases with it says so."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from wagtail.models import ModelLogEntry

from tests.admin.conftest import browser, person
from tests.admin.test_painting_templates import save
from tests.admin.test_rights import OURS, ask, logged, statement  # noqa: F401 — fixture
from tests.admin.test_templates import INDEX
from tests.admin.test_uploads import post
from wagtail_restore import jobs, rights
from wagtail_restore.admin import actions
from wagtail_restore.exceptions import BadOutput, RightsUnconfirmed
from wagtail_restore.imaging.planning import CleanUp, Plan, Step, Wishes
from wagtail_restore.models import Job, MaskTemplate, State

pytestmark = pytest.mark.django_db

IF_SO = f"If a watermark is among what this template marks: {OURS}"
REFUSAL = "Confirm first that you may remove watermarks. The template was not saved."


@pytest.fixture
def keeper_user(db: Any) -> Any:
    return person("keeper", "use_restore", "add_masktemplate", "change_masktemplate")


@pytest.fixture
def keeper(keeper_user: Any) -> Client:
    return browser(keeper_user)


@pytest.fixture
def template(keeper: Client, image: Any, make_rule: Any) -> MaskTemplate:
    """One that the keeper saved and vouches for, and a rule that erases with it."""
    save(keeper, image, rights="on")
    template = MaskTemplate.objects.get()
    make_rule(name="Agency", action="erase", min_width=None, template=template)
    return template


def page_of(image: Any) -> str:
    return f"/admin/restore/image/{image.pk}/remove-objects/"


def change(client: Client, template: MaskTemplate, **fields: Any) -> Any:
    form = {"name": template.name, "collection": template.collection_id, "anchor": template.anchor, **fields}
    return client.post(f"{INDEX}edit/{template.pk}/", form)


# — saving it —


def test_the_editor_asks_once_before_a_template_is_saved(keeper: Client, keeper_user: Any, image: Any) -> None:
    assert IF_SO in keeper.get(page_of(image)).text
    response = save(keeper, image)
    assert (response.status_code, response.json()) == (422, {"error": REFUSAL})
    assert (MaskTemplate.objects.count(), logged()) == (0, [])
    assert save(keeper, image, rights="on").status_code == 200
    assert logged() == [("keeper", IF_SO)]
    told = MaskTemplate.objects.get().rights
    assert (told["user"], told["name"], told["statement"]) == (str(keeper_user.pk), "keeper", IF_SO)
    assert f": “{IF_SO}”" in keeper.get(page_of(image)).text
    assert save(keeper, image, name="Stamp").status_code == 200
    assert [each.rights for each in MaskTemplate.objects.all()] == [told, told]


def test_who_has_confirmed_it_for_whatever_is_found_is_not_asked(keeper: Client, keeper_user: Any, image: Any) -> None:
    rights.confirm(keeper_user)
    assert save(keeper, image).status_code == 200
    assert MaskTemplate.objects.get().rights["statement"] == OURS


def test_one_that_was_not_saved_confirms_nothing(keeper: Client, image: Any) -> None:
    assert save(keeper, image, rights="on", name="").status_code == 422
    assert logged() == []


def test_the_form_in_the_settings_asks_too(admin: Client, template: MaskTemplate) -> None:
    address = f"{INDEX}edit/{template.pk}/"
    assert IF_SO in admin.get(address).text
    assert change(admin, template, name="Stamp").context["form"].errors == {"confirms": [REFUSAL]}
    assert change(admin, template, name="Stamp", confirms="on").status_code == 302
    template.refresh_from_db()
    assert (template.name, template.rights["name"]) == ("Stamp", "admin")
    assert logged() == [("admin", IF_SO), ("keeper", IF_SO)]
    assert "Right to remove watermarks" not in admin.get(address).text
    assert change(admin, template).status_code == 302


def test_where_nobody_is_asked_what_was_confirmed_once_stays(
    admin: Client, template: MaskTemplate, settings: Any
) -> None:
    ask(settings, "")
    assert change(admin, template, name="Stamp").status_code == 302
    template.refresh_from_db()
    assert (template.name, template.rights["name"]) == ("Stamp", "keeper")


# — erasing with it —


def test_an_upload_tells_who_vouches_for_the_template(
    admin: Client, editor: Client, editor_user: Any, template: MaskTemplate
) -> None:
    assert post(editor)["success"]
    job = Job.objects.get()
    assert (job.user, job.rights) == (editor_user, {"template": template.rights})
    page = admin.get(f"/admin/restore/report/{job.pk}/").text
    assert "For the mask template “Agency logo” confirmed by keeper," in page and f": “{IF_SO}”" in page
    entry = ModelLogEntry.objects.get(action="wagtail_restore.request")
    told = "with the mask template “Agency logo”, for which keeper has confirmed the right to remove watermarks"
    assert entry.message == f"Restoration asked for, {told}"


def test_the_backfill_tells_it_too(template: MaskTemplate, redis: Any) -> None:
    call_command("restore_backfill", rule="Agency", stdout=io.StringIO(), stderr=io.StringIO())
    assert [job.rights for job in Job.objects.all()] == [{"template": template.rights}]


def test_what_else_the_upload_erases_is_confirmed_by_whoever_uploads(editor: Client, template: MaskTemplate) -> None:
    assert post(editor, restore_clean_up="marks", restore_clean_up_rights="on")["success"]
    told = Job.objects.get().rights
    assert (told["name"], told["statement"], told["template"]) == ("editor", OURS, template.rights)


def test_the_template_answers_for_no_watermark_that_is_found(
    editor_user: Any, image: Any, template: MaskTemplate
) -> None:
    erases = Step("erase", params={"template": template.stencil.to_json()})
    plan = Plan((erases, Step("erase", params={"detect": ["date", "watermark"]})))
    job = jobs.claim(jobs.request(image, plan, wishes=Wishes(clean_up=CleanUp.MARKS)).pk, "worker")
    assert job is not None and job.rights == {"template": template.rights}
    region = {"kind": "watermark", "box": [2, 2, 9, 9], "polygon": [[2, 2], [11, 2], [11, 11]], "text": ""}
    jobs.finish(job, State.REVIEW, report={"regions": [{**region, "confidence": 0.4}], "from": [64, 48]})
    with pytest.raises(RightsUnconfirmed):
        actions.decide(job, {0}, editor_user)
    further = actions.decide(job, {0}, editor_user, confirms=True)
    assert further is not None
    assert (further.rights["name"], further.rights["template"]) == ("editor", template.rights)


def test_a_template_that_nobody_vouched_for_is_confirmed_by_whoever_tries_again(
    editor: Client, editor_user: Any, template: MaskTemplate
) -> None:
    MaskTemplate.objects.update(rights={})
    assert post(editor)["success"]
    job = jobs.claim(Job.objects.get().pk, "worker")
    assert job is not None and job.rights == {}
    jobs.fail(job, BadOutput(model="auto"))
    with pytest.raises(RightsUnconfirmed):
        actions.retry(job, editor_user)
    assert actions.retry(job, editor_user, confirms=True).rights["statement"] == IF_SO


def test_one_that_somebody_vouched_for_is_tried_again_unasked(
    editor: Client, editor_user: Any, template: MaskTemplate
) -> None:
    assert post(editor)["success"]
    job = jobs.claim(Job.objects.get().pk, "worker")
    assert job is not None
    jobs.fail(job, BadOutput(model="auto"))
    assert actions.retry(job, editor_user).rights == {"template": template.rights}
