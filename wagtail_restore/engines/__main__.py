"""One picture from the command line, without Django: ``python -m wagtail_restore.engines upscale in.jpg out.jpg``."""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from numpy.typing import NDArray

from wagtail_restore import __version__
from wagtail_restore.catalogue import Model
from wagtail_restore.catalogue import models as known_models
from wagtail_restore.engines import given, known_step, wording
from wagtail_restore.engines.base import Context, Region
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.runner import Outcome, run
from wagtail_restore.engines.step import to_float
from wagtail_restore.engines.target import format_of, names, whole
from wagtail_restore.engines.told import Progress, error_in_words, remark, report_in_words, say
from wagtail_restore.exceptions import Kept, MaskMisfit, RestoreError, SetupError
from wagtail_restore.imaging import logo, masks, provenance
from wagtail_restore.imaging.codec import Picture, decode, encode
from wagtail_restore.imaging.header import MAX_SIDE
from wagtail_restore.imaging.logo import Mark
from wagtail_restore.imaging.planning import Mode, Plan, Step

MAX_PIXELS = 256_000_000
"""The largest picture that is read or written."""
USUAL = 4.0
"""By how much a picture is enlarged when neither the caller nor the model says."""
OWN = "own-weights"
"""The alias under which a file given with --weights is known for this one run."""
FOLDERS = "RESTORE_WEIGHTS"
"""The environment variable that names the folders of weights, separated as in PATH."""


