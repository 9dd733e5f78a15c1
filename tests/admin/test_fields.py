"""What is posted, and the Wishes that it stands for."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms

from wagtail_restore.admin import fields
from wagtail_restore.imaging.planning import CleanUp, Mode, Repair, Upscale, Wishes

ALL = ("noise", "jpeg", "faces", "denoise")


def form(data: dict[str, Any] | None = None, offer: tuple[str, ...] = (), **options: Any) -> forms.Form:
    made = forms.Form(data, **options)
    made.fields.update(fields.build(by_rule_hint=False, offer=offer))
    return made


def wishes(data: dict[str, Any], offer: tuple[str, ...] = ()) -> Wishes | None:
    posted = form(data, offer)
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
        ({"restore_upscale": "x2", "restore_upscale_strength": "60"}, Wishes(upscale=Upscale.X2, strength=0.6)),
        ({"restore_upscale": "rule", "restore_upscale_strength": "0"}, Wishes(strength=0.0)),
        ({"restore_upscale": "x2", "restore_upscale_strength": ""}, Wishes(upscale=Upscale.X2)),
        ({"restore_upscale": "no", "restore_upscale_strength": "much"}, Wishes(upscale=Upscale.NO)),
        ({"restore_upscale_strength": "60"}, None),
    ],
)
def test_what_is_posted_becomes_wishes(data: dict[str, Any], expected: Wishes | None) -> None:
    assert wishes(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"restore_repair": "noise"}, Wishes(repair=Repair.NOISE)),
        ({"restore_repair": "jpeg", "restore_upscale": "no"}, Wishes(upscale=Upscale.NO, repair=Repair.JPEG)),
        ({"restore_faces": "on"}, Wishes(mode=Mode.CREATIVE, faces=True)),
        ({"restore_upscale": "x4", "restore_upscale_denoise": "0"}, Wishes(upscale=Upscale.X4, denoise=0.0)),
        ({"restore_upscale": "x4", "restore_upscale_denoise": "55"}, Wishes(upscale=Upscale.X4, denoise=0.55)),
        ({"restore_upscale": "x4", "restore_upscale_denoise": ""}, Wishes(upscale=Upscale.X4)),
    ],
)
def test_what_the_site_offers_becomes_wishes(data: dict[str, Any], expected: Wishes) -> None:
    assert wishes(data, ALL) == expected


@pytest.mark.parametrize(
    ("offer", "names", "repairs"),
    [
        ((), ["restore_clean_up", "restore_upscale", "restore_model"], []),
        (("denoise",), ["restore_clean_up", "restore_upscale", "restore_model"], []),
        (
            ("jpeg",),
            ["restore_clean_up", "restore_repair", "restore_upscale", "restore_model"],
            ["Off", "Traces of JPEG compression"],
        ),
        (
            ALL,
            ["restore_clean_up", "restore_repair", "restore_faces", "restore_upscale", "restore_model"],
            ["Off", "Noise", "Traces of JPEG compression"],
        ),
    ],
)
def test_only_what_the_site_offers_is_shown(offer: tuple[str, ...], names: list[str], repairs: list[str]) -> None:
    shown = form(offer=offer)
    assert list(shown.fields) == names
    field = shown.fields.get("restore_repair")
    assert [str(label) for _, label in field.choices] == repairs if field else repairs == []  # type: ignore[attr-defined]
    assert ("restore_upscale_denoise" in str(shown["restore_upscale"])) is ("denoise" in offer)


def test_what_the_site_does_not_offer_cannot_be_asked_for() -> None:
    posted = {"restore_repair": "noise", "restore_faces": "on", "restore_upscale_denoise": "50"}
    assert wishes({"restore_clean_up": "off", "restore_upscale": "rule", **posted}) == Wishes()
    assert form({"restore_repair": "noise"}, ("jpeg",)).errors == {
        "restore_repair": ["Select a valid choice. noise is not one of the available choices."]
    }


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
    "asked",
    [
        Wishes(),
        Wishes(CleanUp.TEXT, Upscale.WIDTH, 1200, "photo"),
        Wishes(upscale=Upscale.NO),
        Wishes(upscale=Upscale.X2, strength=0.29, denoise=0.0),
        Wishes(mode=Mode.CREATIVE, faces=True, repair=Repair.JPEG),
    ],
)
def test_wishes_survive_being_hidden_in_a_form_and_being_shown(asked: Wishes) -> None:
    assert fields.unpacked(fields.packed(asked)) == asked
    shown = form(initial=fields.initial_of(asked), offer=ALL)
    rendered = {name: shown[name].value() for name in shown.fields}
    choice, width, strength, denoise = rendered.pop("restore_upscale")
    parts = {"": choice, "_width": width, "_strength": strength, "_denoise": denoise}
    posted = {**rendered, **{f"restore_upscale{part}": "" if v is None else str(v) for part, v in parts.items()}}
    assert wishes(posted, ALL) == asked


@pytest.mark.parametrize(
    "value", ["", "nonsense", "[]", "3", '{"clean_up": "people"}', '{"strength": 60}', '{"denoise": [1]}', "null"]
)
def test_a_hidden_value_that_was_tampered_with_asks_for_nothing(value: str) -> None:
    assert fields.unpacked(value) == Wishes()


def test_only_our_values_are_picked_for_the_batch() -> None:
    ours = {"restore_clean_up": "dates", "restore_upscale": "width", "restore_upscale_width": "9"}
    ours |= {"restore_upscale_strength": "50", "restore_upscale_denoise": "", "restore_faces": "on"}
    assert fields.picked({**ours, "title": "x", "restored": "x"}) == ours
