"""Many interface objects at once, concrete types extended by subgraphs that know no interface, other interfaces."""

from __future__ import annotations

from tests.lab.domains.header import FED2
from tests.lab.trial import Domain

YARD = """
interface Vessel @key(fields: "id") @key(fields: "hull") { id: ID! hull: Int! name: String length: Int dock: Dock }
interface Powered { engine: String }
type Tanker implements Vessel & Powered @key(fields: "id") @key(fields: "hull") {
  id: ID! hull: Int! name: String length: Int dock: Dock engine: String tanks: [Tank!]!
}
type Ferry implements Vessel & Powered @key(fields: "id") @key(fields: "hull") {
  id: ID! hull: Int! name: String length: Int dock: Dock engine: String seats: Int
}
type Sloop implements Vessel @key(fields: "id") @key(fields: "hull") {
  id: ID! hull: Int! name: String length: Int dock: Dock sails: Int!
}
type Tank { volume: Int content: String }
type Dock @key(fields: "id") { id: ID! vessels: [Vessel!] depth: Int }
union Thing = Tanker | Dock | Sloop
type Query { vessels: [Vessel!]! powered: [Powered] things: [Thing] sloop: Sloop }
type Mutation { launch(name: String!): Vessel  scrap(id: ID!): Tanker! }
"""

CREW = """
type Vessel @key(fields: "id") @interfaceObject {
  id: ID!
  crew: [Sailor!]!
  captain: Sailor
  length: Int @external
  dock: Dock @external
  berth: String @requires(fields: "length dock { depth }")
  sister: Vessel
}
type Dock @key(fields: "id") { id: ID! depth: Int @external }
type Sailor @key(fields: "name") { name: ID! age: Int vessel: Vessel! served: [[Vessel!]] }
type Query { sailors: [Sailor!] flagship: Vessel! }
type Mutation { hire(name: String): Sailor }
"""

TRACK = """
type Vessel @key(fields: "hull") @interfaceObject {
  hull: Int!
  position: Position!
  berth: String @external
  name: String @external
  call: String @requires(fields: "berth name")
  speed(unit: Unit = KNOTS): Float
}
enum Unit { KNOTS KMH }
type Position { lat: Float! lon: Float near: [Vessel] }
type Query { tracked: [Vessel] }
"""

TRADE = """
type Tanker @key(fields: "id") {
  id: ID!
  cargo: [Cargo!]
  name: String @external
  insured: Boolean @requires(fields: "name")
}
type Sloop @key(fields: "id") { id: ID! price: Int owner: Sailor }
type Sailor @key(fields: "name") { name: ID! sloops: [Sloop] wallet: Wallet! }
type Wallet { coins: Int buys: [Sloop!] }
union Cargo = Oil | Grain
type Oil { barrels: Int! tanker: Tanker }
type Grain { tons: Int! }
type Query { market: [Sloop!]! tanker(id: ID!): Tanker }
type Mutation { sell(sloop: ID, price: Int = 3): Sloop! }
"""

DOMAIN = Domain(
    "ships",
    {"yard": FED2 + YARD, "crew": FED2 + CREW, "track": FED2 + TRACK, "trade": FED2 + TRADE},
)
