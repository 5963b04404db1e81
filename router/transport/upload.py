"""A request with files: a multipart form, sent as the files arrive, over a connection of its own.

What the client sends goes on at once; while the subgraph does not take it, no more is read from the client.
The subgraph may answer at any time: nothing more is sent then.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress

from router.errors import (
    SubgraphConnectionLostError,
    SubgraphError,
    SubgraphInvalidResponseError,
    SubgraphTimeoutError,
)
from router.transport.base import SubgraphRequest, SubgraphResponse, SubgraphUpload
from router.transport.connect_failure import connect_failure
from router.transport.options import HttpOptions
from router.transport.request_head import ACCEPT, USER_AGENT, Address, header_lines, read_url
from router.transport.response_reader import ResponseReader

_READ_BYTES = 65_536


async def send_upload(
    request: SubgraphRequest,
    upload: SubgraphUpload,
    options: HttpOptions,
    ssl_context: ssl.SSLContext | None,
) -> SubgraphResponse:
    """Send a request with its files.

    ``timeout_s`` counts while the subgraph is waited for, and stands still while the client is.
    Invariant: afterwards the connection is closed and the files are released.
    Raises: a `SubgraphError`; a `router.errors.ClientError` when the client's request turns out wrong.
    """
    try:
        address = read_url(request.subgraph, request.url)
        boundary = secrets.token_hex(16).encode()
        head = _head(request, address, options, boundary)
        reader, writer = await _connect(request, address, options, ssl_context)
        try:
            return await _Sending(request, upload, reader, writer).run(head, boundary, options)
        finally:
            writer.transport.abort()
    finally:
        upload.files.release()


async def _connect(
    request: SubgraphRequest, address: Address, options: HttpOptions, ssl_context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    origin = address.origin
    try:
        async with asyncio.timeout(min(options.connect_timeout_s, request.timeout_s)):
            if origin.unix_path is not None:
                return await asyncio.open_unix_connection(origin.unix_path)
            context = ssl_context if origin.is_tls else None
            return await asyncio.open_connection(origin.host, origin.port, ssl=context)
    except (OSError, ValueError) as error:
        kind, message = connect_failure(error, address.authority)
        raise kind(request.subgraph, message) from None


def _head(request: SubgraphRequest, address: Address, options: HttpOptions, boundary: bytes) -> bytes:
    accepted = options.codings.accept_encoding
    return b"".join(
        (
            f"POST {address.path} HTTP/1.1\r\nhost: {address.authority}\r\n".encode("ascii"),
            b"user-agent: %b\r\naccept: %b\r\n" % (USER_AGENT, ACCEPT),
            b"accept-encoding: %b\r\n" % accepted if accepted else b"",
            b"content-type: multipart/form-data; boundary=%b\r\n" % boundary,
            # Subgraphs that guard against forged forms ask for one of these headers.
            b"apollo-require-preflight: true\r\ntransfer-encoding: chunked\r\nconnection: close\r\n",
            header_lines(request.subgraph, request.headers + request.trace),
            b"\r\n",
        )
    )


class _Clock:
    """The time-out of one exchange, which stands still while the client is waited for."""

    def __init__(self, limit: asyncio.Timeout, request: SubgraphRequest, upload: SubgraphUpload) -> None:
        self._limit = limit
        self._timeout_s = request.timeout_s
        self._deadline_s = upload.deadline_s
        self._loop = asyncio.get_running_loop()

    def for_subgraph(self) -> None:
        """Run: the subgraph is to do something."""
        when_s = self._loop.time() + self._timeout_s
        self._limit.reschedule(when_s if self._deadline_s is None else min(when_s, self._deadline_s))

    def for_client(self) -> None:
        """Stand still: the client is to send something."""
        self._limit.reschedule(self._deadline_s)


class _Sending:
    """One exchange: the form goes out while the answer is waited for."""

    def __init__(
        self,
        request: SubgraphRequest,
        upload: SubgraphUpload,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._request = request
        self._upload = upload
        self._reader = reader
        self._writer = writer

    async def run(self, head: bytes, boundary: bytes, options: HttpOptions) -> SubgraphResponse:
        """Give the response."""
        subgraph = self._request.subgraph
        sending: asyncio.Task[None] | None = None
        answering: asyncio.Task[SubgraphResponse | SubgraphError] | None = None
        try:
            async with asyncio.timeout(None) as limit:
                clock = _Clock(limit, self._request, self._upload)
                clock.for_subgraph()
                self._writer.write(head)
                sending = asyncio.create_task(self._send(boundary, clock))
                answering = asyncio.create_task(self._answer(options))
                await asyncio.wait((sending, answering), return_when=asyncio.FIRST_COMPLETED)
                if not answering.done():
                    # Raises what was wrong with the client's part; a closed connection may have been answered.
                    with suppress(OSError):
                        sending.result()
                    clock.for_subgraph()
                outcome = await answering
        except TimeoutError:
            message = f"no answer within {self._request.timeout_s:g} s"
            raise SubgraphTimeoutError(subgraph, message) from None
        finally:
            for task in (sending, answering):
                if task is not None:
                    task.cancel()
                    with suppress(asyncio.CancelledError, Exception):
                        await task
        if isinstance(outcome, SubgraphError):
            raise outcome
        return outcome

    async def _send(self, boundary: bytes, clock: _Clock) -> None:
        form = self._form(boundary, clock)
        async for piece in form:
            clock.for_subgraph()
            self._writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await self._writer.drain()
            clock.for_client()
        clock.for_subgraph()
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    async def _form(self, boundary: bytes, clock: _Clock) -> AsyncIterator[bytes]:
        yield b"".join(
            (
                _part_head(boundary, b"operations", b"", b"application/json"),
                self._request.body,
                b"\r\n",
                _part_head(boundary, b"map", b"", b"application/json"),
                self._upload.file_map,
                b"\r\n",
            )
        )
        clock.for_client()
        async for part in self._upload.files.parts():
            name = self._upload.names[part.key]
            yield _part_head(boundary, name, part.filename or b"blob", part.content_type)
            async for chunk in part.chunks():
                yield chunk
            yield b"\r\n"
        yield b"--%b--\r\n" % boundary

    async def _answer(self, options: HttpOptions) -> SubgraphResponse | SubgraphError:
        subgraph = self._request.subgraph
        reading = ResponseReader(options)
        try:
            while not reading.is_complete and reading.failure is None:
                data = await self._reader.read(_READ_BYTES)
                if not data:
                    if reading.is_ended_by_close():
                        break
                    if reading.received_bytes:
                        return SubgraphInvalidResponseError(subgraph, "the answer was cut short")
                    return SubgraphConnectionLostError(subgraph, "closed without an answer")
                reading.feed(data)
        except OSError as error:
            return SubgraphConnectionLostError(subgraph, f"the connection broke: {error}")
        finally:
            reading.close()
        if reading.failure is not None:
            return reading.failure[0](subgraph, reading.failure[1])
        return reading.result(subgraph)


def _part_head(boundary: bytes, name: bytes, filename: bytes, content_type: bytes) -> bytes:
    disposition = b'--%b\r\ncontent-disposition: form-data; name="%b"' % (boundary, name)
    if filename:
        disposition += b'; filename="%b"' % filename
    return disposition + (b"\r\ncontent-type: %b" % content_type if content_type else b"") + b"\r\n\r\n"
