"""Values from contexts, and fields that return the root again, are no way round the demands."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from router.engine.granted_plan import asked_fields
from router.federation.access import AccessRules
from router.federation.supergraph import read_supergraph
from router.planning.normalize.normalize import normalize
from router.planning.planner import Planner
from tests.engine.guarded import caller, guarded, paths

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", '
    'import: ["@key", "@context", "@fromContext"])\n'
)
ROUTES = """
type Query { region: Region holder: Holder }
type Region @key(fields: "id") @context(name: "money") {
  id: ID!
  currency: String
  unit: Unit
  parcel: Parcel
}
type Unit { name: String }
union Holder @context(name: "holder") = Firm | Person
type Firm @key(fields: "id") { id: ID! vat: String letter: Letter }
type Person @key(fields: "id") { id: ID! nickname: String letter: Letter }
type Parcel @key(fields: "id") {
  id: ID!
  fee(money: String @fromContext(field: "$money { currency }")): Int
  scaled(unit: String @fromContext(field: "$money { unit { name } }")): Int
}
type Letter @key(fields: "id") {
  id: ID!
  owed(to: String @fromContext(field: "$holder ... on Firm { vat } ... on Person { nickname }")): Int
}
"""
POSTS = 'type Query { post: Post } type Post @key(fields: "id") { id: ID! root: Query }'
NOTES = "type Query { total: Int open: Int }"


def demanding(coordinate: str, **sdls: str) -> str:
    """A supergraph of these where a type or field demands a scope, whatever composition would say to it."""
    composed = compose([SubgraphInput(name, f"http://{name}/", LINK + sdl) for name, sdl in sdls.items()])
    assert isinstance(composed, Composed), composed
    definition = "directive @requiresScopes(scopes: [[String!]!]!) on OBJECT | FIELD_DEFINITION\n"
    demand = ' @requiresScopes(scopes: [["a"]])'
    lines = composed.supergraph_sdl.splitlines()
    type_name, _, field_name = coordinate.partition(".")
    at = lines.index(next(line for line in lines if line.split()[:2] == ["type", type_name]))
    if field_name:
        at = next(n for n in range(at, len(lines)) if lines[n].startswith(f"  {field_name}:"))
        lines[at] += demand
    else:
        lines[at] = lines[at].replace(type_name, type_name + demand, 1)
    return definition + "\n".join(lines)


@pytest.mark.parametrize(
    ("coordinate", "query"),
    [
        ("Region.currency", "{ region { parcel { id fee } } }"),
        ("Region.unit", "{ region { parcel { id scaled } } }"),
        ("Unit.name", "{ region { parcel { id scaled } } }"),
        ("Unit", "{ region { parcel { id scaled } } }"),
        ("Firm.vat", "{ holder { ... on Firm { letter { id owed } } } }"),
        ("Person.nickname", "{ holder { ... on Firm { letter { id owed } } } }"),
    ],
)
async def test_a_field_demands_what_the_values_demand_that_it_takes_from_contexts(
    coordinate: str, query: str
) -> None:
    sdl = demanding(coordinate, a=ROUTES)
    answer: dict[str, Any] = {
        "region": {"__typename": "Region", "id": "1", "parcel": {"__typename": "Parcel", "id": "2"}},
        "holder": {"__typename": "Firm", "id": "1", "letter": {"__typename": "Letter", "id": "2"}},
    }
    values = ("currency", "unit", "vat", "nickname", "fee", "scaled", "owed")
    async with guarded(sdl, {"a": answer}) as one:
        body = await one.ask(query, caller("b"))
        ((*around, field),) = paths(body)
        data = body["data"]
        for key in around:
            data = data[key]
        assert data == {"id": "2", field: None}
        texts = one.asked
        assert texts
        assert not [value for value in values for text in texts if value in text]
        await one.ask(query, caller("a"))
        assert any(value in text for text in one.asked for value in values)


async def test_the_root_met_again_demands_what_the_root_does() -> None:
    sdl = demanding("Query.total", posts=POSTS, notes=NOTES)
    post = {"__typename": "Post", "id": "1", "root": {"__typename": "Query"}}
    async with guarded(sdl, {"posts": {"post": post}, "notes": {"open": 1, "total": 2}}) as one:
        body = await one.ask("{ post { root { open total again: total } } }", caller("b"))
        assert body["data"] == {"post": {"root": {"open": 1, "total": None, "again": None}}}
        assert paths(body) == [["post", "root", "total"], ["post", "root", "again"]]
        assert all("total" not in text for text in one.asked)
        body = await one.ask("{ post { root { total } } }", caller("a"))
        assert body == {"data": {"post": {"root": {"total": 2}}}}


def test_the_last_look_at_a_plan_sees_values_from_contexts_and_the_root_met_again() -> None:
    supergraph = read_supergraph(demanding("Query.total", posts=POSTS, notes=NOTES, a=ROUTES))
    query = "{ post { root { total } } region { parcel { fee } } }"
    plan = Planner(supergraph).plan(normalize(parse(query), None, supergraph))
    asked = set(asked_fields(plan, AccessRules(supergraph)))
    assert {("Query", "total"), ("Region", "currency"), ("Parcel", "fee")} <= asked
