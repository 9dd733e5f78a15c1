"""A picture of any size is worked on in little more memory than its result takes; measured in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("torch")

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is asked of Linux")

MEGABYTE = 1_000_000
GIBIBYTE = 1 << 30

PROGRAM = """
import sys
from pathlib import Path
import numpy as np
from wagtail_restore.catalogue import Model, shipped
from wagtail_restore.engines.base import Context
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.runner import run
from wagtail_restore.imaging.codec import Picture, Source
from wagtail_restore.imaging.planning import Plan, Step

alias, width, height, factor, alpha = sys.argv[1], *map(int, sys.argv[2:])
engine = "wagtail_restore.engines.resample.Resampler"
known = {**shipped(), "lanczos-x4": Model("lanczos-x4", "upscale", engine, purpose="plain", scale=4)}
pool = Pool(known, "cpu")

def told(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

def go(width, height):
    line = np.arange(width, dtype=np.uint32)[None, :, None] * np.array([1, 3, 7], np.uint32)
    pixels = ((line + np.arange(height, dtype=np.uint32)[:, None, None]) // 5 % 256).astype(np.uint8)
    fade = pixels[:, :, 0].copy() if alpha else None
    step = Step("upscale", alias, {"width": width * factor, "height": height * factor})
    return run(Plan((step,)), Picture(pixels, fade, Source(format="PNG")), pool, Context()).picture

go(64, 64)
Path("/proc/self/clear_refs").write_text("5")  # from here on the peak counts anew
before = told("VmRSS")
made = go(width, height)
assert made.pixels.shape == (height * factor, width * factor, 3), made.pixels.shape
print(told("VmHWM") - before)
"""


def growth(alias: str, width: int, height: int, factor: int = 4, *, alpha: bool = False) -> int:
    """By how many bytes the process grew, above what it needs once it is ready to work, source and result included."""
    command = [sys.executable, "-c", PROGRAM, alias, *map(str, (width, height, factor, int(alpha)))]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_twenty_four_megapixels_take_their_canvas_and_a_band() -> None:
    canvas = 24 * 4 * MEGABYTE
    assert growth("lanczos-x4", 1500, 1000, alpha=True) < canvas + 400 * MEGABYTE


def test_two_passes_hold_no_picture_between_them() -> None:
    canvas = 13 * 4 * MEGABYTE
    assert growth("lanczos-x4", 600, 600, 6) < canvas + 400 * MEGABYTE


def test_a_network_takes_no_more_for_a_longer_picture() -> None:
    canvas = 1.2 * 4 * MEGABYTE
    assert growth("compact-x4", 100, 720) < canvas + 150 * MEGABYTE


@pytest.mark.slow
@pytest.mark.skipif("RESTORE_SLOW_TESTS" not in os.environ, reason="takes minutes; set RESTORE_SLOW_TESTS")
@pytest.mark.timeout(3600)
def test_two_hundred_megapixels_through_a_network_take_less_than_a_gibibyte_and_a_half() -> None:
    assert growth("compact-x4", 4330, 2887) < 1.5 * GIBIBYTE
