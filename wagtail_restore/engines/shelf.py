"""The folders where a site's weights lie: what is in them, what is put there, and what is taken away again."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path

from wagtail_restore.catalogue import ANY, IMPORTED, PURPOSES, Model, imported, plain_name
from wagtail_restore.engines import weights
from wagtail_restore.engines.partial import Partial, alone
from wagtail_restore.exceptions import NoWeightsFolder, SetupError

RESERVED = {*ANY, *(purpose for group in PURPOSES.values() for purpose in group)}
"""Words of which an alias could not be told apart."""


@dataclass(frozen=True)
class Origin:
    """What weights of other makes do not tell of themselves."""

    licence: str = ""
    commercial: bool = True
    invents: bool = True


@dataclass(frozen=True)
class Shelf:
    """The weights of the ``known`` Models in ``folders``, of which the first is where new ones are put."""

    known: Mapping[str, Model]
    folders: tuple[str | Path, ...]

    @property
    def folder(self) -> Path:
        """Where new weights are put. Raises ``NoWeightsFolder``."""
        if not self.folders:
            raise NoWeightsFolder
        return Path(self.folders[0])

    def holds(self, path: Path) -> bool:
        """Whether ``path`` lies in one of the folders, and not in the package or anywhere else."""
        return any(path.resolve().is_relative_to(Path(folder).resolve()) for folder in self.folders)

    def twin(self, path: Path) -> Model | None:
        """The Model that ``path`` holds the weights of, by its sha256."""
        digest = weights.sha256(path)
        fitting = (m for m in self.known.values() if m.sha256.lower() == digest and plain_name(m.file))
        return next((model for model in fitting if not model.bundled), None)

    def put(self, model: Model, path: Path) -> Path:
        """Copy ``path`` to where ``model`` looks for its weights, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with alone(self.folder / model.file, 0):
            part = Partial(self.folder / model.file)
            part.discard()
            try:
                shutil.copyfile(path, part.path)
                return part.finish()
            finally:
                part.discard()

    def register(self, model: Model) -> Path:
        """Note ``model`` in the folder's ``imported.toml``, in the place of one of the same alias.

        Where that fails, its weights are not left behind: nobody would know them, and they would be in the way.
        """
        try:
            with alone(self.folder / IMPORTED):
                return _write(self.folder, {**imported(self.folder), model.alias: model})
        except BaseException:
            (self.folder / model.file).unlink(missing_ok=True)
            raise

    @property
    def taken(self) -> list[str]:
        """The aliases that new weights may not have: all but those of imported Models whose weights are gone."""
        ours = imported(self.folder)
        return [
            alias
            for alias, model in self.known.items()
            if model != ours.get(alias) or weights.find(model, self.folders) is not None
        ]

    def traces(self, model: Model) -> list[Path]:
        """What ``remove`` would take away: weights, downloads that broke off, and lists in which there is an entry."""
        found = []
        for folder in map(Path, self.folders):
            there = weights.find(model, [folder])
            if there is not None and self.holds(there):
                found.append(there)
            if plain_name(model.file) and folder.is_dir():
                part = Partial(folder / model.file)
                found += [path for path in (part.path, part.note) if path.exists()]
            if model.alias in imported(folder):
                found.append(folder / IMPORTED)
        return list(dict.fromkeys(found))

    def remove(self, model: Model) -> list[Path]:
        """Delete the weights of ``model`` from the folders, what is noted of them, and downloads that broke off."""
        gone = []
        for folder in map(Path, self.folders):
            there = weights.find(model, [folder])
            if there is not None and self.holds(there):
                there.unlink()
                weights.beside(there).unlink(missing_ok=True)
                gone.append(there)
            if plain_name(model.file) and folder.is_dir():
                with alone(folder / model.file, 0):
                    Partial(folder / model.file).discard()
            if model.alias in imported(folder):
                with alone(folder / IMPORTED):
                    left = {alias: other for alias, other in imported(folder).items() if alias != model.alias}
                    gone.append(_write(folder, left))
        return gone


def alias_for(path: Path, wanted: str, taken: Iterable[str]) -> str:
    """The alias of imported weights: as ``wanted``, else made of the name of the file. Raises ``SetupError``."""
    alias = wanted or re.sub(r"[^a-z0-9.]+", "-", path.stem.lower()).strip("-.")
    if not plain_name(alias) or alias in RESERVED:
        raise SetupError(detail=f"{alias!r} cannot be an alias; give one of letters, digits, - and . with --alias")
    if alias in taken:
        raise SetupError(detail=f"there is a model called {alias!r} already; give another name with --alias")
    return alias


def _write(folder: Path, models: Mapping[str, Model]) -> Path:
    target = folder / IMPORTED
    if not models:
        target.unlink(missing_ok=True)
        return target
    part = Partial(target)
    part.path.write_text("# Written by restore_models import.\n\n" + "\n".join(map(_section, models.values())), "utf-8")
    return part.finish()


def _section(model: Model) -> str:
    """The entry of ``model`` as TOML, what is as by default left out."""
    lines = [f"[{_text(model.alias)}]"]
    for field in fields(Model):
        value = getattr(model, field.name)
        if field.name != "alias" and (field.default is MISSING or value != field.default):
            lines.append(f"{field.name} = {_text(value)}")
    return "\n".join(lines) + "\n"


def _text(value: object) -> str:
    """A value in TOML, whose texts, numbers and lists are JSON's but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
