"""The Engine of a Step, when memory runs out and when weights are mixed; and the numbers of a picture."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engines.doubles import Doubler, model, pool
from wagtail_restore.engines.base import Context, Engine, Mix
from wagtail_restore.engines.step import Work, model_for, to_float, to_integers, with_memory
from wagtail_restore.exceptions import NotFaithful, OutOfMemory
from wagtail_restore.imaging.planning import Mode

A = model("a", "Doubler", scale=2)
PARTED = model("parted", "Thirsty", scale=2, partner="a")


def work(device: str) -> Work:
    return Work(pool(A, PARTED, device=device), Context(), Mode.STRICT, 0.6)


def doubled(engine: Engine) -> int:
    height: int = engine.run(np.zeros((2, 2, 3), np.float32)).shape[0]
    return height


def test_strict_mode_takes_a_faithful_model_though_another_is_preferred() -> None:
    dream = model("dream", "Doubler", scale=2, faithful=False)
    both = pool(dream, A, preferred={"photo": "dream"})
    assert model_for(Work(both, Context(), Mode.STRICT, 0.6), "upscale", "auto") is A
    assert model_for(Work(both, Context(), Mode.CREATIVE, 0.6), "upscale", "auto") is dream
    with pytest.raises(NotFaithful) as caught:
        model_for(Work(both, Context(), Mode.STRICT, 0.6), "upscale", "dream")
    assert caught.value.params == {"model": "dream"}


def test_where_no_model_is_faithful_strict_mode_says_so() -> None:
    alone = pool(model("dream", "Doubler", scale=2, faithful=False))
    with pytest.raises(NotFaithful):
        model_for(Work(alone, Context(), Mode.STRICT, 0.6), "upscale", "auto")


def test_when_a_gpu_is_too_small_the_cpu_makes_the_same_mix() -> None:
    height, engine = with_memory(work("cuda"), PARTED, doubled, mix=0.25)
    assert (height, engine.device, engine.mix) == (4, "cpu", Mix(A, 0.25))


def test_without_a_mix_the_model_is_taken_as_it_is() -> None:
    assert with_memory(work("cpu"), PARTED, doubled)[1].mix is None


def test_what_does_not_fit_on_the_cpu_either_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Doubler, "limit", 1)
    with pytest.raises(OutOfMemory):
        with_memory(work("cuda"), PARTED, doubled, mix=0.25)


VALUES = [-0.5, 0.0, 0.001, 0.25, 0.5, 0.9999, 1.0, 7.0]


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (np.uint8, [0, 0, 0, 64, 128, 255, 255, 255]),
        (np.uint16, [0, 0, 66, 16384, 32768, 65528, 65535, 65535]),
    ],
)
@pytest.mark.parametrize("shape", [(8,), (4, 2), (2, 4, 1), (1, 2, 4), (2, 1, 4)])
@pytest.mark.parametrize("given", [np.float32, np.float64])
def test_values_become_integers_whatever_their_shape(
    dtype: type, expected: list[int], shape: tuple[int, ...], given: type
) -> None:
    made = to_integers(np.array(VALUES, given).reshape(shape), np.dtype(dtype))
    assert (made.dtype, made.shape, made.ravel().tolist()) == (dtype, shape, expected)


def test_nothing_becomes_nothing() -> None:
    assert to_integers(np.zeros((0, 3), np.float32), np.dtype(np.uint8)).shape == (0, 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_integers_come_back_as_they_were(dtype: type) -> None:
    every = np.arange(np.iinfo(dtype).max + 1, dtype=dtype).reshape(-1, 4)[:, ::-1]
    assert (to_integers(to_float(every), np.dtype(dtype)) == every).all()
