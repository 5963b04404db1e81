"""The selection of a @fromContext gives one value of the argument's type, wherever it is set."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import CONTEXT_INVALID_SELECTION
from router.federation.contexts import ContextUse, context_uses, contexts
from router.federation.subgraph import Kind, Subgraph, TypeDefinition, TypeRef
from router.language.field_set import FieldSetFragment, FieldSetSelection


class _Invalid(Exception):
    """The selection gives no value; the message says why and what to do."""


def context_selections_are_valid(source: Source) -> Iterator[CompositionError]:
    """The value is null when something on the way to it is, so the argument must be nullable.

    Code: CONTEXT_INVALID_SELECTION.
    """
    known = contexts(source.subgraph)
    for use in context_uses(source.subgraph):
        yield from _unmet(source, use, known.get(use.context or "", []))
        for type_ in known.get(use.context or "", ()):
            try:
                _check(source.subgraph, use, type_)
            except _Invalid as fault:
                at = use.argument.coordinate
                message = f'"{at}" takes "{use.text}" from context "{use.context}" of "{type_.name}": {fault}'
                yield source.error(CONTEXT_INVALID_SELECTION, message, at, use.applied)


def _unmet(source: Source, use: ContextUse, setters: list[TypeDefinition]) -> Iterator[CompositionError]:
    """A fragment on a type that sets no such context is a mistake: it never gives the value."""
    objects = {name for type_ in setters for name in source.subgraph.possible_types(type_.name)}
    for node in use.selection.selections if use.selection is not None and objects else ():
        condition = node.type_condition if isinstance(node, FieldSetFragment) else None
        if condition is not None and objects.isdisjoint(source.subgraph.possible_types(condition)):
            at = use.argument.coordinate
            message = (
                f'"{at}" takes "{use.text}" from context "{use.context}", which "{condition}" does not set; '
                "remove the fragment on it, or put @context on the type"
            )
            yield source.error(CONTEXT_INVALID_SELECTION, message, at, use.applied)


def _check(subgraph: Subgraph, use: ContextUse, type_: TypeDefinition) -> None:
    if use.selection is None:
        raise _Invalid("it is no selection; correct the text")
    objects = _object_types(subgraph, type_)
    for object_type in objects:
        selections = _for_type(subgraph, use.selection.selections, object_type)
        ref = _value_type(subgraph, object_type, selections)
        if ref.name != use.argument.type.name or len(ref.required) != len(use.argument.type.required):
            raise _Invalid(f'it is of type "{ref}", but the argument of type "{use.argument.type}"')
        if any(use.argument.type.required):
            raise _Invalid(f'it can be null, but the argument is "{use.argument.type}"; make it nullable')


def _object_types(subgraph: Subgraph, type_: TypeDefinition) -> list[TypeDefinition]:
    names = subgraph.possible_types(type_.name)
    return [subgraph.types[name] for name in names if name in subgraph.types]


def _for_type(
    subgraph: Subgraph, selections: tuple[FieldSetSelection, ...], type_: TypeDefinition
) -> tuple[FieldSetSelection, ...]:
    """What is left of the selections for one object type: fragments on others do not apply."""
    kept: list[FieldSetSelection] = []
    for node in selections:
        if not isinstance(node, FieldSetFragment):
            kept.append(node)
        elif node.type_condition is None or type_.name in subgraph.possible_types(node.type_condition):
            kept += _for_type(subgraph, node.selections, type_)
    return tuple(kept)


def _value_type(
    subgraph: Subgraph, type_: TypeDefinition, selections: tuple[FieldSetSelection, ...]
) -> TypeRef:
    """The type of the one value selected, everything in it nullable."""
    if len(selections) != 1:
        raise _Invalid(f'it selects {len(selections)} fields of "{type_.name}"; select one')
    (node,) = selections
    if isinstance(node, FieldSetFragment):
        return _value_type(subgraph, type_, _for_type(subgraph, (node,), type_))
    if node.alias is not None:
        raise _Invalid("it uses an alias; remove it")
    if node.has_directives:
        raise _Invalid("it uses a directive; remove it")
    field = type_.fields.get(node.name)
    if field is None:
        raise _Invalid(f'"{type_.name}" has no field "{node.name}"')
    nullable = (False,) * len(field.type.required)
    child = subgraph.types.get(field.type.name)
    if not node.selections:
        if child is not None and child.is_composite:
            raise _Invalid(f'"{field.coordinate}" is an object; select a field of it')
        return TypeRef(field.type.name, nullable)
    if child is None or child.kind not in (Kind.OBJECT, Kind.INTERFACE):
        raise _Invalid(f'"{field.coordinate}" has no fields to select')
    below = _value_type(subgraph, child, node.selections)
    return TypeRef(below.name, nullable[1:] + below.required)
