"""The SDL of a running subgraph."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from router.config.problem import ConfigError

SDL_TIMEOUT_S: Final = 10.0
MAX_SDL_BYTES: Final = 32 * 1024 * 1024

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def ask_for_sdl(url: str, headers: Mapping[str, str] = _NONE) -> str:
    """Ask a running subgraph for its SDL; one that is no federation subgraph is introspected.

    Raises: ConfigError.
    Spec: Apollo Federation subgraph specification, "Query._service".
    """
    sdl = _service_sdl(_ask(url, "{ _service { sdl } }", headers))
    if sdl is not None:
        return sdl
    # A plain GraphQL server: half a second of imports that federation subgraphs do not cost.
    from router.language.introspected_sdl import INTROSPECTION_QUERY, introspected_sdl  # noqa: PLC0415

    answer = _ask(url, INTROSPECTION_QUERY, headers)
    data = answer.get("data") if isinstance(answer, dict) else None
    introspected = introspected_sdl(data) if isinstance(data, dict) else None
    if introspected is None:
        raise ConfigError(
            f"{url} answers neither {{ _service {{ sdl }} }} as a subgraph does nor introspection"
        )
    return introspected


def _service_sdl(answer: Any) -> str | None:
    try:
        sdl = answer["data"]["_service"]["sdl"]
    except (KeyError, TypeError):
        return None
    return sdl if isinstance(sdl, str) else None


def _ask(url: str, query: str, headers: Mapping[str, str]) -> Any:
    """Give the answer, whatever JSON it is; None for another 4xx, as servers give to what they cannot answer."""
    content = {"content-type": "application/json", "accept": "application/json"}
    try:
        request = urllib.request.Request(  # noqa: S310  # callers let http and https through only
            url, data=json.dumps({"query": query}).encode(), headers={**content, **headers}
        )
        with _OPENER.open(request, timeout=SDL_TIMEOUT_S) as response:
            body = response.read(MAX_SDL_BYTES + 1)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 400:
                return None
        raise ConfigError(f"{url} answers with status {error.code}") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{url} cannot be asked: {error}") from None
    if len(body) > MAX_SDL_BYTES:
        raise ConfigError(f"The SDL from {url} is larger than {MAX_SDL_BYTES} bytes")
    try:
        return json.loads(body)
    except ValueError:
        return None


# No proxy of the environment: subgraphs are asked as the router itself asks them.
_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))
