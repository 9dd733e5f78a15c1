"""Weights from servers that behave, that break off, that lie and that are not there; all of them real ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.downloads import DATA, Server, serving
from wagtail_restore.catalogue import Model
from wagtail_restore.engines import fetch as fetching
from wagtail_restore.engines import weights
from wagtail_restore.engines.fetch import fetch
from wagtail_restore.engines.partial import LOCKS, alone
from wagtail_restore.exceptions import DownloadFailed, NoSource, NoSpace, Unverified

PIECE = fetching.PIECE
MOST = 20 * PIECE
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def model(*sources: str, **more: Any) -> Model:
    values = {"file": "net.pth", "sha256": DIGEST, "bytes": len(DATA), **more}
    return Model("net", "upscale", "x.Y", sources=sources, **values)


def files(folder: Path) -> list[str]:
    """All but the folder of locks."""
    return sorted(path.name for path in folder.iterdir() if path.name != LOCKS)


def test_a_file_arrives_whole_under_its_name_and_nothing_else_is_left(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = fetch(model(server.offer()), tmp_path / "new", progress=lambda *told: seen.append(told))
    assert path == tmp_path / "new" / "net.pth"
    assert path.read_bytes() == DATA
    assert files(tmp_path / "new") == ["net.pth"]
    assert seen == [(min(n * PIECE, len(DATA)), len(DATA)) for n in range(1, 25)]


def test_what_another_command_is_fetching_is_left_to_it(server: Server, tmp_path: Path) -> None:
    one = model(server.offer())
    with alone(tmp_path / "net.pth"), pytest.raises(DownloadFailed) as caught:
        fetch(one, tmp_path)
    assert caught.value.params["detail"] == ("another command is fetching it into the same folder; wait for that one")
    assert (server.asked, files(tmp_path)) == ([], [])
    assert fetch(one, tmp_path).read_bytes() == DATA


def test_a_connection_that_breaks_off_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    fetch(model(server.offer(cut_after=[10 * PIECE, 5 * PIECE + 3])), tmp_path)
    assert server.asked == [
        ("/net.pth", ""),
        ("/net.pth", f"bytes={10 * PIECE}-"),
        ("/net.pth", f"bytes={15 * PIECE}-"),
    ]
    assert (tmp_path / "net.pth").read_bytes() == DATA


def test_what_an_earlier_call_received_is_not_asked_for_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = server.offer(cut_after=[MOST])
    monkeypatch.setattr(fetching, "TRIES", 1)
    with pytest.raises(DownloadFailed):
        fetch(model(source), tmp_path)
    assert files(tmp_path) == ["net.pth.part", "net.pth.part.json"]
    assert fetch(model(source), tmp_path).read_bytes() == DATA
    assert server.asked[-1] == ("/net.pth", f"bytes={MOST}-")


def test_a_file_that_changed_meanwhile_begins_anew(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = server.offer(data=b"x" * len(DATA), cut_after=[MOST])
    monkeypatch.setattr(fetching, "TRIES", 1)
    with pytest.raises(DownloadFailed):
        fetch(model(source), tmp_path)
    server.offer(etag='"two"')
    assert fetch(model(source), tmp_path).read_bytes() == DATA


@pytest.mark.parametrize("more", [{"ranges": False}, {"etag": ""}, {"etag": 'W/"weak"'}])
def test_a_server_that_cannot_go_on_is_begun_anew_by_the_next_call(
    server: Server, tmp_path: Path, more: dict[str, Any]
) -> None:
    source = server.offer(cut_after=[MOST] * fetching.TRIES, **more)
    with pytest.raises(DownloadFailed):
        fetch(model(source), tmp_path)
    assert not (tmp_path / "net.pth").exists()
    server.offer(**more)
    assert fetch(model(source), tmp_path).read_bytes() == DATA


@pytest.mark.parametrize(
    "content_range", ["bytes 5-1535999/1536000", f"bytes {MOST}-9/99999", "nonsense", f"bytes {MOST}-9/9999999999"]
)
def test_another_part_than_the_one_asked_for_is_thrown_away(server: Server, tmp_path: Path, content_range: str) -> None:
    source = server.offer(cut_after=[MOST], content_range=content_range)
    assert fetch(model(source), tmp_path).read_bytes() == DATA
    assert [asked for _, asked in server.asked] == ["", f"bytes={MOST}-", ""]


def test_a_beginning_that_was_damaged_on_the_disk_is_noticed_and_begun_anew(server: Server, tmp_path: Path) -> None:
    source = server.offer()
    (tmp_path / "net.pth.part").write_bytes(b"?" * MOST)
    note = {"source": source, "etag": '"one"', "total": len(DATA)}
    (tmp_path / "net.pth.part.json").write_text(json.dumps(note))
    assert fetch(model(source), tmp_path).read_bytes() == DATA
    assert [asked for _, asked in server.asked] == [f"bytes={MOST}-", ""]


@pytest.mark.parametrize("note", ["", "[]", '{"source": 1}', '{"source": "x", "etag": "y", "total": "z"}'])
def test_a_beginning_of_unknown_origin_is_begun_anew(server: Server, tmp_path: Path, note: str) -> None:
    (tmp_path / "net.pth.part").write_bytes(b"?" * 1000)
    (tmp_path / "net.pth.part.json").write_text(note)
    assert fetch(model(server.offer()), tmp_path).read_bytes() == DATA


def test_a_file_that_has_shrunk_below_what_is_here_is_begun_anew(server: Server, tmp_path: Path) -> None:
    source = server.offer()
    (tmp_path / "net.pth.part").write_bytes(b"?" * (len(DATA) + 100))
    note = {"source": source, "etag": '"one"', "total": len(DATA) + 200}
    (tmp_path / "net.pth.part.json").write_text(json.dumps(note))
    assert fetch(model(source), tmp_path).read_bytes() == DATA
    assert len(server.asked) == 2


def test_a_whole_beginning_is_only_proved(server: Server, tmp_path: Path) -> None:
    source = server.offer()
    (tmp_path / "net.pth.part").write_bytes(DATA)
    note = {"source": source, "etag": '"one"', "total": len(DATA)}
    (tmp_path / "net.pth.part.json").write_text(json.dumps(note))
    assert fetch(model(source), tmp_path).read_bytes() == DATA
    assert server.asked == []


def test_the_next_source_is_taken_when_one_has_it_not_and_when_one_lies(server: Server, tmp_path: Path) -> None:
    lies = server.offer("other.pth", data=b"x" * len(DATA))
    missing = f"http://127.0.0.1:{server.server_port}/nothing.pth"
    told: list[DownloadFailed] = []
    fetch(model(missing, lies, server.offer()), tmp_path, failed=told.append)
    assert [error.params["source"] for error in told] == [missing, lies]
    assert told[0].params["detail"] == "the server answers 404 Not Found"
    assert told[1].params["detail"] == "what came is not the file that the catalogue describes"
    assert files(tmp_path) == ["net.pth"]


def test_wrong_bytes_leave_nothing_under_the_name_and_what_was_there_before_stays(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "net.pth").write_bytes(b"before")
    with pytest.raises(DownloadFailed, match="not the file"):
        fetch(model(server.offer(data=b"x" * len(DATA))), tmp_path)
    assert files(tmp_path) == ["net.pth"]
    assert (tmp_path / "net.pth").read_bytes() == b"before"


def test_nobody_at_the_address(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="no connection"):
        fetch(model("http://127.0.0.1:9/net.pth"), tmp_path)


def test_a_connection_that_breaks_off_again_and_again_is_told(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="the connection broke off"):
        fetch(model(server.offer(cut_after=[PIECE] * fetching.TRIES)), tmp_path)
    assert len(server.asked) == fetching.TRIES


@pytest.mark.parametrize("length", [True, False], ids=["announced", "unannounced"])
def test_more_bytes_than_the_catalogue_says_are_not_taken(server: Server, tmp_path: Path, length: bool) -> None:
    source = server.offer(data=DATA * 3, length=length)
    with pytest.raises(DownloadFailed, match="larger than"):
        fetch(model(source), tmp_path)
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "source", ["http://example.com/net.pth", "ftp://example.com/net.pth", "file:///etc/passwd", "https:///net.pth"]
)
def test_only_https_is_spoken_to_others(tmp_path: Path, source: str) -> None:
    with pytest.raises(DownloadFailed, match="is not https"):
        fetch(model(source), tmp_path)


@pytest.mark.parametrize("target", ["http://example.com/net.pth", "file:///etc/passwd", "//example.com/net.pth"])
def test_a_redirect_to_anything_but_https_is_not_followed(server: Server, tmp_path: Path, target: str) -> None:
    source = server.offer(status=302, headers={"Location": target})
    with pytest.raises(DownloadFailed, match="is not https"):
        fetch(model(source), tmp_path)


def test_from_https_no_redirect_leads_to_this_machine() -> None:
    from requests.exceptions import InvalidURL

    with pytest.raises(InvalidURL):
        fetching.check_address("http://localhost/admin", local=False)


def test_redirects_are_followed_but_not_for_ever(server: Server, tmp_path: Path) -> None:
    server.offer("far.pth")
    near = server.offer("near.pth", status=302, headers={"Location": "/far.pth"})
    assert fetch(model(near), tmp_path).read_bytes() == DATA
    loop = server.offer("loop.pth", status=302, headers={"Location": "/loop.pth"})
    with pytest.raises(DownloadFailed, match="redirects"):
        fetch(model(loop), tmp_path)


def test_a_header_without_end_is_refused(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed):
        fetch(model(server.offer(headers={"X-Long": "x" * 200_000})), tmp_path)


@pytest.mark.parametrize("name", ["../net.pth", "/tmp/net.pth", "a/b.pth", "", ".net.pth", "net.pth\n", "C:net.pth"])
def test_a_name_that_leads_elsewhere_is_refused(server: Server, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "weights"
    with pytest.raises(DownloadFailed, match="is no file name"):
        fetch(model(server.offer(), file=name), folder)
    assert files(tmp_path) == []
    assert server.asked == []


@pytest.mark.parametrize("name", ["net.pth.part", "net.pth.part.json", "net.pth"])
def test_a_link_in_the_place_of_a_file_is_not_written_through(server: Server, tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("before")
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / name).symlink_to(victim)
    assert not fetch(model(server.offer()), folder).is_symlink()
    assert victim.read_text() == "before"


def test_a_disk_without_room_is_noticed_before_anything_is_asked_for(server: Server, tmp_path: Path) -> None:
    with pytest.raises(NoSpace) as caught:
        fetch(model(server.offer(), bytes=10**18), tmp_path)
    assert caught.value.params["needs"] == 10**12
    assert server.asked == []


def test_a_model_that_nobody_offers_is_answered_with_its_page(tmp_path: Path) -> None:
    with pytest.raises(NoSource) as caught:
        fetch(model(licence_url="https://example.com/LICENSE"), tmp_path)
    assert caught.value.params == {"model": "net", "page": "https://example.com/LICENSE"}


def test_a_file_without_a_published_sha256_is_taken_only_when_told_to(server: Server, tmp_path: Path) -> None:
    unknown = model(server.offer(), sha256="")
    with pytest.raises(Unverified):
        fetch(unknown, tmp_path)
    path = fetch(unknown, tmp_path, unverified=True)
    assert (tmp_path / "net.pth.sha256").read_text() == f"{DIGEST}  net.pth\n"
    assert weights.presence(unknown, [tmp_path]) is weights.Presence.HERE
    path.write_bytes(DATA[:-1])
    assert weights.presence(unknown, [tmp_path]) is weights.Presence.CORRUPT


@pytest.mark.parametrize("data", [b"", DATA[:-1]])
def test_without_a_sha256_at_least_the_size_must_be_right(server: Server, tmp_path: Path, data: bytes) -> None:
    with pytest.raises(DownloadFailed, match="not the file"):
        fetch(model(server.offer(data=data), sha256="", bytes=len(DATA) if data else 0), tmp_path, unverified=True)


def test_a_sha256_in_capitals_is_the_same(server: Server, tmp_path: Path) -> None:
    assert fetch(replace(model(server.offer()), sha256=DIGEST.upper()), tmp_path).read_bytes() == DATA
