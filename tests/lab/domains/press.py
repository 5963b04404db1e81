"""Unions of unions' members: one name with other members everywhere, members that are entities here and values
there, types of fields that are a union in one subgraph and an object in another, lists of lists of them."""

from __future__ import annotations

from tests.lab.domains.header import FED2
from tests.lab.trial import Domain

DESK = """
type Query {
  feed: [Item] @shareable
  grid: [[Item!]]
  cube: [[[Piece]]]
  top: Piece @shareable
  mixed(first: Int = 2): [Anything!]!
  lead: Story
}
union Item = Story | Clip | Advert
union Piece = Story | Clip
union Anything = Story | Clip | Advert | Person
interface Titled { title: String }
interface Signed implements Titled { title: String by: Person }
type Story implements Signed & Titled @key(fields: "id") {
  id: ID!
  title: String @shareable
  by: Person @shareable
  length: Int
  inside: [Piece]
  related: [[Item]]
}
type Clip implements Titled @key(fields: "id") @key(fields: "code { text }") {
  id: ID!
  code: Code! @shareable
  title: String
  length: String
  from: Item @shareable
}
type Code @shareable { text: String! }
type Advert @shareable { id: Int title: String pays: Int by: Firm }
type Firm @shareable { name: String ads: [Advert] }
type Person @key(fields: "id") { id: ID! name: String wrote: [Piece!] }
"""

VIDEO = """
type Query { feed: [Item] @shareable clips: [Clip!] top: Clip @shareable reel: [[Clip]!]! }
union Item = Clip | Advert
union Shown = Clip | Person | Advert
interface Titled { title: String }
type Clip implements Titled @key(fields: "code { text }") {
  code: Code! @shareable
  title: String @external
  label: String @requires(fields: "title length")
  length: String @external
  from: Item @shareable
  frames: [Int!]
  shows: [Shown]
  cuts: [[Cut!]]
}
type Cut { at: Int of: Clip next: Cut with: Shown }
type Code @shareable { text: String! }
type Advert @shareable { id: Int title: String pays: Int by: Firm }
type Firm @shareable { name: String ads: [Advert] }
type Person @key(fields: "id") { id: ID! seen: [Shown!] face: [[Int]] }
"""

PAPER = """
type Query { pages: [[Printed]] story(id: ID!): Story }
union Printed = Story | Notice | Person
union Piece = Story
interface Titled { title: String }
type Story implements Titled @key(fields: "id") {
  id: ID!
  title: String @shareable
  by: Person @shareable
  length: Int @external
  related: [[Item]] @external
  columns: Int @requires(fields: "length")
  layout: String @requires(fields: "related { ... on Story { id } ... on Clip { length } ... on Advert { pays } }")
  page: [Printed!]
}
union Item = Story | Clip | Advert
type Clip @key(fields: "id") { id: ID! length: String @external stills: [Printed] }
type Advert @shareable { id: Int title: String pays: Int }
type Notice implements Titled { title: String text: String over: Printed piece: Piece }
type Person @key(fields: "id") { id: ID! prints: [[Piece]] }
"""

DOMAIN = Domain("press", {"desk": FED2 + DESK, "video": FED2 + VIDEO, "paper": FED2 + PAPER})
