"""The operator's files: what they may say, and how clearly a mistake is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from router.cli.demo import DEMO_OPTIONS
from router.cli.listener import Place, read_place
from router.config.document import read_document
from router.config.load import load, load_config
from router.config.options import engine_options, server_options
from router.config.problem import ConfigError
from router.config.subgraphs_file import read_subgraphs_file
from router.engine.header_rules import (
    Insert,
    InsertFromClaim,
    PropagateMatching,
    PropagateNamed,
    Remove,
)
from router.engine.options import EngineOptions
from router.guards.limits import LimitOptions
from router.guards.persisted import PersistedQueryOptions

ROOT = Path(__file__).parents[1]
SECRET = "a secret that is long enough, really"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "olympus.yaml"


def problems(file: Path, text: str, **environment: str) -> list[str]:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        loaded = load(file, environment)
        try:
            engine_options(loaded.config)
        except ConfigError as error:
            raise loaded.placed(error) from None
    return [str(problem).replace(f"{file}", "FILE") for problem in caught.value.problems]


def options(file: Path, text: str, **environment: str) -> EngineOptions:
    file.write_text(text)
    return engine_options(load_config(file, environment))


def test_an_empty_file_is_every_default(file: Path) -> None:
    assert options(file, "") == EngineOptions(owns_process=True)
    config = load_config(file, {})
    assert read_place(config.supergraph.listen) == Place("127.0.0.1", 4000)
    assert not server_options(config).has_playground


def test_development_tells_clients_more(file: Path) -> None:
    file.write_text("")
    config = load_config(file, {})
    shown = engine_options(config, is_development=True)
    assert (shown.shows_subgraph_errors, shown.exposes_query_plan, shown.hides_suggestions) == (
        True,
        True,
        False,
    )
    assert server_options(config, is_development=True).has_playground
    assert server_options(config, is_development=True).shows_owners


def test_a_playground_alone_tells_no_plans_and_no_owners(file: Path) -> None:
    file.write_text("playground: {enabled: true}")
    config = load_config(file, {})
    assert server_options(config).has_playground
    assert not server_options(config).shows_owners
    assert not engine_options(config).exposes_query_plan
    file.write_text("playground: {explain: {claim: role, values: [developer]}, field_owners: true}")
    config = load_config(file, {})
    assert server_options(config).shows_owners
    told = engine_options(config)
    assert told.exposes_query_plan
    assert told.explain is not None
    assert told.explain.values == {"developer"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("headrs: {}", ['FILE:1: unknown key "headrs"; did you mean "headers"?']),
        (
            "supergraph:\n  pth: /\n  intro: 1\n",
            [
                'FILE:2: unknown key "supergraph.pth"; did you mean "path"?',
                'FILE:3: unknown key "supergraph.intro"; did you mean "introspection"?',
            ],
        ),
        (
            "headers:\n  all:\n    request:\n      - propagate: {nmed: a}\n",
            ['FILE:4: unknown key "headers.all.request.0.propagate.nmed"; did you mean "named"?'],
        ),
        (
            "traffic_shaping:\n  subgraphs:\n    orders:\n      time: 1s\n",
            ['FILE:4: unknown key "traffic_shaping.subgraphs.orders.time"; did you mean "timeout"?'],
        ),
        (
            "traffic_shaping:\n  all:\n    timeout: soon\n",
            ["FILE:3: traffic_shaping.all.timeout: a duration is written like 500ms, 30s or 2m"],
        ),
        (
            "supergraph:\n  path: graphql\n",
            ["FILE:2: supergraph.path: a path begins with / and has letters, digits, - _ . and / only"],
        ),
        (
            "supergraph: {}\nlimits: {}\nsupergraph: {}\n",
            ['FILE:3: the key "supergraph" was given in line 1 already'],
        ),
        ("a: [\n", ["FILE:2: not YAML: expected the node content, but found '<stream end>'"]),
        ("- a\n", ["FILE:1: the file must be a mapping of keys to values"]),
        (
            "supergraph:\n  path: ${env.NOPE}\n",
            ["FILE:2: supergraph.path: the environment variable NOPE is not set"],
        ),
        (
            "supergraph:\n  path: ${nope}\n",
            [
                "FILE:2: supergraph.path: ${nope} is not known: write ${env.NAME}, ${env.NAME:-default} or ${file.PATH}"
            ],
        ),
        (
            "authorization: {require_authentication: true}",
            ["FILE:1: authorization.require_authentication: needs keys: configure authentication.router.jwt"],
        ),
        (
            "authentication: {router: {jwt: {jwks: [{secret: short}]}}}",
            ["FILE:1: authentication.router.jwt.jwks.0: a secret for HS256 needs at least 32 bytes"],
        ),
        (
            "authentication: {router: {jwt: {jwks: [{url: 'file:///nope'}]}}}",
            ["FILE:1: authentication.router.jwt.jwks.0: /nope: no such file"],
        ),
        (
            "headers: {all: {request: [{insert: {name: 'a b', value: x}}]}}",
            ["FILE:1: headers.all.request.0.insert.name: not a header name"],
        ),
        (
            'headers: {all: {request: [{insert: {name: a, value: "x\\ny"}}]}}',
            ["FILE:1: headers.all.request.0.insert.value: a header value must be printable text on one line"],
        ),
        ("headers: {all: {request: [{propagate: {matching: '['}}]}}", None),
        ("cors: {policies: [{origins: ['*'], allow_credentials: true}]}", None),
        ("supergraph: {file: a, subgraphs: b}", None),
        ("1: 2\n[a]: 3", None),
        ("a: &a [*a]", None),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(file: Path, text: str, expected: list[str] | None) -> None:
    found = problems(file, text)
    assert all(found)
    if expected is not None:
        assert sorted(found) == sorted(expected)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_config(tmp_path / "nope.yaml", {})
    with pytest.raises(ConfigError, match="a folder"):
        load_config(tmp_path, {})


def test_values_come_from_environment_and_files(file: Path) -> None:
    (file.parent / "secret").write_text(SECRET + "\n")
    text = "a: ${env.A}-${env.B:-b}-${env.C:-}\nb: ${file.secret}\nc: ${env.EMPTY:-default}\n"
    file.write_text(text)
    assert read_document(file, {"A": "1", "EMPTY": ""}).values == {"a": "1-b-", "b": SECRET, "c": "default"}


def test_what_is_put_in_is_not_expanded_again(file: Path) -> None:
    file.write_text("a: ${env.A}")
    assert read_document(file, {"A": "${env.B}"}).values == {"a": "${env.B}"}


def test_header_rules_keep_their_order_and_kind(file: Path) -> None:
    rules = options(
        file,
        """
