"""Which Model is taken for a Step."""

from __future__ import annotations

import pytest

from wagtail_restore.catalogue import find, models
from wagtail_restore.exceptions import UnknownModel


@pytest.mark.parametrize(
    ("scale", "alias"), [(1.0, "compact-x2"), (2.0, "compact-x2"), (2.5, "compact-x4"), (9.0, "compact-x4")]
)
def test_the_first_network_that_suffices_is_taken_else_the_largest(scale: float, alias: str) -> None:
    assert find(models(), "upscale", "photo", scale=scale).alias == alias


def test_a_purpose_without_a_model_of_its_own_gets_that_of_photos() -> None:
    assert find(models(), "upscale", "line", scale=4.0).alias == "compact-x4"


def test_an_alias_is_taken_by_its_name() -> None:
    assert find(models(), "upscale", "resample", scale=4.0).alias == "resample"


def test_a_model_for_another_step_is_none() -> None:
    with pytest.raises(UnknownModel) as caught:
        find(models(), "upscale", "classic")
    assert caught.value.params["model"] == "classic"


def test_the_sites_own_model_takes_the_place_of_ours() -> None:
    own = {"kind": "upscale", "engine": "site.Engine", "scale": 2}
    assert find(models({"compact-x2": own}), "upscale", scale=2.0).engine == "site.Engine"


def test_an_entry_with_a_key_that_we_do_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="'mine' of the catalogue has unknown keys: licens"):
        models({"mine": {"kind": "upscale", "engine": "x.Y", "licens": "MIT"}})
