"""Every implementation has the keys of its interface."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import INTERFACE_KEY_NOT_ON_IMPLEMENTATION
from router.federation.field_sets import FieldSetUse
from router.federation.subgraph import Kind
from router.language.field_set import FieldSetFragment, FieldSetSelection


def interface_keys_are_on_implementations(source: Source) -> Iterator[CompositionError]:
    """An entity asked for as its interface is answered as one of its implementations.

    Code: INTERFACE_KEY_NOT_ON_IMPLEMENTATION.
    """
    for type_ in source.subgraph.types.values():
        if type_.kind is not Kind.INTERFACE:
            continue
        for key in source.use.keys.get(type_.name, ()):
            for implementation in source.subgraph.implementations(type_.name):
                if not any(_covers(own, key) for own in source.use.keys.get(implementation.name, ())):
                    message = (
                        f'{key} is not on "{implementation.name}", which implements "{type_.name}"; '
                        "repeat it there, and resolvable if it is here"
                    )
                    code = INTERFACE_KEY_NOT_ON_IMPLEMENTATION
                    yield source.error(code, message, implementation.name, key.applied, implementation)


def _covers(own: FieldSetUse, key: FieldSetUse) -> bool:
    return (
        key.field_set is not None
        and own.field_set is not None
        and _shape(key.field_set.selections) == _shape(own.field_set.selections)
        and (own.is_resolvable or not key.is_resolvable)
    )


def _shape(selections: tuple[FieldSetSelection, ...]) -> frozenset[object]:
    """The selections without their order."""
    return frozenset(_one(node) for node in selections)


def _one(node: FieldSetSelection) -> tuple[object, ...]:
    if isinstance(node, FieldSetFragment):
        return ("...", node.type_condition, _shape(node.selections))
    return (node.name, node.arguments, _shape(node.selections))
