"""Files of a request: each goes along with the one fetch whose variables hold it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import orjson

from router.errors import ClientError
from router.execution.context import ExecutionContext
from router.execution.program import Program
from router.protocols.upload import Upload
from router.transport.base import SubgraphRequest, SubgraphUpload

Places: TypeAlias = dict[str, list[str]]
"""From a file's key to where it is: ``variables.input.files.0``."""


class FileUsedTwiceError(ClientError):
    """A file is an argument of fields that several requests to subgraphs would resolve; it can be sent once only.

    What to do: send the file once for each field, as variables of their own.
    """

    code = "FILE_USED_TWICE"
    status = 400


def places_by_fetch(program: Program, variables: Mapping[str, Any]) -> dict[int, Places]:
    """Give which files go along with which fetch.  Raises: FileUsedTwiceError before anything is sent."""
    located = {name: list(_places(value, f"variables.{name}")) for name, value in variables.items()}
    fetch_of: dict[str, int] = {}
    found: dict[int, Places] = {}
    for step in program.steps.values():
        for name in step.body.variables:
            for path, upload in located.get(name, ()):
                fetch = fetch_of.setdefault(upload.key, step.fetch.id)
                if fetch != step.fetch.id or step.grouped is not None:
                    raise FileUsedTwiceError(
                        f'The file in "${name}" would go to several requests to subgraphs; it can be sent once only.'
                    )
                found.setdefault(fetch, {}).setdefault(upload.key, []).append(path)
    return found


def _places(value: Any, path: str) -> Iterator[tuple[str, Upload]]:
    if isinstance(value, Upload):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _places(inner, f"{path}.{index}")


def with_files(ctx: ExecutionContext, request: SubgraphRequest, fetch: int) -> SubgraphRequest:
    """Give the request with the files that go along with a fetch, claimed for it."""
    places = ctx.uploads.get(fetch)
    if places is None or ctx.files is None:
        return request
    names = {key: str(number) for number, key in enumerate(places)}
    file_map = orjson.dumps({names[key]: paths for key, paths in places.items()})
    sent = {key: name.encode() for key, name in names.items()}
    upload = SubgraphUpload(file_map, sent, ctx.files.claim(tuple(places)), ctx.deadline_s)
    return replace(request, upload=upload)
