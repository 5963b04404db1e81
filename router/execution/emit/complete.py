"""Writes ``complete``: the response's data, in the client's order.

It gives up on everything that needs an error: a missing key, a wrong type, null in a non-null position, an
unknown runtime type.  Then the object where that happened, and no more, is completed patiently; the length of
each list under way is the index in its path.  A null that must rise is `Bubbled`, which the next nullable
position above catches.

Where all that an object shows follows from the value that its entities are found by, it is completed once for
each value and then stands in the response at many places.  What goes wrong inside is told to each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from router.execution.completion import Below
from router.execution.emit.deciding_key import deciding_key
from router.execution.emit.leaf import give_up, leaf_expression
from router.execution.emit.scope import ObjectScope, Scope
from router.execution.emit.support import GAVE_UP, Bubbled
from router.execution.emit.writer import Writer, literal
from router.execution.layout import Layout
from router.execution.leaves import Leaf
from router.execution.places import Place, Shown, Variant
from router.language.operation import TypeRef

Store: TypeAlias = Callable[[str], None]
"""Takes the expression of a completed value and writes where it goes."""

MEMO_LOOPS: Final = 2
"""An entity inside this many lists is likely to stand at several places; a field of an item inside one less."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field being written, and the objects that show it."""

    variant: Variant
    shown: Shown
    runtime_type: str | None
    """Variable that holds it, where it must be known."""
    sources: tuple[str, ...] = ()
    """Variables of the sources it is read from; none for the items of its list."""


