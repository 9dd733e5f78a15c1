"""The weights of the Models on this machine: what there is, fetch, prove, import, remove."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations
from tqdm import tqdm

from wagtail_restore import catalogue, checks, messages
from wagtail_restore.catalogue import Model
from wagtail_restore.conf import conf
from wagtail_restore.engines import weights
from wagtail_restore.engines.fetch import fetch
from wagtail_restore.engines.shelf import Origin, Shelf
from wagtail_restore.engines.weights import Presence
from wagtail_restore.exceptions import (
    DownloadFailed,
    ExtraMissing,
    NoSource,
    RestoreError,
    UnknownModel,
    Unverified,
    WeightsRefused,
)
from wagtail_restore.imaging.planning import Note
from wagtail_restore.management.bar import AsItIs

HEAD = ("MODEL", "FOR", "×", "SIZE", "LICENCE", "COMM.", "MODE", "SHA256", "WEIGHTS")
LEGEND = (
    "COMM.: may be used commercially. MODE: strict; strict* may invent and stands or falls by the check of",
    "consistency; creative never runs in strict mode. SHA256: noted means as at the first download.",
)


class Command(BaseCommand):
    help = "Shows, fetches, proves, imports and removes the weights of models."
    # Weights can be fetched before the site is set up; of its checks only those of the settings are run.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True, metavar="list|pull|verify|import|remove")
        each = commands.add_parser("list", help="What there is, and what of it is on this machine.")
        each.add_argument(
            "--long", action="store_true", help="Also what each is good at, where it lies and its source."
        )
        each.add_argument("--json", action="store_true", help="Print one JSON document.")
        each = commands.add_parser("pull", help="Fetch weights into the first of WEIGHTS_FOLDERS.")
        each.add_argument("aliases", nargs="+", metavar="MODEL")
        each.add_argument("--yes", action="store_true", help="Accept the licences without being asked.")
        each.add_argument("--accept-unverified", action="store_true", help="Also where no checksum was published.")
        each = commands.add_parser("verify", help="Prove the weights that are here; the exit code tells.")
        each.add_argument("aliases", nargs="*", metavar="MODEL")
        each = commands.add_parser("import", help="Take in a file of weights, of a known model or of your own.")
        each.add_argument("file", type=Path, metavar="FILE")
        each.add_argument("--alias", default="", help="What to call it; made of the file's name when left out.")
        each.add_argument("--purpose", default="", help="photo, clean, line, plain, noise, jpeg, face or own.")
        each.add_argument("--licence", default="", help="Its licence, by its SPDX name.")
        each.add_argument("--non-commercial", action="store_true", help="It may not be used commercially.")
        each.add_argument("--regression", action="store_true", help="It was trained without a discriminator.")
        each = commands.add_parser("remove", help="Delete weights from WEIGHTS_FOLDERS.")
        each.add_argument("aliases", nargs="+", metavar="MODEL")
        each.add_argument("--yes", action="store_true", help="Delete without being asked.")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        wrong = checks.check_settings(None)
        if wrong:
            raise CommandError("\n".join(f"{message.msg} {message.hint}" for message in wrong))
        folders = tuple(conf.WEIGHTS_FOLDERS)
        try:
            shelf = Shelf(catalogue.models(conf.MODELS, folders), folders)
            getattr(self, f"_{options['what']}")(shelf, options)
        except RestoreError as error:
            raise CommandError(in_words(error)) from error
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped. What has arrived is kept; say the same again to go on.") from error

    def _list(self, shelf: Shelf, options: dict[str, Any]) -> None:
        present = {model.alias: weights.presence(model, shelf.folders) for model in shelf.known.values()}
        paths = {model.alias: weights.find(model, shelf.folders) for model in shelf.known.values()}
        if options["json"]:
            told = [
                {**asdict(model), "presence": present[model.alias], "path": str(paths[model.alias] or "")}
                for model in shelf.known.values()
            ]
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        rows = [_row(model, present[model.alias], paths[model.alias]) for model in shelf.known.values()]
        widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
        self.stdout.write(_line(HEAD, widths))
        for model, row in zip(shelf.known.values(), rows, strict=True):
            self.stdout.write(_line(row, widths))
            if options["long"]:
                self._more(model, paths[model.alias])
        self.stdout.write("\n" + "\n".join(LEGEND))

    def _more(self, model: Model, path: Path | None) -> None:
        facts = (model.summary, path, model.licence_url, *model.sources, model.checksum_from)
        self.stdout.write("".join(f"    {fact}\n" for fact in facts if fact))

    def _pull(self, shelf: Shelf, options: dict[str, Any]) -> None:
        wanted = [model for model in _with_partners(shelf, options["aliases"]) if self._is_missing(model, shelf)]
        if not wanted:
            return
        folder = shelf.folder
        for model in wanted:
            if not model.sources:
                raise NoSource(model=model.alias, page=model.licence_url or "its authors")
            if not model.sha256 and not options["accept_unverified"]:
                raise Unverified(model=model.alias)
            self._announce(model)
        size = sum(model.bytes for model in wanted)
        self._ask(f"Fetch {_size(size)} into {folder}, and accept the licence?", options)
        broken = [error for model in wanted if (error := self._fetch(model, folder, options)) is not None]
        if broken:
            raise broken[-1]

    def _is_missing(self, model: Model, shelf: Shelf) -> bool:
        presence = weights.presence(model, shelf.folders)
        if presence in (Presence.MISSING, Presence.CORRUPT):
            return True
        here = "needs no weights" if presence is Presence.NEEDLESS else f"is {presence} already"
        self.stdout.write(f"{model.alias} {here}.")
        return False

    def _announce(self, model: Model) -> None:
        commercial = "may be used commercially" if model.commercial else "NOT for commercial use"
        self.stdout.write(f"{model.alias}: {_size(model.bytes)}, {model.licence or 'licence not known'}, {commercial}")
        self.stdout.write(f"    {model.summary}\n    {model.licence_url}\n    from {model.sources[0]}")

    def _fetch(self, model: Model, folder: Path, options: dict[str, Any]) -> DownloadFailed | None:
        def told(error: DownloadFailed) -> None:
            last = error.params["source"] == model.sources[-1]
            bar.clear()
            self.stderr.write(in_words(error) + ("" if last else " Trying the next source."))

        bar = tqdm(
            total=model.bytes, desc=model.alias, unit="B", unit_scale=True, disable=None, file=AsItIs(self.stderr)
        )
        with bar:
            try:
                path = fetch(
                    model,
                    folder,
                    unverified=options["accept_unverified"],
                    progress=lambda there, total: _move(bar, there, total),
                    failed=told,
                )
            except DownloadFailed as error:
                return error
        proof = "Its sha256 is that of the catalogue." if model.sha256 else "Its sha256 was noted beside it."
        self.stdout.write(f"{model.alias} is in {path}. {proof}")
        return None

    def _verify(self, shelf: Shelf, options: dict[str, Any]) -> None:
        bad = []
        for model in _chosen(shelf, options["aliases"]) or list(shelf.known.values()):
            presence, path = weights.presence(model, shelf.folders), weights.find(model, shelf.folders)
            if presence in (Presence.NEEDLESS, Presence.MISSING) and not options["aliases"]:
                continue
            proved = path is None or weights.expected(model, path)
            self.stdout.write(f"{model.alias}: {presence}{'' if proved else ', but nobody knows its sha256'}")
            if presence in (Presence.CORRUPT, Presence.MISSING):
                bad.append(model.alias)
        if bad:
            raise CommandError(f"Not in order: {', '.join(bad)}. Fetch anew: restore_models pull {' '.join(bad)}")

    def _import(self, shelf: Shelf, options: dict[str, Any]) -> None:
        twin = shelf.twin(options["file"])
        if twin is not None:
            path = shelf.put(twin, options["file"])
            self.stdout.write(f"These are the weights of {twin.alias}. They are in {path}.")
            return
        adopt = _worker_side()
        origin = Origin(options["licence"], not options["non_commercial"], not options["regression"])
        model, path = adopt(options["file"], shelf, alias=options["alias"], purpose=options["purpose"], origin=origin)
        noted = shelf.register(model)
        self.stdout.write(f"{model.architecture}, {model.kind} ×{model.scale}, {model.parameters:,} parameters: {path}")
        self.stdout.write(f"It is called {model.alias} from now on, as {noted} says. Restart the workers.")
        choice = f'WAGTAIL_RESTORE["PREFERRED_MODELS"] = {{"{model.purpose}": "{model.alias}"}}'
        self.stdout.write(f"To have it chosen: {choice}")

    def _remove(self, shelf: Shelf, options: dict[str, Any]) -> None:
        chosen = _chosen(shelf, options["aliases"])
        for model in chosen:
            traces = shelf.traces(model)
            if not traces:
                raise CommandError(_not_here(model, shelf))
            for path in traces:
                entry = f"the entry {model.alias!r} of " if path.name == catalogue.IMPORTED else ""
                self.stdout.write(f"{entry}{path}")
        self._ask("Delete this?", options)
        for model in chosen:
            shelf.remove(model)

    def _ask(self, question: str, options: dict[str, Any]) -> None:
        if options["yes"]:
            return
        if not sys.stdin.isatty():
            raise CommandError("Nobody is here to be asked. Say the same again with --yes.")
        if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was done.")


def in_words(error: RestoreError) -> str:
    """What an administrator at a terminal should know of ``error``."""
    if isinstance(error, UnknownModel):
        return f"There is no model called {error.params['model']!r}. There are: {', '.join(error.params['known'])}."
    if isinstance(error, WeightsRefused):
        return f"The file was refused: {error.params['detail']}."
    if isinstance(error, ExtraMissing):
        return f"This needs the worker's packages. Install them: {error.params['command']}"
    if type(error).code == "setup" and "detail" in error.params:
        return f"{error.params['detail']}."
    return messages.say(Note(error.code, error.params))


def _worker_side() -> Callable[..., tuple[Model, Path]]:
    """What takes in weights of other makes. Raises ``ExtraMissing`` on a machine without the worker's packages."""
    try:
        from wagtail_restore.engines.identify import adopt  # heavy, and absent from a base install
    except ImportError as error:
        if (error.name or "").startswith("wagtail_restore"):
            raise
        raise ExtraMissing(extra="worker") from error
    return adopt


