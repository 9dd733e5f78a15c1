"""What a worker answers at once: which Model selects, and that GrabCut does where another cannot."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from wagtail_restore import live
from wagtail_restore.bench import Bench
from wagtail_restore.engines.pool import engine_class
from wagtail_restore.engines.select import Bits, Grey, Hint, Selector
from wagtail_restore.exceptions import ExtraMissing, OutOfMemory
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

SAM = "sam2.1-hiera-tiny"
STROKE = {"kind": "stroke", "points": [290, 190, 320, 205], "size": 24}


class Greedy(Selector):
    """A site's own, which wants more memory than there is."""

    longest = 512
    around_outline = 1.0
    around_stroke = (1.0,)

    def load(self) -> None:
        self.device = "cpu"

    def cut(self, small: Grey, hint: Hint, likely: Bits, sure: Bits) -> Bits:
        raise OutOfMemory(device="cpu")


@pytest.fixture
def weights(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of weights, and a worker that begins with it."""
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "WEIGHTS_FOLDERS": [str(tmp_path)]}
    monkeypatch.setattr(live, "bench", Bench("cpu"))
    yield tmp_path
    live.bench.pool.close()


@pytest.fixture
def without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("transformers", "huggingface_hub"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "wagtail_restore.engines.sam", raising=False)


def ball() -> Any:
    pixels = np.full((400, 600, 3), (90, 130, 140), dtype=np.uint8)
    cv2.circle(pixels, (300, 200), 60, (190, 60, 50), -1)
    data = cv2.imencode(".png", pixels[:, :, ::-1])[1].tobytes()
    return make_image(data=data, name="ball.png")


def select(image: Any) -> dict[str, Any]:
    return live.select_object(image._meta.label, str(image.pk), image.file.name, json.dumps(STROKE))


def area(rings: list[list[int]]) -> float:
    return sum(cv2.contourArea(np.array(ring, np.int32).reshape(-1, 1, 2)) for ring in rings)


def test_without_weights_grabcut_selects(weights: Path) -> None:
    assert area(select(ball())["rings"]) == pytest.approx(np.pi * 62**2, rel=0.05)
    assert live.bench.pool.loaded == ("grabcut",)


def test_the_weights_alone_leave_the_work_to_grabcut_and_the_log_says_what_is_missing(
    weights: Path, without_the_library: None, caplog: pytest.LogCaptureFixture
) -> None:
    (weights / f"{SAM}.safetensors").write_bytes(b"")
    with caplog.at_level(logging.WARNING, logger="wagtail_restore.live"):
        found = select(ball())
    assert area(found["rings"]) == pytest.approx(np.pi * 62**2, rel=0.05)
    words = f"The weights of {SAM} are here, but not what opens them: pip install 'wagtail-restore[sam]'"
    assert caplog.messages == [words]


def test_where_memory_is_short_grabcut_selects_and_the_other_is_let_go(
    weights: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WAGTAIL_RESTORE = {
        **settings.WAGTAIL_RESTORE,
        "MODELS": {"greedy": {"kind": "select", "engine": "tests.test_live.Greedy", "purpose": "object"}},
        "PREFERRED_MODELS": {"object": "greedy"},
    }
    with caplog.at_level(logging.WARNING, logger="wagtail_restore.live"):
        found = select(ball())
    assert area(found["rings"]) == pytest.approx(np.pi * 62**2, rel=0.05)
    assert caplog.messages == ["There is not enough memory for greedy; grabcut selects instead"]
    assert live.bench.pool.loaded == ("grabcut",)


def test_a_model_that_cannot_select_is_a_wrong_setting(weights: Path, settings: Any) -> None:
    entry = {"kind": "select", "engine": "wagtail_restore.engines.erase.ClassicEraser", "purpose": "object"}
    settings.WAGTAIL_RESTORE = {
        **settings.WAGTAIL_RESTORE,
        "MODELS": {"wrong": entry},
        "PREFERRED_MODELS": {"object": "wrong"},
    }
    assert select(ball())["code"] == "setup"


def test_the_model_itself_names_the_missing_package(without_the_library: None) -> None:
    with pytest.raises(ExtraMissing) as caught:
        engine_class(live.bench.pool.models[SAM])
    assert caught.value.params == {
        "extra": "sam",
        "command": "pip install 'wagtail-restore[sam]'",
        "model": SAM,
    }


def test_weights_that_are_not_those_of_the_catalogue_are_not_opened(weights: Path) -> None:
    pytest.importorskip("transformers", reason="transformers is not installed: pip install 'wagtail-restore[sam]'")
    (weights / f"{SAM}.safetensors").write_bytes(b"something else")
    assert select(ball())["code"] == "weights_corrupt"


def test_where_its_weights_are_the_network_selects(weights: Path, settings: Any) -> None:
    pytest.importorskip("transformers", reason="transformers is not installed: pip install 'wagtail-restore[sam]'")
    from tests.engines import sam_doubles  # needs the library

    model = sam_doubles.saved(weights, sam_doubles.bright_state((0.0, 2.0, -2.0)))
    entry = {"kind": "select", "engine": sam_doubles.ENGINE, "purpose": "object", "file": model.file}
    settings.WAGTAIL_RESTORE = {
        **settings.WAGTAIL_RESTORE,
        "MODELS": {"our-sam": entry},
        "PREFERRED_MODELS": {"object": "our-sam"},
    }
    assert area(select(ball())["rings"]) == pytest.approx(np.pi * 63**2, rel=0.1)
    assert live.bench.pool.loaded == ("our-sam",)
