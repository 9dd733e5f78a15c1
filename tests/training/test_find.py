"""The network that sees marks trains, goes on where it stopped, and leaves weights that the product opens."""

from __future__ import annotations

from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")

from PIL import Image  # noqa: E402

from training import find  # noqa: E402
from wagtail_restore.engines import marks  # noqa: E402


def test_two_steps_leave_weights_and_a_later_start_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="training")
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    for number in range(2):
        noise = np.random.default_rng(number).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((320, 300)).save(photographs / f"{number}.png")
    find.VALIDATED = 4
    recipe = find.Recipe(steps=2, batch=2)
    where = {"photographs": photographs, "runs": tmp_path, "name": "run", "fonts": tmp_path, "every": 1}
    find.train(recipe, **where, until=1)
    assert find.train(recipe, **where).step == 2
    assert "going on after step 1" in caplog.text
    net = marks.load(tmp_path / "run" / "marks-compact.safetensors", "marks")
    assert marks.look(net, np.full((40, 60, 3), 0.5, np.float32)).writing is None
