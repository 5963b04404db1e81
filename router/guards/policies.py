"""Which policies hold for a caller?  A Python function decides, or a Casbin model with its policy file."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from router.guards.claims import Claims
from router.telemetry.logs import get_log, log_failure

_log = get_log("guards")

ANONYMOUS: Final = "anonymous"
"""Casbin's subject for a caller without a token."""

Headers: TypeAlias = Mapping[bytes, bytes]
Granted: TypeAlias = Collection[str] | Mapping[str, bool]
Decide: TypeAlias = Callable[
    [frozenset[str], Mapping[str, str], Mapping[str, Any]], Granted | Awaitable[Granted]
]
"""Policies, headers (names in lower case) and claims; gives those that hold.  May be a coroutine function."""


async def policies_held(
    decide: Decide | None, policies: frozenset[str], headers: Headers, claims: Claims | None
) -> frozenset[str]:
    """Give the policies that hold, asking once for all.  One that fails holds none of them."""
    if decide is None:
        return frozenset()
    named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
    try:
        decided = decide(policies, named, {} if claims is None else claims.values)
        if inspect.isawaitable(decided):
            decided = await decided
        if isinstance(decided, Mapping):
            decided = [name for name, holds in decided.items() if holds is True]
        return policies & frozenset(decided)
    except Exception as error:
        log_failure(_log, "policies could not be decided: none holds", error)
        return frozenset()


class MissingCasbinError(Exception):
    """pycasbin is not installed."""


def casbin_decision(model: Path, policy: Path, subject_claim: str, roles_claim: str) -> Decide:
    """Give a decision by Casbin: a policy is an object, the caller's subject and each role ask for it.

    The model's request is ``r = sub, obj``.  Blocks: reads both files.
    Raises: MissingCasbinError; ValueError for files that are none of Casbin's.
    """
    try:
        import casbin  # type: ignore[import-untyped]  # noqa: PLC0415  # an extra: who does not use it need not have it
    except ImportError:
        raise MissingCasbinError("install the extra casbin: pip install olympus-router[casbin]") from None
    try:
        enforcer = casbin.Enforcer(str(model), str(policy))
    except Exception as error:  # Casbin raises whatever its parser met
        raise ValueError(f"{model}, {policy}: not a Casbin model and policy: {error}") from error

    def decide(policies: frozenset[str], _headers: Mapping[str, str], values: Mapping[str, Any]) -> Granted:
        claims = Claims(values)
        subjects = [claims.text(subject_claim) or ANONYMOUS, *sorted(claims.words(roles_claim))]
        return [name for name in policies if any(enforcer.enforce(subject, name) for subject in subjects)]

    return decide
