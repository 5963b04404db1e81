"""The planner: an operation in normal form becomes a query plan.

lay out      the operation's leaves over places and positions   (lay_out, place)
choose       where each leaf is asked                           (best, choose, price)
build        fetches, representations, dependencies             (build, fetch_graph)
passes       fewer fetches, nothing longer                      (passes)
linearize    the plan as frozen data                            (linearize, print_fetch)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from router.federation.supergraph import Supergraph
from router.language.operation import Operation, OperationKind, SelectionSet
from router.planning.best import find_best
from router.planning.build import Builder
from router.planning.choose import choose
from router.planning.fetch_graph import FetchGraph
from router.planning.lay_out import Layout, note_client_keys
from router.planning.linearize import linearize
from router.planning.passes.passes import PASSES
from router.planning.place import Occurrence, Place, Position, RootOrigin
from router.planning.plan import QueryPlan
from router.planning.serial import in_series
from router.planning.unplannable import UnplannableError
from router.querygraph.build import build_query_graph
from router.querygraph.graph import Node
from router.querygraph.paths import Labels, MayAsk, Paths, State

NO_LABELS: Labels = frozenset()


@dataclass(slots=True)
class Draft:
    """The decided fetches of one operation, and the layouts they were decided from."""

    fetches: FetchGraph
    layouts: list[Layout]
    reasons: list[str] = field(default_factory=list)
    """Why it cannot be planned, as found while choosing."""
    is_cut_short: bool = False
    """See `QueryPlan.is_cut_short`."""

    @property
    def unplannable(self) -> tuple[str, ...]:
        """Why parts cannot be answered by any subgraph; empty for a plan."""
        found = [reason for layout in self.layouts for reason in layout.unplannable]
        return tuple(dict.fromkeys(found + self.reasons))


def never() -> bool:
    """Do not stop early."""
    return False


class Planner:
    """Plans operations over one supergraph.  Made once per supergraph; keeps what is learnt of its paths."""

    def __init__(self, supergraph: Supergraph) -> None:
        self.supergraph = supergraph
        self.graph = build_query_graph(supergraph)
        self._paths: dict[Labels, Paths] = {}

    def plan(
        self,
        operation: Operation,
        labels: Labels = NO_LABELS,
        should_stop: Callable[[], bool] = never,
        may_ask: MayAsk | None = None,
    ) -> QueryPlan:
        """Plan an operation.

        ``may_ask`` keeps fields out of the plan, keys and inputs too; then nothing learnt of paths is kept.
        ``labels`` are the progressive override labels that are on for this request.  ``should_stop`` is asked
        now and then; once it says so, the best plan so far is taken.
        Raises: nothing; what no subgraph can answer stands in `QueryPlan.unplannable`.
        """
        draft = self.draft(operation, labels, should_stop, may_ask)
        if draft.unplannable:
            return QueryPlan(operation, (), None, draft.unplannable)
        for simplify in PASSES:
            simplify(draft.fetches)
        shown = {path: types for layout in draft.layouts for path, types in layout.shown_types.items()}
        plan = linearize(operation, draft.fetches, self.supergraph, shown)
        return replace(plan, is_cut_short=True) if draft.is_cut_short else plan

    def draft(
        self,
        operation: Operation,
        labels: Labels = NO_LABELS,
        should_stop: Callable[[], bool] = never,
        may_ask: MayAsk | None = None,
    ) -> Draft:
        """Decide the fetches of an operation, before any pass."""
        paths = self._paths.get(labels) if may_ask is None else Paths(self.graph, labels, may_ask)
        if paths is None:
            paths = self._paths[labels] = Paths(self.graph, labels)
        draft = Draft(FetchGraph(), [])
        try:
            if operation.kind is OperationKind.MUTATION:
                self._choose_in_series(operation, paths, draft)
            else:
                root = self._root(paths, self.supergraph.roots[operation.kind], None)
                layout = _lay_out(operation.selection_set, root, draft)
                if not layout.unplannable:
                    best = find_best(layout, should_stop)
                    draft.fetches, draft.is_cut_short = best.fetches, best.is_cut_short
        except UnplannableError as error:
            draft.reasons.append(str(error))
        return draft

    def _choose_in_series(self, operation: Operation, paths: Paths, draft: Draft) -> None:
        """Choose for each root field in turn: it runs once, in one subgraph, when all before it is done."""
        root_type = self.supergraph.roots[operation.kind]
        before: str | None = None
        for selection in in_series(operation.selection_set):
            part = SelectionSet(root_type, (selection,))
            graph = self._graph_of(paths, part, root_type, before)
            if before is not None and graph != before and graph is not None:
                draft.fetches.segment += 1
            before = graph or before
            draft.fetches.turn += 1
            layout = _lay_out(part, self._root(paths, root_type, graph), draft)
            if not layout.unplannable:
                choose(layout, Builder(draft.fetches, layout.standing))

    def _root(self, paths: Paths, root_type: str, graph: str | None) -> Place:
        place = Place(paths, root_type, (root_type,))
        for name in self.supergraph.types[root_type].graphs():
            node = self.graph.node(name, root_type)
            if node is not None and (graph is None or graph == name):
                place.direct.append(Position(place, node, (), [RootOrigin()]))
        return place

    def _graph_of(self, paths: Paths, part: SelectionSet, root_type: str, before: str | None) -> str | None:
        """Give the subgraph a root mutation field goes to: the one that answers most of what is below it.

        Between equals the one that the field before went to, so that both go in one request.
        """
        root_field = next(part.fields(), None)
        if root_field is None or root_field.name.startswith("__"):
            return None
        best: tuple[tuple[int, bool], str] | None = None
        for name in self.supergraph.types[root_type].graphs():
            node = self.graph.node(name, root_type)
            if node is None or paths.edge((node, ()), root_type, root_field.name) is None:
                continue
            rank = (_answered(paths, (node, ()), part), name == before)
            if best is None or rank > best[0]:
                best = rank, name
        return None if best is None else best[1]


def _lay_out(selection_set: SelectionSet, root: Place, draft: Draft) -> Layout:
    occurrence = Occurrence(root, frozenset())
    note_client_keys(selection_set, occurrence)
    layout = Layout()
    draft.layouts.append(layout)
    layout.selection_set(selection_set, occurrence, frozenset())
    layout.drop_repeated()
    return layout


def _answered(paths: Paths, state: State, selection_set: SelectionSet) -> int:
    """Count the leaves below a state that its own subgraph answers."""
    count = 0
    node: Node = state[0]
    for selected in selection_set.fields():
        edge = paths.edge(state, node.type_name, selected.name)
        if edge is None:
            seen = paths.downcast(state, selected.parent_type)
            edge = None if seen is None else paths.edge(seen, selected.parent_type, selected.name)
        if edge is None or edge.has_inputs:
            continue
        if selected.selection_set is None:
            count += 1
            continue
        child = paths.child(state, edge)
        if child is not None:
            count += _answered(paths, child, selected.selection_set)
    return count
