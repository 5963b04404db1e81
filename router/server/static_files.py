"""The playground's built files: compressed ahead, kept by browsers, under the page's security headers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

CODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
"""In the order of preference, with the ending of the file that stands beside the plain one."""
FOREVER: Final = "public, max-age=31536000, immutable"


class CompressedFiles(StaticFiles):
    """Files of a folder; of each the smallest form that the client accepts.

    A name under ``assets/`` has its content's hash in it, so browsers may keep it for a year.
    """

    def __init__(self, directory: Path, headers: Mapping[str, str]) -> None:
        super().__init__(directory=directory)
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one file."""
        is_hashed = "/assets/" in scope["path"]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if is_hashed and message["status"] == 200:
                    headers["cache-control"] = FOREVER
            await send(message)

        await super().__call__(scope, receive, send_with_headers)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Give the file, or what was compressed of it ahead."""
        accepted = _accepted(Headers(scope=scope).get("accept-encoding", ""))
        path = os.fspath(full_path)
        response: Response | None = None
        for coding, ending in CODINGS:
            if coding in accepted and Path(path + ending).is_file():
                packed = Path(path + ending)
                response = super().file_response(packed, packed.stat(), scope, status_code)
                response.headers["content-encoding"] = coding
                response.headers["content-type"] = FileResponse(path).headers["content-type"]
                break
        if response is None:
            response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["vary"] = "accept-encoding"
        return response


def _accepted(header: str) -> set[str]:
    """Give the codings of an ``accept-encoding``; one with ``q=0`` is refused (RFC 9110, section 12.5.3)."""
    accepted = set()
    for part in header.lower().split(","):
        coding, _, parameters = part.partition(";")
        weight = parameters.strip().removeprefix("q=").strip()
        if not parameters or weight.strip("0.") != "":
            accepted.add(coding.strip())
    return accepted
