"""``olympus config``: the file checked, shown without secrets, and described to editors and people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from router.cli.app import main
from router.config.describe import default_of, description, kind
from router.config.load import load
from router.config.model import RouterConfig
from router.config.reference import configuration_page
from router.config.schema import configuration_schema
from router.config.shape import item_of_list, keys_of, section_of, value_of_mapping
from router.config.show import as_json, as_yaml, without_secrets

ROOT = Path(__file__).parents[2]
FILE = """
supergraph: {file: a.graphql, listen: "${env.LISTEN:-0.0.0.0:4000}"}
headers:
  all:
    request:
      - propagate: {named: x-id}
      - insert: {name: x-api-key, value: hunter2}
      - insert: {name: x-client, value: "${env.CLIENT:-hunter2}"}
      - insert: {name: x-by, value: olympus}
override_subgraph_url: {my-orders: "http://u:hunter2@orders/graphql?token=hunter2&x=1", b: "${env.B:-http://hunter2/}"}
authentication:
  router: {jwt: {jwks: [{secret: "${env.S:-hunter2-hunter2-hunter2-hunter2-hunter2}", audiences: [a, "on"]}]}}
apq: {redis: {url: "redis://user:hunter2@host:6379/0"}}
limits: {max_depth: "${env.D:-7}"}
"""


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["config", *arguments])
    return int(ended.value.code or 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "olympus.yaml"
    path.write_text(FILE)
    return path


def test_a_valid_file_ends_with_status_0(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("validate", str(file)) == 0
    assert capsys.readouterr().out == f"{file} is valid.\n"
    assert run("validate", str(file), "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == {"valid": True, "problems": []}


def test_every_mistake_is_told_and_the_status_is_1(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("limits: {max_dept: 1}\nlog: {level: loud}\n")
    assert run("validate", str(file)) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert run("validate", str(file), "--format", "json") == 1
    told = json.loads(capsys.readouterr().out)["problems"]
    assert {(one["line"], one["file"], one["variable"]) for one in told} == {
        (1, str(file), None),
        (2, str(file), None),
    }
    file.write_text("authentication: {router: {jwt: {jwks: [\n{secret: short}]}}}")
    assert run("validate", str(file)) == 1
    assert f"{file}:2: authentication.router.jwt.jwks.0: " in capsys.readouterr().err
    assert run("validate", str(file.parent / "nope.yaml")) == 1


def test_what_is_shown_has_no_secret_in_it(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ((), ("--format", "json")):
        assert run("show", str(file), *arguments) == 0
        assert "hunter2" not in capsys.readouterr().out
    loaded = load(file, {})
    assert "hunter2" not in repr(loaded.config.authentication) + repr(loaded.config.apq)


def test_every_value_says_where_it_comes_from(file: Path) -> None:
    rows = json.loads(as_json(load(file, {"OLYMPUS_LOG__LEVEL": "debug"})))
    assert rows["limits.max_depth"] == {"value": 7, "source": "file", "place": f"{file}:14"}
    assert rows["limits.max_height"] == {"value": 2000, "source": "default", "place": None}
    assert rows["log.level"] == {"value": "debug", "source": "environment", "place": "OLYMPUS_LOG__LEVEL"}
    assert rows["supergraph.listen"]["value"] == "0.0.0.0:4000"
    assert rows["supergraph.file"]["value"] == str(file.parent / "a.graphql")
    assert rows["override_subgraph_url.my-orders"]["value"] == "http://u:***@orders/graphql?token=***&x=1"
    assert rows["apq.redis.url"]["value"] == "redis://user:***@host:6379/0"
    assert rows["headers.all.request.3.insert.value"]["value"] == "olympus"


def test_what_is_shown_can_be_read_in_again(file: Path, tmp_path: Path) -> None:
    loaded = load(file, {})
    again: dict[str, Any] = yaml.safe_load(as_yaml(loaded))
    again["authentication"]["router"]["jwt"]["jwks"][0]["secret"] = "x" * 32
    again["override_subgraph_url"]["b"] = "http://b/"
    path = tmp_path / "again.yaml"
    path.write_text(json.dumps(again))
    config = load(path, {}).config
    assert config.limits == loaded.config.limits
    assert config.supergraph == loaded.config.supergraph
    assert config.headers.all.request[0] == loaded.config.headers.all.request[0]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:pw@h/0", "redis://:***@h/0"),
        ("redis://pw@h", "redis://***:***@h"),
        ("http://u:p@w@h/", "http://u:***@h/"),
        ("http://h/a@b?x=1&api_key=k#f", "http://h/a@b?x=1&api_key=***#f"),
    ],
)
def test_urls_keep_all_but_their_secrets(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


def test_the_schema_takes_what_the_router_takes() -> None:
    schema = configuration_schema()
    jsonschema_rs.meta.validate(schema)
    check = jsonschema_rs.validator_for(schema)
    for text in (
        FILE,
        (ROOT / "schema" / "olympus.yaml").read_text(),
        "limits:",
        "traffic_shaping: {all: {timeout: 5m}}",
    ):
        check.validate(yaml.safe_load(text))
    for wrong in (
        {"limitz": {}},
        {"limits": {"max_depth": "x"}},
        {"traffic_shaping": {"all": {"timeout": "soon"}}},
    ):
        assert not check.is_valid(wrong)
    assert schema["$defs"]["LimitsSection"]["properties"]["max_depth"]["description"]


def test_every_key_is_described() -> None:
    def bare(section: Any, path: str) -> list[str]:
        found = []
        for key, field in keys_of(section).items():
            assert kind(field)
            default_of(field)
            if not description(section, field):
                found.append(f"{path}{key}")
            inner = value_of_mapping(field.annotation) or item_of_list(field.annotation) or field.annotation
            below = section_of(inner)
            found += [] if below is None else bare(below, f"{path}{key}.")
        return found

    assert bare(RouterConfig, "") == [], "write a text below each key, in router/config"


def test_the_reference_is_up_to_date() -> None:
    page = ROOT / "docs" / "configuration.md"
    told = "stale (new keys?); run: python -m router.config.reference > docs/configuration.md"
    assert page.read_text() == configuration_page(), told