headers:
  all:
    request:
      - propagate: {named: X-Request-Id, rename: x-id, default: none}
      - propagate: {matching: "x-app-.*"}
      - insert: {name: X-Source, value: router}
      - insert: {name: x-tenant, from_claim: tenant, default: acme}
      - remove: {named: X-App-Secret}
  subgraphs:
    orders:
      request:
        - remove: {matching: .*}
""",
    ).headers
    kinds = [type(rule) for rule in rules.rules_for("orders")]
    assert kinds == [PropagateNamed, PropagateMatching, Insert, InsertFromClaim, Remove, Remove]
    assert rules.for_all[0] == PropagateNamed(b"x-request-id", b"x-id", b"none")
    assert rules.for_all[3] == InsertFromClaim(b"x-tenant", "tenant", b"acme")
    assert len(rules.rules_for("products")) == 5


def test_shaping_urls_and_errors_are_per_subgraph(file: Path) -> None:
    filled = options(
        file,
        """
traffic_shaping:
  router: {timeout: 1m, dedupe: {enabled: true}}
  all: {timeout: 500ms, deduplicate_query: false}
  subgraphs: {orders: {timeout: 2}}
override_subgraph_url: {orders: "http://orders/graphql"}
include_subgraph_errors: {all: false, subgraphs: {orders: true}}
supergraph: {introspection: "${env.INTROSPECTION}"}
""",
        INTROSPECTION="false",
    )
    assert (filled.request_timeout_s, filled.subgraph_timeout_s) == (60.0, 0.5)
    assert (filled.subgraph_timeouts_s, filled.shares_in_flight) == ({"orders": 2.0}, False)
    assert (filled.shares_requests, options(file, "").shares_requests) == (True, False)
    assert filled.subgraph_urls == {"orders": "http://orders/graphql"}
    assert tuple(filled.exposure_of(name).shows_message for name in ("orders", "products")) == (True, False)
    assert not filled.allows_introspection


def test_representations_and_kept_plans_have_limits(file: Path) -> None:
    filled = options(
        file,
        """
