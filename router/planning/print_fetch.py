"""The text of a fetch's operation, minified.

Selection sets that stand in several places become a fragment where that makes the text shorter, the one that saves
most first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from router.language.operation import Condition, Conditions, Operation, OperationKind
from router.planning.fetch_graph import BatchBuilder, ContextBuilder, FieldBuilder, SelectionBuilder

WORTH_SHORTENING: Final = 200
"""Characters; below, a fragment hardly ever saves any."""
MAX_FRAGMENTS: Final = 26

Body: TypeAlias = tuple[str, str]
"""A type's name, and a selection set on it written out in full."""


@dataclass(frozen=True, slots=True)
class ListPart:
    """One `_entities` selection to be printed."""

    alias: str
    batch: BatchBuilder
    implied: Conditions
    """What holds whenever it is asked."""
    declarations: str
    variable: str
    contexts: tuple[str, ...]
    """Variables of the batch's values from contexts."""


class OperationPrinter:
    """Prints one fetch, noting the client's variables it uses."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._used: set[str] = set()
        self._is_sorted = False
        self._fragments: dict[Body, str] | None = None
        """Names of the fragments; None while everything is written out in full."""
        self._standing: dict[Body, tuple[SelectionBuilder, Conditions]] = {}
        self._seen: Counter[Body] = Counter()
        self._in_full: dict[tuple[int, Conditions], str] = {}
        self._contexts: dict[ContextBuilder, str] = {}
        """Variables for values from contexts, in the selection being printed."""

    def variables(self) -> tuple[str, ...]:
        """Give the client's variables the text uses, in the client's order."""
        return tuple(v.name for v in self._operation.variables if v.name in self._used)

    def free_variable(self, name: str, text: str = "") -> str:
        """Give a variable name that the client does not use, nor begin one with, and that a text does not have."""
        names = [variable.name for variable in self._operation.variables]
        while any(used == name or used.startswith(f"{name}_") for used in names) or f"${name}" in text:
            name = f"_{name}"
        return name

    def root(self, kind: OperationKind, selection: SelectionBuilder, implied: Conditions) -> str:
        """Print a root fetch; ``implied`` conditions hold whenever it is sent."""
        body, fragments = self._shortened(lambda: self._selections(selection, implied))
        declared = self._declarations(())
        keyword = "" if kind is OperationKind.QUERY and not declared and not fragments else kind.value
        return f"{keyword}{declared}{{{body}}}{fragments}"

    def entities(self, parts: Sequence[ListPart]) -> tuple[str, tuple[str, ...]]:
        """Print an entity fetch; with values from contexts, give the text of each selection too.

        No fragment then: each selection must be able to stand several times, with variables of its own.
        """
        own: tuple[str, ...] = ()
        if any(part.contexts for part in parts):
            own = tuple(self._lists(parts))
            body, fragments = " ".join(own), ""
        else:
            body, fragments = self._shortened(lambda: " ".join(self._lists(parts)))
        declared = self._declarations([part.declarations for part in parts])
        return f"query{declared}{{{body}}}{fragments}", own

    def _lists(self, parts: Sequence[ListPart]) -> Iterator[str]:
        for part in parts:
            name = "_entities" if part.alias == "_entities" else f"{part.alias}:_entities"
            self._contexts = dict(zip(part.batch.contexts, part.contexts, strict=True))
            yield f"{name}(representations:${part.variable}){{{self._on_each(part.batch, part.implied)}}}"

    def _shortened(self, text_of: Callable[[], str]) -> tuple[str, str]:
        """Give the text and the fragments it uses.

        Cost: the text is printed once more for each fragment.
        """
        text = text_of()
        if len(text) < WORTH_SHORTENING:
            return text, ""
        self._fragments = {}
        while True:
            self._seen.clear()
            text = text_of()
            definitions = "".join(
                f"fragment {name} on {body[0]}{{{self._selections(*self._standing[body])}}}"
                for body, name in self._fragments.items()
            )
            best = max(self._seen, key=self._saving, default=None)
            if best is None or self._saving(best) <= 0 or len(self._fragments) == MAX_FRAGMENTS:
                self._fragments = None
                return text, definitions
            self._fragments[best] = chr(ord("a") + len(self._fragments))

    def _saving(self, body: Body) -> int:
        """Give the characters that a fragment for this selection set would spare."""
        type_name, text = body
        if self._fragments is None or body in self._fragments:
            return 0
        return self._seen[body] * (len(text) - len("...a")) - len(f"fragment a on {type_name}{{{text}}}")

    def preview(self, batch: BatchBuilder, implied: Conditions) -> str:
        """Give the text of a batch's selections in an order of its own: equal texts ask the same."""
        self._is_sorted = True
        self._contexts = {context: f"<{index}>" for index, context in enumerate(batch.contexts)}
        text = self._on_each(batch, implied)
        self._is_sorted = False
        return text

    def _on_each(self, batch: BatchBuilder, implied: Conditions) -> str:
        return " ".join(
            f"...on {'' if entity.selection.node is None else entity.selection.node.type_name}"
            f"{{{self._selections(entity.selection, implied)}}}"
            for entity in batch.entities.values()
        )

    def _declarations(self, first: Sequence[str]) -> str:
        declared = [*first]
        for variable in self._operation.variables:
            if variable.name in self._used:
                default = "" if variable.default is None else f"={variable.default}"
                declared.append(f"${variable.name}:{variable.type}{default}")
        return f"({','.join(declared)})" if declared else ""

    def _selections(
        self, selection: SelectionBuilder, implied: Conditions, asked: frozenset[str] = frozenset()
    ) -> str:
        """Print selections; leaves in ``asked`` are asked around them in any case."""
        leaves = {field.wire_key for field in selection.fields.values() if field.selection is None}
        parts = [
            self._field(field, "", implied)
            for field in selection.fields.values()
            if field.wire_key not in asked or field.selection is not None
        ]
        within = asked.union(leaves)
        for (type_condition, conditions, _), fragment in selection.fragments.items():
            rest = sorted(conditions - implied)
            parts.append(self._fragment(type_condition, rest, fragment, implied | conditions, within))
        if self._is_sorted:
            parts.sort()
        return " ".join(part for part in parts if part) or ("" if asked else "__typename")

    def _fragment(
        self,
        type_condition: str | None,
        conditions: list[Condition],
        fragment: SelectionBuilder,
        implied: Conditions,
        asked: frozenset[str],
    ) -> str:
        if type_condition is None and conditions and _is_one_field(fragment) and _fit_together(conditions):
            field = next(iter(fragment.fields.values()))
            if field.wire_key in asked and field.selection is None:
                return ""
            return self._field(field, "".join(map(self._condition, conditions)), implied)
        body = self._selections(fragment, implied, asked)
        if not body or (type_condition is None and not conditions):
            return body
        on = "" if type_condition is None else f"on {type_condition}"
        for condition in reversed(conditions[1:]):  # each of its own: @include may stand once only
            body = f"...{self._condition(condition)}{{{body}}}"
        return f"...{on}{self._condition(conditions[0]) if conditions else ''}{{{body}}}"

    def _field(self, field: FieldBuilder, condition: str, implied: Conditions) -> str:
        self._used.update(field.variables)
        alias = "" if field.wire_key == field.name else f"{field.wire_key}:"
        text = f"{alias}{field.name}{self._arguments(field)}{condition}"
        if field.selection is None:
            return text
        return f"{text}{{{self._body(field.selection, implied)}}}"

    def _arguments(self, field: FieldBuilder) -> str:
        if not field.contexts:
            return field.arguments
        taken = ",".join(f"{name}:${self._contexts[context]}" for name, context in field.contexts)
        return f"{field.arguments[:-1]},{taken})" if field.arguments else f"({taken})"

    def _body(self, selection: SelectionBuilder, implied: Conditions) -> str:
        if self._fragments is None or selection.node is None:
            return self._selections(selection, implied)
        body = (selection.node.type_name, self._written_out(selection, implied))
        name = self._fragments.get(body)
        if name is not None:
            return f"...{name}"
        self._seen[body] += 1
        self._standing.setdefault(body, (selection, implied))
        return self._selections(selection, implied)

    def _written_out(self, selection: SelectionBuilder, implied: Conditions) -> str:
        key = (id(selection), implied)
        known = self._in_full.get(key)
        if known is None:
            fragments, self._fragments = self._fragments, None
            known = self._in_full[key] = self._selections(selection, implied)
            self._fragments = fragments
        return known

    def _condition(self, condition: Condition) -> str:
        self._used.add(condition.variable)
        return f"@{'include' if condition.is_include else 'skip'}(if:${condition.variable})"


def _fit_together(conditions: list[Condition]) -> bool:
    return len({condition.is_include for condition in conditions}) == len(conditions)


def _is_one_field(selection: SelectionBuilder) -> bool:
    return len(selection.fields) == 1 and not selection.fragments
