"""System checks: what is wrong with the set-up, each with an id, a hint and a place in the docs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, Warning
from django.core.files.storage import FileSystemStorage, InvalidStorageError, storages
from django.db import connections

from wagtail_restore import catalogue, queue
from wagtail_restore.conf import OFFERS, Settings, conf
from wagtail_restore.exceptions import QueueUnreachable
from wagtail_restore.imaging import care
from wagtail_restore.notify import webhook

DOCS = "See docs/reference/checks.md#{anchor}."
FORM_LINE = 'WAGTAILIMAGES_IMAGE_FORM_BASE = "wagtail_restore.admin.forms.RestoreImageForm"'


def register() -> None:
    """Make the checks known; called once, when the site starts."""
    every = (
        check_settings,
        check_private_storage,
        check_queues,
        check_models,
        check_preferences,
        check_offer,
        check_care,
        check_webhook,
        check_app_order,
        check_form,
        check_sqlite,
    )
    for check in every:
        checks.register(check, Tags.compatibility)
    checks.register(check_redis, Tags.compatibility, deploy=True)


def check_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E001: a key of ``WAGTAIL_RESTORE`` that we do not know, or a value of the wrong type."""
    types = get_type_hints(Settings)
    set_by_site = getattr(settings, "WAGTAIL_RESTORE", {})
    if not isinstance(set_by_site, Mapping):
        text = f"WAGTAIL_RESTORE must be of type dict, not {type(set_by_site).__name__}."
        return [_error("E001", text, f"Write WAGTAIL_RESTORE = {{...}}, with some of {', '.join(conf.known())}.")]
    found = [_wrong(key, value, types) for key, value in set_by_site.items()]
    return [message for message in found if message is not None]


def _wrong(key: str, value: Any, types: dict[str, Any]) -> CheckMessage | None:
    """What is wrong with one key and its value, or None."""
    if key not in conf.known():
        return _error(
            "E001", f"WAGTAIL_RESTORE has no key {key!r}.", f"The keys are: {', '.join(sorted(conf.known()))}."
        )
    expected = get_origin(types[key]) or types[key]
    allowed = {tuple: (list, tuple), float: (int, float)}.get(expected, expected)
    if not isinstance(value, allowed) or (isinstance(value, bool) and expected is not bool):
        text = f"WAGTAIL_RESTORE[{key!r}] must be of type {expected.__name__}, not {type(value).__name__}."
        return _error("E001", text, "Correct the value, or leave the key out for its default.")
    inner: Any = {"WEIGHTS_FOLDERS": (str, Path), "MODELS": Mapping}.get(key, str)
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    others = [each for each in inside if not isinstance(each, inner)]
    if others:
        word = "dictionaries" if inner is Mapping else "texts"
        return _error("E001", f"WAGTAIL_RESTORE[{key!r}] must hold {word}, not {others[0]!r}.", "Correct the value.")
    if key == "QUEUES" and set(value) != set(queue.BELLS):
        text = f"WAGTAIL_RESTORE['QUEUES'] must name a queue each for {', '.join(queue.BELLS)}."
        return _error("E001", text, "Correct the keys, or leave QUEUES out for its default.")
    return None


