"""What is posted, and the Wishes that it stands for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django import forms

from wagtail_restore.admin import fields
from wagtail_restore.imaging.planning import CleanUp, Upscale, Wishes


def form(data: dict[str, Any] | None = None, **options: Any) -> forms.Form:
    made = forms.Form(data, **options)
    made.fields.update(fields.build(by_rule_hint=False))
    return made


def wishes(data: dict[str, Any]) -> Wishes | None:
    posted = form(data)
    assert posted.is_valid(), posted.errors
    return fields.wishes_of(posted.cleaned_data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, None),
        ({"title": "x"}, None),
        ({"restore_upscale_width": "900"}, None),
        ({"restore_clean_up": "off"}, Wishes()),
        ({"restore_clean_up": "marks"}, Wishes(clean_up=CleanUp.MARKS)),
        ({"restore_upscale": "x2"}, Wishes(upscale=Upscale.X2)),
        ({"restore_upscale": "x2", "restore_upscale_width": "900"}, Wishes(upscale=Upscale.X2)),
        ({"restore_upscale": "x4", "restore_upscale_width": "much"}, Wishes(upscale=Upscale.X4)),
        (
            {"restore_upscale": "width", "restore_upscale_width": "900"},
            Wishes(upscale=Upscale.WIDTH, width=900),
        ),
        ({"restore_upscale": "no", "restore_model": "line"}, Wishes(upscale=Upscale.NO, model="line")),
    ],
)
def test_what_is_posted_becomes_wishes(data: dict[str, Any], expected: Wishes | None) -> None:
    assert wishes(data) == expected


@pytest.mark.parametrize(
    ("data", "field", "sentence"),
    [
        ({"restore_upscale": "width"}, "restore_upscale", "Give the width in pixels."),
        (
            {"restore_upscale": "width", "restore_upscale_width": "0"},
            "restore_upscale",
            "Ensure this value is greater than or equal to 1.",
        ),
        (
            {"restore_upscale": "x3"},
            "restore_upscale",
            "Select a valid choice. x3 is not one of the available choices.",
        ),
        (
            {"restore_clean_up": "people"},
            "restore_clean_up",
            "Select a valid choice. people is not one of the available choices.",
        ),
    ],
)
def test_what_makes_no_sense_is_an_error(data: dict[str, Any], field: str, sentence: str) -> None:
    assert form(data).errors == {field: [sentence]}


@pytest.mark.parametrize(
    "asked", [Wishes(), Wishes(CleanUp.TEXT, Upscale.WIDTH, 1200, "photo"), Wishes(upscale=Upscale.NO)]
)
def test_wishes_survive_being_hidden_in_a_form_and_being_shown(asked: Wishes) -> None:
    assert fields.unpacked(fields.packed(asked)) == asked
    shown = form(initial=fields.initial_of(asked))
    assert str(asked.clean_up.value) in shown["restore_clean_up"].value()
    assert shown["restore_upscale"].value() == (asked.upscale.value, asked.width)


@pytest.mark.parametrize("value", ["", "nonsense", "[]", "3", '{"clean_up": "people"}', "null"])
def test_a_hidden_value_that_was_tampered_with_asks_for_nothing(value: str) -> None:
    assert fields.unpacked(value) == Wishes()


def test_the_width_shows_with_its_choice_only() -> None:
    closed = str(form(initial={"restore_upscale": ("x2", None)})["restore_upscale"])
    opened = str(form(initial={"restore_upscale": ("width", 900)})["restore_upscale"])
    assert 'data-w-rules-target="show"' in closed
    assert " hidden>" in closed
    assert " hidden>" not in opened
    assert 'value="900"' in opened


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


def test_only_our_values_are_picked_for_the_batch() -> None:
    posted = {"restore_clean_up": "dates", "title": "x", "restore_upscale": "width", "restore_upscale_width": "9"}
    assert fields.picked(posted) == {
        "restore_clean_up": "dates",
        "restore_upscale": "width",
        "restore_upscale_width": "9",
    }
