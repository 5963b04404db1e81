"""Contexts whose values are required from elsewhere, read below interface objects, beside `@requires` on both."""

from __future__ import annotations

from tests.lab.domains.header import FED2_8
from tests.lab.trial import Domain

PORTS = """
type Query @context(name: "port") @context(name: "berth") {
  depth: Int
  tariff: String
  ports: [Port!]
  port(id: ID!): Port
  vessels: [Vessel] anchored: [[Vessel!]] anything: [Berthed]
}
type Port @key(fields: "id") @context(name: "port") {
  id: ID!
  name: String
  toll: Int @external
  tariff: String @requires(fields: "toll")
  berths: [Berth!]
  near: [Port]
}
type Berth @context(name: "berth") { depth: Int vessel: Vessel crew: [Sailor] inner: Berth port: Port }
interface Vessel @key(fields: "id") { id: ID! name: String }
type Tug implements Vessel @key(fields: "id") { id: ID! name: String power: Int }
type Ferry implements Vessel @key(fields: "id") { id: ID! name: String @shareable decks: Int berth: Berth }
type Barge implements Vessel @key(fields: "id") { id: ID! name: String load: [Crate] }
union Berthed = Tug | Ferry | Sailor
type Crate @shareable { size: Int label: String }
type Sailor @key(fields: "id") {
  id: ID!
  rank(depth: Int @fromContext(field: "$berth { depth }"), scale: Int = 2): String
  dues(toll: String @fromContext(field: "$port { tariff }")): Int
  ship: Vessel
}
"""

TOLLS = """
type Query { tolls: [Toll!] dearest: Vessel }
type Toll { sum: Int port: Port vessel: Vessel sailor: Sailor }
type Port @key(fields: "id") { id: ID! toll: Int mayor: Sailor harbours: [Vessel!] }
type Sailor @key(fields: "id") { id: ID! wage: Int home: Port }
type Vessel @key(fields: "id") @interfaceObject {
  id: ID!
  name: String @external
  fee: Int @requires(fields: "name")
  insured: Boolean
  owner: Sailor
}
"""

LOGS = """
type Query { log: [Entry!]! }
type Entry { text: String about: Vessel at: Port }
type Port @key(fields: "id") { id: ID! log: [Entry] }
type Vessel @key(fields: "id") @interfaceObject {
  id: ID!
  fee: Int @external
  verdict: String @requires(fields: "fee insured")
  insured: Boolean @external
  entries: [Entry!]
}
"""

BELLS = """
type Query { bells: [Ferry!] }
type Ferry @key(fields: "id") {
  id: ID!
  name: String @shareable
  bell: String
  berth: Berth @external
  keel: Int @requires(fields: "berth { depth }")
}
type Berth { depth: Int @external }
"""

DOMAIN = Domain(
    "harbour",
    {"ports": FED2_8 + PORTS, "tolls": FED2_8 + TOLLS, "logs": FED2_8 + LOGS, "bells": FED2_8 + BELLS},
    missing=(("Port", "tolls"), ("Sailor", "tolls")),
)
