"""An SDL is understood whatever it calls things, and its machinery is left out."""

from __future__ import annotations

import pytest

from router.federation.links import split_url
from router.federation.read import read_subgraph
from router.federation.subgraph import Subgraph, TypeRef, applied

FEDERATION = "https://specs.apollo.dev/federation/v2.6"


def read(sdl: str) -> Subgraph:
    subgraph, problems = read_subgraph("a", "http://a", sdl)
    assert subgraph is not None
    assert problems == ()
    return subgraph


@pytest.mark.parametrize(
    ("link", "key"),
    [
        ('import: ["@key"]', "key"),
        ("", "federation__key"),
        ('as: "fed"', "fed__key"),
        ('import: [{name: "@key", as: "@pk"}]', "pk"),
        ('as: "fed", import: ["@key"]', "fed__key"),
    ],
)
def test_a_directive_is_known_by_its_canonical_name(link: str, key: str) -> None:
    subgraph = read(
        f'extend schema @link(url: "{FEDERATION}", {link})\ntype T @{key}(fields: "id") {{ id: ID! }}'
    )
    use = applied(subgraph.types["T"], "key")
    assert use is not None
    assert use.written == key
    assert subgraph.version == (2, 6)


def test_link_itself_may_be_renamed() -> None:
    subgraph = read(
        'schema @core(url: "https://specs.apollo.dev/link/v1.0", as: "core") '
        f'@core(url: "{FEDERATION}", import: ["@key"]) {{ query: Query }}\ntype Query {{ a: Int }}'
    )
    assert subgraph.links.link_name == "core"
    assert subgraph.version == (2, 6)


def test_an_sdl_without_link_is_federation_1() -> None:
    assert read('extend type T @key(fields: "id") { id: ID! @external }').is_federation_1


def test_extensions_are_folded_into_their_type() -> None:
    type_ = read('extend type T { b: Int }\n"A thing."\ntype T { a: Int }\nextend type T { c: Int }').types[
        "T"
    ]
    assert list(type_.fields) == ["b", "a", "c"]
    assert type_.has_definition
    assert type_.description == "A thing."


def test_only_extensions_are_no_definition() -> None:
    assert not read("extend type T { b: Int }").types["T"].has_definition
    assert not read("type T @extends { b: Int }").types["T"].has_definition


def test_shareable_and_external_on_a_block_mean_its_fields() -> None:
    type_ = read(
        f'extend schema @link(url: "{FEDERATION}", import: ["@shareable", "@external"])\n'
        "type T { a: Int }\nextend type T @shareable { b: Int }\nextend type T @external { c: Int }"
    ).types["T"]
    assert [f.is_shareable for f in type_.fields.values()] == [False, True, False]
    assert [f.is_external for f in type_.fields.values()] == [False, False, True]


def test_roots_get_their_default_names_everywhere() -> None:
    subgraph = read("schema { query: Q }\ntype Q { self: Q! list: [Q] }\nunion U = Q")
    assert list(subgraph.types) == ["Query", "U"]
    assert [str(f.type) for f in subgraph.types["Query"].fields.values()] == ["Query!", "[Query]"]
    assert list(subgraph.types["U"].members) == ["Query"]


def test_machinery_is_left_out() -> None:
    subgraph = read(
        f'schema @link(url: "{FEDERATION}", import: ["@key", "FieldSet"]) {{ query: Query }}\n'
        "scalar FieldSet\nscalar _Any\nscalar federation__Scope\nscalar link__Import\nunion _Entity = T\n"
        "enum link__Purpose { SECURITY EXECUTION }\ntype _Service { sdl: String }\n"
        "directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE\n"
        'type T @key(fields: "id") { id: ID! }\n'
        "type Query { t: T _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }"
    )
    assert list(subgraph.types) == ["T", "Query"]
    assert list(subgraph.types["Query"].fields) == ["t"]
    assert subgraph.directives == {}


def test_a_query_of_machinery_alone_is_no_query() -> None:
    assert "Query" not in read("type Query { _service: _Service! }\ntype _Service { sdl: String }").types


def test_places_are_those_of_names() -> None:
    subgraph = read('"""\nA thing.\n"""\ntype T {\n  a(x: Int): Int\n}')
    type_ = subgraph.types["T"]
    assert subgraph.position(type_.at) == (4, 6)
    assert subgraph.position(type_.fields["a"].arguments["x"].at) == (5, 5)


def test_a_syntax_error_has_its_place() -> None:
    subgraph, problems = read_subgraph("a", "http://a", "type T {\n  a: \n}")
    assert subgraph is None
    assert [(p.code, p.at) for p in problems] == [("INVALID_GRAPHQL", (3, 1))]


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        (FEDERATION, ("https://specs.apollo.dev/federation", "federation", (2, 6))),
        ("https://example.com/a/b/mySchema/v1.0/", ("https://example.com/a/b/mySchema", "mySchema", (1, 0))),
        ("https://example.com/mySchema", ("https://example.com/mySchema", "mySchema", None)),
        ("https://example.com/", ("https://example.com", None, None)),
        ("https://example.com/2x/v1.0?q=1#f", ("https://example.com/2x", None, (1, 0))),
    ],
)
def test_a_specification_url_is_taken_apart(url: str, parts: object) -> None:
    assert split_url(url) == parts


def test_a_type_reference_prints_as_it_was_written() -> None:
    assert str(TypeRef("Int", (True, False, True))) == "[[Int!]]!"
