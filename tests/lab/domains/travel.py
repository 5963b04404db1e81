"""Objects some subgraphs do not know, keys via several hops, a federation 1 subgraph, non-null parents."""

from __future__ import annotations

from tests.lab.domains.header import FED2
from tests.lab.trial import Domain

BOOKINGS = """
type Query { trips: [Trip!]! me: Traveller }
type Mutation { book(days: Int!, options: Options): Trip!  cancel(id: ID!): Boolean }
input Options { seat: Seat = WINDOW meals: [String] }
enum Seat { WINDOW AISLE }
type Trip @key(fields: "id") { id: ID! hotel: Hotel! seat: Seat days: Int stops: [[Hotel!]!] guide: Guide }
type Hotel @key(fields: "code") { code: ID! }
type Traveller @key(fields: "id") { id: ID! trips: [Trip] }
type Guide @key(fields: "id") @key(fields: "badge { number }") { id: ID! badge: Badge! }
type Badge @shareable { number: Int! }
"""

HOTELS = """
type Hotel @key(fields: "code") @key(fields: "serial") { code: ID! serial: Int! name: String }
type Query { hotel: Hotel }
"""

RATINGS = """
type Hotel @key(fields: "serial") @key(fields: "serial chain { id }") {
  serial: Int!
  chain: Chain!
  rating: Float!
  comments: [String!]
}
type Chain @key(fields: "id") { id: ID! }
type Mutation { rate(stars: Int!): Hotel }
type Query { rated: [Hotel] }
"""

CHAINS = """
type Chain @key(fields: "id") { id: ID! name: String! motto: String }
type Hotel @key(fields: "serial chain { id }") {
  serial: Int!
  chain: Chain!
  lobby: String
  forecast: Forecast @external
  terrace: String @requires(fields: "forecast { degrees }")
}
type Forecast @shareable { degrees: Int }
type Query { chains: [Chain!] }
"""

WEATHER = """
type Hotel @key(fields: "code") { code: ID! sunny: Boolean! forecast: Forecast }
type Forecast @shareable { degrees: Int wind: [Int!] }
type Trip @key(fields: "id") { id: ID! insurance: Insurance! }
type Insurance { price: Int! partner: String }
"""

GUIDES = """
type Guide @key(fields: "badge { number }") {
  badge: Badge!
  languages: [String!]!
  greeting(in: String!): String
}
type Badge { number: Int! }
extend type Traveller @key(fields: "id") { id: ID! @external guide: Guide tip: String! }
extend type Query { guides: [Guide!] }
extend type Mutation { hire(id: ID): Guide }
"""

DOMAIN = Domain(
    "travel",
    {
        "bookings": FED2 + BOOKINGS,
        "hotels": FED2 + HOTELS,
        "ratings": FED2 + RATINGS,
        "chains": FED2 + CHAINS,
        "weather": FED2 + WEATHER,
        "guides": GUIDES,
    },
    missing=(("Hotel", "weather"), ("Trip", "weather")),
)
