"""The coordinates an operation uses."""

from __future__ import annotations

from graphql import build_schema

from router.language.coordinates import used_coordinates
from router.language.document import parse_operation
from router.planning.normalize.normalize import select_operation

SCHEMA = build_schema("""
directive @fast(by: Speed) on FIELD
type Query { node(id: ID!): Node find(by: By, all: [By!]!, at: [[Speed!]]): [Item] s: Any }
type Mutation { buy(order: Order!): Int }
interface Node { id: ID! }
union Item = A | B
type A implements Node { id: ID! speed: Speed }
type B implements Node { id: ID! a: A }
input By { name: String, speed: Speed, more: More }
input More { deep: [More!], n: Int = 1 }
input Order { lines: [Line!]! }
input Line { sku: ID!, kind: Kind }
enum Speed { FAST SLOW }
enum Kind { BOOK CD }
scalar Any
""")


def used(text: str, name: str | None = None) -> list[str]:
    document = parse_operation(text)
    return list(used_coordinates(document, select_operation(document, name), SCHEMA))


def test_selections_count_on_the_type_they_are_made_on() -> None:
    assert used('{ node(id: "1") { id ... on A { speed __typename } } __schema { types { name } } }') == [
        "A",
        "A.speed",
        "Node",
        "Node.id",
        "Query",
        "Query.node",
        "Query.node(id:)",
        "Speed",
    ]


def test_only_fragments_that_are_spread_count_and_a_spread_in_itself_ends() -> None:
    text = """query X { find(all: []) { ...F } } fragment F on B { a { id } ...G }
        fragment G on B { ...F } fragment H on A { speed }"""
    found = used(text, "X")
    assert "B.a" in found
    assert "A.id" in found
    assert "A.speed" not in found


def test_literals_count_by_what_they_name() -> None:
    assert used(
        "{ find(by: {speed: FAST}, all: {more: {deep: [{n: 2}]}}, at: [[SLOW]]) { __typename } }"
    ) == [
        "By",
        "By.more",
        "By.speed",
        "Item",
        "More",
        "More.deep",
        "More.n",
        "Query",
        "Query.find",
        "Query.find(all:)",
        "Query.find(at:)",
        "Query.find(by:)",
        "Speed",
        "Speed.FAST",
        "Speed.SLOW",
    ]


def test_of_a_variable_everything_counts_that_it_may_hold() -> None:
    found = used("mutation ($o: Order!) { buy(order: $o) }")
    assert found == [
        "Kind",
        "Kind.BOOK",
        "Kind.CD",
        "Line",
        "Line.kind",
        "Line.sku",
        "Mutation",
        "Mutation.buy",
        "Mutation.buy(order:)",
        "Order",
        "Order.lines",
    ]


def test_directives_of_the_schema_count_and_those_of_graphql_do_not() -> None:
    assert used("query ($s: Speed) { s @fast(by: $s) @skip(if: false) }") == [
        "@fast",
        "@fast(by:)",
        "Any",
        "Query",
        "Query.s",
        "Speed",
        "Speed.FAST",
        "Speed.SLOW",
    ]
