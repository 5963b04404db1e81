"""Asks a registry over its GraphQL API, for the commands of subgraph owners."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

from router.cli.failure import CommandError

TIMEOUT_S: Final = 300.0
"""A large graph takes its time to compose, and others may be before."""
MAX_BYTES: Final = 256 * 1024 * 1024

AWAY: Final = 3
"""Exit status: the registry cannot be reached, or does not let this token do that."""
TRY_AGAIN: Final = 4
"""Exit status: nothing was changed, and the same may work now."""

_STATUS: Final = {
    "REGISTRY_UNAUTHENTICATED": AWAY,
    "REGISTRY_FORBIDDEN": AWAY,
    "REGISTRY_NOT_FOUND": 2,
    "REGISTRY_INVALID": 2,
    "REGISTRY_CONFLICT": TRY_AGAIN,
    "REGISTRY_UNAVAILABLE": TRY_AGAIN,
}


@dataclass(frozen=True, slots=True)
class Target:
    """Which registry, and which variant of which graph there."""

    url: str
    token: str = field(repr=False)
    graph: str
    variant: str

    def __str__(self) -> str:
        return f"{self.graph}@{self.variant}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says about the target; None: the environment's, else the configuration's."""

    registry: str | None = None
    token: str | None = None
    graph: str | None = None
    variant: str | None = None
    config: Path | None = None


def target(asked: Asked, environment: Mapping[str, str] = os.environ) -> Target:
    """Find the target: options, then the environment, then ``supergraph.registry``.  Raises: CommandError."""
    url = asked.registry or environment.get("OLYMPUS_REGISTRY_URL")
    token = asked.token or environment.get("OLYMPUS_REGISTRY_TOKEN")
    graph = asked.graph or environment.get("OLYMPUS_GRAPH")
    variant = asked.variant or environment.get("OLYMPUS_VARIANT")
    config = asked.config or _config(environment)
    if config is not None and not (url and token and graph and variant):
        section = _section(config, environment)
        if section is not None:
            url, graph = url or section.url, graph or section.graph
            token, variant = token or section.token.get_secret_value(), variant or section.variant
    if not url:
        raise CommandError(
            "Which registry? Give --registry URL, OLYMPUS_REGISTRY_URL, or supergraph.registry.url in olympus.yaml.",
            2,
        )
    if not url.startswith(("http://", "https://")):
        raise CommandError(f"{url} is no registry: give http://… or https://…", 2)
    if not token:
        raise CommandError(
            "The registry wants a token: OLYMPUS_REGISTRY_TOKEN, --token, or olympus.yaml's supergraph.registry.token.",
            2,
        )
    return Target(url.rstrip("/"), token.strip(), graph or "default", variant or "production")


def ask(target: Target, query: str, **variables: Any) -> dict[str, Any]:
    """Give the data of an operation.  Raises: CommandError with the registry's own words."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    try:
        request = urllib.request.Request(  # noqa: S310  # `target` lets http and https through only
            f"{target.url}/graphql",
            data=body,
            headers={"authorization": f"Bearer {target.token}", "content-type": "application/json"},
        )
        with _OPENER.open(request, timeout=TIMEOUT_S) as response:
            content = response.read(MAX_BYTES)
    except urllib.error.HTTPError as error:
        with error:
            content = error.read(1_000_000)
        if not content.startswith(b'{"errors"'):
            raise CommandError(
                f"{target.url} answers with status {error.code}: is a registry there?", AWAY
            ) from None
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise CommandError(f"The registry at {target.url} cannot be asked: {reason}", AWAY) from None
    return _data(target, content)


def _data(target: Target, content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
        errors, data = answer.get("errors"), answer.get("data")
    except (ValueError, AttributeError):
        raise CommandError(f"{target.url} does not answer as a registry does", AWAY) from None
    if errors:
        first = errors[0]
        code = first.get("extensions", {}).get("code")
        raise CommandError(f"{code}: {first['message']}", _STATUS.get(code, 1))
    if not isinstance(data, dict):
        raise CommandError(f"{target.url} does not answer as a registry does", AWAY)
    return data


def _config(environment: Mapping[str, str]) -> Path | None:
    named = environment.get("OLYMPUS_CONFIG")
    if named:
        return Path(named)
    here = Path("olympus.yaml")
    return here if here.is_file() else None


def _section(config: Path, environment: Mapping[str, str]) -> Any:
    # The configuration's model takes a third of a second; who gives options or variables does not wait for it.
    from router.config.load import load  # noqa: PLC0415
    from router.config.problem import ConfigError  # noqa: PLC0415

    try:
        return load(config, environment).config.supergraph.registry
    except ConfigError as error:
        raise CommandError(str(error), 2) from None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token is for this URL alone."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow none."""


# No proxy of the environment, as with subgraphs.
_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
