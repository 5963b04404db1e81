"""``tls.subgraph``: TLS towards subgraphs."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from router.config.problem import ConfigError, Problem
from router.config.values import Section
from router.transport.tls import TlsFiles, tls_context


class ClientAuthentication(Section):
    """``client_authentication``: the certificate that the router shows to subgraphs that ask for one."""

    certificate_chain: Path
    """PEM: the router's certificate, and after it the chain."""
    key: Path | None = None
    """Its key, not encrypted; left out when it is in the same file."""


class TlsOfSubgraph(Section):
    """``tls.subgraph.all`` and ``tls.subgraph.subgraphs.NAME``; the latter stands in place of the former."""

    certificate_authorities: Path | None = None
    """PEM: who may sign subgraphs' certificates, in place of the system's authorities."""
    client_authentication: ClientAuthentication | None = None


class TlsSubgraphSection(Section):
    """``tls.subgraph``: of ``https`` and ``wss`` URLs; files are read when the configuration is."""

    all: TlsOfSubgraph = TlsOfSubgraph()
    subgraphs: dict[str, TlsOfSubgraph] = Field(default_factory=dict)
    """By subgraph, in place of ``all``."""

    def of(self, subgraph: str) -> TlsFiles | None:
        """Give one subgraph's files; None where everything is as the system has it."""
        return _files(self.subgraphs.get(subgraph, self.all))


def check_subgraph_tls(section: TlsSubgraphSection) -> None:
    """Try every file once.  Blocks.  Raises: ConfigError for one that is missing or does not fit."""
    sections = {"tls.subgraph.all": section.all}
    sections |= {f"tls.subgraph.subgraphs.{name}": one for name, one in section.subgraphs.items()}
    for key, one in sections.items():
        files = _files(one)
        if files is not None:
            try:
                tls_context(files)
            except OSError as error:
                raise ConfigError(Problem(f"these files cannot be used: {error}", key=key)) from None


def _files(section: TlsOfSubgraph) -> TlsFiles | None:
    shown = section.client_authentication
    if section.certificate_authorities is None and shown is None:
        return None
    if shown is None:
        return TlsFiles(section.certificate_authorities)
    return TlsFiles(section.certificate_authorities, shown.certificate_chain, shown.key)
