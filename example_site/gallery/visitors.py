"""Those who use the site over HTTP: a visitor who looks at every picture, and an editor who is logged in."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import requests
from PIL import Image

TIMEOUT = 60


@dataclass(frozen=True)
class Shown:
    """A picture as a visitor gets it."""

    url: str
    size: tuple[int, int]
    data: bytes = field(repr=False)

    def picture(self) -> Image.Image:
        with Image.open(BytesIO(self.data)) as opened:
            return opened.convert("RGB")


class Broken(Exception):
    """A page or a picture did not come as it should; the text says which and how."""


class _Pictures(HTMLParser):
    """Collects, per ``<article id>`` of a page, the addresses of the pictures in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self.article = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "article":
            self.article = values.get("id") or ""
        if tag == "img":
            candidates = [values.get("src") or ""]
            candidates += [part.split()[0] for part in (values.get("srcset") or "").split(",") if part.strip()]
            known = self.found.setdefault(self.article, [])
            known += [url for url in candidates if url and url not in known]


class Visitor:
    """Somebody who reads pages and sees the pictures on them."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.session = requests.Session()

    def page(self, path: str) -> dict[str, list[str]]:
        """The addresses of all pictures on a page, by the article that they belong to."""
        reader = _Pictures()
        reader.feed(self._get(urljoin(self.site, path)).text)
        return {name: [urljoin(self.site, url) for url in urls] for name, urls in reader.found.items()}

    def look(self, url: str) -> Shown:
        """One picture, decoded to its last pixel; raises ``Broken``."""
        data = self._get(url).content
        try:
            with Image.open(BytesIO(data)) as picture:
                picture.load()
                return Shown(url, picture.size, data)
        except (OSError, SyntaxError) as error:
            raise Broken(f"{url} cannot be decoded: {error}") from error

    def article(self, path: str, name: str) -> list[Shown]:
        """The pictures of one article of a page."""
        return [self.look(url) for url in self.page(path).get(name, [])]

    def _get(self, url: str) -> requests.Response:
        try:
            answer = self.session.get(url, timeout=TIMEOUT)
        except requests.RequestException as error:
            raise Broken(f"{url} does not answer: {error}") from error
        if answer.status_code != 200:
            raise Broken(f"{url} answers {answer.status_code}")
        return answer


class Crowd(threading.Thread):
    """A visitor who reads the same pages over and over, and comes back to every picture ever seen."""

    def __init__(self, site: str, paths: list[str]) -> None:
        super().__init__(daemon=True)
        self.visitor, self.paths = Visitor(site), paths
        self.seen: set[str] = set()
        self.pages = self.pictures = 0
        self.broken: list[str] = []
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.25):
            for path in self.paths:
                self._read(path)

    def stop(self) -> None:
        """Read everything once more, the oldest addresses too, as from a page that somebody kept open."""
        self.ended.set()
        self.join()
        for url in sorted(self.seen):
            self._try(url)

    def _read(self, path: str) -> None:
        try:
            articles = self.visitor.page(path)
        except Broken as error:
            self.broken.append(str(error))
            return
        self.pages += 1
        for url in {url for urls in articles.values() for url in urls}:
            self.seen.add(url)
            self._try(url)

    def _try(self, url: str) -> None:
        try:
            self.visitor.look(url)
            self.pictures += 1
        except Broken as error:
            self.broken.append(str(error))


class Editor(Visitor):
    """Somebody who logs in and uploads."""

    def login(self, user: str, password: str) -> None:
        """Through the login page, as a browser does it."""
        path = "/admin/login/"
        answer = self.post(path, {"username": user, "password": password, "next": "/admin/"}, page=path)
        if "/login/" in answer.url:
            raise Broken(f"{user} cannot log in")

    def post(self, path: str, values: dict[str, Any], *, page: str, files: Any = None, ajax: bool = False) -> Any:
        """Post a form that stands on ``page``, with the token against forgery that was written there."""
        form = self._get(urljoin(self.site, page)).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        headers = {"Referer": urljoin(self.site, page)}
        if ajax:
            headers["X-Requested-With"] = "XMLHttpRequest"
        values = {**values, "csrfmiddlewaretoken": token.group(1) if token else self.session.cookies["csrftoken"]}
        answer = self.session.post(urljoin(self.site, path), data=values, files=files, headers=headers, timeout=TIMEOUT)
        if answer.status_code != 200:
            raise Broken(f"Posting to {path} answers {answer.status_code}")
        return answer

    def go_back(self, pk: Any) -> None:
        """Press the button on the edit page of an image that brings its latest earlier version back."""
        page = f"/admin/images/{pk}/"
        button = re.search(r"/admin/restore/version/\d+/back/", self._get(urljoin(self.site, page)).text)
        if button is None:
            raise Broken(f"{page} has no button to go back")
        self.post(button.group(), {}, page=page)
