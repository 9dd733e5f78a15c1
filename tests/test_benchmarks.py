"""The benchmarks give figures that mean what they say, and say what they could not measure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from benchmarks import lettering, peak, photos, report, stamps, weights
from benchmarks.filling import NAVIER_STOKES, TELEA, Scores, grown, measure
from benchmarks.finding import Findings, found
from benchmarks.peers import OURS, PEERS, REALESRGANER, Peer, Subject, build, scale_of
from benchmarks.timing import Times, interleaved, psnr, ratio
from wagtail_restore.engines.base import Region

ROOT = Path(__file__).resolve().parent.parent
UPSTREAM = all(find_spec(package) is not None for package in ("realesrgan", "basicsr"))


def small_network(folder: Path) -> Path:
    """Random weights of a small ×2 network of the Compact family."""
    torch.manual_seed(3)
    state = {"body.0.weight": torch.randn(8, 3, 3, 3) * 0.1, "body.0.bias": torch.zeros(8)}
    state |= {"body.1.weight": torch.full((8,), 0.2), "body.3.weight": torch.full((8,), 0.2)}
    state |= {"body.2.weight": torch.randn(8, 8, 3, 3) * 0.1, "body.2.bias": torch.zeros(8)}
    state |= {"body.4.weight": torch.randn(12, 8, 3, 3) * 0.1, "body.4.bias": torch.zeros(12)}
    save_file(state, folder / "small.safetensors")
    return folder / "small.safetensors"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the command says of a small network and one photograph."""
    folder = tmp_path_factory.mktemp("bench")
    rng = np.random.default_rng(1)
    coarse = Image.fromarray(rng.integers(0, 256, (20, 30, 3), dtype=np.uint8))
    coarse.resize((600, 400), Image.Resampling.BICUBIC).save(folder / "photo.png")
    command = [sys.executable, "-m", "benchmarks", "upscale", "--json", "--rounds", "2"]
    command += ["--weights", str(small_network(folder)), "--photos", str(folder)]
    # as on a command line, which knows of no Django project
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    env["OMP_NUM_THREADS"] = "1"
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return {**document, "said": done.stderr}


def test_every_peer_that_is_here_has_its_figures(told: dict[str, Any]) -> None:
    assert told["name"] == "upscale"
    assert told["threads"] == 1
    assert told["scale"] == 2
    assert told["photos"] == ["photo.png 512 × 512"]
    assert [row["peer"] for row in told["rows"]] == [name for name in PEERS if name not in told["missing"]]
    assert all(row["seconds_per_mp"] > 0 for row in told["rows"])
    # every peer makes at least the enlarged picture itself, 1024 × 1024 × 3 bytes
    assert all(row["peak_extra_mib"] >= 3 for row in told["rows"])


def test_the_headline_is_ours(told: dict[str, Any]) -> None:
    ours = told["rows"][0]
    assert (ours["peer"], ours["times_ours"], ours["psnr_db"]) == (OURS, 1.0, 99.0)
    assert told["headline"]["peak_extra_mib"] == ours["peak_extra_mib"]
    assert 0 < told["headline"]["fraction_of_peak"] < 1
    assert told["peak_flops"] > 1e8


def test_peers_with_the_same_weights_give_nearly_the_same_picture(told: dict[str, Any]) -> None:
    alike = {row["peer"]: row["psnr_db"] for row in told["rows"]}
    assert alike["spandrel"] > 40
    assert alike["Lanczos (Pillow)"] < 40


@pytest.mark.skipif(UPSTREAM, reason="the package realesrgan is installed")
def test_without_upstream_nothing_is_put_in_its_place(told: dict[str, Any]) -> None:
    assert told["headline"]["ratio_vs_realesrganer"] is None
    assert told["headline"]["psnr_vs_realesrganer_db"] is None
    assert "the package realesrgan is not installed: run `make bench`" in told["missing"][REALESRGANER]
    assert "RealESRGANer is left out" in told["said"]
    assert "Against RealESRGANer: not measured." in report.section(told)
    assert "RealESRGANer is not in the table: the package realesrgan is not installed" in report.section(told)


