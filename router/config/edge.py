"""``server``, ``tls``, ``health_check`` and ``homepage``: the edge towards clients."""

from __future__ import annotations

from pathlib import Path

from pydantic import model_validator

from router.config.subgraph_tls import TlsSubgraphSection
from router.config.values import Seconds, Section, UrlPath


class ServerHttp(Section):
    """``server.http``: how slow a client may be."""

    read_timeout: Seconds = 30.0
    """For the head of a request; for a body as well, and a second more for each kilobyte of it."""
    write_timeout: Seconds = 30.0
    """Without the client taking anything of its answer; large answers get time by their size."""
    idle_timeout: Seconds = 120.0
    """Between two requests on one connection."""


class ServerSection(Section):
    """``server``."""

    http: ServerHttp = ServerHttp()


class TlsSupergraph(Section):
    """``tls.supergraph``: PEM files; read again when they change."""

    certificate: Path
    """The certificate, and after it the chain."""
    key: Path
    """Its key, not encrypted."""


class TlsSection(Section):
    """``tls``: TLS 1.2 and newer, HTTP/1.1."""

    supergraph: TlsSupergraph | None = None
    """Towards clients; left out, they speak plain HTTP."""
    subgraph: TlsSubgraphSection = TlsSubgraphSection()


class HealthCheckSection(Section):
    """``health_check``: ``/health``, ``/health/live`` and ``/health/ready``."""

    enabled: bool = True
    path: UrlPath = "/health"
    """Where they begin."""
    reasons: bool = False
    """Whether ``/health/ready`` says in words why a reload was refused; it may name files."""

    @model_validator(mode="after")
    def _is_no_folder(self) -> HealthCheckSection:
        if self.path.endswith("/"):
            raise ValueError("path must not end with /")
        return self


class HomepageSection(Section):
    """``homepage``: a page that says what answers here and how to ask it; the playground takes its place at ``/``."""

    enabled: bool = True
    """At ``/about`` too; HTML for browsers, JSON for others."""
    details: bool = False
    """Whether it tells everyone the subgraphs and their health, graph, variant and release, and links the schema's
    text, which whoever may introspect reads at ``/schema.graphql``; on with ``--dev``."""
