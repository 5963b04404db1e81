"""Which headers cross from the caller to a subgraph: those that a rule names, and no others.

Rules run in order, those for all subgraphs first; what a later rule sets replaces what an earlier one set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from router.engine.admission import Caller
from router.transport.base import Headers

NEVER_FORWARDED: Final = frozenset(
    {
        # RFC 9110, section 7.6.1: they concern one connection.
        *(b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade"),
        *(b"proxy-authenticate", b"proxy-authorization", b"proxy-connection"),
        # They describe the message that the caller sent, or that it wants back.
        *(b"host", b"content-length", b"content-type", b"content-encoding", b"expect"),
        *(b"accept", b"accept-encoding", b"accept-charset"),
        *(b"sec-websocket-key", b"sec-websocket-version", b"sec-websocket-protocol"),
        *(b"sec-websocket-extensions", b"sec-websocket-accept"),
    }
)


@dataclass(frozen=True, slots=True)
class PropagateNamed:
    """Forward one header, under another name if ``rename``; ``default`` where the caller sent none."""

    named: bytes
    rename: bytes | None = None
    default: bytes | None = None


@dataclass(frozen=True, slots=True)
class PropagateMatching:
    """Forward every header whose whole name matches, but those of `NEVER_FORWARDED`."""

    matching: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Insert:
    """Send a header whatever the caller sent; without ``value``, whatever it sent is dropped."""

    name: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class InsertFromClaim:
    """Send a claim of the caller's token as a header, and never what the caller sent under its name.

    ``default`` is for callers without a token; a token without the claim sends no header.
    """

    name: bytes
    claim: str
    default: bytes | None = None


@dataclass(frozen=True, slots=True)
class Remove:
    """Take away the headers that earlier rules set and whose whole name matches."""

    matching: re.Pattern[str]


HeaderRule: TypeAlias = PropagateNamed | PropagateMatching | Insert | InsertFromClaim | Remove


@dataclass(frozen=True, slots=True)
class HeaderOptions:
    """The rules for every subgraph, and those added for some; ``config`` fills these."""

    for_all: tuple[HeaderRule, ...] = ()
    for_subgraph: Mapping[str, tuple[HeaderRule, ...]] = field(default_factory=dict)

    def rules_for(self, subgraph: str) -> tuple[HeaderRule, ...]:
        """Give the rules of one subgraph in the order they run."""
        return self.for_all + self.for_subgraph.get(subgraph, ())


_Outgoing: TypeAlias = dict[bytes, bytes]
_Step: TypeAlias = Callable[[Caller, _Outgoing], None]


class CompiledHeaderRules:
    """The rules of one subgraph, as functions made once.

    Invariant: of equal callers the same bytes in the same order, so that their requests can be shared.
    Cost: one call per rule; a ``matching`` rule looks at every header of the caller.
    """

    def __init__(self, rules: Sequence[HeaderRule]) -> None:
        self._steps = tuple(_step(rule) for rule in rules)

    def headers(self, caller: Caller) -> Headers:
        """Give the headers to send for this caller."""
        outgoing: _Outgoing = {}
        for step in self._steps:
            step(caller, outgoing)
        return tuple(outgoing.items())


def _step(rule: HeaderRule) -> _Step:
    match rule:
        case PropagateNamed():
            return _propagate_named(rule)
        case PropagateMatching():
            return _propagate_matching(rule.matching)
        case Insert():
            return _insert(rule)
        case InsertFromClaim():
            return _insert_from_claim(rule)
        case Remove():
            return _remove(rule.matching)


def _propagate_named(rule: PropagateNamed) -> _Step:
    named, sent_as, default = rule.named, rule.rename or rule.named, rule.default

    def step(caller: Caller, outgoing: _Outgoing) -> None:
        value = caller.headers.get(named, default)
        if value is not None:
            outgoing[sent_as] = value

    return step


def _propagate_matching(pattern: re.Pattern[str]) -> _Step:
    def step(caller: Caller, outgoing: _Outgoing) -> None:
        for name, value in caller.headers.items():
            if name not in NEVER_FORWARDED and pattern.fullmatch(name.decode("latin-1")):
                outgoing[name] = value

    return step


def _insert(rule: Insert) -> _Step:
    def step(_caller: Caller, outgoing: _Outgoing) -> None:
        outgoing[rule.name] = rule.value

    return step


def _insert_from_claim(rule: InsertFromClaim) -> _Step:
    def step(caller: Caller, outgoing: _Outgoing) -> None:
        value = rule.default
        if caller.claims is not None:
            text = caller.claims.text(rule.claim)
            # A claim with a line break or another control character could forge a header of its own.
            value = text.encode() if text is not None and text.isprintable() else None
        if value is None:
            outgoing.pop(rule.name, None)
        else:
            outgoing[rule.name] = value

    return step


def _remove(pattern: re.Pattern[str]) -> _Step:
    def step(_caller: Caller, outgoing: _Outgoing) -> None:
        for name in [name for name in outgoing if pattern.fullmatch(name.decode("latin-1"))]:
            del outgoing[name]

    return step
