"""The registry over HTTP: who may do what, what is told, and what routers get."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from router.registry.artifact import read_artifact
from router.registry.database.connect import open_database
from router.registry.database.writes import Signed
from router.registry.keys import own_signer
from router.registry.options import RegistryOptions
from router.registry.signing import Ed25519Verifier, HmacKey
from router.registry.tokens import Scope, Tokens
from router.server.registry import create_registry_app
from router.server.traffic import Traffic
from tests.serving import serving

PUBLISH = """mutation ($s: [SubgraphInput!]!, $g: String = "shop") {
  publish(graph: $g, variant: "production", subgraphs: $s) { outcome release { id isLive createdBy } report { passed } }
}"""
SDL = "type Query { a: Int }"
SECRET = b"0123456789abcdef0123456789abcdef"


@dataclass
class Served:
    """A registry over HTTP, and whoever runs it."""

    origin: str
    tokens: Tokens
    options: RegistryOptions
    http: httpx.AsyncClient
    traffic: Traffic

    async def token(self, *scopes: tuple[str, Scope], expires_at: datetime | None = None) -> str:
        made = await self.tokens.create("ci", dict(scopes), Signed("test", datetime.now(UTC)), expires_at)
        return made.text

    async def ask(self, token: str | None, query: str, **variables: Any) -> dict[str, Any]:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        body = {"query": query, "variables": variables}
        response = await self.http.post(f"{self.origin}/registry/graphql", json=body, headers=headers)
        answer: dict[str, Any] = response.json()
        return answer

    async def publish(self, token: str, name: str = "a", sdl: str = SDL) -> dict[str, Any]:
        return await self.ask(
            token, PUBLISH, s=[{"name": name, "sdl": sdl, "url": f"http://{name}.example/"}]
        )

    async def artifact(self, token: str, ref: str = "shop/production", **more: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}", **more}
        url = f"{self.origin}/registry/artifacts/{ref}"
        return await self.http.get(url, headers=headers, params={"wait": "30" if more else "0"}, timeout=60)


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[Served]:
    """A served registry."""
    options = RegistryOptions(database_url, secret=SECRET)
    traffic = Traffic()
    app = create_registry_app(options, traffic)
    async with serving(app) as origin, httpx.AsyncClient(trust_env=False) as http:
        database = await open_database(options.database_url)
        yield Served(origin, Tokens(database), options, http, traffic)
        traffic.drain()
        await database.close()


def code(answer: dict[str, Any]) -> str:
    found: str = answer["errors"][0]["extensions"]["code"]
    return found


async def test_a_token_publishes_to_its_graph_and_no_other(served: Served) -> None:
    token = await served.token(("shop", Scope.PUBLISH))
    told = (await served.publish(token))["data"]["publish"]
    assert told == {
        "outcome": "RELEASED",
        "release": {"id": 1, "isLive": True, "createdBy": "ci"},
        "report": {"passed": True},
    }
    other = await served.ask(token, PUBLISH, s=[{"name": "a", "sdl": SDL, "url": "http://a/"}], g="bank")
    assert code(other) == "REGISTRY_FORBIDDEN"


@pytest.mark.parametrize(
    ("scope", "field", "is_allowed"),
    [
        (Scope.READ, 'graph(name: "shop") { name }', True),
        (Scope.READ, 'graph(name: "shop") { audit { actor } }', False),
        (Scope.ADMIN, 'graph(name: "shop") { audit { actor } }', True),
        (Scope.ADMIN, "tokens { id }", False),
    ],
)
async def test_scopes_of_queries(served: Served, scope: Scope, field: str, is_allowed: bool) -> None:
    await served.publish(await served.token(("shop", Scope.PUBLISH)))
    answer = await served.ask(await served.token(("shop", scope)), f"{{ {field} }}")
    assert ("errors" not in answer) is is_allowed
    if not is_allowed:
        assert code(answer) == "REGISTRY_FORBIDDEN"


@pytest.mark.parametrize(
    ("scope", "field", "is_allowed"),
    [
        (Scope.READ, 'check(graph: "shop", variant: "production", subgraphs: $s) { passed }', False),
        (Scope.CHECK, 'check(graph: "shop", variant: "production", subgraphs: $s) { passed }', True),
        (Scope.CHECK, 'publish(graph: "shop", variant: "production", subgraphs: $s) { outcome }', False),
        (Scope.CHECK, 'rollback(graph: "shop", variant: "production", release: 1) { outcome }', False),
        (Scope.CHECK, 'deleteSubgraph(graph: "shop", variant: "production", name: "a") { outcome }', False),
        (
            Scope.CHECK,
            'setContract(graph: "shop", variant: "p", contract: {source: "production"}) { outcome }',
            False,
        ),
        (Scope.ADMIN, 'createToken(name: "x", scopes: [{graph: "shop", scope: ADMIN}]) { text }', False),
    ],
)
async def test_scopes_of_mutations(served: Served, scope: Scope, field: str, is_allowed: bool) -> None:
    uses = "($s: [SubgraphInput!]!)" if "$s" in field else ""
    answer = await served.ask(
        await served.token(("shop", scope)),
        f"mutation {uses} {{ {field} }}",
        s=[{"name": "a", "sdl": SDL, "url": "http://a/"}],
    )
    assert ("errors" not in answer) is is_allowed, answer
    if not is_allowed:
        assert code(answer) == "REGISTRY_FORBIDDEN"


async def test_nobody_sees_graphs_of_others(served: Served) -> None:
    everything = await served.token(("*", Scope.ADMIN))
    await served.publish(everything)
    stranger = await served.token(("bank", Scope.ADMIN))
    query = "{ graphs { name } release(id: 1) { id supergraph } }"
    assert (await served.ask(stranger, query))["data"] == {"graphs": [], "release": None}
    assert code(await served.ask(stranger, '{ graph(name: "shop") { name } }')) == "REGISTRY_FORBIDDEN"
    assert (await served.artifact(stranger)).status_code == 403
    assert len((await served.ask(everything, query))["data"]["graphs"]) == 1


@pytest.mark.parametrize("token", [None, "olr_000000000000_" + "A" * 43, "Bearer", "é"])
async def test_no_token_that_is_known_is_401(served: Served, token: str | None) -> None:
    headers = {} if token is None else {b"authorization": b"Bearer " + token.encode()}
    for method, path in (("POST", "graphql"), ("GET", "artifacts/shop/production")):
        url = f"{served.origin}/registry/{path}"
        response = await served.http.request(
            method, url, headers=headers, content=b"{}" if method == "POST" else b""
        )
        assert (response.status_code, code(response.json())) == (401, "REGISTRY_UNAUTHENTICATED")
        assert response.headers["www-authenticate"] == "Bearer"


async def test_a_token_that_is_revoked_or_expired_counts_no_longer(served: Served) -> None:
    token = await served.token(("*", Scope.ADMIN))
    (row,) = await served.tokens.list()
    assert "errors" not in await served.ask(token, "{ graphs { name } }")
    await served.tokens.revoke(row.id, Signed("test", datetime.now(UTC)))
    assert code(await served.ask(token, "{ graphs { name } }")) == "REGISTRY_UNAUTHENTICATED"
    past = datetime.now(UTC) - timedelta(seconds=1)
    expired = await served.token(("*", Scope.ADMIN), expires_at=past)
    assert code(await served.ask(expired, "{ graphs { name } }")) == "REGISTRY_UNAUTHENTICATED"


async def test_an_admin_of_everything_makes_and_revokes_tokens(served: Served) -> None:
    admin = await served.token(("*", Scope.ADMIN))
    made = await served.ask(
        admin,
        'mutation { createToken(name: "router", scopes: [{graph: "shop", scope: READ}], expiresInDays: 1) '
        "{ text token { id scopes { graph scope } expiresAt } } }",
    )
    new = made["data"]["createToken"]
    assert new["token"]["scopes"] == [{"graph": "shop", "scope": "READ"}] and new["token"]["expiresAt"]
    assert "errors" not in await served.ask(new["text"], '{ graph(name: "shop") { name } }')
    revoke = "mutation ($id: ID!) { revokeToken(id: $id) }"
    assert (await served.ask(admin, revoke, id=new["token"]["id"]))["data"] == {"revokeToken": True}
    assert code(await served.ask(admin, revoke, id=new["token"]["id"])) == "REGISTRY_NOT_FOUND"
    assert new["text"] not in json.dumps(await served.ask(admin, "{ tokens { id name } }"))


async def test_an_artifact_is_signed_and_conditional(served: Served) -> None:
    token = await served.token(("shop", Scope.PUBLISH))
    assert (await served.artifact(token)).status_code == 404
    await served.publish(token)
    response = await served.artifact(token)
    artifact = read_artifact(response.content, HmacKey(SECRET))
    assert (artifact.graph, artifact.variant, artifact.release) == ("shop", "production", 1)
    assert "a: Int" in artifact.supergraph
    assert response.headers["etag"] == '"1"'
    url = f"{served.origin}/registry/artifacts/shop/production"
    headers = {"authorization": f"Bearer {token}", "if-none-match": '"1"'}
    assert (await served.http.get(url, headers=headers)).status_code == 304


async def test_who_waits_gets_the_next_release_at_once(served: Served) -> None:
    token = await served.token(("shop", Scope.PUBLISH))
    await served.publish(token)
    waiting = [asyncio.create_task(served.artifact(token, **{"if-none-match": '"1"'})) for _ in range(3)]
    await asyncio.sleep(0.1)
    await served.publish(token, "b", "type Query { b: Int }")
    for response in await asyncio.wait_for(asyncio.gather(*waiting), 20):
        assert (response.status_code, response.headers["etag"]) == (200, '"2"')


async def test_who_waits_hears_of_releases_of_other_processes(served: Served) -> None:
    token = await served.token(("shop", Scope.PUBLISH))
    await served.publish(token)
    async with serving(create_registry_app(served.options, Traffic())) as other:
        waiting = asyncio.create_task(served.artifact(token, **{"if-none-match": '"1"'}))
        await asyncio.sleep(0.1)
        elsewhere = Served(other, served.tokens, served.options, served.http, served.traffic)
        await elsewhere.publish(token, "b", "type Query { b: Int }")
        response = await asyncio.wait_for(waiting, 20)
    assert response.headers["etag"] == '"2"'


async def test_a_registry_that_ends_keeps_nobody_waiting(served: Served) -> None:
    token = await served.token(("shop", Scope.PUBLISH))
    await served.publish(token)
    waiting = asyncio.create_task(served.artifact(token, **{"if-none-match": '"1"'}))
    await asyncio.sleep(0.1)
    served.traffic.drain()
    assert (await asyncio.wait_for(waiting, 20)).status_code == 304


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "REGISTRY_INVALID"),
        (b"[]", "REGISTRY_INVALID"),
        (b'{"query": 1}', "REGISTRY_INVALID"),
        (b'{"query": "{"}', "GRAPHQL_PARSE_FAILED"),
        (b'{"query": "{ nothing }"}', "GRAPHQL_VALIDATION_FAILED"),
        (
            b'{"query": "query A { graphs { name } } query B { graphs { name } }"}',
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (b'{"query": "{ graph(name: \\"no name\\") { name } }"}', None),
        (
            b'{"query": "{ graph(name: \\"shop\\") { variant(name: \\"x\\") { releases(first: 0) { id } } } }"}',
            None,
        ),
        (b"[" * 100_000, "REGISTRY_INVALID"),
    ],
)
async def test_requests_that_cannot_be_answered_say_why(
    served: Served, body: bytes, expected: str | None
) -> None:
    token = await served.token(("*", Scope.ADMIN))
    headers = {"authorization": f"Bearer {token}"}
    response = await served.http.post(f"{served.origin}/registry/graphql", content=body, headers=headers)
    answer = response.json()
    assert response.status_code < 500
    assert ("errors" not in answer) if expected is None else (code(answer) == expected)


async def test_bad_waits_and_names_are_refused(served: Served) -> None:
    token = await served.token(("*", Scope.ADMIN))
    headers = {"authorization": f"Bearer {token}"}
    url = f"{served.origin}/registry/artifacts"
    assert (await served.http.get(f"{url}/shop/a%20b", headers=headers)).status_code == 400
    assert (await served.http.get(f"{url}/shop/x?wait=soon", headers=headers)).status_code == 400
    assert (await served.http.get(f"{url}/shop/x?wait=nan", headers=headers)).status_code == 404


async def test_a_registry_makes_its_own_key_once(tmp_path: Path) -> None:
    options = RegistryOptions(f"sqlite:///{tmp_path}/registry.db")
    first = own_signer(options).public_key
    assert own_signer(options).public_key == first
    assert Ed25519Verifier(first).has_signed(b"x", [own_signer(options).sign(b"x")])
    assert (tmp_path / "registry-signing-key.pem").stat().st_mode & 0o077 == 0
