"""What an editor reads: whole sentences with the numbers in them."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from django.utils import translation

from wagtail_restore import exceptions, messages
from wagtail_restore.imaging.planning import Note, Step

NUMBERS = {
    "rule": "Photos in News",
    "width": 640,
    "height": 480,
    "min_width": None,
    "min_height": None,
    "min_megapixels": None,
    "message": "",
}


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        (
            {"min_width": 1600},
            "640 × 480 pixels; the rule “Photos in News” needs at least 1600 pixels wide.",
        ),
        (
            {"min_height": 900, "message": "Ask the agency for a larger file."},
            "640 × 480 pixels; the rule “Photos in News” needs at least 900 pixels high. "
            "Ask the agency for a larger file.",
        ),
        (
            {"min_width": 1600, "min_height": 900},
            "640 × 480 pixels; the rule “Photos in News” needs at least 1600 × 900 pixels.",
        ),
        (
            {"min_megapixels": 2.5},
            "640 × 480 pixels; the rule “Photos in News” needs at least 2.5 megapixels.",
        ),
    ],
)
def test_a_refusal_names_the_rule_and_the_numbers(numbers: dict[str, Any], text: str) -> None:
    assert messages.say(Note("refused", {**NUMBERS, **numbers})) == text


def test_how_much_text_was_erased_is_told() -> None:
    many = messages.say(Note("much_text", {"count": 27, "percent": 12}))
    assert many.startswith("27 pieces of text were erased, 12% of the picture.")
    one = messages.say(Note("much_text", {"count": 1, "percent": 4}))
    assert one.startswith("One piece of text was erased, 4% of the picture.")


@pytest.mark.parametrize(
    ("language", "rules", "text"),
    [
        ("en", ["Wide"], "the rule “Wide” asks for it."),
        ("en", ["Wide", "Stamps"], "the rules “Wide” and “Stamps” ask for it."),
        ("de", ["Wide", "Stamps", "Old"], "Die Regeln „Wide“, „Stamps“ und „Old“ verlangen es."),
        ("fr", ["Wide"], "la règle «\N{NO-BREAK SPACE}Wide\N{NO-BREAK SPACE}» le demande."),
    ],
)
def test_the_rules_that_ask_for_a_review_are_named(language: str, rules: list[str], text: str) -> None:
    with translation.override(language):
        assert messages.say(Note("review_by_rule", {"rules": rules})).endswith(text)


def test_every_error_has_its_words() -> None:
    codes = {
        error.code
        for _, error in inspect.getmembers(exceptions, inspect.isclass)
        if issubclass(error, exceptions.RestoreError)
    }
    wordless = {code for code in codes if messages.say(Note(code)) == code}
    assert wordless == {"stopped", "lease_lost"}, "these two never end a job"


def test_numbers_stand_in_the_sentence() -> None:
    note = Note("too_large", {"width": 30000, "height": 20000, "limit": 128000000})
    assert messages.say(note) == (
        "The picture has 30000 × 20000 pixels, more than this site opens (128000000). Upload a smaller one."
    )


def test_missing_numbers_do_not_hide_the_sentence() -> None:
    assert messages.say(Note("animated")) == "This is an animation; only still pictures can be restored."


@pytest.mark.parametrize(("count", "start"), [(1, "One mark was found"), (3, "3 marks were found")])
def test_unsure_regions_are_counted(count: int, start: str) -> None:
    assert messages.say(Note("unsure", {"count": count})).startswith(start)


def test_no_note_says_nothing() -> None:
    assert messages.say(None) == ""


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert messages.say(Note("brand_new")) == "brand_new"
    assert messages.doing("brand_new") == "brand_new"


def test_what_a_job_is_at() -> None:
    assert messages.doing("upscale") == "Upscaling"


SIZE = {"width": 1280, "height": 960}


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (Step("erase", params={"detect": ["date", "text"]}), "Clean up: date stamps, all text"),
        (Step("denoise", "noise"), "Remove noise"),
        (Step("denoise", "jpeg"), "Repair traces of JPEG compression"),
        (Step("denoise", "scunet-psnr"), "Repair with the model “scunet-psnr”"),
        (Step("face"), "Rebuild faces"),
        (Step("upscale", "auto", SIZE), "Upscale to 1280 × 960"),
        (Step("upscale", "line", SIZE), "Upscale to 1280 × 960 (as line art)"),
        (Step("upscale", "hat-x4", SIZE), "Upscale to 1280 × 960 (with the model “hat-x4”)"),
        (
            Step("upscale", "photo", {**SIZE, "strength": 0.29, "denoise": 0.0}),
            "Upscale to 1280 × 960 (as a photo, 29% strength, 0% of the noise removed if the model can be told)",
        ),
        (Step("brand_new"), "brand_new"),
    ],
)
def test_what_a_step_is_to_do(step: Step, text: str) -> None:
    assert messages.task(step) == text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            "faces_need_creative",
            "Faces can only be rebuilt in creative mode, because the network invents what it does not see.",
        ),
        ("no_faces", "No face was found. The file was left as it is."),
        ("faces_left", "Faces were found, but none that would gain by being redrawn. The file was left as it is."),
    ],
)
def test_faces_have_their_words(code: str, text: str) -> None:
    assert messages.say(Note(code)) == text


def test_missing_weights_come_with_the_command_that_fetches_them() -> None:
    assert messages.say(Note("weights_missing", {"model": "hat-x4"})) == (
        "The weights of the model “hat-x4” are not on the worker. Your administrator can run there: "
        "restore_models pull hat-x4"
    )
