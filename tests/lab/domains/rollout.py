"""Fields on their way from one subgraph to another: ``@override`` with labels, each on or off."""

from __future__ import annotations

from tests.lab.domains.header import FED2
from tests.lab.trial import Domain

FED2_7 = FED2.replace("v2.5", "v2.7")

OLD = """
interface Listed { id: ID! title: String price: Money }
type Book implements Listed @key(fields: "id") @key(fields: "isbn") {
  id: ID! isbn: String! title: String price: Money pages: Int
  author: Author
  related(first: Int = 2): [Listed]
}
type Film implements Listed @key(fields: "id") {
  id: ID! title: String price: Money minutes: Int
  related: [Listed]
}
type Money @shareable { amount: Int currency: String }
type Author @key(fields: "id") { id: ID! name: String books: [Book!] born: Int }
union Thing = Book | Film | Author
type Query { book(id: ID!): Book  listed: [Listed!]!  things: [Thing]  author: Author }
type Mutation { rename(id: ID!, title: String): Book }
"""

NEW = """
interface Listed { id: ID! title: String }
type Book implements Listed @key(fields: "id") {
  id: ID!
  title: String @override(from: "old", label: "titles")
  price: Money @override(from: "old", label: "prices")
  author: Author @override(from: "old", label: "authors")
  stock: Int
}
type Film implements Listed @key(fields: "id") {
  id: ID!
  title: String @override(from: "old", label: "titles")
  minutes: Int @override(from: "old", label: "prices")
  rating: Float
}
type Money @shareable { amount: Int currency: String }
type Author @key(fields: "id") { id: ID! born: Int @override(from: "old", label: "authors") awards: [String!] }
type Query { newest: [Listed]  author: Author @override(from: "old", label: "authors") }
"""

SALES = """
type Book @key(fields: "isbn") {
  isbn: String!
  price: Money @external
  title: String @external
  label: String @requires(fields: "title price { amount }")
  sold: Int
}
type Film @key(fields: "id") {
  id: ID!
  title: String @external
  minutes: Int @external
  label: String @requires(fields: "title minutes")
}
type Money @shareable { amount: Int currency: String }
type Author @key(fields: "id") { id: ID! born: Int @external age: Int @requires(fields: "born") best: Book }
type Query { charts: [Book] films: [Film] }
"""

DOMAIN = Domain(
    "rollout",
    {"old": FED2_7 + OLD, "new": FED2_7 + NEW, "sales": FED2_7 + SALES},
    labels=("titles", "prices", "authors"),
)
