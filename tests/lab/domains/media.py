"""Interfaces and unions whose members differ between subgraphs, ``@provides`` on all of them."""

from __future__ import annotations

from tests.lab.domains.header import FED2
from tests.lab.trial import Domain

LIBRARY = """
interface Item { id: ID! title: String creator: Person }
interface Priced { price: Int }
type Book implements Item & Priced @key(fields: "id") {
  id: ID! title: String @shareable creator: Person price: Int pages: Int sequels: [Book!]
}
type Film implements Item @key(fields: "id") { id: ID! title: String @shareable creator: Person minutes: Int }
type Song implements Item & Priced @key(fields: "id") {
  id: ID! title: String @shareable creator: Person price: Int seconds: Int
}
type Person @key(fields: "id") { id: ID! name: String @shareable works: [Item] favourite: Work }
union Work = Book | Film
type Query {
  items(kind: String): [Item!]!
  work: Work
  works: [[Work]]
  priced: [Priced]
  person(id: ID!): Person
}
"""

REVIEWS = """
interface Item { id: ID! }
interface Reviewed { id: ID! reviews: [Review!]! }
type Book implements Item & Reviewed @key(fields: "id") {
  id: ID!
  reviews: [Review!]!
  score: Int
  title: String @external
}
type Film implements Item & Reviewed @key(fields: "id") { id: ID! reviews: [Review!]! stars: Int }
union Subject = Book | Film
type Review @key(fields: "id") {
  id: ID!
  text: String
  item: Item
  subject: Subject @provides(fields: "... on Book { title }")
  book: Book @provides(fields: "title")
  author: Person @provides(fields: "name")
}
type Person @key(fields: "id") { id: ID! name: String @external reviews: [Review!] }
type Query { reviews: [Review] latest: Item reviewed: [[Reviewed]] subjects: [Subject!] }
"""

ARCHIVE = """
interface Item { id: ID! title: String }
interface Stored { shelf: Shelf box: Int! }
type Book implements Item & Stored @key(fields: "id") {
  id: ID! title: String @shareable shelf: Shelf box: Int! isbn: String
}
type Song implements Item & Stored @key(fields: "id") {
  id: ID! title: String @shareable shelf: Shelf box: Int! key: String
}
type Map implements Stored { shelf: Shelf box: Int! scale: Float area: Area }
type Area { name: String neighbours: [Area!] maps: [Stored] }
type Shelf @key(fields: "row column") { row: Int! column: Int! items: [Item] stored: [Stored!] }
union Find = Book | Song | Map | Shelf
type Query { finds(max: Int): [Find] shelf: Shelf stored: [Stored] archived: [Item!] }
"""

SHELVES = """
type Shelf @key(fields: "row column") { row: Int! column: Int! wood: String owner: Person next: Shelf }
type Person @key(fields: "id") { id: ID! shelves: [Shelf!]! }
type Query { oak: [Shelf!] }
"""

DOMAIN = Domain(
    "media",
    {
        "library": FED2 + LIBRARY,
        "reviews": FED2 + REVIEWS,
        "archive": FED2 + ARCHIVE,
        "shelves": FED2 + SHELVES,
    },
)
