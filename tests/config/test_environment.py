"""Every key from the environment: names, kinds of values, what wins, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from router.config.document import Document
from router.config.environment import OTHERS, PREFIX, with_environment
from router.config.load import check_model, load_config
from router.config.model import RouterConfig
from router.config.problem import ConfigError
from router.config.shape import walk


def problems(text: str, folder: Path, **environment: str) -> list[str]:
    file = folder / "olympus.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(file, environment)
    return [str(problem).replace(str(file), "FILE") for problem in caught.value.problems]


def test_a_variable_beats_the_file_and_the_deeper_of_two_beats_the_other(tmp_path: Path) -> None:
    file = tmp_path / "olympus.yaml"
    file.write_text("limits: {max_depth: 3, max_height: 4}\nlog: {level: debug}")
    config = load_config(
        file,
        {
            "OLYMPUS_LIMITS__MAX_DEPTH": "20",
            "OLYMPUS_LIMITS": "{max_depth: 5, max_aliases: null}",
            "OLYMPUS_LOG__LEVEL": "",
            "UNRELATED": "x",
        },
    )
    assert (config.limits.max_depth, config.limits.max_aliases) == (20, None)
    assert config.limits.max_height == 2_000, "the mapping was given whole"
    assert config.log.level == "debug", "an empty variable is not set"


def test_no_file_is_needed(tmp_path: Path) -> None:
    config = load_config(None, {"OLYMPUS_SUPERGRAPH__FILE": "a.graphql", "OLYMPUS_BATCHING__ENABLED": "true"})
    assert config.supergraph.file == Path("a.graphql")
    assert config.batching.enabled


def test_lists_and_mappings_are_given_whole_as_yaml_or_json() -> None:
    config = load_config(
        None,
        {
            "OLYMPUS_HEADERS__ALL__REQUEST": '[{"propagate": {"named": "x-id"}}]',
            "OLYMPUS_OVERRIDE_SUBGRAPH_URL": "{my-orders: 'http://o/'}",
        },
    )
    assert config.headers.all.request[0].propagate is not None
    assert config.override_subgraph_url == {"my-orders": "http://o/"}


def test_a_text_is_taken_as_it_is_whatever_it_looks_like_in_yaml() -> None:
    secret = "12345678901234567890123456789012"
    config = load_config(
        None,
        {
            "OLYMPUS_AUTHENTICATION__ROUTER__JWT__JWKS": f"[{{secret: '{secret}'}}]",
            "OLYMPUS_SUPERGRAPH__PATH": "/1",
        },
    )
    (source,) = config.authentication.router.jwt.jwks if config.authentication.router.jwt else ()
    assert source.secret is not None
    assert source.secret.get_secret_value() == secret
    assert secret not in repr(config)
    assert load_config(None, {"OLYMPUS_OVERRIDE_LABELS__STICKY_BY__CLAIM": "007"}).override_labels.sticky_by


def test_free_keys_are_the_files_or_in_lower_case(tmp_path: Path) -> None:
    file = tmp_path / "olympus.yaml"
    file.write_text("traffic_shaping: {subgraphs: {my-Orders: {timeout: 1s}}}")
    timeouts = load_config(
        file,
        {
            "OLYMPUS_TRAFFIC_SHAPING__SUBGRAPHS__MY_ORDERS__TIMEOUT": "2s",
            "OLYMPUS_TRAFFIC_SHAPING__SUBGRAPHS__PRODUCTS__TIMEOUT": "3s",
            "OLYMPUS_TRAFFIC_SHAPING__SUBGRAPHS__mixedCase__TIMEOUT": "4s",
        },
    ).traffic_shaping.subgraphs
    assert {name: one.timeout for name, one in timeouts.items()} == {
        "my-Orders": 2.0,
        "products": 3.0,
        "mixedCase": 4.0,
    }


def test_expressions_work_in_variables_too(tmp_path: Path) -> None:
    (tmp_path / "path").write_text("/api\n")
    given = {
        "OLYMPUS_SUPERGRAPH__PATH": f"${{file.{tmp_path / 'path'}}}",
        "OLYMPUS_LIMITS__MAX_DEPTH": "${env.D:-9}",
    }
    config = load_config(None, given)
    assert (config.supergraph.path, config.limits.max_depth) == ("/api", 9)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("OLYMPUS_LIMIT__MAX_DEPTH", "did you mean OLYMPUS_LIMITS__MAX_DEPTH?"),
        ("OLYMPUS_LIMITS_MAX_DEPTH", "did you mean OLYMPUS_LIMITS__MAX_DEPTH?"),
        ("OLYMPUS_LIMITS__MAX_DETPH", "did you mean OLYMPUS_LIMITS__MAX_DEPTH?"),
        ("OLYMPUS_MAX_DEPTH", "did you mean OLYMPUS_LIMITS__MAX_DEPTH?"),
        (
            "OLYMPUS_TRAFFIC_SHAPING__SUBGRAPHS__A__TIME",
            "did you mean OLYMPUS_TRAFFIC_SHAPING__SUBGRAPHS__A__TIMEOUT?",
        ),
        ("OLYMPUS_NOTHING_OF_THE_KIND", "`olympus config schema` lists the keys"),
        ("OLYMPUS_", "`olympus config schema` lists the keys"),
    ],
)
def test_a_variable_that_is_no_key_is_refused(name: str, hint: str, tmp_path: Path) -> None:
    assert problems("", tmp_path, **{name: "1"}) == [f"{name}: no key of the configuration; {hint}"]


def test_variables_that_are_somebody_elses_are_let_through(tmp_path: Path) -> None:
    file = tmp_path / "olympus.yaml"
    file.write_text("supergraph: {path: '${env.OLYMPUS_MY_PATH:-/x}'}")
    given = {
        "OLYMPUS_DEMO_DIR": "x",
        "OLYMPUS_MY_PATH": "/y",
        # Beside a Kubernetes service or a Docker link of the name olympus-router.
        "OLYMPUS_ROUTER_SERVICE_HOST": "10.0.0.1",
        "OLYMPUS_ROUTER_SERVICE_PORT_HTTP": "80",
        "OLYMPUS_ROUTER_PORT": "tcp://10.0.0.1:80",
        "OLYMPUS_ROUTER_PORT_80_TCP_ADDR": "10.0.0.1",
    }
    assert load_config(file, given).supergraph.path == "/y"


def test_a_bad_value_is_told_with_variable_and_key(tmp_path: Path) -> None:
    assert problems("", tmp_path, OLYMPUS_LIMITS__MAX_DEPTH="deep") == [
        "OLYMPUS_LIMITS__MAX_DEPTH: limits.max_depth: must be a whole number"
    ]
    assert problems("", tmp_path, OLYMPUS_HEADERS__ALL__REQUEST="[{propagate: {nmed: a}}]") == [
        'OLYMPUS_HEADERS__ALL__REQUEST: unknown key "headers.all.request.0.propagate.nmed"; did you mean "named"?'
    ]
    assert problems("", tmp_path, OLYMPUS_HEADERS__ALL__REQUEST__0="{}") == [
        "OLYMPUS_HEADERS__ALL__REQUEST__0: a list is given whole, as YAML or JSON, in OLYMPUS_HEADERS__ALL__REQUEST"
    ]
    (told,) = problems("", tmp_path, OLYMPUS_LIMITS="{a: [")
    assert told.startswith("OLYMPUS_LIMITS: limits: not YAML: ")
    (told,) = problems("", tmp_path, OLYMPUS_SUPERGRAPH__PATH="${env.NOPE}")
    assert told == "OLYMPUS_SUPERGRAPH__PATH: the environment variable NOPE is not set"


def test_half_a_section_is_refused_by_the_variable_that_began_it(tmp_path: Path) -> None:
    assert problems("", tmp_path, OLYMPUS_AUTHENTICATION__ROUTER__JWT__HEADER_NAME="x") == [
        "OLYMPUS_AUTHENTICATION__ROUTER__JWT__HEADER_NAME: authentication.router.jwt.jwks: is missing"
    ]


class _Subgraph(BaseModel):
    url: str
    timeout: float = 1.0


class _Subgraphs(BaseModel):
    subgraphs: dict[str, _Subgraph] = {}


def test_half_a_subgraph_is_refused() -> None:
    document = with_environment(Document(None), _Subgraphs, {"OLYMPUS_SUBGRAPHS__ORDERS__TIMEOUT": "2"})
    with pytest.raises(
        ConfigError, match=r"^OLYMPUS_SUBGRAPHS__ORDERS__TIMEOUT: subgraphs.orders.url: is missing$"
    ):
        check_model(_Subgraphs, document)


def test_every_key_outside_lists_has_a_variable() -> None:
    names = [PREFIX + "__".join(path).upper() for path, _ in walk(RouterConfig) if "[]" not in path]
    assert len(names) == len(set(names))
    assert not set(names) & set(OTHERS)
    for name in names:
        with_environment(Document(None), RouterConfig, {name: "null"})
