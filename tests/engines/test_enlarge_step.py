"""Upscale and denoise: how strong, for what kind of picture, in which colours, and what stays as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest

from tests.engines.doubles import Doubler, model, picture, pool
from wagtail_restore.catalogue import Model
from wagtail_restore.engines.base import Context, Mix
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.runner import run
from wagtail_restore.imaging.codec import Picture, Source, decode
from wagtail_restore.imaging.fidelity import consistency
from wagtail_restore.imaging.planning import Mode, Plan, Step
from wagtail_restore.imaging.resampling import resize

PHOTO = model("photo-x2", "Doubler", purpose="photo", scale=2)
LINE = model("line-x2", "Doubler", purpose="line", scale=2)
BLUISH = model("bluish", "Bluish", purpose="photo", scale=2)
CLEAN = model("clean", "Bluish", kind="denoise", purpose="noise", scale=1)


class Ringing(Doubler):
    """Rings: waves of a twentieth run over everything, the same in every tile of even size."""

    def run(self, pixels: Any, mask: Any = None) -> Any:
        made = super().run(pixels, mask)
        waves = 0.05 * np.sin(np.arange(made.shape[1], dtype=np.float32))[None, :, None]
        return np.clip(made + waves, 0, 1)


class Watching(Doubler):
    """Remembers the darkest and the brightest that it was shown, and in what mix."""

    seen: ClassVar[list[tuple[float, float]]] = []
    mixes: ClassVar[list[Mix | None]] = []

    def run(self, pixels: Any, mask: Any = None) -> Any:
        self.seen.append((float(pixels.min()), float(pixels.max())))
        self.mixes.append(self.mix)
        return super().run(pixels, mask)


def own(alias: str, engine: type[Doubler], **more: Any) -> Model:
    return Model(alias, "upscale", f"{__name__}.{engine.__name__}", scale=2, **more)


@pytest.fixture(autouse=True)
def fresh() -> None:
    Watching.seen.clear()
    Watching.mixes.clear()


def go(step: Step, source: Picture, engines: Pool, mode: Mode = Mode.STRICT) -> tuple[Picture, dict[str, Any]]:
    outcome = run(Plan((step,), mode), source, engines, Context())
    return outcome.picture, outcome.report["steps"][0]


def upscale(width: int = 80, height: int = 60, alias: str = "auto", **params: Any) -> Step:
    return Step("upscale", alias, {"width": width, "height": height, **params})


def lanczos(source: Picture, width: int, height: int) -> Any:
    return np.rint(np.clip(resize(source.pixels / 255, width, height), 0, 1) * 255).astype(int)


def unlike(a: Picture, b: Any) -> int:
    """The largest difference, in levels."""
    return int(np.abs(a.pixels.astype(int) - (b.pixels if isinstance(b, Picture) else b)).max())


# — strength —


def test_without_any_strength_it_is_a_lanczos_enlargement() -> None:
    source = picture()
    made, entry = go(upscale(strength=0), source, pool(BLUISH))
    assert unlike(made, lanczos(source, 80, 60)) <= 1
    assert entry["strength"] == 0


def test_full_strength_is_the_network_alone() -> None:
    source, engines = picture(), pool(BLUISH)
    assert unlike(go(upscale(strength=1), source, engines)[0], go(upscale(), source, engines)[0]) == 0
    network = source.pixels.repeat(2, axis=0).repeat(2, axis=1) * np.array([0.9, 1.0, 1.1])
    made, entry = go(upscale(), source, engines, Mode.CREATIVE)
    assert unlike(made, np.rint(np.clip(network, 0, 255)).astype(int)) <= 1
    assert entry["strength"] == 1


def test_half_the_strength_lies_half_way() -> None:
    source, engines = picture(), pool(BLUISH)
    none, half, full = (go(upscale(strength=s), source, engines)[0].pixels.astype(float) for s in (0, 0.5, 1))
    assert np.abs(half - (none + full) / 2).max() <= 1.01


def test_denoising_may_be_gentle() -> None:
    source, engines = picture(), pool(CLEAN)
    gentle, entry = go(Step("denoise", "noise", {"strength": 0.0}), source, engines, Mode.CREATIVE)
    assert unlike(gentle, source) == 0
    assert entry["strength"] == 0
    assert unlike(go(Step("denoise", "noise"), source, engines, Mode.CREATIVE)[0], source) > 5


# — what kind of picture —


def drawing() -> Picture:
    pixels = np.full((300, 400, 3), 255, np.uint8)
    cv2.rectangle(pixels, (40, 40), (360, 260), (0, 0, 0), 3)
    cv2.putText(pixels, "drawn", (60, 170), cv2.FONT_HERSHEY_SIMPLEX, 3, (200, 30, 30), 6)
    return Picture(pixels, None, Source(format="PNG"))


def test_auto_takes_the_network_for_what_is_shown() -> None:
    engines = pool(PHOTO, LINE)
    _, entry = go(upscale(800, 600), drawing(), engines)
    assert (entry["content"], entry["model"]) == ("line", "line-x2")
    _, entry = go(upscale(), lossy(), engines)
    assert (entry["content"], entry["model"]) == ("photo", "photo-x2")


def lossy() -> Picture:
    return replace(picture(), source=Source(format="WEBP"))


@pytest.mark.parametrize("choice", ["auto", "photo"])
def test_a_photograph_without_loss_goes_where_nothing_is_repaired(choice: str) -> None:
    engines = pool(PHOTO, LINE, model("clean-x2", "Bluish", purpose="clean", scale=2))
    _, entry = go(upscale(alias=choice), picture(), engines)
    assert (entry["content"], entry["model"]) == ("clean", "clean-x2")
    _, entry = go(upscale(alias=choice), lossy(), engines)
    assert entry["model"] == "photo-x2"


def test_where_no_network_is_for_clean_photographs_the_usual_one_does() -> None:
    _, entry = go(upscale(), picture(), pool(PHOTO, LINE))
    assert (entry["content"], entry["model"]) == ("clean", "photo-x2")


def test_where_no_network_is_for_drawings_another_does() -> None:
    _, entry = go(upscale(800, 600), drawing(), pool(PHOTO))
    assert (entry["content"], entry["model"]) == ("line", "photo-x2")


@pytest.mark.parametrize("choice", ["photo", "photo-x2"])
def test_who_has_chosen_is_not_asked_what_is_shown(choice: str) -> None:
    _, entry = go(upscale(800, 600, choice), replace(drawing(), source=Source("WEBP")), pool(PHOTO, LINE))
    assert "content" not in entry
    assert entry["model"] == "photo-x2"


def test_how_much_noise_to_take_out_is_told_to_the_engine() -> None:
    engines = pool(own("mixed", Watching, partner="photo-x2"), PHOTO)
    go(upscale(alias="mixed", denoise=0.25), picture(), engines)
    assert Watching.mixes == [Mix(PHOTO, 0.25)]


# — colours —


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("mode", Mode)
def test_grey_stays_grey_exactly(channels: int, mode: Mode) -> None:
    source = picture(channels=1)
    source = source.with_pixels(np.repeat(source.pixels, channels, axis=2))
    made, _ = go(upscale(75, 57), source, pool(BLUISH), mode)
    assert made.pixels.shape == (57, 75, channels)
    assert (made.pixels == made.pixels[:, :, :1]).all()


def test_colours_that_srgb_lacks_come_back(data: Path) -> None:
    file = data / "odd" / "icc_p3_photo.png"
    whole = decode(file.read_bytes(), max_pixels=10**8)
    source = whole.with_pixels(np.ascontiguousarray(whole.pixels[:60, :80]))
    source.pixels[20:40, 20:60] = (255, 0, 0)
    made, entry = go(upscale(160, 120, "watching"), source, pool(own("watching", Watching)))
    assert made.source.icc == source.source.icc
    assert np.abs(made.pixels[50:70, 50:110].astype(int) - (255, 0, 0)).max() <= 1
    assert min(low for low, _ in Watching.seen) >= 0
    assert max(high for _, high in Watching.seen) <= 1
    assert entry["consistency"] > 35


def test_the_network_sees_srgb_whatever_the_profile(data: Path) -> None:
    whole = decode((data / "odd" / "icc_adobergb_photo.png").read_bytes(), max_pixels=10**8)
    source = whole.with_pixels(np.full((40, 40, 3), (128, 64, 32), np.uint8))
    made, _ = go(upscale(80, 80, "watching"), source, pool(own("watching", Watching)))
    assert Watching.seen[0][1] == pytest.approx(146 / 255, abs=0.01), "Adobe RGB's 128 is more in sRGB"
    assert unlike(made, source.pixels.repeat(2, axis=0).repeat(2, axis=1)) <= 1


def test_what_is_stored_as_consistency_is_that_of_the_finished_picture() -> None:
    source = picture(90, 70)
    made, entry = go(upscale(175, 141), source, pool(BLUISH), Mode.CREATIVE)
    expected = consistency(source.pixels / np.float32(255), made.pixels / np.float32(255))
    assert entry["consistency"] == pytest.approx(expected, abs=0.05)
    assert entry["consistency"] < 35


# — transparency —


def test_alpha_does_not_ring() -> None:
    alpha = np.zeros((40, 60), np.uint8)
    alpha[:, 20:40] = 255
    source = picture(60, 40).with_pixels(picture(60, 40).pixels, alpha=alpha)
    made, _ = go(upscale(120, 80, "ringing"), source, pool(own("ringing", Ringing)))
    assert made.alpha is not None
    assert (made.alpha[:, :36] == 0).all()
    assert (made.alpha[:, 44:76] == 255).all()
    assert (made.alpha[:, 84:] == 0).all()


@pytest.mark.parametrize("opacity", [0, 77, 255])
def test_even_alpha_stays_as_it_is(opacity: int) -> None:
    source = picture()
    source = source.with_pixels(source.pixels, alpha=np.full((30, 40), opacity, np.uint8))
    made, _ = go(upscale(alias="ringing"), source, pool(own("ringing", Ringing)))
    assert made.alpha is not None
    assert (made.alpha == opacity).all()


def test_hidden_colours_leave_no_fringe() -> None:
    pixels = np.full((40, 60, 3), 200, np.uint8)
    pixels[:, :30] = 0
    alpha = np.full((40, 60), 255, np.uint8)
    alpha[:, :30] = 0
    source = Picture(pixels, alpha, Source(format="PNG"))
    made, _ = go(upscale(131, 87), source, pool(PHOTO))
    assert made.alpha is not None
    assert made.pixels[made.alpha > 0].min() == 200


def test_sixteen_bits_of_alpha_are_kept() -> None:
    made, _ = go(upscale(), picture(dtype=np.uint16, alpha=True), pool(PHOTO))
    assert made.alpha is not None
    assert made.alpha.dtype == np.uint16
    assert len(np.unique(made.alpha)) > 30


# — sizes —


def test_one_side_large_enough_is_not_enough() -> None:
    made, entry = go(upscale(40, 60), picture(), pool(PHOTO))
    assert (made.width, made.height, entry["outcome"]) == (40, 60, "done")


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (1000, 1)])
@pytest.mark.parametrize("alpha", [False, True])
def test_pictures_of_any_shape(size: tuple[int, int], alpha: bool) -> None:
    width, height = size
    made, _ = go(upscale(width * 3, height * 3), picture(width, height, alpha=alpha), pool(PHOTO))
    assert made.pixels.shape == (height * 3, width * 3, 3)
