"""``headers``: what crosses to subgraphs."""

from __future__ import annotations

import re

from pydantic import Field, model_validator

from router.config.values import HeaderName, HeaderValue, Pattern, Section
from router.engine.header_rules import (
    HeaderOptions,
    HeaderRule,
    Insert,
    InsertFromClaim,
    PropagateMatching,
    PropagateNamed,
    Remove,
)


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
    default: HeaderValue | None = None
    """Sent for callers without a token."""

    @model_validator(mode="after")
    def _has_one_value(self) -> InsertRule:
        if (self.value is None) == (self.from_claim is None):
            raise ValueError("give value or from_claim, one of them")
        if self.value is not None and self.default is not None:
            raise ValueError("default goes with from_claim, not with value")
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


class HeaderRulesSection(Section):
    """The rules of all subgraphs or of one."""

    request: tuple[HeaderRuleItem, ...] = ()
    """Run in order; what a later rule sets replaces what an earlier one set."""


class HeadersSection(Section):
    """``headers``: what crosses to subgraphs; nothing else does."""

    all: HeaderRulesSection = HeaderRulesSection()
    subgraphs: dict[str, HeaderRulesSection] = Field(default_factory=dict)
    """By subgraph: rules that run after those for all."""


def header_options(section: HeadersSection) -> HeaderOptions:
    """The rules as the engine takes them."""
    return HeaderOptions(
        _rules(section.all), {name: _rules(rules) for name, rules in section.subgraphs.items()}
    )


def _rules(section: HeaderRulesSection) -> tuple[HeaderRule, ...]:
    return tuple(_rule(item) for item in section.request)


def _rule(item: HeaderRuleItem) -> HeaderRule:
    if item.propagate is not None:
        return _propagate(item.propagate)
    if item.insert is not None:
        insert = item.insert
        if insert.from_claim is not None:
            return InsertFromClaim(insert.name.encode(), insert.from_claim, _bytes(insert.default))
        return Insert(insert.name.encode(), (insert.value or "").encode())
    if item.remove is not None and item.remove.named is not None:
        return Remove(re.compile(re.escape(item.remove.named)))
    if item.remove is not None and item.remove.matching is not None:
        return Remove(item.remove.matching)
    raise AssertionError("the model lets one of the three through")


def _propagate(propagate: Propagate) -> HeaderRule:
    if propagate.matching is not None:
        return PropagateMatching(propagate.matching)
    named = (propagate.named or "").encode()
    return PropagateNamed(named, _bytes(propagate.rename), _bytes(propagate.default))


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()
