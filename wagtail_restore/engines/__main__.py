"""One picture from the command line, without Django: ``python -m wagtail_restore.engines upscale in.jpg out.jpg``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from wagtail_restore import __version__
from wagtail_restore.catalogue import Model, shipped
from wagtail_restore.engines.base import Context, Region
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.runner import Outcome, run
from wagtail_restore.engines.step import to_float
from wagtail_restore.exceptions import Kept, RestoreError, SetupError
from wagtail_restore.imaging import provenance
from wagtail_restore.imaging.codec import Picture, decode, encode
from wagtail_restore.imaging.header import EXTENSIONS
from wagtail_restore.imaging.planning import Mode, Plan, Step

KINDS = ("date", "watermark", "text")
MAX_PIXELS = 256_000_000
USUAL = 4.0
"""By how much a picture is enlarged when neither the caller nor the model says."""
OWN = "own-weights"
"""The alias under which a file given with --weights is known for this one run."""


@dataclass(frozen=True)
class _Job:
    """What one call of the command has to work with."""

    arguments: argparse.Namespace
    models: Mapping[str, Model]
    masks: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def pool(self) -> Pool:
        return Pool(self.models, self.arguments.device)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 when all went well, 1 with a word on standard error when not."""
    arguments = _parser().parse_args(argv)
    try:
        report = arguments.perform(arguments)
    except RestoreError as error:
        sys.stderr.write(_error_in_words(error) + "\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename or ''}: {error.strerror or error}\n")
        return 1
    text = json.dumps(report, ensure_ascii=False, indent=2) if arguments.json else _in_words(report)
    sys.stdout.write(text + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m wagtail_restore.engines", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    upscale = _command(commands, "upscale", "enlarge a picture", _upscale, out=True)
    upscale.add_argument("--scale", type=_factor, default=None, help="by how much; what the model does when left out")
    upscale.add_argument("--weights", type=Path, help="a file of weights of your own instead of a model we know")
    erase = _command(commands, "erase", "erase what a mask covers, or what is found", _erase, out=True)
    what = erase.add_mutually_exclusive_group(required=True)
    what.add_argument("--mask", type=Path, help="a picture of the same size, bright where to erase")
    what.add_argument("--detect", type=_kinds, metavar="KINDS", help=f"some of {','.join(KINDS)}")
    erase.add_argument("--sure", type=float, default=0.6, help="how sure the detector must be, 0 to 1 (0.6)")
    _command(commands, "detect", "list text, dates and watermarks", _detect, out=False)
    return parser


def _command(commands: Any, name: str, words: str, perform: Any, *, out: bool) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words, description=f"{words.capitalize()}.")
    parser.set_defaults(perform=perform)
    parser.add_argument("source", metavar="IN", type=Path)
    if out:
        parser.add_argument("target", metavar="OUT", type=Path)
        parser.add_argument("--creative", action="store_true", help="let models run that may invent")
    parser.add_argument("--model", default="auto", help="alias of a model, or auto, photo, line")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    return parser


def _factor(text: str) -> float:
    factor = float(text)
    if not factor > 0:
        raise argparse.ArgumentTypeError(f"{text} is no factor to enlarge by")
    return factor


def _kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(part.strip() for part in text.split(",") if part.strip())
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown or not kinds:
        raise argparse.ArgumentTypeError(f"not among {', '.join(KINDS)}: {', '.join(unknown) or 'nothing'}")
    return kinds


def _upscale(arguments: argparse.Namespace) -> dict[str, Any]:
    picture = _read(arguments.source)
    models, alias = dict(shipped()), arguments.model
    if arguments.weights:
        models[OWN] = _own(arguments.weights, arguments.device)
        alias = OWN
    factor = Pool(models, arguments.device).choose("upscale", alias, scale=USUAL).scale
    scale = arguments.scale or (factor if factor > 1 else USUAL)
    size = {"width": max(1, round(picture.width * scale)), "height": max(1, round(picture.height * scale))}
    return _restore(_Job(arguments, models), picture, Step("upscale", alias, size))


def _erase(arguments: argparse.Namespace) -> dict[str, Any]:
    picture = _read(arguments.source)
    if arguments.detect:
        step = Step("erase", arguments.model, {"detect": list(arguments.detect)})
        return _restore(_Job(arguments, shipped()), picture, step)
    mask = _read(arguments.mask)
    if (mask.width, mask.height) != (picture.width, picture.height):
        detail = f"the mask is {mask.width} × {mask.height}, the picture {picture.width} × {picture.height}"
        raise SetupError(detail=detail)
    painted = to_float(mask.pixels).max(axis=2) > 0.5
    return _restore(
        _Job(arguments, shipped(), {"mask": painted}), picture, Step("erase", arguments.model, {"mask": "mask"})
    )


