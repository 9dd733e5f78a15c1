"""Weights are found where they may lie, and proved to be the right file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from wagtail_restore.catalogue import Model
from wagtail_restore.engines import weights
from wagtail_restore.engines.weights import Presence
from wagtail_restore.exceptions import WeightsCorrupt, WeightsMissing


def model(file: str, sha256: str = "") -> Model:
    return Model("m", "upscale", "x.Y", file=file, sha256=sha256)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_bundled_file_is_found_by_its_name() -> None:
    assert weights.locate(model("compact-x4.safetensors")).name == "compact-x4.safetensors"


def test_a_file_is_found_in_the_folders_of_the_site(tmp_path: Path) -> None:
    (tmp_path / "own.pth").write_bytes(b"abc")
    found = weights.locate(model("own.pth", digest(b"abc")), ("/nowhere", str(tmp_path)))
    assert found == (tmp_path / "own.pth").resolve()


def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    path.write_bytes(b"abc")
    assert weights.locate(model(str(path))) == path


@pytest.mark.parametrize("file", ["nothing.pth", "/nothing/at/all.pth", ""])
def test_what_is_nowhere_is_missing(file: str) -> None:
    with pytest.raises(WeightsMissing) as caught:
        weights.locate(model(file))
    assert caught.value.params == {"model": "m", "path": file}


def test_a_name_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.pth").write_bytes(b"abc")
    folder = tmp_path / "weights"
    folder.mkdir()
    assert weights.find(model("../secret.pth"), (folder,)) is None


def test_another_file_under_the_same_name_is_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    path.write_bytes(b"abc")
    with pytest.raises(WeightsCorrupt):
        weights.locate(model(str(path), digest(b"abd")))


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    path.write_bytes(b"abc")
    assert weights.sha256(path) == digest(b"abc")
    path.write_bytes(b"abcd")
    assert weights.sha256(path) == digest(b"abcd")


def test_a_capital_sha256_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    path.write_bytes(b"abc")
    assert weights.locate(model(str(path), digest(b"abc").upper())) == path


def test_a_sha256_that_was_noted_beside_a_file_holds_it_to_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    path.write_bytes(b"abc")
    weights.remember(path, digest(b"abc"))
    assert (tmp_path / "own.pth.sha256").read_text() == f"{digest(b'abc')}  own.pth\n"
    assert weights.locate(model("own.pth"), [tmp_path]) == path
    path.write_bytes(b"abcd")
    with pytest.raises(WeightsCorrupt):
        weights.locate(model("own.pth"), [tmp_path])


def test_the_catalogue_goes_before_what_was_noted(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    path.write_bytes(b"abc")
    weights.remember(path, digest(b"something else"))
    assert weights.expected(model("own.pth", digest(b"abc").upper()), path) == digest(b"abc")


def test_a_note_that_says_nothing_is_no_proof(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    path.write_bytes(b"abc")
    weights.beside(path).write_bytes(b"\xff\xfe rubbish")
    assert weights.presence(model("own.pth"), [tmp_path]) is Presence.CORRUPT


def test_where_the_weights_of_a_model_are(tmp_path: Path) -> None:
    (tmp_path / "own.pth").write_bytes(b"abc")
    told = {
        file: weights.presence(model(file, sha256), [tmp_path])
        for file, sha256 in (
            ("", ""),
            ("compact-x4.safetensors", ""),
            ("own.pth", digest(b"abc")),
            ("other.pth", digest(b"abc")),
        )
    }
    assert told == {
        "": Presence.NEEDLESS,
        "compact-x4.safetensors": Presence.BUNDLED,
        "own.pth": Presence.HERE,
        "other.pth": Presence.MISSING,
    }
    assert weights.presence(model("own.pth", digest(b"abd")), [tmp_path]) is Presence.CORRUPT
