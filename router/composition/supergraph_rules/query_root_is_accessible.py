"""Clients can ask queries."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merged import Merged, find
from router.composition.result import CompositionError
from router.federation.codes import QUERY_ROOT_TYPE_INACCESSIBLE


def query_root_is_accessible(merged: Merged) -> Iterator[CompositionError]:
    """A schema without queries is no schema.

    Code: QUERY_ROOT_TYPE_INACCESSIBLE.
    """
    query = merged.types.get("Query")
    if query is not None and find(query, "inaccessible"):
        message = '"Query" is the query root and cannot be @inaccessible; mark its fields instead'
        yield merged.error(QUERY_ROOT_TYPE_INACCESSIBLE, message, "Query")
