"""An answer on its way out: status, headers and the body in the coding that the client wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.types import Send

from router.engine.answer import Answer
from router.errors import ClientError
from router.protocols.graphql_http import ResponseType, response_status
from router.server.compression import AnswerCompression
from router.telemetry.logs import get_log, log_failure
from router.telemetry.request_context import REQUEST_ID_HEADER

_log = get_log("server")

HeaderList = list[tuple[bytes, bytes]]

_CONTENT_TYPE: Final = {media_type: (b"content-type", media_type.value) for media_type in ResponseType}
_VARY: Final = (b"vary", b"accept-encoding")


@dataclass(slots=True)
class Asked:
    """What of a request decides the form of its answer."""

    method: str
    headers: Mapping[bytes, bytes]
    request_id: bytes
    media_type: ResponseType = ResponseType.JSON


class AnswerSender:
    """Sends answers.

    Invariant: an answer goes out even if it cannot be compressed.
    """

    def __init__(self, min_compressed_bytes: int | None) -> None:
        self._compression = None if min_compressed_bytes is None else AnswerCompression(min_compressed_bytes)

    def check(self, headers: Mapping[bytes, bytes]) -> None:
        """Raises: EncodingNotAcceptableError when the client wants no answer that can be sent."""
        if self._compression is not None:
            self._compression.check(headers.get(b"accept-encoding"))

    async def send(self, send: Send, answer: Answer, asked: Asked) -> None:
        """Send the whole answer."""
        body = answer.body
        media_type = asked.media_type
        headers = [_CONTENT_TYPE[media_type], (REQUEST_ID_HEADER, asked.request_id)]
        if self._compression is not None:
            headers.append(_VARY)
            if b"accept-encoding" in asked.headers:
                body = await self._encoded(self._compression, body, asked, headers)
        headers.append((b"content-length", b"%d" % len(body)))
        if asked.method != "POST" or answer.error is not None:
            headers += _headers_of(answer, asked.method)
        headers += answer.headers
        status = response_status(media_type, answer.status, is_well_formed=answer.is_well_formed)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if asked.method == "HEAD" else body})

    @staticmethod
    async def _encoded(
        compression: AnswerCompression, body: bytes, asked: Asked, headers: HeaderList
    ) -> bytes:
        try:
            encoded, coding = await compression.encoded(body, asked.headers.get(b"accept-encoding"))
        except Exception as error:
            log_failure(_log, "compression failed", error)
            return body
        if coding is not None:
            headers.append((b"content-encoding", coding))
        return encoded


def _headers_of(answer: Answer, method: str) -> HeaderList:
    headers: HeaderList = []
    if method == "GET":
        headers.append((b"vary", b"accept"))
        if not any(name == b"cache-control" for name, _ in answer.headers):
            headers.append((b"cache-control", b"no-store"))
    if isinstance(answer.error, ClientError):
        headers += answer.error.headers
    return headers
