"""@provides stands on fields whose type has fields."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import PROVIDES_ON_NON_OBJECT_FIELD


def provides_is_on_composite_fields(source: Source) -> Iterator[CompositionError]:
    """There is nothing to provide below a scalar.

    Code: PROVIDES_ON_NON_OBJECT_FIELD.
    """
    for use in source.use.uses:
        if use.directive != "provides" or use.field is None:
            continue
        target = source.subgraph.types.get(use.target)
        if target is None or not target.is_composite:
            message = f'{use} has nothing to select from: the field is of type "{use.field.type}"; remove it'
            yield source.error(PROVIDES_ON_NON_OBJECT_FIELD, message, use.coordinate, use.applied)
