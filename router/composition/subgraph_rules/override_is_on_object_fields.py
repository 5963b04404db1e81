"""@override does not stand on fields of interfaces."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import OVERRIDE_ON_INTERFACE
from router.federation.subgraph import Kind, applied


def override_is_on_object_fields(source: Source) -> Iterator[CompositionError]:
    """Interface fields are resolved by nobody, so nobody can take one over.

    Code: OVERRIDE_ON_INTERFACE.
    """
    for type_ in source.subgraph.types.values():
        if type_.kind is Kind.INTERFACE:
            for field in type_.fields.values():
                use = applied(field, "override")
                if use is not None:
                    message = (
                        f'"{field.coordinate}" is a field of an interface and cannot have @override; '
                        "put it on the fields of the implementing types"
                    )
                    yield source.error(OVERRIDE_ON_INTERFACE, message, field.coordinate, use)
