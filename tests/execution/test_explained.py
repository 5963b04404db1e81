"""One error for one fault: what it explains needs no second, and is never taken for a value."""

from __future__ import annotations

from typing import Any

import pytest

from tests.execution.plans import PlanBuilder, supergraph_of
from tests.execution.scripted import ScriptedClient, run

DEPOT = supergraph_of("""
type Query { parcels: [Parcel] count: Int! total: Int! }
type Mutation { add: Int! drop: Int! note: Int }
type Parcel { id: ID! weight: Int size: Size cost: Int! label: String! code: Int! }
type Size { length: Int unit: Unit }
type Unit { name: String! }
""")


def error(*path: Any) -> dict[str, Any]:
    return {"message": "no", "path": list(path), "extensions": {"code": "NO"}}


async def test_an_error_that_took_all_data_of_an_answer_explains_each_null_of_it() -> None:
    builder = PlanBuilder(DEPOT, "{ count total }")
    builder.root("a", "{ count total }")
    client = ScriptedClient({"a": [{"data": None, "errors": [error("total")]}]})
    response = await run(builder.plan(), DEPOT, client)
    assert response.data is None
    assert [(e.path, e.code) for e in response.errors] == [(("total",), "NO")]


async def test_an_error_below_an_entity_explains_each_null_of_it() -> None:
    builder = PlanBuilder(DEPOT, "{ parcels { label code } }")
    builder.root("a", "{ parcels { id } }")
    builder.entities(
        "b", builder.entity("Parcel", "{ id @key }", "{ label code }", ("parcels", "@")), after=(0,)
    )
    answer = {
        "data": {"_entities": [None, {"label": "x", "code": 1}]},
        "errors": [error("_entities", 0, "code")],
    }
    client = ScriptedClient({"a": [{"data": {"parcels": [{"id": "1"}, {"id": "2"}]}}], "b": [answer]})
    response = await run(builder.plan(), DEPOT, client)
    assert response.data == {"parcels": [None, {"label": "x", "code": 1}]}
    assert [(e.path, e.code) for e in response.errors] == [(("parcels", 0, "code"), "NO")]


def costs(required: str, asked: str) -> PlanBuilder:
    builder = PlanBuilder(DEPOT, "{ parcels { id cost } }")
    builder.root("a", f"{{ parcels {{ id {asked} }} }}")
    builder.entities(
        "b", builder.entity("Parcel", f"{{ id @key {required} }}", "{ cost }", ("parcels", "@")), after=(0,)
    )
    return builder


@pytest.mark.parametrize(
    ("required", "asked", "broken", "whole", "path"),
    [
        ("weight", "weight", {"weight": None}, {"weight": None}, ("weight",)),
        (
            "size { length }",
            "size { length }",
            {"size": {"length": None}},
            {"size": None},
            ("size", "length"),
        ),
        ("size { length }", "size { length }", {"size": None}, {"size": {"length": None}}, ("size",)),
    ],
)
async def test_a_required_null_is_sent_unless_it_stands_for_an_error(
    required: str, asked: str, broken: Any, whole: Any, path: tuple[str, ...]
) -> None:
    parcels = [{"id": "1", **broken}, {"id": "2", **whole}]
    first = {"data": {"parcels": parcels}, "errors": [error("parcels", 0, *path)]}
    client = ScriptedClient({"a": [first], "b": [{"data": {"_entities": [{"cost": 5}]}}]})
    response = await run(costs(required, asked).plan(), DEPOT, client)
    assert client.representations(1) == [{"__typename": "Parcel", "id": "2", **whole}]
    assert response.data == {"parcels": [None, {"id": "2", "cost": 5}]}
    assert [(e.path, e.code) for e in response.errors] == [(("parcels", 0), "NO")]


async def test_nested_representations_leave_out_what_lacks_a_key() -> None:
    builder = costs("size { unit { name @key } }", "size { unit { name } }")
    parcels = [
        {"id": "1", "size": {"unit": {"name": "cm"}}},
        {"id": "2", "size": {"unit": {"name": None}}},
        {"id": "3", "size": None},
    ]
    answers = [{"cost": 1}, {"cost": 3}]
    client = ScriptedClient({"a": [{"data": {"parcels": parcels}}], "b": [{"data": {"_entities": answers}}]})
    response = await run(builder.plan(), DEPOT, client)
    assert [one["size"] for one in client.representations(1)] == [{"unit": {"name": "cm"}}, None]
    assert response.data == {"parcels": [{"id": "1", "cost": 1}, None, {"id": "3", "cost": 3}]}


@pytest.mark.parametrize(
    ("answer", "is_over"),
    [
        ({"data": None, "errors": [error("add")]}, True),
        ({"data": {"add": None}, "errors": [error("add")]}, True),
        ((500, b"oops"), True),
        ({"data": {"add": 1}}, False),
    ],
)
async def test_no_root_field_of_a_mutation_runs_after_a_null_that_took_all_data(
    answer: Any, is_over: bool
) -> None:
    builder = PlanBuilder(DEPOT, "mutation { add drop }")
    builder.root("a", "{ add }")
    builder.root("b", "{ drop }", after=(0,))
    client = ScriptedClient({"a": [answer], "b": [{"data": {"drop": 2}}]})
    response = await run(builder.plan(), DEPOT, client)
    assert [subgraph for subgraph, _ in client.asked] == (["a"] if is_over else ["a", "b"])
    assert response.data == (None if is_over else {"add": 1, "drop": 2})
    assert len(response.errors) == is_over
