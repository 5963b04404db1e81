"""Patient walks over answers: objects with all their sources, with the response path, whatever stands there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from router.execution.absent import UNKNOWN
from router.execution.context import Nulled, Slot
from router.execution.errors import ErrorPath
from router.execution.keys import key_of_object
from router.execution.places import Place, Variant
from router.execution.sources import Read, Source

NOTHING_NULLED: Final[Nulled] = {}


@dataclass(frozen=True, slots=True)
class Spot:
    """One object at a place."""

    path: ErrorPath
    """As the client sees it, cut where it goes on in what the client did not ask for."""
    variant: Variant
    type_name: str | None
    objects: tuple[Any, ...]
    """By source of the variant: a dictionary, `UNKNOWN` or None."""
    around: Spot | None = None
    """The object whose field it was found under, where a walk came by it."""


class Walk:
    """Reads objects as one fetch may see them: with the answers of ``visible`` fetches only; None: all."""

    def __init__(
        self,
        answers: Sequence[Any],
        found: Sequence[Slot],
        visible: frozenset[int] | None,
        nulled: Nulled = NOTHING_NULLED,
    ) -> None:
        self._answers = answers
        self._found = found
        self._visible = visible
        self._nulled = nulled

    def root(self, place: Place) -> Spot | None:
        """Give the root object."""
        return self.look(place, [self._answers[source.fetch] for source in place.bases], ())

    def look(
        self, place: Place, bases: Sequence[Any], path: ErrorPath, around: Spot | None = None
    ) -> Spot | None:
        """Give the object with these base sources; None when its runtime type is unknown."""
        objects = [
            base if self._sees(source) else None for source, base in zip(place.bases, bases, strict=True)
        ]
        self._add_entities(place.common, objects)
        variant = place.untyped(self._visible)
        type_name = place.types[0] if place.is_concrete else None
        if variant is None:
            type_name = self._runtime_type(place, objects)
            variant = None if type_name is None else place.variant(type_name)
        if variant is None:
            return None
        self._add_entities(variant.sources, objects)
        return Spot(path, variant, type_name, tuple(objects), around)

    def _sees(self, read: Source | Read) -> bool:
        return self._visible is None or read.fetch in self._visible

    def _add_entities(self, sources: tuple[Source, ...], objects: list[Any]) -> None:
        for source in sources[len(objects) :]:
            entity = None
            if source.key is not None and self._sees(source):
                entity = self._found[source.key.slot].get(key_of_object(source.key, objects))
            objects.append(entity)

    def _runtime_type(self, place: Place, objects: list[Any]) -> str | None:
        for read in place.typename_reads:
            source = objects[read.source]
            value = source.get(read.wire_key) if source is not None and self._sees(read) else None
            if isinstance(value, str):
                return value
        return None

    def values(self, spot: Spot, reads: tuple[Read, ...]) -> list[tuple[bool, Any]]:
        """Give for each read whether the key is there, and its value."""
        values: list[tuple[bool, Any]] = []
        for read in reads:
            source = spot.objects[read.source]
            if source is None or not self._sees(read):
                values.append((False, None))
            elif read.wire_key not in source:
                values.append((source is UNKNOWN, None))
            else:
                values.append((True, source[read.wire_key]))
        return values

    def is_nulled(self, spot: Spot, read: Read) -> bool:
        """Say whether what a read wants is null because of an error."""
        return self._sees(read) and (id(spot.objects[read.source]), read.wire_key) in self._nulled

    def is_lost(self, spot: Spot, read: Read) -> bool:
        """Say whether the object a read wants is not there, though its fetch may be seen."""
        return self._sees(read) and spot.objects[read.source] is None

    def below(self, spot: Spot, data_key: str, is_open: bool) -> Iterator[Spot]:
        """Give the objects under a data key, lists walked, in response order."""
        place = spot.variant.child(data_key)
        if place is None:
            return
        shown = spot.variant.shown_by_data_key.get(data_key)
        if shown is None or not is_open:
            path, is_open = spot.path, False
        else:
            path = (*spot.path, shown.response_key)
        raws = [value for _, value in self.values(spot, spot.variant.reads(data_key))]
        yield from self._spread(place, raws, path, is_open, spot)

    def _spread(
        self, place: Place, raws: list[Any], path: ErrorPath, is_open: bool, around: Spot
    ) -> Iterator[Spot]:
        there = [raw for raw in raws if raw is not None]
        if there and all(type(raw) is list for raw in there):
            for index in range(max(map(len, there))):
                items = [item_at(raw, index) for raw in raws]
                yield from self._spread(place, items, (*path, index) if is_open else path, is_open, around)
        elif there and all(type(raw) is dict for raw in there):
            spot = self.look(place, raws, path, around)
            if spot is not None:
                yield spot

    def waiting(self, place: Place, fetch: int, entity: int) -> Iterator[Spot]:
        """Give every object that one `_entities` selection asks about, in response order."""
        root = self.root(place)
        if root is not None:
            yield from self._waiting(root, fetch, entity, True)

    def _waiting(self, spot: Spot, fetch: int, entity: int, is_open: bool) -> Iterator[Spot]:
        if entity_source(spot.variant, fetch, entity) is not None:
            yield spot
        own = [w for w in spot.variant.waiting if (w.fetch, w.entity) == (fetch, entity)]
        for data_key in dict.fromkeys(str(w.rest[0]) for w in own):
            goes_on = is_open and data_key in spot.variant.shown_by_data_key
            for below in self.below(spot, data_key, is_open):
                yield from self._waiting(below, fetch, entity, goes_on)


def item_at(values: Any, index: int) -> Any:
    """Give a list's item; None beyond its end and for no list."""
    return values[index] if values is not None and index < len(values) else None


def entity_source(variant: Variant, fetch: int, entity: int) -> Source | None:
    """Give the source that an `_entities` selection adds to a variant."""
    for source in variant.sources:
        waiting = source.waiting
        if waiting is not None and (waiting.fetch, waiting.entity) == (fetch, entity):
            return source
    return None
