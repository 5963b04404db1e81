"""Is the operation small enough?  Each limit is a guard of its own; here they are asked in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql.language import DocumentNode, OperationDefinitionNode

from router.errors import ClientError
from router.guards.aliases import MaxAliasesLimitError, aliases
from router.guards.complexity import MaxComplexityLimitError, complexity
from router.guards.depth import MaxDepthLimitError, depth
from router.guards.directives import MaxDirectivesLimitError, directives
from router.guards.fields import (
    MaxFieldsLimitError,
    MaxRootFieldsLimitError,
    root_fields,
    total_fields,
)
from router.guards.height import MaxHeightLimitError, height
from router.guards.lists import MaxListItemsLimitError, longest_literal, longest_value
from router.guards.selections import Selections, selections_of
from router.language.operation import Operation


@dataclass(frozen=True, slots=True)
class LimitOptions:
    """The largest operation that runs; None: no limit of this kind."""

    max_depth: int | None = 100
    max_height: int | None = 2_000
    max_aliases: int | None = 500
    max_root_fields: int | None = 200
    max_directives: int | None = 500
    max_total_fields: int | None = 5_000
    max_list_items: int | None = 10_000
    max_complexity: int | None = 300
    warns_only: bool = False
    """Whether an operation above a limit runs, and a warning is logged once for it."""


_Measure = Callable[[Selections], int]

_GUARDS: Final[tuple[tuple[str, _Measure, type[ClientError]], ...]] = (
    ("max_depth", depth, MaxDepthLimitError),
    ("max_height", height, MaxHeightLimitError),
    ("max_aliases", aliases, MaxAliasesLimitError),
    ("max_root_fields", root_fields, MaxRootFieldsLimitError),
    ("max_directives", directives, MaxDirectivesLimitError),
    ("max_total_fields", total_fields, MaxFieldsLimitError),
)


def exceeded_by_document(
    document: DocumentNode, operation: OperationDefinitionNode, options: LimitOptions
) -> Iterator[ClientError]:
    """Give an error for every limit that the operation, not validated yet, is above.

    Cost: linear in the document, per limit; before validation, whose cost is not.
    """
    selections = selections_of(document, operation)
    for name, measure, error in _GUARDS:
        limit: int | None = getattr(options, name)
        if limit is not None and (found := measure(selections)) > limit:
            yield error(_message(name, found, limit))
    items = options.max_list_items
    if items is not None and (found := longest_literal(document)) > items:
        yield MaxListItemsLimitError(_message("max_list_items", found, items))


def exceeded_by_operation(operation: Operation, options: LimitOptions) -> Iterator[ClientError]:
    """Give an error when a normalised operation is too complex.  Cost: linear in the operation."""
    limit = options.max_complexity
    if limit is not None and (found := complexity(operation)) > limit:
        yield MaxComplexityLimitError(_message("max_complexity", found, limit))


def exceeded_by_variables(variables: Mapping[str, Any], options: LimitOptions) -> Iterator[ClientError]:
    """Give an error when a list within the variables is too long.  Cost: one step per value."""
    limit = options.max_list_items
    if limit is not None and (found := longest_value(variables)) > limit:
        yield MaxListItemsLimitError(_message("max_list_items", found, limit))


def _message(name: str, found: int, limit: int) -> str:
    # A fragment bomb's count can have more digits than Python prints.
    shown = str(found) if found < 10**15 else "more than 10^15"
    return f"The operation has a {name.removeprefix('max_')} of {shown}; limits.{name} is {limit}."
