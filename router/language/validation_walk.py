"""Walks a document once for all validation rules: graphql-core's rules and type information, without its visitor.

graphql-core's walk can edit what it walks, and asks every rule about every node.  Here each kind of node has the list
of the rules that look at it, and kinds that nobody looks at are passed over.

Origin: `make bench` of `cold`, where validation was a quarter of what a new operation takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

from graphql import TypeInfo
from graphql.language import BREAK, SKIP, FragmentDefinitionNode, Node, OperationDefinitionNode, Visitor
from graphql.language.ast import QUERY_DOCUMENT_KEYS
from graphql.validation import UniqueDirectivesPerLocationRule, ValidationContext
from graphql.validation.validation_context import VariableUsage, VariableUsageVisitor

Hook: TypeAlias = Callable[..., Any]

_NOT_VALIDATED: Final = "description"
_DIRECTIVES: Final = "directives"


@dataclass(frozen=True, slots=True)
class _Looks:
    """Which visitors look at a kind of node: their places in the list, and the names of their methods."""

    enter: tuple[tuple[int, str], ...]
    leave: tuple[tuple[int, str | None], ...]
    """Of those, too, that may have stopped looking when it was entered."""
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Steps:
    """What is done at a kind of node in one walk."""

    enter_type: Hook | None
    leave_type: Hook | None
    enter: tuple[tuple[int, Hook], ...]
    leave: tuple[tuple[int, Hook | None], ...]
    keys: tuple[str, ...]
    is_idle: bool
    """Whether there is nothing to do at it or below."""


@cache
def _looks(classes: tuple[type[Visitor], ...], kind: str) -> _Looks:
    keys = tuple(key for key in QUERY_DOCUMENT_KEYS.get(kind, ()) if key != _NOT_VALIDATED)
    enter: list[tuple[int, str]] = []
    leave: list[tuple[int, str | None]] = []
    for index, visitor in enumerate(classes):
        entering = _method(visitor, "enter", kind)
        if visitor is UniqueDirectivesPerLocationRule and _DIRECTIVES not in keys:
            entering = None  # it is told of every node, to look whether there are directives
        leaving = _method(visitor, "leave", kind)
        if entering is not None:
            enter.append((index, entering))
        if entering is not None or leaving is not None:
            leave.append((index, leaving))
    return _Looks(tuple(enter), tuple(leave), keys)


def _method(visitor: type[Visitor], when: str, kind: str) -> str | None:
    for name in (f"{when}_{kind}", when):
        if getattr(visitor, name, None) is not None:
            return name
    return None


class Walk:
    """One walk of several visitors.

    Visitors may skip what is below a node and stop looking, not edit; of their arguments, ``key`` and ``path`` are
    None.  Cost: a call per node that somebody looks at, and one per visitor that does.
    """

    def __init__(self, type_info: TypeInfo, visitors: Sequence[Visitor]) -> None:
        self._type_info = type_info
        self._visitors = visitors
        self._classes = tuple(type(visitor) for visitor in visitors)
        self._skipping: list[Any] = [None] * len(visitors)
        self._steps: dict[str, _Steps] = {}
        self._ancestors: list[Any] = []

    def visit(self, node: Node, parent: Any = None) -> None:
        """Walk a node and all below.  Raises: RecursionError; what a visitor raises."""
        steps = self._steps.get(node.kind) or self._find_steps(node.kind)
        if steps.is_idle:
            return
        if steps.enter_type is not None:
            steps.enter_type(node)
        if steps.enter:
            self._enter(steps, node, parent)
        if steps.keys:
            self._below(steps.keys, node, parent)
        if steps.leave:
            self._leave(steps, node, parent)
        if steps.leave_type is not None:
            steps.leave_type()

    def _below(self, keys: tuple[str, ...], node: Node, parent: Any) -> None:
        ancestors = self._ancestors
        if parent is not None:
            ancestors.append(parent)
        for key in keys:
            child = getattr(node, key, None)
            if child is None:
                continue
            if isinstance(child, Node):
                self.visit(child, node)
            elif child:
                ancestors.append(node)
                for item in child:
                    self.visit(item, child)
                ancestors.pop()
        if parent is not None:
            ancestors.pop()

    def _enter(self, steps: _Steps, node: Node, parent: Any) -> None:
        skipping = self._skipping
        for index, hook in steps.enter:
            if skipping[index] is None:
                result = hook(node, None, parent, None, self._ancestors)
                if result is None:
                    continue
                if result is SKIP or result is False:
                    skipping[index] = node
                elif result is BREAK or result is True:
                    skipping[index] = BREAK

    def _leave(self, steps: _Steps, node: Node, parent: Any) -> None:
        skipping = self._skipping
        for index, hook in steps.leave:
            skipped = skipping[index]
            if skipped is None:
                if hook is not None:
                    result = hook(node, None, parent, None, self._ancestors)
                    if result is BREAK or result is True:
                        skipping[index] = BREAK
            elif skipped is node:
                skipping[index] = None

    def _find_steps(self, kind: str) -> _Steps:
        looks = _looks(self._classes, kind)
        enter_type = getattr(self._type_info, f"enter_{kind}", None)
        leave_type = getattr(self._type_info, f"leave_{kind}", None)
        steps = self._steps[kind] = _Steps(
            enter_type,
            leave_type,
            tuple([(index, getattr(self._visitors[index], name)) for index, name in looks.enter]),
            tuple(
                [
                    (index, None if name is None else getattr(self._visitors[index], name))
                    for index, name in looks.leave
                ]
            ),
            looks.keys,
            is_idle=not (enter_type or leave_type or looks.leave or looks.keys),
        )
        return steps


class WalkedContext(ValidationContext):
    """graphql-core's context of its rules; it finds the uses of variables by a `Walk`."""

    def get_variable_usages(
        self, node: OperationDefinitionNode | FragmentDefinitionNode
    ) -> list[VariableUsage]:
        """Give the uses of variables within a definition."""
        usages = self._variable_usages.get(node)
        if usages is None:
            fragment = node if isinstance(node, FragmentDefinitionNode) else None
            visitor = VariableUsageVisitor(self._type_info, fragment)
            Walk(self._type_info, (visitor,)).visit(node)
            usages = self._variable_usages[node] = visitor.usages
        return usages
