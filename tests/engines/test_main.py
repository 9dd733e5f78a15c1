"""One picture from the command line: files, words and JSON as other tools rely on them."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tests.engines.test_upscale import compact
from wagtail_restore.engines.__main__ import main
from wagtail_restore.imaging.provenance import source_type

COMPOSITE = "compositeWithTrainedAlgorithmicMedia"


def write(path: Path, size: tuple[int, int] = (48, 36), mode: str = "RGB", **options: Any) -> Path:
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    base = (128 + 80 * np.sin(x / 6) * np.cos(y / 5)).astype(np.uint8)
    image = Image.fromarray(base).convert(mode)
    ImageDraw.Draw(image).rectangle((20, 10, 24, 14), fill=tuple([255] * len(image.getbands())))
    image.save(path, **options)
    return path


def test_upscale_writes_the_picture_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = write(tmp_path / "in.jpg"), tmp_path / "out.jpg"
    assert main(["upscale", str(source), str(target), "--model", "resample", "--scale", "2.5"]) == 0
    with Image.open(target) as image:
        assert (image.size, image.format) == ((120, 90), "JPEG")
    assert capsys.readouterr().out.startswith(f"{target}: 120 × 90, ")


def test_the_factor_of_the_model_is_the_default(tmp_path: Path) -> None:
    assert main(["upscale", str(write(tmp_path / "in.png")), str(tmp_path / "out.png"), "--model", "resample"]) == 0
    with Image.open(tmp_path / "out.png") as image:
        assert image.size == (192, 144)


def test_json_is_one_document_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = write(tmp_path / "in.png"), tmp_path / "out.png"
    assert main(["upscale", str(source), str(target), "--model", "resample", "--scale", "2", "--json"]) == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert (report["outcome"], report["from"], report["to"], report["out"]) == ("done", [48, 36], [96, 72], str(target))
    assert report["steps"][0]["model"] == "resample"
    assert "upscale 100%" in err, "progress goes to standard error"


@pytest.mark.parametrize("factor", ["0", "-2", "nan", "inf", "much"])
def test_a_factor_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], factor: str) -> None:
    with pytest.raises(SystemExit):
        main(["upscale", str(tmp_path / "in.png"), str(tmp_path / "out.png"), f"--scale={factor}"])
    assert "--scale" in capsys.readouterr().err


def pixels(path: Path) -> NDArray[Any]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_a_strength_of_nothing_is_a_plain_enlargement(tmp_path: Path) -> None:
    source = write(tmp_path / "in.png")
    for name, more in (("plain", ["--model", "resample"]), ("none", ["--strength", "0"]), ("full", [])):
        assert main(["upscale", str(source), str(tmp_path / f"{name}.png"), "--scale", "2", *more]) == 0
    plain, none, full = (pixels(tmp_path / f"{name}.png") for name in ("plain", "none", "full"))
    assert np.abs(plain - none).max() <= 1
    assert np.abs(plain - full).max() > 8


@pytest.mark.parametrize("option", ["strength", "denoise"])
@pytest.mark.parametrize("share", ["-0.1", "1.1", "nan", "much"])
def test_a_share_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, share: str
) -> None:
    with pytest.raises(SystemExit):
        main(["upscale", str(tmp_path / "in.png"), str(tmp_path / "out.png"), f"--{option}={share}"])
    assert f"--{option}" in capsys.readouterr().err


def test_a_model_that_cannot_be_told_of_noise_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["upscale", str(write(tmp_path / "in.png")), str(tmp_path / "out.png"), "--model", "resample"]
    assert main([*arguments, "--denoise", "0.5"]) == 0
    assert "resample cannot be told how much noise to take out" in capsys.readouterr().err


def test_an_output_beyond_the_format_is_capped_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "in.webp", (4100, 30))
    assert main(["upscale", str(source), str(tmp_path / "out.webp"), "--model", "resample"]) == 0
    told = capsys.readouterr().err
    assert "the output is capped at 16383 × 119 instead of ×4: " in told
    assert "256 megapixels and 16383 pixels a side at most are written" in told
    with Image.open(tmp_path / "out.webp") as image:
        assert image.size == (16383, 119)


def shelf(folder: Path, **entry: str) -> Path:
    """A folder with weights that were imported as ``mine``."""
    folder.mkdir()
    weights = compact(folder, scale=2)
    lines = {"kind": "'upscale'", "engine": "'wagtail_restore.engines.upscale.Upscaler'", "scale": "2"}
    lines |= {"file": f"'{weights.name}'", **entry}
    text = "\n".join(["[mine]", *(f"{key} = {value}" for key, value in lines.items())])
    (folder / "imported.toml").write_text(text)
    return folder


@pytest.mark.parametrize("way", ["option", "environment"])
def test_models_of_a_folder_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    folder = shelf(tmp_path / "weights")
    if way == "environment":
        monkeypatch.setenv("RESTORE_WEIGHTS", str(folder))
    more = ["--folder", str(folder)] if way == "option" else []
    source, target = write(tmp_path / "in.png"), tmp_path / "out.png"
    assert main(["upscale", str(source), str(target), "--model", "mine", "--device", "cpu", *more]) == 0
    with Image.open(target) as image:
        assert image.size == (96, 72)


@pytest.mark.parametrize("way", ["option", "environment"])
def test_detect_knows_the_models_of_a_folder_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    finder = {"kind": "'detect'", "engine": "'wagtail_restore.engines.find_faces.FaceFinder'", "file": "'gone.onnx'"}
    folder = shelf(tmp_path / "weights", **finder)
    if way == "environment":
        monkeypatch.setenv("RESTORE_WEIGHTS", str(folder))
    more = ["--folder", str(folder)] if way == "option" else []
    assert main(["detect", str(write(tmp_path / "in.png")), "--model", "mine", "--device", "cpu", *more]) == 1
    assert "model mine, path gone.onnx" in capsys.readouterr().err
    assert main(["detect", str(write(tmp_path / "in.png")), "--folder", str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'nowhere'}: no such folder\n"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = tmp_path / "nowhere"
    arguments = ["upscale", str(write(tmp_path / "in.png")), str(tmp_path / "out.png"), "--folder", str(nowhere)]
    assert main(arguments) == 1
    assert capsys.readouterr().err == f"{nowhere}: no such folder\n"


def test_weights_that_are_not_here_are_told_with_a_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["upscale", str(write(tmp_path / "in.png")), str(tmp_path / "out.png"), "--model", "realesrgan-x4plus"]
    assert main(arguments) == 1
    assert "restore_models pull realesrgan-x4plus" in capsys.readouterr().err


@pytest.mark.parametrize(("invents", "kind"), [("false", "algorithmicallyEnhanced"), ("true", COMPOSITE)])
def test_the_result_says_whether_something_may_be_invented(tmp_path: Path, invents: str, kind: str) -> None:
    folder, target = shelf(tmp_path / "weights", invents=invents), tmp_path / "out.png"
    arguments = ["upscale", str(write(tmp_path / "in.png")), str(target), "--model", "mine", "--device", "cpu"]
    assert main([*arguments, "--folder", str(folder)]) == 0
    with Image.open(target) as image:
        assert source_type(image.info["xmp"]) == kind


def test_weights_of_ones_own_are_used(tmp_path: Path) -> None:
    weights = compact(tmp_path, scale=2)
    arguments = ["upscale", str(write(tmp_path / "in.png")), str(tmp_path / "out.png"), "--weights", str(weights)]
    assert main([*arguments, "--device", "cpu"]) == 0
    with Image.open(tmp_path / "out.png") as image:
        assert image.size == (96, 72)


def test_the_name_of_the_target_gives_the_format(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jpg")
    assert main(["upscale", str(source), str(tmp_path / "out.png"), "--model", "resample", "--scale", "2"]) == 0
    with Image.open(tmp_path / "out.png") as image:
        assert image.format == "PNG"


def test_the_result_says_that_it_was_enhanced(tmp_path: Path) -> None:
    target = tmp_path / "out.jpg"
    assert main(["upscale", str(write(tmp_path / "in.jpg")), str(target), "--model", "resample", "--scale", "2"]) == 0
    with Image.open(target) as image:
        assert source_type(image.info["xmp"]) == "algorithmicallyEnhanced"


def test_a_large_enough_picture_is_copied_byte_for_byte(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = write(tmp_path / "in.jpg"), tmp_path / "out.jpg"
    assert main(["upscale", str(source), str(target), "--model", "resample", "--scale", "1", "--json"]) == 0
    assert target.read_bytes() == source.read_bytes()
    assert json.loads(capsys.readouterr().out) == {"outcome": "kept", "why": "large_enough", "out": str(target)}


def test_a_jpeg_is_changed_in_the_blocks_of_the_mask_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("jpeglib", reason="jpeglib is not installed")
    y, x = np.mgrid[0:240, 0:320]
    scene = Image.fromarray((128 + 80 * np.sin(x / 16) * np.cos(y / 15)).astype(np.uint8)).convert("RGB")
    scene.save(tmp_path / "in.jpg", quality=75)
    mask = Image.new("L", scene.size)
    ImageDraw.Draw(mask).rectangle((200, 180, 240, 200), fill=255)
    mask.save(tmp_path / "mask.png")
    files = [str(tmp_path / name) for name in ("in.jpg", "out.jpg", "mask.png")]
    assert main(["erase", *files[:2], "--mask", files[2], "--model", "classic", "--creative", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == []
    changed = (pixels(tmp_path / "in.jpg") != pixels(tmp_path / "out.jpg")).any(axis=2)
    assert changed.any()
    changed[175:209, 191:257] = False
    assert not changed.any()


@pytest.mark.parametrize("given", ["--mask", "--detect"])
def test_a_jpeg_in_which_nothing_is_to_be_erased_is_copied_byte_for_byte(tmp_path: Path, given: str) -> None:
    source, target = write(tmp_path / "in.jpg", (96, 64)), tmp_path / "out.jpg"
    Image.new("L", (96, 64)).save(tmp_path / "mask.png")
    wanted = str(tmp_path / "mask.png") if given == "--mask" else "date"
    assert main(["erase", str(source), str(target), given, wanted, "--creative"]) == 0
    assert target.read_bytes() == source.read_bytes()


def test_what_is_kept_has_the_format_of_its_name_all_the_same(tmp_path: Path) -> None:
    source, target = write(tmp_path / "in.bmp"), tmp_path / "out.png"
    assert main(["upscale", str(source), str(target), "--model", "resample", "--scale", "1"]) == 0
    with Image.open(target) as image:
        assert image.format == "PNG"
    assert np.array_equal(pixels(source), pixels(target))


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "in.png").write_bytes(b"not a picture")
    (tmp_path / "out.png").write_bytes(b"an older result")
    assert main(["upscale", str(tmp_path / "in.png"), str(tmp_path / "out.png")]) == 1
    assert (tmp_path / "out.png").read_bytes() == b"an older result"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", "out.png"]


def test_a_picture_may_be_written_over_itself_and_be_read_by_others(tmp_path: Path) -> None:
    source = write(tmp_path / "in.png")
    mode = source.stat().st_mode
    assert main(["upscale", str(source), str(source), "--model", "resample", "--scale", "2"]) == 0
    assert pixels(source).shape == (72, 96, 3)
    assert source.stat().st_mode == mode


def test_erase_with_a_mask_changes_only_what_it_covers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = write(tmp_path / "in.png"), tmp_path / "out.png"
    mask = Image.new("L", (48, 36))
    ImageDraw.Draw(mask).rectangle((18, 8, 26, 16), fill=255)
    mask.save(tmp_path / "mask.png")
    assert (
        main(["erase", str(source), str(target), "--mask", str(tmp_path / "mask.png"), "--model", "classic", "--json"])
        == 0
    )
    report = json.loads(capsys.readouterr().out)
    assert 0.04 < report["area"] < 0.15
    with Image.open(source) as before, Image.open(target) as after:
        old, new = np.asarray(before), np.asarray(after)
        assert source_type(after.info["xmp"]) == "compositeWithTrainedAlgorithmicMedia"
    assert (old[22, 12] != new[12, 22]).any()
    assert (old[20:] == new[20:]).all()
    assert (old[:, 31:] == new[:, 31:]).all()
    assert new[10:15, 20:25].max() < 250, "the white patch is gone"


def test_a_mask_of_another_size_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("L", (10, 10), 255).save(tmp_path / "mask.png")
    source = write(tmp_path / "in.png")
    assert main(["erase", str(source), str(tmp_path / "out.png"), "--mask", str(tmp_path / "mask.png")]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "The mask has another size than the picture: mask 10 × 10, picture 48 × 36\ngive a mask of the size" in err
    assert not (tmp_path / "out.png").exists()


def test_erase_finds_and_removes_the_date_stamp(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Image.open(data / "photos" / "26_datestamp.jpg") as image:
        image.crop((1120, 780, 1600, 1067)).save(tmp_path / "in.png")
    arguments = ["erase", str(tmp_path / "in.png"), str(tmp_path / "out.png"), "--detect", "date,watermark", "--json"]
    assert main([*arguments, "--model", "classic"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [region["kind"] for region in report["steps"][0]["regions"]] == ["date"]
    with Image.open(tmp_path / "out.png") as image:
        pixels = np.asarray(image).astype(int)[180:260, 230:450]
    orange = (pixels[:, :, 0] > 180) & (pixels[:, :, 2] < 110)
    assert orange.mean() < 0.001


def test_detect_lists_regions_as_promised(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", str(data / "photos" / "28_watermark_single.png"), "--json"]) == 0
    (region,) = json.loads(capsys.readouterr().out)
    assert list(region) == ["kind", "box", "polygon", "text", "confidence"]
    assert region["kind"] == "watermark"
    assert len(region["box"]) == 4


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not what its name says: extension .png, format SVG"),
        (b"not a picture", "no picture"),
    ],
)
def test_errors_are_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, words: str
) -> None:
    (tmp_path / "in.png").write_bytes(content)
    assert main(["upscale", str(tmp_path / "in.png"), str(tmp_path / "out.png"), "--json"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize("missing", ["in", "out", "model"])
def test_what_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], missing: str) -> None:
    source = tmp_path / "none.png" if missing == "in" else write(tmp_path / "in.png")
    target = tmp_path / "none" / "out.png" if missing == "out" else tmp_path / "out.png"
    model = "zebra" if missing == "model" else "resample"
    assert main(["upscale", str(source), str(target), "--model", model]) == 1
    assert capsys.readouterr().err.strip()


def test_a_device_that_is_not_here_is_told_with_a_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "in.png")
    assert main(["upscale", str(source), str(tmp_path / "out.png"), "--device", "cuda:99"]) == 1
    told = "There is no such device on this machine: device cuda:99\nsay --device cpu, or leave it out\n"
    assert capsys.readouterr().err.endswith(told)


def test_a_transparent_picture_stays_transparent(tmp_path: Path) -> None:
    image = Image.new("RGBA", (20, 20), (200, 10, 10, 0))
    ImageDraw.Draw(image).ellipse((4, 4, 15, 15), fill=(10, 200, 10, 255))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    (tmp_path / "in.png").write_bytes(buffer.getvalue())
    assert main(["upscale", str(tmp_path / "in.png"), str(tmp_path / "out.png"), "--model", "resample"]) == 0
    with Image.open(tmp_path / "out.png") as made:
        assert made.mode == "RGBA"
        assert made.getpixel((0, 0))[3] == 0
        assert made.getpixel((40, 40)) == (10, 200, 10, 255)


def test_a_run_that_is_ended_leaves_nothing_behind(tmp_path: Path) -> None:
    source = tmp_path / "in.png"
    Image.effect_noise((1500, 1500), 60).convert("RGB").save(source)
    folder = tmp_path / "out"
    folder.mkdir()
    words = [sys.executable, "-m", "wagtail_restore.engines", "upscale", str(source), str(folder / "out.png")]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not list(folder.glob(".*.part")) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert process.poll() is None, "it is at work"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 143
    assert list(folder.iterdir()) == []
