"""The Models: what each is for, where its weights come from, and what it may be trusted with; standard library only."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from wagtail_restore.exceptions import UnknownModel

HERE = Path(__file__).resolve().parent
BUNDLED = HERE / "engines" / "bundled"
IMPORTED = "imported.toml"
"""Beside weights that ``restore_models import`` put into a folder: what is known of them, with the keys of a Model."""
OURS = "wagtail_restore.engines."
"""An imported entry names an Engine of ours; others belong into the settings."""

PURPOSES: Mapping[str, tuple[str, ...]] = {
    "upscale": ("photo", "clean", "line", "plain", "own"),
    "denoise": ("noise", "jpeg", "own"),
    "face": ("face", "own"),
    "erase": ("mark", "large", "own"),
    "detect": ("photo", "faces", "own"),
    "select": ("object", "own"),
}
"""What a Model of each kind may be for; the first is what ``auto`` means. ``own``: only by its alias.

``auto`` for an ``erase`` gives each part of the hole to a Model for that: ``large`` areas, or else a ``mark``.
``clean`` are photographs that were never saved with loss; who prefers a Model for photographs prefers it for these too.
"""

ANY = ("auto", "photo", "clean", "line")
"""Choices that any Model of the kind may serve where none was made for them."""


@dataclass(frozen=True)
class Model:
    """One entry of the catalogue.

    ``engine`` is the dotted path of the Engine class that loads it, ``kind`` the kind of Step it performs, ``scale``
    the factor of its network (1 for none), ``file`` the name of its weights ("" where the Engine needs none; an
    absolute path is taken as it is), ``faithful`` whether it may run in strict mode, ``threshold`` the consistency
    in dB below which a strict result goes to a person. ``invents`` says that it was trained adversarially or is
    generative, which provenance tells; ``partner`` is the alias whose weights a wish for less or more noise is mixed
    from. ``bytes`` is the size of the file, ``checksum_from`` where its ``sha256`` was published.
    """

    alias: str
    kind: str
    engine: str
    purpose: str = "photo"
    scale: int = 1
    summary: str = ""
    architecture: str = ""
    file: str = ""
    sha256: str = ""
    sources: tuple[str, ...] = ()
    parameters: int = 0
    bytes: int = 0
    checksum_from: str = ""
    licence: str = ""
    licence_url: str = ""
    commercial: bool = True
    faithful: bool = True
    invents: bool = False
    partner: str = ""
    threshold: float = 0.0
    bundled: bool = False

    @property
    def makes_up(self) -> bool:
        """Whether what it puts into a picture is its own idea, which the provenance of a result has to say."""
        return self.kind == "erase" or self.invents or not self.faithful


TYPES: Mapping[str, tuple[tuple[type, ...], str]] = {
    "str": ((str,), "text"),
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "bool": ((bool,), "true or false"),
    "tuple[str, ...]": ((list, tuple), "a list of texts"),
}
"""For the annotations above: what a value may be, and what that is called."""


@cache
def shipped() -> Mapping[str, Model]:
    """The Models that come with the package's own ``catalogue.toml``, by alias."""
    return _table(HERE / "catalogue.toml")


def models(own: Mapping[str, Mapping[str, Any]] | None = None, folders: Iterable[str | Path] = ()) -> dict[str, Model]:
    """All Models by alias: ours, those imported into ``folders``, the site's ``own``; the later win over the earlier.

    A folder that is not on this machine is passed over. Raises ``ValueError`` with the name of an entry, or of a file,
    that cannot be read; its cause is an ``OSError`` where nobody let us read the file.
    """
    known = dict(shipped())
    for folder in folders:
        known.update(imported(folder))
    return {**known, **{alias: _entry(alias, entry) for alias, entry in (own or {}).items()}}


def imported(folder: str | Path) -> dict[str, Model]:
    """The Models of a folder's ``imported.toml``, which may name files beside it and Engines of ours only."""
    path = Path(folder) / IMPORTED
    try:
        table = _table(path)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: {error}") from error
    for model in table.values():
        if not plain_name(model.file) or not model.engine.startswith(OURS):
            raise ValueError(f"{path}: the entry {model.alias!r} leads out of the folder")
    return table


