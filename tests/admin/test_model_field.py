"""The Model of a rule: any of the catalogue that enlarges, told in words, and what becomes of one that is gone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.admin.test_rules import FORM, INDEX, NEW, MakeRule
from wagtail_restore.admin.model_field import remark
from wagtail_restore.catalogue import Model
from wagtail_restore.models import ResolutionRule

pytestmark = pytest.mark.django_db

ENGINE = "wagtail_restore.engines.upscale.Upscaler"
OWN = {
    "site-x4": {"kind": "upscale", "engine": ENGINE, "scale": 4, "invents": True, "summary": "Ours.", "file": "s.pth"},
    "dream-x4": {"kind": "upscale", "engine": ENGINE, "purpose": "own", "scale": 4, "faithful": False},
    "mender": {"kind": "denoise", "engine": ENGINE, "purpose": "noise"},
}


@pytest.fixture
def own_models(settings: Any) -> None:
    """A site with Models of its own."""
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "MODELS": OWN}


def test_a_rule_may_name_any_model_that_enlarges(admin: Client, own_models: None) -> None:
    page = admin.get(NEW).content.decode()
    for option in (
        '<option value="auto" selected>Automatic</option>',
        '<option value="site-x4">site-x4 (×4, may invent detail)</option>',
        '<option value="dream-x4">dream-x4 (×4, may invent detail)</option>',
        '<option value="resample">resample</option>',
        '<optgroup label="For photographs">',
        '<optgroup label="Others">',
    ):
        assert option in page
    assert 'value="mender"' not in page
    assert 'value="classic"' not in page
    assert admin.post(NEW, {**FORM, "model": "site-x4"}).status_code == 302
    assert ResolutionRule.objects.get().spec().model == "site-x4"


def test_each_model_is_told_when_it_is_chosen(admin: Client, own_models: None, make_rule: MakeRule) -> None:
    rule = make_rule(model="site-x4")
    page = admin.get(f"/admin/restore/rules/edit/{rule.pk}/").content.decode()
    remarks = re.findall(r'data-w-rules="{&quot;model&quot;: \[&quot;([\w-]+)&quot;\]}"( hidden)?>(.*?)</p>', page)
    assert ("site-x4", "", "Ours. Its weights must lie in a folder of the worker: s.pth") in remarks
    assert ("dream-x4", " hidden", "In creative mode only.") in remarks


def test_strict_mode_takes_no_model_that_is_not_faithful(admin: Client, own_models: None) -> None:
    response = admin.post(NEW, {**FORM, "model": "dream-x4"})
    assert response.context["form"].errors == {
        "model": ["Strict mode allows no model that invents: choose creative mode, or another model."]
    }
    assert admin.post(NEW, {**FORM, "model": "dream-x4", "mode": "creative"}).status_code == 302


def test_a_refusing_rule_needs_no_model(admin: Client, own_models: None) -> None:
    assert admin.post(NEW, {**FORM, "action": "refuse", "model": "dream-x4"}).status_code == 302


def test_a_model_that_is_gone_is_shown_and_must_be_replaced(admin: Client, make_rule: MakeRule) -> None:
    rule = make_rule(model="gone-x4")
    listed = admin.get(INDEX).content.decode()
    assert "Upscale to the minimum: impossible, as there is no model called “gone-x4” any more" in listed
    url = f"/admin/restore/rules/edit/{rule.pk}/"
    page = admin.get(url).content.decode()
    assert '<option value="gone-x4" selected>gone-x4 (no longer in the catalogue)</option>' in page
    told = "There is no model called “gone-x4” in the catalogue any more. Choose another one."
    assert admin.post(url, {**FORM, "model": "gone-x4"}).context["form"].errors == {"model": [told]}
    assert admin.post(url, {**FORM, "model": "compact-x4"}).status_code == 302
    assert "Upscale to the minimum with the model “compact-x4”" in admin.get(INDEX).content.decode()


def test_a_model_that_never_was_cannot_be_chosen(admin: Client) -> None:
    errors = admin.post(NEW, {**FORM, "model": "never-x4"}).context["form"].errors
    assert errors["model"] == ["Select a valid choice. never-x4 is not one of the available choices."]


@pytest.mark.parametrize(
    ("changes", "offered"),
    [
        ({"MODELS": OWN}, ["compact-x4", "site-x4", "dream-x4"]),
        ({"MODELS": {"broken": {"kind": "upscale"}}}, ["compact-x4"]),
    ],
)
def test_the_form_and_the_list_are_there_though_some_models_cannot_be_read(
    admin: Client,
    make_rule: MakeRule,
    settings: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, Any],
    offered: list[str],
) -> None:
    make_rule(model="compact-x4")
    (tmp_path / "imported.toml").write_text("[net")
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "WEIGHTS_FOLDERS": [str(tmp_path)], **changes}
    page = admin.get(NEW).content.decode()
    assert [alias for alias in ("compact-x4", "site-x4", "dream-x4") if f'value="{alias}"' in page] == offered
    assert "Upscale to the minimum with the model “compact-x4”" in admin.get(INDEX).content.decode()
    assert str(tmp_path / "imported.toml") in caplog.text
    assert {record.name for record in caplog.records} == {"wagtail_restore.models.rules"}


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"licence": "BSD-3-Clause", "bundled": True, "file": "a.pth"}, "Licence: BSD-3-Clause."),
        ({"licence": "CC BY-NC", "commercial": False}, "Licence: CC BY-NC, not for commercial use."),
        (
            {"summary": "Sharp.", "file": "a.pth", "sources": ("https://example.org/a.pth",)},
            "Sharp. Before its first use, run on the worker: restore_models pull a-x4",
        ),
    ],
)
def test_what_an_administrator_should_know_of_a_model(entry: dict[str, Any], text: str) -> None:
    assert remark(Model("a-x4", "upscale", ENGINE, **entry)) == text
