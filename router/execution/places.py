"""Places: which fetch holds which key where, known before any fetch is sent.

A *place* is a response path.  The objects that stand there have *sources*: a base source for each fetch
whose selections reach the place through the parent's field, and an entity source for each `_entities`
selection one of whose paths ends there.  Runtime types that would be treated alike share a *variant*; a
variant knows its sources, what they hold and the places below.  Nothing is merged: the value of a data key
is the first one, in the order of sources, that is not null.
"""

from __future__ import annotations

import weakref
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from router.execution.keys import choose_key
from router.execution.layout import Layout
from router.execution.leaves import Leaf
from router.execution.sources import (
    Limit,
    Read,
    Source,
    Waiting,
    after_lists,
    find_reads,
    flatten,
    index_reads,
    narrow,
)
from router.language.operation import TYPENAME, Field, SelectionSet, TypeRef
from router.planning.plan import Representation

INTROSPECTION_FIELDS: Final = ("__schema", "__type")


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One response key of the objects of a variant."""

    response_key: str
    data_key: str
    name: str
    type: TypeRef
    leaf: Leaf | None
    """None for a composite type."""
    reads: tuple[Read, ...]
    selection_sets: tuple[SelectionSet, ...]

    is_typename: bool
    """Whether the value is the object's runtime type."""
    introspection_key: str | None
    """Where the router's own answer stands; None for what subgraphs answer."""
    is_plain: bool
    """Whether it is one leaf from one source: most are."""
    is_withheld: bool = False
    """Whether the caller may not have it: it is null, and `QueryPlan.refusals` says why."""


