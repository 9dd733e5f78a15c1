"""What a worker answers to a preview: two pictures of the same part, who made them, and how long the whole takes."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from tests.engines.doubles import Doubler
from wagtail_restore import live
from wagtail_restore.bench import Bench
from wagtail_restore.exceptions import OutOfMemory
from wagtail_restore.imaging.planning import Plan, Step
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

DOUBLE = Plan((Step("upscale", "auto", {"width": 1280, "height": 960}),))


class Greedy(Doubler):
    """Wants more memory than there is."""

    def run(self, pixels: Any, mask: Any = None) -> Any:
        raise OutOfMemory(device="cpu")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker that has loaded nothing."""
    monkeypatch.setattr(live, "bench", Bench("cpu"))
    yield
    live.bench.pool.close()


def preview(image: Any, plan: Plan = DOUBLE, box: Any = (64, 64, 256, 256), name: str = "") -> dict[str, Any]:
    asked = json.dumps({"plan": plan.to_json(), "box": box})
    return live.preview(image._meta.label, str(image.pk), name or image.file.name, asked)


def size(encoded: str) -> tuple[int, int]:
    data = base64.b64decode(encoded)
    assert len(data) <= live.PREVIEW_BYTES
    return Image.open(io.BytesIO(data), formats=["WEBP"]).size


def test_two_pictures_of_the_same_part_come_back() -> None:
    told = preview(make_image(640, 480))
    assert json.loads(json.dumps(told)) == told
    assert (size(told["before"]), size(told["after"]), told["size"]) == ((256, 256), (512, 512), [512, 512])
    assert (told["box"], told["models"], told["changed"]) == ([64, 64, 256, 256], ["compact-x2"], True)
    assert 0 < told["seconds"] < told["whole"]


def test_a_date_is_erased_in_the_preview(data: Any) -> None:
    image = make_image(data=(data / "photos" / "26_datestamp.jpg").read_bytes(), name="dated.jpg")
    box = (image.width - 512, image.height - 512, 512, 512)
    told = preview(image, Plan((Step("erase", params={"detect": ["date"]}),)), box)
    assert (told["here"], told["changed"], told["size"]) == (told["found"], True, [512, 512])
    assert told["found"] >= 1
    assert told["models"]


def test_another_file_or_none_is_said() -> None:
    image = make_image(64, 48)
    assert preview(image, name="before.jpg")["code"] == "superseded"
    image.delete()
    image.pk = 99
    assert preview(image)["code"] == "image_gone"


def test_where_memory_is_short_everything_is_let_go(settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {
        **settings.WAGTAIL_RESTORE,
        "MODELS": {"greedy": {"kind": "upscale", "engine": f"{__name__}.Greedy", "scale": 2}},
        "PREFERRED_MODELS": {"photo": "greedy", "clean": "greedy", "line": "greedy"},
    }
    assert preview(make_image(640, 480))["code"] == "out_of_memory"
    assert live.bench.pool.loaded == ()


def test_what_would_take_too_long_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PREVIEW_SECONDS", 0)
    assert preview(make_image(640, 480))["code"] == "timed_out"
