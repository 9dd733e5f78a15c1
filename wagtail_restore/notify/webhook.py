"""Hands one message to the address that the site names; the address, which is a secret, stands in no error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings

from wagtail_restore import __version__

SECONDS = 5.0
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
    why = ""
    try:
        request = Request(address, data=body, headers=headers, method="POST")  # noqa: S310 — see fits()
        with build_opener(_Staying).open(request, timeout=SECONDS):
            return
    except HTTPError as error:
        error.close()
        why = f"HTTP {error.code}"
    except TimeoutError:
        why = "no answer in time"
    except URLError as error:
        late = isinstance(error.reason, TimeoutError)
        why = "no answer in time" if late else f"no connection ({type(error.reason).__name__})"
    except (OSError, HTTPException, ValueError) as error:
        why = f"no connection ({type(error).__name__})"
    # Outside of the clauses above, so that no foreign error, which may name the address, hangs on ours.
    raise NotTaken(why)
