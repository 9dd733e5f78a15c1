"""The *Upscale* field: what shows when, what it is called, and which amounts it takes."""

from __future__ import annotations

import json
import re

import pytest
from django import forms

from tests.admin.test_fields import ALL, form
from wagtail_restore.admin import fields
from wagtail_restore.admin.upscale_field import Enlargement


@pytest.mark.parametrize("amount", ["101", "-1", "0.5", "much"])
def test_an_amount_is_a_percentage(amount: str) -> None:
    posted = {"restore_upscale": "x2", "restore_upscale_strength": amount, "restore_upscale_denoise": amount}
    assert form(posted, ALL).errors == {
        "restore_upscale": [
            "Give the strength as a whole number from 0 to 100.",
            "Give how much noise as a whole number from 0 to 100, or nothing.",
        ]
    }


def test_the_width_shows_with_its_choice_only() -> None:
    closed = str(form(initial={"restore_upscale": Enlargement("x2")})["restore_upscale"])
    opened = str(form(initial={"restore_upscale": Enlargement("width", 900)})["restore_upscale"])
    assert 'data-w-rules-target="show"' in closed
    assert " hidden>" in closed
    assert " hidden>" not in opened
    assert 'value="900"' in opened


def details(value: Enlargement) -> str:
    """The tag of the group that is folded away."""
    rendered = str(form(initial={"restore_upscale": value}, offer=ALL)["restore_upscale"])
    found = re.search(r"<details[^>]*>", rendered)
    assert found is not None
    return found[0]


def test_amounts_are_folded_away_until_one_of_them_is_told() -> None:
    assert " open" not in details(Enlargement("x2"))
    assert " open" in details(Enlargement("x2", None, 60))
    assert " open" in details(Enlargement("x2", None, 100, 0))
    assert " hidden" not in details(Enlargement())
    assert " hidden" in details(Enlargement("no"))
    assert "[&quot;rule&quot;, &quot;x2&quot;, &quot;x4&quot;, &quot;width&quot;]" in details(Enlargement())


def test_a_wrong_amount_is_not_folded_away() -> None:
    rendered = str(form({"restore_upscale": "x2", "restore_upscale_strength": "200"})["restore_upscale"])
    assert re.search(r"<details[^>]* open", rendered)
    assert 'value="200"' in rendered


def test_each_amount_has_a_label_and_says_what_it_does() -> None:
    rendered = str(form(offer=ALL)["restore_upscale"])
    for name, label in (("2", "Strength (%)"), ("3", "Noise removed while enlarging (%)")):
        part = f"id_restore_upscale_{name}"
        assert re.search(rf'<label[^>]* for="{part}">{re.escape(label)}</label>', rendered)
        assert f'aria-describedby="{part}-hint"' in rendered
        assert f'id="{part}-hint"' in rendered


def test_the_rule_for_the_width_names_the_field_as_the_form_does() -> None:
    made = forms.Form(prefix="image-7")
    made.fields.update(fields.build(by_rule_hint=False))
    rendered = str(made["restore_upscale"])
    rules = json.dumps({"image-7-restore_upscale": ["width"]}).replace('"', "&quot;")
    assert f'data-w-rules="{rules}"' in rendered
    assert 'name="image-7-restore_upscale"' in rendered
    assert 'name="image-7-restore_upscale_width"' in rendered


def test_the_label_belongs_to_the_select() -> None:
    rendered = form().as_div()
    assert '<label for="id_restore_upscale_0">Upscale:</label>' in rendered
    assert 'id="id_restore_upscale_0"' in rendered
