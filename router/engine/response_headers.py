"""Which headers of subgraphs' answers reach the client: those that a rule names, merged as it says, and no others.

Each answer goes through the rules of its subgraph, those for all first; what comes out of them is merged in the order
of the plan's fetches (of a batch: of its requests).  ``Set-Cookie`` lines stay lines of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias

from router.engine.admission import Caller
from router.engine.cache_control import NO_STORE, strictest
from router.engine.header_rules import (
    NEVER_FORWARDED,
    Insert,
    InsertExpression,
    InsertFromClaim,
    Remove,
    inserter,
    reads_context,
)
from router.transport.base import Headers

SET_COOKIE: Final = b"set-cookie"
CACHE_CONTROL: Final = b"cache-control"

NEVER_RETURNED: Final = NEVER_FORWARDED | {
    # They describe the subgraph's message, which is not the one that the client gets.
    *(b"content-length", b"content-type", b"content-encoding", b"content-range", b"content-location"),
    *(b"content-md5", b"content-digest", b"repr-digest", b"digest", b"etag", b"last-modified"),
    *(b"accept-ranges", b"date", b"server", b"alt-svc", b"strict-transport-security"),
    # The router's own word about origins.
    *(b"access-control-allow-origin", b"access-control-allow-credentials", b"access-control-max-age"),
    *(b"access-control-allow-headers", b"access-control-allow-methods", b"access-control-expose-headers"),
    b"access-control-allow-private-network",
}

_PUBLIC: Final = frozenset({CACHE_CONTROL, b"age", b"vary", b"content-language", b"deprecation", b"sunset"})
"""Headers that say the same to everyone who asks the same."""


class Merge(Enum):
    """What becomes of a header that several answers have."""

    FIRST = "first"
    LAST = "last"
    APPEND = "append"
    STRICTEST = "strictest"
    """Of ``Cache-Control`` only."""
    LINES = "lines"
    """Of ``Set-Cookie``: every line, as it came."""


@dataclass(frozen=True, slots=True)
class PropagateBack:
    """Give the client a header of the subgraph's answer: one by name, or all whose whole name matches."""

    named: bytes = b""
    matching: re.Pattern[str] | None = None
    rename: bytes | None = None
    default: bytes | None = None
    """Where the answer has none."""
    merge: Merge | None = None
    """None: ``Cache-Control`` by the strictest, everything else the last."""

    @property
    def may_be_personal(self) -> bool:
        """Whether what it propagates may be meant for one caller."""
        return self.matching is not None or self.named not in _PUBLIC


ResponseRule: TypeAlias = PropagateBack | Insert | InsertFromClaim | InsertExpression | Remove


