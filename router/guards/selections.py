"""Folds over an operation's selection sets with every fragment counted where it is spread.

A fragment is folded once and its result added at each spread, so the cost is linear in the document even where
the operation it stands for is exponentially large.  Fragments are taken in the order of their use, the used
before the user, so a long chain of them needs no deep recursion.  A document may not have been validated yet:
an unknown fragment, and one that spreads itself, count nothing there (validation refuses both).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)


@dataclass(frozen=True, slots=True)
class Selections:
    """An operation's selection set and the fragments it may spread, the used before the user."""

    operation: OperationDefinitionNode
    fragments: tuple[FragmentDefinitionNode, ...]

    def total(self, own: Callable[[SelectionSetNode], int], *, is_nested: bool = True) -> int:
        """Sum ``own`` over every selection set; without ``is_nested`` not over those of fields."""
        totals: dict[str, int] = {}

        def fold(selection_set: SelectionSetNode) -> int:
            found = own(selection_set)
            for selection in selection_set.selections:
                if isinstance(selection, FragmentSpreadNode):
                    found += totals.get(selection.name.value, 0)
                elif isinstance(selection, FieldNode):
                    if is_nested and selection.selection_set is not None:
                        found += fold(selection.selection_set)
                else:
                    found += fold(selection.selection_set)  # type: ignore[attr-defined]  # an inline fragment
            return found

        for fragment in self.fragments:
            totals[fragment.name.value] = fold(fragment.selection_set)
        return fold(self.operation.selection_set)

    def deepest(self) -> int:
        """Give how many fields the longest path from the root has; fragments add no step."""
        depths: dict[str, int] = {}

        def fold(selection_set: SelectionSetNode) -> int:
            found = 0
            for selection in selection_set.selections:
                if isinstance(selection, FragmentSpreadNode):
                    found = max(found, depths.get(selection.name.value, 0))
                elif isinstance(selection, FieldNode):
                    below = 0 if selection.selection_set is None else fold(selection.selection_set)
                    found = max(found, 1 + below)
                else:
                    found = max(found, fold(selection.selection_set))  # type: ignore[attr-defined]  # as above
            return found

        for fragment in self.fragments:
            depths[fragment.name.value] = fold(fragment.selection_set)
        return fold(self.operation.selection_set)


def selections_of(document: DocumentNode, operation: OperationDefinitionNode) -> Selections:
    """Give the selections of one operation of a document."""
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    return Selections(operation, tuple(_used_first(fragments)))


def _used_first(fragments: dict[str, FragmentDefinitionNode]) -> Iterator[FragmentDefinitionNode]:
    """Give each fragment after those it spreads, as far as there is such an order."""
    seen: set[str] = set()
    for root, definition in fragments.items():
        waiting = [] if root in seen else [(root, _spreads(definition.selection_set))]
        seen.add(root)
        while waiting:
            name, spreads = waiting[-1]
            used = next((one for one in spreads if one in fragments and one not in seen), None)
            if used is None:
                waiting.pop()
                yield fragments[name]
            else:
                seen.add(used)
                waiting.append((used, _spreads(fragments[used].selection_set)))


def _spreads(selection_set: SelectionSetNode) -> Iterator[str]:
    for selection in selection_set.selections:
        if isinstance(selection, FragmentSpreadNode):
            yield selection.name.value
        elif (below := getattr(selection, "selection_set", None)) is not None:
            yield from _spreads(below)