def _detect(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    picture = _read(arguments.source)
    pool = Pool(shipped(), arguments.device)
    engine = pool.get(pool.choose("detect", arguments.model).alias)
    regions: list[Region] = engine.run(to_float(picture.pixels))
    return [region.to_json() for region in regions]


def _restore(job: _Job, picture: Picture, step: Step) -> dict[str, Any]:
    arguments = job.arguments
    plan = Plan((step,), Mode.CREATIVE if arguments.creative else Mode.STRICT)
    context = Context(progress=_Progress())
    try:
        outcome = run(
            plan, picture, job.pool, context, masks=job.masks, detect_confidence=getattr(arguments, "sure", 0.6)
        )
    except Kept as kept:
        _write(arguments.target, arguments.source.read_bytes())
        return {"outcome": "kept", "why": kept.params["why"], "out": str(arguments.target)}
    if outcome.unsure:
        _write(arguments.target, arguments.source.read_bytes())
        return {**_told(outcome, "unsure"), "out": str(arguments.target)}
    made = _as_named(outcome.picture, arguments.target)
    encoded = encode(made, xmp=_packet(job, picture, outcome, made.source.format))
    _write(arguments.target, encoded.data)
    return {**_told(outcome, "done"), "notes": list(encoded.notes), "out": str(arguments.target)}


def _told(outcome: Outcome, word: str) -> dict[str, Any]:
    return {
        "outcome": word,
        **outcome.report,
        "below_threshold": outcome.below_threshold,
        "unsure": [region.to_json() for region in outcome.unsure],
    }


def _own(path: Path, device: str) -> Model:
    """A Model for a file of weights that no catalogue knows; its factor is asked of the network itself."""
    if not path.is_file():
        raise FileNotFoundError(2, "no such file", str(path))
    engine = "wagtail_restore.engines.upscale.Upscaler"
    unknown = Model(OWN, "upscale", engine, purpose="own", scale=0, file=str(path.resolve()))
    scale = Pool({OWN: unknown}, device).get(OWN).capabilities.scale
    return replace(unknown, scale=scale)


def _read(path: Path) -> Picture:
    return decode(path.read_bytes(), name=path.name, max_pixels=MAX_PIXELS)


def _as_named(picture: Picture, target: Path) -> Picture:
    """The picture in the format that the name of the target asks for; the source's where it asks for none."""
    ending = target.suffix.lower().lstrip(".")
    fitting = [format for format, endings in EXTENSIONS.items() if ending in {each.lstrip(".") for each in endings}]
    format = picture.source.format
    if fitting and format not in fitting:
        format = fitting[0]
    return replace(picture, source=replace(picture.source, format=format))


def _packet(job: _Job, picture: Picture, outcome: Outcome, format: str) -> bytes:
    models = [job.models[step["model"]] for step in outcome.report["steps"] if step.get("model")]
    names = ", ".join(model.alias for model in models)
    kind = provenance.kind_of(invents=any(model.kind == "erase" or not model.faithful for model in models))
    limit = provenance.JPEG_LIMIT if format == "JPEG" else None
    return provenance.merge(picture.source.xmp, kind, names, __version__, limit=limit)


def _write(path: Path, data: bytes) -> None:
    """All or nothing: a program that watches ``path`` never sees half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


class _Progress:
    """Progress on standard error: one line that changes on a terminal, one line for each tenth elsewhere."""

    def __init__(self) -> None:
        self._tenth = -1

    def __call__(self, fraction: float, doing: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{doing} {fraction:4.0%}" + ("\n" if fraction >= 1.0 else ""))
        elif int(fraction * 10) > self._tenth:
            self._tenth = int(fraction * 10)
            sys.stderr.write(f"{doing} {fraction:.0%}\n")
        sys.stderr.flush()


def _error_in_words(error: RestoreError) -> str:
    """What the class of the error says of itself, and the particulars."""
    sentence = (type(error).__doc__ or error.code).partition("\n")[0].partition(" (param")[0].rstrip(".")
    particulars = ", ".join(f"{name} {value}" for name, value in error.params.items())
    return f"{sentence}: {particulars}" if particulars else f"{sentence}."


def _in_words(report: Any) -> str:
    if isinstance(report, list):
        rows = [f"{r['kind']:<10} {r['confidence']:.2f}  {r['box']}  {r['text']}" for r in report]
        return "\n".join(rows) or "nothing found"
    if report["outcome"] == "kept":
        return f"{report['out']}: kept as it was ({report['why'].replace('_', ' ')})"
    if report["outcome"] == "unsure":
        found = ", ".join(f"{r['kind']} {r['text']!r} ({r['confidence']:.2f})" for r in report["unsure"])
        return f"{report['out']}: kept as it was; not sure of {found}"
    width, height = report["to"]
    return f"{report['out']}: {width} × {height}, {report['seconds']:.1f} s on {report['device']}"


if __name__ == "__main__":
    raise SystemExit(main())
