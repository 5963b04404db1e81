"""The body of a request with files while it arrives: read as fast as subgraphs take it, never kept whole.

One task reads the client's bytes.  A file that a subgraph request has claimed goes to it piece by piece; while
nobody has claimed the file that arrives, nothing is read.  Only when a request waits for a file that the client
sends after another which no request takes yet, that other is kept in memory, up to a cap.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.types import Receive

from router.errors import ClientError
from router.protocols.multipart_form import (
    FormEvent,
    FormReader,
    MalformedFormError,
    PartBegan,
    PartData,
    PartEnded,
)
from router.protocols.upload_request import InvalidUploadError
from router.server.request_body import ClientLeftError


class FileTooLargeError(ClientError):
    """A file is larger than ``file_uploads.limits.max_file_size``; it was not read to its end.

    What to do: send a smaller file, or raise the limit.
    """

    code = "FILE_TOO_LARGE"
    status = 413


class UploadTooLargeError(ClientError):
    """The whole form is larger than ``file_uploads.limits.max_request_size``; it was not read to its end.

    What to do: send fewer or smaller files, or raise the limit.
    """

    code = "UPLOAD_TOO_LARGE"
    status = 413


class FileMissingError(ClientError):
    """The map names a file that the form does not have.

    What to do: send a part of that name after ``map``.
    """

    code = "FILE_MISSING"
    status = 400


class FileOutOfOrderError(ClientError):
    """A file came before another that is needed first, and is larger than what may be kept meanwhile.

    What to do: send the files in the order of the fields that take them, or raise
    ``file_uploads.limits.max_buffered_size``.
    """

    code = "FILE_OUT_OF_ORDER"
    status = 400


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """What the operator may set about files; ``config`` fills this."""

    max_files: int = 10
    max_file_bytes: int = 10_000_000
    max_request_bytes: int = 50_000_000
    """Of the whole form, files included."""
    max_buffered_bytes: int = 1_000_000
    """Of files kept in memory since others are needed first."""


class _File:
    """One file that the map names; a `router.protocols.upload.FilePart`."""

    def __init__(self, body: UploadBody, key: str) -> None:
        self._body = body
        self.key = key
        self.filename = b""
        self.content_type = b""
        self.received_bytes = 0
        self.has_begun = self.has_ended = self.is_claimed = self.is_dropped = False
        self.chunks_held: deque[bytes] = deque()
        self.held_bytes = 0

    def hold(self, data: bytes) -> None:
        self.chunks_held.append(data)
        self.held_bytes += len(data)

    def drop(self) -> None:
        self.is_dropped = True
        self.chunks_held.clear()
        self.held_bytes = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes as they come."""
        while True:
            await self._body.until(lambda: bool(self.chunks_held) or self.has_ended)
            if not self.chunks_held:
                return
            chunk = self.chunks_held.popleft()
            self.held_bytes -= len(chunk)
            self._body.wake()
            yield chunk


class _Claimed:
    """Some files, as one subgraph request takes them."""

    def __init__(self, body: UploadBody, files: Sequence[_File]) -> None:
        self._body = body
        self._files = files

    async def parts(self) -> AsyncIterator[_File]:
        """Each file when it begins to arrive."""
        left = list(self._files)
        while left:
            file = await self._body.first_begun(left)
            left.remove(file)
            yield file

    def release(self) -> None:
        """What still comes is passed over."""
        for file in self._files:
            file.drop()
        self._body.wake()


