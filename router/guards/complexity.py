"""How much work may the operation be?

The counting rule.  A field with selections is a kind of object to find: it costs 1 and what its selections cost.
How many objects a list will hold is not guessed: guesses multiply with depth and refuse honest operations (cost with
list sizes is demand control's business).  Fields without selections cost nothing, as they come with their object.  A
field of the mutation type costs `MUTATION_COST` more.  Introspection costs nothing: no subgraph is asked.  Of
fragments all are counted, whatever type an object will have.
"""

from __future__ import annotations

from typing import Final

from router.errors import ClientError
from router.language.operation import Field, Operation, OperationKind, SelectionSet

MUTATION_COST: Final = 10


class MaxComplexityLimitError(ClientError):
    """The operation's complexity is above ``limits.max_complexity``.

    What to do: ask for fewer objects at once, or raise the limit.
    """

    code = "MAX_COMPLEXITY_LIMIT"


def complexity(operation: Operation) -> int:
    """Give the complexity of a normalised operation."""
    found = _of(operation.selection_set)
    if operation.kind is OperationKind.MUTATION:
        found += MUTATION_COST * sum(1 for _ in operation.selection_set.fields())
    return found


def _of(selection_set: SelectionSet) -> int:
    return sum(_of_field(field) for field in selection_set.fields())


def _of_field(field: Field) -> int:
    if field.selection_set is None or field.name.startswith("__"):
        return 0
    return 1 + _of(field.selection_set)
