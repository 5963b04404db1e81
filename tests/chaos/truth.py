"""Is an answer right, or an honest error?

Right is what the router answered before anything was broken.  Honest is an answer in which everything that is there is
right, and everything that is missing has an error; or no data at all, and an error with a code that says why.  A
request for entities that failed has one error, at the first of them: an error in a list counts for all of the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Path = tuple[Any, ...]


def dishonesty(answer: Any, truth: Any) -> str | None:
    """What is wrong with an answer; None when it is right or honest.

    Shapes: ``answer`` is a parsed GraphQL response, ``truth`` the data that it should have.
    """
    if not isinstance(answer, dict):
        return f"no GraphQL response: {str(answer)[:200]}"
    errors = answer.get("errors", [])
    if not isinstance(errors, list) or any(not isinstance(error.get("message"), str) for error in errors):
        return f"no list of errors: {str(errors)[:200]}"
    nameless = [error for error in errors if not error.get("extensions", {}).get("code")]
    if nameless:
        return f"an error without a code: {nameless[0]}"
    data = answer.get("data")
    if data is None:
        return None if errors else f"neither data nor errors: {str(answer)[:200]}"
    return _differs(data, truth, (), [_keys(error.get("path", ())) for error in errors])


def is_right(answer: Any, truth: Any) -> bool:
    """Whether nothing is missing."""
    return isinstance(answer, dict) and "errors" not in answer and answer.get("data") == truth


def _differs(given: Any, truth: Any, path: Path, errors: Sequence[Path]) -> str | None:
    if given == truth:
        return None
    if given is None:
        # An error at the place, below it (it came up to here), or above it (all of that was not to be had).
        keys = _keys(path)
        told = any(error[: len(keys)] == keys or keys[: len(error)] == error for error in errors)
        return None if told else f"null without an error at {list(path)}, {str(truth)[:80]} expected"
    if isinstance(given, dict) and isinstance(truth, dict) and list(given) == list(truth):
        found = (_differs(given[key], truth[key], (*path, key), errors) for key in truth)
    elif isinstance(given, list) and isinstance(truth, list) and len(given) == len(truth):
        found = (
            _differs(one, other, (*path, index), errors)
            for index, (one, other) in enumerate(zip(given, truth, strict=True))
        )
    else:
        return f"at {list(path)}: {str(given)[:120]} where {str(truth)[:120]} is right"
    return next((one for one in found if one), None)


def _keys(path: Sequence[Any]) -> Path:
    return tuple(step for step in path if isinstance(step, str))
