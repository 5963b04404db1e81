"""The fetch graph as frozen data: fetches in topological order, and the tree that people read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from router.federation.supergraph import Supergraph
from router.language.operation import Condition, Conditions, Operation, OperationKind
from router.planning.conditions import simplify
from router.planning.fetch_graph import BatchBuilder, EntityBuilder, Fetch, FetchGraph
from router.planning.plan import (
    ConditionNode,
    ContextVariable,
    EntityFetch,
    FetchFragment,
    FetchNode,
    FetchSelection,
    FlattenNode,
    ParallelNode,
    PlanNode,
    QueryPlan,
    Representation,
    Requirement,
    ResponsePath,
    SequenceNode,
    SubscriptionNode,
)
from router.planning.print_fetch import ListPart, OperationPrinter
from router.planning.wire import assign_wire_keys, fetch_selections


def linearize(
    operation: Operation,
    graph: FetchGraph,
    supergraph: Supergraph,
    shown_types: Mapping[ResponsePath, tuple[str, ...]],
) -> QueryPlan:
    """Freeze the fetches of one plan."""
    ordered = _topological(graph.fetches)
    ids = {fetch: index for index, fetch in enumerate(ordered)}
    nodes = {fetch: _freeze(fetch, ids, operation, supergraph) for fetch in ordered}
    tree = _tree(ordered, nodes)
    if operation.kind is OperationKind.SUBSCRIPTION and ordered:
        rest = _tree(ordered[1:], nodes)
        tree = SubscriptionNode(nodes[ordered[0]], rest)
    return QueryPlan(
        operation, tuple(nodes[fetch] for fetch in ordered), tree, (), tuple(shown_types.items())
    )


def _topological(fetches: Iterable[Fetch]) -> list[Fetch]:
    """Order by step, then by when the planner made them: the same operation gives the same order."""
    ordered: list[Fetch] = []
    placed: set[Fetch] = set()
    waiting = sorted(fetches, key=lambda fetch: (fetch.depth, fetch.id))
    while waiting:
        later: list[Fetch] = []
        for fetch in waiting:
            if fetch.dependencies <= placed:
                ordered.append(fetch)
                placed.add(fetch)
            else:
                later.append(fetch)
        waiting = later
    return ordered


def _freeze(fetch: Fetch, ids: dict[Fetch, int], operation: Operation, supergraph: Supergraph) -> FetchNode:
    kind = operation.kind if fetch.root is not None else OperationKind.QUERY
    depends_on = tuple(sorted(ids[other] for other in fetch.dependencies))
    subgraph = supergraph.subgraphs[fetch.graph].name
    printer = OperationPrinter(operation)
    if fetch.root is not None:
        requirement = to_requirement(fetch.needed)
        assign_wire_keys([fetch.root])
        text = printer.root(kind, fetch.root, _always(requirement))
        selections = fetch_selections([fetch.root], supergraph)
        return FetchNode(
            ids[fetch],
            subgraph,
            kind,
            text,
            None,
            printer.variables(),
            depends_on,
            selections,
            (),
            requirement,
        )
    if fetch.is_reentry:
        return _freeze_reentry(
            FetchNode(ids[fetch], subgraph, kind, "", None, (), depends_on), fetch, printer, supergraph
        )
    batches = [part for batch in fetch.batches for part in _apart(batch)]
    lists = _distinct(batches, operation, supergraph)
    parts: list[ListPart] = []
    entities: list[EntityFetch] = []
    for index, (entity, batch, preview) in enumerate(lists):
        named = _named(entity, batch, printer, preview, None if len(lists) == 1 else index)
        contexts = tuple(context.variable for context in named.contexts)
        implied = _always(entity.requirement)
        parts.append(ListPart(named.alias, batch, implied, named.declarations, named.variable, contexts))
        entities.append(named)
    text, own = printer.entities(parts)
    if own:
        entities = [replace(entity, text=one) for entity, one in zip(entities, own, strict=True)]
    return FetchNode(
        ids[fetch], subgraph, kind, text, None, printer.variables(), depends_on, (), tuple(entities), ()
    )


def _freeze_reentry(
    node: FetchNode, fetch: Fetch, printer: OperationPrinter, supergraph: Supergraph
) -> FetchNode:
    (batch,) = fetch.batches
    (builder,) = batch.entities.values()
    entity = replace(_freeze_batch(batch, supergraph), alias="", variable="", is_root=True)
    text = printer.root(node.kind, builder.selection, _always(entity.requirement))
    return replace(node, operation=text, variables=printer.variables(), entities=(entity,))


def _distinct(
    batches: list[BatchBuilder], operation: Operation, supergraph: Supergraph
) -> list[tuple[EntityFetch, BatchBuilder, str]]:
    """Freeze batches, each with its text; those that ask the same at several places become one."""
    known: dict[object, tuple[EntityFetch, BatchBuilder, str]] = {}
    for batch in batches:
        frozen = _freeze_batch(batch, supergraph)
        text = OperationPrinter(operation).preview(batch, _always(frozen.requirement))
        same = (frozen.representations, text, frozen.requirement, batch.contexts)
        first = known.setdefault(same, (frozen, batch, text))
        paths = tuple(path for path in frozen.paths if path not in first[0].paths)
        if paths:
            known[same] = replace(first[0], paths=first[0].paths + paths), *first[1:]
    return list(known.values())


def _apart(batch: BatchBuilder) -> list[BatchBuilder]:
    """Split a batch so that each part sends an object once, and asks it only what is meant for it.

    Fragments on one type of the subgraph (an interface, an interface object) are answered for every object sent
    with them; so what is meant for fewer types, or sent otherwise, is asked under an alias of its own.
    """
    parts: list[BatchBuilder] = []
    for key, builder in batch.entities.items():
        for part in parts:
            if not any(_clash(builder, other) for other in part.entities.values()):
                part.entities[key] = builder
                break
        else:
            parts.append(BatchBuilder(batch.base, {key: builder}))
    return parts


def _clash(one: EntityBuilder, other: EntityBuilder) -> bool:
    if bool(one.contexts) != bool(other.contexts):
        return True
    return one.typename == other.typename or not set(one.types).isdisjoint(other.types)


def _freeze_batch(batch: BatchBuilder, supergraph: Supergraph) -> EntityFetch:
    builders = list(batch.entities.values())
    assign_wire_keys([builder.selection for builder in builders])
    requirement = to_requirement(batch.needed)
    selections: list[FetchSelection] = []
    for builder in builders:
        inner = fetch_selections([builder.selection], supergraph)
        node = builder.selection.node
        selections.append(FetchFragment(builder.types, "" if node is None else node.type_name, inner))
    return EntityFetch(
        "",
        "",
        (batch.base.path(),),
        tuple(Representation(b.types, b.typename, b.representation, _own(b, requirement)) for b in builders),
        tuple(selections),
        requirement,
    )


def _own(entity: EntityBuilder, around: Requirement) -> Requirement:
    """Give the requirement of some of a batch's objects, where it is not the batch's."""
    own = to_requirement(entity.needed)
    return () if own == around else own


def _named(
    entity: EntityFetch, batch: BatchBuilder, printer: OperationPrinter, text: str, index: int | None
) -> EntityFetch:
    """Give the selection under its alias and with its variables; ``index`` where it is one of several."""
    alias, variable, prefix = (
        ("_entities", "representations", "c") if index is None else (f"_e{index}", f"r{index}", f"c{index}_")
    )
    contexts = tuple(
        ContextVariable(printer.free_variable(f"{prefix}{number}", text), context.type, context.origins)
        for number, context in enumerate(batch.contexts)
    )
    return replace(
        entity,
        alias=alias,
        variable=printer.free_variable(variable, text),
        contexts=contexts,
    )


def to_requirement(needed: Iterable[Conditions]) -> Requirement:
    """Give the shortest list of conjunctions that says when something is needed; empty for always."""
    kept = simplify(needed)
    if any(not conjunction for conjunction in kept):
        return ()
    return tuple(tuple(sorted(conjunction)) for conjunction in kept)


def _always(requirement: Requirement) -> Conditions:
    """Give the conditions that hold whenever the fetch is sent, and so need not be said in it."""
    if not requirement:
        return frozenset()
    common: set[Condition] = set(requirement[0])
    for conjunction in requirement[1:]:
        common &= set(conjunction)
    return frozenset(common)


def _tree(fetches: list[Fetch], nodes: dict[Fetch, FetchNode]) -> PlanNode | None:
    """Give the fetches as sequences and parallels, splitting into parts that do not wait for each other."""
    if not fetches:
        return None
    among = set(fetches)
    parts = _independent_parts(fetches, among)
    if len(parts) > 1:
        children = [_tree(part, nodes) for part in parts]
        return ParallelNode(tuple(child for child in children if child is not None))
    first = [fetch for fetch in fetches if not fetch.dependencies & among]
    rest = [fetch for fetch in fetches if fetch.dependencies & among]
    head = tuple(_leaf(nodes[fetch]) for fetch in first)
    start: PlanNode = head[0] if len(head) == 1 else ParallelNode(head)
    tail = _tree(rest, nodes)
    if tail is None:
        return start
    following = tail.nodes if isinstance(tail, SequenceNode) else (tail,)
    return SequenceNode((start, *following))


def _independent_parts(fetches: list[Fetch], among: set[Fetch]) -> list[list[Fetch]]:
    part_of: dict[Fetch, list[Fetch]] = {}
    for fetch in fetches:
        mine = [fetch]
        for other in sorted(fetch.dependencies & among, key=lambda f: f.id):
            theirs = part_of[other]
            if theirs is not mine:
                theirs.extend(mine)
                for moved in mine:
                    part_of[moved] = theirs
                mine = theirs
        part_of[fetch] = mine
    parts: list[list[Fetch]] = []
    for fetch in fetches:
        part = part_of[fetch]
        if not any(part is known for known in parts):
            parts.append(part)
    order = {fetch: index for index, fetch in enumerate(fetches)}
    return [sorted(part, key=lambda fetch: order[fetch]) for part in parts]


def _leaf(node: FetchNode) -> PlanNode:
    leaf: PlanNode = node
    requirement = node.requirement
    if node.entities:
        leaf = FlattenNode(tuple(path for entity in node.entities for path in entity.paths), node)
        if all(entity.requirement for entity in node.entities):
            requirement = to_requirement(
                frozenset(conjunction) for entity in node.entities for conjunction in entity.requirement
            )
    return ConditionNode(requirement, leaf) if requirement else leaf