@dataclass(frozen=True, slots=True)
class ResponseHeaderOptions:
    """The rules for every subgraph's answers, and those added for some; ``config`` fills these."""

    for_all: tuple[ResponseRule, ...] = ()
    for_subgraph: Mapping[str, tuple[ResponseRule, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.for_all) or any(self.for_subgraph.values())

    @property
    def reads_context(self) -> bool:
        """Whether an expression reads the operation."""
        return reads_context([*self.for_all, *(rule for own in self.for_subgraph.values() for rule in own)])

    def rules_for(self, subgraph: str) -> tuple[ResponseRule, ...]:
        """Give the rules of one subgraph in the order they run."""
        return self.for_all + self.for_subgraph.get(subgraph, ())

    def may_be_personal(self, subgraph: str) -> bool:
        """Whether answers of this subgraph may hold headers meant for one caller, which no other may get."""
        rules = self.rules_for(subgraph)
        return any(isinstance(rule, PropagateBack) and rule.may_be_personal for rule in rules)


@dataclass(frozen=True, slots=True)
class Source:
    """One answer of a subgraph, or that there is none."""

    subgraph: str
    headers: Headers | None
    """None: it did not answer, or its part of the response has errors."""


_Own: TypeAlias = dict[bytes, tuple[Merge, list[bytes]]]
"""What one answer gives, by name."""


class ResponseHeaders:
    """The rules, ready to run.

    Cost: of each answer, a look at its headers per rule.
    """

    def __init__(self, options: ResponseHeaderOptions) -> None:
        self._options = options
        rules = [*options.for_all, *(rule for own in options.for_subgraph.values() for rule in own)]
        self._inserters = {
            id(rule): inserter(rule) for rule in rules if not isinstance(rule, PropagateBack | Remove)
        }

    def headers(self, sources: Sequence[Source], caller: Caller) -> list[tuple[bytes, bytes]]:
        """Give what the client gets of these answers' headers, and what is inserted."""
        merged: _Own = {}
        claims: dict[bytes, list[tuple[bytes, bytes]]] = {}
        for source in sources or (Source("", ()),):
            own = self._own(source, caller)
            for name, (merge, values) in own.items():
                if merge is not Merge.STRICTEST:
                    _merge(merged, name, merge, values)
                elif sources:
                    claims.setdefault(name, []).append((b", ".join(values), _age(source)))
        lines = [
            (name, value)
            for name, (merge, values) in merged.items()
            for value in (values if merge is Merge.LINES else [b", ".join(values)])
        ]
        has_cookies = any(name == SET_COOKIE for name, _ in lines)
        for name, said in claims.items():
            is_whole = len(said) == len(sources)
            lines.append((name, strictest(said, has_cookies=has_cookies) if is_whole else NO_STORE))
        return lines

    def _own(self, source: Source, caller: Caller) -> _Own:
        own: _Own = {}
        for rule in self._options.rules_for(source.subgraph):
            match rule:
                case PropagateBack():
                    _propagate(rule, source, own)
                case Remove(matching):
                    for name in [name for name in own if matching.fullmatch(name.decode("latin-1"))]:
                        del own[name]
                case _:
                    value = self._inserters[id(rule)](caller)
                    if value is None:
                        own.pop(rule.name, None)
                    else:
                        own[rule.name] = (_merge_of(rule.name, Merge.LAST), [value])
        return own


def _propagate(rule: PropagateBack, source: Source, own: _Own) -> None:
    if rule.matching is None:
        values = [value for name, value in source.headers or () if name == rule.named]
        if not values and rule.default is not None and source.headers is not None:
            values = [rule.default]
        merge = _merge_of(rule.named, rule.merge)
        if values or merge is Merge.STRICTEST:
            own[rule.rename or rule.named] = (_merge_of(rule.rename or rule.named, merge), values)
        return
    found: dict[bytes, list[bytes]] = {}
    for name, value in source.headers or ():
        if name not in NEVER_RETURNED and rule.matching.fullmatch(name.decode("latin-1")):
            found.setdefault(name, []).append(value)
    if CACHE_CONTROL not in found and rule.matching.fullmatch(CACHE_CONTROL.decode()):
        found[CACHE_CONTROL] = []
    for name, values in found.items():
        own[name] = (_merge_of(name, rule.merge), values)


def _merge_of(name: bytes, merge: Merge | None) -> Merge:
    if name == SET_COOKIE:
        return Merge.LINES
    if merge is not None:
        return merge
    return Merge.STRICTEST if name == CACHE_CONTROL else Merge.LAST


def _merge(merged: _Own, name: bytes, merge: Merge, values: list[bytes]) -> None:
    before = merged.get(name)
    if before is None or merge is Merge.LAST:
        merged[name] = (merge, values)
    elif merge in (Merge.APPEND, Merge.LINES):
        merged[name] = (merge, [*before[1], *values])


def _age(source: Source) -> bytes:
    return next((value for name, value in source.headers or () if name == b"age"), b"")


def audience_of(caller: Caller) -> bytes | None:
    """Give whom a personal answer may be shared with: those who show the same credentials; None: nobody."""
    shown = [caller.headers.get(name) for name in (b"authorization", b"cookie")]
    claims = None if caller.claims is None else repr(caller.claims.identity).encode()
    if claims is None and not any(shown):
        return None
    return b"\0".join([*(value or b"" for value in shown), claims or b""])


def sources_of(answered: list[tuple[int, str, Headers | None]], *, has_errors: bool) -> tuple[Source, ...]:
    """Give the answers in plan order; a part that is missing from the response is one without headers."""
    inorder = sorted(answered, key=lambda one: one[0])
    sources = [Source(subgraph, headers) for _, subgraph, headers in inorder]
    return (*sources, Source("", None)) if has_errors else tuple(sources)
