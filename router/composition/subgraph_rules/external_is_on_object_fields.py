"""@external does not stand on fields of interfaces."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import EXTERNAL_ON_INTERFACE
from router.federation.subgraph import Kind


def external_is_on_object_fields(source: Source) -> Iterator[CompositionError]:
    """Interface fields are resolved nowhere, so none is resolved elsewhere.

    Code: EXTERNAL_ON_INTERFACE.
    """
    for type_ in source.subgraph.types.values():
        if type_.kind is Kind.INTERFACE:
            for field in type_.fields.values():
                if field.is_external:
                    message = (
                        f'"{field.coordinate}" is a field of an interface and cannot be @external; '
                        "mark the fields of the implementing types"
                    )
                    yield source.error(EXTERNAL_ON_INTERFACE, message, field.coordinate, field)
