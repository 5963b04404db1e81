"""What must be given can be given."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge.merged import Merged, MergedInput, find
from router.composition.result import CompositionError
from router.federation.codes import REQUIRED_INACCESSIBLE


def required_inputs_are_accessible(merged: Merged) -> Iterator[CompositionError]:
    """A required argument or input field may only be hidden with all that needs it.

    Code: REQUIRED_INACCESSIBLE.
    """
    for type_ in merged.types.values():
        if find(type_, "inaccessible"):
            continue
        inputs: list[MergedInput] = list(type_.inputs.values())
        for field in type_.fields.values():
            if not find(field, "inaccessible"):
                inputs += field.arguments.values()
        for value in inputs:
            if value.is_required and find(value, "inaccessible"):
                message = (
                    f'"{value.coordinate}" is @inaccessible but required; '
                    "make it nullable, give it a default, or hide what needs it"
                )
                yield merged.error(REQUIRED_INACCESSIBLE, message, value.coordinate)