@pytest.mark.skipif(not UPSTREAM, reason="the package realesrgan is not installed; `make bench` builds .venv-bench")
def test_with_upstream_it_is_measured(told: dict[str, Any]) -> None:
    assert told["missing"] == {}
    assert told["headline"]["ratio_vs_realesrganer"] > 0
    assert told["headline"]["psnr_vs_realesrganer_db"] > 40


def test_ratios_are_taken_pair_by_pair() -> None:
    ours, theirs = Times([1.0, 2.0, 10.0]), Times([3.0, 8.0, 20.0])
    assert ratio(ours, theirs) == 3.0
    assert ours.median == 2.0
    assert theirs.spread == 8.5, "from 5.5 to 14"
    assert Times([1.0]).spread == 0.0


def test_likeness_is_that_of_the_worst_photograph() -> None:
    black, white = np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 255, np.uint8)
    nearly = np.full((4, 4, 3), 1, np.uint8)
    assert psnr(Times([], {"a": black}), Times([], {"a": black})) == 99.0
    assert psnr(Times([], {"a": black}), Times([], {"a": nearly})) == pytest.approx(48.13, abs=0.01)
    assert psnr(Times([], {"a": black, "b": black}), Times([], {"a": nearly, "b": white})) == 0.0


def test_peers_take_turns_and_warming_up_is_not_counted() -> None:
    calls: list[str] = []

    def peer(name: str) -> Peer:
        def enlarge(pixels: np.ndarray) -> np.ndarray:
            calls.append(name)
            return pixels

        return Peer(enlarge, "uint8")

    photo = photos.Photo("p", np.zeros((4, 4, 3), np.uint8))
    times = interleaved({"a": peer("a"), "b": peer("b")}, [photo], 2)
    assert calls == ["a", "b", "a", "b", "b", "a"]
    assert len(times["a"].seconds) == len(times["b"].seconds) == 2


def test_the_work_of_a_network_is_two_for_each_multiply_add() -> None:
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.PReLU(8), nn.PixelShuffle(2))
    assert peak.network_work(network, 10, 6) == 2 * 3 * 8 * 9 * 10 * 6


def test_the_rate_of_the_machine_is_one_that_machines_have() -> None:
    assert 1e8 < peak.matmul_rate("cpu", "float32") < 1e15


def test_random_weights_make_a_picture(tmp_path: Path) -> None:
    path = weights.random_rrdb(tmp_path, blocks=2)
    assert scale_of(path) == 4
    pixels = np.tile(np.arange(0, 256, 8, dtype=np.uint8)[None, :, None], (32, 1, 3))
    peer = build("spandrel", Subject(path, "cpu", 4))
    made = peer.picture(peer.enlarge(peer.given(pixels)))
    assert made.shape == (128, 128, 3)
    assert 10 < made.mean() < 245
    assert made.std() > 5


def test_the_same_photographs_have_the_same_sizes_everywhere(tmp_path: Path) -> None:
    for index, size in enumerate(((700, 900), (300, 200), (50, 40), (9, 9))):
        Image.new("RGB", size, (index, 0, 0)).save(tmp_path / f"{index}.png")
    (tmp_path / "notes.txt").write_text("no photograph")
    found = photos.photos(tmp_path)
    assert [photo.name for photo in found] == ["0.png", "1.png", "2.png"]
    assert [photo.pixels.shape for photo in found] == [(512, 512, 3), (512, 768, 3), (683, 1024, 3)]


def test_without_test_data_there_are_photographs_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTORE_TEST_DATA", str(tmp_path / "nowhere"))
    assert [photo.name for photo in photos.photos()] == ["astronaut", "coffee", "cat"]
    assert weights.usual("cpu", tmp_path).name == "compact-x4.safetensors"


def test_only_the_section_that_was_measured_is_written_anew(tmp_path: Path, told: dict[str, Any]) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("# B\n\n<!-- cpu -->\nold\n<!-- /cpu -->\n\n<!-- gpu -->\nNot measured yet.\n<!-- /gpu -->\n")
    report.write(told, page)
    text = page.read_text()
    assert "old" not in text
    assert "<!-- gpu -->\nNot measured yet.\n<!-- /gpu -->\n" in text
    assert f"| ours | {told['rows'][0]['precision']} |" in text
    assert told["machine"] in text
    report.write(told, page)
    assert page.read_text() == text


