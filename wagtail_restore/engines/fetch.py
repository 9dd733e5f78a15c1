"""Weights over the network: by https, resumed where they broke off, whole and proved or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
from filelock import Timeout

from wagtail_restore import __version__
from wagtail_restore.catalogue import Model, plain_name
from wagtail_restore.engines import weights
from wagtail_restore.engines.partial import Partial, alone
from wagtail_restore.exceptions import DownloadFailed, NoSource, NoSpace, Unverified

Progress = Callable[[int, int], None]
"""Told how many bytes are there, and how many there will be (0 where the server does not say)."""

SECONDS = (10.0, 60.0)
"""To connect, and between two pieces."""
TRIES = 4
"""How often one source is asked to go on where it broke off."""
HOPS = 5
"""Redirects that are followed."""
PIECE = 1 << 16
"""Bytes received at a time; as many are lost where a connection breaks off."""
SLACK = 1 << 20
"""Bytes more than the catalogue says that are taken before a download is stopped."""
LARGEST = 4_000_000_000
"""Bytes taken where the catalogue does not say."""
BEYOND_THE_END = 416
"""The answer to a request for bytes that a file does not have."""
WORDS: Mapping[type[requests.RequestException], str] = {
    requests.exceptions.SSLError: "its certificate cannot be trusted",
    requests.exceptions.ProxyError: "the proxy does not let us through",
    requests.exceptions.Timeout: "no answer in time",
    requests.exceptions.ChunkedEncodingError: "the connection broke off",
    requests.exceptions.ConnectionError: "no connection",
}
"""What is said of the usual troubles, whose own words are for programmers."""
LOCAL = ("localhost", "127.0.0.1", "::1")


class _Careful(requests.Session):
    """Leaves https for nothing, whatever a server redirects to."""

    def __init__(self) -> None:
        super().__init__()
        self.max_redirects = HOPS
        # Encoded bytes could be neither counted nor resumed.
        self.headers.update({"User-Agent": f"wagtail-restore/{__version__}", "Accept-Encoding": "identity"})

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        target: str | None = super().get_redirect_target(resp)
        if target is not None:
            check_address(urljoin(resp.url, target), local=_is_local(resp.url))
        return target


def fetch(
    model: Model,
    folder: Path,
    *,
    unverified: bool = False,
    progress: Progress = lambda there, total: None,
    failed: Callable[[DownloadFailed], None] = lambda error: None,
) -> Path:
    """The weights of ``model`` in ``folder``, from the first of its sources that delivers the file of its sha256.

    What arrives is kept in a ``.part`` file, which a later call goes on with, and gets its name when it is whole and
    proved. ``failed`` is told of each source that did not deliver. A Model whose sha256 is not known is taken only
    ``unverified``; the sha256 that it had is then noted beside it. Raises ``NoSource``, ``Unverified``, ``NoSpace``,
    ``DownloadFailed`` (of the last source), ``OSError``.
    """
    if not model.sources:
        raise NoSource(model=model.alias, page=model.licence_url)
    if not model.sha256 and not unverified:
        raise Unverified(model=model.alias)
    if not plain_name(model.file):
        raise DownloadFailed(model=model.alias, source=model.sources[0], detail=f"{model.file!r} is no file name")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with alone(folder / model.file, 0):
            return _from_any(model, folder, progress, failed)
    except Timeout as error:
        detail = "another command is fetching it into the same folder; wait for that one"
        raise DownloadFailed(model=model.alias, source=model.sources[0], detail=detail) from error


def _from_any(model: Model, folder: Path, progress: Progress, failed: Callable[[DownloadFailed], None]) -> Path:
    """The weights from the first source that delivers them; raises what the last one was in want of."""
    part = Partial(folder / model.file)
    _check_room(folder, model.bytes - part.size)
    for source in model.sources:
        try:
            with _Careful() as session:
                digest = _proved(session, model, source, part, progress)
        except DownloadFailed as error:
            failed(error)
            reason = error
            continue
        target = part.finish()
        if not model.sha256:
            weights.remember(target, digest)
        return target
    raise reason


def check_address(address: str, *, local: bool) -> None:
    """Raise ``requests.RequestException`` for an address that is not https, or http on this machine where ``local``."""
    parts = urlsplit(address)
    if not (parts.scheme == "https" and parts.hostname) and not (local and _is_local(address)):
        raise requests.exceptions.InvalidURL(f"{parts.scheme}://{parts.hostname} is not https")


def _is_local(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in LOCAL


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + SLACK:
        raise NoSpace(folder=str(folder), needs=-(-needed // 1_000_000), free=free // 1_000_000)


def _proved(session: requests.Session, model: Model, source: str, part: Partial, progress: Progress) -> str:
    """The sha256 of what ``source`` delivers whole, which is that of ``model`` where one is known."""
    resumed = part.continues(source)
    _receive_all(session, model, source, part, progress)
    digest = part.digest()
    if digest == model.sha256.lower() or (not model.sha256 and part.size == (model.bytes or part.size) > 0):
        return digest
    part.discard()
    if resumed:
        # The beginning that lay here may have been the wrong half.
        return _proved(session, model, source, part, progress)
    raise DownloadFailed(
        model=model.alias, source=source, detail="what came is not the file that the catalogue describes"
    )


def _receive_all(session: requests.Session, model: Model, source: str, part: Partial, progress: Progress) -> None:
    """Receive until the file is whole, going on where it broke off, for as long as something comes."""
    for remaining in reversed(range(TRIES)):
        there = part.size if part.continues(source) else 0
        try:
            check_address(source, local=_is_local(source))
            _receive(session, model, source, part, progress)
            return
        except requests.RequestException as error:
            # What could not be gone on with has been thrown away by then, and is asked for anew.
            hopeful = part.size > there and part.continues(source) if part.size else there > 0
            if not remaining or not hopeful:
                raise DownloadFailed(model=model.alias, source=source, detail=_in_words(error)) from error


def _receive(session: requests.Session, model: Model, source: str, part: Partial, progress: Progress) -> None:
    if part.continues(source) and part.whole:
        return
    with session.get(source, headers=part.asking(source), stream=True, timeout=SECONDS) as answer:
        if answer.status_code == BEYOND_THE_END:
            part.discard()
        answer.raise_for_status()
        part.begin(source, answer.status_code, answer.headers)
        _check_size(part, part.total, model, source)
        with part.writing() as file:
            for piece in answer.iter_content(PIECE):
                file.write(piece)
                part.size += len(piece)
                _check_size(part, part.size, model, source)
                progress(part.size, part.total)
    if not part.whole:
        raise requests.exceptions.ChunkedEncodingError("the connection ended early")


def _in_words(error: requests.RequestException) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answers {error.response.status_code} {error.response.reason}"
    known = next((words for kind, words in WORDS.items() if isinstance(error, kind)), "")
    return known or str(error)[:300] or type(error).__name__


def _check_size(part: Partial, size: int, model: Model, source: str) -> None:
    limit = model.bytes + SLACK if model.bytes else LARGEST
    if size > limit:
        part.discard()
        detail = f"it is larger than the {limit // 1_000_000} MB that it may have"
        raise DownloadFailed(model=model.alias, source=source, detail=detail)
