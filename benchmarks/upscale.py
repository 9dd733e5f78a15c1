"""Enlarging photographs: ours against upstream's RealESRGANer, plain spandrel and Lanczos, with the same weights."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import machine, memory, peak, weights
from benchmarks.peers import OURS, PEERS, REALESRGANER, Peer, Subject, build, network, scale_of
from benchmarks.photos import Photo, photos
from benchmarks.timing import Times, interleaved, psnr, ratio
from wagtail_restore.exceptions import ExtraMissing

HOW = "run `make bench`, which builds an environment with it, or see docs/explanation/against-upstream.md"


@dataclass(frozen=True)
class Options:
    """What is measured: ``weights`` and ``folder`` (of photographs) are those of the device's kind where None.

    ``limit`` is the most photographs that cleaning up is measured on, ``images`` how many the library of the admin has.
    """

    weights: Path | None = None
    folder: Path | None = None
    device: str = "cpu"
    rounds: int = 5
    limit: int | None = None
    images: int = 10_000


def measure(options: Options) -> dict[str, Any]:
    """One row for each peer, and what counts in ``headline``; what could not be measured is None.

    ``ratio_vs_realesrganer`` is how many times as long upstream takes, ``psnr_vs_realesrganer_db`` how alike the
    results are (the lowest of the photographs), ``fraction_of_peak`` the network's operations over our whole time,
    against the best rate of multiplying matrices in our precision, ``peak_extra_mib`` our memory beyond the network.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = options.weights or weights.usual(options.device, Path(folder))
        subject = Subject(path, options.device, scale_of(path))
        chosen = photos(options.folder)
        peers, missing = _peers(subject)
        largest = max(chosen, key=lambda photo: photo.pixels.size)
        extra = {name: memory.peak_extra(name, subject, largest.pixels) for name in peers}
        rate = peak.matmul_rate(subject.device, peers[OURS].precision)
        times = interleaved(peers, chosen, options.rounds)
        rate = max(rate, peak.matmul_rate(subject.device, peers[OURS].precision))
        fraction = _work_per_megapixel(subject, chosen) / times[OURS].median / rate
    return {
        "name": "upscale",
        **machine.described(subject.device),
        "weights": path.name,
        "scale": subject.scale,
        "photos": [f"{photo.name} {photo.pixels.shape[1]} × {photo.pixels.shape[0]}" for photo in chosen],
        "rounds": options.rounds,
        "rows": [_row(name, peers[name], times, extra[name]) for name in peers],
        "missing": missing,
        "peak_flops": rate,
        "headline": _headline(times, fraction, extra[OURS]),
    }


def _peers(subject: Subject) -> tuple[dict[str, Peer], dict[str, str]]:
    """Those that are here, and what to do about those that are not."""
    peers, missing = {}, {}
    for name in PEERS:
        try:
            peers[name] = build(name, subject)
        except ExtraMissing as error:
            missing[name] = f"the package {error.params['extra']} is not installed: {HOW}"
            sys.stderr.write(f"{name} is left out: {missing[name]}\n")
    return peers, missing


def _work_per_megapixel(subject: Subject, chosen: Sequence[Photo]) -> float:
    bare = network(subject)
    height, width = chosen[0].pixels.shape[:2]
    return peak.network_work(bare, width, height) / (width * height * subject.scale**2 / 1e6)


def _row(name: str, peer: Peer, times: Mapping[str, Times], extra: float) -> dict[str, Any]:
    mine, theirs = times[OURS], times[name]
    return {
        "peer": name,
        "precision": peer.precision,
        "seconds_per_mp": round(theirs.median, 4),
        "spread": round(theirs.spread, 4),
        "cpu_seconds_per_mp": round(median(theirs.cpu_seconds), 4),
        "times_ours": round(ratio(mine, theirs), 2),
        "psnr_db": round(psnr(mine, theirs), 1),
        "peak_extra_mib": round(extra, 1),
    }


def _headline(times: Mapping[str, Times], fraction: float, extra: float) -> dict[str, float | None]:
    upstream = times.get(REALESRGANER)
    return {
        "ratio_vs_realesrganer": None if upstream is None else round(ratio(times[OURS], upstream), 2),
        "psnr_vs_realesrganer_db": None if upstream is None else round(psnr(times[OURS], upstream), 1),
        "fraction_of_peak": round(fraction, 3),
        "peak_extra_mib": round(extra, 1),
    }
