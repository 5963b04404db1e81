"""What readers of a schema miss, and what nobody needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from router.composition.lint.finding import Spot
from router.federation.subgraph import Element, Kind, Subgraph, TypeDefinition, applied
from router.language.values import string_argument

ROOTS: Final = ("Query", "Mutation", "Subscription")


def types_without_description(subgraph: Subgraph) -> Iterator[Spot]:
    """Types say what they are; roots need not, and another subgraph may have said it of an entity."""
    for type_ in subgraph.types.values():
        is_elsewhere = not type_.has_definition or applied(type_, "key") is not None
        if not type_.description and type_.name not in ROOTS and not is_elsewhere:
            yield Spot(type_.name, type_.at, f"Describe the type {type_.name}")


def fields_without_description(subgraph: Subgraph) -> Iterator[Spot]:
    """Fields of objects and interfaces say what they give."""
    for type_ in subgraph.types.values():
        for field in type_.fields.values():
            if not field.description and not field.is_external:
                yield Spot(field.coordinate, field.at, f"Describe the field {field.coordinate}")


def inputs_without_description(subgraph: Subgraph) -> Iterator[Spot]:
    """Arguments, input fields and enum values say what they mean."""
    for element in subgraph.elements():
        if _is_detail(element) and not element.description:
            yield Spot(element.coordinate, element.at, f"Describe {element.coordinate}")


def _is_detail(element: Element) -> bool:
    return not isinstance(element, TypeDefinition) and not hasattr(element, "arguments")


def deprecations_without_reason(subgraph: Subgraph) -> Iterator[Spot]:
    """Who uses what is deprecated wants to know what to use instead."""
    for element in subgraph.elements():
        deprecated = applied(element, "deprecated") if element.directives else None
        if deprecated is None:
            continue
        reason = string_argument(deprecated.arguments.get("reason"))
        if not (reason or "").strip() or reason == "No longer supported":
            message = f"Give the deprecation of {element.coordinate} a reason that says what to use instead"
            yield Spot(element.coordinate, element.at, message)


def unused_types(subgraph: Subgraph) -> Iterator[Spot]:
    """A type that no field of this subgraph leads to is of no use here: only entities are entered from outside."""
    reached = _reached(subgraph)
    for type_ in subgraph.types.values():
        if type_.name not in reached:
            message = (
                f"Remove {type_.name}, or use it: no root field and no entity of this subgraph leads to it"
            )
            yield Spot(type_.name, type_.at, message)


def _reached(subgraph: Subgraph) -> set[str]:
    waiting = [
        type_.name
        for type_ in subgraph.types.values()
        if type_.name in ROOTS or (type_.directives and applied(type_, "key") is not None)
    ]
    for directive in subgraph.directives.values():
        waiting += [value.type.name for value in directive.arguments.values()]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        type_ = subgraph.types.get(name)
        if type_ is None or name in reached:
            continue
        reached.add(name)
        waiting += _named_by(type_)
        if type_.kind is Kind.INTERFACE:
            waiting += [one.name for one in subgraph.implementations(name)]
    return reached


def _named_by(type_: TypeDefinition) -> Iterator[str]:
    for field in type_.fields.values():
        yield field.type.name
        yield from (value.type.name for value in field.arguments.values())
    yield from (value.type.name for value in type_.inputs.values())
    yield from type_.interfaces
    yield from type_.members