def plain_name(name: str) -> bool:
    """Whether ``name`` is the name of a file and nothing else: no path, no hidden file."""
    return bool(re.fullmatch(r"[\w+-][\w.+-]*", name, re.ASCII))


def find(
    known: Mapping[str, Model],
    kind: str,
    choice: str = "auto",
    *,
    scale: float = 1.0,
    preferred: Mapping[str, str] | None = None,
    at_hand: Callable[[Model], bool] = lambda model: True,
    strict: bool = False,
) -> Model:
    """The Model for a Step of ``kind``: by alias, or by purpose (``photo``, ``line``, ``noise``, …, ``auto``).

    An alias is taken by its name. For a purpose it is the one that the site has ``preferred`` for it, if it is
    ``at_hand``; else, of those at hand, the first whose network factor is at least ``scale``, else the one with the
    largest factor. Where none is at hand, one that could be fetched is named. For a ``strict`` Step all this is asked
    of the faithful ones; one that may invent is named where none of them serves the purpose. Raises ``UnknownModel``.
    """
    able = {alias: model for alias, model in known.items() if model.kind == kind}
    if choice in able:
        return able[choice]
    purpose = PURPOSES.get(kind, ("photo",))[0] if choice == "auto" else choice
    preferred = {"clean": (preferred or {}).get("photo", ""), **(preferred or {})}
    faithful = {alias: model for alias, model in able.items() if model.faithful}
    for allowed in (faithful, able) if strict else (able,):
        wanted = allowed.get(preferred.get(purpose, ""))
        if wanted is not None and at_hand(wanted):
            return wanted
        found = _fitting(_groups(allowed, purpose, open_to_any=choice in ANY), scale, at_hand)
        if found is not None:
            return found
    raise UnknownModel(model=choice, known=sorted(able))


def _fitting(groups: list[list[Model]], scale: float, at_hand: Callable[[Model], bool]) -> Model | None:
    """The Model of the first group that has one at hand, else of the first that has one."""
    here = [[model for model in group if at_hand(model)] for group in groups]
    return next((_sufficient(group, scale) for group in (*here, *groups) if group), None)


def _groups(able: Mapping[str, Model], purpose: str, *, open_to_any: bool) -> list[list[Model]]:
    """Of Models of one kind those that may serve ``purpose``, the most fitting first."""
    made_for_it = [model for model in able.values() if model.purpose == purpose]
    if not open_to_any:
        return [made_for_it]
    photo = [model for model in able.values() if model.purpose == "photo"]
    return [made_for_it, photo, [model for model in able.values() if model.purpose != "own"]]


def _sufficient(group: list[Model], scale: float) -> Model:
    enough = [model for model in group if model.scale >= scale]
    return enough[0] if enough else max(group, key=lambda model: model.scale)


def _table(path: Path) -> dict[str, Model]:
    table = tomllib.loads(path.read_text("utf-8"))
    return {alias: _entry(alias, entry) for alias, entry in table.items()}


def _entry(alias: str, entry: Mapping[str, Any]) -> Model:
    annotations = {field.name: str(field.type) for field in fields(Model) if field.name != "alias"}
    unknown = sorted(set(entry) - set(annotations))
    if unknown:
        raise ValueError(f"the entry {alias!r} of the catalogue has unknown keys: {', '.join(unknown)}")
    missing = sorted({"kind", "engine"} - set(entry))
    if missing:
        raise ValueError(f"the entry {alias!r} of the catalogue lacks: {', '.join(missing)}")
    for key, value in entry.items():
        allowed, word = TYPES[annotations[key]]
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            raise ValueError(f"{key!r} of the entry {alias!r} of the catalogue must be {word}, not {value!r}")
    return Model(alias=alias, **{**entry, "sources": tuple(entry.get("sources", ()))})
