"""Contexts: set by objects, interfaces and unions, here and elsewhere, one inside the other; the same entity below
several of them; values that are lists, nested, null, and themselves required from other subgraphs."""

from __future__ import annotations

from tests.lab.domains.header import FED2_8
from tests.lab.trial import Domain

ROUTES = """
type Query @context(name: "season") @context(name: "money") @context(name: "zone") @context(name: "holder") {
  season: String
  currency: String
  rank: Int
  vat: String
  gauges: [Scale]
  region(id: ID!): Region
  regions(first: Int): [Region!]
  holders: [Holder]
  grid: [[Parcel]]
  depots: [Depot]
}
interface Zone @context(name: "zone") { id: ID! rank: Int parcels: [Parcel] }
type Region implements Zone @key(fields: "id") @context(name: "money") {
  id: ID!
  rank: Int
  currency: String @external
  scales: [Scale]
  parcels: [Parcel]
  depot: Depot
  inner: Region
  surcharge: String @requires(fields: "currency")
}
type Scale { unit: String steps: [Int] }
type Depot implements Zone @key(fields: "id") @context(name: "money") {
  id: ID!
  rank: Int
  currency: String
  parcels: [Parcel]
  holder: Holder
  gauges: [Scale]
  bins: [[Bin!]]
}
type Bin { size: Int parcel: Parcel other: Bin }
union Holder @context(name: "holder") = Firm | Person
type Firm @key(fields: "id") { id: ID! vat: String parcels: [Parcel] boss: Person }
type Person @key(fields: "id") { id: ID! nickname: String sends: [Parcel] employer: Firm zone: Zone }
type Parcel @key(fields: "id") {
  id: ID!
  weight: Int
  fee(unit: Int, money: String @fromContext(field: "$money { currency }")): Int
  label(
    season: String @fromContext(field: "$season { season }")
    rank: Int @fromContext(field: "$zone { rank }")
  ): String
  scaled(
    units: [String]
      @fromContext(
        field: "$money ... on Region {scales {unit}} ... on Depot {gauges {unit}} ... on Query {gauges {unit}}"
      )
  ): String
  owed(
    to: String
      @fromContext(field: "$holder ... on Firm { vat } ... on Person { nickname } ... on Query { vat }")
  ): Owed
  next: Parcel
  home: Depot
}
type Owed { sum: Int back: Parcel }
"""

MONEY = """
type Query { latest: [Parcel] richest: Region }
type Region @key(fields: "id") { id: ID! currency: String mayor: Person }
type Parcel @key(fields: "id") { id: ID! insured: Boolean twin: Parcel regions: [Region] }
type Person @key(fields: "id") { id: ID! owns: [Parcel] }
type Firm @key(fields: "id") { id: ID! ships: [Parcel!] }
"""

DOMAIN = Domain(
    "tariffs",
    {"routes": FED2_8 + ROUTES, "money": FED2_8 + MONEY},
    missing=(("Region", "money"), ("Parcel", "money")),
)
