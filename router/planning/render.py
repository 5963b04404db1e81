"""A plan as text for people, and as the JSON that plan viewers read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from graphql.language import parse, print_ast

from router.language.operation import OperationKind
from router.planning.plan import (
    ConditionNode,
    ContextOrigin,
    EntityFetch,
    FetchNode,
    FlattenNode,
    ParallelNode,
    PlanNode,
    QueryPlan,
    Representation,
    RepresentationField,
    RepresentationSelection,
    Requirement,
    ResponsePath,
    SequenceNode,
    SubscriptionNode,
)


def render_plan(plan: QueryPlan) -> str:
    """Give the plan as indented text."""
    if plan.unplannable:
        return "Unplannable\n" + "".join(f"  {reason}\n" for reason in plan.unplannable)
    if plan.node is None:
        return "Nothing to fetch\n"
    return "\n".join(_lines(plan.node, 0)) + "\n"


def _lines(node: PlanNode, depth: int) -> Iterator[str]:
    pad = "  " * depth
    if isinstance(node, SequenceNode | ParallelNode):
        yield pad + ("Sequence" if isinstance(node, SequenceNode) else "Parallel")
        for child in node.nodes:
            yield from _lines(child, depth + 1)
    elif isinstance(node, ConditionNode):
        yield pad + f"Condition {render_requirement(node.requirement)}"
        yield from _lines(node.node, depth + 1)
    elif isinstance(node, SubscriptionNode):
        yield pad + "Subscription"
        yield from _lines(node.primary, depth + 1)
        if node.rest is not None:
            yield from _lines(node.rest, depth + 1)
    elif isinstance(node, FlattenNode):
        yield pad + "Flatten " + ", ".join(render_path(path) for path in node.paths)
        yield from _lines(node.node, depth + 1)
    else:
        yield from _fetch_lines(node, pad)


def _fetch_lines(node: FetchNode, pad: str) -> Iterator[str]:
    variables = f" ({', '.join('$' + name for name in node.variables)})" if node.variables else ""
    mutation = f" {node.kind.value}" if node.kind is not OperationKind.QUERY else ""
    yield f"{pad}Fetch {node.subgraph}{mutation}{variables}"
    for entity in node.entities:
        for representation in () if entity.is_root else entity.representations:
            fields = " ".join(_representation(representation.selections))
            yield f"{pad}  {{ {_on(representation)} {{ {fields} }} }} =>"
        for context in entity.contexts:
            yield f"{pad}  ${context.variable} = " + " or ".join(map(_origin, context.origins))
    for line in pretty(node.operation).splitlines():
        yield f"{pad}  {line}" if line else ""


def _origin(origin: ContextOrigin) -> str:
    fields = " ".join(_representation(origin.selections))
    return f"{'../' * origin.levels}... on {' | '.join(origin.types)} {{ {fields} }}"


def _on(representation: Representation) -> str:
    if representation.typename is not None:
        return f"... on {representation.typename}"
    return "... on " + " | ".join(representation.types)


def _representation(selections: Iterable[RepresentationSelection]) -> Iterator[str]:
    for selection in selections:
        inner = " ".join(_representation(selection.selections))
        below = f" {{ {inner} }}" if inner else ""
        if isinstance(selection, RepresentationField):
            renamed = "" if selection.data_key == selection.name else f"{selection.data_key} as "
            yield f"{renamed}{selection.name}{below}"
        else:
            yield f"... on {' | '.join(selection.types)}{below}"


def render_path(path: ResponsePath) -> str:
    """Give a response path as text: ``orders.@.product``; types in brackets where only they go on."""
    return ".".join(f"[{'|'.join(step)}]" if isinstance(step, tuple) else step for step in path)


def render_requirement(requirement: Requirement) -> str:
    """Give a requirement as text: ``$a && !$b || $c``."""
    return " || ".join(
        " && ".join(f"{'' if c.is_include else '!'}${c.variable}" for c in conjunction)
        for conjunction in requirement
    )


def pretty(operation: str) -> str:
    """Give minified GraphQL text laid out for reading."""
    return print_ast(parse(operation, no_location=True))


def plan_to_json(plan: QueryPlan) -> dict[str, Any]:
    """Give the plan in the shape of ``extensions.queryPlan`` that plan viewers read."""
    node = None if plan.node is None else _json(plan.node)
    return {"kind": "QueryPlan", "node": node} if node is not None else {"kind": "QueryPlan"}


def _json(node: PlanNode) -> dict[str, Any]:
    if isinstance(node, SequenceNode | ParallelNode):
        kind = "Sequence" if isinstance(node, SequenceNode) else "Parallel"
        return {"kind": kind, "nodes": [_json(child) for child in node.nodes]}
    if isinstance(node, ConditionNode):
        return _json_condition(node)
    if isinstance(node, SubscriptionNode):
        shown: dict[str, Any] = {"kind": "Subscription", "primary": _json(node.primary)}
        if node.rest is not None:
            shown["rest"] = _json(node.rest)
        return shown
    if isinstance(node, FlattenNode):
        return _json_flatten(node)
    return _json_fetch(node)


def _json_condition(node: ConditionNode) -> dict[str, Any]:
    inner = _json(node.node)
    if len(node.requirement) != 1:
        return inner | {"condition": render_requirement(node.requirement)}
    for condition in reversed(node.requirement[0]):
        branch = "ifClause" if condition.is_include else "elseClause"
        inner = {"kind": "Condition", "condition": condition.variable, branch: inner}
    return inner


def _json_flatten(node: FlattenNode) -> dict[str, Any]:
    places = [(entity, path) for entity in node.node.entities for path in entity.paths]
    if len(places) == 1 or places[0][0].is_root:
        entity, path = places[0]
        fetch = _json_fetch(node.node)
        if not entity.is_root:
            fetch["requires"] = list(_json_requires(entity))
        return {"kind": "Flatten", "path": _json_path(path), "node": fetch}
    batch = {
        "aliases": [
            {
                "alias": entity.alias,
                "representationsVariableName": entity.variable,
                "paths": [_json_path(path) for path in entity.paths],
                "requires": list(_json_requires(entity)),
            }
            for entity in node.node.entities
        ]
    }
    return _json_fetch(node.node) | {"kind": "BatchFetch", "entityBatch": batch}


def _json_path(path: ResponsePath) -> list[Any]:
    steps: list[Any] = []
    for step in path:
        if isinstance(step, tuple):
            steps.append({"TypeCondition": list(step)})
        else:
            steps.append(step if step == "@" else {"Field": step})
    return steps


def _json_fetch(node: FetchNode) -> dict[str, Any]:
    return {
        "kind": "Fetch",
        "id": node.id,
        "serviceName": node.subgraph,
        "operationKind": node.kind.value,
        "operation": pretty(node.operation),
        "variableUsages": list(node.variables),
        "dependsOn": list(node.depends_on),
    }


def _json_requires(entity: EntityFetch) -> Iterator[dict[str, Any]]:
    for representation in entity.representations:
        yield {
            "kind": "InlineFragment",
            "typeCondition": representation.typename or representation.types[0],
            "selections": [{"kind": "Field", "name": "__typename"}, *_json_fields(representation.selections)],
        }


def _json_fields(selections: Iterable[RepresentationSelection]) -> Iterator[dict[str, Any]]:
    for selection in selections:
        inner = list(_json_fields(selection.selections))
        if isinstance(selection, RepresentationField):
            yield {"kind": "Field", "name": selection.name} | ({"selections": inner} if inner else {})
        else:
            for name in selection.types:
                yield {"kind": "InlineFragment", "typeCondition": name, "selections": inner}