traffic_shaping:
  all: {max_representations: 50}
  subgraphs: {orders: {max_representations: 200}, products: {max_representations: null}, users: {timeout: 1s}}
supergraph: {query_planning: {cache: {in_memory: {limit: 20, max_bytes: 5000000}}}}
""",
    )
    assert filled.max_representations == 50
    assert filled.subgraph_max_representations == {"orders": 200, "products": None}
    assert (filled.plan_cache_capacity, filled.plan_cache_bytes) == (20, 5_000_000)
    assert options(file, "").max_representations == 1000
    filled = options(
        file,
        "traffic_shaping: {all: {join_entity_requests: true}, subgraphs: {a: {join_entity_requests: no}}}",
    )
    assert (filled.joins_entity_requests, filled.subgraph_joins_entity_requests) == (True, {"a": False})
    assert not options(file, "").joins_entity_requests
    assert options(file, "traffic_shaping: {all: {max_representations: null}}").max_representations is None
    assert "greater than 0" in problems(file, "traffic_shaping: {all: {max_representations: 0}}")[0]


def test_limits_are_numbers_or_null(file: Path) -> None:
    text = "limits: {max_depth: 7, max_aliases: null, max_complexity: 1000, warn_only: true}"
    assert options(file, text).limits == LimitOptions(
        max_depth=7, max_aliases=None, max_complexity=1000, warns_only=True
    )
    assert "greater than 0" in problems(file, "limits: {max_height: 0}")[0]


def test_batches_and_persisted_queries_are_switched(file: Path) -> None:
    filled = options(
        file, "apq: {capacity: 9, redis: {url: 'redis://r'}}\nbatching: {enabled: true, maximum_size: 3}"
    )
    assert filled.persisted_queries == PersistedQueryOptions(9, "redis://r")
    assert server_options(load_config(file, {})).max_batch_requests == 3
    assert options(file, "apq: {enabled: false}").persisted_queries is None
    assert server_options(load_config(file, {})).max_batch_requests == 0


def test_a_key_set_is_read_from_a_file(file: Path) -> None:
    key_set = {
        "keys": [
            {
                "kty": "oct",
                "alg": "HS256",
                "kid": "a",
                "k": "YSBzZWNyZXQgdGhhdCBpcyBsb25nIGVub3VnaCwgcmVhbGx5",
            }
        ]
    }
    path = file.parent / "jwks.json"
    path.write_text(json.dumps(key_set))
    jwt = options(
        file, f"authentication: {{router: {{jwt: {{jwks: [{{url: 'file://{path}', issuer: us}}]}}}}}}"
    ).jwt
    assert jwt is not None
    assert [(source.path, source.issuers) for source in jwt.sources] == [(path, ("us",))]
    path.write_text("[]")
    with pytest.raises(ConfigError, match="not a JSON Web Key Set"):
        engine_options(load_config(file, {}))


def test_paths_start_at_the_files_folder(file: Path) -> None:
    file.write_text("supergraph: {file: ./a.graphql}")
    assert load_config(file, {}).supergraph.file == file.parent / "a.graphql"


def test_an_ipv6_address_can_be_listened_on(file: Path) -> None:
    file.write_text("supergraph: {listen: '[::1]:8080'}")
    assert read_place(load_config(file, {}).supergraph.listen) == Place("::1", 8080)


def test_the_demos_configuration_is_what_the_demo_does() -> None:
    config = load_config(ROOT / "schema" / "olympus.yaml", {})
    filled = engine_options(config)
    assert filled.headers == DEMO_OPTIONS.headers
    assert filled.jwt == DEMO_OPTIONS.jwt
    assert filled.subscriptions == DEMO_OPTIONS.subscriptions
    assert filled.shows_subgraph_errors
    assert server_options(config).has_playground
    assert config.supergraph.subgraphs == ROOT / "schema" / "supergraph.yaml"


def listed(file: Path, value: Any) -> list[str]:
    file.write_text(json.dumps(value))
    with pytest.raises(ConfigError) as caught:
        read_subgraphs_file(file, {})
    return [str(problem).replace(f"{file.parent}/", "") for problem in caught.value.problems]


def test_subgraphs_come_with_their_sdl_in_the_files_order(tmp_path: Path) -> None:
    (tmp_path / "b.graphql").write_text("type Query { b: Int }")
    file = tmp_path / "supergraph.yaml"
    file.write_text(
        "federation_version: 2\n"
        "subgraphs:\n"
        "  b: {routing_url: http://b/, schema: {file: ./b.graphql}}\n"
        "  a: {routing_url: http://a/, schema: {sdl: 'type Query { a: Int }'}}\n"
    )
    found = read_subgraphs_file(file, {})
    assert [(one.name, one.url, one.sdl) for one in found.inputs] == [
        ("b", "http://b/", "type Query { b: Int }"),
        ("a", "http://a/", "type Query { a: Int }"),
    ]
    assert found.files == (file, tmp_path / "b.graphql")


def test_every_mistake_in_the_list_of_subgraphs_is_told(tmp_path: Path) -> None:
    file = tmp_path / "supergraph.yaml"
    schema = {"sdl": "type Query { a: Int }"}
    assert listed(file, {}) == ["supergraph.yaml: subgraphs: is missing"]
    assert "at least 1" in listed(file, {"subgraphs": {}})[0]
    assert listed(file, {"subgraphs": {"a": {"schema": schema}}}) == [
        "supergraph.yaml:1: subgraphs.a: routing_url is missing"
    ]
    assert listed(file, {"subgraphs": {"a": {"routing_url": "http://a/", "schema": {}}}}) == [
        "supergraph.yaml:1: subgraphs.a.schema: give file, sdl or subgraph_url, one of them"
    ]
    assert listed(file, {"subgraphs": {"a": {"routing_url": "a", "schema": schema}}}) == [
        "supergraph.yaml:1: subgraphs.a.routing_url: must be an http:// or https:// URL"
    ]
    missing = {name: {"routing_url": "http://a/", "schema": {"file": f"{name}.graphql"}} for name in "ab"}
    assert listed(file, {"subgraphs": missing}) == [
        "supergraph.yaml:1: subgraphs.a.schema.file: subgraph a: a.graphql: no such file",
        "supergraph.yaml:1: subgraphs.b.schema.file: subgraph b: b.graphql: no such file",
    ]


def test_a_subgraph_that_does_not_answer_is_left_to_composition(tmp_path: Path) -> None:
    file = tmp_path / "supergraph.yaml"
    file.write_text('{"subgraphs": {"a": {"schema": {"subgraph_url": "http://127.0.0.1:1/"}}}}')
    (found,) = read_subgraphs_file(file, {}).inputs
    assert "cannot be asked" in (found.unavailable or "")
