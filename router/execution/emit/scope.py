"""One function being written: what its head must fetch, and objects' sources as variables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from router.execution.absent import ABSENT
from router.execution.emit.support import as_object, together
from router.execution.emit.writer import Writer, literal
from router.execution.keys import key_of
from router.execution.sources import Key, Read, Source


class Scope:
    """Collects the lines that a function must start with, each once, in the order of first need."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.is_part = False
        """Whether it is called by another function, perhaps often: then it keeps nothing between objects."""
        self.loops = 0
        self._head: dict[str, str] = {}

    @contextmanager
    def function(self, head: str, is_part: bool = False) -> Iterator[None]:
        """Write a function with a scope of its own."""
        before = (self.is_part, self.loops, self._head)
        self.is_part, self.loops, self._head = is_part, 0, {}
        with self.writer.function(head):
            mark = self.writer.mark()
            yield
            for line in reversed(self._head.values()):
                self.writer.insert_at(mark, line)
        self.is_part, self.loops, self._head = before

    def local(self, name: str, value: str) -> str:
        """Give a local variable that the function's head fills."""
        self._head.setdefault(name, f"{name} = {value}")
        return name

    @contextmanager
    def loop(self, head: str) -> Iterator[None]:
        """Write a loop."""
        self.loops += 1
        with self.writer.block(head):
            yield
        self.loops -= 1

    def loop_over(self, values: Sequence[str], items: Sequence[str]) -> str:
        """Give the head of a loop over the lists of one place."""
        if len(values) == 1:
            return f"for {items[0]} in {values[0]}:"
        self.writer.constant("together", together)
        return f"for {', '.join(items)} in {self.named('together', together)}({', '.join(values)}):"

    def named(self, name: str, value: object) -> str:
        """Give a constant under its own name."""
        self.writer.namespace[name] = value
        return name


class ObjectScope:
    """The sources of one object, as variables; entities are looked up when first needed."""

    def __init__(
        self, scope: Scope, sources: tuple[Source, ...], bases: Sequence[str], is_lenient: bool = False
    ) -> None:
        """``bases`` are variables that hold a dictionary or `ABSENT`; lenient: a missing key is null."""
        self._scope = scope
        self._writer = scope.writer
        self._sources = sources
        self.variables: dict[int, str] = dict(enumerate(bases))
        self.is_checked = len(bases) > 1
        """Whether a base that is no object is sure to raise, before anything is said about what it should hold."""
        self._is_identified = False
        """Whether the base's identity was asked for first, which anything has."""
        self._read: dict[tuple[int, str], str] = {}
        self._identities: dict[tuple[int, str], str] = {}
        self._is_lenient = is_lenient

    def absent(self) -> str:
        """Give the name of `ABSENT`."""
        return self._scope.named("ABSENT", ABSENT)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The object's sources."""
        return self._sources

    def retyped(self, sources: tuple[Source, ...]) -> ObjectScope:
        """Give the same object with the sources of one of its variants, for a block of its own."""
        other = ObjectScope(self._scope, sources, (), self._is_lenient)
        other.variables = dict(self.variables)
        other.is_checked = self.is_checked
        other._is_identified = self._is_identified
        other._read = dict(self._read)
        other._identities = dict(self._identities)
        return other

    def known(self, read: Read, value: str) -> ObjectScope:
        """Note a variable that holds a key's value, which is all there is of the object."""
        own = (read.source, read.wire_key)
        self._read[own] = self._identities[own] = value
        return self

    def source(self, index: int) -> str:
        """Give the variable of a source."""
        variable = self.variables.get(index)
        if variable is None:
            key = self._sources[index].key
            assert key is not None, "bases are given"  # noqa: S101 - invariant of Source
            variable = self.variables[index] = self._writer.name("e")
            found = self._scope.local(f"f{key.slot}", f"found[{key.slot}]")
            self._writer.line(f"{variable} = {found}.get({self.identity(key)}, {self.absent()})")
        return variable

    def identity(self, key: Key) -> str:
        """Give an expression for what identifies the object; None in it means nothing does."""
        if key.read is None:
            self._is_identified = True
            return self._first_base(key.bases)
        own = (key.read.source, key.read.wire_key)
        known = self._identities.get(own)
        if known is None:
            value = self.read(key.read)
            known = self._identities[own] = self._writer.name("k")
            key_of_ = self._scope.named("key_of", key_of)
            self._writer.line(f"{known} = {value} if type({value}) is str else {key_of_}({value})")
        return known

    def _first_base(self, bases: tuple[int, ...]) -> str:
        *others, last = [self.variables[index] for index in bases]
        expression = last
        for other in reversed(others):
            expression = f"{other} if {other} is not {self.absent()} else {expression}"
        return f"id({expression})"

    def read(self, read: Read) -> str:
        """Give a variable that holds what one source has under a key; a missing key raises."""
        own = (read.source, read.wire_key)
        variable = self._read.get(own)
        if variable is None:
            source = self.source(read.source)
            variable = self._read[own] = self._writer.name("v")
            key = literal(read.wire_key)
            subscript = f"{source}.get({key})" if self._is_lenient else f"{source}[{key}]"
            self._writer.line(f"{variable} = {subscript}")
            self._note_subscript(read.source)
        return variable

    def expression(self, reads: tuple[Read, ...]) -> str:
        """Give an expression for the first value that is not null; it may be a variable."""
        if not reads:
            return "None"
        if len(reads) == 1:
            known = self._read.get((reads[0].source, reads[0].wire_key))
            if known is not None:
                return known
            source = self.source(reads[0].source)
            self._note_subscript(reads[0].source)
            return f"{source}[{literal(reads[0].wire_key)}]"
        return self.first(reads)

    def first(self, reads: tuple[Read, ...]) -> str:
        """Give a variable with the first value that is not null."""
        variables = [self.source(read.source) for read in reads]
        value = self._writer.name("v")
        self._writer.line(f"{value} = {variables[0]}.get({literal(reads[0].wire_key)})")
        for variable, read in zip(variables[1:], reads[1:], strict=True):
            with self._writer.block(f"if {value} is None:"):
                self._writer.line(f"{value} = {variable}.get({literal(read.wire_key)})")
        return value

    def _note_subscript(self, source: int) -> None:
        if source == 0 and not self._is_identified:
            self.is_checked = True

    def fill_absent(self, raws: Sequence[str]) -> None:
        """Make bases that are null `ABSENT`."""
        for raw in raws:
            self._writer.line(f"{raw} = {self._scope.named('as_object', as_object)}({raw})")
