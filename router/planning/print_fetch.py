"""The text of a fetch's operation, minified."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from router.language.operation import Condition, Conditions, Operation, OperationKind
from router.planning.fetch_graph import BatchBuilder, EntityBuilder, FieldBuilder, SelectionBuilder


class OperationPrinter:
    """Prints one fetch, noting the client's variables it uses."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._used: set[str] = set()
        self._is_sorted = False

    def variables(self) -> tuple[str, ...]:
        """Give the client's variables the text uses, in the client's order."""
        return tuple(v.name for v in self._operation.variables if v.name in self._used)

    def free_variable(self, name: str) -> str:
        """Give a variable name the client does not use."""
        names = {variable.name for variable in self._operation.variables}
        while name in names:
            name = f"_{name}"
        return name

    def root(self, kind: OperationKind, selection: SelectionBuilder, implied: Conditions) -> str:
        """Print a root fetch; ``implied`` conditions hold whenever it is sent."""
        body = self._selections(selection, implied)
        declared = self._declarations(())
        keyword = "" if kind is OperationKind.QUERY and not declared else kind.value
        return f"{keyword}{declared}{{{body}}}"

    def entities(self, parts: Sequence[tuple[str, str, Iterable[EntityBuilder]]]) -> str:
        """Print an entity fetch: ``(alias, variable, entities)`` for each place."""
        bodies = []
        for alias, variable, builders in parts:
            name = "_entities" if alias == "_entities" else f"{alias}:_entities"
            bodies.append(f"{name}(representations:${variable}){{{self._on_each(builders)}}}")
        declared = self._declarations([f"${variable}:[_Any!]!" for _, variable, _ in parts])
        return f"query{declared}{{{' '.join(bodies)}}}"

    def preview(self, batch: BatchBuilder) -> str:
        """Give the text of a batch's selections in an order of its own: equal texts ask the same."""
        self._is_sorted = True
        text = self._on_each(batch.entities.values())
        self._is_sorted = False
        return text

    def _on_each(self, builders: Iterable[EntityBuilder]) -> str:
        return " ".join(
            f"...on {'' if b.selection.node is None else b.selection.node.type_name}"
            f"{{{self._selections(b.selection, frozenset())}}}"
            for b in builders
        )

    def _declarations(self, first: Sequence[str]) -> str:
        declared = [*first]
        for variable in self._operation.variables:
            if variable.name in self._used:
                default = "" if variable.default is None else f"={variable.default}"
                declared.append(f"${variable.name}:{variable.type}{default}")
        return f"({','.join(declared)})" if declared else ""

    def _selections(self, selection: SelectionBuilder, implied: Conditions) -> str:
        parts = [self._field(field, "", implied) for field in selection.fields.values()]
        for (type_condition, conditions), fragment in selection.fragments.items():
            rest = sorted(conditions - implied)
            within = implied | conditions
            if type_condition is None and not rest:
                parts.append(self._selections(fragment, within))
            elif type_condition is None and len(rest) == 1 and _is_one_field(fragment):
                field = next(iter(fragment.fields.values()))
                parts.append(self._field(field, self._condition(rest[0]), within))
            else:
                parts.append(self._fragment(type_condition, rest, fragment, within))
        if self._is_sorted:
            parts.sort()
        return " ".join(part for part in parts if part) or "__typename"

    def _fragment(
        self,
        type_condition: str | None,
        conditions: list[Condition],
        fragment: SelectionBuilder,
        implied: Conditions,
    ) -> str:
        on = "" if type_condition is None else f"on {type_condition}"
        body = self._selections(fragment, implied)
        if not conditions:
            return f"...{on}{{{body}}}"
        for condition in reversed(conditions[1:]):  # each of its own: @include may stand once only
            body = f"...{self._condition(condition)}{{{body}}}"
        return f"...{on}{self._condition(conditions[0])}{{{body}}}"

    def _field(self, field: FieldBuilder, condition: str, implied: Conditions) -> str:
        self._used.update(field.variables)
        alias = "" if field.wire_key == field.name else f"{field.wire_key}:"
        text = f"{alias}{field.name}{field.arguments}{condition}"
        if field.selection is None:
            return text
        return f"{text}{{{self._selections(field.selection, implied)}}}"

    def _condition(self, condition: Condition) -> str:
        self._used.add(condition.variable)
        return f"@{'include' if condition.is_include else 'skip'}(if:${condition.variable})"


def _is_one_field(selection: SelectionBuilder) -> bool:
    return len(selection.fields) == 1 and not selection.fragments
