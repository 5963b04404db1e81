"""What the playground is told beside the schema: documents to begin with, and which subgraph has which field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from router.engine.engine import Engine
from router.federation.supergraph import Supergraph
from router.federation.supergraph_types import SupergraphField, SupergraphType
from router.server.options import ServerOptions
from router.telemetry.logs import get_log

_log = get_log("server")

MAX_DOCUMENTS: Final = 500
MAX_BYTES: Final = 1_000_000
"""Of all documents together; what is beyond it is left out."""


def context_route(engine: Engine, options: ServerOptions, headers: dict[str, str]) -> Route:
    """Give the route of ``/playground/context.json``.

    Shapes: ``{"supergraph": id | null, "operations": [{"name", "text"}], "owners"?: {"Type.field": [subgraph, …]},
    "identities"?: [name]}``; ``owners`` and ``identities`` where the options have them.  The folder is read at each
    request: a page load, not an operation.
    """

    def context(_request: Request) -> JSONResponse:
        snapshot = engine.snapshot
        told: dict[str, Any] = {
            "supergraph": None if snapshot is None else snapshot.id,
            "operations": read_operations(options.playground_operations),
        }
        if options.shows_owners and snapshot is not None:
            told["owners"] = owners(snapshot.supergraph)
        if options.playground_identities:
            told["identities"] = [one.name for one in options.playground_identities]
        return JSONResponse(told, headers={**headers, "cache-control": "no-store"})

    return Route("/playground/context.json", context)


def token_route(options: ServerOptions, headers: dict[str, str]) -> Route:
    """Give the route that makes demo tokens: ``{"identity": name}`` by POST gives ``{"token"}``, or 404."""
    identities = {one.name: one.token for one in options.playground_identities}

    async def token(request: Request) -> JSONResponse:
        try:
            identity = json.loads(await request.body())["identity"]
            made = identities[identity]()
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"error": "There is no such identity."}, 404, headers=headers)
        return JSONResponse({"token": made}, headers={**headers, "cache-control": "no-store"})

    return Route("/playground/token", token, methods=["POST"])


def read_operations(folder: Path | None) -> list[dict[str, str]]:
    """Give the documents of a folder and those below it, by path; one that cannot be read is left out and logged."""
    found: list[dict[str, str]] = []
    left = MAX_BYTES
    for file in [] if folder is None else sorted(folder.rglob("*.graphql"))[:MAX_DOCUMENTS]:
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            _log.warning("a document of the playground cannot be read", extra={"error": str(error)})
            continue
        left -= len(text.encode())
        if left < 0:
            break
        found.append({"name": file.relative_to(folder or file).with_suffix("").as_posix(), "text": text})
    return found


def owners(supergraph: Supergraph) -> dict[str, list[str]]:
    """Give, for each field that clients see, the subgraphs that answer it, in the supergraph's order."""
    return {
        f"{type_.name}.{field.name}": _owners(supergraph, type_, field)
        for type_ in supergraph.types.values()
        if not type_.is_inaccessible
        for field in type_.fields.values()
        if not field.is_inaccessible
    }


def _owners(supergraph: Supergraph, type_: SupergraphType, field: SupergraphField) -> list[str]:
    if any(join.graph is not None for join in field.joins):
        graphs = {join.graph for join in field.joins if join.graph is not None and not join.is_external}
    else:
        # Without a @join__field that names a graph, it is in every subgraph that has the type.
        graphs = {join.graph for join in type_.joins}
    return [one.name for graph, one in supergraph.subgraphs.items() if graph in graphs]
