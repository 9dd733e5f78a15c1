"""What the system checks say of a set-up that is not right, and that they keep quiet when it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import CheckMessage, run_checks
from django.views.debug import SafeExceptionReporterFilter

from wagtail_restore import catalogue, checks


def ids(messages: list[CheckMessage]) -> list[str]:
    return [message.id.removeprefix("wagtail_restore.") for message in messages if message.id]


@pytest.fixture
def ours(settings: Any) -> Any:
    def change(**values: Any) -> None:
        settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, **values}

    return change


def test_the_test_site_is_in_order() -> None:
    every = (
        checks.check_settings,
        checks.check_private_storage,
        checks.check_queues,
        checks.check_models,
        checks.check_preferences,
        checks.check_offer,
        checks.check_app_order,
        checks.check_form,
    )
    assert [message for check in every for message in check(None)] == []
    assert checks.check_sqlite(None, databases=["default"]) == []


def test_an_unknown_key_is_told(ours: Any) -> None:
    ours(PRIVAT_STORAGE="private")
    (message,) = checks.check_settings(None)
    assert message.msg == "WAGTAIL_RESTORE has no key 'PRIVAT_STORAGE'."
    assert "PRIVATE_STORAGE" in (message.hint or "")
    assert "docs/reference/checks.md#e001" in (message.hint or "")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("JOB_SECONDS", "60"),
        ("KEEP_GPS", "no"),
        ("MODELS", []),
        ("MAX_ATTEMPTS", True),
        ("DETECT_CONFIDENCE", False),
        ("QUEUES", {"restore": "restore"}),
        ("PREFERRED_MODELS", ["compact-x4"]),
        ("OFFER", "noise"),
        ("WEIGHTS_FOLDERS", [None]),
        ("PREFERRED_MODELS", {"photo": None}),
        ("MODELS", {"mine": "compact-x4"}),
    ],
)
def test_a_value_of_the_wrong_type_is_told(ours: Any, key: str, value: Any) -> None:
    ours(**{key: value})
    assert ids(checks.check_settings(None)) == ["E001"]


def test_settings_that_are_no_dictionary_are_told_and_break_nothing(settings: Any) -> None:
    settings.WAGTAIL_RESTORE = ["compact-x4"]
    (message,) = checks.check_settings(None)
    assert message.id == "wagtail_restore.E001"
    assert message.msg == "WAGTAIL_RESTORE must be of type dict, not list."
    assert {"E001", "E002"} <= set(ids(run_checks()))


def test_folders_may_be_paths(ours: Any) -> None:
    ours(WEIGHTS_FOLDERS=[Path("/srv/weights")])
    assert checks.check_settings(None) == []


def test_a_list_will_do_for_a_tuple(ours: Any) -> None:
    ours(WEIGHTS_FOLDERS=["/srv/weights"])
    assert checks.check_settings(None) == []


def test_a_whole_number_will_do_for_a_fraction(ours: Any) -> None:
    ours(DETECT_CONFIDENCE=1)
    assert checks.check_settings(None) == []


def test_private_storage_is_required(ours: Any) -> None:
    ours(PRIVATE_STORAGE="")
    assert ids(checks.check_private_storage(None)) == ["E002"]
    ours(PRIVATE_STORAGE="nowhere")
    assert ids(checks.check_private_storage(None)) == ["E002"]


def test_private_storage_may_not_be_public(ours: Any, settings: Any) -> None:
    ours(PRIVATE_STORAGE="default")
    assert ids(checks.check_private_storage(None)) == ["E003"]
    inside = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": f"{settings.MEDIA_ROOT}/private"},
    }
    settings.STORAGES = {**settings.STORAGES, "inside": inside}
    ours(PRIVATE_STORAGE="inside")
    assert ids(checks.check_private_storage(None)) == ["E003"]


def test_a_missing_queue_is_told(settings: Any) -> None:
    settings.RQ_QUEUES = {"restore": {}}
    (message,) = checks.check_queues(None)
    assert message.msg == "RQ_QUEUES lacks 'restore-live', 'restore-bulk'."


def test_a_broken_entry_of_the_catalogue_is_told(ours: Any) -> None:
    ours(MODELS={"mine": {"kind": "upscale", "engine": "x.Y", "licens": "MIT"}})
    (message,) = checks.check_models(None)
    assert "'mine'" in message.msg and "licens" in message.msg


def test_a_broken_list_of_imported_models_is_told_with_its_file(ours: Any, tmp_path: Path) -> None:
    (tmp_path / "imported.toml").write_text("[net")
    ours(WEIGHTS_FOLDERS=[str(tmp_path)])
    (message,) = checks.check_models(None)
    assert message.id == "wagtail_restore.E005"
    assert str(tmp_path / "imported.toml") in message.msg


def test_a_list_of_imported_models_that_may_not_be_read_is_told(
    ours: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *arguments: Any) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    ours(WEIGHTS_FOLDERS=[str(tmp_path)])
    catalogue.shipped()
    monkeypatch.setattr(Path, "read_text", refuse)
    (message,) = checks.check_models(None)
    assert message.id == "wagtail_restore.E005"
    assert message.msg == f"A model of this site cannot be read: {tmp_path / 'imported.toml'}: Permission denied."
    assert (message.hint or "").startswith("Let the site read this folder as the worker does.")


@pytest.mark.parametrize(
    ("values", "words", "hint"),
    [
        (
            {"kind": "sharpen"},
            "is of the kind 'sharpen'",
            "The kinds are: upscale, denoise, face, erase, detect, select.",
        ),
        (
            {"purpose": "noise"},
            "has the purpose 'noise'",
            "The purposes of 'upscale' are: photo, clean, line, plain, own.",
        ),
        ({"partner": "nobody"}, "has the partner 'nobody', which is none", "Name another model of the kind 'upscale'."),
        (
            {"partner": "classic"},
            "has the partner 'classic', which is none",
            "Name another model of the kind 'upscale'.",
        ),
    ],
)
def test_an_entry_that_nothing_would_choose_is_told(ours: Any, values: dict[str, str], words: str, hint: str) -> None:
    ours(MODELS={"mine": {"kind": "upscale", "engine": "x.Y", **values}})
    (message,) = checks.check_models(None)
    assert message.id == "wagtail_restore.W007"
    assert message.msg == f"The model 'mine' {words}."
    assert (message.hint or "").startswith(hint)


def test_what_a_site_may_prefer_is_no_matter(ours: Any) -> None:
    own = {"kind": "face", "engine": "x.Y", "purpose": "face", "faithful": False}
    ours(MODELS={"mine": own}, PREFERRED_MODELS={"photo": "compact-x4", "noise": "scunet", "face": "mine"})
    assert checks.check_preferences(None) == []


@pytest.mark.parametrize(
    ("purpose", "alias", "why", "hint"),
    [
        ("photo", "compakt-x4", "which is not in the catalogue", "restore_models list shows those that there are."),
        (
            "photos",
            "compact-x4",
            "which is no purpose",
            "The purposes are: photo, clean, line, plain, noise, jpeg, face",
        ),
        ("own", "compact-x4", "which is no purpose", "The purposes are: photo, clean, line, plain, noise, jpeg, face"),
        ("noise", "compact-x4", "which is for upscale", "Name a model for denoise."),
        ("photo", "scunet", "which is for denoise", "Name a model for upscale or detect."),
    ],
)
def test_a_preference_that_auto_would_pass_over_is_told(
    ours: Any, purpose: str, alias: str, why: str, hint: str
) -> None:
    ours(PREFERRED_MODELS={purpose: alias})
    (message,) = checks.check_preferences(None)
    assert message.id == "wagtail_restore.W005"
    assert message.msg == f"PREFERRED_MODELS names {alias!r} for {purpose!r}, {why}; auto passes it over."
    assert (message.hint or "").startswith(hint)
    assert "docs/reference/checks.md#w005" in (message.hint or "")


def test_a_preference_that_strict_mode_passes_over_is_told(ours: Any) -> None:
    own = {"kind": "upscale", "engine": "x.Y", "faithful": False}
    ours(MODELS={"dream": own}, PREFERRED_MODELS={"photo": "dream"})
    (message,) = checks.check_preferences(None)
    assert message.id == "wagtail_restore.W005"
    assert message.msg == (
        "PREFERRED_MODELS names 'dream' for 'photo', which is not faithful; in strict mode auto passes it over."
    )
    assert (message.hint or "").startswith("Name a faithful one, or choose creative mode where this one is to run")


def test_preferences_are_not_looked_at_where_the_models_cannot_be_read(ours: Any) -> None:
    ours(PREFERRED_MODELS={"photo": "nothing"}, MODELS={"mine": {}})
    assert checks.check_preferences(None) == []


def test_a_wish_that_does_not_exist_is_told(ours: Any) -> None:
    ours(OFFER=["noise", "sharpness"])
    (message,) = checks.check_offer(None)
    assert message.msg == "OFFER names 'sharpness', which is nothing to offer."
    assert message.hint == "The words are: noise, jpeg, faces, denoise. See docs/reference/checks.md#w006."


def test_a_form_that_is_not_ours_is_told_with_the_line_to_add(settings: Any) -> None:
    settings.WAGTAILIMAGES_IMAGE_FORM_BASE = "wagtail.images.forms.BaseImageForm"
    (message,) = checks.check_form(None)
    assert 'WAGTAILIMAGES_IMAGE_FORM_BASE = "wagtail_restore.admin.forms.RestoreImageForm"' in (message.hint or "")


def test_standing_behind_wagtail_is_told(monkeypatch: Any) -> None:
    order = list(apps.get_app_configs())
    order.sort(key=lambda config: config.name == "wagtail_restore")
    monkeypatch.setattr(apps, "get_app_configs", lambda: order)
    (message,) = checks.check_app_order(None)
    assert "above wagtail.images and wagtail.admin" in (message.hint or "")


def test_an_sqlite_that_would_lock_is_told(monkeypatch: Any) -> None:
    from django.db import connections

    plain = {**connections["default"].settings_dict, "OPTIONS": {}}
    monkeypatch.setattr(connections["default"], "settings_dict", plain)
    assert ids(checks.check_sqlite(None, databases=["default"])) == ["W003"]
    assert ids(checks.check_sqlite(None)) == ["W003"]
    assert checks.check_sqlite(None, databases=[]) == []


def test_a_redis_that_answers_is_no_matter(redis: Any) -> None:
    assert checks.check_redis(None) == []


def test_a_redis_that_does_not_answer_is_told_on_deployment(dead_redis: None) -> None:
    assert ids(checks.check_redis(None)) == ["W004"]


def test_sensitivities_and_margins_that_exist_are_fine(ours: Any) -> None:
    ours(SENSITIVITY={"date": "eager", "watermark": "ask", "text": "careful"}, ERASE_MARGIN=0.5, PAINTED_MARGIN=100)
    assert checks.check_care(None) == []


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("SENSITIVITY", {"logo": "ask"}, "SENSITIVITY names 'logo', which is no kind of mark."),
        ("SENSITIVITY", {"date": "bold"}, "SENSITIVITY says 'bold' for 'date', which is no word for it."),
        ("ERASE_MARGIN", 0.6, "ERASE_MARGIN is 0.6, which is not between 0 and 0.5."),
        ("PAINTED_MARGIN", -1, "PAINTED_MARGIN is -1, which is not between 0 and 100."),
    ],
)
def test_a_sensitivity_or_margin_that_makes_no_sense_is_told(ours: Any, key: str, value: Any, told: str) -> None:
    ours(**{key: value})
    (message,) = checks.check_care(None)
    assert (message.id, message.msg) == ("wagtail_restore.E006", told)


def test_a_sensitivity_that_is_no_word_is_told_once(ours: Any) -> None:
    ours(SENSITIVITY={"date": 0.7})
    assert ids([*checks.check_settings(None), *checks.check_care(None)]) == ["E001"]


@pytest.mark.parametrize("address", ["http://hooks.example.com/secret", "hooks.example.com/secret", "https:///secret"])
def test_e007_an_address_that_no_message_is_sent_to(settings: Any, address: str) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "WEBHOOK_SECRET_URL": address}
    (message,) = checks.check_webhook(None)
    assert message.id == "wagtail_restore.E007"
    assert "https://" in str(message.hint)
    assert "secret" not in f"{message.msg} {message.hint}"


@pytest.mark.parametrize("address", ["", "https://hooks.example.com/secret", "http://localhost:8065/hooks/x"])
def test_an_address_that_will_do_is_no_finding(settings: Any, address: str) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "WEBHOOK_SECRET_URL": address}
    assert checks.check_webhook(None) == []


def test_the_address_stands_in_no_error_report_of_django(settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "WEBHOOK_SECRET_URL": "https://hooks.example.com/x"}
    shown = SafeExceptionReporterFilter().cleanse_setting("WAGTAIL_RESTORE", settings.WAGTAIL_RESTORE)
    assert "hooks.example.com" not in repr(shown)
    assert shown["PRIVATE_STORAGE"] == settings.WAGTAIL_RESTORE["PRIVATE_STORAGE"]
