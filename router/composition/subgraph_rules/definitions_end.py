"""No directive uses itself in its own definition, and no input type needs itself to be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from router.composition.result import CompositionError
from router.composition.source import Source
from router.federation.codes import INVALID_GRAPHQL
from router.federation.subgraph import Applied, InputValue, Subgraph


def definitions_end(source: Source) -> Iterator[CompositionError]:
    """Neither could ever be resolved, or given a value.

    Code: INVALID_GRAPHQL.  Spec: GraphQL, "Type System Directives" and "Input Objects", validation.
    """
    subgraph = source.subgraph
    for name in _circular({n: tuple(_uses(d.arguments, subgraph)) for n, d in subgraph.directives.items()}):
        message = (
            f'Directive "@{name}" is used in its own definition, perhaps through another; remove one use'
        )
        yield source.error(INVALID_GRAPHQL, message, f"@{name}", subgraph.directives[name])
    needed = {
        t.name: tuple(i.type.name for i in t.inputs.values() if i.type.is_required and not i.type.is_list)
        for t in subgraph.types.values()
        if t.inputs
    }
    for name in _circular(needed):
        message = (
            f'Input type "{name}" needs a value of its own type through fields that are all non-null, so none can '
            "be written; make one of them nullable"
        )
        yield source.error(INVALID_GRAPHQL, message, name, subgraph.types[name])


def _uses(arguments: Mapping[str, InputValue], subgraph: Subgraph) -> Iterator[str]:
    """The subgraph's own directives that these arguments or their types carry."""
    for argument in arguments.values():
        yield from _own(argument.directives, subgraph)
        type_ = subgraph.types.get(argument.type.name)
        if type_ is not None:
            yield from _own(type_.directives, subgraph)
            for item in type_.inputs.values():
                yield from _own(item.directives, subgraph)
            for value in type_.values.values():
                yield from _own(value.directives, subgraph)


def _own(directives: Applied, subgraph: Subgraph) -> Iterator[str]:
    return (d.name for d in directives if not d.is_known and d.name in subgraph.directives)


def _circular(edges: Mapping[str, Iterable[str]]) -> list[str]:
    """The names that reach themselves, by taking away again and again what leads nowhere.

    Cost: linear.  A name that only leads into a circle stays too, and is dropped by doing the same backwards.
    """
    forward = {name: {to for to in ends if to in edges} for name, ends in edges.items()}
    left = _without_ends(forward)
    backward: dict[str, set[str]] = {name: set() for name in left}
    for name in left:
        for to in forward[name] & left:
            backward[to].add(name)
    circular = _without_ends(backward)
    return [name for name in edges if name in circular]


def _without_ends(edges: Mapping[str, set[str]]) -> set[str]:
    """Drop names without edges until every name left has one."""
    counts = {name: len(ends) for name, ends in edges.items()}
    from_: dict[str, list[str]] = {}
    for name, ends in edges.items():
        for to in ends:
            from_.setdefault(to, []).append(name)
    ended = [name for name, count in counts.items() if not count]
    while ended:
        for name in from_.get(ended.pop(), ()):
            counts[name] -= 1
            if not counts[name]:
                ended.append(name)
    return {name for name, count in counts.items() if count}
