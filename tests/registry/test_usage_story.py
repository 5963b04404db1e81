"""Usage from a client to the owner's terminal: the real command, a real router, a real registry."""

from __future__ import annotations

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from router.config.problem import ConfigError
from router.config.supergraph import FollowSection
from router.config.usage import UsageReportingSection, usage_options
from tests.registry.served_registry import Owner, following, running_registry, until
from tests.serve_process import AnyAnswer, served

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])\n'
SDL = "type Query { product: Product, other: Int } type Product { id: ID!, name: String, price(tax: Boolean): Float }"


class Ear(BaseHTTPRequestHandler):
    """Hears webhooks."""

    heard: ClassVar[list[tuple[str, Any]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.heard.append((self.headers["olympus-signature"], body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def ask(url: str, query: str, **headers: str) -> None:
    body = json.dumps({"query": query}).encode()
    sent = {"content-type": "application/json", **headers}
    with urllib.request.urlopen(urllib.request.Request(url, body, sent), timeout=60) as answer:
        assert "errors" not in json.load(answer)


def test_a_breaking_change_shows_exactly_whose_operation_it_would_break(tmp_path: Path) -> None:
    schema = tmp_path / "shop.graphql"
    schema.write_text(LINK + SDL)
    with running_registry(tmp_path) as registry, AnyAnswer(SDL) as subgraph:
        owner = Owner(registry, registry.admin("token", "create", "ci", "--scope", "shop:admin"))
        published = owner.run("publish", "shop", "--schema", schema, "--url", subgraph.url)
        assert published.returncode == 0, published.stderr
        key = registry.admin("key", "show")
        more = "usage_reporting: {enabled: true, interval: 200ms}"
        config = following(tmp_path / "router", registry, owner.token, key, more)
        with served(tmp_path, "--config", config) as router:
            ios = {"apollographql-client-name": "ios", "apollographql-client-version": "3.1"}
            ask(router.url, "query Price { product { price(tax: true) } }", **ios)
            ask(router.url, "query Name { product { name } }", **{"graphql-client-name": "web"})
            until(lambda: len(owner.json("usage")) == 2, "the report of two operations")

        told = owner.run("usage", "Product.price(tax:)")
        assert told.returncode == 0, told.stderr
        assert "1 operation of 1 client, 1 request in the last 30 days" in told.stdout
        assert "Price" in told.stdout and "ios" in told.stdout and "3.1" in told.stdout
        assert "web" not in told.stdout
        assert "used by no operation" in owner.run("usage", "Query.other").stdout
        assert owner.run("usage", "Product.nothing").returncode == 2

        schema.write_text(LINK + SDL.replace("price(tax: Boolean)", "price"))
        checked = owner.run("check", "shop", "--schema", schema)
        assert checked.returncode == 1
        assert "Product.price(tax:)" in checked.stdout + checked.stderr
        assert "ios" in checked.stdout + checked.stderr and "web" not in checked.stdout + checked.stderr
        annotated = owner.run("check", "shop", "--schema", schema, "--format", "github").stdout
        assert "::error" in annotated

        set_ = owner.run("policy", "set", 'excluded_clients=["ios"]', "lint.UNUSED_TYPES=false")
        assert set_.returncode == 0, set_.stderr
        assert json.loads(owner.run("policy", "show").stdout)["lint"] == {"UNUSED_TYPES": False}
        assert owner.run("check", "shop", "--schema", schema).returncode == 0
        assert owner.run("policy", "set", "days=never").returncode == 2
        assert owner.run("policy", "set", "nothing=1").returncode == 2


def test_a_webhook_is_added_told_listed_and_deleted(tmp_path: Path) -> None:
    schema = tmp_path / "shop.graphql"
    schema.write_text(SDL)
    with running_registry(tmp_path) as registry, ThreadingHTTPServer(("127.0.0.1", 0), Ear) as ear:
        threading.Thread(target=ear.serve_forever, daemon=True).start()
        owner = Owner(registry, registry.admin("token", "create", "ci", "--scope", "shop:admin"))
        owner.run("publish", "shop", "--schema", schema, "--url", "http://shop.example/")
        url = f"http://127.0.0.1:{ear.server_port}/hook"
        added = owner.run("webhook", "add", url, "--event", "release")
        assert added.returncode == 0, added.stderr
        assert added.stdout.splitlines()[-1].startswith("olw_")
        schema.write_text(SDL.replace("other: Int", "other: Int more: Int"))
        assert owner.run("publish", "shop", "--schema", schema).returncode == 0
        until(lambda: Ear.heard, "the webhook")
        signature, body = Ear.heard[0]
        assert signature.startswith("t=") and body["event"] == "release"
        until(lambda: "204 at" in owner.run("webhook", "list").stdout, "the log of the delivery")
        assert owner.run("webhook", "delete", "1").returncode == 0
        assert owner.json("webhook", "list") == []
        ear.shutdown()


def test_a_router_that_follows_a_registry_reports_there() -> None:
    followed = FollowSection.model_validate(
        {"url": "http://r/registry", "graph": "shop", "token": "t", "public_key": "k"}
    )
    section = UsageReportingSection.model_validate({"enabled": True})
    options = usage_options(section, followed)
    assert options is not None
    assert (options.url, options.graph, options.variant, options.token) == (
        "http://r/registry",
        "shop",
        "production",
        "t",
    )
    elsewhere = UsageReportingSection.model_validate({"enabled": True, "url": "http://other/registry"})
    options = usage_options(elsewhere, followed)
    assert options is not None and options.token is None, "a token is for its own registry"
    with pytest.raises(ConfigError):
        usage_options(section, None)
    assert usage_options(UsageReportingSection(), None) is None
