"""Access directives stand on what is resolved, not on interfaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from router.composition.merge.merging import is_interface_object
from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE
from router.federation.subgraph import FieldDefinition, Kind, TypeDefinition, applied

ACCESS: Final = ("authenticated", "requiresScopes", "policy")


def access_is_not_on_interfaces(source: Source) -> Iterator[CompositionError]:
    """An interface shows what its implementations demand; it demands nothing itself.

    A field of an interface object is resolved there, for all implementations, and so it may demand.

    Code: AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE.
    """
    for type_ in source.subgraph.types.values():
        if type_.kind is not Kind.INTERFACE and not is_interface_object(type_):
            continue
        yield from _errors(source, type_, type_)
        if type_.kind is Kind.INTERFACE:
            for field in type_.fields.values():
                yield from _errors(source, field, type_)


def _errors(
    source: Source, element: TypeDefinition | FieldDefinition, owner: TypeDefinition
) -> Iterator[CompositionError]:
    for name in ACCESS:
        use = applied(element, name)
        if use is not None:
            what = "an interface" if owner.kind is Kind.INTERFACE else "an interface object"
            message = (
                f'@{name} on "{element.coordinate}": "{owner.name}" is {what}; '
                "put it on the implementing types or their fields"
            )
            yield source.error(AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE, message, element.coordinate, use)
