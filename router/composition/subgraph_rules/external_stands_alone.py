"""@external does not meet @provides on one field."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE
from router.federation.subgraph import applied


def external_stands_alone(source: Source) -> Iterator[CompositionError]:
    """A field that is resolved elsewhere can provide nothing here.

    Code: EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE.
    """
    for type_ in source.subgraph.types.values():
        for field in type_.fields.values():
            if not source.use.is_external(field):
                continue
            use = applied(field, "provides")
            if use is not None:
                message = f'"{field.coordinate}" is @external and has @provides; remove one of the two'
                code = EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE
                yield source.error(code, message, field.coordinate, use)
