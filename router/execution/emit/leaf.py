"""Writes the completion of leaves: one check each, none where nothing can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from router.execution.emit.scope import ObjectScope, Scope
from router.execution.emit.support import Unexpected
from router.execution.leaves import Leaf, LeafKind, as_id, as_int, list_completer
from router.execution.sources import Read
from router.language.operation import TypeRef


def give_up(scope: Scope) -> str:
    """Give the statement that leaves the rest to the patient functions."""
    return f"raise {scope.named('Unexpected', Unexpected)}"


def leaf_expression(
    scope: Scope, type_: TypeRef, leaf: Leaf, at: ObjectScope, reads: tuple[Read, ...]
) -> str:
    """Write what must come first and give the expression of a leaf, or of a list of leaves."""
    if type_.of is not None:
        completer = scope.writer.constant("complete_list", list_completer(type_, leaf))
        return f"{completer}({at.expression(reads)})"
    if leaf.kind is LeafKind.ANY and not type_.is_non_null:
        return at.expression(reads)
    if leaf.kind is LeafKind.ENUM:
        return f"{_enum_table(scope, type_, leaf)}[{at.expression(reads)}]"
    return _checked(scope, type_, leaf, at.read(reads[0]) if len(reads) == 1 else at.first(reads))


def _checked(scope: Scope, type_: TypeRef, leaf: Leaf, value: str) -> str:
    writer = scope.writer
    test, repair = _CHECKS[leaf.kind]
    test = test.format(v=value)
    if not type_.is_non_null:
        test = f"{test} and {value} is not None"
    if repair is None:
        with writer.block(f"if {test}:"):
            writer.line(give_up(scope))
        return value
    repaired = writer.name("v")
    function = scope.named(repair.__name__, repair)
    writer.line(f"{repaired} = {function}({value}) if {test} else {value}")
    return repaired


def _enum_table(scope: Scope, type_: TypeRef, leaf: Leaf) -> str:
    table: dict[str | None, str | None] = {value: value for value in sorted(leaf.values)}
    if not type_.is_non_null:
        table[None] = None
        table.update(dict.fromkeys(sorted(leaf.hidden)))
    return scope.writer.constant(f"{leaf.name}_values", table)


_CHECKS: Final[dict[LeafKind, tuple[str, Callable[[object], object] | None]]] = {
    LeafKind.STRING: ("type({v}) is not str", None),
    LeafKind.ID: ("type({v}) is not str", as_id),
    LeafKind.INT: ("(type({v}) is not int or not -2147483648 <= {v} <= 2147483647)", as_int),
    LeafKind.FLOAT: ("type({v}) is not float and type({v}) is not int", None),
    LeafKind.BOOLEAN: ("type({v}) is not bool", None),
    LeafKind.ANY: ("{v} is None", None),
}
