"""Fields that return the query's root: below mutations, in lists, in one another, behind keys and in a union."""

from __future__ import annotations

from tests.lab.domains.header import FED2
from tests.lab.trial import Domain

POSTS = """
type Query {
  self: Query!
  viewer: Viewer
  post(id: ID!): Post
  posts: [Post!]
  either: Either
  count: Int
  all: [[Query]]
}
type Mutation { addPost(text: String): AddPost  dropPost(id: ID!): Query }
type AddPost { post: Post query: Query! }
type Viewer { query: Query name: String posts: [Post] }
union Either = Query | Post
type Post @key(fields: "id") { id: ID! text: String root: Query viewer: Viewer }
"""

NOTES = """
type Query { notes: [Note!]! note(id: ID!): Note total: Int! again: Query here: Query @shareable }
type Mutation { addNote(post: ID!): AddNote! }
type AddNote { note: Note query: Query }
type Note @key(fields: "id") { id: ID! on: Post query: Query }
type Post @key(fields: "id") { id: ID! notes: [Note] }
"""

TAGS = """
type Query { tags: [Tag] tag: Tag! note(id: ID!): Note @override(from: "notes") here: Query @shareable }
type Tag @key(fields: "id") { id: ID! name: String posts: [Post] query: Query! }
type Post @key(fields: "id") { id: ID! tag: Tag }
type Note @key(fields: "id") { id: ID! tags: [Tag!] root: Query }
"""

DOMAIN = Domain(
    "relay",
    {"posts": FED2 + POSTS, "notes": FED2 + NOTES, "tags": FED2 + TAGS},
    missing=(("Post", "tags"), ("Note", "tags")),
)
