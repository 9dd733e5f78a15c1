"""The learning rate of a training."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from training.optimiser import learning_rate


def test_learning_rate_climbs_then_falls_to_a_hundredth() -> None:
    assert learning_rate(0, 1000, 1e-3, warm_up=100) == pytest.approx(1e-5)
    assert learning_rate(100, 1000, 1e-3, warm_up=100) == pytest.approx(1e-3)
    assert learning_rate(550, 1000, 1e-3, warm_up=100) == pytest.approx(5.05e-4)
    assert learning_rate(1000, 1000, 1e-3, warm_up=100) == pytest.approx(1e-5)
