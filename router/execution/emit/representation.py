"""Writes how one object is represented: the statements that end in its JSON text, or in nothing.

A field with fields of its own is written as a function from its object to its value.  The rarest shapes (a nested
object that several fetches hold, or of a type that must be looked up; a field that two fragments ask for) are
left to the patient functions, one call per distinct object.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson

from router.execution.absent import ABSENT, UNKNOWN
from router.execution.context import Nulled, Slot
from router.execution.emit.scope import ObjectScope, Scope
from router.execution.emit.support import each_object
from router.execution.emit.writer import literal
from router.execution.keys import represented
from router.execution.layout import Layout
from router.execution.objects import Spot, Walk
from router.execution.places import Variant
from router.execution.representing import LeftOutError, represent
from router.execution.sources import Read
from router.language.operation import TYPENAME
from router.planning.plan import Representation, RepresentationField

Keep: TypeAlias = Callable[[str], None]
"""Takes the expression of a representation's bytes and writes where it goes."""


@dataclass(slots=True)
class _Members:
    """The members of one JSON object, being written."""

    tests: list[str] = field(default_factory=list)
    """What must hold; else the object is left out."""
    shown: list[str] = field(default_factory=list)
    """Members of the dictionary's text."""
    added: list[tuple[str | None, str, str]] = field(default_factory=list)
    """Then set one by one: when, name, value."""
    is_nested: bool = False

    def add(self, name: str, value: str, condition: str | None = None) -> None:
        """Add a member, in order."""
        if condition is None and not self.added:
            self.shown.append(f"{literal(name)}: {value}")
        else:
            self.added.append((condition, literal(name), value))


