"""One message over real HTTP: where it goes, where it does not, and that the address stands in no error."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from wagtail_restore.notify import webhook
from wagtail_restore.notify.webhook import NotTaken, fits, post


class Chat(HTTPServer):
    """Keeps what was posted to it, and answers as it is told."""

    status = 200
    silent_for = 0.0
    drips_for = 0.0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.got: list[tuple[str, str, dict[str, Any]]] = []
        self.address = f"http://127.0.0.1:{self.server_port}/services/T0/secret"


class Answer(BaseHTTPRequestHandler):
    server: Chat

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, self.headers["Content-Type"], json.loads(body)))
        time.sleep(self.server.silent_for)
        if self.server.drips_for:
            self._drip()
            return
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def _drip(self) -> None:
        end = time.monotonic() + self.server.drips_for
        with suppress(OSError):
            self.wfile.write(b"HTTP/1.0 200 ")
            while time.monotonic() < end:
                self.wfile.write(b"O")
                time.sleep(0.05)

    do_GET = do_POST

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def chat() -> Iterator[Chat]:
    server = Chat()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def why_not(address: str) -> str:
    with pytest.raises(NotTaken) as caught:
        post(address, {"text": "Hello"})
    assert "secret" not in repr(caught.value)
    assert caught.value.__context__ is None
    return str(caught.value)


def test_it_is_posted_as_json(chat: Chat) -> None:
    post(chat.address, {"text": "Zwölf & mehr"})
    assert chat.got == [("/services/T0/secret", "application/json", {"text": "Zwölf & mehr"})]


@pytest.mark.parametrize("status", [404, 410, 500])
def test_an_error_is_told_by_its_number(chat: Chat, status: int) -> None:
    chat.status = status
    assert why_not(chat.address) == f"HTTP {status}"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(chat: Chat, status: int) -> None:
    chat.status = status
    assert why_not(chat.address) == f"HTTP {status}"
    assert len(chat.got) == 1


def test_a_silent_server_is_not_waited_for(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 0.2)
    chat.silent_for = 1.0
    assert why_not(chat.address) == "no answer in time"


def test_a_server_that_drips_is_not_waited_for_either(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 0.2)
    monkeypatch.setattr(webhook, "AT_MOST", 0.4)
    chat.drips_for = 2.0
    start = time.monotonic()
    assert why_not(chat.address) == "no answer in time"
    assert time.monotonic() - start < 1.5


def test_nobody_there(chat: Chat) -> None:
    assert why_not("http://127.0.0.1:9/secret") == "no connection (ConnectionRefusedError)"
    assert why_not("https://127.0.0.1:9/secret") == "no connection (ConnectionRefusedError)"


def test_an_address_that_is_none_is_not_tried() -> None:
    assert why_not("http://example.com/secret") == "the address is not https"
    assert why_not("http://localhost:port/secret\n").startswith("no connection")


@pytest.mark.parametrize(
    ("address", "fit"),
    [
        ("https://hooks.example.com/services/x", True),
        ("http://localhost:8065/hooks/x", True),
        ("http://[::1]/hooks/x", True),
        ("http://hooks.example.com/x", False),
        ("http://localhost.example.com/x", False),
        ("https://", False),
        ("https://[::1", False),
        ("file:///etc/passwd", False),
        ("ftp://localhost/x", False),
        ("hooks.example.com/x", False),
    ],
)
def test_which_addresses_fit(address: str, fit: bool, settings: Any) -> None:
    settings.DEBUG = False
    assert fits(address) is fit


def test_while_debugging_http_will_do(settings: Any) -> None:
    settings.DEBUG = True
    assert fits("http://chat:8065/hooks/x")
    assert not fits("file:///etc/passwd")
