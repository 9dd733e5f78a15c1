"""OpenCV's frequency-selective reconstruction, in a process of its own: its package would replace the one we use."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

CONTRIB = Path(sys.prefix, "contrib")
"""Where ``make bench`` puts the package with the contributed modules."""
FAST, BEST = "OpenCV, FSR fast", "OpenCV, FSR best"
METHODS = {FAST: "INPAINT_FSR_FAST", BEST: "INPAINT_FSR_BEST"}


class Reconstruction:
    """The process, kept until it is let go by ``end``."""

    def __init__(self, folder: Path = CONTRIB) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.fsr"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(Path.cwd())])},
        )

    def end(self) -> None:
        """Let it go."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def fill(self, method: str, pixels: NDArray[np.uint8], hole: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """``pixels`` (H, W, 3) with ``hole`` (H, W) filled by one of ``METHODS``. Raises ``RuntimeError``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        _send(self._process.stdin, method=np.array(METHODS[method]), pixels=pixels, hole=hole)
        answer = _receive(self._process.stdout)
        if answer is None:
            raise RuntimeError("OpenCV's contributed modules gave no answer; run `make bench` to install them")
        return np.asarray(answer["filled"])


def at_hand() -> bool:
    """Whether the contributed modules were installed."""
    return (CONTRIB / "cv2").is_dir()


def main() -> None:
    """Answer until nothing more comes."""
    import cv2

    xphoto: Any = cv2.xphoto
    while (asked := _receive(sys.stdin.buffer)) is not None:
        filled = np.zeros_like(asked["pixels"])
        known = np.where(asked["hole"], 0, 255).astype(np.uint8)
        xphoto.inpaint(asked["pixels"], known, filled, getattr(xphoto, str(asked["method"])))
        _send(sys.stdout.buffer, filled=filled)


def _send(pipe: IO[bytes], **arrays: NDArray[Any]) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    pipe.write(struct.pack("<Q", buffer.tell()) + buffer.getvalue())
    pipe.flush()


def _receive(pipe: IO[bytes]) -> dict[str, NDArray[Any]] | None:
    head = pipe.read(8)
    if len(head) < 8:
        return None
    with np.load(io.BytesIO(pipe.read(struct.unpack("<Q", head)[0]))) as kept:
        return {name: kept[name] for name in kept.files}


if __name__ == "__main__":
    main()
