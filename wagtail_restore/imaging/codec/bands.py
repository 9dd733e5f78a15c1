"""Large pictures by bands of rows, several at once, so that their files cost little memory beyond their pixels."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

LARGE = 4_000_000
"""Pixels from which PNG and TIFF are written here: Pillow would copy the picture, and takes a second per megapixel."""
_SAMPLES = 1 << 19
"""Samples of a band: enough that compression loses nothing by beginning anew, and filters stay in cache."""
_THREADS = min(8, os.cpu_count() or 1)


def bands(height: int, row: int) -> Iterator[slice]:
    """The rows of a picture, whose rows have ``row`` samples, band after band."""
    rows = max(1, _SAMPLES // max(1, row))
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def in_order(work: Callable[[slice], T], parts: Iterator[slice]) -> Iterator[T]:
    """What ``work`` makes of each part, in order, a few parts ahead on threads of their own."""
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting: deque[Future[T]] = deque()
        for part in parts:
            waiting.append(pool.submit(work, part))
            if len(waiting) > _THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
