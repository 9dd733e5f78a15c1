"""Everything that an editor reads is there in each language of ``locale``: whole, compiled, in Wagtail's own words."""

from __future__ import annotations

import ast
import gettext
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import django
import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import translation
from wagtail.users.models import UserProfile

import wagtail_restore
from wagtail_restore import jobs, messages
from wagtail_restore.imaging.planning import Note, Plan, Step, Upscale, Wishes
from wagtail_restore.testing import make_image

PACKAGE = Path(wagtail_restore.__file__).parent
LOCALE = PACKAGE / "locale"
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))
LANGUAGES = ("de", "fr")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")
Key = tuple[str, str]
"""Context and msgid."""


@dataclass
class Entry:
    """One entry of a ``.po`` file; ``texts`` has the translation, or one for each plural form."""

    context: str = ""
    msgid: str = ""
    plural: str = ""
    texts: dict[int, str] = field(default_factory=dict)
    flags: str = ""

    @property
    def key(self) -> Key:
        return self.context, self.msgid


def entries(po: str) -> list[Entry]:
    """The entries of a ``.po`` file, the header first."""
    return [_entry(block) for block in po.strip().split("\n\n")]


def _entry(block: str) -> Entry:
    entry = Entry(flags=" ".join(line for line in block.splitlines() if line.startswith(("#,", "#~", "#|"))))
    for word, form, quoted in re.findall(r'^(msg\w+)(?:\[(\d)\])? ((?:".*"\n?)+)', block, re.MULTILINE):
        text = "".join(ast.literal_eval(line) for line in quoted.splitlines())
        if word == "msgstr":
            entry.texts[int(form or 0)] = text
        else:
            setattr(entry, {"msgctxt": "context", "msgid": "msgid", "msgid_plural": "plural"}[word], text)
    return entry


@cache
def catalogue(language: str) -> list[Entry]:
    """What is translated, without the header."""
    header, *rest = entries((LOCALE / language / "LC_MESSAGES" / "django.po").read_text("utf-8"))
    assert header.msgid == ""
    return rest


