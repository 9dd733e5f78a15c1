"""Which Model is taken for a Step, and what an entry of the catalogue may say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wagtail_restore.catalogue import PURPOSES, Model, find, imported, models, shipped
from wagtail_restore.exceptions import UnknownModel

FREE = {"BSD-3-Clause", "Apache-2.0", "MIT"}


def known(*entries: Model) -> dict[str, Model]:
    return {entry.alias: entry for entry in entries}


def entry(alias: str, purpose: str, scale: int = 4, kind: str = "upscale", **more: Any) -> Model:
    return Model(alias, kind, "x.Y", purpose=purpose, scale=scale, **more)


PHOTO2, PHOTO4 = entry("photo-x2", "photo", 2), entry("photo-x4", "photo", 4)
LINE4 = entry("line-x4", "line", 4)
OWN = entry("mine", "own", 8)
NOISE = entry("calm", "noise", 1, "denoise")
ALL = known(PHOTO2, PHOTO4, LINE4, OWN, NOISE)


@pytest.mark.parametrize(
    ("scale", "alias"), [(1.0, "compact-x2"), (2.0, "compact-x2"), (2.5, "compact-x4"), (9.0, "compact-x4")]
)
def test_the_first_network_that_suffices_is_taken_else_the_largest(scale: float, alias: str) -> None:
    assert find(models(), "upscale", "photo", scale=scale).alias == alias


def test_a_purpose_without_a_model_of_its_own_gets_that_of_photos() -> None:
    assert find(known(PHOTO2, PHOTO4, OWN), "upscale", "line", scale=4.0) is PHOTO4


def test_what_is_kept_for_its_alias_is_never_taken_for_a_purpose() -> None:
    assert find(known(OWN, PHOTO2), "upscale", scale=8.0) is PHOTO2
    with pytest.raises(UnknownModel):
        find(known(OWN), "upscale", "photo")


def test_an_alias_is_taken_by_its_name_whatever_is_preferred() -> None:
    assert find(models(), "upscale", "resample", scale=4.0, preferred={"photo": "compact-x2"}).alias == "resample"


def test_auto_means_photographs_for_upscaling_and_noise_for_cleaning() -> None:
    assert find(ALL, "upscale") is PHOTO2
    assert find(ALL, "denoise") is NOISE


def test_the_preferred_model_of_a_purpose_is_taken_even_when_a_smaller_one_suffices() -> None:
    preferred = {"photo": "photo-x4", "noise": "calm"}
    assert find(ALL, "upscale", preferred=preferred) is PHOTO4
    assert find(ALL, "upscale", "line", preferred=preferred) is LINE4
    assert find(ALL, "denoise", "noise", preferred=preferred) is NOISE


def test_who_prefers_a_model_for_photographs_prefers_it_for_clean_ones_too() -> None:
    clean = replace(PHOTO2, alias="clean-x2", purpose="clean")
    known = {**ALL, clean.alias: clean}
    assert find(known, "upscale", "clean") is clean
    assert find(known, "upscale", "clean", preferred={"photo": "photo-x4"}) is PHOTO4
    assert find(known, "upscale", "clean", preferred={"photo": "photo-x4", "clean": "clean-x2"}) is clean
    assert find(ALL, "upscale", "clean") is PHOTO2


@pytest.mark.parametrize("alias", ["nothing", "calm"])
def test_a_preferred_model_that_is_unknown_or_of_another_kind_is_passed_over(alias: str) -> None:
    assert find(ALL, "upscale", preferred={"photo": alias}) is PHOTO2


def test_a_preferred_model_whose_weights_are_not_here_is_passed_over() -> None:
    here = {"photo-x2"}
    assert find(ALL, "upscale", preferred={"photo": "photo-x4"}, at_hand=lambda m: m.alias in here) is PHOTO2


def test_weights_that_are_here_go_before_a_better_purpose() -> None:
    assert find(ALL, "upscale", "line", scale=4.0, at_hand=lambda m: m.purpose == "photo") is PHOTO4


def test_where_no_weights_are_here_the_fitting_model_is_named() -> None:
    assert find(ALL, "upscale", "line", at_hand=lambda m: False) is LINE4
    assert find(ALL, "denoise", "noise", at_hand=lambda m: False) is NOISE


DREAM4 = entry("dream-x4", "photo", 4, faithful=False)
DRAWN4 = entry("drawn-x4", "line", 4, faithful=False)
FACE = entry("portrait", "face", 1, "face", faithful=False)


@pytest.mark.parametrize(
    ("choice", "preferred", "here", "alias"),
    [
        ("auto", {}, {"dream-x4", "photo-x2"}, "photo-x2"),
        ("photo", {"photo": "dream-x4"}, {"dream-x4", "photo-x2"}, "photo-x2"),
        ("photo", {"photo": "mine"}, {"dream-x4", "mine"}, "mine"),
        ("line", {}, {"drawn-x4", "photo-x2"}, "photo-x2"),
        ("photo", {}, {"dream-x4"}, "photo-x2"),
        ("dream-x4", {}, {"photo-x2"}, "dream-x4"),
    ],
)
def test_strict_mode_chooses_among_faithful_models_and_takes_an_alias_by_its_name(
    choice: str, preferred: dict[str, str], here: set[str], alias: str
) -> None:
    able = known(DREAM4, DRAWN4, PHOTO2, OWN)
    found = find(able, "upscale", choice, preferred=preferred, at_hand=lambda m: m.alias in here, strict=True)
    assert found.alias == alias


def test_where_strict_mode_has_no_faithful_model_the_other_is_named() -> None:
    assert find(known(FACE), "face", strict=True) is FACE
    assert find(known(DREAM4, OWN), "upscale", preferred={"photo": "dream-x4"}, strict=True) is DREAM4
    assert find(known(DREAM4, PHOTO2), "upscale", preferred={"photo": "dream-x4"}) is DREAM4


@pytest.mark.parametrize(
    ("kind", "choice", "names"),
    [
        ("upscale", "classic", ["line-x4", "mine", "photo-x2", "photo-x4"]),
        ("upscale", "calm", ["line-x4", "mine", "photo-x2", "photo-x4"]),
        ("upscale", "noise", ["line-x4", "mine", "photo-x2", "photo-x4"]),
        ("denoise", "jpeg", ["calm"]),
        ("erase", "auto", []),
    ],
)
def test_a_choice_that_nobody_serves_is_answered_with_those_of_its_kind(
    kind: str, choice: str, names: list[str]
) -> None:
    with pytest.raises(UnknownModel) as caught:
        find(ALL, kind, choice)
    assert caught.value.params == {"model": choice, "known": names}


def test_the_sites_own_model_takes_the_place_of_ours() -> None:
    own = {"kind": "upscale", "engine": "site.Engine", "scale": 2}
    assert find(models({"compact-x2": own}), "upscale", scale=2.0).engine == "site.Engine"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"licens": "MIT"}, "the entry 'mine' of the catalogue has unknown keys: licens"),
        ({"alias": "yours"}, "the entry 'mine' of the catalogue has unknown keys: alias"),
        ({"scale": "4"}, "'scale' of the entry 'mine' of the catalogue must be a whole number, not '4'"),
        ({"scale": True}, "'scale' of the entry 'mine' of the catalogue must be a whole number, not True"),
        ({"faithful": "no"}, "'faithful' of the entry 'mine' of the catalogue must be true or false, not 'no'"),
        ({"sources": "https://x"}, "'sources' of the entry 'mine' of the catalogue must be a list of texts"),
    ],
)
def test_an_entry_with_a_wrong_key_or_value_is_refused_in_words(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match="mine") as caught:
        models({"mine": {"kind": "upscale", "engine": "x.Y", **values}})
    assert words in str(caught.value)


def test_an_entry_without_kind_or_engine_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="the entry 'mine' of the catalogue lacks: engine, kind"):
        models({"mine": {"scale": 4}})


IMPORTED = """
[press]
kind = "upscale"
engine = "wagtail_restore.engines.upscale.Upscaler"
scale = 2
file = "press.safetensors"
"""


def test_imported_models_come_between_ours_and_those_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "imported.toml").write_text(
        IMPORTED + '[compact-x4]\nkind="upscale"\nengine="wagtail_restore.engines.upscale.Upscaler"\nfile="a.pth"\n'
    )
    assert models(folders=[tmp_path])["press"].scale == 2
    assert models(folders=[tmp_path])["compact-x4"].file == "a.pth"
    own = {"press": {"kind": "upscale", "engine": "site.Engine"}}
    assert models(own, folders=[str(tmp_path)])["press"].engine == "site.Engine"


def test_a_folder_that_is_not_on_this_machine_is_passed_over(tmp_path: Path) -> None:
    assert models(folders=[tmp_path / "nowhere"]) == dict(shipped())
    assert imported(tmp_path) == {}


def test_a_list_that_may_not_be_read_is_told_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", _refuse)
    with pytest.raises(ValueError, match="imported") as caught:
        imported(tmp_path)
    assert str(caught.value) == f"{tmp_path / 'imported.toml'}: Permission denied"
    assert isinstance(caught.value.__cause__, PermissionError)


def _refuse(path: Path, *arguments: Any) -> str:
    raise PermissionError(13, "Permission denied", str(path))


def test_a_file_in_the_place_of_a_folder_holds_no_models(tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("no folder")
    assert imported(tmp_path / "weights") == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("press.safetensors", "../press.safetensors"),
        ("press.safetensors", "/etc/press.safetensors"),
        ("press.safetensors", ".hidden"),
        ("wagtail_restore.engines.upscale.Upscaler", "os.system"),
        ("scale = 2", 'scale = "two"'),
        ("scale = 2", "scale = "),
        ("[press]", "press = 1\n[x]"),
    ],
)
def test_an_imported_entry_that_is_broken_or_leads_elsewhere_is_refused_with_its_file(
    tmp_path: Path, before: str, after: str
) -> None:
    (tmp_path / "imported.toml").write_text(IMPORTED.replace(before, after))
    with pytest.raises(ValueError, match=r"imported\.toml"):
        models(folders=[tmp_path])


EVERY = pytest.mark.parametrize("model", shipped().values(), ids=lambda model: model.alias)


@EVERY
def test_a_shipped_entry_says_what_it_is_and_under_which_licence(model: Model) -> None:
    assert model.purpose in PURPOSES[model.kind]
    assert model.licence in FREE
    assert model.commercial
    assert model.summary.endswith(".") and ": " not in model.licence


@EVERY
def test_a_shipped_entry_is_bundled_or_can_be_fetched_and_proved(model: Model) -> None:
    if model.bundled or not model.file:
        assert not model.sources
        return
    assert model.sources and all(source.startswith("https://") for source in model.sources)
    assert model.licence_url.startswith("https://")
    assert model.bytes > 200_000 and model.parameters > 50_000
    assert len(model.sha256) == 64 and int(model.sha256, 16)
    assert model.checksum_from.startswith("https://")


@EVERY
def test_a_shipped_entry_has_a_partner_of_its_own_shape_or_none(model: Model) -> None:
    if not model.partner:
        return
    partner = shipped()[model.partner]
    assert (partner.kind, partner.scale, partner.parameters) == (model.kind, model.scale, model.parameters)


@EVERY
def test_a_shipped_entry_may_run_in_strict_mode_only_with_a_threshold(model: Model) -> None:
    assert not (model.kind in ("upscale", "denoise") and model.faithful) or model.threshold >= 20
    assert model.kind != "face" or not model.faithful


def size_of(model: Model) -> str:
    if model.bundled:
        return "in the package"
    return f"{model.bytes / 1e6:.1f} MB" if model.file else "none"


def test_the_table_in_the_documentation_says_what_the_catalogue_says() -> None:
    page = Path(__file__).resolve().parent.parent / "docs" / "reference" / "catalogue.md"
    lines = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| `") and line.count("|") == 9]
    told = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    assert told == [
        [
            model.alias,
            f"{model.kind} ×{model.scale}" if model.scale > 1 else model.kind,
            model.purpose,
            model.architecture or "–",
            size_of(model),
            model.licence,
            "yes" if model.faithful else "no",
            "yes" if model.invents else "no",
        ]
        for model in shipped().values()
    ]
