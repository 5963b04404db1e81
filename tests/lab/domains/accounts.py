"""Entity interfaces and ``@interfaceObject`` in both directions, with ``@requires`` over them."""

from __future__ import annotations

from tests.lab.domains.header import FED2
from tests.lab.trial import Domain

OWNERS = """
interface Account @key(fields: "id") { id: ID! email: String manager: Account }
type Admin implements Account @key(fields: "id") { id: ID! email: String manager: Account powers: [String] }
type Member implements Account @key(fields: "id") {
  id: ID! email: String manager: Account since: Int sponsor: Admin
}
type Robot implements Account @key(fields: "id") { id: ID! email: String manager: Account model: String! }
type Query { accounts: [Account!]! account(id: ID!): Account admins: [Admin!] }
"""

POSTS = """
type Account @key(fields: "id") @interfaceObject {
  id: ID!
  posts(first: Int = 2): [Post!]!
  pinned: Post
  email: String @external
  signature: String @requires(fields: "email")
}
type Post @key(fields: "id") { id: ID! text: String author: Account! readers: [[Account]] }
type Query { posts: [Post!] latestAuthor: Account authors: [Account] }
"""

SCORES = """
type Account @key(fields: "id") @interfaceObject {
  id: ID!
  score: Int!
  signature: String @external
  email: String @external
  rank: String @requires(fields: "signature email")
  rival: Account
}
type Query { best: [Account!]! }
"""

TEAMS = """
type Member @key(fields: "id") {
  id: ID!
  team: Team
  since: Int @external
  badge: String @requires(fields: "since")
}
type Team @key(fields: "name") { name: String! members: [Member!]! captain: Member }
type Post @key(fields: "id") { id: ID! team: Team }
type Query { teams: [Team] }
"""

DOMAIN = Domain(
    "accounts",
    {
        "owners": FED2 + OWNERS,
        "posts": FED2 + POSTS,
        "scores": FED2 + SCORES,
        "teams": FED2 + TEAMS,
    },
)
