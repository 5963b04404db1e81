"""``olympus documents extract``: operations from clients' sources, in every language they are written in."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from router.cli.app import main

SOURCES = {
    "a/page.tsx": """
// gql`query Commented { no }`
const it = 'gql`query InAString { no }`';
export const PAGE = gql`
  query Page($id: ID!) { product(id: $id) { ...Card } }
  ${CARD}
`;
const plain = `gql ${"`"} not ours`;
const typed = gql<Data, Vars>`mutation Rename { rename(id: "1", name: "\\`x\\`") { id } }`;
const called = graphql(`subscription Renamed { renamed { id } }`);
const magic = useQuery(/* GraphQL */ `query Magic { b: product(id: 1) { id } }`);
""",
    "a/card.js": "export const CARD = gql`fragment Card on Product { name ...Price }`;",
    "a/other.vue": "<template>don't</template>\n<script>\nconst q = gql`query Vue { id }`\n</script>",
    "b/price.graphql": "# the price\nfragment Price on Product { price { amount } }\n",
    "b/schema.graphql": "type Query { id: ID }",
    "b/empty.graphql": "# nothing yet",
    "b/tool.py": 'from gql import gql\nQ = gql("""query Tool { id }""")\n',
    "node_modules/x.js": "gql`query Foreign { id }`",
    ".cache/x.js": "gql`query Hidden { id }`",
}
PAGE = (
    "query Page($id: ID!) {\n  product(id: $id) {\n    ...Card\n  }\n}\n\n"
    "fragment Card on Product {\n  name\n  ...Price\n}\n\n"
    "fragment Price on Product {\n  price {\n    amount\n  }\n}"
)


def write(folder: Path, sources: dict[str, str]) -> None:
    for name, text in sources.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def extract(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    with pytest.raises(SystemExit) as ended:
        main(["documents", "extract", *arguments])
    assert not ended.value.code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], folder: Path, sources: dict[str, str]) -> list[str]:
    write(folder, sources)
    with pytest.raises(SystemExit) as ended:
        main(["documents", "extract", str(folder)])
    assert ended.value.code == 1
    return capsys.readouterr().err.replace(f"{folder}/", "").replace("olympus: ", "").splitlines()


def test_every_language_gives_its_operations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, SOURCES)
    manifest = extract(capsys, str(tmp_path))
    operations = {one["name"]: one for one in manifest["operations"]}
    assert list(operations) == ["Magic", "Page", "Rename", "Renamed", "Tool", "Vue"]
    assert operations["Page"]["body"] == PAGE
    assert operations["Page"]["id"] == hashlib.sha256(PAGE.encode()).hexdigest()
    assert [operations[name]["type"] for name in ("Page", "Rename", "Renamed")] == [
        "query",
        "mutation",
        "subscription",
    ]
    assert '"`x`"' in operations["Rename"]["body"]
    relay = extract(capsys, str(tmp_path), "--format", "relay")
    assert relay == {one["id"]: one["body"] for one in manifest["operations"]}


def test_the_order_of_files_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, SOURCES)
    folders = [str(tmp_path / name) for name in ("a", "b")]
    assert extract(capsys, *folders) == extract(capsys, *reversed(folders))
    output = tmp_path / "manifest.json"
    with pytest.raises(SystemExit):
        main(["documents", "extract", *folders, "--output", str(output)])
    assert json.loads(output.read_text()) == extract(capsys, *folders)


def test_typenames_are_added_where_apollo_client_adds_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "query Q { a { b { id __typename } ... on A { c } } __schema { types { name } } }"
    write(tmp_path, {"q.graphql": text})
    (one,) = extract(capsys, str(tmp_path), "--add-typename")["operations"]
    assert " ".join(one["body"].split()) == (
        "query Q { a { b { id __typename } ... on A { c __typename } __typename }"
        " __schema { types { name __typename } __typename } }"
    )


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        (
            {"a.js": "gql`query A { a }`", "b.js": "\ngql`query A { b }`"},
            ["b.js:2: the operation A is another one at a.js:1"],
        ),
        ({"a.js": "\n\ngql`\nquery A { ...Nope }`"}, ["a.js:4: the fragment Nope is in none of the files"]),
        ({"a.js": "gql`{ a }`"}, ["a.js:1: the query needs a name"]),
        ({"a.js": "gql`\nquery A {`"}, ["a.js:2: Syntax Error: Expected Name, found <EOF>."]),
        (
            {"a.js": "gql`query A {\n ${fields} }`"},
            ["a.js:2: a selection is put together when the program runs"],
        ),
        ({"a.js": "gql`query A {"}, ["a.js:1: a template has no end"]),
        ({"a.py": "gql(f'{x}')"}, ["a.py:1: a text is put together when the program runs"]),
        ({"a.py": "def"}, ["a.py:1: not Python: invalid syntax"]),
        ({"a.js": ""}, ["no operation was found"]),
    ],
)
def test_mistakes_are_told_with_their_places(
    sources: dict[str, str], told: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(capsys, tmp_path, sources) == told


def test_the_same_operation_twice_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {"a.js": "gql`query A { a }`", "b.graphql": "query A {\n a }"})
    assert len(extract(capsys, str(tmp_path))["operations"]) == 1
