"""A GraphQL request with files: ``operations`` and ``map`` read, and each file put in its places.

Spec: GraphQL multipart request specification (jaydenseric).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import orjson

from router.errors import ClientError
from router.protocols.batch import read_entries
from router.protocols.graphql_http import BatchingNotSupportedError
from router.protocols.graphql_request import GraphQLRequest, InvalidRequestError, graphql_request
from router.protocols.upload import FileSource, Upload

MAX_PATHS: Final = 1000
"""Places in the variables that one request's files may have."""


class InvalidUploadError(ClientError):
    """The form is not what the multipart request specification says: its parts, their order or the map.

    What to do: send ``operations``, then ``map``, then every file that the map names, once.
    """

    code = "INVALID_FILE_UPLOAD"
    status = 400


class TooManyFilesError(ClientError):
    """The map names more files than ``file_uploads.limits.max_files``.

    What to do: send several requests, or raise the limit.
    """

    code = "TOO_MANY_FILES"
    status = 413


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """One request, or a batch of them, with `Upload` in the variables where files are."""

    entries: tuple[GraphQLRequest | ClientError, ...]
    is_batch: bool
    keys: tuple[str, ...]
    """Of the files that must come."""

    def with_files(self, files: FileSource) -> tuple[GraphQLRequest | ClientError, ...]:
        """Give the entries, each of which can reach the files."""
        return tuple(
            replace(entry, files=files) if isinstance(entry, GraphQLRequest) and self.keys else entry
            for entry in self.entries
        )


_Place: TypeAlias = tuple[Any, str | int]
"""What holds a value, and under which key or index."""


def read_upload(operations: bytes, file_map: bytes, max_files: int, max_requests: int) -> UploadRequest:
    """Read the two parts; ``max_requests`` 0: a batch is refused.

    Shapes: ``operations`` as a body without files would be, with null where files are; ``map``
    ``{"key": ["variables.file", "0.variables.files.1"]}``.
    Raises: a `ClientError`.
    """
    value = _json(operations, "operations")
    places = _json(file_map, "map")
    if not isinstance(places, dict):
        raise InvalidUploadError('"map" must be a JSON object: {"0": ["variables.file"]}.')
    if len(places) > max_files:
        raise TooManyFilesError(f'"map" names {len(places)} files; {max_files} are allowed.')
    is_batch = isinstance(value, list)
    if is_batch and not max_requests:
        raise BatchingNotSupportedError(
            '"operations" is an array: batching is not supported, send one request at a time.'
        )
    _put_files(value, places, is_batch=is_batch)
    if is_batch:
        return UploadRequest(tuple(read_entries(value, max_requests)), True, tuple(places))
    if not isinstance(value, dict):
        raise InvalidRequestError('"operations" must be a JSON object: {"query": ...}.')
    return UploadRequest((graphql_request(value),), False, tuple(places))


def _json(text: bytes, part: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InvalidUploadError(f'"{part}" must be JSON.') from None


def _put_files(operations: Any, places: dict[str, Any], *, is_batch: bool) -> None:
    """Put an `Upload` at every path; each must hold null, within one request's variables."""
    count = 0
    for key, paths in places.items():
        if not isinstance(paths, list) or not paths:
            raise InvalidUploadError(f'"map" must give a list of paths for "{key}".')
        count += len(paths)
        if count > MAX_PATHS:
            raise InvalidUploadError(f'"map" has more than {MAX_PATHS} paths.')
        upload = Upload(key)
        requests = set()
        for path in paths:
            holder, name, request = _place(operations, path, is_batch=is_batch)
            requests.add(request)
            holder[name] = upload
        if len(requests) > 1:
            raise InvalidUploadError(
                f'The file "{key}" is in several requests of the batch; send it once for each.'
            )


def _place(operations: Any, path: Any, *, is_batch: bool) -> tuple[Any, str | int, str]:
    """Give where a path leads, and which request of the batch it is in."""
    steps: Sequence[str] = path.split(".") if isinstance(path, str) else ()
    request, rest = (steps[0], steps[1:]) if is_batch and steps else ("", steps)
    if len(rest) < 2 or rest[0] != "variables":
        raise InvalidUploadError('A path in "map" leads into the variables: "variables.file".')
    value = operations
    place: _Place | None = None
    for step in steps:
        place = _step(value, step)
        if place is None:
            raise InvalidUploadError(f'The path "{path[:100]}" in "map" leads nowhere.')
        value = place[0][place[1]]
    if place is None or value is not None:
        raise InvalidUploadError(
            f'The path "{path[:100]}" in "map" must lead to null, and only one file may.'
        )
    return place[0], place[1], request


def _step(value: Any, step: str) -> _Place | None:
    if isinstance(value, dict) and step in value:
        return value, step
    if (
        isinstance(value, list)
        and step.isascii()
        and step.isdigit()
        and len(step) < 10
        and int(step) < len(value)
    ):
        return value, int(step)
    return None
