"""Contexts: taken out of the arguments, put into the join data."""

from __future__ import annotations

from collections.abc import Sequence

from graphql.language import StringValueNode

from router.composition.merge.merged import ContextArgument, MergedDirective
from router.composition.merge.merging import Merging
from router.composition.merge.say import subgraphs
from router.composition.source import Declared
from router.federation.codes import CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS as NOT_IN_ALL
from router.federation.contexts import read_context_use
from router.federation.subgraph import FieldDefinition, InputValue, TypeDefinition, all_applied, applied
from router.language.values import string_argument


def merge_contexts(owners: Sequence[Declared[TypeDefinition]]) -> tuple[MergedDirective, ...]:
    """The contexts a type sets, each under its subgraph's name."""
    merged: list[MergedDirective] = []
    for owner in owners:
        for use in all_applied(owner.element, "context"):
            name = f"{owner.source.name}__{string_argument(use.arguments.get('name'))}"
            merged.append(MergedDirective("context", {"name": StringValueNode(value=name)}))
    return tuple(merged)


def context_arguments(declared: Declared[FieldDefinition]) -> tuple[ContextArgument, ...]:
    """The arguments that one subgraph takes from contexts."""
    field, source = declared.element, declared.source
    found: list[ContextArgument] = []
    for argument in field.arguments.values():
        use = applied(argument, "fromContext")
        if use is not None:
            owner = source.subgraph.types[field.coordinate.partition(".")[0]]
            read = read_context_use(owner, field, argument, use)
            context = f"{source.name}__{read.context}"
            found.append(ContextArgument(argument.name, str(argument.type), context, read.text))
    return tuple(found)


def without_contextual(
    declared: Sequence[Declared[FieldDefinition]], merging: Merging
) -> list[dict[str, InputValue]]:
    """Each subgraph's arguments, without those that any takes from a context.

    Code: CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS.
    """
    contextual = {
        name
        for d in declared
        for name, argument in d.element.arguments.items()
        if applied(argument, "fromContext") is not None
    }
    for name in sorted(contextual):
        _check_others(name, declared, merging)
    return [{n: a for n, a in d.element.arguments.items() if n not in contextual} for d in declared]


def _check_others(name: str, declared: Sequence[Declared[FieldDefinition]], merging: Merging) -> None:
    others = [
        Declared(d.source, d.element.arguments[name])
        for d in declared
        if name in d.element.arguments and applied(d.element.arguments[name], "fromContext") is None
    ]
    if not others:
        return
    at = others[0].element.coordinate
    where = subgraphs(d.source.name for d in others)
    message = (
        f'Argument "{at}" is taken from a context in some subgraphs, but not in {where}, so clients do not see '
        "it; use @fromContext there too, or make it optional"
    )
    if any(d.element.is_required for d in others):
        merging.findings.error(NOT_IN_ALL, message, at, others)
    else:
        merging.findings.hint(NOT_IN_ALL, message, at, others)
