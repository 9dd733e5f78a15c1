"""The command that fetches, proves, imports and removes weights; the downloads come from a real server."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.downloads import DATA, Server, serving
from wagtail_restore import catalogue
from wagtail_restore.conf import conf
from wagtail_restore.engines.pool import Pool

DIGEST = hashlib.sha256(DATA).hexdigest()
UPSCALER = "wagtail_restore.engines.upscale.Upscaler"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """The folder for weights of the test site."""
    folder = tmp_path / "weights"
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "WEIGHTS_FOLDERS": [str(folder)]}
    return folder


@pytest.fixture
def own(folder: Path, settings: Any) -> Any:
    """Adds a Model of the site's own."""

    def add(alias: str, *sources: str, **more: Any) -> None:
        values = {"kind": "upscale", "engine": UPSCALER, "scale": 4, "file": f"{alias}.pth", "sha256": DIGEST}
        values |= {"bytes": len(DATA), "licence": "MIT", "sources": list(sources), **more}
        known = {**settings.WAGTAIL_RESTORE.get("MODELS", {}), alias: values}
        settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "MODELS": known}

    return add


def visible(folder: Path) -> list[Path]:
    """What an administrator sees there; the folder of locks is hidden."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def run(*words: str, **options: Any) -> tuple[str, str]:
    """What the command writes on its two streams."""
    out, err = StringIO(), StringIO()
    call_command("restore_models", *words, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def refused(*words: str) -> str:
    """The sentence with which the command ends."""
    with pytest.raises(CommandError) as caught:
        run(*words)
    return str(caught.value)


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> list[str]:
    """Somebody sits at the terminal and says ``text``; gives what they were asked."""
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or text)
    return asked


# — list —


def test_the_table_names_every_model_and_fits_a_terminal(folder: Path) -> None:
    lines = run("list")[0].splitlines()
    assert lines[0].split() == ["MODEL", "FOR", "×", "SIZE", "LICENCE", "COMM.", "MODE", "SHA256", "WEIGHTS"]
    assert [line.split()[0] for line in lines[1 : lines.index("")]] == list(catalogue.shipped())
    assert max(map(len, lines)) <= 110
    (row,) = [line for line in lines if line.startswith("realesrgan-x4plus")]
    assert row.split() == [
        "realesrgan-x4plus",
        "photo",
        "4",
        "67.0",
        "MB",
        "BSD-3-Clause",
        "yes",
        "strict*",
        "yes",
        "missing",
    ]


def test_the_long_table_says_what_each_is_good_at_and_where_it_comes_from(folder: Path) -> None:
    told = run("list", "--long")[0]
    assert all(model.summary in told for model in catalogue.shipped().values())
    assert "https://github.com/xinntao/Real-ESRGAN/releases/download/v0.1.0/RealESRGAN_x4plus.pth" in told


def test_programs_get_one_document(folder: Path, own: Any) -> None:
    own("net")
    folder.mkdir()
    (folder / "net.pth").write_bytes(DATA)
    told = {entry["alias"]: entry for entry in json.loads(run("list", "--json")[0])}
    assert told["net"]["presence"] == "here"
    assert told["net"]["path"] == str(folder / "net.pth")
    assert told["compact-x4"]["presence"] == "bundled"
    assert told["resample"]["presence"] == "needs none"
    assert told["gfpgan-v1.4"]["faithful"] is False


def test_damaged_weights_stand_out(folder: Path, own: Any) -> None:
    own("net", commercial=False)
    folder.mkdir()
    (folder / "net.pth").write_bytes(b"damaged")
    (row,) = [line for line in run("list")[0].splitlines() if line.startswith("net ")]
    assert row.split()[-1] == "CORRUPT"
    assert " NO " in row


# — pull —


def test_a_model_is_fetched_and_is_not_fetched_twice(server: Server, folder: Path, own: Any) -> None:
    own("net", server.offer(), summary="Good.", licence_url="https://example.com/LICENSE")
    out, _ = run("pull", "net", "--yes")
    assert "net: 1.5 MB, MIT, may be used commercially" in out
    assert "https://example.com/LICENSE" in out and "Good." in out
    assert f"net is in {folder / 'net.pth'}. Its sha256 is that of the catalogue." in out
    assert (folder / "net.pth").read_bytes() == DATA
    assert run("pull", "net", "--yes")[0] == "net is here already.\n"
    assert len(server.asked) == 1


def test_without_a_terminal_the_licence_must_be_accepted_in_the_command(
    server: Server, folder: Path, own: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    own("net", server.offer())
    monkeypatch.setattr("sys.stdin", StringIO())
    assert refused("pull", "net") == "Nobody is here to be asked. Say the same again with --yes."
    assert server.asked == []


def test_at_a_terminal_the_licence_is_asked_for(
    server: Server, folder: Path, own: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    own("net", server.offer())
    asked = answer(monkeypatch, "")
    assert refused("pull", "net") == "Nothing was done."
    assert asked == [f"Fetch 1.5 MB into {folder}, and accept the licence? [y/N] "]
    assert server.asked == []
    answer(monkeypatch, "Y")
    run("pull", "net")
    assert (folder / "net.pth").exists()


def test_a_partner_comes_along(server: Server, folder: Path, own: Any) -> None:
    own("strong", server.offer("strong.pth"), partner="weak")
    own("weak", server.offer("weak.pth"))
    run("pull", "strong", "--yes")
    assert [path.name for path in visible(folder)] == ["strong.pth", "weak.pth"]


def test_what_finds_faces_comes_along_with_what_redraws_them(server: Server, folder: Path, own: Any) -> None:
    own("portrait", server.offer("portrait.pth"), kind="face", purpose="face")
    # Whatever the catalogue has of its own takes second place to a site's entry of the same name.
    own("yunet", server.offer("yunet.pth"), kind="detect", purpose="faces")
    run("pull", "portrait", "--yes")
    assert [path.name for path in visible(folder)] == ["portrait.pth", "yunet.pth"]


def test_a_source_that_fails_is_told_and_the_next_one_taken(server: Server, folder: Path, own: Any) -> None:
    missing = f"http://127.0.0.1:{server.server_port}/nothing"
    own("net", missing, server.offer())
    _, err = run("pull", "net", "--yes")
    assert f"“net” could not be fetched from {missing}: the server answers 404 Not Found. Trying" in err
    assert (folder / "net.pth").exists()


def test_one_that_cannot_be_fetched_does_not_keep_the_others_away(server: Server, folder: Path, own: Any) -> None:
    own("bad", f"http://127.0.0.1:{server.server_port}/nothing")
    own("good", server.offer("good.pth"))
    assert refused("pull", "bad", "good", "--yes").startswith("“bad” could not be fetched")
    assert [path.name for path in visible(folder)] == ["good.pth"]


def test_damaged_weights_are_fetched_anew(server: Server, folder: Path, own: Any) -> None:
    own("net", server.offer())
    folder.mkdir()
    (folder / "net.pth").write_bytes(b"damaged")
    run("pull", "net", "--yes")
    assert (folder / "net.pth").read_bytes() == DATA


def test_what_is_in_the_package_needs_no_fetching(folder: Path) -> None:
    out, _ = run("pull", "compact-x4", "resample", "--yes")
    assert out == "compact-x4 is bundled already.\nresample needs no weights.\n"


def test_a_name_that_nobody_knows_is_answered_with_all_that_there_are(folder: Path) -> None:
    assert refused("pull", "nothing").startswith(
        "There is no model called 'nothing'. There are: classic, compact-clean-x2,"
    )


def test_without_a_folder_the_line_for_the_settings_is_told(own: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "WEIGHTS_FOLDERS": []}
    assert 'WAGTAIL_RESTORE["WEIGHTS_FOLDERS"] = ["/srv/weights"]' in refused("pull", "scunet", "--yes")


def test_a_model_that_no_program_can_fetch_says_where_it_is(folder: Path, own: Any) -> None:
    own("drive", licence_url="https://example.com/model")
    assert refused("pull", "drive", "--yes") == (
        "The weights of “drive” cannot be fetched by a program. Get the file from https://example.com/model and "
        "import it: restore_models import FILE"
    )


def test_without_a_published_sha256_it_is_taken_only_when_told_to(server: Server, folder: Path, own: Any) -> None:
    own("net", server.offer(), sha256="")
    assert "--accept-unverified" in refused("pull", "net", "--yes")
    out, _ = run("pull", "net", "--yes", "--accept-unverified")
    assert "Its sha256 was noted beside it." in out
    assert run("verify", "net")[0] == "net: here\n"
    (row,) = [line for line in run("list")[0].splitlines() if line.startswith("net ")]
    assert "noted" in row
    (folder / "net.pth").write_bytes(b"something else")
    assert "Not in order: net." in refused("verify")


def test_a_folder_that_cannot_be_written_to_is_told_in_a_sentence(server: Server, folder: Path, own: Any) -> None:
    own("net", server.offer())
    folder.write_text("a file, not a folder")
    assert str(folder) in refused("pull", "net", "--yes")


# — verify —


def test_proving_reads_what_is_here(folder: Path, own: Any) -> None:
    own("net")
    own("unknown", sha256="")
    folder.mkdir()
    (folder / "net.pth").write_bytes(DATA)
    (folder / "unknown.pth").write_bytes(DATA)
    lines = run("verify")[0].splitlines()
    assert "compact-x4: bundled" in " ".join(lines)
    assert lines[-2:] == ["net: here", "unknown: here, but nobody knows its sha256"]
    assert "scunet" not in " ".join(lines)
    (folder / "net.pth").write_bytes(DATA[:-1])
    assert refused("verify") == "Not in order: net. Fetch anew: restore_models pull net"


def test_what_is_asked_after_and_not_here_is_not_in_order(folder: Path) -> None:
    assert refused("verify", "scunet") == "Not in order: scunet. Fetch anew: restore_models pull scunet"


# — import —


def test_the_weights_of_a_known_model_are_known_by_their_sha256(folder: Path, own: Any, tmp_path: Path) -> None:
    own("net")
    (tmp_path / "renamed.bin").write_bytes(DATA)
    out, _ = run("import", str(tmp_path / "renamed.bin"))
    assert out == f"These are the weights of net. They are in {folder / 'net.pth'}.\n"
    assert (folder / "net.pth").read_bytes() == DATA
    assert (tmp_path / "renamed.bin").exists()
    assert [path.name for path in visible(folder)] == ["net.pth"]


def test_weights_of_other_makes_become_a_model_that_a_worker_can_load(folder: Path, data: Path) -> None:
    source = data / "weights" / "realesr-general-x4v3.fp16src.pth"
    out, _ = run("import", str(source), "--alias", "press", "--purpose", "line", "--licence", "BSD-3-Clause")
    assert "RealESRGAN Compact, upscale ×4, 1,213,296 parameters" in out
    assert 'WAGTAIL_RESTORE["PREFERRED_MODELS"] = {"line": "press"}' in out
    known = catalogue.models(conf.MODELS, conf.WEIGHTS_FOLDERS)
    model = known["press"]
    assert (model.kind, model.purpose, model.scale, model.file) == ("upscale", "line", 4, "press.safetensors")
    assert (model.licence, model.commercial, model.faithful, model.invents) == ("BSD-3-Clause", True, True, True)
    assert (model.threshold, model.bytes) == (26.0, (folder / "press.safetensors").stat().st_size)
    pool = Pool(known, "cpu", (str(folder),), preferred={"photo": "press"})
    assert pool.choose("upscale") == model
    assert pool.get("press").capabilities.scale == 4
    assert "press: here" in run("verify", "press")[0]


def test_several_are_kept_in_one_list_and_odd_names_do_no_harm(folder: Path, data: Path, tmp_path: Path) -> None:
    odd = tmp_path / 'Grün "neu"\\ 🙂.pth'
    odd.write_bytes((data / "weights" / "dncnn_color_blind.pth").read_bytes())
    run("import", str(odd), "--regression", "--non-commercial")
    run("import", str(data / "weights" / "realesr-animevideov3.pth"), "--alias", "second")
    known = catalogue.imported(folder)
    assert list(known) == ["gr-n-neu"]
    calm = known["gr-n-neu"]
    assert (calm.kind, calm.purpose, calm.scale, calm.threshold) == ("denoise", "noise", 1, 24.0)
    assert (calm.invents, calm.commercial) == (False, False)
    assert calm.summary == f"Imported from {odd.name}."
    assert (folder / "realesr-animevideov3.pth").exists(), "which the catalogue knows, whatever it is to be called"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--alias", "compact-x4"), "there is a model called 'compact-x4' already; give another name with --alias."),
        (("--alias", "../x"), "'../x' cannot be an alias; give one of letters, digits, - and . with --alias."),
        (("--alias", "photo"), "'photo' cannot be an alias; give one of letters, digits, - and . with --alias."),
        (("--purpose", "noise"), "is for upscale; its purpose may be photo, clean, line, plain, own."),
    ],
)
def test_a_name_or_purpose_that_will_not_do_is_refused(
    folder: Path, data: Path, words: tuple[str, ...], sentence: str
) -> None:
    assert sentence in refused("import", str(data / "weights" / "realesr-general-x4v3.fp16src.pth"), *words)
    assert not folder.exists() or visible(folder) == []


@pytest.fixture
def imported(folder: Path, data: Path) -> str:
    """The path of weights that were imported as ``calm``."""
    source = str(data / "weights" / "dncnn_color_blind.pth")
    run("import", source, "--alias", "calm")
    return source


def test_a_model_whose_weights_are_gone_can_be_imported_again(folder: Path, imported: str) -> None:
    assert "there is a model called 'calm' already" in refused("import", imported, "--alias", "calm")
    (folder / "calm.safetensors").unlink()
    run("import", imported, "--alias", "calm", "--licence", "MIT")
    assert [path.name for path in visible(folder)] == ["calm.safetensors", "imported.toml"]
    assert {alias: model.licence for alias, model in catalogue.imported(folder).items()} == {"calm": "MIT"}


def test_weights_that_cannot_be_noted_are_not_left_in_the_way(
    folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, *arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    source = str(data / "weights" / "dncnn_color_blind.pth")
    catalogue.shipped()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", fail)
        assert "No space left on device" in refused("import", source, "--alias", "calm")
    assert visible(folder) == []
    run("import", source, "--alias", "calm")
    assert [path.name for path in visible(folder)] == ["calm.safetensors", "imported.toml"]


def test_a_file_that_is_no_weights_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "x.pth").write_bytes(b"no weights")
    assert refused("import", str(tmp_path / "x.pth")).startswith("The file was refused: ")
    assert "No such file" in refused("import", str(tmp_path / "nothing.pth"))
    assert not folder.exists() or visible(folder) == []


WEB = """
import sys
from tests.base_install import Absent
sys.meta_path.insert(0, Absent())
import django
django.setup()
from django.core.management import call_command
for words in (["list"], ["verify"], ["import", __file__]):
    call_command("restore_models", *words)
