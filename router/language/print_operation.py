"""An operation in normal form as GraphQL text, laid out for reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from router.language.operation import Condition, Field, Operation, Selection


def print_operation(operation: Operation) -> str:
    """Give the operation as text that parses to the same operation."""
    name = f" {operation.name}" if operation.name else ""
    variables = f"({', '.join(map(str, operation.variables))})" if operation.variables else ""
    lines = [f"{operation.kind.value}{name}{variables} {{"]
    lines += _lines(operation.selection_set.selections, 1)
    return "\n".join([*lines, "}"]) + "\n"


def _lines(selections: Iterable[Selection], depth: int) -> Iterator[str]:
    pad = "  " * depth
    for selection in selections:
        conditions = _conditions(selection.conditions)
        if isinstance(selection, Field):
            alias = "" if selection.response_key == selection.name else f"{selection.response_key}: "
            head = f"{alias}{selection.name}{selection.arguments}{conditions}"
            if selection.selection_set is None:
                yield pad + head
                continue
        else:
            on = "" if selection.type_condition is None else f" on {selection.type_condition}"
            head = f"...{on}{conditions}"
        yield f"{pad}{head} {{"
        yield from _lines(selection.selection_set.selections if selection.selection_set else (), depth + 1)
        yield pad + "}"


def _conditions(conditions: tuple[Condition, ...]) -> str:
    return "".join(f" {condition}" for condition in conditions)
