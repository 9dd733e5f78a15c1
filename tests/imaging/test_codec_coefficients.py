"""Coefficients of a file are read and written without a change."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from wagtail_restore.imaging.codec import coefficients

pytest.importorskip("jpeglib", reason="jpeglib is not installed")

PIXELS = np.random.default_rng(5).integers(90, 160, (37, 50, 3), np.uint8)


def jpeg(mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(out, "JPEG", **options)
    return out.getvalue()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize(
    ("options", "space", "shapes"),
    [
        ({"subsampling": 0}, "ycc", [(5, 7), (5, 7), (5, 7)]),
        ({"subsampling": 2}, "ycc", [(5, 7), (3, 4), (3, 4)]),
        ({"mode": "L"}, "grey", [(5, 7)]),
        ({"keep_rgb": True}, "rgb", [(5, 7), (5, 7), (5, 7)]),
    ],
)
def test_a_file_goes_through_as_it_is(options: dict[str, Any], space: str, shapes: Any, progressive: bool) -> None:
    data = jpeg(**options)
    read = coefficients.read(data, space)
    assert [plane.shape for plane in read.planes] == [(*shape, 8, 8) for shape in shapes]
    written = read.written(progressive=progressive)
    old, new = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(written))
    assert np.array_equal(np.asarray(old), np.asarray(new))
    assert bool(new.info.get("progressive")) == progressive
    assert (new.quantization, new.layer) == (old.quantization, old.layer)


def test_the_tables_lie_as_the_coefficients_do() -> None:
    luma, chroma = [list(range(1, 65)), [9] * 64]
    read = coefficients.read(jpeg(qtables=[luma, chroma]), "ycc")
    assert read.tables[0].reshape(-1).tolist() == luma
    assert [table.reshape(-1).tolist() for table in read.tables[1:]] == [chroma, chroma]


@pytest.mark.parametrize("data", [b"", b"not a picture", jpeg()[:100]])
def test_what_is_no_such_file_is_refused(data: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="jpeglib: "):
        coefficients.read(data, "ycc")
    assert capsys.readouterr().out == ""


def test_what_cannot_be_written_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    read = coefficients.read(jpeg(), "ycc")
    read.planes[0][0, 0, 0, 1] = 30_000
    with pytest.raises(ValueError, match="jpeglib"):
        read.written(progressive=False)
    assert list(tmp_path.iterdir()) == []


def test_without_a_place_for_its_files_it_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    with pytest.raises(ValueError, match="jpeglib"):
        coefficients.read(jpeg(), "ycc")
