"""Wait only for what must be waited for: a wait that another wait implies is dropped."""

from __future__ import annotations

from router.planning.fetch_graph import FetchGraph


def drop_needless_waits(graph: FetchGraph) -> None:
    """Reduce dependencies to those no path of other dependencies implies.  The order of fetches stays the same."""
    ancestors = {fetch: fetch.ancestors() for fetch in graph.fetches}
    for fetch in graph.fetches:
        direct = fetch.dependencies
        fetch.dependencies = {
            other
            for other in direct
            if not any(other in ancestors[third] for third in direct if third is not other)
        }
