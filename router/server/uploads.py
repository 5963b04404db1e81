"""Requests with files: a multipart form in, each file streamed to the one subgraph that takes it."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import Receive

from router.engine.admission import Caller
from router.engine.answer import Answer
from router.engine.batch import answer_batch
from router.engine.pipeline import Pipeline
from router.errors import ClientError
from router.protocols.graphql_http import UnsupportedMediaTypeError, check_not_forged
from router.protocols.multipart_form import boundary_of
from router.protocols.upload_request import InvalidUploadError, read_upload
from router.server.request_body import UnsupportedContentEncodingError
from router.server.upload_body import UploadBody, UploadOptions, UploadTooLargeError


class FileUploadsNotSupportedError(UnsupportedMediaTypeError):
    """The body is a multipart form, and ``file_uploads.enabled`` is not true.

    What to do: switch file uploads on, or send JSON.
    """

    code = "FILE_UPLOADS_NOT_SUPPORTED"


def is_form(headers: Mapping[bytes, bytes]) -> bool:
    """Tell whether a body is a multipart form."""
    return headers.get(b"content-type", b"")[:20].lower().startswith(b"multipart/form-data")


class Uploads:
    """Answers requests with files."""

    def __init__(
        self, pipeline: Pipeline, options: UploadOptions | None, max_body_bytes: int, max_requests: int
    ) -> None:
        self._pipeline = pipeline
        self._options = options
        self._max_body_bytes = max_body_bytes
        self._max_requests = max_requests

    async def answer(
        self, receive: Receive, headers: Mapping[bytes, bytes], caller: Caller, waited_s: float = 0.0
    ) -> Answer:
        """Answer one request, or a batch.

        ``waited_s``: for its turn; it counts in the deadline, what the client takes to send its files does not.
        Raises: ClientError when it is refused before it could run; ClientLeftError.
        """
        if self._options is None:
            raise FileUploadsNotSupportedError("File uploads are not switched on; send application/json.")
        check_not_forged(headers)
        boundary = _boundary(headers)
        _check_size(headers, self._options.max_request_bytes)
        body = UploadBody(receive, boundary, self._options)
        operations = await body.field("operations", self._max_body_bytes)
        file_map = await body.field("map", self._max_body_bytes)
        request = read_upload(operations, file_map, self._options.max_files, self._max_requests)
        async with body.reading(request.keys):
            entries = request.with_files(body)
            if request.is_batch:
                return await answer_batch(self._pipeline, entries, caller, waited_s)
            if isinstance(entries[0], ClientError):
                raise entries[0]
            return await self._pipeline.answer(entries[0], caller, waited_s=waited_s)


def _boundary(headers: Mapping[bytes, bytes]) -> bytes:
    coding = headers.get(b"content-encoding", b"identity").strip().lower()
    if coding not in (b"", b"identity"):
        raise UnsupportedContentEncodingError("A form with files must come without content-encoding.")
    boundary = boundary_of(headers[b"content-type"])
    if boundary is None:
        raise InvalidUploadError("content-type: multipart/form-data must have a boundary.")
    return boundary


def _check_size(headers: Mapping[bytes, bytes], limit: int) -> None:
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > limit:
        raise UploadTooLargeError(f"The form is larger than {limit} bytes.")
