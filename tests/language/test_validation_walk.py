"""The walk says what graphql-core's own validation says, of right documents and of broken ones."""

from __future__ import annotations

import random
import re

import pytest
from graphql import GraphQLSyntaxError, build_schema, parse, specified_rules, validate

from router.language.validate import MAX_ERRORS, validate_operation

SCHEMA = build_schema("""
directive @tagged(name: String!) repeatable on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT | QUERY
type Query { me(as: Role = READER): User! users(first: Int!, filter: Filter): [User!]! node(id: ID!): Node any: Any }
type Subscription { added(of: ID): User other: Int }
type Mutation { add(user: UserInput!): User }
interface Node { id: ID! }
type User implements Node { id: ID! name(upper: Boolean = false): String friends(first: Int = 3): [User!] best: User }
type Book implements Node { id: ID! title: String! pages: Int }
union Any = User | Book
enum Role { READER WRITER }
input Filter { role: Role, ids: [ID!], not: Filter, min: Int = 0 }
input UserInput { name: String!, role: Role! }
""")

DOCUMENT = """
query Q($id: ID!, $first: Int = 2, $filter: Filter, $yes: Boolean!, $role: Role) @tagged(name: "a") {
  me(as: $role) { ...U @include(if: $yes) best { id name(upper: true) friends(first: 4) { id ...Deep } } }
  users(first: 3, filter: { role: READER, ids: ["1", $id], not: { min: 3 } }) { id, alias: name }
  more: users(first: 4, filter: $filter) { ... on User @skip(if: $yes) { name } }
  node(id: $id) { id ... on Book { title pages } ... on User @tagged(name: "b") @tagged(name: "c") { name } }
  any { __typename ... on Node { id } ... on User { name } }
}
fragment U on User { id name friends(first: $first) { id best { ...Deep } } }
fragment Deep on User { name best { best { id } } }
mutation M($user: UserInput!) { add(user: $user) { id } second: add(user: { name: "x", role: WRITER }) { name } }
subscription S { added(of: "1") { id } }
query R { __schema { types { name } } __type(name: "User") { kind } }
"""

TOKEN = re.compile(r"\.\.\.|\$?\w+|\"[^\"]*\"|\S")


def same(text: str) -> int:
    """Compare what both say; gives how many errors there are."""
    document = parse(text)
    theirs = validate(SCHEMA, document, specified_rules, max_errors=MAX_ERRORS, hide_suggestions=True)
    ours = validate_operation(document, SCHEMA)
    assert [error.formatted for error in ours] == [error.formatted for error in theirs], text
    return len(ours)


def test_a_rich_document_is_valid_to_both() -> None:
    assert same(DOCUMENT) == 0


@pytest.mark.parametrize("seed", range(8))
def test_broken_documents_have_the_same_errors_in_the_same_order(seed: int) -> None:
    choose = random.Random(seed)
    tokens = TOKEN.findall(DOCUMENT)
    places = [at for at, token in enumerate(tokens) if token[0].isalpha() or token[0] in '$0123456789"']
    wrong = 0
    for _ in range(120):
        broken = list(tokens)
        for _ in range(choose.randint(1, 4)):
            at = choose.choice(places)
            alike = [
                other for other in tokens if other[0] == "$" or other[0].isalpha() == tokens[at][0].isalpha()
            ]
            broken[at] = choose.choice(alike) if choose.random() < 0.9 else ""
        try:
            wrong += same(" ".join(broken)) > 0
        except GraphQLSyntaxError:
            continue
    assert wrong > 10


def test_the_errors_after_the_most_are_not_looked_for() -> None:
    assert (
        same("{" + " ".join(f"nothing{number}" for number in range(MAX_ERRORS + 9)) + "}") == MAX_ERRORS + 1
    )


def test_fragments_that_nest_too_deeply_end_validation() -> None:
    chain = "".join(f"fragment F{n} on User {{ best {{ ...F{n + 1} }} }} " for n in range(150))
    assert same("{ me { ...F0 } } " + chain + "fragment F150 on User { id }") == 1


def test_fragments_in_a_circle_are_one_error() -> None:
    assert (
        same("{ me { ...A } } fragment A on User { best { ...B } } fragment B on User { best { ...A } }") == 1
    )


def test_many_directives_and_operations_of_one_name_are_told() -> None:
    assert (
        same("query A { me { id @skip(if: true) @skip(if: true) } } query A { any { ...on Nobody { id } } }")
        == 3
    )