class RepresentationEmitter:
    """Writes the representations of one fetch."""

    def __init__(self, layout: Layout, scope: Scope, fetch: int) -> None:
        self._layout = layout
        self._scope = scope
        self._writer = scope.writer
        self._visible = layout.ancestors[fetch]
        self._fetch = fetch

    def emit(
        self, variant: Variant, at: ObjectScope, how: Representation, runtime_type: str | None, keep: Keep
    ) -> None:
        """Write the representation of the object at ``at``."""
        fields = [f for f in represented(how.selections, variant.type_name) if f.name != TYPENAME]
        typename = literal(how.typename) if how.typename else runtime_type or literal(variant.type_name)
        if not self._is_plain(variant, fields):
            result = self._writer.name("r")
            self._writer.line(f"{result} = {self._patient(variant, at, how, typename)}")
            with self._writer.block(f"if {result} is not None:"):
                keep(result)
            return
        members = _Members(shown=[f"'__typename': {typename}"])
        self._members(variant, at, fields, members)
        if members.tests:
            with self._writer.block(f"if {_all(members.tests)}:"):
                self._dump(members, keep)
        else:
            self._dump(members, keep)

    def _dump(self, members: _Members, keep: Keep) -> None:
        dumps = self._scope.named("dumps", orjson.dumps)
        if not members.is_nested:
            keep(f"{dumps}({self._display(members)})")
            return
        value = self._writer.name("r")
        with self._writer.block("try:"):
            self._writer.line(f"{value} = {dumps}({self._display(members)})")
        with self._writer.block(f"except {self._scope.named('LeftOutError', LeftOutError)}:"):
            self._writer.line("pass")
        with self._writer.block("else:"):
            keep(value)

    def _display(self, members: _Members) -> str:
        text = "{" + ", ".join(members.shown) + "}"
        if not members.added:
            return text
        name = self._writer.name("m")
        self._writer.line(f"{name} = {text}")
        for condition, key, value in members.added:
            if condition is None:
                self._writer.line(f"{name}[{key}] = {value}")
            else:
                with self._writer.block(f"if {condition}:"):
                    self._writer.line(f"{name}[{key}] = {value}")
        return name

    # -- members ----------------------------------------------------------------------------------

    def _is_plain(self, variant: Variant, fields: Sequence[RepresentationField]) -> bool:
        if len({f.name for f in fields}) < len(fields):
            return False
        for one in fields:
            if one.name == TYPENAME:
                continue
            reads = self._reads(variant, one)
            is_optional = self._layout.has_conditions and not one.is_key
            if len(reads) > 1 and (is_optional or one.selections):
                return False
            if one.selections and reads:
                below = self._below(variant, one)
                if below is None or not self._is_plain(below, self._fields(below, one)):
                    return False
        return True

    def _reads(self, variant: Variant, one: RepresentationField) -> tuple[Read, ...]:
        return tuple(read for read in variant.reads(one.data_key) if read.fetch in self._visible)

    def _fields(self, variant: Variant, one: RepresentationField) -> list[RepresentationField]:
        return list(represented(one.selections, variant.type_name))

    def _below(self, variant: Variant, one: RepresentationField) -> Variant | None:
        """Give the variant of the objects under a field; None when their type must be looked up."""
        place = variant.child(one.data_key)
        if place is None or len(place.bases) > 1:
            return None
        return place.untyped(self._visible)

    def _members(
        self, variant: Variant, at: ObjectScope, fields: Sequence[RepresentationField], members: _Members
    ) -> None:
        for one in fields:
            if one.name == TYPENAME:
                members.add(TYPENAME, literal(variant.type_name))
                continue
            reads = self._reads(variant, one)
            if not reads:
                if one.is_key or not self._layout.has_conditions:
                    members.tests.append("False")
                continue
            self._member(variant, at, one, reads, members)

    def _member(
        self,
        variant: Variant,
        at: ObjectScope,
        one: RepresentationField,
        reads: tuple[Read, ...],
        members: _Members,
    ) -> None:
        value = at.read(reads[0]) if len(reads) == 1 else at.first(reads)
        is_entity = [variant.sources[read.source].key is not None for read in reads]
        if one.is_key and len(reads) == 1 and not is_entity[0] and len(variant.place.bases) == 1:
            members.tests.append(f"{value} is not None")
            condition = None
        else:
            tests, condition = self._tests(variant, at, one, reads, value)
            members.tests.extend(tests)
        if one.selections:
            members.is_nested = True
            value = self._nested(variant, one, value)
        members.add(one.name, value, condition)

    def _tests(
        self,
        variant: Variant,
        at: ObjectScope,
        one: RepresentationField,
        reads: tuple[Read, ...],
        value: str,
    ) -> tuple[list[str], str | None]:
        """Give what must hold, and when the member is sent at all (None: always)."""
        absent, unknown = at.absent(), self._scope.named("UNKNOWN", UNKNOWN)
        sources = [at.source(read.source) for read in reads]
        keys = [literal(read.wire_key) for read in reads]
        is_entity = [variant.sources[read.source].key is not None for read in reads]
        tests: list[str] = []
        condition: str | None = None
        if len(reads) > 1:
            is_there = [f"{key} in {source}" for key, source in zip(keys, sources, strict=True)]
            is_there += [f"{source} is {unknown}" for source, e in zip(sources, is_entity, strict=True) if e]
            tests.append(f"({' or '.join(is_there)})")
        elif is_entity[0] or len(variant.place.bases) > 1:
            tests.append(f"{sources[0]} is not {absent}")
        if one.is_key:
            return [*tests, f"{value} is not None"], None
        kept = [f"(id({source}), {key}) not in nulled" for source, key in zip(sources, keys, strict=True)]
        tests.append(f"({value} is not None or {' and '.join(kept)})")
        if self._layout.has_conditions:
            condition = f"{keys[0]} in {sources[0]}" + (
                f" or {sources[0]} is {unknown}" if is_entity[0] else ""
            )
        return tests, condition

    def _nested(self, variant: Variant, one: RepresentationField, value: str) -> str:
        """Write the function of the objects under a field, and give the call that makes its value."""
        place, below = variant.child(one.data_key), self._below(variant, one)
        assert place is not None, "only plain fields come here"  # noqa: S101 - see _is_plain
        assert below is not None, "only plain fields come here"  # noqa: S101 - see _is_plain
        name = self._writer.name("nested")
        given = self._writer.name("o")
        with self._scope.function(f"def {name}({given}, found, nulled):", is_part=True):
            at = ObjectScope(self._scope, below.sources, [given], self._layout.has_conditions)
            members = _Members()
            self._members(below, at, self._fields(below, one), members)
            if members.tests:
                with self._writer.block(f"if not ({_all(members.tests)}):"):
                    self._writer.line(f"raise {self._scope.named('LeftOutError', LeftOutError)}")
            self._writer.line(f"return {self._display(members)}")
        return f"{self._scope.named('each_object', each_object)}({value}, {name}, found, nulled)"

    # -- the rarest shapes ------------------------------------------------------------------------

    def _patient(self, variant: Variant, at: ObjectScope, how: Representation, typename: str) -> str:
        sources = [
            at.source(index) if source.fetch in self._visible else "None"
            for index, source in enumerate(variant.sources)
        ]
        function = self._writer.constant(
            "represent", patient_represent(self._layout, variant, how, self._fetch)
        )
        objects = ", ".join(sources)
        return f"{function}(answers, found, nulled, ({objects},), {typename})"


def _all(tests: Sequence[str]) -> str:
    return " and ".join(dict.fromkeys(tests))


def patient_represent(
    layout: Layout, variant: Variant, how: Representation, fetch: int
) -> Callable[[list[Any], list[Slot], Nulled, tuple[Any, ...], str], bytes | None]:
    """Give the function that represents one object patiently."""
    visible = layout.ancestors[fetch]

    def represent_one(
        answers: list[Any], found: list[Slot], nulled: Nulled, objects: tuple[Any, ...], typename: str
    ) -> bytes | None:
        there = tuple(None if o is ABSENT else o for o in objects)
        type_name = None if variant.place.is_concrete else typename
        spot = Spot((), variant, type_name or variant.type_name, there)
        return represent(Walk(answers, found, visible, nulled), spot, typename, how.selections)

    return represent_one