def _chosen(shelf: Shelf, aliases: Sequence[str]) -> list[Model]:
    """The Models of these names, each once. Raises ``UnknownModel``."""
    for alias in aliases:
        if alias not in shelf.known:
            raise UnknownModel(model=alias, known=sorted(shelf.known))
    return [shelf.known[alias] for alias in dict.fromkeys(aliases)]


def _with_partners(shelf: Shelf, aliases: Sequence[str]) -> list[Model]:
    """The Models of these names, those that are mixed into them, and what finds the faces that they redraw."""
    chosen = _chosen(shelf, aliases)
    needed = [model.partner for model in chosen if model.partner]
    if any(model.kind == "face" for model in chosen):
        finders = (model for model in shelf.known.values() if (model.kind, model.purpose) == ("detect", "faces"))
        needed += [model.alias for model in finders]
    return _chosen(shelf, [*aliases, *needed])


def _not_here(model: Model, shelf: Shelf) -> str:
    """Why there is nothing of ``model`` that could be removed."""
    path = weights.find(model, shelf.folders)
    if path is None:
        return f"{model.alias} has no weights in {_listed(shelf.folders)}."
    return f"{model.alias} lies in {path}; only what is in WEIGHTS_FOLDERS is removed."


def _row(model: Model, presence: Presence, path: Path | None) -> tuple[str, ...]:
    mode = "creative" if not model.faithful else "strict*" if model.invents else "strict"
    ours = presence in (Presence.BUNDLED, Presence.NEEDLESS)
    known = "yes" if model.sha256 else "noted" if path and weights.expected(model, path) else "" if ours else "no"
    return (
        model.alias,
        model.kind if model.kind in ("erase", "detect") else model.purpose,
        f"{model.scale}" if model.scale > 1 else "",
        _size(model.bytes or (path.stat().st_size if path else 0)),
        model.licence or "?",
        "yes" if model.commercial else "NO",
        mode,
        known,
        presence.upper() if presence is Presence.CORRUPT else presence,
    )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size else ""


def _move(bar: Any, there: int, total: int) -> None:
    bar.total = total or bar.total
    bar.update(there - bar.n)


def _listed(folders: Sequence[str | Path]) -> str:
    return ", ".join(map(str, folders)) or "WEIGHTS_FOLDERS, which is empty"
