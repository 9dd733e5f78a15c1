"""Faces redrawn in a picture, and everything else left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engines.doubles import picture
from tests.engines.face_doubles import Hollow, Same, Thirsty, Told
from wagtail_restore.catalogue import Model
from wagtail_restore.engines.base import Context
from wagtail_restore.engines.face_step import MOST, choose
from wagtail_restore.engines.find_faces import Face
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.runner import Outcome, run
from wagtail_restore.exceptions import BadOutput, Cancelled, Kept, NotFaithful, UnknownModel, WeightsMissing
from wagtail_restore.imaging.alignment import TEMPLATE
from wagtail_restore.imaging.codec import Picture, decode
from wagtail_restore.imaging.planning import Mode, Plan, Step

TOLD = Model("told", "detect", "tests.engines.face_doubles.Told", purpose="faces")


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    yield
    Told.faces, Told.shapes, Same.squares, Thirsty.drawn_there, Hollow.can = [], [], [], 0, True


def pool(network: str, finder: Model | None = TOLD, **more: Any) -> Pool:
    drawer = Model("drawer", "face", f"tests.engines.face_doubles.{network}", purpose="face", faithful=False)
    return Pool({each.alias: each for each in (drawer, finder) if each}, **{"device": "cpu", **more})


def yunet(data: Path) -> Model:
    file = str(data / "weights" / "yunet_s_640_640.onnx")
    return Model("yunet", "detect", "wagtail_restore.engines.find_faces.FaceFinder", purpose="faces", file=file)


def redraw(source: Picture, engines: Pool, context: Context | None = None, **params: Any) -> Outcome:
    return run(Plan((Step("face", params=params),), Mode.CREATIVE), source, engines, context or Context())


def someone(x: int, y: int, size: int = 60, confidence: float = 0.93) -> Face:
    """A face seen from the front whose box, as YuNet draws it, has its corner at x, y."""
    landmarks = tuple((x + (px - 145) / 230 * size, y + (py - 130) / 230 * size) for px, py in TEMPLATE)
    box = (x, y, size, round(size * 1.3))
    return Face("face", box, tuple((round(px), round(py)) for px, py in landmarks), "", confidence, landmarks)


def tell(*faces: Face) -> None:
    """Let these be found; the finder is given pictures at half their size."""
    Told.faces = [
        replace(
            face,
            box=tuple(round(side / 2) for side in face.box),
            landmarks=tuple((x / 2, y / 2) for x, y in face.landmarks),
        )
        for face in faces
    ]


def entry(outcome: Outcome) -> dict[str, Any]:
    return dict(outcome.report["steps"][0])


def difference(outcome: Outcome, source: Picture) -> np.ndarray:
    return np.abs(outcome.picture.pixels.astype(int) - source.pixels.astype(int)).max(axis=2)


@pytest.mark.parametrize(
    ("name", "faces", "left"),
    [
        ("photos/01_portrait_baby.png", 2, {}),
        ("photos/02_portrait_astronaut.png", 1, {}),
        ("photos/30_thumb_portrait_300.jpg", 1, {}),
        ("odd/exif_orientation6_faces.jpg", 1, {"unsure": 1}),
    ],
)
def test_a_network_that_changes_nothing_leaves_a_photograph_as_it_is(
    data: Path, name: str, faces: int, left: dict[str, int]
) -> None:
    source = decode((data / name).read_bytes(), max_pixels=10**7)
    outcome = redraw(source, pool("Same", yunet(data)), weight=1.0)
    assert (entry(outcome)["faces"], entry(outcome)["left"]) == (faces, left)
    assert len(Same.squares) == faces
    assert (outcome.picture.pixels == source.pixels).all()


def test_what_is_drawn_at_the_template_comes_to_lie_on_the_face(data: Path) -> None:
    source = decode((data / "photos/02_portrait_astronaut.png").read_bytes(), max_pixels=10**7)
    outcome = redraw(source, pool("Dotted", yunet(data)), weight=1.0)
    brighter = (outcome.picture.pixels.astype(int) - source.pixels.astype(int)).sum(axis=2) > 60
    # The eyes, the tip of the nose and the corners of the mouth, as a person points at them in the photograph.
    rows, columns = np.mgrid[0:512, 0:512]
    for x, y in ((203, 101), (246, 103), (224, 127), (203, 140), (244, 141)):
        here = np.hypot(columns - x, rows - y) < 12
        assert brighter[here].sum() > 15, (x, y)
        brighter &= ~here
    assert not brighter.any()


def test_outside_of_the_ovals_every_pixel_is_the_sources() -> None:
    source = picture(400, 300)
    tell(someone(50, 60), someone(250, 100, 80))
    outcome = redraw(source, pool("Chequered"), weight=1.0)
    changed = difference(outcome, source) > 0
    assert changed[60:140, 50:110].mean() > 0.3
    assert changed[100:200, 250:330].mean() > 0.3
    changed[45:155, 35:125] = changed[80:225, 230:350] = False
    assert not changed.any()
    assert entry(outcome)["area"] == pytest.approx(0.164, abs=0.003)
    assert entry(outcome)["boxes"] == [[250, 100, 80, 104], [50, 60, 60, 78]]


@pytest.mark.parametrize(("weight", "share"), [(1.0, 1.0), (0.5, 0.5), (7.0, 1.0)])
def test_the_weight_is_how_much_of_the_drawing_counts(weight: float, share: float) -> None:
    source = picture(400, 300, dtype=np.uint16)
    tell(someone(100, 60, 150))
    whole = difference(redraw(source, pool("Chequered"), weight=1.0), source)
    part = difference(redraw(source, pool("Chequered"), weight=weight), source)
    assert part.max() == pytest.approx(share * whole.max(), rel=0.02)


def test_by_default_some_of_the_persons_own_skin_stays() -> None:
    tell(someone(50, 60))
    assert entry(redraw(picture(200, 200), pool("Chequered")))["weight"] == 0.7


def test_no_weight_is_no_change() -> None:
    tell(someone(50, 60))
    with pytest.raises(Kept):
        redraw(picture(200, 200), pool("Chequered"), weight=0.0)


def test_a_face_keeps_the_colour_of_its_light() -> None:
    tell(someone(50, 60, 100))
    source = picture(300, 300)
    source = source.with_pixels(np.full_like(source.pixels, (150, 120, 100)))
    with_tan = redraw(source, pool("Tanned"), weight=1.0)
    assert difference(with_tan, source).max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_depth_alpha_and_shape_are_kept(dtype: type, channels: int) -> None:
    source = picture(300, 200, channels, dtype, alpha=True)
    tell(someone(50, 60))
    made = redraw(source, pool("Chequered"), weight=1.0).picture
    assert (made.pixels.dtype, made.pixels.shape) == (source.pixels.dtype, source.pixels.shape)
    assert (made.pixels != source.pixels).any()
    assert source.alpha is not None and made.alpha is not None
    assert (made.alpha == source.alpha).all()


def test_the_source_is_not_changed() -> None:
    source = picture(300, 200)
    before = source.pixels.copy()
    tell(someone(50, 60))
    redraw(source, pool("Chequered"))
    assert (source.pixels == before).all()


def test_a_grey_photograph_stays_grey_though_the_network_paints() -> None:
    grey = picture(300, 300, 1)
    source = replace(grey, pixels=np.repeat(grey.pixels, 3, axis=2))
    tell(someone(50, 60, 100))
    made = redraw(source, pool("Tanned"), weight=1.0).picture.pixels
    assert (made == made[:, :, :1]).all()


def test_a_network_sees_srgb_and_the_file_keeps_its_own_colours(data: Path) -> None:
    source = decode((data / "odd/icc_adobergb_photo.jpg").read_bytes(), max_pixels=10**8)
    tell(someone(100, 100, 120))
    outcome = redraw(source, pool("Same"), weight=1.0)
    assert difference(outcome, source).max() <= 1
    plain = replace(source, source=replace(source.source, icc=None))
    redraw(plain, pool("Same"), weight=1.0)
    assert np.abs(Same.squares[0] - Same.squares[1]).max() > 0.02


def test_faces_are_left_alone_for_a_reason() -> None:
    side = ((30.0, 30.0), (40.0, 30.0), (52.0, 45.0), (32.0, 56.0), (40.0, 56.0))
    found = [
        someone(10, 10, 60),
        someone(100, 10, 31),
        someone(200, 10, 60, confidence=0.8),
        someone(10, 100, 500),
        replace(someone(10, 10, 60), landmarks=side),
        someone(960, 10, 60),
    ]
    chosen, left = choose(found, 1000, 1000, 32)
    assert [each.region for each in chosen] == [found[0]]
    assert left == {"small": 1, "unsure": 1, "large": 1, "turned": 1, "cut": 1}


def test_a_face_that_the_border_cuts_a_little_is_redrawn() -> None:
    tell(someone(-8, 60))
    source = picture(200, 200)
    changed = difference(redraw(source, pool("Chequered"), weight=1.0), source) > 0
    assert changed[60:130, :40].mean() > 0.5
    assert not changed[:, 70:].any()


def test_of_a_crowd_the_largest_are_redrawn() -> None:
    found = [someone(40 * (index % 20), 60 * (index // 20), 33 + index % 2) for index in range(MOST + 10)]
    chosen, left = choose(found, 2000, 2000, 32)
    assert len(chosen) == MOST
    assert left == {"many": 10}
    assert min(each.region.box[2] for each in chosen[: len(found) // 2]) == 34


def test_smaller_faces_are_redrawn_when_that_is_asked_for() -> None:
    tell(someone(50, 60, 20))
    with pytest.raises(Kept):
        redraw(picture(200, 200), pool("Chequered"))
    Told.faces = [someone(50, 60, 20)]
    assert entry(redraw(picture(200, 200), pool("Chequered"), min_size=12))["faces"] == 1


def test_faces_are_looked_for_in_a_smaller_copy() -> None:
    tell(someone(50, 60, 60))
    told = entry(redraw(picture(401, 300), pool("Chequered")))
    assert Told.shapes == [(150, 200, 3)]
    assert told["boxes"] == [[50, 60, 60, 78]]


FACES = pytest.mark.parametrize(
    ("faces", "why"), [([], "no_faces"), ([someone(10, 10, 20)], "faces_left")], ids=["none", "small"]
)


@FACES
def test_a_plan_without_a_face_to_redraw_leaves_the_file_alone(faces: list[Face], why: str) -> None:
    tell(*faces)
    with pytest.raises(Kept) as caught:
        redraw(picture(200, 200), pool("Chequered"))
    assert caught.value.params == {"why": why}
    assert Same.squares == []


def test_beside_another_step_the_report_says_that_there_was_no_face() -> None:
    enlarge = Model("big", "upscale", "tests.engines.doubles.Doubler", scale=2)
    engines = pool("Chequered")
    engines.models = {**engines.models, "big": enlarge}
    plan = Plan((Step("face"), Step("upscale", "big", {"width": 80, "height": 60})), Mode.CREATIVE)
    outcome = run(plan, picture(40, 30), engines, Context())
    assert entry(outcome) | {"seconds": 0} == {
        "kind": "face", "seconds": 0, "outcome": "no_faces", "found": 0, "faces": 0, "left": {}, "weight": 0.7,
    }  # fmt: skip
    assert outcome.picture.width == 80


def test_strict_mode_redraws_nobody() -> None:
    with pytest.raises(NotFaithful):
        run(Plan((Step("face"),), Mode.STRICT), picture(200, 200), pool("Same"), Context())
    assert Told.shapes == []


def test_without_a_finder_the_error_names_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel):
        redraw(picture(100, 100), pool("Same", None))
    away = replace(TOLD, engine="wagtail_restore.engines.find_faces.FaceFinder", file="yunet.onnx")
    with pytest.raises(WeightsMissing) as caught:
        redraw(picture(100, 100), pool("Same", away, folders=(str(tmp_path),)))
    assert caught.value.params["model"] == "told"


def test_progress_is_told_after_every_face_and_a_stop_is_heard() -> None:
    tell(someone(50, 60), someone(250, 100))
    told: list[float] = []
    redraw(picture(400, 300), pool("Same"), Context(progress=lambda fraction, doing: told.append(round(fraction, 2))))
    assert told == [0.0, 0.1, 0.55, 1.0, 1.0]

    def stop() -> None:
        if Same.squares:
            raise Cancelled()

    Same.squares.clear()
    with pytest.raises(Cancelled):
        redraw(picture(400, 300), pool("Same"), Context(check=stop))
    assert len(Same.squares) == 1


def test_a_network_that_overflows_is_asked_again_in_full_precision() -> None:
    tell(someone(50, 60))
    source = picture(200, 200)
    assert (redraw(source, pool("Hollow")).picture.pixels == source.pixels).all()
    Hollow.can = False
    with pytest.raises(BadOutput):
        redraw(source, pool("Hollow"))


def test_when_memory_runs_out_all_faces_are_drawn_anew_on_the_cpu() -> None:
    tell(someone(50, 60), someone(250, 100))
    source = picture(400, 300)
    outcome = redraw(source, pool("Thirsty", device="cuda"), weight=1.0)
    alone = redraw(source, pool("Thirsty"), weight=1.0)
    assert entry(outcome)["device"] == "cpu"
    assert (outcome.picture.pixels == alone.picture.pixels).all()
