"""Writes ``gather_<fetch>``: the distinct representations of an entity fetch.

All `_entities` selections of the fetch share one walk over the response paths.  Where the way on leads through
entities that one value finds, it is walked once for each value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from router.execution.emit.leaf import give_up
from router.execution.emit.representation import RepresentationEmitter
from router.execution.emit.reuse import Reused, find_reused
from router.execution.emit.scope import ObjectScope, Scope
from router.execution.emit.writer import Writer
from router.execution.layout import Layout
from router.execution.places import Place, Variant
from router.execution.sources import Read, Source


class GatherEmitter:
    """Writes the function of one fetch and its parts."""

    def __init__(self, layout: Layout, writer: Writer, fetch: int) -> None:
        self._layout = layout
        self._writer = writer
        self._scope = Scope(writer)
        self._fetch = fetch
        self._visible = layout.ancestors[fetch]
        self._reused = Reused()
        self._representations = RepresentationEmitter(layout, self._scope, fetch)

    def emit(self, root: Place) -> None:
        """Write ``gather_<fetch>(answers, found, indices, nulled)``."""
        count = len(self._layout.plan.fetches[self._fetch].entities)
        with self._scope.function(f"def gather_{self._fetch}(answers, found, indices, nulled):"):
            self._scope.local("seen", "[" + ", ".join("{}" for _ in range(count)) + "]")
            bases = [f"d{source.fetch}" for source in root.bases]
            for base, source in zip(bases, root.bases, strict=True):
                self._writer.line(f"{base} = {self._answer(source)}")
            at = self._at(root.variants[0].sources, bases)
            at.fill_absent(bases)
            self._reused = find_reused(self._layout, root, self._fetch)
            self._object(root.variants[0], at, None)
            for slot, variant, source in self._reused.loops:
                self._repeat(slot, variant, source)
            self._writer.line("return seen")
            # Only now is it known which slots the fetch has.
            for slot, owner in enumerate(self._layout.slots):
                if owner.fetch == self._fetch:
                    self._scope.local(f"i{slot}", f"indices[{slot}] = {{}}")

    def _repeat(self, slot: int, variant: Variant, source: Source) -> None:
        """Represent the objects that an earlier fetch has gathered, by the values it found."""
        key = source.key
        assert key is not None, "reused ends are found by a value"  # noqa: S101 - see find_reused
        assert key.read is not None, "reused ends are found by a value"  # noqa: S101 - see find_reused
        value = self._writer.name("k")
        with self._scope.loop(f"for {value} in indices[{slot}]:"):
            with self._writer.block(f"if type({value}) is tuple:"):  # what key_of made of an odd value
                self._writer.line(give_up(self._scope))
            at = self._at(variant.sources, ()).known(key.read, value)
            self._represent(variant, at, source, None)

    def _at(self, sources: tuple[Source, ...], bases: Sequence[str]) -> ObjectScope:
        return ObjectScope(self._scope, sources, bases, self._layout.has_conditions)

    def _answer(self, source: Source) -> str:
        return f"answers[{source.fetch}]" if source.fetch in self._visible else "None"

    # -- the way to the objects -------------------------------------------------------------------

    def _spread(self, place: Place, raws: Sequence[str], depth: int) -> None:
        test = " or ".join(f"{raw} is not None" for raw in raws)
        with self._writer.block(f"if {test}:"):
            if depth:
                items = [self._writer.name("o") for _ in raws]
                with self._scope.loop(self._scope.loop_over(raws, items)):
                    self._spread(place, items, depth - 1)
            elif self._writer.is_deep:
                self._part(place, raws)
            else:
                self._place(place, raws)

    def _part(self, place: Place, raws: Sequence[str]) -> None:
        name = self._writer.name(f"gather_{self._fetch}_part")
        parameters = ", ".join([*raws, "answers", "found", "indices", "nulled", "seen"])
        with self._scope.function(f"def {name}({parameters}):", is_part=True):
            self._place(place, raws)
        self._writer.line(f"{name}({parameters})")

    def _place(self, place: Place, raws: Sequence[str]) -> None:
        at = self._at(place.common, raws)
        if len(raws) > 1:
            at.fill_absent(raws)
        variant = place.untyped(self._visible)
        if variant is not None:
            self._object(variant, at.retyped(variant.sources), None)
            return
        reads = tuple(read for read in place.typename_reads if read.fetch in self._visible)
        runtime_type = at.read(reads[0]) if len(reads) == 1 else at.first(reads)
        head = "if"
        for variant in place.variants:
            if not (self._ends(variant) or self._ways(variant)):
                continue
            types = self._writer.constant("TYPES", frozenset(variant.types))
            with self._writer.block(f"{head} {runtime_type} in {types}:"):
                self._object(variant, at.retyped(variant.sources), runtime_type)
            head = "elif"

    def _ends(self, variant: Variant) -> list[Source]:
        return [
            source
            for source in variant.sources
            if source.waiting is not None
            and source.fetch == self._fetch
            and (id(variant), source.waiting.entity) not in self._reused.ends
            and variant.representation(self._fetch, source.waiting.entity) is not None
        ]

    def _ways(self, variant: Variant) -> list[str]:
        own = [w for w in variant.waiting if w.fetch == self._fetch]
        left = [w for w in own if (w.entity, w.path_index) not in self._reused.paths]
        return list(dict.fromkeys(str(w.rest[0]) for w in left))

    def _object(self, variant: Variant, at: ObjectScope, runtime_type: str | None) -> None:
        for source in self._ends(variant):
            self._represent(variant, at, source, runtime_type)
        ways = [(key, self._reads(variant, key)) for key in self._ways(variant)]
        reads = [read for _, reads in ways for read in reads]
        key = self._walked_once(variant, reads)
        if key is None:
            self._follow(variant, at, ways)
            return
        walked = self._scope.local(self._writer.name("walked"), "set()")
        identity = at.identity(key)
        with self._writer.block(f"if {identity} not in {walked}:"):
            self._writer.line(f"{walked}.add({identity})")
            self._follow(variant, at, ways)

    def _follow(self, variant: Variant, at: ObjectScope, ways: list[tuple[str, tuple[Read, ...]]]) -> None:
        for data_key, reads in ways:
            place = variant.child(data_key)
            if place is None or not reads:
                continue
            by_read = {(r.source, r.wire_key): r for r in reads}
            raws = [
                self._copy(at.read(r) if (r.source, r.wire_key) in by_read else "None", len(reads) > 1)
                for r in variant.reads(data_key)
            ]
            self._spread(place, raws, reads[0].field.list_depth)

    def _copy(self, raw: str, is_needed: bool) -> str:
        """Give a variable of its own where merging writes `ABSENT` into it."""
        if not is_needed and raw != "None":
            return raw
        copy = self._writer.name("o")
        self._writer.line(f"{copy} = {raw}")
        return copy

    def _reads(self, variant: Variant, data_key: str) -> tuple[Read, ...]:
        return tuple(read for read in variant.reads(data_key) if read.fetch in self._visible)

    def _walked_once(self, variant: Variant, reads: Sequence[Read]) -> Any:
        """Give the key that decides all that lies on the way on; None when more than one does."""
        if not reads or self._scope.is_part or not self._scope.loops or not variant.place.is_concrete:
            return None
        keys = [variant.sources[read.source].key for read in reads]
        first = keys[0]
        if first is None or first.read is None:
            return None
        own = (first.read.source, first.read.wire_key)
        for key in keys:
            if key is None or key.read is None or (key.read.source, key.read.wire_key) != own:
                return None
        return first

    # -- the objects ------------------------------------------------------------------------------

    def _represent(self, variant: Variant, at: ObjectScope, source: Source, runtime_type: str | None) -> None:
        waiting, key = source.waiting, source.key
        if waiting is None or key is None:
            return
        how = variant.representation(waiting.fetch, waiting.entity)
        if how is None:
            return
        identity = at.identity(key)
        if not identity.isidentifier():
            name = self._writer.name("k")
            self._writer.line(f"{name} = {identity}")
            identity = name
        indices = f"i{key.slot}"
        if self._scope.is_part:
            self._scope.local(indices, f"indices[{key.slot}]")
        seen = self._scope.local(f"seen{waiting.entity}", f"seen[{waiting.entity}]")

        def keep(expression: str) -> None:
            representation = expression
            if not expression.isidentifier():
                representation = self._writer.name("r")
                self._writer.line(f"{representation} = {expression}")
            self._writer.line(f"{indices}[{identity}] = {seen}.setdefault({representation}, len({seen}))")

        inner = at.retyped(variant.sources)
        with self._writer.block(f"if {identity} not in {indices}:"):
            self._representations.emit(variant, inner, how, runtime_type, keep)
