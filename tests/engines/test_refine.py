"""``erase-compact``: nothing changes outside the hole, seams do not show, and it fills better than what it corrects."""

from __future__ import annotations

from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
cv2 = pytest.importorskip("cv2")
safetensors = pytest.importorskip("safetensors.torch")

from PIL import Image  # noqa: E402

from wagtail_restore import catalogue  # noqa: E402
from wagtail_restore.catalogue import Model  # noqa: E402
from wagtail_restore.engines import refine  # noqa: E402
from wagtail_restore.engines.base import Context  # noqa: E402
from wagtail_restore.engines.pool import Pool  # noqa: E402
from wagtail_restore.engines.refiner import Refiner  # noqa: E402
from wagtail_restore.exceptions import Cancelled, WeightsRefused  # noqa: E402
from wagtail_restore.imaging import frequency  # noqa: E402

ENGINE = "wagtail_restore.engines.refine.CompactEraser"


@pytest.fixture(scope="module")
def eraser() -> refine.CompactEraser:
    found = Pool(catalogue.models(), "cpu").get("erase-compact")
    assert isinstance(found, refine.CompactEraser)
    return found


def picture(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    stripes = 0.5 + 0.3 * np.sin((x + 2 * y) / 3)
    return np.stack([stripes, 0.8 * stripes, 1 - stripes], axis=2)


def strokes(height: int, width: int) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    cv2.putText(mask, "14.07.98", (10, height // 2), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 1, 6)
    return mask.astype(np.float32)


@pytest.mark.parametrize("size", [(61, 203), (64, 200), (1, 40), (9, 1)])
def test_any_size_is_filled_and_the_rest_stays_to_the_last_bit(eraser: refine.CompactEraser, size: tuple) -> None:
    source, mask = picture(*size), strokes(*size)
    mask[0, 0] = 1
    made = eraser.run(source, mask)
    assert made.shape == source.shape
    assert made.dtype == np.float32
    assert (made[mask == 0] == source[mask == 0]).all()
    assert np.isfinite(made).all()
    assert 0 <= made.min() <= made.max() <= 1


def test_everything_hidden_comes_back_grey_and_nothing_hidden_as_it_is(eraser: refine.CompactEraser) -> None:
    source = picture(40, 48)
    assert (eraser.run(source, np.ones((40, 48))) == 0.5).all()
    assert (eraser.run(source) == source).all()


def test_tiles_give_what_one_piece_gives(eraser: refine.CompactEraser, monkeypatch: pytest.MonkeyPatch) -> None:
    source, mask = picture(96, 480), np.tile(strokes(96, 240), (1, 2))
    whole = eraser.run(source, mask)
    monkeypatch.setattr(refine, "TILE", 256)
    tiled = eraser.run(source, mask)
    apart = np.abs(tiled - whole)[mask > 0]
    # wherever the tiles are cut: one grey level on average, six at most
    assert apart.mean() < 1 / 255 and apart.max() < 6 / 255


def test_a_wish_to_stop_is_heard(eraser: refine.CompactEraser) -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        eraser.fill(picture(60, 200), strokes(60, 200), Context(check=stop))


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.safetensors"
    safetensors.save_file({"body.0.weight": torch.zeros(3, 3)}, file)
    with pytest.raises(WeightsRefused, match="no network that corrects fills"):
        refine.CompactEraser(Model("other", "erase", ENGINE, file=str(file))).load()


def test_the_network_sees_half_of_what_tiles_share() -> None:
    """What lies further away than tiles overlap must hardly matter; so seams between tiles cannot be seen."""
    torch.manual_seed(0)
    network = Refiner().eval()
    network.load_state_dict(safetensors.load_file(catalogue.BUNDLED / "erase-compact.safetensors"), strict=True)
    fill = torch.rand(1, 3, 64, 256)
    hole = torch.zeros(1, 1, 64, 256)
    hole[:, :, 24:40, 100:140] = 1
    other = fill.clone()
    other[:, :, :, 140 + refine.OVERLAP // 2 :] = 0.5
    with torch.inference_mode():
        apart = (network(fill, hole) - network(other, hole)).abs()[:, :, :, :140]
    assert float(apart.max()) < 0.05


def test_on_photographs_it_fills_better_than_the_fill_it_corrects(eraser: refine.CompactEraser, data: Path) -> None:
    """Six crops of Kodak24 under bold digits, their glow hidden with them: in the mean 0.3 dB better inside."""
    gains = []
    for number, name in enumerate(("01", "05", "08", "13", "19", "23")):
        with Image.open(data / "eval" / "Kodak24" / "HR" / f"{name}.png") as opened:
            whole = np.asarray(opened.convert("RGB")).astype(np.float32) / 255
        true = np.ascontiguousarray(whole[100:228, 60 + 20 * number : 316 + 20 * number])
        hole = cv2.dilate(strokes(128, 256), np.ones((7, 7))) > 0
        fill = frequency.fill(true, hole)
        made = eraser._corrected(fill, hole, Context())
        before, after = (float(np.mean((each - true)[hole] ** 2)) for each in (fill, made))
        gains.append(10 * np.log10(before / after))
    assert np.mean(gains) > 0.3
