"""Arithmetic that is done once where no variable has a part in it, and per request where one has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

Term: TypeAlias = float | Callable[[Mapping[str, Any]], float]
"""A number, or what gives one for coerced variables."""


def value(term: Term, variables: Mapping[str, Any]) -> float:
    """Give the number."""
    return term(variables) if callable(term) else term


def total(terms: Iterable[Term]) -> Term:
    """Add."""
    constant, parts = 0.0, []
    for term in terms:
        if callable(term):
            parts.append(term)
        else:
            constant += term
    if not parts:
        return constant
    if len(parts) == 1 and not constant:
        return parts[0]
    return lambda variables: constant + sum([part(variables) for part in parts])


def times(size: Term, each: Term) -> Term:
    """Multiply.  A size is always worked out, since it may refuse the operation."""
    if not callable(size):
        if not callable(each):
            return size * each
        return each if size == 1 else lambda variables: size * each(variables)
    if not callable(each):
        return lambda variables: size(variables) * each
    return lambda variables: size(variables) * each(variables)
