"""Peers timed turn by turn on the same photographs, so that whatever else the machine does meets all of them alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

import numpy as np

from benchmarks.peers import Peer, Pixels
from benchmarks.photos import Photo


@dataclass
class Times:
    """Seconds per megapixel of output by photograph and round, in the same order for every peer, and the results.

    ``cpu_seconds`` are those of all threads of the process together, which other programs disturb less.
    """

    seconds: list[float] = field(default_factory=list)
    results: dict[str, Pixels] = field(default_factory=dict)
    cpu_seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return median(self.seconds)

    @property
    def spread(self) -> float:
        """Between the quartiles."""
        if len(self.seconds) < 2:
            return 0.0
        low, _, high = quantiles(self.seconds, n=4, method="inclusive")
        return high - low


def interleaved(peers: Mapping[str, Peer], photos: Sequence[Photo], rounds: int) -> dict[str, Times]:
    """All ``peers`` on all ``photos``, ``rounds`` times, each round beginning with another peer.

    The smallest photograph warms each of them up, unmeasured.
    """
    small = min(photos, key=lambda photo: photo.pixels.size)
    for peer in peers.values():
        peer.enlarge(peer.given(small.pixels))
    times = {name: Times() for name in peers}
    names = list(peers)
    for turn in range(rounds):
        for photo in photos:
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                _once(peers[name], photo, times[name])
    return times


def ratio(ours: Times, theirs: Times) -> float:
    """How many times as long they take, in the median over photographs and rounds."""
    return median(b / a for a, b in zip(ours.seconds, theirs.seconds, strict=True))


def psnr(ours: Times, theirs: Times) -> float:
    """PSNR in dB of our results against theirs, the lowest of the photographs; 99 stands for no difference."""
    found = []
    for name, mine in ours.results.items():
        error = np.mean(np.square(mine.astype(np.float32) - theirs.results[name]), dtype=np.float64)
        found.append(99.0 if error == 0 else float(10 * np.log10(255**2 / error)))
    return min(found)


def _once(peer: Peer, photo: Photo, times: Times) -> None:
    given = peer.given(photo.pixels)
    gc.collect()
    began, busy = time.perf_counter(), time.process_time()
    made = peer.enlarge(given)
    took, busy = time.perf_counter() - began, time.process_time() - busy
    picture = peer.picture(made)
    megapixels = picture.shape[0] * picture.shape[1] / 1e6
    times.seconds.append(took / megapixels)
    times.cpu_seconds.append(busy / megapixels)
    times.results[photo.name] = picture
