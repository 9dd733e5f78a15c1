"""The package speaks the languages that lie in its ``locale`` folder."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest
from django.utils import translation

import wagtail_restore
from wagtail_restore import messages
from wagtail_restore.imaging.planning import Note

LOCALE = Path(wagtail_restore.__file__).parent / "locale"
LANGUAGES = sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir())


def compiled(language: str) -> gettext.GNUTranslations:
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def test_there_is_a_translation() -> None:
    assert "de" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_editor_is_told_of_a_job_is_translated(language: str) -> None:
    known = compiled(language)
    with translation.override("en"):
        texts = [str(text) for text in messages.TEXTS.values()]
    assert [text for text in texts if known.gettext(text) == text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_file_is_that_of_the_source(language: str) -> None:
    source = (LOCALE / language / "LC_MESSAGES" / "django.po").read_text("utf-8")
    assert "#, fuzzy" not in source
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE)
    assert len(pairs) > 150
    known = compiled(language)
    assert [pair for pair in pairs if '"' not in pair[0] and known.gettext(pair[0]) != pair[1]] == []


def test_django_finds_it() -> None:
    with translation.override("de"):
        note = Note("mislabelled", {"extension": ".png", "format": "JPEG"})
        assert messages.say(note).startswith("Der Name endet auf .png, aber die Datei enthält JPEG.")
        assert messages.say(Note("unsure", {"count": 3})).startswith("3 Stellen wurden gefunden")
