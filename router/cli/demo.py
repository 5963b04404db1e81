"""``olympus demo``: four subgraphs, their composition and the router, started and stopped as one."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

from router.cli.demo_registry import DEMO_TOKEN, GRAPH, demo_registry
from router.cli.failure import CommandError
from router.cli.http_server import EdgeServer, ServerLimits
from router.cli.listener import address, listening_socket
from router.cli.serve import edge_server, ends_in_order, run_in_loop
from router.cli.token import DEMO_SECRET, ROLES_CLAIM, TENANT_CLAIM, USER_CLAIM, demo_identities
from router.engine.engine import Engine
from router.engine.header_rules import HeaderOptions, InsertFromClaim
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource, UnusableSupergraphError
from router.engine.subscription_options import EventOptions, SubscriptionOptions
from router.guards.cost import DemandOptions
from router.guards.jwks import secret_key
from router.guards.jwt import JwtOptions
from router.realtime.options import RealtimeOptions
from router.registry.usage.sender import UsageOptions
from router.server.app import App, create_app
from router.server.options import ServerOptions
from router.server.traffic import Traffic
from router.telemetry.logs import configure_logs

DEMO_TENANT: Final = "acme"
DEMO_USER: Final = "acme-c-0001"
DEMO_ROLES: Final = "admin"

DEMO_OPTIONS: Final = EngineOptions(
    headers=HeaderOptions(
        (
            InsertFromClaim(b"x-tenant-id", TENANT_CLAIM, DEMO_TENANT.encode()),
            InsertFromClaim(b"x-user-id", USER_CLAIM, DEMO_USER.encode()),
            InsertFromClaim(b"x-user-roles", ROLES_CLAIM, DEMO_ROLES.encode()),
        )
    ),
    jwt=JwtOptions((secret_key(DEMO_SECRET),)),
    shows_subgraph_errors=True,
    hides_suggestions=False,
    exposes_query_plan=True,
    demand=DemandOptions(list_size=10, max=1000, is_shown_on_request=True, is_on_request_only=True),
    subscriptions=SubscriptionOptions(anonymous_claims={TENANT_CLAIM: DEMO_TENANT}),
    owns_process=True,
)


def with_bus(options: EngineOptions) -> EngineOptions:
    """Give the options with the bus of the demo's subgraphs as broker, where it is one that reaches the router."""
    url = os.environ.get("OLYMPUS_REDIS_URL") or os.environ.get("REDIS_URL")
    events = EventOptions(url) if url else None
    return replace(options, subscriptions=replace(options.subscriptions, events=events))


FIRST_OPERATION: Final = "customer_overview.graphql"
"""What the playground's editor begins with: four subgraphs answer it together."""

TRY: Final = (
    "{ me { name tier lifetimeValue { formatted } orders(pagination: { first: 1 }) { edges { node { number "
    "items { product { name price { formatted } shippingEstimate { formatted } salesRank } } } } } } }"
)

NEEDED: Final = ("sqlalchemy", "aiosqlite", "alembic", "strawberry", "ariadne")
"""What the subgraphs import and the router does not."""

SUBGRAPHS: Final = 4
START_S: Final = 120.0
"""For all subgraphs to be ready; the first start fills their databases."""
STOP_S: Final = 5.0


def run_demo(host: str, port: int, port_base: int, registry_port: int) -> None:
    """Run the demo until a signal; the subgraphs take four ports from ``port_base`` on.

    Raises: CommandError when a part of it cannot start.
    """
    _check_installed()
    configure_logs("warning", "text")
    folder = schema_folder()
    with ends_in_order(), listening_socket(host, port) as bound, demo_registry(registry_port) as registry:
        print(
            "Starting the registry and the four subgraphs; the first time fills their databases …", flush=True
        )
        with _subgraphs(port_base) as (subgraphs, urls):
            traffic = Traffic()
            server = edge_server(
                _app(folder, registry.publish(folder, urls), registry.url, traffic),
                ServerLimits(drain_s=STOP_S),
                traffic,
                lambda: _welcome(address(bound), folder, registry.url),
            )
            _stop_with(subgraphs, server)
            run_in_loop(server, lambda: server.serve(sockets=[bound]))
            _say_why_it_ended(subgraphs.poll())


def _say_why_it_ended(status: int | None) -> None:
    """Raise: CommandError when the subgraphs ended by themselves."""
    if status in (None, 0, -signal.SIGINT, -signal.SIGTERM):
        return
    if status is not None and status < 0:
        raise CommandError(
            f"The subgraphs were ended by {signal.Signals(-status).name}; the router stops, too."
        )
    raise CommandError("The subgraphs stopped; the lines above say why.")