class Place:
    """The objects at one response path.

    Invariant: places own what is below them and are owned by nothing below, so that a plan nobody needs any more
    is gone at once and need not wait for the collector of cycles.
    """

    __slots__ = (
        "__weakref__",
        "_by_type",
        "bases",
        "common",
        "is_concrete",
        "is_untyped",
        "layout",
        "limits",
        "selection_sets",
        "typename_reads",
        "types",
        "variants",
        "waiting",
    )

    def __init__(
        self,
        layout: Layout,
        types: tuple[str, ...],
        bases: tuple[Source, ...],
        waiting: tuple[Waiting, ...],
        selection_sets: tuple[SelectionSet, ...],
        limits: tuple[Limit, ...] = (),
    ) -> None:
        """Lay out this place; the ones below follow on demand."""
        self.layout = layout
        self.types = types
        """Runtime types that may stand here, hidden ones too."""
        self.bases = bases
        self.waiting = waiting
        self.selection_sets = selection_sets
        self.limits = limits
        self.is_concrete = len(types) == 1
        concrete = types[0] if self.is_concrete else None
        ended = [w for w in waiting if (not w.rest if concrete is None else narrow(w.rest, concrete) == ())]
        self.common = self._with_entities(bases, ended, concrete)
        """Bases, and the entity sources that do not depend on the runtime type."""
        self.typename_reads = () if self.is_concrete else find_reads(self.common, TYPENAME, None)
        self.is_untyped = not self.is_concrete and not self.typename_reads
        """Whether no fetch asks for the runtime type: nobody needs it, and all objects are treated alike."""
        self._by_type: dict[str, Variant] = {}
        by_signature: dict[Hashable, Variant] = {}
        if self.is_untyped:
            type_name = next((name for name in types if layout.is_shown(name)), types[0])
            self._lay_out_type(type_name, by_signature)
            self._by_type = dict.fromkeys(types, self._by_type[type_name])
        else:
            for type_name in types:
                self._lay_out_type(type_name, by_signature)
        self.variants: tuple[Variant, ...] = tuple(by_signature.values())
        """Each variant once, in the order of types."""

    def untyped(self, visible: frozenset[int] | None) -> Variant | None:
        """Give the variant that objects have without a look at their runtime type; None when it must be known.

        A fetch that can see no ``__typename`` here (``visible`` fetches only) asks about all types alike.
        """
        if self.is_concrete:
            return self._by_type[self.types[0]]
        if any(visible is None or read.fetch in visible for read in self.typename_reads):
            return None
        return self._by_type[self.types[0]]

    def variant(self, type_name: str) -> Variant | None:
        """Give the variant of a runtime type; None for one that cannot stand here."""
        return self._by_type.get(type_name)

    def _with_entities(
        self, sources: tuple[Source, ...], ended: Iterable[Waiting], type_name: str | None
    ) -> tuple[Source, ...]:
        seen = {(s.waiting.fetch, s.waiting.entity) for s in sources if s.waiting is not None}
        for waiting in ended:
            own = (waiting.fetch, waiting.entity)
            if own in seen or (type_name is not None and not self.layout.representation(*own, type_name)):
                continue
            key = choose_key(self.layout, sources, waiting, type_name if self.is_concrete else None)
            if key is not None:
                seen.add(own)
                selections = self.layout.entities[own].selections
                sources = (*sources, Source(waiting.fetch, selections, waiting, key))
        return sources

    def _lay_out_type(self, type_name: str, by_signature: dict[Hashable, Variant]) -> None:
        ended: list[Waiting] = []
        onward: list[Waiting] = []
        for waiting in self.waiting:
            rest = narrow(waiting.rest, type_name)
            if rest:
                onward.append(Waiting(waiting.fetch, waiting.entity, waiting.path_index, rest))
            elif rest is not None and waiting.rest and not self.is_concrete:
                ended.append(waiting)
        sources = self._with_entities(self.common, ended, type_name)
        shown = self._show(type_name, sources)
        signature = self._sign(type_name, sources, shown, tuple(onward))
        variant = by_signature.get(signature)
        if variant is None:
            variant = by_signature[signature] = Variant(
                self,
                sources,
                tuple(onward),
                shown,
                not self._is_shown(type_name),
                self._is_withheld(type_name),
            )
        variant.types += (type_name,)
        self._by_type[type_name] = variant

    def _sign(
        self,
        type_name: str,
        sources: tuple[Source, ...],
        shown: tuple[Shown, ...],
        onward: tuple[Waiting, ...],
    ) -> Hashable:
        """Equal for runtime types that are treated alike."""
        layout = self.layout
        held = tuple(
            (source.fetch, source.waiting, id(field), layout.field_type(type_name, field.name))
            for source in sources
            for field in flatten(source.selections, type_name)
        )
        shows = tuple(
            (
                *(s.response_key, s.data_key, s.type, s.is_withheld),
                *(id(below) for below in s.selection_sets),
            )
            for s in shown
        )
        ways = tuple(id(layout.representation(w.fetch, w.entity, type_name)) for w in self.waiting)
        limits = tuple((limit.types, narrow(limit.rest, type_name)) for limit in self.limits)
        visible = (self._is_shown(type_name), self._is_withheld(type_name))
        return (held, tuple(s.waiting for s in sources), onward, shows, visible, ways, limits)

    def _is_shown(self, type_name: str) -> bool:
        limits = (limit for limit in self.limits if narrow(limit.rest, type_name) == ())
        return self.layout.is_shown(type_name) and all(type_name in limit.types for limit in limits)

    def _is_withheld(self, type_name: str) -> bool:
        return any(
            limit.is_of_access and type_name not in limit.types and narrow(limit.rest, type_name) == ()
            for limit in self.limits
        )

    def _show(self, type_name: str, sources: tuple[Source, ...]) -> tuple[Shown, ...]:
        grouped: dict[str, list[Field]] = {}
        for selection_set in self.selection_sets:
            collect_fields(self.layout, selection_set, type_name, grouped)
        reads = index_reads(sources, type_name)
        return tuple(self._show_field(type_name, fields, reads) for fields in grouped.values())

    def _show_field(
        self, type_name: str, fields: list[Field], reads_of: Mapping[str, tuple[Read, ...]]
    ) -> Shown:
        # One response key may be asked twice, through types that demand more and less; what is granted counts.
        fields = [field for field in fields if not field.is_withheld] or fields[:1]
        first = fields[0]
        own_type = None if self.is_untyped else self.layout.api_type(type_name, first.name)
        type_ = own_type or first.type
        layout = self.layout
        leaf = layout.leaf(type_.name)
        is_own = first.name in INTROSPECTION_FIELDS and not first.is_withheld
        reads = () if first.is_withheld else reads_of.get(first.data_key, ())
        return Shown(
            first.response_key,
            first.data_key,
            first.name,
            type_,
            leaf,
            reads,
            tuple(field.selection_set for field in fields if field.selection_set is not None),
            first.name == TYPENAME and not first.is_withheld,
            layout.introspect(fields) if is_own else None,
            leaf is not None and type_.of is None and len(reads) == 1 and first.name != TYPENAME,
            first.is_withheld,
        )


