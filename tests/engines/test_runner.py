"""A Plan over a picture: what is done, what is left alone, what is told, and when it stops."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.engines.doubles import Doubler, Finder, Seer, model, picture, pool
from wagtail_restore.catalogue import Model
from wagtail_restore.engines.base import Context, Region
from wagtail_restore.engines.find_faces import Face
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.runner import STEPS, Outcome, run
from wagtail_restore.engines.step import Done, Work
from wagtail_restore.exceptions import Cancelled, Kept, NotFaithful, SetupError, Spilled
from wagtail_restore.imaging.care import Care
from wagtail_restore.imaging.codec import Picture, decode
from wagtail_restore.imaging.planning import Mode, Plan, Step

TWO = model("two", "Doubler", purpose="photo", scale=2)
FOUR = model("four", "Doubler", purpose="photo", scale=4)
FILL = model("fill", "Filler", kind="erase")
FIND = model("find", "Finder", kind="detect")
FACES = model("faces", "Seer", kind="detect", purpose="faces")
SURE = Region("object", (10, 5, 9, 9), ((10, 5), (18, 5), (18, 13), (10, 13)), "", 0.9)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    Doubler.sizes.clear()
    Finder.regions = []
    yield
    Finder.regions = []


def upscale(width: int, height: int, alias: str = "auto") -> Step:
    return Step("upscale", alias, {"width": width, "height": height})


def erase(**params: Any) -> Step:
    return Step("erase", "auto", params)


def go(*steps: Step, source: Any = None, engines: Pool | None = None, mode: Mode = Mode.STRICT, **more: Any) -> Outcome:
    engines = engines or pool(TWO, FOUR, FILL, FIND)
    return run(Plan(steps, mode), source or picture(), engines, more.pop("context", Context()), **more)


# — upscale —


def test_the_result_has_exactly_the_size_asked_for() -> None:
    made = go(upscale(67, 51)).picture
    assert (made.width, made.height, made.channels) == (67, 51, 3)


@pytest.mark.parametrize(
    ("width", "models"),
    [(41, ["two"]), (80, ["two"]), (81, ["four"]), (160, ["four"]), (170, ["four"]), (320, ["four", "two"])],
)
def test_the_smallest_sufficient_factor_is_taken(width: int, models: list[str]) -> None:
    outcome = go(upscale(width, width * 3 // 4))
    assert outcome.report["steps"][0]["models"] == models


def test_sixteen_times_by_accident_is_impossible() -> None:
    go(upscale(200, 150, "four"))
    mirrored = 2 * 2
    assert max(width for width, _ in Doubler.sizes) <= 100 + mirrored, "the second pass starts from a reduced picture"


def test_a_picture_large_enough_is_kept() -> None:
    with pytest.raises(Kept) as caught:
        go(upscale(40, 30))
    assert caught.value.params == {"why": "large_enough"}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("alpha", [False, True])
def test_depth_grey_and_alpha_are_kept(dtype: type, channels: int, alpha: bool) -> None:
    made = go(upscale(80, 60), source=picture(40, 30, channels, dtype, alpha=alpha)).picture
    assert made.pixels.shape == (60, 80, channels)
    assert made.pixels.dtype == dtype
    assert (made.alpha is not None) is alpha
    if made.alpha is not None:
        assert made.alpha.dtype == dtype
        assert made.alpha.shape == (60, 80)
        assert made.alpha[:, 0].max() < made.alpha[:, -1].min()


def test_sixteen_bits_are_not_squeezed_through_eight() -> None:
    made = go(upscale(80, 60), source=picture(40, 30, 3, np.uint16)).picture
    assert len(np.unique(made.pixels)) > 1000


def test_full_opacity_stays_full() -> None:
    source = picture(alpha=True)
    source = source.with_pixels(source.pixels, alpha=np.full((30, 40), 255, np.uint8))
    made = go(upscale(80, 60), source=source).picture
    assert made.alpha is not None
    assert (made.alpha == 255).all()


def test_strict_locks_the_colour_and_creative_does_not() -> None:
    bluish = pool(model("bluish", "Bluish", scale=2))
    source = picture()
    strict = go(upscale(80, 60), source=source, engines=bluish).picture.pixels
    creative = go(upscale(80, 60), source=source, engines=bluish, mode=Mode.CREATIVE).picture.pixels
    mean = source.pixels.mean(axis=(0, 1))
    assert np.abs(strict.mean(axis=(0, 1)) - mean).max() < 1.5
    assert np.abs(creative.mean(axis=(0, 1)) - mean).max() > 5


def test_an_untrue_result_is_below_the_threshold() -> None:
    liar = pool(model("liar", "Inverter", scale=2, threshold=28.0))
    outcome = go(upscale(80, 60), engines=liar)
    assert outcome.below_threshold
    assert outcome.report["consistency"] < 28
    assert not go(upscale(80, 60)).below_threshold


def test_a_model_that_may_invent_does_not_run_in_strict_mode() -> None:
    dreamer = pool(model("dreamer", "Doubler", scale=2, faithful=False))
    with pytest.raises(NotFaithful):
        go(upscale(80, 60), engines=dreamer)
    assert go(upscale(80, 60), engines=dreamer, mode=Mode.CREATIVE).picture.width == 80


def test_what_does_not_fit_on_the_gpu_runs_on_the_cpu() -> None:
    outcome = go(upscale(80, 60), engines=pool(model("thirsty", "Thirsty", scale=2), device="cuda"))
    assert outcome.report["device"] == "cpu"


def test_denoise_keeps_the_size() -> None:
    clean = model("clean", "Doubler", kind="denoise", scale=1)
    made = go(Step("denoise", "auto"), engines=pool(clean)).picture
    assert (made.width, made.height) == (40, 30)


# — erase —


def test_outside_the_mask_every_pixel_is_the_sources() -> None:
    Finder.regions = [SURE]
    source = picture()
    outcome = go(erase(detect=["object"]), source=source)
    changed = (outcome.picture.pixels != source.pixels).any(axis=2)
    assert changed[5:14, 10:19].all()
    assert not changed[:, :5].any()
    assert not changed[:, 25:].any()
    assert outcome.picture.pixels[9, 14].tolist() == [64, 64, 64]
    assert outcome.report["area"] == pytest.approx(changed.mean(), abs=0.02)


@pytest.mark.parametrize("alpha", [False, True])
def test_a_step_that_changes_more_than_it_may_has_no_result(monkeypatch: pytest.MonkeyPatch, alpha: bool) -> None:
    """The last pixel changes, or the transparency there, where only the upper left may."""

    def careless(step: Step, before: Picture, work: Work) -> Done:
        within = np.zeros((before.height, before.width), bool)
        within[:20, :20] = True
        pixels = before.pixels.copy()
        pixels[:20, :20] = 0
        if before.alpha is None:
            pixels[-1, -1, 2] ^= 1
            return Done(before.with_pixels(pixels), {"outcome": "done"}, within=within)
        clear = before.alpha.copy()
        clear[-1, -1] ^= 1
        return Done(before.with_pixels(pixels, clear), {"outcome": "done"}, within=within)

    monkeypatch.setitem(STEPS, "erase", careless)
    with pytest.raises(Spilled) as caught:
        go(erase(mask="hand"), source=picture(alpha=alpha))
    assert caught.value.params == {"step": "erase", "pixels": 1}


def test_only_the_kinds_asked_for_are_erased() -> None:
    Finder.regions = [SURE]
    with pytest.raises(Kept) as caught:
        go(erase(detect=["date"]))
    assert caught.value.params == {"why": "nothing_to_clean"}


def test_one_doubtful_region_and_nothing_is_erased() -> None:
    doubtful = Region("object", (1, 1, 4, 4), ((1, 1), (4, 1), (4, 4), (1, 4)), "", 0.5)
    Finder.regions = [SURE, doubtful]
    source = picture()
    outcome = go(erase(detect=["object"]), upscale(80, 60), source=source)
    assert outcome.unsure == (SURE, doubtful)
    assert (outcome.picture.pixels == source.pixels).all()
    assert [step["outcome"] for step in outcome.report["steps"]] == ["unsure"]


def test_what_lies_over_a_face_is_shown_to_a_person_first_however_sure() -> None:
    """The finder of faces is given pictures at half their size."""
    engines = pool(FILL, FIND, FACES)
    Finder.regions = [SURE]
    Seer.regions = [Face("face", (3, 1, 3, 3), (), "", 0.9)]
    (region,) = go(erase(detect=["object"]), engines=engines).unsure
    assert (region.on_face, region.to_json()["on_face"], Region.from_json(region.to_json())) == (True, True, region)
    Seer.regions = [Face("face", (16, 10, 3, 3), (), "", 0.9), Face("face", (5, 3, 4, 4), (), "", 0.6)]
    outcome = go(erase(detect=["object"]), engines=engines)
    assert (outcome.unsure, outcome.report["steps"][0]["outcome"]) == ((), "done")


def test_a_stamp_across_a_real_face_waits_and_one_in_the_corner_does_not(data: Path) -> None:
    weights = str(data / "weights" / "yunet_s_640_640.onnx")
    engine = "wagtail_restore.engines.find_faces.FaceFinder"
    engines = pool(FILL, FIND, Model("yunet", "detect", engine, purpose="faces", file=weights))
    photo = decode((data / "photos" / "02_portrait_astronaut.png").read_bytes(), max_pixels=1_000_000)
    found = []
    for x, y in ((190, 100), (400, 480)):
        stamp = Region("date", (x, y, 80, 20), ((x, y), (x + 80, y), (x + 80, y + 20), (x, y + 20)), "", 0.95)
        Finder.regions = [replace(stamp, kind="object")]
        found.append([region.on_face for region in go(erase(detect=["object"]), source=photo, engines=engines).unsure])
    assert found == [[True], []]


def test_how_sure_is_a_matter_of_the_caller() -> None:
    Finder.regions = [SURE]
    assert go(erase(detect=["object"]), detect_confidence=0.95).unsure == (SURE,)
    assert go(erase(detect=["object"]), detect_confidence=0.9).unsure == ()


def test_the_maker_note_goes_with_what_is_erased_and_else_stays() -> None:
    tags = Image.Exif()
    tags[0x8769] = {0x927C: b"a preview of what was erased", 0x9003: "2020:01:02 03:04:05"}
    source = picture()
    source = replace(source, source=replace(source.source, exif=tags.tobytes()))
    assert go(upscale(80, 60), source=source).picture.source.exif == tags.tobytes()
    Finder.regions = [SURE]
    made = go(erase(detect=["object"]), source=source).picture.source
    assert made.notes == ("maker_note_dropped",)
    assert b"preview" not in (made.exif or b"") and b"2020:01:02" in (made.exif or b"")


def test_how_sure_may_differ_by_kind() -> None:
    date, mark = (replace(SURE, kind=kind, confidence=0.5) for kind in ("date", "watermark"))
    for kind, found in (("date", date), ("watermark", mark)):
        Finder.regions = [found]
        eager = Care({kind: "eager"})
        assert go(erase(detect=["date", "watermark"]), care=eager).unsure == ()
        assert go(erase(detect=["date", "watermark"])).unsure == (found,)
    Finder.regions = [date, replace(mark, confidence=1.0)]
    outcome = go(erase(detect=["date", "watermark"]), care=Care({"date": "eager", "watermark": "ask"}))
    assert outcome.unsure == tuple(Finder.regions)


def test_a_margin_goes_by_the_height_of_the_line() -> None:
    line = ((40, 40), (160, 40), (160, 80), (40, 80))
    Finder.regions = [Region("date", (40, 40, 120, 40), line, "", 0.9)]
    areas = [
        go(erase(detect=["date"]), source=picture(200, 120), care=Care(margin=margin)).report["area"]
        for margin in (0.02, 0.25)
    ]
    assert areas[0] < areas[1]


def test_regions_that_a_person_confirmed_are_erased_however_sure() -> None:
    confirmed = {**SURE.to_json(), "confidence": 0.1}
    outcome = go(erase(regions=[confirmed]))
    assert outcome.unsure == ()
    assert outcome.report["steps"][0]["outcome"] == "done"


def test_regions_survive_json() -> None:
    confirmed = json.loads(json.dumps(SURE.to_json()))
    assert go(erase(regions=[confirmed])).report["steps"][0]["regions"] == [SURE.to_json()]


def test_a_painted_mask_is_erased() -> None:
    painted = np.zeros((30, 40), np.uint8)
    painted[10:15, 20:30] = 255
    made = go(erase(mask="hand"), masks={"hand": painted}).picture
    assert (made.pixels[10:15, 20:30] == 64).all()


def test_an_empty_mask_is_nothing_to_clean() -> None:
    with pytest.raises(Kept):
        go(erase(mask="hand"), masks={"hand": np.zeros((30, 40), np.uint8)})


def test_erasing_keeps_sixteen_bits_and_alpha() -> None:
    Finder.regions = [SURE]
    source = picture(40, 30, 1, np.uint16, alpha=True)
    made = go(erase(detect=["object"]), source=source).picture
    assert made.pixels.dtype == np.uint16
    assert made.pixels[9, 14, 0] == round(0.25 * 65535)
    assert (made.alpha == source.alpha).all()


# — the whole —


def test_nothing_found_does_not_keep_the_rest_from_being_done() -> None:
    outcome = go(erase(detect=["date"]), upscale(80, 60))
    assert [step["outcome"] for step in outcome.report["steps"]] == ["nothing_found", "done"]
    assert outcome.picture.width == 80


def test_the_report_is_json_and_says_what_was_done() -> None:
    Finder.regions = [SURE]
    report = go(erase(detect=["object"]), upscale(80, 60)).report
    assert json.loads(json.dumps(report)) == report
    assert [(step["kind"], step["model"]) for step in report["steps"]] == [("erase", "fill"), ("upscale", "two")]
    assert (report["from"], report["to"], report["device"]) == ([40, 30], [80, 60], "cpu")
    assert report["consistency"] > 28
    assert report["area"] > 0
    assert report["seconds"] >= sum(step["seconds"] for step in report["steps"]) - 0.01


def test_progress_runs_from_nothing_to_all_and_names_what_it_does() -> None:
    Finder.regions = [SURE]
    heard: list[tuple[float, str]] = []
    context = Context(progress=lambda fraction, doing: heard.append((fraction, doing)))
    go(erase(detect=["object"]), upscale(320, 240), source=picture(alpha=True), context=context)
    shares = [share for share, _ in heard]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert list(dict.fromkeys(doing for _, doing in heard)) == ["erase", "upscale"]


def test_a_check_that_raises_ends_the_run() -> None:
    def check() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        go(upscale(80, 60), context=Context(check=check))
    assert Doubler.sizes == []


def test_a_step_of_an_unknown_kind_is_a_setup_error() -> None:
    with pytest.raises(SetupError):
        go(Step("levitate"))
