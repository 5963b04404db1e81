"""A supergraph may call what specifications bring something else; its readers need not know."""

from __future__ import annotations

import pytest
from graphql import print_schema

from router.federation.supergraph import UnsupportedFeatureError, read_supergraph
from router.language.print_sdl import print_sdl

RENAMED = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", as: "j", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY,
    import: [{name: "@inaccessible", as: "@private"}])
  @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", as: "scopes", for: SECURITY)
  @link(url: "https://specs.apollo.dev/cost/v0.1")
  @link(url: "https://my.dev/notes/v1.0", import: ["@inaccessible"])
{ query: Query }

directive @private on FIELD_DEFINITION
directive @inaccessible(note: String) on FIELD_DEFINITION
directive @cost on FIELD

scalar scopes__Scope
enum j__Graph { A @j__graph(name: "a", url: "http://a") }

type Query @j__type(graph: A) {
  hidden: Int @private
  shown(secret: Int @private): [Int] @inaccessible(note: "not what it seems") @cost__listSize(assumedSize: 3)
  guarded: Int @scopes(scopes: [["read"]])
}
"""


def test_directives_are_read_under_the_names_of_their_specifications() -> None:
    text = print_sdl(read_supergraph(RENAMED).definitions)
    assert "hidden: Int @inaccessible\n" in text
    assert "shown(secret: Int @inaccessible): [Int] @listSize(assumedSize: 3)\n" in text
    assert 'guarded: Int @requiresScopes(scopes: [["read"]])\n' in text


def test_what_another_feature_calls_the_same_is_not_taken_for_it() -> None:
    supergraph = read_supergraph(RENAMED)
    assert [f.name for f in supergraph.types["Query"].fields.values() if f.is_inaccessible] == ["hidden"]
    assert print_schema(supergraph.api_schema) == (
        "directive @cost on FIELD\n\ntype Query {\n  shown: [Int]\n  guarded: Int\n}"
    )


def test_a_renamed_join_is_read() -> None:
    assert [graph.name for graph in read_supergraph(RENAMED).subgraphs.values()] == ["a"]


def test_a_supergraph_with_plain_names_is_read_as_it_is() -> None:
    graphs = 'enum join__Graph { A @join__graph(name: "a", url: "u") }'
    plain = graphs + ' type Query @join__type(graph: A) { a: Int @tag(name: "x") }'
    assert "@tag" in print_sdl(read_supergraph(plain).definitions)


@pytest.mark.parametrize("purpose", ["SECURITY", "EXECUTION"])
def test_an_unknown_feature_that_must_be_known_is_refused(purpose: str) -> None:
    unknown = RENAMED.replace('import: ["@inaccessible"])', f"for: {purpose})")
    with pytest.raises(UnsupportedFeatureError, match=r"my\.dev/notes"):
        read_supergraph(unknown)
