"""@cost does not stand on fields of interfaces."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import COST_APPLIED_TO_INTERFACE_FIELD
from router.federation.subgraph import Kind, applied


def cost_is_not_on_interfaces(source: Source) -> Iterator[CompositionError]:
    """The cost is that of whichever implementation answers.

    Code: COST_APPLIED_TO_INTERFACE_FIELD.
    """
    for type_ in source.subgraph.types.values():
        if type_.kind is Kind.INTERFACE:
            for field in type_.fields.values():
                use = applied(field, "cost")
                if use is not None:
                    message = (
                        f'"{field.coordinate}" is a field of an interface and cannot have @cost; '
                        "put it on the fields of the implementing types"
                    )
                    yield source.error(COST_APPLIED_TO_INTERFACE_FIELD, message, field.coordinate, use)
