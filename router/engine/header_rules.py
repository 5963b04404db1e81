"""Which headers cross from the caller to a subgraph: those that a rule names, and no others.

Rules run in order, those for all subgraphs first; what a later rule sets replaces what an earlier one set.  But what a
rule says of the caller (by claim or expression) no caller can say itself: a header of that name is never forwarded,
wherever the rules stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from router.engine.admission import Caller
from router.engine.expression import Expression
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
class InsertExpression:
    """Send what an expression gives for the caller; nothing, and never what the caller sent, where it gives none."""

    name: bytes
    expression: Expression


@dataclass(frozen=True, slots=True)
class Remove:
    """Take away the headers that earlier rules set and whose whole name matches."""

    matching: re.Pattern[str]


InsertRule: TypeAlias = Insert | InsertFromClaim | InsertExpression
HeaderRule: TypeAlias = (
    PropagateNamed | PropagateMatching | Insert | InsertFromClaim | InsertExpression | Remove
)


@dataclass(frozen=True, slots=True)
class HeaderOptions:
    """The rules for every subgraph, and those added for some; ``config`` fills these."""

    for_all: tuple[HeaderRule, ...] = ()
    for_subgraph: Mapping[str, tuple[HeaderRule, ...]] = field(default_factory=dict)

    @property
    def reads_context(self) -> bool:
        """Whether an expression reads the operation."""
        return reads_context([*self.for_all, *(rule for own in self.for_subgraph.values() for rule in own)])

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
        ours = frozenset(
            _folded(rule.name) for rule in rules if isinstance(rule, InsertFromClaim | InsertExpression)
        )
        self._steps = tuple(_step(rule, ours) for rule in rules)

    def headers(self, caller: Caller) -> Headers:
        """Give the headers to send for this caller."""
        outgoing: _Outgoing = {}
        for step in self._steps:
            step(caller, outgoing)
        return tuple(outgoing.items())


def reads_context(rules: Iterable[object]) -> bool:
    """Tell whether an expression among these rules reads the operation."""
    return any(isinstance(rule, InsertExpression) and rule.expression.reads_context for rule in rules)


def _folded(name: bytes) -> bytes:
    """Give what servers take for the same name: those of the CGI kind know no difference between ``_`` and ``-``."""
    return name.lower().replace(b"_", b"-")


def _step(rule: HeaderRule, ours: frozenset[bytes]) -> _Step:
    """``ours``: names that are never taken from the caller, folded."""
    match rule:
        case PropagateNamed():
            return _propagate_named(rule, ours)
        case PropagateMatching():
            return _propagate_matching(rule.matching, ours)
        case Insert():
            return _insert(rule)
        case InsertFromClaim() | InsertExpression():
            return _insert_for_caller(rule)
        case Remove():
            return _remove(rule.matching)


def _propagate_named(rule: PropagateNamed, ours: frozenset[bytes]) -> _Step:
    named, sent_as, default = rule.named, rule.rename or rule.named, rule.default
    if _folded(sent_as) in ours:
        return lambda _caller, _outgoing: None

    def step(caller: Caller, outgoing: _Outgoing) -> None:
        value = caller.headers.get(named, default)
        if value is not None:
            outgoing[sent_as] = value

    return step


def _propagate_matching(pattern: re.Pattern[str], ours: frozenset[bytes]) -> _Step:
    def step(caller: Caller, outgoing: _Outgoing) -> None:
        for name, value in caller.headers.items():
            if name in NEVER_FORWARDED or (ours and _folded(name) in ours):
                continue
            if pattern.fullmatch(name.decode("latin-1")):
                outgoing[name] = value

    return step


def _insert(rule: Insert) -> _Step:
    def step(_caller: Caller, outgoing: _Outgoing) -> None:
        outgoing[rule.name] = rule.value

    return step


def _insert_for_caller(rule: InsertFromClaim | InsertExpression) -> _Step:
    evaluate = inserter(rule)

    def step(caller: Caller, outgoing: _Outgoing) -> None:
        value = evaluate(caller)
        if value is None:
            outgoing.pop(rule.name, None)
        else:
            outgoing[rule.name] = value

    return step


def inserter(rule: InsertRule) -> Callable[[Caller], bytes | None]:
    """Give the function from a caller to the value that is inserted; None: nothing is."""
    match rule:
        case Insert(_, value):
            return lambda _caller: value
        case InsertFromClaim():
            return lambda caller: _claim_value(rule, caller)
        case InsertExpression(_, expression):
            evaluate = expression.compiled()
            return lambda caller: _safe(evaluate(caller))


def _claim_value(rule: InsertFromClaim, caller: Caller) -> bytes | None:
    return rule.default if caller.claims is None else _safe(caller.claims.text(rule.claim))


def _safe(text: str | None) -> bytes | None:
    """A value with a line break or another control character could forge a header of its own."""
    return text.encode() if text is not None and text.isprintable() else None


def _remove(pattern: re.Pattern[str]) -> _Step:
    def step(_caller: Caller, outgoing: _Outgoing) -> None:
        for name in [name for name in outgoing if pattern.fullmatch(name.decode("latin-1"))]:
            del outgoing[name]

    return step
