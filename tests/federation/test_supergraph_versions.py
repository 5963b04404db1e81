"""Supergraphs that others composed, in every version of the join specification, load and plan."""

from __future__ import annotations

from itertools import pairwise

import pytest

from router.federation.supergraph import InvalidSupergraphError, Supergraph, read_supergraph
from router.language.document import parse_operation
from router.planning.normalize.normalize import normalize
from router.planning.planner import Planner
from router.planning.render import render_plan

FEDERATION_1 = """
schema
  @core(feature: "https://specs.apollo.dev/core/v0.1")
  @core(feature: "https://specs.apollo.dev/join/v0.1")
{
  query: Query
}

directive @core(feature: String!) repeatable on SCHEMA
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet) on FIELD_DEFINITION
directive @join__type(graph: join__Graph!, key: join__FieldSet) repeatable on OBJECT | INTERFACE
directive @join__owner(graph: join__Graph!) on OBJECT | INTERFACE
directive @join__graph(name: String!, url: String!) on ENUM_VALUE

scalar join__FieldSet

enum join__Graph {
  ACCOUNTS @join__graph(name: "accounts" url: "http://accounts")
  INVENTORY @join__graph(name: "inventory" url: "http://inventory")
  PRODUCTS @join__graph(name: "products" url: "http://products")
  REVIEWS @join__graph(name: "reviews" url: "http://reviews")
}

interface Named { name: String }

type Dimensions { size: String weight: Int }

type Product implements Named
  @join__owner(graph: PRODUCTS)
  @join__type(graph: PRODUCTS, key: "upc")
  @join__type(graph: INVENTORY, key: "upc")
  @join__type(graph: REVIEWS, key: "upc")
{
  upc: String! @join__field(graph: PRODUCTS)
  name: String
  price: Int @join__field(graph: PRODUCTS)
  dimensions: Dimensions @join__field(graph: PRODUCTS)
  inStock: Boolean @join__field(graph: INVENTORY)
  shippingEstimate: Int @join__field(graph: INVENTORY, requires: "price dimensions { weight }")
  reviews: [Review] @join__field(graph: REVIEWS)
}

type Review @join__owner(graph: REVIEWS) @join__type(graph: REVIEWS, key: "id") {
  id: ID! @join__field(graph: REVIEWS)
  author: User @join__field(graph: REVIEWS, provides: "username")
  product: Product @join__field(graph: REVIEWS)
}

type User @join__owner(graph: ACCOUNTS) @join__type(graph: ACCOUNTS, key: "id") @join__type(graph: REVIEWS, key: "id") {
  id: ID! @join__field(graph: ACCOUNTS)
  username: String @join__field(graph: ACCOUNTS)
  birthDate: String @join__field(graph: ACCOUNTS)
  reviews: [Review] @join__field(graph: REVIEWS)
}

type Query {
  me: User @join__field(graph: ACCOUNTS)
  topProducts: [Product] @join__field(graph: PRODUCTS)
}
"""

JOIN_0_2 = """
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.2", for: EXECUTION)
{
  query: Query
}

enum join__Graph {
  A @join__graph(name: "a", url: "http://a")
  B @join__graph(name: "b", url: "http://b")
}

interface I @join__type(graph: A) { id: ID! }

type T implements I @join__type(graph: A, key: "id") @join__type(graph: B, key: "id", extension: true) {
  id: ID!
  x: Int @join__field(graph: A) @join__field(graph: B, external: true)
  y: Int @join__field(graph: B, requires: "x")
}

union U @join__type(graph: A) = T

type Query @join__type(graph: A) @join__type(graph: B) {
  i: I @join__field(graph: A)
  u: U @join__field(graph: A)
}
"""


def plan(supergraph: Supergraph, operation: str) -> str:
    text = render_plan(Planner(supergraph).plan(normalize(parse_operation(operation), None, supergraph)))
    return " ".join(text.split())


@pytest.fixture(scope="module")
def federation_1() -> Supergraph:
    return read_supergraph(FEDERATION_1)


def fetches(text: str) -> list[str]:
    words = text.split()
    return [after for word, after in pairwise(words) if word == "Fetch"]


def test_a_federation_1_owner_resolves_what_names_no_subgraph(federation_1: Supergraph) -> None:
    assert fetches(plan(federation_1, "{ topProducts { name price } }")) == ["products"]


def test_federation_1_entities_are_entered_by_their_keys(federation_1: Supergraph) -> None:
    text = plan(federation_1, "{ me { birthDate reviews { product { name } } } }")
    assert fetches(text) == ["accounts", "reviews", "products"]
    assert "reviews { product { upc } }" in text


def test_a_federation_1_key_field_is_answered_where_it_is_a_key(federation_1: Supergraph) -> None:
    assert fetches(plan(federation_1, "{ me { reviews { product { upc } } } }")) == ["accounts", "reviews"]


def test_federation_1_requirements_are_gathered_and_sent(federation_1: Supergraph) -> None:
    text = plan(federation_1, "{ topProducts { shippingEstimate } }")
    assert fetches(text) == ["products", "inventory"]
    assert "dimensions { weight }" in text


def test_a_federation_1_provided_field_needs_no_fetch(federation_1: Supergraph) -> None:
    text = plan(federation_1, "{ topProducts { reviews { author { username } } } }")
    assert fetches(text) == ["products", "reviews"]
    text = plan(federation_1, "{ topProducts { reviews { author { username birthDate } } } }")
    assert fetches(text) == ["products", "reviews", "accounts"]


def test_the_api_schema_of_federation_1_has_no_machinery(federation_1: Supergraph) -> None:
    names = {name for name in federation_1.api_schema.type_map if not name.startswith("__")}
    own = {"Query", "Product", "Review", "User", "Dimensions", "Named"}
    assert names - {"String", "Int", "Boolean", "ID"} == own
    assert "join__owner" not in {d.name for d in federation_1.api_schema.directives}


def test_join_0_2_says_nothing_of_implementations_and_members() -> None:
    supergraph = read_supergraph(JOIN_0_2)
    assert fetches(plan(supergraph, "{ i { id ... on T { y } } }")) == ["a", "b"]
    assert fetches(plan(supergraph, "{ u { ... on T { x y } } }")) == ["a", "b"]


def test_a_field_set_that_does_not_parse_is_no_traceback() -> None:
    broken = FEDERATION_1.replace('requires: "price dimensions { weight }"', 'requires: "price {"')
    with pytest.raises(InvalidSupergraphError, match="field set"):
        read_supergraph(broken)
