"""Do two GraphQL responses say the same?  Data to the byte; errors by what they took away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Path = tuple[str | int, ...]


def disagreement(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> str | None:
    """What differs, in one sentence; None when nothing does.

    Data must be the same JSON text, so the order of response keys counts.  Each null of the data that has an
    error must have one in both, with a code in common; which of several failing fields below that null is
    named, or how many of them, is the executor's choice (GraphQL, 6.4.4).
    """
    if "data" not in actual:
        return f"the router refuses the request: {actual.get('errors')}"
    if json.dumps(expected["data"]) != json.dumps(actual["data"]):
        at = _first_difference(expected["data"], actual["data"])
        errors = f"{expected.get('errors')}\n  router: {actual.get('errors')}"
        return f"the data differs at {at}\n  reference: {errors}"
    lost, lost_by_router = _lost(expected), _lost(actual)
    same = lost.keys() == lost_by_router.keys() and all(lost[at] & lost_by_router[at] for at in lost)
    if not same:
        errors = f"{expected.get('errors')}\n  router: {actual.get('errors')}"
        return f"errors for {lost} here, for {lost_by_router} there\n  reference: {errors}"
    return None


def _lost(response: Mapping[str, Any]) -> dict[Path, set[str | None]]:
    """Each null that has errors, with their codes; None for a null that the schema forbids."""
    codes: dict[Path, set[str | None]] = {}
    for error in response.get("errors") or ():
        code = (error.get("extensions") or {}).get("code")
        null = _null_at(response["data"], error.get("path") or ())
        codes.setdefault(null, set()).add(None if code == "SUBGRAPH_NULL_VALUE" else code)
    return codes


def _null_at(data: Any, path: list[str | int] | Path) -> Path:
    """The part of an error's path down to the null it left behind."""
    here: Path = ()
    for step in path:
        if data is None:
            break
        data = data[step]
        here = (*here, step)
    return here


def _first_difference(expected: Any, actual: Any, path: str = "data") -> str:
    if isinstance(expected, dict) and isinstance(actual, dict):
        if list(expected) != list(actual):
            return f"{path}: keys {list(expected)} here, {list(actual)} there"
        pairs = [(f"{path}.{key}", expected[key], actual[key]) for key in expected]
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = [(f"{path}.{i}", *both) for i, both in enumerate(zip(expected, actual, strict=True))]
    else:
        pairs = []
    for below, one, other in pairs:
        if json.dumps(one) != json.dumps(other):
            return _first_difference(one, other, below)
    return f"{path}: {json.dumps(expected)[:300]} here, {json.dumps(actual)[:300]} there"
