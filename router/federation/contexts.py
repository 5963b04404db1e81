"""@context and @fromContext: arguments whose values come from an object further up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from router.federation.subgraph import (
    AppliedDirective,
    FieldDefinition,
    InputValue,
    Subgraph,
    TypeDefinition,
    all_applied,
    applied,
)
from router.language.field_set import FieldSet, FieldSetSyntaxError, parse_field_set
from router.language.values import string_argument

_FIELD: Final = re.compile(r"\s*\$\s*([_A-Za-z][_0-9A-Za-z]*)\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ContextUse:
    """One @fromContext."""

    owner: TypeDefinition
    field: FieldDefinition
    argument: InputValue
    applied: AppliedDirective
    context: str | None
    """Name of the context, without ``$``; None when the text names none."""
    text: str
    """The selection after the name, as written."""
    selection: FieldSet | None
    """None when the text does not parse."""


def context_uses(subgraph: Subgraph) -> Iterator[ContextUse]:
    """Every @fromContext of the subgraph, in the order of the SDL."""
    for type_ in subgraph.types.values():
        for field in type_.fields.values():
            for argument in field.arguments.values():
                use = applied(argument, "fromContext")
                if use is not None:
                    yield read_context_use(type_, field, argument, use)


def read_context_use(
    owner: TypeDefinition, field: FieldDefinition, argument: InputValue, use: AppliedDirective
) -> ContextUse:
    """Take ``$name selection`` apart."""
    whole = string_argument(use.arguments.get("field")) or ""
    match = _FIELD.fullmatch(whole)
    name, text = (match[1], match[2].strip()) if match else (None, whole)
    try:
        selection = parse_field_set(text)
    except FieldSetSyntaxError:
        selection = None
    return ContextUse(owner, field, argument, use, name, text, selection)


def contexts(subgraph: Subgraph) -> dict[str, list[TypeDefinition]]:
    """The types that set each context."""
    found: dict[str, list[TypeDefinition]] = {}
    for type_ in subgraph.types.values():
        for use in all_applied(type_, "context"):
            name = string_argument(use.arguments.get("name"))
            if name is not None:
                found.setdefault(name, []).append(type_)
    return found
