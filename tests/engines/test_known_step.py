"""Known marks in the Step that erases: taken off without a guess, and found again after a person has confirmed them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.imaging.test_known import photo, png, stamped
from wagtail_restore import catalogue
from wagtail_restore.engines import known_step
from wagtail_restore.engines.__main__ import main
from wagtail_restore.engines.base import Context, Region
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.runner import Outcome, run
from wagtail_restore.exceptions import Kept
from wagtail_restore.imaging import logo
from wagtail_restore.imaging.codec import Picture, Source
from wagtail_restore.imaging.planning import Plan, Step

MARK = logo.read(png(), "agency")
LOOK = Plan((Step("erase", "auto", {"detect": ["date", "watermark"]}),))


def eight_bits(values: Any) -> Any:
    return np.rint(values * 255).astype(np.uint8)


@pytest.fixture(scope="module")
def pool() -> Pool:
    return Pool(catalogue.models(), "cpu")


def carry_out(plan: Plan, pixels: Any, pool: Pool, **told: Any) -> Outcome:
    return run(plan, Picture(pixels, None, Source("PNG")), pool, Context(), **told)


def test_a_known_mark_is_taken_off_and_named(pool: Pool) -> None:
    under = photo()
    seen = eight_bits(stamped(under, png(), 90, 0.5, (120, 70)))
    outcome = carry_out(LOOK, seen, pool, marks=[MARK])
    (entry,) = outcome.report["steps"]
    assert [(r["kind"], r["text"], r["mark"]) for r in entry["regions"]] == [("watermark", "agency", "agency")]
    assert entry["unblended"] == ["agency"]
    assert outcome.models == (), "no Model had to make anything up"
    away = np.abs(outcome.picture.pixels.astype(float) - under * 255)
    assert away[70:160, 120:210].mean() < 3
    assert (outcome.picture.pixels[:60] == seen[:60]).all()


def test_without_the_mark_nothing_is_known(pool: Pool) -> None:
    seen = eight_bits(stamped(photo(), png(), 90, 0.5, (120, 70)))
    with pytest.raises(Kept):
        carry_out(LOOK, seen, pool)


def test_who_looks_for_dates_alone_keeps_the_mark(pool: Pool) -> None:
    seen = eight_bits(stamped(photo(), png(), 90, 0.5, (120, 70)))
    dates = Plan((Step("erase", "auto", {"detect": ["date"]}),))
    with pytest.raises(Kept):
        carry_out(dates, seen, pool, marks=[MARK])


def test_what_a_person_has_confirmed_is_found_again(pool: Pool) -> None:
    seen = eight_bits(stamped(photo(), png(), 90, 0.5, (120, 70)))
    unsure = carry_out(LOOK, seen, pool, marks=[MARK], detect_confidence=1.1)
    assert (unsure.picture.pixels == seen).all()
    chosen = json.loads(json.dumps([region.to_json() for region in unsure.unsure]))
    outcome = carry_out(Plan((Step("erase", "auto", {"regions": chosen}),)), seen, pool, marks=[MARK])
    assert outcome.report["steps"][0]["unblended"] == ["agency"]


def test_a_mark_through_which_nothing_shines_is_filled(pool: Pool) -> None:
    seen = eight_bits(stamped(photo(), png(), 90, 0.97, (120, 70)))
    outcome = carry_out(LOOK, seen, pool, marks=[MARK])
    assert len(outcome.models) == 1
    assert (outcome.picture.pixels[70:160, 120:210].min(axis=2) > 240).mean() < 0.02


def test_what_is_read_in_a_known_mark_is_not_a_second_one() -> None:
    corners = ((0, 0), (100, 0), (100, 50), (0, 50))
    mark = Region("watermark", (0, 0, 100, 50), corners, "agency", 0.9, mark="agency")
    inside = Region("text", (20, 10, 40, 20), corners, "AG", 0.9)
    beside = Region("date", (90, 10, 60, 20), corners, "2001", 0.9)
    assert known_step.first([mark], [inside, beside]) == [mark, beside]


def test_the_command_takes_marks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, mark = tmp_path / "in.png", tmp_path / "agency.png"
    Image.fromarray(eight_bits(stamped(photo(), png(), 90, 0.5, (120, 70)))).save(source)
    mark.write_bytes(png())
    assert main(["detect", str(source), "--mark", str(mark), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["mark"]) == ("watermark", "agency")
    target = tmp_path / "out.png"
    assert main(["erase", str(source), str(target), "--detect", "watermark", "--mark", str(mark), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"][0]["unblended"] == ["agency"]


def test_the_command_takes_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = Image.fromarray(eight_bits(photo(720, 480)))
    ImageDraw.Draw(picture).text((380, 380), "Nordwind Archiv", fill="white", font=ImageFont.load_default(34))
    source, target = tmp_path / "in.png", tmp_path / "out.png"
    picture.save(source)
    assert main(["detect", str(source), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["kind"] == "text" or found["confidence"] < 0.6, "nobody knows yet that it is a mark"
    words = ["--words", "Harbour museum", "--words", "© Nordwind Archiv"]
    assert main(["detect", str(source), *words, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["confidence"]) == ("watermark", 0.95)
    assert main(["erase", str(source), str(target), "--detect", "watermark", *words, "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["steps"]
    assert [region["text"] for region in entry["regions"]] == ["Nordwind Archiv"]
    clean, made = eight_bits(photo(720, 480)).astype(float), np.asarray(Image.open(target), float)
    assert np.abs(made - clean)[375:430, 375:640].mean() < 6


def test_the_command_says_where_marks_mean_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, mask = tmp_path / "in.png", tmp_path / "mask.png"
    Image.fromarray(eight_bits(photo())).save(source)
    area = Image.new("L", photo().shape[1::-1], 0)
    area.paste(255, (40, 40, 60, 50))
    area.save(mask)
    told = ["erase", str(source), str(tmp_path / "out.png"), "--mask", str(mask), "--words", "Nordwind"]
    assert main([*told, "--model", "classic"]) == 0
    assert "--mark and --words mean nothing with --mask" in capsys.readouterr().err


def test_a_search_for_many_marks_tells_how_far_it_is_and_ends_when_asked(pool: Pool) -> None:
    class Enough(Exception):
        pass

    shares: list[float] = []

    def check() -> None:
        if shares and shares[-1] > 0.14:
            raise Enough

    marks = [replace(MARK, name=f"agency {number}") for number in range(8)]
    seen = Picture(eight_bits(photo()), None, Source("PNG"))
    context = Context(progress=lambda share, doing: shares.append(share), check=check)
    with pytest.raises(Enough):
        run(LOOK, seen, pool, context, marks=marks)
    assert shares == pytest.approx([0.0, 0.125, 0.15])
