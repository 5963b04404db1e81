"""How subgraphs are connected to: ``traffic_shaping`` and ``tls.subgraph``."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.config.load import load_config
from router.config.options import engine_options
from router.config.problem import ConfigError
from router.engine.options import EngineOptions
from router.transport.options import HttpOptions
from router.transport.tls import TlsFiles
from tests.transport.test_tls import Authority


def engine(folder: Path, text: str) -> EngineOptions:
    file = folder / "olympus.yaml"
    file.write_text(text)
    return engine_options(load_config(file, {}))


def test_only_subgraphs_that_differ_have_a_client_of_their_own(tmp_path: Path) -> None:
    got = engine(
        tmp_path,
        """
traffic_shaping:
  all: {connect_timeout: 1s, max_connections: 9, max_response_size: 1MB, max_connection_age: 1m}
  subgraphs:
    a: {timeout: 3s, connect_timeout: 1s}
    b: {connect_timeout: 2s, max_connection_age: null}
""",
    )
    assert got.subgraph_http == HttpOptions(9, 1.0, max_response_bytes=10**6, max_age_s=60)
    assert got.subgraph_http_of == {"b": HttpOptions(9, 2.0, max_response_bytes=10**6, max_age_s=None)}


def test_tls_is_for_requests_and_for_streams(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.certify("router")
    got = engine(
        tmp_path,
        f"""
tls:
  subgraph:
    all: {{certificate_authorities: {authority.file}}}
    subgraphs:
      a:
        client_authentication: {{certificate_chain: {certificate}, key: {key}}}
      b: {{}}
""",
    )
    mine = TlsFiles(None, certificate, key)
    assert got.subgraph_http.tls == TlsFiles(authority.file) == got.subgraph_streams.all.tls
    assert got.subgraph_http_of["a"].tls == mine == got.subgraph_streams.subgraphs["a"].tls
    assert got.subgraph_http_of["b"].tls is None


def test_a_file_that_is_none_is_refused_by_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"tls\.subgraph\.subgraphs\.a"):
        engine(tmp_path, "tls: {subgraph: {subgraphs: {a: {certificate_authorities: gone.pem}}}}\n")
