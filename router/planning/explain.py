"""Every stage of planning as text: what `olympus explain --stage` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from router.language.operation import Operation
from router.language.print_operation import print_operation
from router.planning.fetch_graph import FetchGraph
from router.planning.lay_out import Layout
from router.planning.place import EntityOrigin, Position
from router.planning.planner import Draft, Planner
from router.planning.render import render_path, render_plan


def explain(planner: Planner, operation: Operation) -> Mapping[str, str]:
    """Give each stage's text by its name, in the order they are made."""
    draft = planner.draft(operation)
    return {
        "normalized": print_operation(operation),
        "paths": "".join(f"{line}\n" for layout in draft.layouts for line in _paths(layout)),
        "fetches": _unplannable(draft) or "".join(f"{line}\n" for line in _fetches(draft.fetches)),
        "plan": render_plan(planner.plan(operation)),
    }


def _unplannable(draft: Draft) -> str:
    return "".join(f"unplannable: {reason}\n" for reason in draft.unplannable)


def _paths(layout: Layout) -> Iterator[str]:
    """Give for each leaf every position it can be asked at."""
    for leaf in layout.leaves:
        place = leaf.occurrence.place
        where = render_path((*place.path(), leaf.selected.data_key))
        offers = [
            _position(position) + (f" requires {{ {edge.requires} }}" if edge.requires else "")
            for position, edge in place.edges(leaf.selected.name)
        ]
        yield f"{where} ({place.type_name}.{leaf.selected.name})"
        yield from (f"  {offer}" for offer in offers)
    yield from (f"unplannable: {reason}" for reason in layout.unplannable)


def _position(position: Position) -> str:
    keys = [str(key.field_set) for o in position.origins if isinstance(o, EntityOrigin) for key in o.keys]
    return repr(position.node) + (f" by key {_either(keys)}" if keys else "")


def _either(keys: Iterable[str]) -> str:
    return " or ".join(f"{{ {key} }}" for key in dict.fromkeys(keys))


def _fetches(graph: FetchGraph) -> Iterator[str]:
    """Give each fetch as decided, before passes merge them."""
    for fetch in graph.fetches:
        waits = ", ".join(str(other.id) for other in sorted(fetch.dependencies, key=lambda f: f.id))
        places = ", ".join(render_path(batch.base.path()) for batch in fetch.batches) or "root"
        yield f"{fetch.id}: {fetch.graph} at {places}, step {fetch.depth}" + (
            f", after {waits}" if waits else ""
        )
