"""Cleaning up photographs with made-up stamps: what is found, what is taken for a mark, and how well it is filled."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from benchmarks import fsr, large, machine
from benchmarks.filling import CLASSICAL, CLEAN_UP, TELEA, Scores, erasers
from benchmarks.filling import measure as fill
from benchmarks.finding import SURE, Findings
from benchmarks.known import MOST, KnownMarks
from benchmarks.lettering import fonts
from benchmarks.photos import ENDINGS, Photo, data_folder, photos
from benchmarks.stamps import BLOB, SEED, holed, stamped
from benchmarks.upscale import Options
from benchmarks.words import KnownWords
from wagtail_restore import catalogue
from wagtail_restore.engines import weights
from wagtail_restore.engines.base import Engine, Region
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.step import to_float

KODAK = Path("eval", "Kodak24", "HR")


def measure(options: Options) -> dict[str, Any]:
    """Rows of what was found and of each eraser, every mark and every false alarm, and what counts in ``headline``.

    ``date_recall`` and ``watermark_recall`` are shares of all marks, ``false_alarms_per_photo`` counts what would be
    erased unasked on clean photographs. Of dates, all given the true mask: ``gmsd_vs_telea`` is our Model's over that
    of Telea (below 1 is better), ``psnr_gain_vs_telea_db`` and ``psnr_gain_vs_fsr_db`` are ours less theirs inside the
    mask, the latter None where the peer is not at hand; ``clean_up_…`` are the same for the whole route, which is told
    where the line is. ``blob_gain_db`` is our Model's less that of the best classical method;
    ``outside_changed_pixels`` is ours. Of marks whose picture is known, ``known_recall`` is the share found,
    ``known_psnr_db`` how like the photograph what lay there is; of marks whose words are known ``words_recall`` and
    ``words_sure`` are the shares found at all and surely. ``large_seconds`` is what a photograph of 12 megapixels with
    one date takes from file to file, ``large_peer_ratio`` how many times as long the simplest peer takes.
    """
    chosen = _photos(options)
    pool = Pool(catalogue.models(), options.device)
    find = partial(_find, pool)
    ours = pool.choose("erase", "auto", strict=True).alias
    peer = fsr.Reconstruction() if fsr.at_hand() else None
    fills = erasers(pool, _at_hand(pool), peer)
    findings, known, words, scores = Findings(), KnownMarks(), KnownWords(), {name: Scores() for name in fills}
    turn = 0
    for number, photo in enumerate(chosen):
        sys.stderr.write(f"{photo.name}\n")
        findings.look_at_clean(photo, find)
        if number < MOST:
            known.look_at(photo, number)
            words.look_at(photo, number, _reader(pool))
        for stamp in stamped(photo, number):
            findings.look_at(stamp, find)
            fill(stamp, fills, scores, turn)
            turn += 1
        fill(holed(photo, number), fills, scores, turn)
    if peer is not None:
        peer.end()
    whole = _whole(chosen, pool)
    return {
        "name": "erase",
        **machine.described(options.device),
        "photos": [photo.name for photo in chosen],
        "seed": SEED,
        "fonts": [name or "Pillow's own" for name in fonts()],
        "sure": SURE,
        "found": findings.rows(),
        "by": findings.breakdown(),
        "erasers": [row for name in fills for row in scores[name].rows(name)],
        "marks": findings.marks,
        "alarms": findings.alarms,
        "known": known.rows(),
        "known_marks": known.marks,
        "known_alarms": known.alarms,
        "words": words.rows(),
        "words_marks": words.marks,
        "words_alarms": words.alarms,
        "large": whole.rows,
        "headline": _headline(findings, scores, ours) | known.headline() | words.headline() | whole.headline(),
    }


def _whole(chosen: Sequence[Photo], pool: Pool) -> large.Large:
    """Large photographs from file to file; last of all, so that nothing else is under way in this process."""
    measured, peer = large.Large(), large.naive()
    for number, photo in enumerate(chosen[: large.PHOTOS]):
        sys.stderr.write(f"{photo.name} at 12 megapixels\n")
        measured.look_at(photo, number, pool, peer)
    return measured


def _photos(options: Options) -> list[Photo]:
    """All of the folder, or of Kodak's 24 where they are, whole; else the samples of scikit-image."""
    folder = options.folder or data_folder() / KODAK
    if options.folder is None and not folder.is_dir():
        return photos()[: options.limit]
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)[: options.limit]
    if not found:
        raise SystemExit(f"{folder} holds no photographs")
    return [Photo(path.name, _upright(path)) for path in found]


def _upright(path: Path) -> NDArray[Any]:
    with Image.open(path) as picture:
        return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))


def _at_hand(pool: Pool) -> list[str]:
    """The erasers of the catalogue whose weights are here."""
    able = (model for model in pool.models.values() if model.kind == "erase")
    return [model.alias for model in able if not model.file or weights.find(model, pool.folders)]


def _reader(pool: Pool) -> Engine:
    return pool.get(pool.choose("detect", "auto").alias)


def _find(pool: Pool, pixels: NDArray[Any]) -> list[Region]:
    found: list[Region] = _reader(pool).run(to_float(pixels))
    return found


def _headline(findings: Findings, scores: Mapping[str, Scores], ours: str) -> dict[str, Any]:
    recall = {row["kind"]: row["recall"] for row in findings.rows()}
    mine, route, telea = (_figures(scores, name, "date") for name in (ours, CLEAN_UP, TELEA))
    fast = _figures(scores, fsr.FAST, "date")
    blobs = {name: _figures(scores, name, BLOB) for name in scores}
    rivals = [row["psnr_db"] for name, row in blobs.items() if row and name in CLASSICAL]
    return {
        "date_recall": recall["date"],
        "watermark_recall": recall["watermark"],
        "false_alarms_per_photo": round(findings.unasked, 3),
        "gmsd_vs_telea": round(mine["gmsd"] / telea["gmsd"], 3),
        "psnr_gain_vs_telea_db": round(mine["psnr_db"] - telea["psnr_db"], 2),
        "psnr_gain_vs_fsr_db": round(mine["psnr_db"] - fast["psnr_db"], 2) if fast else None,
        "clean_up_gmsd_vs_telea": round(route["gmsd"] / telea["gmsd"], 3),
        "clean_up_gain_vs_telea_db": round(route["psnr_db"] - telea["psnr_db"], 2),
        "blob_gain_db": round(blobs[ours]["psnr_db"] - max(rivals), 2),
        "outside_changed_pixels": sum(scores[name].outside for name in (ours, CLEAN_UP)),
    }


def _figures(scores: Mapping[str, Scores], name: str, kind: str) -> dict[str, Any]:
    """The row of one eraser on one kind; empty where there is none."""
    rows = scores[name].rows(name) if name in scores else []
    return next((row for row in rows if row["kind"] == kind), {})
