"""`RouterConfig` → each room's own options."""

from __future__ import annotations

from router.config.authentication import jwt_options
from router.config.authorization import access_options
from router.config.compression import min_compressed_bytes
from router.config.cross_origin import cors_policies
from router.config.demand_control import demand_options
from router.config.documents import persisted_query_options, trusted_options
from router.config.headers import header_options, response_header_options
from router.config.limits import limit_options
from router.config.model import RouterConfig
from router.config.named_subgraphs import named_subgraphs
from router.config.overrides import override_options
from router.config.rate_limit import rate_limit_options
from router.config.realtime import realtime_options
from router.config.registry import registry_options
from router.config.subgraph_errors import error_exposure
from router.config.subgraph_tls import check_subgraph_tls
from router.config.subscription import event_publish_options, stream_options, subscription_options
from router.config.supergraph import introspection_rule
from router.config.telemetry import metrics_path_beside
from router.config.traffic import http_options, overload_options, resilience_options
from router.config.uploads import upload_options
from router.config.usage import usage_options
from router.engine.options import EngineOptions
from router.server.options import ServerOptions


def engine_options(config: RouterConfig, *, is_development: bool = False) -> EngineOptions:
    """Fill the engine's options; ``is_development`` tells clients more than strangers should know.

    Raises: ConfigError for a key that cannot be used.
    """
    shaping = config.traffic_shaping
    of_all, of_some = error_exposure(config.include_subgraph_errors, is_development=is_development)
    check_subgraph_tls(config.tls.subgraph)
    of_all_http, of_some_http = http_options(shaping, config.tls.subgraph)
    return EngineOptions(
        headers=header_options(config.headers),
        response_headers=response_header_options(config.headers),
        jwt=jwt_options(config.authentication, is_required=config.authorization.require_authentication),
        access=access_options(config.authorization),
        rate_limits=rate_limit_options(config.rate_limit),
        demand=demand_options(
            config.demand_control,
            is_development=is_development,
            is_told=config.playground.explain is not False,
        ),
        subgraph_urls=config.override_subgraph_url,
        named_subgraphs=named_subgraphs(config),
        request_timeout_s=shaping.router.timeout,
        subgraph_timeout_s=shaping.all.timeout,
        subgraph_timeouts_s={
            name: one.timeout for name, one in shaping.subgraphs.items() if one.timeout is not None
        },
        max_representations=shaping.all.max_representations,
        subgraph_max_representations={
            name: one.max_representations
            for name, one in shaping.subgraphs.items()
            if "max_representations" in one.model_fields_set
        },
        joins_entity_requests=shaping.all.join_entity_requests,
        subgraph_joins_entity_requests={
            name: one.join_entity_requests
            for name, one in shaping.subgraphs.items()
            if one.join_entity_requests is not None
        },
        plan_cache_capacity=config.supergraph.query_planning.cache.in_memory.limit,
        plan_cache_bytes=config.supergraph.query_planning.cache.in_memory.max_bytes,
        shows_subgraph_errors=of_all,
        subgraph_errors=of_some,
        allows_introspection=config.supergraph.introspection is not False,
        introspection=introspection_rule(config.supergraph.introspection),
        hides_suggestions=not is_development,
        exposes_query_plan=is_development or config.playground.explain is not False,
        explain=None if is_development else introspection_rule(config.playground.explain),
        subgraph_http=of_all_http,
        subgraph_http_of=of_some_http,
        resilience=resilience_options(shaping),
        subgraph_streams=stream_options(config.subscription.mode.passthrough, config.tls.subgraph),
        shares_in_flight=shaping.all.deduplicate_query,
        shares_requests=shaping.router.dedupe.enabled,
        max_tokens=config.limits.parser_max_tokens,
        limits=limit_options(config.limits),
        persisted_queries=persisted_query_options(config.apq),
        trusted=trusted_options(config.persisted_queries),
        usage=usage_options(config.usage_reporting, config.supergraph.registry),
        names_operations=config.telemetry.is_on,
        owns_process=True,
        subscriptions=subscription_options(config.subscription),
        overrides=override_options(config.override_labels),
    )


def server_options(config: RouterConfig, *, is_development: bool = False) -> ServerOptions:
    """Fill the server's options."""
    return ServerOptions(
        graphql_path=config.supergraph.path,
        max_body_bytes=config.limits.http_max_request_bytes,
        max_batch_requests=config.batching.maximum_size if config.batching.enabled else 0,
        uploads=upload_options(config.file_uploads),
        min_compressed_bytes=min_compressed_bytes(config.compression),
        has_playground=config.playground.enabled or is_development,
        playground_query="" if config.playground.query is None else config.playground.query,
        playground_operations=config.playground.operations,
        shows_owners=config.playground.field_owners or is_development,
        cors=cors_policies(config.cors),
        realtime=realtime_options(config.realtime),
        events=event_publish_options(config.subscription.events),
        registry=registry_options(config.registry) if config.registry.enabled else None,
        init_timeout_s=config.subscription.websocket.init_timeout,
        max_operations=config.subscription.websocket.max_operations,
        max_sockets_per_client=config.subscription.websocket.max_connections_per_client,
        keep_alive_s=config.subscription.websocket.keep_alive,
        sse_heartbeat_s=config.subscription.heartbeat.sse,
        multipart_heartbeat_s=config.subscription.heartbeat.multipart,
        has_homepage=config.homepage.enabled,
        homepage_details=config.homepage.details or is_development,
        shows_sdl=config.supergraph.introspection is not False,
        health_path=config.health_check.path if config.health_check.enabled else None,
        health_tells_reasons=config.health_check.reasons or is_development,
        overload=overload_options(config.traffic_shaping.router),
        trace_header=config.telemetry.exporters.tracing.header,
        metrics_path=metrics_path_beside(config.telemetry, config.supergraph.listen),
    )
