"""The network that is trained: what it is before the first step, and what it takes over from another."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from training.network import Compact, take_body  # noqa: E402


@pytest.fixture
def picture() -> Tensor:
    drawn: Tensor = torch.rand((1, 3, 20, 24), generator=torch.Generator().manual_seed(1))
    return drawn


@pytest.mark.parametrize("scale", [2, 4])
def test_an_untrained_network_enlarges_as_bicubic_does(picture: Tensor, scale: int) -> None:
    expected = F.interpolate(picture, scale_factor=scale, mode="bicubic", antialias=True)
    inside = slice(3 * scale, -3 * scale)
    result = Compact(features=32, depth=2, scale=scale)(picture)
    assert result.shape == expected.shape
    torch.testing.assert_close(result[..., inside, inside], expected[..., inside, inside], atol=1e-5, rtol=0)


def test_every_feature_of_a_new_network_gets_a_gradient_at_once(picture: Tensor) -> None:
    network = Compact(features=32, depth=2, scale=2)
    last = network.body[-1].get_parameter("weight")
    (gradient,) = torch.autograd.grad(F.l1_loss(network(picture), torch.zeros(1, 3, 40, 48)), [last])
    assert gradient.abs().amax(dim=(0, 2, 3)).min() > 0


def test_too_few_features_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 27 features"):
        Compact(features=16, depth=2, scale=4)


def test_times_two_takes_the_body_and_starts_as_times_four_at_half_size(picture: Tensor) -> None:
    trained = Compact(features=28, depth=1, scale=4)
    torch.nn.init.normal_(trained.body[-1].weight, std=0.05)
    network = Compact(features=28, depth=1, scale=2)
    take_body(network, trained.state_dict())
    torch.testing.assert_close(network.body[2].weight, trained.body[2].weight)
    torch.testing.assert_close(network(picture), F.avg_pool2d(trained(picture), 2), atol=1e-5, rtol=1e-4)


def test_a_scale_that_does_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match="a ×2 network cannot start a ×4 network"):
        take_body(Compact(features=28, depth=1, scale=4), Compact(features=28, depth=1, scale=2).state_dict())
