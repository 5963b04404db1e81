"""``@requires`` in chains and circles, through lists and interfaces, with arguments that conflict."""

from __future__ import annotations

from tests.lab.domains.header import FED2
from tests.lab.trial import Domain

A = """
type Node @key(fields: "id") {
  id: ID!
  one: Int
  two: Int @external
  three: Int @requires(fields: "two")
  four: Int @external
  five(plus: Int): Int @requires(fields: "four two")
  measure(unit: String = "m", round: Boolean): Float
  next: Node
  parts: [Part!]!
  shape: Shape
}
interface Shape { area: Int kind: String }
type Circle implements Shape { area: Int kind: String radius: Int center: Point }
type Square implements Shape { area: Int kind: String side: Int }
type Point { x: Int! y: Int }
type Part @key(fields: "node { id } number") { node: Node! number: Int! name: String }
type Query { node(id: ID!): Node! nodes: [[Node!]] parts: [Part] }
"""

B = """
type Node @key(fields: "id") {
  id: ID!
  one: Int @external
  two: Int @requires(fields: "one")
  three: Int @external
  four: Int @requires(fields: "three")
  measure(unit: String = "m", round: Boolean): Float @external
  inches: String @requires(fields: "measure(unit: \\"in\\")")
  rounded(by: Int): String @requires(fields: "measure(unit: \\"cm\\", round: true)")
  plain: String @requires(fields: "measure")
  parts: [Part!]! @external
  summary: String @requires(fields: "parts { number name }")
  shape: Shape @external
  outline: Outline @requires(fields: "shape { area ... on Circle { radius center { x } } ... on Square { side } }")
}
type Outline { text: String length: Int node: Node }
interface Shape { area: Int kind: String }
type Circle implements Shape {
  area: Int @external
  kind: String @external
  radius: Int @external
  center: Point @external
}
type Square implements Shape { area: Int @external kind: String @external side: Int @external }
type Point { x: Int! @external }
type Part @key(fields: "node { id } number") { node: Node! number: Int! name: String @external weight: Int
  card: String @requires(fields: "name node { measure one }") }
type Query { heavy: [Part!] start: Node }
"""

C = """
type Node @key(fields: "id") {
  id: ID!
  five(plus: Int): Int @external
  outline: Outline @external
  next: Node @external
  six: Int @requires(fields: "five(plus: 3)")
  seven: Int @requires(fields: "five(plus: 4) outline { length }")
  eight: String @requires(fields: "next { one parts { weight } }")
  one: Int @external
  parts: [Part!]! @external
}
type Outline { length: Int @external }
type Part @key(fields: "node { id } number") {
  node: Node!
  number: Int!
  weight: Int @external
  tag: String @requires(fields: "weight")
}
type Query { end: Node }
"""

DOMAIN = Domain("rings", {"a": FED2 + A, "b": FED2 + B, "c": FED2 + C})
