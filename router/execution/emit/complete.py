"""Writes ``complete``: the response's data, in the client's order.

It gives up on everything that needs an error or lets a null rise: a missing key, a wrong type, null in a
non-null position, an unknown runtime type.  Where all that an object shows follows from the value that its
entities are found by, it is completed once for each value and then stands in the response at many places.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from router.execution.emit.scope import ObjectScope, Scope
from router.execution.emit.support import Unexpected
from router.execution.emit.writer import Writer, literal
from router.execution.layout import Layout
from router.execution.leaves import Leaf, LeafKind, as_id, as_int, list_completer
from router.execution.places import Place, Shown, Variant
from router.execution.sources import Read
from router.language.operation import TypeRef

Store: TypeAlias = Callable[[str], None]
"""Takes the expression of a completed value and writes where it goes."""

MEMO_LOOPS: Final = 2
"""An entity inside this many lists is likely to stand at several places."""


class CompleteEmitter:
    """Writes one ``complete`` function and its parts."""

    def __init__(self, layout: Layout, writer: Writer) -> None:
        self._layout = layout
        self._writer = writer
        self._scope = Scope(writer)

    def emit(self, root: Place) -> None:
        """Write ``complete(answers, found, introspection)``."""
        with self._scope.function("def complete(answers, found, introspection):"):
            bases = [f"d{source.fetch}" for source in root.bases]
            for base, source in zip(bases, root.bases, strict=True):
                self._writer.line(f"{base} = answers[{source.fetch}]")
            variant = root.variants[0]
            at = ObjectScope(self._scope, variant.sources, bases)
            at.fill_absent(bases)
            self._object(variant, at, None, lambda value: self._writer.line(f"return {value}"))

    # -- values -----------------------------------------------------------------------------------

    def _value(self, type_: TypeRef, place: Place, raws: Sequence[str], store: Store) -> None:
        """Write the completion of a composite value whose sources are the variables ``raws``."""
        with self._writer.block(f"if {' and '.join(f'{raw} is None' for raw in raws)}:"):
            if type_.is_non_null:
                self._give_up()
            else:
                store("None")
        with self._writer.block("else:"):
            if type_.of is not None:
                self._list(type_.of, place, raws, store)
            elif self._writer.is_deep:
                self._part(type_, place, raws, store)
            else:
                self._composite(type_, place, raws, store)

    def _list(self, item: TypeRef, place: Place, raws: Sequence[str], store: Store) -> None:
        result = self._writer.name("r")
        items = [self._writer.name("o") for _ in raws]
        if len(raws) == 1:
            with self._writer.block(f"if type({raws[0]}) is not list:"):
                self._give_up()
        self._writer.line(f"{result} = []")
        with self._scope.loop(self._scope.loop_over(raws, items)):
            self._value(item, place, items, lambda value: self._writer.line(f"{result}.append({value})"))
        store(result)

    def _part(self, type_: TypeRef, place: Place, raws: Sequence[str], store: Store) -> None:
        name = self._writer.name("complete_part")
        parameters = ", ".join(raws)
        with self._scope.function(f"def {name}({parameters}, found, introspection):", is_part=True):
            self._composite(type_, place, raws, lambda value: self._writer.line(f"return {value}"))
        store(f"{name}({parameters}, found, introspection)")

    def _composite(self, type_: TypeRef, place: Place, raws: Sequence[str], store: Store) -> None:
        mark = self._writer.mark()
        at = ObjectScope(self._scope, place.common, raws)
        if len(raws) > 1:
            at.fill_absent(raws)
        variant = place.untyped(None)
        if variant is None:
            self._by_type(type_, place, at, store)
        elif variant.is_hidden:
            self._hidden(type_, store)
        else:
            at = self._with_sources(at, variant)
            self._object(variant, at, None, store)
        if not at.is_checked:
            self._writer.insert_at(mark, f"    {self._give_up_text()}")
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
                    self._hidden(type_, store)
            head = "elif"
        with self._writer.block("else:"):
            self._give_up()

    def _hidden(self, type_: TypeRef, store: Store) -> None:
        if type_.is_non_null:
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
        key = self._memo_key(variant)
        if key is None:
            store(self._display(variant, at, runtime_type))
            return
        memo = self._scope.local(self._writer.name("memo"), "{}")
        source = variant.sources[key[0]].key
        assert source is not None, "memo keys are of entity sources"  # noqa: S101 - see _memo_key
        identity = at.identity(source)
        result = self._writer.name("r")
        self._writer.line(f"{result} = {memo}.get({identity})")
        with self._writer.block(f"if {result} is None:"):
            display = self._display(variant, at, runtime_type)
            self._writer.line(f"{result} = {memo}[{identity}] = {display}")
        store(result)

    def _memo_key(self, variant: Variant) -> tuple[int] | None:
        """Give an entity source whose key decides everything the object shows."""
        if self._scope.is_part or self._scope.loops < MEMO_LOOPS or not variant.place.is_concrete:
            return None
        for index, source in enumerate(variant.sources):
            key = source.key
            if key is None or key.read is None:
                continue
            own = (key.read.source, key.read.wire_key)
            if all(_follows(variant, read, own) for shown in variant.shown for read in shown.reads):
                return (index,)
        return None

    def _display(self, variant: Variant, at: ObjectScope, runtime_type: str | None) -> str:
        """Write what must come first and give the dictionary's text."""
        members = [
            f"{literal(shown.response_key)}: {self._field(variant, shown, at, runtime_type)}"
            for shown in variant.shown
        ]
        return "{" + ", ".join(members) + "}"

    def _field(self, variant: Variant, shown: Shown, at: ObjectScope, runtime_type: str | None) -> str:
        if shown.is_introspection:
            return f"introspection[{literal(shown.response_key)}]"
        if shown.is_typename:
            if variant.place.is_concrete:
                return literal(variant.type_name)
            if runtime_type is None:
                self._give_up()
            return runtime_type or "None"
        if not shown.reads:
            if shown.type.is_non_null:
                self._give_up()
            return "None"
        if shown.leaf is not None:
            return self._leaf(shown.type, shown.leaf, at, shown.reads)
        place = variant.child(shown.data_key)
        if place is None:
            self._give_up()
            return "None"
        raws = [at.read(read) for read in shown.reads]
        if len(raws) > 1:
            raws = [self._copy(raw) for raw in raws]
        result = self._writer.name("r")
        self._value(shown.type, place, raws, lambda value: self._assign(result, value))
        return result

    def _assign(self, result: str, value: str) -> None:
        if result != value:
            self._writer.line(f"{result} = {value}")

    def _copy(self, raw: str) -> str:
        """Give a variable of its own: merging writes `ABSENT` into it."""
        copy = self._writer.name("o")
        self._writer.line(f"{copy} = {raw}")
        return copy

    # -- leaves -----------------------------------------------------------------------------------

    def _leaf(self, type_: TypeRef, leaf: Leaf, at: ObjectScope, reads: tuple[Read, ...]) -> str:
        if type_.of is not None:
            completer = self._writer.constant("complete_list", list_completer(type_, leaf))
            return f"{completer}({at.expression(reads)})"
        if leaf.kind is LeafKind.ANY and not type_.is_non_null:
            return at.expression(reads)
        if leaf.kind is LeafKind.ENUM:
            return f"{self._enum_table(type_, leaf)}[{at.expression(reads)}]"
        return self._checked(type_, leaf, at.read(reads[0]) if len(reads) == 1 else at.first(reads))

    def _checked(self, type_: TypeRef, leaf: Leaf, value: str) -> str:
        test, repair = _CHECKS[leaf.kind]
        test = test.format(v=value)
        if not type_.is_non_null:
            test = f"{test} and {value} is not None"
        if repair is None:
            with self._writer.block(f"if {test}:"):
                self._give_up()
            return value
        repaired = self._writer.name("v")
        function = self._scope.named(repair.__name__, repair)
        self._writer.line(f"{repaired} = {function}({value}) if {test} else {value}")
        return repaired

    def _enum_table(self, type_: TypeRef, leaf: Leaf) -> str:
        table: dict[str | None, str | None] = {value: value for value in sorted(leaf.values)}
        if not type_.is_non_null:
            table[None] = None
            table.update(dict.fromkeys(sorted(leaf.hidden)))
        return self._writer.constant(f"{leaf.name}_values", table)

    def _give_up(self) -> None:
        self._writer.line(self._give_up_text())

    def _give_up_text(self) -> str:
        return f"raise {self._scope.named('Unexpected', Unexpected)}"


_CHECKS: Final[dict[LeafKind, tuple[str, Callable[[object], object] | None]]] = {
    LeafKind.STRING: ("type({v}) is not str", None),
    LeafKind.ID: ("type({v}) is not str", as_id),
    LeafKind.INT: ("(type({v}) is not int or not -2147483648 <= {v} <= 2147483647)", as_int),
    LeafKind.FLOAT: ("type({v}) is not float and type({v}) is not int", None),
    LeafKind.BOOLEAN: ("type({v}) is not bool", None),
    LeafKind.ANY: ("{v} is None", None),
}


def _follows(variant: Variant, read: Read, own: tuple[int, str]) -> bool:
    """Say whether what is read follows from the value at ``own`` alone."""
    if (read.source, read.wire_key) == own:
        return True
    key = variant.sources[read.source].key
    return key is not None and key.read is not None and (key.read.source, key.read.wire_key) == own
