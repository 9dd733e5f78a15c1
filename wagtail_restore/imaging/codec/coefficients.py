"""The quantised DCT coefficients of a JPEG file, read and written as they are through jpeglib (an optional package)."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    import jpeglib
    from jpeglib import _bind, dct_jpeg
except ImportError:
    jpeglib = None
else:
    # What it prints when it fails would be in the way of those who read standard output.
    _bind.print = logging.getLogger(__name__).debug

_LOCK = threading.Lock()
"""jpeglib keeps its choice of a library, and the markers it reads, in variables of the process."""
_READER, _PROGRESSIVE = "turbo210", "mozjpeg403"
"""The libraries in jpeglib that read, and write in sequence, and the one that writes progressively."""
_TROUBLE = (OSError, ValueError, TypeError, KeyError, IndexError, RuntimeError, OverflowError)
"""What jpeglib raises on files that it does not like."""
_SPACES = {"grey": "JCS_GRAYSCALE", "ycc": "JCS_YCbCr", "rgb": "JCS_RGB"}


class Coefficients:
    """The coefficients of a file, which may be changed in place before they are ``written``.

    ``planes`` are int16 arrays (rows of blocks, columns of blocks, 8, 8), one for each component, ``tables`` the
    quantisation table (8, 8) of each, the vertical frequency first.
    """

    def __init__(self, file: Any, space: str) -> None:
        self._file = file
        # jpeglib guesses it from the names of the components alone.
        file.jpeg_color_space = jpeglib.Colorspace[_SPACES[space]]
        self.planes: list[NDArray[np.int16]] = [file.Y] if space == "grey" else [file.Y, file.Cb, file.Cr]
        self.tables: list[NDArray[Any]] = [file.qt[number] for number in file.quant_tbl_no]

    def written(self, *, progressive: bool) -> bytes:
        """The file with these coefficients, the codes chosen anew to fit them. Raises ``ValueError``."""
        # A number in this place has the tables, and the names of the components, taken from the source.
        self._file.qt = 0
        self._file.markers = None
        with _library(_PROGRESSIVE if progressive else _READER) as folder:
            self._file.write_dct(str(folder / "new.jpg"), flags=[] if progressive else ["+OPTIMIZE_CODING"])
            return (folder / "new.jpg").read_bytes()


def read(data: bytes, space: str) -> Coefficients:
    """The coefficients of a JPEG file whose components are ``grey``, ``ycc`` or ``rgb``.

    Raises ``ValueError``, also without jpeglib.
    """
    if jpeglib is None:
        raise ValueError("jpeglib is not installed")
    with _library(_READER) as folder:
        (folder / "old.jpg").write_bytes(data)
        file = jpeglib.read_dct(str(folder / "old.jpg"))
        file.load()
        return Coefficients(file, space)


@contextmanager
def _library(name: str) -> Iterator[Path]:
    """One of jpeglib's libraries for the length of the block, and a folder for the files that it wants."""
    try:
        with _LOCK, tempfile.TemporaryDirectory() as folder, _files_in(folder):
            jpeglib.version.set(name)
            yield Path(folder)
    except _TROUBLE as error:
        raise ValueError(f"jpeglib: {error}") from error


@contextmanager
def _files_in(folder: str) -> Iterator[None]:
    """jpeglib's own temporary files in ``folder``: of what fails it leaves them behind, and pictures are private."""

    class Here:
        NamedTemporaryFile = staticmethod(partial(tempfile.NamedTemporaryFile, dir=folder))

    dct_jpeg.tempfile = Here
    try:
        yield
    finally:
        dct_jpeg.tempfile = tempfile
