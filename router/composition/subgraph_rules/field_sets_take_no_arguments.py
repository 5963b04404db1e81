"""A @key or @provides selects no field that takes arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import KEY_FIELDS_HAS_ARGS, PROVIDES_FIELDS_HAS_ARGS
from router.federation.field_sets import selected

_CODES: Final = {"key": KEY_FIELDS_HAS_ARGS, "provides": PROVIDES_FIELDS_HAS_ARGS}


def field_sets_take_no_arguments(source: Source) -> Iterator[CompositionError]:
    """With arguments, one entity would have many keys and two callers could disagree.

    Codes: KEY_FIELDS_HAS_ARGS, PROVIDES_FIELDS_HAS_ARGS.
    """
    for use in source.use.uses:
        if use.directive not in _CODES:
            continue
        for found in selected(source.subgraph, use):
            if found.field.arguments:
                message = (
                    f"{use} selects {found.field.coordinate}, which takes arguments "
                    f"({', '.join(found.field.arguments)}); remove it from the field set"
                )
                yield source.error(_CODES[use.directive], message, use.coordinate, use.applied, found.field)
