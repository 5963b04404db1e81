"""``headers``: what crosses to subgraphs."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from router.config.values import HeaderName, HeaderValue, Pattern, Section, Words
from router.engine.expression import Expression
from router.engine.header_rules import (
    HeaderOptions,
    HeaderRule,
    Insert,
    InsertExpression,
    InsertFromClaim,
    PropagateMatching,
    PropagateNamed,
    Remove,
)
from router.engine.response_headers import (
    NEVER_RETURNED,
    Merge,
    PropagateBack,
    ResponseHeaderOptions,
    ResponseRule,
)


def _expression(text: str) -> str:
    return Expression(text).text


HeaderExpression = Annotated[str, AfterValidator(_expression), Words("expression")]


class Propagate(Section):
    """``propagate``: a header of the caller goes on to the subgraph."""

    named: HeaderName | None = None
    """One header."""
    matching: Pattern | None = None
    """Every header whose whole name matches."""
    rename: HeaderName | None = None
    """What the subgraph sees it as."""
    default: HeaderValue | None = None
    """Sent where the caller sent none."""

    @model_validator(mode="after")
    def _is_named_or_matching(self) -> Propagate:
        if (self.named is None) == (self.matching is None):
            raise ValueError("give named or matching, one of them")
        if self.matching is not None and (self.rename is not None or self.default is not None):
            raise ValueError("rename and default go with named, not with matching")
        return self


class InsertRule(Section):
    """``insert``: a header of the router's own, a fixed value or a claim of the caller's token."""

    name: HeaderName
    """The header to send."""
    value: HeaderValue | None = None
    """What to send, whatever the caller sent."""
    from_claim: str | None = None
    """A claim of the caller's token to send."""
    expression: HeaderExpression | None = None
    """What to send, worked out for each request: request.header.x-tenant ?? claims.tenant ?? "none"."""
    default: HeaderValue | None = None
    """Sent for callers without a token."""

    @model_validator(mode="after")
    def _has_one_value(self) -> InsertRule:
        if sum(given is not None for given in (self.value, self.from_claim, self.expression)) != 1:
            raise ValueError("give value, from_claim or expression, one of them")
        if self.from_claim is None and self.default is not None:
            raise ValueError('default goes with from_claim; in an expression write ?? "…"')
        return self


class RemoveRule(Section):
    """``remove``: takes away what rules before it set."""

    named: HeaderName | None = None
    """One header."""
    matching: Pattern | None = None
    """Every header whose whole name matches."""

    @model_validator(mode="after")
    def _is_named_or_matching(self) -> RemoveRule:
        if (self.named is None) == (self.matching is None):
            raise ValueError("give named or matching, one of them")
        return self


class HeaderRuleItem(Section):
    """One rule."""

    propagate: Propagate | None = None
    insert: InsertRule | None = None
    remove: RemoveRule | None = None

    @model_validator(mode="after")
    def _is_one_rule(self) -> HeaderRuleItem:
        if sum(rule is not None for rule in (self.propagate, self.insert, self.remove)) != 1:
            raise ValueError("a rule is one of propagate, insert and remove")
        return self


class PropagateBackRule(Section):
    """``propagate`` of an answer: a header of the subgraph's answer goes on to the client."""

    named: HeaderName | None = None
    """One header."""
    matching: Pattern | None = None
    """Every header whose whole name matches, but those that concern the message or the connection."""
    rename: HeaderName | None = None
    """What the client sees it as."""
    default: HeaderValue | None = None
    """Sent where the answer has none."""
    algorithm: Literal["first", "last", "append", "strictest"] | None = None
    """What becomes of it when several answers have it, in plan order: ``last`` unless said, for ``cache-control``
    ``strictest``; every line of ``set-cookie`` stays."""

    @model_validator(mode="after")
    def _is_possible(self) -> PropagateBackRule:
        if (self.named is None) == (self.matching is None):
            raise ValueError("give named or matching, one of them")
        if self.matching is not None and (self.rename is not None or self.default is not None):
            raise ValueError("rename and default go with named, not with matching")
        if self.algorithm == "strictest" and self.named != "cache-control":
            raise ValueError("strictest is for cache-control")
        for name in (self.named, self.rename):
            if name is not None and name.encode() in NEVER_RETURNED:
                raise ValueError(f"{name} concerns the message or the connection and is the router's to send")
        return self