class CompleteEmitter:
    """Writes one ``complete`` function and its parts."""

    def __init__(self, layout: Layout, writer: Writer) -> None:
        self._layout = layout
        self._writer = writer
        self._scope = Scope(writer)
        self._path: tuple[str, ...] | None = ()
        """Expressions of the response path; None where many places share what is written."""
        self._is_item = False
        """Whether the next object is an item of a list: those of one list are mostly different ones."""
        self._below: dict[tuple[int, int], str] = {}
        """Constants by identity of field and type: all are kept by their variants."""

    def emit(self, root: Place) -> None:
        """Write ``complete(answers, found, introspection, patient)``."""
        with self._scope.function("def complete(answers, found, introspection, patient):"):
            bases = [f"d{source.fetch}" for source in root.bases]
            for base, source in zip(bases, root.bases, strict=True):
                self._writer.line(f"{base} = answers[{source.fetch}]")
            variant = root.variants[0]
            at = ObjectScope(self._scope, variant.sources, bases)
            at.fill_absent(bases)
            self._object(variant, at, None, lambda value: self._writer.line(f"return {value}"))

    # -- values -----------------------------------------------------------------------------------

    def _value(self, field: _Field, type_: TypeRef, place: Place, raws: Sequence[str], store: Store) -> None:
        """Write the completion of a composite value whose sources are the variables ``raws``."""
        is_one_list = type_.of is not None and len(raws) == 1
        head = "if"
        if not (is_one_list and type_.is_non_null and not field.sources):
            with self._writer.block(f"if {' and '.join(f'{raw} is None' for raw in raws)}:"):
                if not type_.is_non_null:
                    store("None")
                else:
                    self._patiently(field, type_, raws, store, is_null=True)
            head = "elif"
        if is_one_list:
            with self._writer.block(f"{head} type({raws[0]}) is not list:"):
                self._patiently(field, type_, raws, store)
        with self._writer.block("else:"):
            if type_.of is not None:
                self._list(field, type_, place, raws, store)
            else:
                self._guarded(field, type_, place, raws, store)

    def _patiently(
        self, field: _Field, type_: TypeRef, raws: Sequence[str], store: Store, is_null: bool = False
    ) -> None:
        """Write the call that completes a value patiently, or raises `Bubbled`."""
        if self._path is None:
            self._give_up()
            return
        own = (id(field.shown), id(type_))
        below = self._below.get(own)
        if below is None:
            constant = Below(field.variant, field.shown, type_)
            below = self._below[own] = self._writer.constant("BELOW", constant)
        owner = field.runtime_type or literal(field.variant.type_name)
        path = ", ".join(self._path) + ("," if len(self._path) == 1 else "")
        call, given = ("null", field.sources) if is_null and field.sources else ("value", raws)
        text = f"patient.{call}({below}, {owner}, ({path}), {', '.join(given)})"
        if call == "null":
            self._writer.line(text)
        else:
            store(text)

    def _list(self, field: _Field, type_: TypeRef, place: Place, raws: Sequence[str], store: Store) -> None:
        item = type_.of
        assert item is not None, "only lists come here"  # noqa: S101 - see _value
        result = self._writer.name("r")
        stops_nulls = self._path is not None and item.is_non_null and not type_.is_non_null
        if stops_nulls:
            with self._writer.block("try:"):
                self._items(field, item, place, raws, result)
            with self._writer.block(f"except {self._scope.named('Bubbled', Bubbled)}:"):
                self._writer.line(f"{result} = None")
        else:
            self._items(field, item, place, raws, result)
        store(result)

    def _items(self, field: _Field, item: TypeRef, place: Place, raws: Sequence[str], result: str) -> None:
        items = [self._writer.name("o") for _ in raws]
        one = replace(field, sources=())
        self._writer.line(f"{result} = []")
        with self._scope.loop(self._scope.loop_over(raws, items)), self._at(f"len({result})"):
            self._value(one, item, place, items, lambda value: self._writer.line(f"{result}.append({value})"))

    def _guarded(
        self, field: _Field, type_: TypeRef, place: Place, raws: Sequence[str], store: Store
    ) -> None:
        """Write an object's completion, and what follows when it gives up."""
        self._is_item = not field.sources
        if self._path is None:
            self._composite_or_part(type_, place, raws, store)
            return
        with self._writer.block("try:"):
            self._composite_or_part(type_, place, raws, store)
        with self._writer.block(f"except {self._scope.named('GAVE_UP', GAVE_UP)}:"):
            self._patiently(field, type_, raws, store)
        if not type_.is_non_null and any(map(_may_bubble, place.variants)):
            with self._writer.block(f"except {self._scope.named('Bubbled', Bubbled)}:"):
                store("None")

    def _composite_or_part(self, type_: TypeRef, place: Place, raws: Sequence[str], store: Store) -> None:
        if self._writer.is_deep:
            self._part(type_, place, raws, store)
        else:
            self._composite(type_, place, raws, store)

    def _part(self, type_: TypeRef, place: Place, raws: Sequence[str], store: Store) -> None:
        name = self._writer.name("complete_part")
        parameters = ", ".join(raws)
        head = f"def {name}({parameters}, found, introspection):"
        with self._scope.function(head, is_part=True), self._at(None):
            self._composite(type_, place, raws, lambda value: self._writer.line(f"return {value}"))
        store(f"{name}({parameters}, found, introspection)")

    @contextmanager
    def _at(self, step: str | None) -> Iterator[None]:
        """Go one step down the response path; None: out of any path."""
        before = self._path
        self._path = None if step is None or before is None else (*before, step)
        yield
        self._path = before

    def _composite(self, type_: TypeRef, place: Place, raws: Sequence[str], store: Store) -> None:
        mark = self._writer.mark()
        at = ObjectScope(self._scope, place.common, raws)
        if len(raws) > 1:
            at.fill_absent(raws)
        variant = place.untyped(None)
        if variant is None:
            self._by_type(type_, place, at, store)
        elif variant.is_hidden:
            self._hidden(variant, type_, store)
        else:
            at = self._with_sources(at, variant)
            self._object(variant, at, None, store)
        if not at.is_checked:
            self._writer.insert_at(mark, f"    {give_up(self._scope)}")
            self._writer.insert_at(mark, f"if type({raws[0]}) is not dict:")

    def _with_sources(self, at: ObjectScope, variant: Variant) -> ObjectScope:
        if variant.sources is variant.place.common:
            return at
        return at.retyped(variant.sources)

    def _by_type(self, type_: TypeRef, place: Place, at: ObjectScope, store: Store) -> None:
        for index in range(len(place.bases), len(place.common)):
            at.source(index)
        runtime_type = at.read(place.typename_reads[0]) if len(place.typename_reads) == 1 else None
        if runtime_type is None:
            runtime_type = at.first(place.typename_reads)
        at.is_checked = True
        head = "if"
        for variant in place.variants:
            test = self.type_test(runtime_type, variant)
            with self._writer.block(f"{head} {test}:"):
                if not variant.is_hidden:
                    self._object(variant, at.retyped(variant.sources), runtime_type, store)
                else:
                    self._hidden(variant, type_, store)
            head = "elif"
        with self._writer.block("else:"):
            self._give_up()

    def _hidden(self, variant: Variant, type_: TypeRef, store: Store) -> None:
        if type_.is_non_null or variant.is_withheld:
            self._give_up()
        else:
            store("None")

    def type_test(self, runtime_type: str, variant: Variant) -> str:
        """Give an expression that is true for the variant's types."""
        if len(variant.types) == 1:
            return f"{runtime_type} == {literal(variant.types[0])}"
        return f"{runtime_type} in {self._writer.constant('TYPES', frozenset(variant.types))}"

    # -- objects ----------------------------------------------------------------------------------

    def _object(self, variant: Variant, at: ObjectScope, runtime_type: str | None, store: Store) -> None:
        is_repeated = not self._scope.is_part and self._scope.loops + (not self._is_item) >= MEMO_LOOPS
        key = deciding_key(variant) if is_repeated else None
        if key is None:
            store(self._display(variant, at, runtime_type))
            return
        memo = self._scope.local(self._writer.name("memo"), "{}")
        identity = at.identity(key)
        result = self._writer.name("r")
        self._writer.line(f"{result} = {memo}.get({identity})")
        with self._writer.block(f"if {result} is None:"):
            with self._at(None):
                display = self._display(variant, at, runtime_type)
            self._writer.line(f"{result} = {memo}[{identity}] = {display}")
        store(result)

    def _display(self, variant: Variant, at: ObjectScope, runtime_type: str | None) -> str:
        """Write what must come first and give the dictionary's text."""
        composites = [index for index, shown in enumerate(variant.shown) if shown.leaf is None]
        members: list[str] = []
        for index, shown in enumerate(variant.shown):
            value = self._field(_Field(variant, shown, runtime_type), at)
            if composites and index < composites[-1] and not value.isidentifier():
                # What goes wrong in a leaf must be told before what goes wrong below a later field.
                self._assign(variable := self._writer.name("v"), value)
                value = variable
            members.append(f"{literal(shown.response_key)}: {value}")
        return "{" + ", ".join(members) + "}"

    def _field(self, field: _Field, at: ObjectScope) -> str:
        variant, shown = field.variant, field.shown
        if shown.introspection_key is not None:
            return f"introspection[{literal(shown.introspection_key)}]"
        if shown.is_typename:
            return self._typename(field)
        if shown.leaf is not None and shown.reads:
            if self._path == () and len(shown.reads) == 1:
                return self._root_leaf(field, shown.leaf, at)
            return leaf_expression(self._scope, shown.type, shown.leaf, at, shown.reads)
        place = variant.child(shown.data_key)
        if place is None or not shown.reads:
            if shown.type.is_non_null or shown.reads:
                self._give_up()
            return "None"
        raws = [at.read(read) for read in shown.reads]
        if len(raws) > 1:
            raws = [self._copy(raw) for raw in raws]
        result = self._writer.name("r")
        field = replace(field, sources=tuple(at.source(read.source) for read in shown.reads))
        with self._at(literal(shown.response_key)):
            self._value(field, shown.type, place, raws, lambda value: self._assign(result, value))
        return result

    def _root_leaf(self, field: _Field, leaf: Leaf, at: ObjectScope) -> str:
        """Write a leaf of the root: there is no object around it that could be completed patiently for it."""
        shown = field.shown
        read, result = shown.reads[0], self._writer.name("r")
        source = at.source(read.source)
        with self._writer.block("try:"):
            self._assign(
                result, leaf_expression(self._scope, shown.type, leaf, at.retyped(at.sources), shown.reads)
            )
        with self._writer.block(f"except {self._scope.named('GAVE_UP', GAVE_UP)}:"):
            raw = self._writer.name("v")
            self._writer.line(f"{raw} = {source}.get({literal(read.wire_key)})")
            field = replace(field, sources=(source,))
            with self._at(literal(shown.response_key)):
                if shown.type.is_non_null:
                    with self._writer.block(f"if {raw} is None:"):
                        self._patiently(field, shown.type, (raw,), lambda _: None, is_null=True)
                self._patiently(field, shown.type, (raw,), lambda value: self._assign(result, value))
        return result

    def _typename(self, field: _Field) -> str:
        if field.variant.place.is_concrete:
            return literal(field.variant.type_name)
        if field.runtime_type is None:
            self._give_up()
        return field.runtime_type or "None"

    def _assign(self, result: str, value: str) -> None:
        if result != value:
            self._writer.line(f"{result} = {value}")

    def _copy(self, raw: str) -> str:
        """Give a variable of its own: merging writes `ABSENT` into it."""
        copy = self._writer.name("o")
        self._writer.line(f"{copy} = {raw}")
        return copy

    def _give_up(self) -> None:
        self._writer.line(give_up(self._scope))


def _may_bubble(variant: Variant) -> bool:
    """Say whether a null below its objects may rise to them as `Bubbled`."""
    return any(shown.leaf is None and shown.type.is_non_null for shown in variant.shown)
