"""A supergraph at a URL: asked for again and again, sent only when it changed, kept for a start without it."""

from __future__ import annotations

import random
import time
import urllib.error
import urllib.request
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, Final

from router.registry.last_good import keep, kept
from router.telemetry.logs import get_log

_log = get_log("registry")

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_WAIT_S: Final = 300.0
"""Between two attempts, however many have failed."""
JITTER: Final = 0.1


class RemoteError(Exception):
    """The URL did not give a text; the message says why, without the token."""


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """What to ask, and how often."""

    url: str
    poll_s: float = 10.0
    timeout_s: float = 30.0
    token: str | None = field(default=None, repr=False)
    last_good: Path | None = None
    """Where the last text that became live is kept."""


class RemoteText:
    """The text at a URL.  Blocks; for one thread at a time.

    Follows no redirects: the token is for this URL alone.
    Spec: RFC 9110, section 13 (conditional requests).
    """

    def __init__(self, options: RemoteOptions) -> None:
        self._options = options
        self._text: str | None = None
        self._validators: dict[str, str] = {}
        self._failures = 0

    def wait_s(self) -> float:
        """Give how long to wait before the next `read`: longer after each failure, never in step with others."""
        longest = max(MAX_WAIT_S, self._options.poll_s)
        wait_s = min(self._options.poll_s * 2.0 ** min(self._failures, 16), longest)
        return wait_s * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # no secret

    def read(self) -> str:
        """Give the text as it is now.

        The kept one instead, when there never was another.  Raises: RemoteError.
        """
        try:
            self._text = self._ask()
        except RemoteError as error:
            self._failures += 1
            last_good = self._kept() if self._text is None else None
            if last_good is None:
                raise
            _log.warning("using the kept supergraph", file=str(self._options.last_good), reason=str(error))
            self._text = last_good
            return last_good
        self._failures = 0
        return self._text

    def keep(self, text: str) -> None:
        """Keep a text that has become live; written whole or not at all."""
        if self._options.last_good is not None:
            keep(self._options.last_good, text.encode())

    def _kept(self) -> str | None:
        content = None if self._options.last_good is None else kept(self._options.last_good)
        try:
            return None if content is None else content.decode()
        except UnicodeDecodeError:
            return None

    def _ask(self) -> str:
        url = self._options.url
        try:
            with _OPENER.open(self._request(), timeout=self._options.timeout_s) as response:
                body = self._whole(response)
                headers = response.headers
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 304 and self._text is not None:
                    return self._text
            raise RemoteError(f"{url} answers with status {error.code}") from None
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise RemoteError(f"{url} cannot be asked: {reason}") from None
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            raise RemoteError(f"{url} does not give UTF-8 text") from None
        self._validators = _validators(headers)
        return text

    def _whole(self, response: HTTPResponse) -> bytes:
        """Give the body; the time-out is for all of it, not for each piece."""
        end_s = time.monotonic() + self._options.timeout_s
        chunks: list[bytes] = []
        size = 0
        while size <= MAX_BYTES and (chunk := response.read1(65_536)):
            if time.monotonic() > end_s:
                raise TimeoutError(f"not complete after {self._options.timeout_s:g} s")
            chunks.append(chunk)
            size += len(chunk)
        if size > MAX_BYTES:
            raise RemoteError(f"{self._options.url} gives more than {MAX_BYTES} bytes")
        if response.length:
            raise RemoteError(f"{self._options.url} closed before its answer was complete")
        return b"".join(chunks)

    def _request(self) -> urllib.request.Request:
        headers = {"accept": "text/plain, application/graphql, */*;q=0.1", "user-agent": "olympus-router"}
        if self._options.token is not None:
            headers["authorization"] = f"Bearer {self._options.token}"
        if self._text is not None:
            headers |= self._validators
        return urllib.request.Request(self._options.url, headers=headers)  # noqa: S310  # http(s), by config


def _validators(headers: HTTPMessage) -> dict[str, str]:
    names = (("etag", "if-none-match"), ("last-modified", "if-modified-since"))
    return {asked: headers[given] for given, asked in names if headers[given]}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # as the base class has it
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None


# No proxy of the environment, as with subgraphs.
_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


def open_url(request: urllib.request.Request, timeout_s: float) -> AbstractContextManager[HTTPResponse]:
    """Send a request without following redirects or asking a proxy.  Blocks; raises what urllib raises."""
    response: HTTPResponse = _OPENER.open(request, timeout=timeout_s)
    return response
