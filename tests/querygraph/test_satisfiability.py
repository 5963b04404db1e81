"""Which API paths no subgraph can serve, and what is said about them.

Composition asks this too; here supergraphs are written by hand, so that unsatisfiable ones exist at all.
"""

from __future__ import annotations

from router.federation.supergraph import read_supergraph
from router.querygraph.build import build_query_graph
from router.querygraph.satisfiability import SatisfiabilityCheck, Unsatisfiable

HEAD = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query }
enum join__Graph {
  A @join__graph(name: "a", url: "")
  B @join__graph(name: "b", url: "")
  C @join__graph(name: "c", url: "")
}
"""


def check(types: str) -> list[Unsatisfiable]:
    return list(SatisfiabilityCheck(build_query_graph(read_supergraph(HEAD + types))).run())


def test_a_key_that_both_know_connects_two_subgraphs() -> None:
    assert not check(
        """
        type Query @join__type(graph: A) @join__type(graph: B) { t: T @join__field(graph: A) }
        type T @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID!  x: Int @join__field(graph: B)
        }"""
    )


def test_a_type_without_a_key_is_left_with_what_its_own_subgraph_has() -> None:
    (found,) = check(
        """
        type Query @join__type(graph: A) @join__type(graph: B) { t: T @join__field(graph: A) }
        type T @join__type(graph: A) @join__type(graph: B) {
          n: Int  x: Int @join__field(graph: B)
        }"""
    )
    assert found.coordinate == "T.x"
    assert found.operation() == "{\n  t {\n    x\n  }\n}"
    (blocked,) = found.blocked
    assert blocked.graph == "A"
    assert 'no field "T.x"' in blocked.reasons[0]
    assert 'subgraph "b"' in blocked.reasons[1]


def test_the_parent_can_be_entered_instead_of_the_value() -> None:
    assert not check(
        """
        type Query @join__type(graph: A) @join__type(graph: B) { t: T @join__field(graph: A) }
        type T @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") { id: ID!  v: V }
        type V @join__type(graph: A) @join__type(graph: B) {
          n: Int @join__field(graph: A)  x: Int @join__field(graph: B)
        }"""
    )


def test_a_key_is_gathered_over_two_hops() -> None:
    assert not check(
        """
        type Query @join__type(graph: A) @join__type(graph: B) @join__type(graph: C) { t: T @join__field(graph: A) }
        type T @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") @join__type(graph: B, key: "sku")
          @join__type(graph: C, key: "sku") {
          id: ID! @join__field(graph: A) @join__field(graph: B)
          sku: ID! @join__field(graph: B) @join__field(graph: C)
          x: Int @join__field(graph: C)
        }"""
    )


def test_a_key_may_not_be_gathered_from_the_subgraph_it_enters() -> None:
    found = check(
        """
        type Query @join__type(graph: A) @join__type(graph: B) { t: T @join__field(graph: A) }
        type T @join__type(graph: A, key: "id") @join__type(graph: B, key: "sku") {
          id: ID! @join__field(graph: A)
          sku: ID! @join__field(graph: B)
          x: Int @join__field(graph: B)
        }"""
    )
    assert {unsatisfiable.coordinate for unsatisfiable in found} == {"T.sku", "T.x"}


def test_requirements_that_turn_in_a_circle_are_not_met() -> None:
    found = check(
        """
        type Query @join__type(graph: A) @join__type(graph: B) { t: T @join__field(graph: A) }
        type T @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID!
          x: Int @join__field(graph: A, requires: "y") @join__field(graph: B, external: true)
          y: Int @join__field(graph: B, requires: "x") @join__field(graph: A, external: true)
        }"""
    )
    assert {unsatisfiable.coordinate for unsatisfiable in found} == {"T.x", "T.y"}
    assert "requires" in found[0].blocked[0].reasons[0]


def test_each_member_of_a_union_is_walked() -> None:
    (found,) = check(
        """
        type Query @join__type(graph: A) @join__type(graph: B) { u: U @join__field(graph: A) }
        union U @join__type(graph: A)
          @join__unionMember(graph: A, member: "M") @join__unionMember(graph: A, member: "N") = M | N
        type M @join__type(graph: A) { a: Int }
        type N @join__type(graph: A) @join__type(graph: B) {
          a: Int @join__field(graph: A) b: Int @join__field(graph: B) }
        """
    )
    assert found.operation() == "{\n  u {\n    ... on N {\n      b\n    }\n  }\n}"


def test_what_clients_cannot_see_need_not_be_satisfiable() -> None:
    assert not check(
        """
        type Query @join__type(graph: A) @join__type(graph: B) { t: T @join__field(graph: A) }
        type T @join__type(graph: A) @join__type(graph: B) {
          n: Int  x: Int @join__field(graph: B) @inaccessible
        }"""
    )


def test_a_self_referencing_schema_ends() -> None:
    assert not check(
        """
        type Query @join__type(graph: A) { t: T }
        type T @join__type(graph: A) { t: T  ts: [T!]!  n: Int }"""
    )