class UploadBody:
    """A `router.protocols.upload.FileSource` over one request's body.

    Invariant: holds at most one piece of each claimed file, and ``max_buffered_bytes`` of others.
    """

    def __init__(self, receive: Receive, boundary: bytes, options: UploadOptions) -> None:
        self._receive = receive
        self._form = FormReader(boundary)
        self._options = options
        self._events: deque[FormEvent] = deque()
        self._received_bytes = 0
        self._is_read = False
        self._files: dict[str, _File] = {}
        self._failure: Exception | None = None
        self._hungry = 0
        """Subgraph requests that wait for a file to begin."""
        self._changed = asyncio.Event()

    async def field(self, name: str, max_bytes: int) -> bytes:
        """Give the content of the next part, which must be this one.

        Raises: InvalidUploadError, UploadTooLargeError; ClientLeftError.
        """
        event = await self._next_event()
        if not isinstance(event, PartBegan) or event.name != name:
            raise InvalidUploadError(
                f'The form must have "operations" first, then "map", then the files: "{name}" was expected.'
            )
        chunks: list[bytes] = []
        size = 0
        while isinstance(event := await self._next_event(), PartData):
            size += len(event.data)
            if size > max_bytes:
                raise UploadTooLargeError(f'"{name}" is larger than {max_bytes} bytes.')
            chunks.append(event.data)
        return b"".join(chunks)

    @asynccontextmanager
    async def reading(self, keys: Sequence[str]) -> AsyncIterator[None]:
        """Let files be claimed while it is open; afterwards nothing of the body is read any more.

        Raises: ClientLeftError when the client has left, which cancels what is done inside.
        """
        self._files = {key: _File(self, key) for key in keys}
        answering = asyncio.current_task()
        has_left = False

        def leave() -> None:
            nonlocal has_left
            has_left = True
            if answering is not None:
                answering.cancel()

        reading = asyncio.get_running_loop().create_task(self._read(leave))
        try:
            yield
        except asyncio.CancelledError:
            if has_left:
                raise ClientLeftError from None
            raise
        finally:
            reading.cancel()

    def claim(self, keys: Sequence[str]) -> _Claimed:
        """Take some files for a subgraph request."""
        files = [self._files[key] for key in keys]
        for file in files:
            if file.is_claimed:
                raise InvalidUploadError(
                    "A file would go to several requests to subgraphs; it can be sent once only."
                )
            file.is_claimed = True
        self.wake()
        return _Claimed(self, files)

    # For files and claims

    def wake(self) -> None:
        """Let everyone look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it holds.  Raises: what is wrong with the body."""
        while not condition():
            if self._failure is not None:
                raise self._failure
            await self._changed.wait()

    async def first_begun(self, files: Sequence[_File]) -> _File:
        """Give the first of these that begins to arrive."""
        self._hungry += 1
        self.wake()
        try:
            await self.until(lambda: any(file.has_begun for file in files))
        finally:
            self._hungry -= 1
        return next(file for file in files if file.has_begun)

    # The reading task

    async def _read(self, leave: Callable[[], None]) -> None:
        try:
            await self._read_files()
            while (await self._receive())["type"] != "http.disconnect":
                pass
            leave()
        except ClientLeftError:
            leave()
        except Exception as error:
            self._failure = error
            self.wake()

    async def _read_files(self) -> None:
        file: _File | None = None
        while (event := await self._next_event()) is not None:
            match event:
                case PartBegan():
                    file = self._begin(event)
                case PartData(data) if file is not None:
                    await self._pass_on(file, data)
                case PartEnded() if file is not None:
                    file.has_ended = True
            self.wake()
        for file in self._files.values():
            if not file.has_begun:
                raise FileMissingError(f'The form has no file "{file.key}", which "map" names.')

    def _begin(self, event: PartBegan) -> _File:
        file = self._files.get(event.name)
        if file is None:
            raise InvalidUploadError(f'The form has a part "{event.name[:100]}" that "map" does not name.')
        if file.has_begun:
            raise InvalidUploadError(f'The form has the file "{file.key}" twice.')
        file.has_begun = True
        file.filename = event.filename
        file.content_type = event.content_type
        return file

    async def _pass_on(self, file: _File, data: bytes) -> None:
        file.received_bytes += len(data)
        if file.received_bytes > self._options.max_file_bytes:
            raise FileTooLargeError(
                f'The file "{file.key}" is larger than {self._options.max_file_bytes} bytes.'
            )
        await self.until(lambda: self._may_take(file))
        if file.is_dropped:
            return
        if not file.is_claimed:
            held = sum(other.held_bytes for other in self._files.values() if not other.is_claimed)
            if held + len(data) > self._options.max_buffered_bytes:
                raise FileOutOfOrderError(f'The file "{file.key}" comes before another that is needed first.')
        file.hold(data)

    def _may_take(self, file: _File) -> bool:
        """Whether the next piece of a file has somewhere to go."""
        if file.is_dropped:
            return True
        return not file.chunks_held if file.is_claimed else self._hungry > 0

    async def _next_event(self) -> FormEvent | None:
        """Give what comes next in the form; None at its end."""
        while not self._events:
            if self._is_read:
                return None
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientLeftError
            chunk = message.get("body", b"")
            self._received_bytes += len(chunk)
            limit = self._options.max_request_bytes
            if self._received_bytes > limit:
                raise UploadTooLargeError(f"The form is larger than {limit} bytes.")
            self._is_read = not message.get("more_body", False)
            try:
                self._events.extend(self._form.feed(chunk))
                if self._is_read:
                    self._form.finish()
            except MalformedFormError as error:
                raise InvalidUploadError(f"The form cannot be read: {error}.") from None
        return self._events.popleft()
