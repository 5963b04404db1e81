"""Subgraphs that share most fields, keys that open only some doors, federation 1 extensions."""

from __future__ import annotations

from tests.lab.domains.header import FED2
from tests.lab.trial import Domain

A = """
type Query { users: [User!]! @shareable user(id: ID!): User @shareable docs: [Doc] @shareable }
type User @key(fields: "id") @key(fields: "email") @shareable {
  id: ID! email: String! name: String address: Address friends(first: Int = 1): [User!] docs: [Doc!]
}
type Address @shareable { street: String city: City }
type City @shareable { name: String! zip: Int }
type Doc @key(fields: "id org { id }") @shareable { id: ID! org: Org! title: String author: User }
type Org @key(fields: "id") @shareable { id: ID! name: String boss: User }
"""

B = """
type Query { users: [User!]! @shareable docs: [Doc] @shareable orgs: [Org!] }
type User @key(fields: "email") @key(fields: "tag", resolvable: false) @shareable {
  email: String! tag: String! name: String address: Address score: Int docs: [Doc!]
}
type Address @shareable { city: City country: Country }
type City @shareable { name: String! zip: Int mayor: User }
type Country @shareable { code: ID! capital: City }
type Doc @key(fields: "id org { id }") @shareable { id: ID! org: Org! pages: [[Page]] author: User }
type Org @key(fields: "id") @shareable { id: ID! docs: [Doc!] }
type Page @shareable { number: Int text: String }
"""

C = """
type Query { user(id: ID!): User @shareable page: Page sheet: Sheet }
type User @key(fields: "id") @shareable { id: ID! score: Int friends(first: Int = 1): [User!] address: Address
  level: Level
  name: String @external
  greeting(polite: Boolean): String @requires(fields: "name address { city { mayor { name } } }") }
type Address @shareable { street: String city: City }
type City @shareable { zip: Int mayor: User @external }
type Page @shareable { number: Int text: String }
type Sheet { page: Page words: [String!] doc: Doc }
type Doc @key(fields: "id org { id }", resolvable: false) { id: ID! @shareable org: Org! @shareable }
type Org @key(fields: "id") @shareable { id: ID! name: String level: Level }
enum Level { LOW HIGH }
"""

D = """
extend type User @key(fields: "tag") @key(fields: "id") {
  tag: String! @external
  id: ID! @external
  rewards: [Reward!]!
  score: Int @external
  bonus: Int @requires(fields: "score")
}
type Reward { points: Int! from: User @provides(fields: "score") }
extend type Query { rewards: [Reward] }
"""

DOMAIN = Domain(
    "overlap",
    {
        "a": FED2 + A,
        "b": FED2 + B,
        "c": FED2 + C,
        "d": D,
    },
)
