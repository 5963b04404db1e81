"""Overridden fields that are inputs elsewhere, inputs and enums that meet in the middle, hidden defaults."""

from __future__ import annotations

from tests.lab.domains.header import FED2
from tests.lab.trial import Domain

VAULT = """
type Query {
  coins(filter: Filter = { limit: 3 }, order: [Order!]): [Coin!]!
  coin(id: ID!, hidden: Int = 7 @inaccessible): Coin
  boxes: [[[Box!]]]
  metals: [Metal!]
}
type Mutation {
  strike(input: Strike!, note: String): Coin
  melt(ids: [ID!]!): [Coin]
  count(metal: Metal = GOLD): Int!
}
input Filter { limit: Int! text: String metal: Metal inner: [Filter!] onlyHere: Boolean }
input Strike { metal: Metal! weight: Float = 1.5 filter: Filter }
enum Order { UP DOWN }
enum Metal { GOLD SILVER COPPER LEAD @inaccessible }
interface Valued { value: Int }
type Coin implements Valued @key(fields: "id") {
  id: ID! value: Int weight(unit: Unit = GRAM): Float metal: Metal face: Face mark: String box: Box
}
enum Unit { GRAM OUNCE }
type Face @shareable { text: String side: [Side!] }
type Side @shareable { image: String }
type Box implements Valued @key(fields: "shelf { row } number") {
  shelf: Shelf!
  number: Int!
  value: Int
  coins: [[Coin]!]
}
type Shelf @shareable { row: Int! }
"""

MARKET = """
type Query { rates: [Rate!] bestCoin(filter: Filter): Coin  }
type Mutation { sell(coin: ID!, price: Int! = 4): Sale  count2: Int }
input Filter { limit: Int! text: String metal: Metal inner: [Filter!] }
enum Metal { GOLD SILVER COPPER LEAD @inaccessible }
type Sale { coin: Coin! price: Int buyer: Valued }
type Rate { metal: Metal! rate: Float coins: [Coin!] }
interface Valued { value: Int }
type Coin implements Valued @key(fields: "id") {
  id: ID!
  value: Int @override(from: "vault")
  mark: String @override(from: "vault")
  weight(unit: Unit = GRAM): Float @external
  metal: Metal @external
  price(markup: Float): Float @requires(fields: "weight(unit: OUNCE) metal")
  tag: String @requires(fields: "face { text side { image } }")
  face: Face @external
}
enum Unit { GRAM OUNCE }
type Face @shareable { text: String side: [Side!] }
type Side @shareable { image: String }
type Ingot implements Valued { value: Int stamp: String coin: Coin }
"""

GUILD = """
type Query { members: [Member!]! }
type Member @key(fields: "name") { name: ID! coins: [Coin!]! boxes: [Box] }
type Coin @key(fields: "id") {
  id: ID!
  value: Int @external
  mark: String @external
  price(markup: Float): Float @external
  seal: String @requires(fields: "value mark")
  bond: String @requires(fields: "price(markup: 1.5)")
  oath: String @requires(fields: "price")
  owner: Member
}
type Box @key(fields: "shelf { row } number") {
  shelf: Shelf! number: Int!
  coins: [[Coin]!] @external
  lock: String @requires(fields: "coins { value seal }")
  key: Member
}
type Shelf @shareable { row: Int! color: String }
"""

DOMAIN = Domain(
    "mint",
    {
        "vault": FED2 + VAULT,
        "market": FED2 + MARKET,
        "guild": FED2 + GUILD.replace("coins { value seal }", "coins { value mark }"),
    },
)
