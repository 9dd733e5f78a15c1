"""Our fields in a form that nobody has sent yet are what the form would show field by field, whoever looks at it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.test import Client
from django.utils import timezone, translation
from wagtail.images import get_image_model
from wagtail.images.forms import get_image_form

from wagtail_restore.admin import fields
from wagtail_restore.admin.forms import RestoreImageForm
from wagtail_restore.admin.unsent import Unsent, _write
from wagtail_restore.imaging.planning import CleanUp, Upscale, Wishes
from wagtail_restore.rights import Asking

ROWS = Template("{% load wagtailadmin_tags %}{% for field in form %}<li>{% formattedfield field %}</li>{% endfor %}")
STATEMENT = Asking("The pictures are <ours>.")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    _write.cache_clear()


def shown(prefix: str | None = "image-7", given: Wishes | None = None, **told: Any) -> str:
    """The form below an uploaded file, as its template prints it."""
    form = forms.Form(prefix=prefix, initial={fields.GIVEN: fields.packed(given)} if given else None)
    options = {"below_file": True, "offer": (), "asking": Asking(), **told}
    form.fields[fields.GIVEN] = forms.CharField(required=False, widget=Unsent(**options))
    return str(form[fields.GIVEN])


def one_by_one(prefix: str, wishes: Wishes, offer: tuple[str, ...] = (), asking: Asking = STATEMENT) -> str:
    form = forms.Form(prefix=prefix, initial=fields.initial_of(wishes))
    form.fields = fields.build(by_rule_hint=False, offer=offer, asking=asking)
    return str(ROWS.render(Context({"form": form})))


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(),
        Wishes(clean_up=CleanUp.MARKS, upscale=Upscale.WIDTH, width=1800, strength=0.5, model="line"),
        Wishes(upscale=Upscale.NO, faces=True, denoise=0.3),
    ],
)
@pytest.mark.parametrize("offer", [(), ("noise", "jpeg", "faces", "denoise")])
def test_each_form_shows_what_it_would_field_by_field(wishes: Wishes, offer: tuple[str, ...]) -> None:
    for prefix in ("image-7", "image-4012"):
        given, _end, rest = shown(prefix, wishes, offer=offer, asking=STATEMENT).partition(">")
        assert f'name="{prefix}-restore_given"' in given and 'type="hidden"' in given
        assert rest.strip() == one_by_one(prefix, wishes, offer).strip()


def test_the_edit_page_shows_them_without_a_prefix_and_says_what_by_rule_means_there() -> None:
    written = shown(None, below_file=False)
    assert 'name="restore_clean_up"' in written and 'id="id_restore_upscale_0"' in written
    assert "“By rule” does nothing here unless you put in another file." in written
    assert "<li>" not in written and "restore_given" not in written and "restore-any" not in written


def test_they_are_written_once_for_all_forms_that_show_the_same() -> None:
    for number in range(50):
        shown(f"image-{number}", Wishes(clean_up=CleanUp.DATES))
    assert (_write.cache_info().misses, _write.cache_info().hits) == (1, 49)


def test_nobody_sees_the_language_or_the_confirmation_of_another() -> None:
    with translation.override("de"):
        assert "Bereinigen" in shown() and "Clean up" not in shown()
    assert "Clean up" in shown()
    late = Asking("The pictures are ours.", datetime(2026, 5, 1, 23, 30, tzinfo=UTC))
    with timezone.override("Europe/Berlin"):
        assert "You confirmed on May 2, 2026" in shown(asking=late)
    with timezone.override("UTC"):
        assert "You confirmed on May 1, 2026" in shown(asking=late)
    assert "The pictures are &lt;ours&gt;." in shown(asking=STATEMENT) and "You confirmed" not in shown()


def test_what_a_prefix_holds_stays_text() -> None:
    assert '"><script>' not in shown('"><script>')


def test_while_a_site_is_developed_nothing_is_kept(settings: Any) -> None:
    settings.DEBUG = True
    shown()
    assert _write.cache_info().currsize == 0


class WithoutUpscale(RestoreImageForm):
    """A site's own form that leaves one of our fields out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("restore_upscale", None)


class OtherWords(RestoreImageForm):
    """One that calls a field of ours by another name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["restore_model"].label = "Kind of picture"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "told"), [("WithoutUpscale", [False, True, False]), ("OtherWords", [True, False, True])]
)
def test_a_site_s_own_form_may_change_our_fields(
    admin: Client, image: Any, settings: Any, form: str, told: list[bool]
) -> None:
    settings.WAGTAILIMAGES_IMAGE_FORM_BASE = f"{__name__}.{form}"
    text = admin.get(f"/admin/images/{image.pk}/").content.decode()
    assert [word in text for word in ('name="restore_upscale"', ">\n            Model", "Kind of picture")] == told


@pytest.mark.django_db
def test_a_template_may_show_each_of_our_fields_where_it_likes(image: Any, admin_user: Any) -> None:
    form = get_image_form(get_image_model())(instance=image, user=admin_user)
    assert 'name="restore_clean_up"' in str(form["restore_clean_up"])
    assert [each.name for each in form if each.name.startswith("restore_")] == [
        "restore_base_size",
        "restore_clean_up",
        "restore_upscale",
        "restore_model",
    ]
