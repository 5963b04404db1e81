"""Small changes of a module that a good test suite must notice."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

_COMPARED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COUNTED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
}


@dataclass(frozen=True)
class Mutant:
    """A module with one change."""

    line: int
    what: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Give every mutant of a module.  Annotations, docstrings and messages stay as they are."""
    tree = ast.parse(source)
    for node in _changeable(tree):
        for what, change in _changes(node):
            before = copy.copy(node.__dict__)
            change()
            yield Mutant(getattr(node, "lineno", 0), what, ast.unparse(tree))
            node.__dict__.clear()
            node.__dict__.update(before)


def _changeable(tree: ast.AST) -> Iterator[ast.AST]:
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list", "exc"):
            continue
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST) or isinstance(node, ast.Assert):
                continue
            yield node
            yield from _changeable(node)


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[], None]]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED:
        other = _COMPARED[type(node.ops[0])]
        yield f"{type(node.ops[0]).__name__} is {other.__name__}", _set(node, "ops", [other(), *node.ops[1:]])
    elif isinstance(node, ast.BoolOp):
        flipped = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield f"{type(node.op).__name__} is {type(flipped).__name__}", _set(node, "op", flipped)
    elif isinstance(node, ast.BinOp) and type(node.op) in _COUNTED:
        yield (
            f"{type(node.op).__name__} is {_COUNTED[type(node.op)].__name__}",
            _set(node, "op", _COUNTED[type(node.op)]()),
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{node.value} is {not node.value}", _set(node, "value", not node.value)
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield f"{node.value} is {node.value + 1}", _set(node, "value", node.value + 1)
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        yield "the condition is turned", _set(node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "None is returned", _set(node, "value", ast.Constant(None))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await):
        yield "the call is left out", _set(node, "value", ast.Constant(None))
    elif isinstance(node, ast.AugAssign) and type(node.op) in _COUNTED:
        yield "the sum goes the other way", _set(node, "op", _COUNTED[type(node.op)]())


def _set(node: ast.AST, field: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, field, value)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
