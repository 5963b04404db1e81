"""Manifests of trusted documents: both shapes, and what is wrong with the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from router.guards.manifest import (
    InvalidManifestError,
    TrustedDocument,
    apollo_manifest,
    parse_manifest,
    read_local_manifest,
    relay_manifest,
)
from router.guards.trusted import TrustedDocuments, normal_form

APOLLO = {"format": "apollo-persisted-query-manifest", "version": 1}


def test_what_is_written_is_read_again_and_the_same_twice() -> None:
    documents = [TrustedDocument("b", "{ b }", "B", "query"), TrustedDocument("a", "{ a }", "A", "query")]
    text = apollo_manifest(documents)
    assert parse_manifest(text, "m") == documents[::-1]
    assert text == apollo_manifest(reversed(documents))
    assert parse_manifest(relay_manifest(documents), "m") == [
        TrustedDocument("a", "{ a }"),
        TrustedDocument("b", "{ b }"),
    ]


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ([], "m: a manifest is a JSON object"),
        ({"format": "x"}, "m: format must be"),
        ({**APOLLO, "version": 2}, "m: format must be"),
        ({**APOLLO}, "m: operations must be a list"),
        ({**APOLLO, "operations": [1]}, r"m: operations\[0\] must be an object"),
        ({**APOLLO, "operations": [{"id": "a"}]}, r"m: operations\[0\]: body must be text"),
        (
            {**APOLLO, "operations": [{"id": "", "body": "x"}]},
            r"m: operations\[0\]: id and body must not be empty",
        ),
        ({"a": 1}, 'm: "a": body must be text'),
    ],
)
def test_what_is_no_manifest_is_told(manifest: Any, told: str) -> None:
    with pytest.raises(InvalidManifestError, match=told):
        parse_manifest(json.dumps(manifest), "m")


@pytest.mark.parametrize("text", ["{", b"\xff", "[" * 100_000])
def test_what_is_no_json_is_told(text: str | bytes) -> None:
    with pytest.raises(InvalidManifestError, match="m: not JSON"):
        parse_manifest(text, "m")


def test_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidManifestError, match="no such file"):
        read_local_manifest(tmp_path / "x.json")
    (tmp_path / "empty.graphql").write_text("\n")
    with pytest.raises(InvalidManifestError, match="empty"):
        read_local_manifest(tmp_path)


def test_one_id_is_one_document() -> None:
    TrustedDocuments([TrustedDocument("a", "{ a }"), TrustedDocument("a", "{ a }", "A")])
    with pytest.raises(InvalidManifestError, match="two documents have the id a: one and B"):
        TrustedDocuments([TrustedDocument("a", "{ a }"), TrustedDocument("a", "{ b }", "B")])


def test_texts_are_the_same_but_for_what_graphql_ignores() -> None:
    listed = TrustedDocuments([TrustedDocument("a", 'query A { a(b: "x  y") }')])
    assert listed.by_text('query A{a(b:"x  y")}#') == 'query A { a(b: "x  y") }'
    assert listed.by_text('query A{a(b:"x y")}') is None
    assert listed.by_text("queryA{a}") is None
    assert listed.by_text('"') is None
    assert normal_form("{ a b }") != normal_form("{ ab }")
