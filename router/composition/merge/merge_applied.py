"""The directives that a merged element carries, each merged by its own rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Final, Protocol

from graphql.language import (
    BooleanValueNode,
    IntValueNode,
    ListValueNode,
    ValueNode,
)

from router.composition.merge.merged import MergedDirective
from router.composition.merge.merging import Merging
from router.composition.source import Declared, Placed
from router.federation.codes import UNSUPPORTED_FEATURE
from router.federation.directives import FEDERATION_DIRECTIVES
from router.federation.hints import (
    INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS,
    MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS,
)
from router.federation.subgraph import Applied, AppliedDirective
from router.language.values import comparable

Arguments = Mapping[str, ValueNode]

CARRIED: Final = (
    "deprecated",
    "specifiedBy",
    "oneOf",
    "tag",
    "inaccessible",
    "authenticated",
    "requiresScopes",
    "policy",
    "cost",
    "listSize",
)
"""Known directives that the supergraph repeats, in the order it prints them."""


class Marked(Placed, Protocol):
    """What directives stand on."""

    @property
    def directives(self) -> Applied:
        """The directives, in the order written."""

    @property
    def coordinate(self) -> str:
        """The schema coordinate."""


MAX_ALTERNATIVES: Final = 10_000
"""Of scopes or policies on one element: each is tried for every request."""
_ALTERNATIVES: Final = {"requiresScopes": "scopes", "policy": "policies"}


def merge_applied(declared: Sequence[Declared[Marked]], merging: Merging) -> tuple[MergedDirective, ...]:
    """What the subgraphs apply to one element, merged; nearly always nothing.

    Code: UNSUPPORTED_FEATURE for more alternatives of scopes or policies than anybody can check.
    """
    found: dict[tuple[int, str], list[AppliedDirective]] = {}
    for d in declared:
        for directive in d.element.directives:
            if directive.is_known:
                if directive.name in CARRIED:
                    rank = CARRIED.index(directive.name)
                    found.setdefault((rank, directive.name), []).append(directive)
            elif directive.name in merging.composed.get(d.source.name, ()):
                found.setdefault((len(CARRIED), directive.name), []).append(directive)
    if not found:
        return ()
    merged: list[MergedDirective] = []
    for key in sorted(found):
        merged += _merge_one(key[1], found[key], declared, merging)
    return tuple(merged)


def _merge_one(
    name: str,
    uses: Sequence[AppliedDirective],
    declared: Sequence[Declared[Marked]],
    merging: Merging,
) -> list[MergedDirective]:
    known = uses[0].is_known
    combine = COMBINE.get(name) if known else None
    distinct = {arguments_key(use.arguments): use.arguments for use in reversed(uses)}
    if combine is not None:
        if len(distinct) > 1:
            _hint(MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS, name, "are put together", declared, merging)
        if name in _ALTERNATIVES and _count(name, distinct.values()) > MAX_ALTERNATIVES:
            at = declared[0].element.coordinate
            message = (
                f'The alternatives of "@{name}" on "{at}" in its subgraphs combine to more than {MAX_ALTERNATIVES:,}; '
                "demand the same in every subgraph"
            )
            merging.findings.error(UNSUPPORTED_FEATURE, message, at, declared)
            return []
        return [MergedDirective(name, combine([use.arguments for use in uses]))]
    if len(distinct) == 1:
        return [MergedDirective(name, uses[0].arguments, known)]
    is_repeatable = (
        FEDERATION_DIRECTIVES[name].is_repeatable if known and name in FEDERATION_DIRECTIVES else not known
    )
    ordered = list(reversed(distinct.values()))
    if is_repeatable:
        return [MergedDirective(name, arguments, known) for arguments in ordered]
    counts = Counter(arguments_key(use.arguments) for use in uses)
    chosen = distinct[counts.most_common(1)[0][0]]
    what = "differ; the most frequent ones are used. Use the same arguments everywhere"
    _hint(INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS, name, what, declared, merging)
    return [MergedDirective(name, chosen, known)]


def _hint(code: str, name: str, what: str, declared: Sequence[Declared[Marked]], merging: Merging) -> None:
    at = declared[0].element.coordinate
    message = f'The arguments of "@{name}" on "{at}" in its subgraphs {what}'
    merging.findings.hint(code, message, at, declared)


def arguments_key(arguments: Arguments) -> Hashable:
    """Equal for arguments that mean the same."""
    return tuple(sorted((name, comparable(value)) for name, value in arguments.items()))


def _demand_all(name: str) -> Callable[[Sequence[Arguments]], Arguments]:
    """Scopes and policies are alternatives of demands; all subgraphs' demands must hold.

    ``[[A], [B]]`` and ``[[C]]`` give ``[[A, C], [B, C]]``: the product, each entry once.
    """

    def combine(all_arguments: Sequence[Arguments]) -> Arguments:
        alternatives = []
        seen: set[Hashable] = set()
        for arguments in all_arguments:
            value = arguments.get(name)
            key = comparable(value) if value is not None else None
            if isinstance(value, ListValueNode) and key not in seen:
                seen.add(key)
                alternatives.append([_items(entry) for entry in value.values])
        joined: dict[Hashable, ValueNode] = {}
        for choice in product(*alternatives):
            items: dict[Hashable, ValueNode] = {}
            for entry in choice:
                items.update((comparable(item), item) for item in entry)
            ordered = sorted(items.values(), key=lambda item: str(comparable(item)))
            joined.setdefault(
                tuple(comparable(item) for item in ordered), ListValueNode(values=tuple(ordered))
            )
        return {name: ListValueNode(values=tuple(joined.values()))}

    return combine


def _count(name: str, distinct: Iterable[Arguments]) -> int:
    """How many alternatives the product has."""
    values = (arguments.get(_ALTERNATIVES[name]) for arguments in distinct)
    return prod(max(1, len(value.values)) for value in values if isinstance(value, ListValueNode))


def _items(node: ValueNode) -> tuple[ValueNode, ...]:
    return tuple(node.values) if isinstance(node, ListValueNode) else (node,)


def _largest(name: str) -> Callable[[Sequence[Arguments]], Arguments]:
    def combine(all_arguments: Sequence[Arguments]) -> Arguments:
        return {name: max((a[name] for a in all_arguments if name in a), key=_number)}

    return combine


def _number(node: ValueNode) -> float:
    return float(node.value) if isinstance(node, IntValueNode) else 0.0


def _merge_list_sizes(all_arguments: Sequence[Arguments]) -> Arguments:
    """The largest assumed size, the lists put together, one slicing argument if all demand it."""
    merged: dict[str, ValueNode] = {}
    sizes = [a["assumedSize"] for a in all_arguments if "assumedSize" in a]
    if sizes:
        merged["assumedSize"] = max(sizes, key=_number)
    for name in ("slicingArguments", "sizedFields"):
        lists = [a[name] for a in all_arguments if name in a]
        items = {comparable(item): item for value in lists for item in _items(value)}
        if lists:
            merged[name] = ListValueNode(values=tuple(items.values()))
    demands = [a["requireOneSlicingArgument"] for a in all_arguments if "requireOneSlicingArgument" in a]
    if demands:
        lax = [d for d in demands if isinstance(d, BooleanValueNode) and not d.value]
        merged["requireOneSlicingArgument"] = (lax or demands)[0]
    return merged


COMBINE: Final[Mapping[str, Callable[[Sequence[Arguments]], Arguments]]] = {
    "requiresScopes": _demand_all("scopes"),
    "policy": _demand_all("policies"),
    "cost": _largest("weight"),
    "listSize": _merge_list_sizes,
}
