"""Finds what an earlier fetch has gathered already, so that nobody walks the same way twice.

Where the objects of some paths are found by one value, and a fetch that must come before this one represents the
objects of the same paths by that value alone, the values are the keys of that fetch's slot of indices: what
`@requires` makes of an entity that was asked for other fields just before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from router.execution.keys import represented
from router.execution.layout import Layout
from router.execution.places import Place, Variant
from router.execution.sources import Source
from router.language.operation import TYPENAME

Trail: TypeAlias = tuple[tuple[Variant, str], ...]
"""Objects and data keys from the root down."""


@dataclass(frozen=True, slots=True)
class _End:
    """Where a path of an entity fetch ends."""

    variant: Variant
    source: Source
    trail: Trail

    @property
    def path(self) -> tuple[int, int]:
        """Which path, of which `_entities` selection."""
        waiting = self.source.waiting
        assert waiting is not None, "it is an entity source"  # noqa: S101 - see _ends
        return waiting.entity, waiting.path_index


@dataclass(slots=True)
class Reused:
    """What one fetch need not gather."""

    loops: list[tuple[int, Variant, Source]] = field(default_factory=list)
    """Slots to take the values from; an object and the source that it waits for."""
    ends: set[tuple[int, int]] = field(default_factory=set)
    """Identity of a variant, and the `_entities` selection, that the loops cover."""
    paths: set[tuple[int, int]] = field(default_factory=set)
    """`_entities` selection and path that the loops cover."""


def find_reused(layout: Layout, root: Place, fetch: int) -> Reused:
    """Give what earlier fetches have gathered for this one."""
    reused = Reused()
    own = list(_ends(root.variants[0], fetch, ()))
    for earlier in sorted(layout.ancestors[fetch]):
        by_slot: dict[int, list[_End]] = {}
        for end in _ends(root.variants[0], earlier, ()):
            if end.source.key is not None:
                by_slot.setdefault(end.source.key.slot, []).append(end)
        for slot, theirs in by_slot.items():
            mine = [_same(layout, end, own) for end in theirs]
            found = [end for end in mine if end is not None]
            slots = {end.source.key.slot for end in found if end.source.key is not None}
            is_new = not any((id(end.variant), end.path[0]) in reused.ends for end in found)
            if found and len(found) == len(mine) and len(slots) == 1 and is_new:
                reused.loops.append((slot, found[0].variant, found[0].source))
                reused.ends.update((id(end.variant), end.path[0]) for end in found)
    left = {end.path for end in own if (id(end.variant), end.path[0]) not in reused.ends}
    reused.paths.update({end.path for end in own} - left)
    return reused


def _ends(variant: Variant, fetch: int, trail: Trail) -> Iterator[_End]:
    for source in variant.sources:
        if source.waiting is not None and source.fetch == fetch:
            yield _End(variant, source, trail)
    for data_key in dict.fromkeys(str(w.rest[0]) for w in variant.waiting if w.fetch == fetch):
        place = variant.child(data_key)
        for below in place.variants if place is not None else ():
            yield from _ends(below, fetch, (*trail, (variant, data_key)))


def _same(layout: Layout, end: _End, candidates: list[_End]) -> _End | None:
    """Give the end at the same objects, if the earlier fetch's values are all that is needed for it."""
    if not _is_value_alone(layout, end):
        return None
    for one in candidates:
        if one.variant is not end.variant or one.source.key is None or one.source.key.read is None:
            continue
        read, theirs = one.source.key.read, end.source.key
        assert theirs is not None, "see _is_value_alone"  # noqa: S101
        assert theirs.read is not None, "see _is_value_alone"  # noqa: S101
        is_one_value = (read.source, read.wire_key) == (theirs.read.source, theirs.read.wire_key)
        if is_one_value and _sees_the_same(layout, end, one):
            return one
    return None


def _is_value_alone(layout: Layout, end: _End) -> bool:
    """Say whether the objects are represented by the value of their key, and so none is left out but for null."""
    waiting, key, variant = end.source.waiting, end.source.key, end.variant
    if waiting is None or key is None or key.read is None or len(variant.place.bases) > 1:
        return False
    how = variant.representation(waiting.fetch, waiting.entity)
    if how is None:
        return False
    fields = [one for one in represented(how.selections, variant.type_name) if one.name != TYPENAME]
    reads = [read for one in fields for read in variant.reads(one.data_key)]
    visible = [read for read in reads if read.fetch in layout.ancestors[waiting.fetch]]
    return [(r.source, r.wire_key) for r in visible] == [(key.read.source, key.read.wire_key)]


def _sees_the_same(layout: Layout, end: _End, other: _End) -> bool:
    """Say whether both fetches find the same objects on their way."""
    first, second = layout.ancestors[end.source.fetch], layout.ancestors[other.source.fetch]
    for variant, data_key in end.trail:
        place = variant.child(data_key)
        reads = [*variant.reads(data_key), *(place.typename_reads if place is not None else ())]
        if any((read.fetch in first) != (read.fetch in second) for read in reads):
            return False
    return True