def check_private_storage(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E002: no private storage; E003: it can be reached from outside."""
    alias = conf.PRIVATE_STORAGE
    hint = (
        'Add a storage to STORAGES, for example "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", '
        '"OPTIONS": {"location": BASE_DIR / "private"}}, and set WAGTAIL_RESTORE = {"PRIVATE_STORAGE": "private"}.'
    )
    if not alias:
        return [_error("E002", "WAGTAIL_RESTORE has no PRIVATE_STORAGE.", hint)]
    try:
        storage = storages[alias]
    except InvalidStorageError:
        return [_error("E002", f"PRIVATE_STORAGE names {alias!r}, which is not in STORAGES.", hint)]
    if alias == "default" or _under_media(storage):
        text = "PRIVATE_STORAGE lies where everybody can read it; earlier versions of pictures would be public."
        return [_error("E003", text, "Give it a place outside MEDIA_ROOT (or a private bucket).")]
    return []


def check_queues(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E004: a queue that we ring is not in ``RQ_QUEUES``."""
    known = getattr(settings, "RQ_QUEUES", {})
    missing = [name for name in conf.QUEUES.values() if name not in known]
    if not missing:
        return []
    hint = "Add them, for example RQ_QUEUES = {name: {'URL': 'redis://localhost:6379/0'} for name in (%s)}."
    names = ", ".join(repr(name) for name in missing)
    return [_error("E004", f"RQ_QUEUES lacks {names}.", hint % ", ".join(repr(n) for n in conf.QUEUES.values()))]


def check_models(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E005: an entry of the site's own Models, or a list of them, cannot be read; W007: nothing would choose one."""
    try:
        known = catalogue.models(conf.MODELS, conf.WEIGHTS_FOLDERS)
    except (TypeError, ValueError) as error:
        shut = isinstance(error.__cause__, OSError)
        hint = "Let the site read this folder as the worker does." if shut else "Compare it with catalogue.toml."
        return [_error("E005", f"A model of this site cannot be read: {error}.", hint)]
    found = ((alias, _useless(model, known)) for alias, model in known.items())
    return [_warning("W007", f"The model {alias!r} {why}.", hint) for alias, (why, hint) in found if why]


def _useless(model: catalogue.Model, known: dict[str, catalogue.Model]) -> tuple[str, str]:
    """Why nothing would choose ``model``, or choose what it says, and what to do; empty where all is well."""
    purposes = catalogue.PURPOSES.get(model.kind)
    if purposes is None:
        return f"is of the kind {model.kind!r}", f"The kinds are: {', '.join(catalogue.PURPOSES)}."
    if model.purpose not in purposes:
        return f"has the purpose {model.purpose!r}", f"The purposes of {model.kind!r} are: {', '.join(purposes)}."
    partner = known.get(model.partner)
    if model.partner and (partner is None or partner.kind != model.kind):
        return f"has the partner {model.partner!r}, which is none", f"Name another model of the kind {model.kind!r}."
    return "", ""


def check_preferences(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """W005: a preferred Model that does not exist, does not fit its purpose, or that strict mode does not take."""
    if check_settings(None) or check_models(None):
        return []
    known = catalogue.models(conf.MODELS, conf.WEIGHTS_FOLDERS)
    found = ((purpose, alias, _misfit(purpose, known.get(alias))) for purpose, alias in conf.PREFERRED_MODELS.items())
    return [
        _warning("W005", f"PREFERRED_MODELS names {alias!r} for {purpose!r}, {why}.", hint)
        for purpose, alias, (why, hint) in found
        if why
    ]


def _misfit(purpose: str, model: catalogue.Model | None) -> tuple[str, str]:
    """Why ``model`` is not taken for ``purpose``, or not always, and what to do; empty where it is."""
    kinds = [kind for kind, purposes in catalogue.PURPOSES.items() if purpose in purposes and purpose != "own"]
    if not kinds:
        every = dict.fromkeys(each for group in catalogue.PURPOSES.values() for each in group if each != "own")
        return "which is no purpose; auto passes it over", f"The purposes are: {', '.join(every)}."
    if model is None:
        return "which is not in the catalogue; auto passes it over", "restore_models list shows those that there are."
    if model.kind not in kinds:
        return f"which is for {model.kind}; auto passes it over", f"Name a model for {' or '.join(kinds)}."
    if not model.faithful and model.kind != "face":
        hint = "Name a faithful one, or choose creative mode where this one is to run; reviewers then see each result."
        return "which is not faithful; in strict mode auto passes it over", hint
    return "", ""


def check_offer(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """W006: a wish that forms are to offer and that does not exist."""
    return [
        _warning("W006", f"OFFER names {word!r}, which is nothing to offer.", f"The words are: {', '.join(OFFERS)}.")
        for word in conf.OFFER
        if word not in OFFERS
    ]


def check_care(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E006: a sensitivity for a kind of mark that does not exist, or in no word of ours; a margin out of bounds."""
    if check_settings(None):
        return []
    found = [
        *(_insensible(kind, word) for kind, word in conf.SENSITIVITY.items()),
        _outside("ERASE_MARGIN", conf.ERASE_MARGIN, care.WIDEST_MARGIN, "shares of the height of a line of writing"),
        _outside("PAINTED_MARGIN", conf.PAINTED_MARGIN, care.WIDEST_PAINTED_MARGIN, "pixels"),
    ]
    return [message for message in found if message is not None]


def _insensible(kind: str, word: str) -> CheckMessage | None:
    if kind not in care.KINDS:
        text = f"SENSITIVITY names {kind!r}, which is no kind of mark."
        return _error("E006", text, f"The kinds are: {', '.join(care.KINDS)}.")
    if word not in care.SENSITIVITIES:
        text = f"SENSITIVITY says {word!r} for {kind!r}, which is no word for it."
        return _error("E006", text, f"The words are: {', '.join(care.SENSITIVITIES)}.")
    return None


def _outside(key: str, value: float, most: float, unit: str) -> CheckMessage | None:
    if 0 <= value <= most:
        return None
    return _error("E006", f"{key} is {value!r}, which is not between 0 and {most}.", f"It is given in {unit}.")


def check_webhook(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """E007: an address for messages that none is sent to. It is a secret, so the text does not have it."""
    if check_settings(None) or not conf.WEBHOOK_SECRET_URL or webhook.fits(conf.WEBHOOK_SECRET_URL):
        return []
    hint = "Write the whole address that the chat gave you, beginning with https://; http only on this machine."
    return [_error("E007", "WEBHOOK_SECRET_URL is not an address that a message may be sent to.", hint)]


def check_app_order(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """W001: our templates are not found, because we stand behind Wagtail's apps."""
    order = [config.name for config in apps.get_app_configs()]
    ours = order.index("wagtail_restore")
    later = [name for name in ("wagtail.images", "wagtail.admin") if name in order and order.index(name) < ours]
    if not later:
        return []
    hint = f'Move "wagtail_restore" above {" and ".join(later)} in INSTALLED_APPS.'
    return [_warning("W001", "The restoration panel cannot appear on the image pages.", hint)]


def check_form(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """W002: the upload form is not ours."""
    from wagtail.images.forms import get_image_base_form  # needs the app registry to be complete

    from wagtail_restore.models import ResolutionRule  # the same

    form = get_image_base_form()
    if any(base.__name__ == "RestoreImageFormMixin" for base in form.__mro__):
        return []
    hint = f"Add to your settings: {FORM_LINE}  — or give your own form our RestoreImageFormMixin."
    text = f"{form.__module__}.{form.__name__} offers no restoration, and {ResolutionRule._meta.verbose_name_plural}"
    return [_warning("W002", f"{text} cannot refuse uploads.", hint)]


def check_sqlite(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """W003: SQLite as set up would answer *database is locked* to a second writer."""
    return [
        _warning(
            "W003",
            f"The SQLite database {alias!r} would answer “database is locked” when site and worker write at once.",
            'Set its OPTIONS to {"transaction_mode": "IMMEDIATE", "timeout": 20, '
            '"init_command": "PRAGMA journal_mode=WAL;"}.',
        )
        for alias in (connections if databases is None else databases)
        if _locks(connections[alias].settings_dict)
    ]


def check_redis(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """W004 (with ``--deploy``): Redis does not answer."""
    if check_queues(None):
        return []
    try:
        queue.check()
    except QueueUnreachable:
        hint = "Start it, or correct RQ_QUEUES. Uploads are safe meanwhile; their jobs wait."
        return [_warning("W004", "Redis does not answer.", hint)]
    return []


def _locks(database: dict[str, Any]) -> bool:
    if not database["ENGINE"].endswith("sqlite3") or "memory" in str(database["NAME"]):
        return False
    options = database.get("OPTIONS", {})
    wal = "wal" in str(options.get("init_command", "")).lower()
    return not (options.get("transaction_mode") == "IMMEDIATE" and wal and options.get("timeout", 5) >= 5)


def _under_media(storage: Any) -> bool:
    if not (isinstance(storage, FileSystemStorage) and settings.MEDIA_ROOT):
        return False
    place, media = Path(storage.location).resolve(), Path(settings.MEDIA_ROOT).resolve()
    return place == media or media in place.parents


def _error(number: str, text: str, hint: str) -> CheckMessage:
    return _message(Error, number, text, hint)


def _warning(number: str, text: str, hint: str) -> CheckMessage:
    return _message(Warning, number, text, hint)


def _message(kind: Callable[..., CheckMessage], number: str, text: str, hint: str) -> CheckMessage:
    return kind(text, hint=f"{hint} {DOCS.format(anchor=number.lower())}", id=f"wagtail_restore.{number}")
