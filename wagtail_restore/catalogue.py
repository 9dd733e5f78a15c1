"""The Models: what each is for, where its weights come from, and what it may be trusted with; standard library only."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from wagtail_restore.exceptions import UnknownModel

HERE = Path(__file__).resolve().parent
BUNDLED = HERE / "engines" / "bundled"


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


@cache
def shipped() -> Mapping[str, Model]:
    """The Models that come with the package's own ``catalogue.toml``, by alias."""
    table = tomllib.loads((HERE / "catalogue.toml").read_text("utf-8"))
    return {alias: _entry(alias, entry) for alias, entry in table.items()}


def models(own: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Model]:
    """All Models by alias; ``own`` are the site's entries, which win over ours of the same name."""
    return {**shipped(), **{alias: _entry(alias, entry) for alias, entry in (own or {}).items()}}


def find(known: Mapping[str, Model], kind: str, choice: str = "auto", *, scale: float = 1.0) -> Model:
    """The Model for a Step of ``kind``: by alias, or by purpose (``photo``, ``line``, ``auto``).

    Of several Models for one purpose, the first whose network factor is at least ``scale`` is taken, else the one
    with the largest factor. Raises ``UnknownModel``.
    """
    if choice in known and known[choice].kind == kind:
        return known[choice]
    purpose = "photo" if choice == "auto" else choice
    fitting = [m for m in known.values() if m.kind == kind and m.purpose == purpose]
    fitting = fitting or [m for m in known.values() if m.kind == kind and choice in ("photo", "line", "auto")]
    if not fitting:
        raise UnknownModel(model=choice, known=sorted(known))
    enough = [m for m in fitting if m.scale >= scale]
    return enough[0] if enough else max(fitting, key=lambda m: m.scale)


def _entry(alias: str, entry: Mapping[str, Any]) -> Model:
    allowed = {f.name for f in fields(Model)}
    unknown = set(entry) - allowed
    if unknown:
        raise ValueError(f"the entry {alias!r} of the catalogue has unknown keys: {', '.join(sorted(unknown))}")
    values = {**entry, "sources": tuple(entry.get("sources", ()))}
    return Model(alias=alias, **values)
