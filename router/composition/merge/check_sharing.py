"""A field that several subgraphs resolve must be shareable in all of them."""

from __future__ import annotations

from collections.abc import Sequence

from router.composition.merge.merged import MergedField
from router.composition.merge.merging import Merging
from router.composition.merge.say import subgraphs
from router.composition.source import Declared
from router.federation.codes import INVALID_FIELD_SHARING
from router.federation.subgraph import FieldDefinition


def check_sharing(field: MergedField, here: Sequence[Declared[FieldDefinition]], merging: Merging) -> None:
    """Two answers for one field are only fine when every side says so.

    Code: INVALID_FIELD_SHARING.
    """
    resolving = [d for d in here if d.source.use.is_resolved(d.element)]
    if len(resolving) < 2:
        return
    closed = [d for d in resolving if not d.source.use.is_shareable(d.element)]
    if not closed:
        return
    if field.coordinate.startswith("Subscription."):
        advice = "a subscription field must come from one subgraph"
    else:
        advice = "mark it @shareable everywhere, or resolve it in one subgraph only"
    message = (
        f'"{field.coordinate}" is resolved in {subgraphs(d.source.name for d in resolving)} but is not '
        f"@shareable in {subgraphs(d.source.name for d in closed)}; {advice}"
    )
    merging.findings.error(INVALID_FIELD_SHARING, message, field.coordinate, resolving)
