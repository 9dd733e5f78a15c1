"""Hands one message to the address that the site names; the address, which is a secret, stands in no error."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings

from wagtail_restore import __version__

SECONDS = 5.0
"""How long the other side may be silent."""
AT_MOST = 10.0
"""How long all of it may take, since whoever sends a byte now and then is never silent for long."""
LOCAL = ("localhost", "127.0.0.1", "::1")


class NotTaken(Exception):
    """The message did not arrive; says why in a few words, without the address."""


class _Staying(HTTPRedirectHandler):
    """Follows no redirect: whoever answers at another address was not named by the site."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def fits(address: str) -> bool:
    """Whether a message may go to this address: by https, or by http on this machine or while debugging."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    plain = parts.scheme == "http" and (host in LOCAL or settings.DEBUG)
    return bool(host) and (parts.scheme == "https" or plain)


def post(address: str, message: Mapping[str, Any]) -> None:
    """Post the message as JSON. Raises ``NotTaken`` where it is not taken within a few seconds."""
    if not fits(address):
        raise NotTaken("the address is not https")
    headers = {"Content-Type": "application/json", "User-Agent": f"wagtail-restore/{__version__}"}
    body = json.dumps(message).encode()
    answers: list[str] = []

    def exchange() -> None:
        answers.append(_exchange(address, body, headers))

    # No time-out of a socket is one of the whole exchange, nor of looking up a name; a daemon keeps no worker alive.
    thread = threading.Thread(target=exchange, name="restore-webhook", daemon=True)
    thread.start()
    thread.join(AT_MOST)
    why = answers[0] if answers else "no answer in time"
    if why:
        raise NotTaken(why)


def _exchange(address: str, body: bytes, headers: dict[str, str]) -> str:
    """Why the message was not taken; empty where it was.

    Raises nothing, so that no foreign error, which may name the address, hangs on ours.
    """
    try:
        request = Request(address, data=body, headers=headers, method="POST")  # noqa: S310 — see fits()
        with build_opener(_Staying).open(request, timeout=SECONDS):
            return ""
    except HTTPError as error:
        error.close()
        return f"HTTP {error.code}"
    except TimeoutError:
        return "no answer in time"
    except URLError as error:
        late = isinstance(error.reason, TimeoutError)
        return "no answer in time" if late else f"no connection ({type(error.reason).__name__})"
    except (OSError, HTTPException, ValueError) as error:
        return f"no connection ({type(error).__name__})"