@dataclass(frozen=True)
class _Job:
    """What one call of the command has to work with."""

    arguments: argparse.Namespace
    pool: Pool
    masks: dict[str, NDArray[Any]] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 when all went well, 1 with a word on standard error when not."""
    arguments = _parser().parse_args(argv)
    try:
        report = arguments.perform(arguments)
        say(json.dumps(report, indent=2) if arguments.json else report_in_words(report))
    except RestoreError as error:
        remark(error_in_words(error))
        return 1
    except OSError as error:
        remark(": ".join(str(part) for part in (error.filename, error.strerror or error) if part))
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m wagtail_restore.engines", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    upscale = _command(commands, "upscale", "enlarge a picture", _upscale, out=True)
    upscale.add_argument(
        "--scale", type=given.factor, default=None, help="by how much; what the model does when left out"
    )
    upscale.add_argument("--weights", type=Path, help="a file of weights of your own instead of a model we know")
    upscale.add_argument(
        "--strength", type=given.share, help="share of the network, 0 to 1 (1), the rest being Lanczos"
    )
    upscale.add_argument("--denoise", type=given.share, help="noise to take out, 0 to 1, by models that can be told")
    erase = _command(commands, "erase", "erase what a mask covers, or what is found", _erase, out=True)
    what = erase.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--mask", type=Path, help="a picture of the same size, bright where to erase, or a layer painted there"
    )
    what.add_argument("--detect", type=given.kinds, metavar="KINDS", help=f"some of {','.join(given.KINDS)}")
    erase.add_argument("--sure", type=given.share, default=0.6, help="how sure the detector must be, 0 to 1 (0.6)")
    detect = _command(commands, "detect", "list text, dates and watermarks", _detect, out=False)
    for command in (erase, detect):
        told = "a logo to look for, PNG or WebP, may be given again"
        command.add_argument("--mark", metavar="FILE", type=Path, action="append", default=[], help=told)
        told = "a line of writing that is a mark, may be given again"
        command.add_argument("--words", metavar="LINE", type=given.line, action="append", default=[], help=told)
    return parser


def _command(commands: Any, name: str, told: str, perform: Any, *, out: bool) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=told, description=f"{told.capitalize()}.")
    parser.set_defaults(perform=perform)
    parser.add_argument("source", metavar="IN", type=Path)
    if out:
        parser.add_argument("target", metavar="OUT", type=Path)
        parser.add_argument("--creative", action="store_true", help="let models run that may invent")
    told = f"a folder of weights, may be given again; those in {FOLDERS} when left out"
    parser.add_argument("--folder", metavar="DIR", action="append", help=told)
    parser.add_argument("--model", default="auto", help="alias of a model, or auto, photo, line")
    parser.add_argument("--device", type=given.device, default="auto", help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    return parser


def _upscale(arguments: argparse.Namespace) -> dict[str, Any]:
    job = _Job(arguments, _pool(arguments))
    return _restore(job, lambda picture: _enlargement(job, picture))


def _enlargement(job: _Job, picture: Picture) -> Step:
    """The Step to the size that was asked for, or to the largest one that may be written."""
    arguments = job.arguments
    wanted = arguments.scale or USUAL
    model = job.pool.choose("upscale", arguments.model, scale=wanted, strict=not arguments.creative)
    scale = arguments.scale or (model.scale if model.scale > 1 else USUAL)
    side = MAX_SIDE[_as_named(picture, arguments.target).source.format]
    most = min(math.sqrt(MAX_PIXELS / (picture.width * picture.height)), side / max(picture.width, picture.height))
    size = [max(1, round(length * scale)) for length in (picture.width, picture.height)]
    if scale > most:
        size = [int(length * most + 1e-6) for length in (picture.width, picture.height)]
        limits = f"{MAX_PIXELS // 1_000_000} megapixels and {side} pixels a side at most"
        remark(f"the output is capped at {size[0]} × {size[1]} instead of ×{scale:g}: {limits} are written")
    amounts = {"strength": arguments.strength, "denoise": arguments.denoise}
    params = {"width": size[0], "height": size[1], **{name: n for name, n in amounts.items() if n is not None}}
    if arguments.denoise is not None and not model.partner:
        remark(f"{model.alias} cannot be told how much noise to take out; --denoise means nothing to it")
    return Step("upscale", arguments.model, params)


def _erase(arguments: argparse.Namespace) -> dict[str, Any]:
    job = _Job(arguments, _pool(arguments))
    if arguments.detect:
        job.marks.extend(_marks(arguments))
        return _restore(job, lambda picture: Step("erase", arguments.model, {"detect": list(arguments.detect)}))
    if arguments.mark or arguments.words:
        remark("--mark and --words mean nothing with --mask: what it covers is erased, and nothing looked for")
    return _restore(job, lambda picture: _covered(job, picture))


def _covered(job: _Job, picture: Picture) -> Step:
    """The Step that erases what the mask covers."""
    mask = _read(job.arguments.mask)
    if (mask.width, mask.height) != (picture.width, picture.height):
        sizes = (f"{each.width} × {each.height}" for each in (mask, picture))
        raise MaskMisfit(**dict(zip(("mask", "picture"), sizes, strict=True)))
    bright = mask.pixels.max(axis=2)
    if mask.alpha is not None:
        bright = masks.visible(bright, mask.pixels, mask.alpha)
    job.masks["mask"] = to_float(bright) > 0.5
    return Step("erase", job.arguments.model, {"mask": "mask"})


def _detect(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    pool = _pool(arguments)
    picture = _read(arguments.source)
    engine = pool.get(pool.choose("detect", arguments.model).alias)
    read: list[Region] = engine.run(to_float(picture.pixels))
    read = wording.sought(engine, read, arguments.words, picture.pixels)
    regions = known_step.first(known_step.regions(picture.pixels, _marks(arguments)), read)
    return [region.to_json() for region in regions]


def _marks(arguments: argparse.Namespace) -> list[Mark]:
    return [logo.read(path.read_bytes(), path.stem) for path in arguments.mark]


def _restore(job: _Job, step_for: Callable[[Picture], Step]) -> dict[str, Any]:
    arguments = job.arguments
    with whole(arguments.target) as file:
        picture = _read(arguments.source)
        plan = Plan((step_for(picture),), Mode.CREATIVE if arguments.creative else Mode.STRICT)
        context = Context(progress=Progress())
        carry_out = partial(run, masks=job.masks, marks=job.marks, wordings=getattr(arguments, "words", ()))
        try:
            outcome = carry_out(plan, picture, job.pool, context, detect_confidence=getattr(arguments, "sure", 0.6))
        except Kept as kept:
            _copy(picture, arguments, file)
            return {"outcome": "kept", "why": kept.params["why"], "out": str(arguments.target)}
        if outcome.unsure:
            _copy(picture, arguments, file)
            return {**_told(outcome, "unsure"), "out": str(arguments.target)}
        # What is not needed any more makes room for the result and its file, which may be very large.
        packet = picture.source.xmp
        del picture
        job.pool.close()
        made = _as_named(outcome.picture, arguments.target)
        packet = _packet(job, packet, outcome, made.source.format)
        notes = encode(made, xmp=packet, into=file, original=arguments.source.read_bytes()).notes
    return {**_told(outcome, "done"), "notes": list(notes), "out": str(arguments.target)}


def _copy(picture: Picture, arguments: argparse.Namespace, file: BinaryIO) -> None:
    """The source byte for byte, or in the format that the name of the target asks for."""
    made = _as_named(picture, arguments.target)
    if made.source.format == picture.source.format:
        file.write(arguments.source.read_bytes())
    else:
        encode(made, into=file)


def _told(outcome: Outcome, word: str) -> dict[str, Any]:
    return {
        "outcome": word,
        **outcome.report,
        "below_threshold": outcome.below_threshold,
        "unsure": [region.to_json() for region in outcome.unsure],
    }


def _pool(arguments: argparse.Namespace) -> Pool:
    folders = arguments.folder or [folder for folder in os.environ.get(FOLDERS, "").split(os.pathsep) if folder]
    for folder in folders:
        if not Path(folder).is_dir():
            raise FileNotFoundError(2, "no such folder", folder)
    try:
        models = known_models(folders=folders)
    except ValueError as error:
        raise SetupError(detail=str(error)) from error
    if getattr(arguments, "weights", None):
        models[OWN] = _own(arguments.weights, arguments.device)
        arguments.model = OWN
    return Pool(models, arguments.device, folders)


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
    format = picture.source.format
    if not names(target, format):
        format = format_of(target) or format
    return replace(picture, source=replace(picture.source, format=format))


def _packet(job: _Job, existing: bytes | None, outcome: Outcome, format: str) -> bytes:
    models = [job.pool.models[alias] for alias in outcome.models]
    names = ", ".join(outcome.models)
    invents = any(model.makes_up for model in models)
    limit = provenance.JPEG_LIMIT if format == "JPEG" else None
    return provenance.merge(existing, provenance.kind_of(invents=invents), names, __version__, limit=limit)


if __name__ == "__main__":
    # As Ctrl-C does: what was begun is taken away again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    raise SystemExit(main())
