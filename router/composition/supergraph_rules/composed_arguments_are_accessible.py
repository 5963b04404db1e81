"""Arguments of composed type-system directives stay visible."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merged import Merged, find
from router.composition.result import CompositionError
from router.federation.codes import DISALLOWED_INACCESSIBLE


def composed_arguments_are_accessible(merged: Merged) -> Iterator[CompositionError]:
    """Only what is in the API schema can be hidden from it.

    Code: DISALLOWED_INACCESSIBLE.
    """
    for definition in merged.directives.values():
        if definition.is_executable:
            continue
        for argument in definition.arguments.values():
            if find(argument, "inaccessible"):
                message = (
                    f'"{argument.coordinate}" cannot be @inaccessible: clients do not see '
                    f'"@{definition.name}" anyway; remove it'
                )
                places = [s for s in merged.sources if definition.name in s.subgraph.directives]
                first = places[0]
                place = first.subgraph.directives[definition.name]
                yield first.error(DISALLOWED_INACCESSIBLE, message, argument.coordinate, place)