def compiled(mo: Path) -> dict[Any, str]:
    """A ``.mo`` file as Django reads it: by msgid, or by msgid and plural form, with the context before an EOT."""
    with mo.open("rb") as file:
        return dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    """What the source marks for translation."""
    if shutil.which("xgettext") is None:
        pytest.skip("xgettext is not on the path; it comes with the system's package gettext")
    copy = tmp_path_factory.mktemp("source") / "wagtail_restore"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("locale", "bundled", "__pycache__"))
    (copy / "locale").mkdir()
    # -P, because modules of ours have names that the standard library has too.
    command = [sys.executable, "-P", "-m", "django", "makemessages", "--locale", "nl", "--add-location", "file"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return entries((copy / "locale" / "nl" / "LC_MESSAGES" / "django.po").read_text("utf-8"))[1:]


def test_languages_are_those_in_the_folder() -> None:
    assert sorted(folder.name for folder in LOCALE.iterdir()) == list(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_source_marks_is_in_the_catalogue_and_nothing_else(language: str, extracted: list[Entry]) -> None:
    assert len(extracted) > 200
    told = "run `make messages` and translate what is new"
    assert {(e.key, e.plural) for e in catalogue(language)} == {(e.key, e.plural) for e in extracted}, told


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_untranslated_or_guessed_or_left_over(language: str) -> None:
    assert [e.msgid for e in catalogue(language) if not e.texts or not all(e.texts.values())] == []
    assert [e.msgid for e in catalogue(language) if re.search("fuzzy|#~|#\\|", e.flags)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_file_is_that_of_the_source(language: str) -> None:
    written: dict[Any, str] = {}
    for e in catalogue(language):
        name = f"{e.context}\x04{e.msgid}" if e.context else e.msgid
        written |= {(name, form): text for form, text in e.texts.items()} if e.plural else {name: e.texts[0]}
    read = compiled(LOCALE / language / "LC_MESSAGES" / "django.mo")
    del read[""]
    assert read == written, "run `make messages`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_those_of_the_source(language: str) -> None:
    for e in catalogue(language):
        for form, text in e.texts.items():
            source = e.plural if form and e.plural else e.msgid
            assert Counter(PLACEHOLDER.findall(text)) == Counter(PLACEHOLDER.findall(source)), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end_and_pieces_join_as_in_the_source(language: str) -> None:
    for e in catalogue(language):
        for text in e.texts.values():
            assert (text[0] == " ", text[-1] == " ") == (e.msgid[0] == " ", e.msgid[-1] == " "), text
            assert re.findall(r"[.:;]\s*$", text) == re.findall(r"[.:;]\s*$", e.msgid), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_header_tells_the_language_and_its_plurals_and_no_person_or_path(language: str) -> None:
    po = (LOCALE / language / "LC_MESSAGES" / "django.po").read_text("utf-8")
    header = entries(po)[0].texts[0]
    plural = {"de": "nplurals=2; plural=(n != 1);", "fr": "nplurals=2; plural=(n > 1);"}[language]
    for line in ("Project-Id-Version: wagtail-restore", f"Language: {language}", f"Plural-Forms: {plural}"):
        assert f"{line}\n" in header
    assert "@" not in po
    assert [line for line in po.splitlines() if line.startswith("#: /") or re.search(r"^#: .*:\d", line)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_that_wagtail_has_too_is_wagtails_own(language: str) -> None:
    """Our app stands before Wagtail, so a word of ours without a context takes the place of Wagtail's everywhere."""
    folders = [Path(app.path) for app in apps.get_app_configs() if app.name.startswith(("wagtail.", "django."))]
    folders += [Path(apps.get_app_config("wagtailcore").path), Path(django.__file__).parent / "conf"]
    theirs = [
        compiled(mo) for mo in (each / f"locale/{language}/LC_MESSAGES/django.mo" for each in folders) if mo.exists()
    ]
    assert len(theirs) > 5
    for e in catalogue(language):
        known = {each[e.msgid] for each in theirs if e.msgid in each} if not e.context else set()
        assert not known or e.texts[0] in known, f"{e.msgid}: give it a context, or call it {known}"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_words_that_cannot_be_translated(template: Path) -> None:
    html = template.read_text("utf-8")
    # What is printed on a key is no word.
    for hidden in (r"{#.*?#}", r"{% blocktrans.*?{% endblocktrans %}", r"{%.*?%}", r"{{.*?}}", r"<kbd>\w</kbd>"):
        html = re.sub(hidden, "", html, flags=re.DOTALL)
    assert re.findall(r'(?:alt|title|placeholder|aria-label)="([^"]+)"', html) == []
    assert re.findall(r"[^\W\d_]+", re.sub(r"<(?:\"[^\"]*\"|[^>\"])*>", "", html)) == []


@pytest.mark.parametrize(
    ("language", "one", "three"),
    [
        ("de", "Eine Einblendung wurde gefunden,", "3 Einblendungen wurden gefunden,"),
        ("fr", "Une incrustation a été trouvée,", "3 incrustations ont été trouvées,"),
    ],
)
def test_django_finds_words_and_plurals(language: str, one: str, three: str) -> None:
    with translation.override(language):
        assert messages.say(Note("unsure", {"count": 1})).startswith(one)
        assert messages.say(Note("unsure", {"count": 3})).startswith(three)


def admin_in(language: str) -> Client:
    """A browser of somebody who may do everything and has chosen this language in Wagtail's account settings."""
    user = get_user_model().objects.create_superuser("admin", password="x")
    profile = UserProfile.get_for_user(user)
    profile.preferred_language = language
    profile.save()
    client = Client()
    client.force_login(user)
    return client


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "de",
            (
                "Auflösungsregeln",
                "Zu klein unter",
                "1600 px Breite oder 900 px Höhe",
                "Die ganze Bibliothek",
                "Hochgeladene",
            ),
        ),
        (
            "fr",
            ("Règles de résolution", "Trop petite en dessous de", "1600 px de large ou 900 px de haut", "Transferts"),
        ),
    ],
)
def test_rules_are_listed_in_the_language_of_the_user(rule: Any, language: str, sentences: tuple[str, ...]) -> None:
    rule(min_width=1600, min_height=900)
    html = words(admin_in(language).get("/admin/restore/rules/").content.decode())
    assert [each for each in sentences if each not in html] == []
    assert "Too small below" not in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "Wartet Wartet auf einen Worker. Hochskalieren auf 128 × 96. Von der Redaktion angefordert. Abbrechen"),
        ("fr", "En attente En attente d’un worker. Agrandir à 128 × 96. Demandé par la rédaction. Annuler"),
    ],
)
def test_the_panel_is_in_the_language_of_the_user(language: str, sentence: str) -> None:
    image = make_image(64, 48)
    client = admin_in(language)
    plan = Plan((Step("upscale", "auto", {"width": 128, "height": 96}, Note("wished")),))
    jobs.request(image, plan, wishes=Wishes(upscale=Upscale.X2), origin="edit")
    assert sentence in words(client.get(f"/admin/images/{image.pk}/").content.decode())