def test_a_page_without_the_marks_is_refused(tmp_path: Path, told: dict[str, Any]) -> None:
    (tmp_path / "page.md").write_text("# nothing\n")
    with pytest.raises(ValueError, match="no place marked"):
        report.write(told, tmp_path / "page.md")


def test_the_page_of_the_documentation_has_both_marks() -> None:
    text = report.PAGE.read_text("utf-8")
    assert all(f"<!-- {place} -->" in text and f"<!-- /{place} -->" in text for place in ("cpu", "gpu", "erase"))


def test_a_device_that_is_not_there_is_named() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    command = [sys.executable, "-m", "benchmarks", "upscale", "--json", "--device", "cuda:7"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "There is no such device on this machine: device cuda:7" in done.stderr


# — cleaning up —


def soft(seed: int, width: int = 320, height: int = 240) -> photos.Photo:
    """Soft patches of colour of middle brightness, without anything that could be read."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(40, 140, (4, 6, 3), dtype=np.uint8))
    return photos.Photo(f"{seed}.png", np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)))


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the command says of three made-up pictures when it is to take two."""
    folder = tmp_path_factory.mktemp("clean")
    for seed in (1, 2, 3):
        picture = soft(seed, 480, 360)
        Image.fromarray(picture.pixels).save(folder / picture.name)
    command = [sys.executable, "-m", "benchmarks", "erase", "--json", "--photos", str(folder), "--photos-limit", "2"]
    # as on a command line, which knows of no Django project
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    env["OMP_NUM_THREADS"] = "1"
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_cleaning_up_is_measured_on_every_mark(cleaned: dict[str, Any]) -> None:
    assert cleaned["photos"] == ["1.png", "2.png"]
    assert [row["marks"] for row in cleaned["found"]] == [6, 4]
    looks = ["segments", "dots", "font", "single", "tiled"]
    assert [mark["look"] for mark in cleaned["marks"]] == looks * 2
    assert sum(row["marks"] for row in cleaned["by"] if row["what"].startswith("colour ")) == 10
    assert {row["eraser"] for row in cleaned["erasers"]} >= {"classic", TELEA, NAVIER_STOKES}


def test_the_headline_of_cleaning_up_says_what_counts(cleaned: dict[str, Any]) -> None:
    headline = cleaned["headline"]
    # on smooth ground hardly a date can be missed, there is nothing to mistake, and any method fills it well
    assert headline["date_recall"] >= 0.5
    assert 0 <= headline["watermark_recall"] <= 1
    assert headline["false_alarms_per_photo"] == 0.0
    assert headline["gmsd_vs_telea"] > 0
    assert -20 < headline["psnr_gain_vs_telea_db"] < 20
    assert headline["psnr_gain_vs_fsr_db"] is None
    assert headline["clean_up_gmsd_vs_telea"] > 0
    assert -20 < headline["clean_up_gain_vs_telea_db"] < 20
    assert -20 < headline["blob_gain_db"] < 20
    assert headline["outside_changed_pixels"] == 0
    assert 0.5 <= headline["known_recall"] <= 1
    assert headline["known_psnr_db"] > 24
    assert headline["known_false_alarms_per_photo"] == 0.0
    assert 0.5 <= headline["words_sure"] <= headline["words_recall"] <= 1
    assert headline["words_false_alarms_per_photo"] == 0.0
    assert all(row["psnr_db"] > 25 for row in cleaned["erasers"])
    assert headline["large_of"] == 2 and 1 <= headline["large_cleaned"] <= 2
    assert 0.2 < headline["large_seconds"] <= headline["large_slowest"]


def test_cleaning_up_has_a_place_of_its_own_on_the_page(tmp_path: Path, cleaned: dict[str, Any]) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("<!-- cpu -->\nkept\n<!-- /cpu -->\n<!-- erase -->\nbygone\n<!-- /erase -->\n")
    report.write(cleaned, page)
    text = page.read_text()
    assert "bygone" not in text
    assert "<!-- cpu -->\nkept\n<!-- /cpu -->" in text
    assert f"{cleaned['machine']}, torch {cleaned['torch']}, 1 threads, {cleaned['date']}." in text
    assert "| date | look segments | 2 |" in text
    assert "0 found regions would be erased unasked" in text
    assert "| known, all | 4 | " in text and "| known, colour white | 1 | " in text
    assert "| words, all | 6 | " in text and "| words, reading exact | " in text
    assert "| classic | dates |" in text
    assert "A photograph of 12 megapixels with one date takes " in text


def test_a_mark_is_the_same_each_time_and_changes_nothing_far_from_it() -> None:
    photo = soft(4)
    for stamp, again in zip(stamps.stamped(photo, 0), stamps.stamped(photo, 0), strict=True):
        assert (stamp.pixels == again.pixels).all()
        assert stamp.told == again.told
        assert 0.0005 < stamp.ink.mean() < 0.2
        unlike = np.abs(stamp.pixels.astype(int) - stamp.clean).max(axis=2)
        assert unlike[stamp.ink].mean() > 15
        assert unlike[~grown(stamp)].mean() < 3
        if stamp.kind == "date":
            assert 0.3 < stamp.tall / 240 / stamp.size < 2.0
        assert all(len(line) == 4 for line in stamp.lines)


def test_a_blob_is_a_tenth_of_a_square_and_nothing_is_drawn_over_it() -> None:
    blob = stamps.holed(soft(4), 0)
    assert blob.kind == "blob"
    assert blob.pixels.shape[:2] == blob.ink.shape
    assert 0.09 < blob.ink.mean() < 0.11
    assert (blob.pixels == blob.clean).all()
    assert (grown(blob) == blob.ink).all()


def test_digits_are_drawn_as_displays_show_them() -> None:
    eight, one = lettering.write("8", "segments", 40), lettering.write("1", "segments", 40)
    assert eight.shape[0] == pytest.approx(45, abs=3)
    assert eight.shape[1] > 3 * one.shape[1] / 2
    middle = eight[eight.shape[0] // 2 - 2 : eight.shape[0] // 2 + 3]
    assert middle.max(axis=0)[8:-8].min() > 0.5, "the bar across an 8"
    rows = (lettering.write("T", "dots", 70) > 0.5).sum(axis=1)
    assert rows[5] > 4 * rows[35], "five dots above, one below"


def region(kind: str, confidence: float, *box: int) -> Region:
    x, y, width, height = box
    return Region(kind, box, ((x, y), (x + width, y), (x + width, y + height), (x, y + height)), "text", confidence)  # type: ignore[arg-type]


def two_lines() -> stamps.Stamped:
    """Two lines of 100 × 10 at (10, 10) and (10, 50), and a third of which only a tenth lies in the picture."""
    lines = tuple(
        ((10 + x, y), (110 + x, y), (110 + x, y + 10), (10 + x, y + 10)) for x, y in ((0, 10), (0, 50), (180, 80))
    )
    told = ("p", "watermark", "tiled", "white", 0.1, "SAMPLE", "all over", 0.5)
    pixels = np.full((100, 200, 3), 100, np.uint8)
    return stamps.Stamped(*told, pixels, pixels, np.zeros((100, 200), bool), lines, 10.0)


def test_a_line_counts_as_found_from_six_tenths_of_its_box_on() -> None:
    stamp = two_lines()
    assert found(stamp, []) == 0.0
    assert found(stamp, [region("watermark", 0.9, 10, 10, 55, 12)]) == 0.0
    assert found(stamp, [region("watermark", 0.9, 10, 10, 65, 12)]) == 0.5
    halves = [region("watermark", 0.9, 10, 50, 40, 12), region("watermark", 0.9, 50, 50, 40, 12)]
    assert found(stamp, [*halves, region("watermark", 0.9, 0, 0, 120, 25)]) == 1.0


def test_what_is_sure_what_is_right_and_what_is_a_false_alarm_are_told_apart() -> None:
    findings = Findings()
    first, second = region("watermark", 0.9, 10, 10, 100, 10), region("watermark", 0.5, 10, 50, 100, 10)
    findings.look_at(two_lines(), lambda pixels: [first, second, region("date", 0.9, 10, 10, 100, 10)])
    findings.look_at_clean(soft(1), lambda pixels: [first, second, region("text", 1.0, 0, 0, 9, 9)])
    findings.look_at_clean(soft(2), lambda pixels: [])
    (mark,) = findings.marks
    assert (mark["seen"], mark["found"], mark["sure"]) == (1.0, 1.0, 0.5)
    assert [(row["marks"], row["recall"], row["precision"]) for row in findings.rows()] == [
        (0, None, 0.0),
        (1, 1.0, 0.5),
    ]
    assert findings.unasked == 0.5
    assert [alarm["unasked"] for alarm in findings.alarms] == [True, False]


def test_a_perfect_fill_has_perfect_scores_and_a_spill_is_counted() -> None:
    stamp = next(stamps.stamped(soft(5), 0))
    inside = grown(stamp)

    def perfect(seen: stamps.Stamped, mask: np.ndarray) -> np.ndarray:
        assert (mask == inside).all()
        return seen.clean

    def spilling(seen: stamps.Stamped, mask: np.ndarray) -> np.ndarray:
        made = seen.pixels.copy()
        made[:2, 100:105, 0] ^= 1
        return made

    fills = {"perfect": perfect, "spilling": spilling, "not for dates": lambda seen, mask: None}
    scores = {name: Scores() for name in fills}
    measure(stamp, fills, scores, 1)
    (best,), (worst,) = scores["perfect"].rows("perfect"), scores["spilling"].rows("spilling")
    assert (best["psnr_db"], best["ssim"], best["gmsd"]) == (float("inf"), 1.0, 0.0)
    assert worst["psnr_db"] < 30
    assert scores["not for dates"].rows("not for dates") == []
    assert worst["outside_changed_pixels"] == 10
    assert worst["gmsd"] > 0.01


@pytest.fixture(scope="module")
def opened() -> dict[str, Any]:
    """What the command says of the admin with a small library."""
    command = [sys.executable, "-m", "benchmarks", "admin", "--json", "--rounds", "1", "--images", "80"]
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    env["OMP_NUM_THREADS"] = "1"
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_the_admin_is_measured_with_and_without_the_plugin(opened: dict[str, Any]) -> None:
    rows = {row["page"]: row for row in opened["rows"]}
    assert opened["name"] == "admin" and opened["images"] == 80
    assert all(row["milliseconds"] > 0 and row["queries"] >= 0 for row in opened["rows"])
    upload, restored = rows["upload"], rows["upload that a rule restores"]
    assert restored["queries"] > upload["queries"] > upload["queries_without"] == restored["queries_without"]
    assert any("wagtail_restore_imagefacts" in more["sql"] for more in upload["more"])
    assert any('INSERT INTO "wagtail_restore_job"' in more["sql"] for more in restored["more"])
    assert rows["image edit, restored"]["queries"] > rows["image edit"]["queries"], "it lists the earlier version"
    assert rows["public page"]["queries"] == 51, "one for the pictures, one for each rendition"
    ours = [page.removeprefix("restore: ") for page, row in rows.items() if row["ratio"] is None]
    for path in ("report/", "review/list/", "image/80/", "rules/", "templates/", "known-marks/"):
        assert f"/admin/restore/{path}" in ours
    assert any("/restore_publish/?" in path for path in ours)


def test_the_headline_of_the_admin_says_what_counts(opened: dict[str, Any]) -> None:
    headline = dict(opened["headline"])
    assert headline.pop("page_render_queries_more") == 0
    ratios = {"upload_ratio", "restored_upload_ratio", "listing_ratio", "edit_ratio", "page_render_ratio"}
    assert set(headline) == {*ratios, "slowest_own_page_ms"}
    assert all(headline[name] > 0.2 for name in ratios)


def test_the_admin_has_a_place_of_its_own_on_the_page(tmp_path: Path, opened: dict[str, Any]) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("<!-- cpu -->\nkept\n<!-- /cpu -->\n<!-- admin -->\nbygone\n<!-- /admin -->\n")
    report.write(opened, page)
    text = page.read_text()
    assert "bygone" not in text
    assert "<!-- cpu -->\nkept\n<!-- /cpu -->" in text
    assert "80 images and ten jobs for each, SQLite; the median of 1 rounds" in text
    assert "| image listing | " in text and "| `/admin/restore/report/` | " in text
    assert "a public page × " in text