class Variant:
    """Runtime types that are treated alike at a place."""

    __slots__ = (
        "_children",
        "_place",
        "_reads",
        "is_hidden",
        "is_withheld",
        "shown",
        "shown_by_data_key",
        "sources",
        "types",
        "waiting",
    )

    def __init__(
        self,
        place: Place,
        sources: tuple[Source, ...],
        waiting: tuple[Waiting, ...],
        shown: tuple[Shown, ...],
        is_hidden: bool,
        is_withheld: bool,
    ) -> None:
        """Hold what the types have in common; `Place` adds the types."""
        self._place = weakref.ref(place)
        self.types: tuple[str, ...] = ()
        self.sources = sources
        self.waiting = waiting
        """Paths that go on below."""
        self.shown = shown
        self.is_hidden = is_hidden
        """Whether clients must not learn of these types here."""
        self.is_withheld = is_withheld
        """Whether the caller may not have these objects, and hears so."""
        self.shown_by_data_key = {s.data_key: s for s in reversed(shown)}
        self._children: dict[str, Place | None] = {}
        self._reads: Mapping[str, tuple[Read, ...]] | None = None

    @property
    def place(self) -> Place:
        """The place it belongs to, which somebody keeps as long as its variants are in use."""
        place = self._place()
        assert place is not None, "a program keeps its root place"  # noqa: S101 - see `Place`
        return place

    @property
    def type_name(self) -> str:
        """Its first runtime type."""
        return self.types[0]

    def reads(self, data_key: str) -> tuple[Read, ...]:
        """Give where a data key lies."""
        shown = self.shown_by_data_key.get(data_key)
        if shown is not None:
            return shown.reads
        if self._reads is None:
            self._reads = index_reads(self.sources, self.type_name)
        return self._reads.get(data_key, ())

    def representation(self, fetch: int, entity: int) -> Representation | None:
        """Give how its objects are represented in an entity fetch."""
        return self.place.layout.representation(fetch, entity, self.type_name)

    def child(self, data_key: str) -> Place | None:
        """Give the place below a data key; None when no object can stand there."""
        if data_key not in self._children:
            self._children[data_key] = self._make_child(data_key)
        return self._children[data_key]

    def _make_child(self, data_key: str) -> Place | None:
        layout = self.place.layout
        reads = self.reads(data_key)
        shown = self.shown_by_data_key.get(data_key)
        name = reads[0].field.name if reads else None if shown is None else shown.name
        named = None if name is None else layout.field_type(self.type_name, name)
        types = () if named is None else layout.supergraph.possible_types(named)
        if not types:
            return None
        waiting = tuple(
            Waiting(w.fetch, w.entity, w.path_index, after_lists(w.rest[1:]))
            for w in self.waiting
            if w.rest[0] == data_key
        )
        bases = tuple(Source(read.fetch, read.selections) for read in reads)
        limits = tuple(
            Limit(limit.types, after_lists(rest[1:]), limit.is_of_access)
            for limit in self.place.limits
            if (rest := narrow(limit.rest, self.type_name)) and rest[0] == data_key
        )
        return Place(layout, types, bases, waiting, () if shown is None else shown.selection_sets, limits)


def collect_fields(
    layout: Layout, selection_set: SelectionSet, type_name: str, grouped: dict[str, list[Field]]
) -> None:
    """Group the fields objects of a type show, by response key.

    Spec: GraphQL, section 6.3.2 "CollectFields".
    """
    for selection in selection_set.selections:
        if isinstance(selection, Field):
            grouped.setdefault(selection.response_key, []).append(selection)
        elif layout.is_of(type_name, selection.type_condition):
            collect_fields(layout, selection.selection_set, type_name, grouped)


def root_place(layout: Layout) -> Place:
    """Give the place of the response's root, where the root fetches' answers stand."""
    bases = tuple(Source(fetch.id, fetch.selections) for fetch in layout.active if not fetch.entities)
    waiting = tuple(
        Waiting(fetch, index, number, path)
        for (fetch, index), entity in layout.entities.items()
        for number, path in enumerate(entity.paths)
    )
    kind = layout.plan.operation.kind
    limits = tuple(Limit(types, after_lists(path)) for path, types in layout.plan.shown_types)
    limits += tuple(Limit(types, after_lists(path), True) for path, types in layout.plan.granted_types)
    return Place(layout, (layout.supergraph.roots[kind],), bases, waiting, (layout.client,), limits)
