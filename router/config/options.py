"""`RouterConfig` → each room's own options."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from router.config.document import ConfigError, read_text
from router.config.model import (
    ApqSection,
    HeaderRuleItem,
    HeaderRulesSection,
    KeySource,
    LimitsSection,
    OverrideLabelsSection,
    Propagate,
    RouterConfig,
)
from router.engine.header_rules import (
    HeaderOptions,
    HeaderRule,
    Insert,
    InsertFromClaim,
    PropagateMatching,
    PropagateNamed,
    Remove,
)
from router.engine.options import EngineOptions
from router.engine.override_labels import OverrideOptions
from router.guards.jwt import JwtKey, JwtOptions, jwks_keys, secret_key
from router.guards.limits import LimitOptions
from router.guards.persisted import PersistedQueryOptions
from router.server.cors import CorsPolicy
from router.server.options import ServerOptions


def engine_options(config: RouterConfig, *, is_development: bool = False) -> EngineOptions:
    """Fill the engine's options; ``is_development`` tells clients more than strangers should know.

    Raises: ConfigError for a key that cannot be used.
    """
    shaping = config.traffic_shaping
    return EngineOptions(
        headers=HeaderOptions(
            _rules(config.headers.all),
            {name: _rules(section) for name, section in config.headers.subgraphs.items()},
        ),
        jwt=_jwt(config),
        subgraph_urls=config.override_subgraph_url,
        request_timeout_s=shaping.router.timeout,
        subgraph_timeout_s=shaping.all.timeout,
        subgraph_timeouts_s={
            name: one.timeout for name, one in shaping.subgraphs.items() if one.timeout is not None
        },
        shows_subgraph_errors=config.include_subgraph_errors.all or is_development,
        subgraph_errors=config.include_subgraph_errors.subgraphs,
        allows_introspection=config.supergraph.introspection,
        hides_suggestions=not is_development,
        exposes_query_plan=is_development,
        shares_in_flight=shaping.all.deduplicate_query,
        shares_requests=shaping.router.dedupe.enabled,
        max_tokens=config.limits.parser_max_tokens,
        limits=_limits(config.limits),
        persisted_queries=_persisted(config.apq),
        owns_process=True,
        overrides=_overrides(config.override_labels),
    )


def server_options(config: RouterConfig, *, is_development: bool = False) -> ServerOptions:
    """Fill the server's options."""
    return ServerOptions(
        graphql_path=config.supergraph.path,
        max_body_bytes=config.limits.http_max_request_bytes,
        max_batch_requests=config.batching.maximum_size if config.batching.enabled else 0,
        has_playground=config.playground.enabled or is_development,
        cors=tuple(
            CorsPolicy(
                origins=frozenset(policy.origins),
                match_origins=policy.match_origins,
                allows_credentials=policy.allow_credentials,
                allow_headers=policy.allow_headers,
                expose_headers=policy.expose_headers,
                max_age_s=None if policy.max_age is None else int(policy.max_age),
            )
            for policy in config.cors.policies
        ),
    )


def _persisted(section: ApqSection) -> PersistedQueryOptions | None:
    if not section.enabled:
        return None
    return PersistedQueryOptions(section.capacity, None if section.redis is None else section.redis.url)


def _limits(section: LimitsSection) -> LimitOptions:
    return LimitOptions(
        max_depth=section.max_depth,
        max_height=section.max_height,
        max_aliases=section.max_aliases,
        max_root_fields=section.max_root_fields,
        max_directives=section.max_directives,
        max_total_fields=section.max_total_fields,
        max_list_items=section.max_list_items,
        max_complexity=section.max_complexity,
        warns_only=section.warn_only,
    )


def _overrides(section: OverrideLabelsSection) -> OverrideOptions:
    sticky = section.sticky_by
    return OverrideOptions(
        section.labels,
        None if sticky is None or sticky.header is None else sticky.header.encode(),
        None if sticky is None else sticky.claim,
        None if section.function is None else _function(section.function, "override_labels.function"),
    )


def _function(path: str, key: str) -> Callable[..., Any]:
    """Give the function ``module:name``.  Raises: ConfigError."""
    module, _, name = path.partition(":")
    try:
        found: Callable[..., Any] = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"{key}: {path} cannot be imported: {error}") from error
    if not callable(found):
        raise ConfigError(f"{key}: {path} is not a function")
    return found


def listen_address(config: RouterConfig) -> tuple[str, int]:
    """Give host and port of ``supergraph.listen``."""
    host, _, port = config.supergraph.listen.rpartition(":")
    return host.strip("[]"), int(port)


def _rules(section: HeaderRulesSection) -> tuple[HeaderRule, ...]:
    return tuple(_rule(item) for item in section.request)


def _rule(item: HeaderRuleItem) -> HeaderRule:
    if item.propagate is not None:
        return _propagate(item.propagate)
    if item.insert is not None:
        insert = item.insert
        if insert.from_claim is not None:
            return InsertFromClaim(insert.name.encode(), insert.from_claim, _bytes(insert.default))
        return Insert(insert.name.encode(), (insert.value or "").encode())
    if item.remove is not None and item.remove.named is not None:
        return Remove(re.compile(re.escape(item.remove.named)))
    if item.remove is not None and item.remove.matching is not None:
        return Remove(item.remove.matching)
    raise AssertionError("the model lets one of the three through")


def _propagate(propagate: Propagate) -> HeaderRule:
    if propagate.matching is not None:
        return PropagateMatching(propagate.matching)
    named = (propagate.named or "").encode()
    return PropagateNamed(named, _bytes(propagate.rename), _bytes(propagate.default))


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _jwt(config: RouterConfig) -> JwtOptions | None:
    jwt = config.authentication.router.jwt
    if jwt is None:
        if config.authorization.require_authentication:
            raise ConfigError(
                "authorization.require_authentication needs keys: configure authentication.router.jwt"
            )
        return None
    return JwtOptions(
        keys=tuple(key for source in jwt.jwks for key in _keys(source)),
        header_name=jwt.header_name.encode(),
        header_value_prefix=jwt.header_value_prefix,
        is_required=config.authorization.require_authentication,
    )


def _keys(source: KeySource) -> tuple[JwtKey, ...]:
    try:
        if source.secret is not None:
            algorithms = source.algorithms or ("HS256",)
            key = secret_key(source.secret, algorithms, issuer=source.issuer, audiences=source.audiences)
            return (key,)
        key_set = _key_set(Path(unquote(urlsplit(source.url or "").path)))
        return jwks_keys(
            key_set, algorithms=source.algorithms, issuer=source.issuer, audiences=source.audiences
        )
    except ValueError as error:
        raise ConfigError(f"authentication.router.jwt.jwks: {error}") from None


def _key_set(path: Path) -> dict[str, Any]:
    try:
        key_set = json.loads(read_text(path))
    except json.JSONDecodeError:
        key_set = None
    if not isinstance(key_set, dict):
        raise ConfigError(f"{path}: not a JSON Web Key Set")
    return key_set
