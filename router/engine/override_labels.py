"""Progressive overrides: which labels of ``@override(label:)`` are on for a request.

A label is fixed by configuration, or ``percent(n)``: on for that share of callers.  With ``sticky_by`` a caller gets
the same side each time, on every router; a caller without that header or claim, and everyone without ``sticky_by``,
gets a side per request.  A function may decide instead.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, TypeAlias

from router.engine.admission import Caller
from router.federation.supergraph import Supergraph

NO_LABELS: Final[frozenset[str]] = frozenset()
_PERCENT: Final = re.compile(r"percent\((\d{1,3}(?:\.\d{1,8})?)\)")

Decide: TypeAlias = Callable[[str, Mapping[str, str], Mapping[str, object]], bool | None]
"""Label, headers (names in lower case) and claims; None leaves it to the other rules."""


@dataclass(frozen=True, slots=True)
class OverrideOptions:
    """How labels are decided; ``config`` fills it."""

    labels: Mapping[str, bool] = field(default_factory=dict)
    sticky_header: bytes | None = None
    sticky_claim: str | None = None
    decide: Decide | None = None


class OverrideLabels:
    """The labels of one supergraph.

    Cost: none per request for a supergraph without labels; else a few comparisons a label, and one hash for each
    ``percent`` that is sticky.
    """

    def __init__(self, supergraph: Supergraph, options: OverrideOptions) -> None:
        labels = {
            join.override_label
            for type_ in supergraph.types.values()
            for field_ in type_.fields.values()
            for join in field_.joins
            if join.override_label is not None
        }
        self._labels = tuple(sorted(labels))
        self._options = options

    def enabled(self, caller: Caller) -> frozenset[str]:
        """Give the labels that are on for this request."""
        if not self._labels:
            return NO_LABELS
        return frozenset(label for label in self._labels if self._is_on(label, caller))

    def _is_on(self, label: str, caller: Caller) -> bool:
        options = self._options
        if options.decide is not None:
            headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in caller.headers.items()}
            claims = {} if caller.claims is None else caller.claims.values
            decided = options.decide(label, headers, claims)
            if decided is not None:
                return decided
        fixed = options.labels.get(label)
        if fixed is not None:
            return fixed
        percent = _PERCENT.fullmatch(label)
        if percent is None:
            return False
        return self._share(label, caller) < float(percent[1]) / 100

    def _share(self, label: str, caller: Caller) -> float:
        """Give a number from 0 to 1 that stays with the caller."""
        key = self._sticky_key(caller)
        if key is None:
            return random.random()  # noqa: S311 - spreads load, guards nothing
        digest = sha256(label.encode() + b"\0" + key).digest()
        return int.from_bytes(digest[:8]) / 2**64

    def _sticky_key(self, caller: Caller) -> bytes | None:
        if self._options.sticky_claim is not None and caller.claims is not None:
            value = caller.claims.values.get(self._options.sticky_claim)
            return None if value is None else str(value).encode()
        if self._options.sticky_header is not None:
            return caller.headers.get(self._options.sticky_header)
        return None
