"""Answers of subgraphs that are right, or wrong in every way: the same for the same seed and question."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLEnumType

from router.execution.leaves import supergraph_enum_values
from router.federation.supergraph import Supergraph
from router.federation.supergraph_types import TypeKind
from router.language.operation import TypeRef
from router.planning.plan import FetchField, FetchNode
from tests.execution.reference import flatten


def nested(depth: int) -> Any:
    """Lists and objects in each other."""
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"deep": value}
    return value


WRONG: tuple[Any, ...] = (
    None,
    None,
    None,
    "",
    "x",
    0,
    7,
    -1.5,
    3.0,
    True,
    [],
    {},
    [None],
    [[1]],
    {"a": 1},
    2**40,
    2**63 - 1,
    -(2**63),
    2**64 - 1,
    float(2**70),
    1e300,
    nested(60),
)


@dataclass
class RandomAnswers:
    """``wrongness`` is how likely any one value is corrupted."""

    supergraph: Supergraph
    seed: int
    wrongness: float

    def __call__(self, fetch: FetchNode, batches: list[list[dict[str, Any]]]) -> Any:
        own = orjson.dumps([sorted(orjson.dumps(r).decode() for r in batch) for batch in batches]).decode()
        whole = random.Random(f"{self.seed} {fetch.id} {own}")
        if whole.random() < self.wrongness / 2:
            return whole.choice(
                [None, [], {}, {"data": None}, {"data": []}, {"data": "x"}, {"errors": [{"message": "m"}]}]
            )
        errors: list[Any] = []
        if not fetch.entities:
            root = self.supergraph.roots[fetch.kind]
            data = self.object(whole, fetch.selections, root, (), errors)
        elif fetch.entities[0].is_root:
            data = self.object(whole, fetch.entities[0].selections, "Query", (), errors)
        else:
            data = self.entities(fetch, batches, errors)
        if whole.random() < self.wrongness / 4:
            errors.append({"message": "something"})
        return {"data": data, "errors": errors} if errors else {"data": data}

    def entities(self, fetch: FetchNode, batches: list[list[dict[str, Any]]], errors: list[Any]) -> Any:
        data: dict[str, Any] = {}
        for number, (entity, batch) in enumerate(zip(fetch.entities, batches, strict=True)):
            items: list[Any] = []
            for index, representation in enumerate(batch):
                text = orjson.dumps(representation).decode()
                r = random.Random(f"{self.seed} {fetch.id} {number} {text}")
                path = (entity.alias, index)
                if r.random() < self.wrongness:
                    items.append(None)
                    if r.random() < 0.5:
                        errors.append(self.error(path))
                elif r.random() < self.wrongness / 8:
                    items.append("wrong")
                else:
                    type_name = self.type_of(representation["__typename"], r)
                    items.append(self.object(r, entity.selections, type_name, path, errors))
            whole = random.Random(f"{self.seed} {fetch.id} {number} {len(batch)}")
            if whole.random() < self.wrongness / 3:
                items = whole.choice([items[1:], [*items, None], None, "x", {}, items[:1] * len(items)])
            data[entity.alias] = items
        return data

    def type_of(self, name: str, r: random.Random) -> str:
        return r.choice(self.supergraph.possible_types(name))

    def error(self, path: tuple[Any, ...]) -> Any:
        return {"message": "no", "path": list(path), "extensions": {"code": "NO"}}

    def object(self, r: random.Random, selections: Any, type_name: str, path: Any, errors: list[Any]) -> Any:
        value: dict[str, Any] = {}
        merged: dict[str, list[FetchField]] = {}
        for field in flatten(selections, type_name):
            merged.setdefault(field.wire_key, []).append(field)
        for wire_key, fields in merged.items():
            if r.random() < self.wrongness / 3:
                continue
            if fields[0].name == "__typename":
                value[wire_key] = r.choice(WRONG) if r.random() < self.wrongness / 3 else type_name
                continue
            below = tuple(s for f in fields for s in f.selections)
            type_ = self.supergraph.types[type_name].fields[fields[0].name].type
            value[wire_key] = self.value(r, type_, below, (*path, wire_key), errors)
        if r.random() < self.wrongness:
            value["extra"] = 1
        return value

    def value(self, r: random.Random, type_: TypeRef, below: Any, path: Any, errors: list[Any]) -> Any:
        if r.random() < self.wrongness / 2:
            wrong = r.choice(WRONG)
            if wrong is None and r.random() < 0.5:
                errors.append(self.error(path))
            return wrong
        if not type_.is_non_null and r.random() < 0.1:
            return None
        if type_.of is not None:
            return [self.value(r, type_.of, below, (*path, i), errors) for i in range(r.randrange(4))]
        named = self.supergraph.types.get(type_.name)
        if named is not None and named.is_composite:
            return self.object(r, below, self.type_of(type_.name, r), path, errors)
        return self.leaf(r, type_.name, named is not None and named.kind is TypeKind.ENUM)

    def leaf(self, r: random.Random, name: str, is_enum: bool) -> Any:
        if is_enum:
            return r.choice(enum_values(self.supergraph, name))
        small = r.randrange(4)
        return {
            "ID": r.choice([str(small), str(small), small]),
            "String": f"s{small}",
            "Int": small,
            "Float": small / 2,
            "Boolean": small > 1,
        }.get(name, {"any": small})


def enum_values(supergraph: Supergraph, name: str) -> list[str]:
    """All values of an enum, hidden ones too, sorted."""
    shown = supergraph.api_schema.type_map.get(name)
    values = set(shown.values) if isinstance(shown, GraphQLEnumType) else set()
    return sorted(values | supergraph_enum_values(supergraph, name))


ODD_PATHS: tuple[Any, ...] = (
    None,
    "x",
    7,
    [],
    [0],
    [None],
    [-1],
    ["_entities"],
    ["_entities", -1],
    ["_entities", 10**6, "name"],
    ["_entities", "name"],
    ["nothing", 0, "name"],
    [["_entities"], {}],
    ["users", 0, 0, "reviews", True],
)


def with_odd_errors(result: Any, r: random.Random) -> Any:
    """The result with errors no subgraph should ever write."""
    if not isinstance(result, dict):
        return result
    errors: list[Any] = [
        r.choice(
            [
                {
                    "message": "odd",
                    "path": r.choice(ODD_PATHS),
                    "extensions": r.choice([None, 1, {"code": 5}]),
                },
                {"message": None, "path": r.choice(ODD_PATHS)},
                None,
                "text",
                [],
            ]
        )
        for _ in range(r.randrange(1, 4))
    ]
    known = result.get("errors")
    return {**result, "errors": r.choice([errors, [*(known or []), *errors], "no list", {}, 0])}
