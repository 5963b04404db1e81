"""Representations, put together from keys and ``@requires``."""

from __future__ import annotations

from dataclasses import replace

from router.planning.plan import RepresentationField, RepresentationFragment, RepresentationSelection


def merge_representations(
    ours: tuple[RepresentationSelection, ...], theirs: tuple[RepresentationSelection, ...]
) -> tuple[RepresentationSelection, ...] | None:
    """Give the union of two, or None when one name would have to carry two values.

    Two fields may ``@require`` the same field with other arguments; then they cannot share a representation.
    """
    merged = list(ours)
    for selection in theirs:
        index = _index(merged, selection)
        if index is None:
            merged.append(selection)
            continue
        known = merged[index]
        inner = merge_representations(known.selections, selection.selections)
        if inner is None:
            return None
        if isinstance(known, RepresentationField) and isinstance(selection, RepresentationField):
            if known.data_key != selection.data_key:
                return None
            merged[index] = replace(known, is_key=known.is_key or selection.is_key, selections=inner)
        else:
            merged[index] = replace(known, selections=inner)
    return tuple(merged)


def _index(selections: list[RepresentationSelection], wanted: RepresentationSelection) -> int | None:
    for index, selection in enumerate(selections):
        if isinstance(selection, RepresentationField) and isinstance(wanted, RepresentationField):
            if selection.name == wanted.name:
                return index
        elif (
            isinstance(selection, RepresentationFragment)
            and isinstance(wanted, RepresentationFragment)
            and selection.types == wanted.types
        ):
            return index
    return None