def _app(folder: Path, source: SupergraphSource, registry: str, traffic: Traffic) -> App:
    usage = UsageOptions(registry, GRAPH, "production", DEMO_TOKEN, interval_s=2.0)
    engine = Engine(source, replace(with_bus(DEMO_OPTIONS), usage=usage))
    try:
        engine.reloader.load_now()
    except UnusableSupergraphError as error:
        raise CommandError(str(error)) from None
    first = (folder / "operations" / FIRST_OPERATION).read_text("utf-8")
    options = ServerOptions(
        has_playground=True,
        playground_query=first,
        playground_operations=folder / "operations",
        shows_owners=True,
        homepage_details=True,
        playground_identities=demo_identities(),
        realtime=RealtimeOptions(),
    )
    return create_app(engine, options, traffic)


def schema_folder() -> Path:
    """Find the demo's schemas: at the root of a checkout, in the package of the subgraphs when installed."""
    checkout = Path(__file__).parents[2] / "schema"
    spec = importlib.util.find_spec("subgraphs")
    installed = [Path(place) / "schema" for place in (spec.submodule_search_locations or ())] if spec else []
    for folder in (checkout, *installed):
        if (folder / "supergraph.yaml").is_file():
            return folder
    raise CommandError("The demo's schemas are not here; run it from a checkout or an installed wheel.")


def _check_installed() -> None:
    missing = [name for name in ("subgraphs", *NEEDED) if importlib.util.find_spec(name) is None]
    if missing:
        raise CommandError(
            f"The demo needs {', '.join(missing)}: install them with: pip install 'olympus-router[demo]'"
        )


@contextmanager
def _subgraphs(port_base: int) -> Iterator[tuple[subprocess.Popen[str], Mapping[str, str]]]:
    """Start the subgraphs in a process of their own, and stop them at the end.

    Gives, when all are ready, the process and where each subgraph answers, by name.  Nothing is written to the
    process: its standard input ends when this process does, also when it is killed, and it ends then too.
    """
    command = [sys.executable, "-m", "subgraphs", "--end-with-stdin", "--port-base", str(port_base)]
    with subprocess.Popen(  # noqa: S603  # this interpreter, and a number
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield process, _wait_until_ready(process)
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_ready(process: subprocess.Popen[str]) -> dict[str, str]:
    """Read the line that each subgraph prints when it is ready: its name and its URL."""
    assert process.stdout is not None  # noqa: S101  # asked for above
    timer = threading.Timer(START_S, process.kill)
    timer.daemon = True
    timer.start()
    urls: dict[str, str] = {}
    for line in process.stdout:
        print(f"  {line.rstrip()}", flush=True)
        name, _, url = line.strip().partition(" ")
        if url.strip().startswith("http"):
            urls[name] = url.strip()
        if len(urls) == SUBGRAPHS:
            break
    timer.cancel()
    if len(urls) < SUBGRAPHS:
        raise CommandError(
            "The subgraphs did not start; the lines above say why. Ports that are taken: try another --port-base."
        )
    threading.Thread(target=_pass_on, args=(process.stdout,), daemon=True).start()
    return urls


def _pass_on(output: IO[str]) -> None:
    for line in output:
        print(f"  {line.rstrip()}", flush=True)


def _stop_with(process: subprocess.Popen[str], server: EdgeServer) -> None:
    """Stop the router when the subgraphs end by themselves."""

    def watch() -> None:
        process.wait()
        server.stop()

    threading.Thread(target=watch, daemon=True).start()


def _welcome(origin: str, folder: Path, registry: str) -> None:
    body = json.dumps({"query": TRY})
    print(
        f"""
Olympus Router is ready.

  playground     {origin}/
  about          {origin}/about   (health of the subgraphs, the release, how to connect)
  GraphQL        {origin}/graphql   (subscriptions: graphql-transport-ws at the same path)
  health         {origin}/health/ready
  registry       {registry}/   (graph {GRAPH}; sign in with the token below)
  operations     {folder / "operations"}

Try:

  curl -s {origin}/graphql -H 'content-type: application/json' \\
    -d '{body}'

Live: run order_updates.graphql in the playground, then place_order.graphql in a second tab.

Without a token you are {DEMO_USER} of tenant {DEMO_TENANT}; for another one:

  curl … -H "authorization: Bearer $(olympus token --tenant globex --user globex-c-0001)"

The router follows the registry: publish a change of a subgraph, and it is live a moment later:

  export OLYMPUS_REGISTRY_URL={registry} OLYMPUS_GRAPH={GRAPH} OLYMPUS_REGISTRY_TOKEN={DEMO_TOKEN}
  olympus subgraph fetch products --output products.graphql    # change something in it
  olympus check products --schema products.graphql
  olympus publish products --schema products.graphql
  olympus releases                                              # and olympus rollback ID
  olympus usage Product.name                                    # who uses it

^C stops it all.
""",
        flush=True,
    )