class ResponseRuleItem(Section):
    """One rule of an answer."""

    propagate: PropagateBackRule | None = None
    """A header of the subgraph's answer goes on to the client."""
    insert: InsertRule | None = None
    """A header of the router's own."""
    remove: RemoveRule | None = None
    """Takes away what rules before it gave of this answer."""

    @model_validator(mode="after")
    def _is_one_rule(self) -> ResponseRuleItem:
        if sum(rule is not None for rule in (self.propagate, self.insert, self.remove)) != 1:
            raise ValueError("a rule is one of propagate, insert and remove")
        if self.insert is not None and self.insert.name.encode() in NEVER_RETURNED:
            raise ValueError(
                f"{self.insert.name} concerns the message or the connection and is the router's to send"
            )
        return self


class HeaderRulesSection(Section):
    """The rules of all subgraphs or of one."""

    request: tuple[HeaderRuleItem, ...] = ()
    """Run in order; what a later rule sets replaces what an earlier one set."""
    response: tuple[ResponseRuleItem, ...] = ()
    """From the subgraph's answer to the client, in order; nothing crosses that no rule names."""


class HeadersSection(Section):
    """``headers``: what crosses to subgraphs and back; nothing else does."""

    all: HeaderRulesSection = HeaderRulesSection()
    subgraphs: dict[str, HeaderRulesSection] = Field(default_factory=dict)
    """By subgraph: rules that run after those for all."""


def header_options(section: HeadersSection) -> HeaderOptions:
    """The rules as the engine takes them."""
    return HeaderOptions(
        _rules(section.all), {name: _rules(rules) for name, rules in section.subgraphs.items()}
    )


def response_header_options(section: HeadersSection) -> ResponseHeaderOptions:
    """The rules for answers as the engine takes them."""
    return ResponseHeaderOptions(
        _response_rules(section.all),
        {name: _response_rules(rules) for name, rules in section.subgraphs.items()},
    )


def _response_rules(section: HeaderRulesSection) -> tuple[ResponseRule, ...]:
    return tuple(_response_rule(item) for item in section.response)


def _response_rule(item: ResponseRuleItem) -> ResponseRule:
    back = item.propagate
    if back is not None:
        merge = None if back.algorithm is None else Merge(back.algorithm)
        named = (back.named or "").encode()
        return PropagateBack(named, back.matching, _bytes(back.rename), _bytes(back.default), merge)
    return _insert(item.insert) if item.insert is not None else _remove(item.remove)


def _rules(section: HeaderRulesSection) -> tuple[HeaderRule, ...]:
    return tuple(_rule(item) for item in section.request)


def _rule(item: HeaderRuleItem) -> HeaderRule:
    if item.propagate is not None:
        return _propagate(item.propagate)
    return _insert(item.insert) if item.insert is not None else _remove(item.remove)


def _insert(insert: InsertRule) -> Insert | InsertFromClaim | InsertExpression:
    name = insert.name.encode()
    if insert.from_claim is not None:
        return InsertFromClaim(name, insert.from_claim, _bytes(insert.default))
    if insert.expression is not None:
        return InsertExpression(name, Expression(insert.expression))
    return Insert(name, (insert.value or "").encode())


def _remove(remove: RemoveRule | None) -> Remove:
    if remove is not None and remove.named is not None:
        return Remove(re.compile(re.escape(remove.named)))
    if remove is not None and remove.matching is not None:
        return Remove(remove.matching)
    raise AssertionError("the model lets one of the three through")


def _propagate(propagate: Propagate) -> HeaderRule:
    if propagate.matching is not None:
        return PropagateMatching(propagate.matching)
    named = (propagate.named or "").encode()
    return PropagateNamed(named, _bytes(propagate.rename), _bytes(propagate.default))


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()
