"""Input types: the fields that every subgraph takes."""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.merge.merge_inputs import INPUT_FIELD, merge_inputs
from router.composition.merge.merged import MergedInput
from router.composition.merge.merging import Merging
from router.composition.merge.say import subgraphs
from router.composition.source import Declared
from router.federation.codes import EMPTY_MERGED_INPUT_TYPE
from router.federation.subgraph import TypeDefinition


def merge_input_fields(
    owners: Sequence[Declared[TypeDefinition]], merging: Merging
) -> dict[str, MergedInput]:
    """The input type's fields.

    Code: EMPTY_MERGED_INPUT_TYPE, and those of the fields.
    """
    merged = merge_inputs([(o.source, o.element.inputs) for o in owners], INPUT_FIELD, merging)
    if not merged:
        name = owners[0].element.name
        message = (
            f'No field of input type "{name}" is in all of {subgraphs(o.source.name for o in owners)}; '
            "give them one in common"
        )
        merging.findings.error(EMPTY_MERGED_INPUT_TYPE, message, name, owners)
    return merged
