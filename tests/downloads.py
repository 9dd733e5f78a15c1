"""A real web server on this machine that behaves as badly as a test wants it to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DATA = bytes(range(256)) * 6000
"""Twenty-three pieces, as they are fetched, and a half."""


@dataclass
class Offer:
    """How the server answers for one path."""

    data: bytes = DATA
    etag: str = '"one"'
    ranges: bool = True
    cut_after: list[int] = field(default_factory=list)
    """After how many bytes each of the first answers breaks off."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: bool = True
    content_range: str = ""
    """Instead of the right one."""


class Server(ThreadingHTTPServer):
    """Serves what it is told to, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.offers: dict[str, Offer] = {}
        self.asked: list[tuple[str, str]] = []

    def offer(self, name: str = "net.pth", **more: Any) -> str:
        self.offers[f"/{name}"] = Offer(**more)
        return f"http://127.0.0.1:{self.server_port}/{name}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.asked.append((self.path, wanted))
        offer = self.server.offers.get(self.path)
        if offer is None:
            self.send_error(404)
            return
        begin = self._begin(offer, wanted)
        if begin > len(offer.data):
            self.send_error(416)
            return
        self.send_response(offer.status if offer.status != 200 else (206 if begin else 200))
        if begin:
            right = f"bytes {begin}-{len(offer.data) - 1}/{len(offer.data)}"
            self.send_header("Content-Range", offer.content_range or right)
        if offer.length:
            self.send_header("Content-Length", str(len(offer.data) - begin))
        if offer.etag:
            self.send_header("ETag", offer.etag)
        for key, value in offer.headers.items():
            self.send_header(key, value)
        self.end_headers()
        body = offer.data[begin:]
        if offer.cut_after:
            body = body[: offer.cut_after.pop(0)]
        self.wfile.write(body)
        self.close_connection = True

    def _begin(self, offer: Offer, wanted: str) -> int:
        fresh = self.headers.get("If-Range", offer.etag) == offer.etag
        return int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and offer.ranges and fresh else 0

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def serving() -> Iterator[Server]:
    """The server, for as long as the block lasts."""
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