"""


def test_a_machine_without_torch_can_list_and_prove_and_says_what_it_lacks_to_import(tmp_path: Path) -> None:
    script = tmp_path / "web.py"
    script.write_text(WEB)
    env = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    done = subprocess.run([sys.executable, script], env=env, capture_output=True, text=True, check=False)
    assert "compact-x4: bundled" in done.stdout, done.stderr
    assert done.stderr.splitlines()[-1] == (
        "django.core.management.base.CommandError: This needs the worker's packages. Install them: "
        "pip install 'wagtail-restore[worker]'"
    )


# — remove —


def test_weights_are_deleted_with_all_that_is_noted_of_them(folder: Path, data: Path) -> None:
    run("import", str(data / "weights" / "dncnn_color_blind.pth"), "--alias", "calm")
    (folder / "calm.safetensors.part").write_bytes(b"the beginning of another try")
    out, _ = run("remove", "calm", "--yes")
    assert out.splitlines() == [
        str(folder / "calm.safetensors"),
        str(folder / "calm.safetensors.part"),
        f"the entry 'calm' of {folder / 'imported.toml'}",
    ]
    assert visible(folder) == []
    assert "calm" not in catalogue.models(conf.MODELS, conf.WEIGHTS_FOLDERS)


def test_a_model_whose_weights_are_gone_can_be_forgotten(folder: Path, imported: str) -> None:
    (folder / "calm.safetensors").unlink()
    out, _ = run("remove", "calm", "--yes")
    assert out == f"the entry 'calm' of {folder / 'imported.toml'}\n"
    assert visible(folder) == []
    assert refused("remove", "calm", "--yes").startswith("There is no model called 'calm'.")


def test_a_download_that_broke_off_can_be_thrown_away(folder: Path, own: Any) -> None:
    own("net")
    folder.mkdir()
    (folder / "net.pth.part").write_bytes(DATA[:1000])
    (folder / "net.pth.part.json").write_text("{}")
    out, _ = run("remove", "net", "--yes")
    assert out == f"{folder / 'net.pth.part'}\n{folder / 'net.pth.part.json'}\n"
    assert visible(folder) == []
    assert refused("remove", "net", "--yes") == f"net has no weights in {folder}."


def test_deleting_is_asked_for(folder: Path, own: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    own("net")
    folder.mkdir()
    (folder / "net.pth").write_bytes(DATA)
    asked = answer(monkeypatch, "n")
    assert refused("remove", "net") == "Nothing was done."
    assert asked == ["Delete this? [y/N] "]
    assert (folder / "net.pth").exists()
    answer(monkeypatch, "yes")
    run("remove", "net")
    assert visible(folder) == []


def test_what_is_not_in_the_folders_is_never_deleted(folder: Path, own: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside.pth"
    outside.write_bytes(DATA)
    own("outside", file=str(outside))
    told = refused("remove", "compact-x4", "--yes")
    assert told.startswith("compact-x4 lies in ") and told.endswith("; only what is in WEIGHTS_FOLDERS is removed.")
    assert f"outside lies in {outside};" in refused("remove", "outside", "--yes")
    assert refused("remove", "scunet", "--yes") == f"scunet has no weights in {folder}."
    assert outside.exists()


# — settings and a catalogue that cannot be read —


@pytest.mark.parametrize("words", [("list",), ("pull", "scunet", "--yes"), ("remove", "scunet", "--yes")])
def test_folders_that_are_a_text_are_told_and_nothing_is_touched(tmp_path: Path, settings: Any, words: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "WEIGHTS_FOLDERS": str(tmp_path), "OFER": ()}
    first, second = refused(*words).splitlines()
    assert first == (
        "WAGTAIL_RESTORE['WEIGHTS_FOLDERS'] must be of type tuple, not str. "
        "Correct the value, or leave the key out for its default. See docs/reference/checks.md#e001."
    )
    assert second.startswith("WAGTAIL_RESTORE has no key 'OFER'. The keys are: ")
    assert visible(tmp_path) == []


def test_a_broken_list_of_imported_models_is_told_with_its_file(folder: Path) -> None:
    folder.mkdir()
    (folder / "imported.toml").write_text('[net]\nkind = "upscale"\nfile = "../../etc/x"\n')
    assert f"{folder / 'imported.toml'}: the entry 'net' of the catalogue lacks: engine" in refused("list")
