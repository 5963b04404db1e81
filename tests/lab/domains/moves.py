"""Fields moved by ``@override``, hidden things, shared roots, and value types split over subgraphs."""

from __future__ import annotations

from tests.lab.domains.header import FED2
from tests.lab.trial import Domain

OLD = """
interface Dated { createdAt: String }
type Ticket implements Dated @key(fields: "id") {
  id: ID! createdAt: String title: String status: Status secret: String @inaccessible
  details: Details @shareable
  assignee: User
}
enum Status { OPEN CLOSED HIDDEN @inaccessible }
type Details @shareable { note: String inner: Inner }
type Inner @shareable { x: Int }
type User @key(fields: "id") { id: ID! name: String tickets: [Ticket!] }
type Query {
  tickets: [Ticket!]! @shareable
  ticket(id: ID!): Ticket
  board: Board @shareable
  dated: [Dated]
}
type Board @shareable { title: String columns: [Column!]! }
type Column @shareable { name: String tickets: [Ticket!] }
"""

NEW = """
interface Dated { createdAt: String }
type Ticket implements Dated @key(fields: "id") {
  id: ID!
  createdAt: String @override(from: "old")
  status: Status @override(from: "old")
  priority: Int
  details: Details @shareable
  secret: String @external
  cipher: String @requires(fields: "secret")
  cipherTwice: String @requires(fields: "secret priorityOfOther")
  priorityOfOther: Int @external
}
enum Status { OPEN CLOSED HIDDEN @inaccessible }
type Details @shareable { note: String inner: Inner more: Int! }
type Inner @shareable { x: Int y: [Int!] }
type Query { tickets: [Ticket!]! @shareable  urgent: [Ticket]  board: Board @shareable }
type Board @shareable { columns: [Column!]! owner: User }
type Column @shareable { name: String limit: Int }
type User @key(fields: "id") {
  id: ID!
  name: String @override(from: "nobody") @shareable
  avatar(size: Int, old: Boolean = true @inaccessible): String
}
"""

OTHER = """
type Ticket @key(fields: "id") {
  id: ID!
  priority: Int @external
  priorityOfOther: Int @requires(fields: "priority")
  status: Status @external
  banner: String @requires(fields: "status cipher")
  cipher: String @external
}
enum Status { OPEN CLOSED HIDDEN @inaccessible }
type User @key(fields: "id") { id: ID! cards: [Card!] }
type Card @inaccessible { value: Int }
type Note { text: String }
type Query { tickets: [Ticket!]! @shareable  board: Board @shareable }
type Board @shareable { columns: [Column!]! color: String }
type Column @shareable { icon: Icon }
type Icon { name: String size: Int }
"""

DOMAIN = Domain(
    "moves",
    {
        "old": FED2 + OLD.replace("name: String tickets", "name: String @shareable tickets"),
        "new": FED2 + NEW.replace(' @override(from: "nobody") @shareable', " @shareable"),
        "other": FED2 + OTHER.replace("cards: [Card!] }", "cards: [Card!] @inaccessible }"),
    },
)
