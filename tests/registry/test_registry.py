"""Publish, check, release, roll back: on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from router.registry.checks import Severity
from router.registry.database.connect import open_database
from router.registry.errors import (
    RegistryDatabaseError,
    RegistryInvalidError,
    RegistryNotFoundError,
    RegistryUnavailableError,
)
from router.registry.model import Contract, Outcome, Publication, ReleaseKind, VariantRef
from router.registry.registry import Registry

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key", "@tag", "@shareable"])\n'
REF = VariantRef("shop", "production")
PRODUCTS = LINK + 'type Query { product: Product } type Product @key(fields: "id") { id: ID! name: String }'
REVIEWS = LINK + 'type Product @key(fields: "id") { id: ID! stars: Int }'
USERS = (
    LINK
    + 'type Query { me: User } type User @key(fields: "id") { id: ID! name: String @tag(name: "internal") }'
)


def publication(name: str, sdl: str) -> Publication:
    return Publication(name, sdl, f"http://{name}.example/graphql")


async def published(registry: Registry, name: str, sdl: str, ref: VariantRef = REF) -> None:
    changed = await registry.publish(ref, [publication(name, sdl)], "ann")
    assert changed.outcome is Outcome.RELEASED, changed


async def text_of(registry: Registry, ref: VariantRef = REF) -> str:
    live = await registry.live_id(ref)
    assert live is not None
    text = await registry.release_text(live)
    assert text is not None
    return text.supergraph_sdl


async def test_a_published_subgraph_is_live(registry: Registry) -> None:
    changed = await registry.publish(REF, [publication("products", PRODUCTS)], "ann")
    assert changed.outcome is Outcome.RELEASED
    assert changed.release is not None and changed.release.is_live and changed.release.created_by == "ann"
    assert [r.subgraph for r in await registry.subgraphs(REF)] == ["products"]
    assert "http://products.example/graphql" in await text_of(registry)
    assert [r.sdl for r in await registry.release_revisions(changed.release.id)] == [PRODUCTS]


async def test_the_same_again_is_unchanged_and_makes_no_release(registry: Registry) -> None:
    await published(registry, "products", PRODUCTS)
    again = await registry.publish(REF, [Publication("products", PRODUCTS)], "bob")
    assert again.outcome is Outcome.UNCHANGED
    assert len(await registry.releases(REF)) == 1


async def test_another_url_alone_is_a_release(registry: Registry) -> None:
    await published(registry, "products", PRODUCTS)
    changed = await registry.publish(REF, [Publication("products", PRODUCTS, "http://new.example/")], "bob")
    assert changed.outcome is Outcome.RELEASED
    assert "http://new.example/" in await text_of(registry)


async def test_what_does_not_compose_changes_nothing(registry: Registry) -> None:
    await published(registry, "products", PRODUCTS)
    before = await text_of(registry)
    changed = await registry.publish(REF, [publication("reviews", "type Product { id: Strin }")], "bob")
    assert changed.outcome is Outcome.REJECTED
    (error, *_) = [f for f in changed.report.findings if f.severity is Severity.ERROR]
    assert error.locations and error.locations[0].subgraph == "reviews"
    assert await text_of(registry) == before
    assert [r.subgraph for r in await registry.subgraphs(REF)] == ["products"]
    assert (await registry.audit())[0].action == "publish_rejected"


async def test_subgraphs_gather_until_the_first_release(registry: Registry) -> None:
    alone = await registry.publish(REF, [publication("reviews", REVIEWS)], "ann")
    assert alone.outcome is Outcome.PENDING and not alone.report.passed
    again = await registry.publish(REF, [publication("reviews", REVIEWS)], "ann")
    assert again.outcome is Outcome.PENDING and not again.report.passed
    changed = await registry.publish(REF, [publication("products", PRODUCTS)], "bob")
    assert changed.outcome is Outcome.RELEASED
    assert [r.subgraph for r in await registry.subgraphs(REF)] == ["products", "reviews"]


async def test_before_the_first_release_nobody_stores_what_cannot_be_read(registry: Registry) -> None:
    changed = await registry.publish(REF, [publication("reviews", "type {")], "ann")
    assert changed.outcome is Outcome.REJECTED
    with pytest.raises(RegistryNotFoundError):
        await registry.subgraphs(REF)


async def test_several_subgraphs_are_published_as_one(registry: Registry) -> None:
    both = [publication("reviews", REVIEWS), publication("products", PRODUCTS)]
    changed = await registry.publish(REF, both, "ann")
    assert changed.outcome is Outcome.RELEASED
    assert len(await registry.releases(REF)) == 1


async def test_a_check_writes_nothing(registry: Registry) -> None:
    await published(registry, "products", PRODUCTS)
    entries = await registry.audit()
    assert (await registry.check(REF, [publication("users", USERS)])).passed
    assert not (await registry.check(REF, [publication("users", "type Query { a: B }")])).passed
    assert (await registry.check(VariantRef("new", "one"), [publication("users", USERS)])).passed
    assert [r.subgraph for r in await registry.subgraphs(REF)] == ["products"]
    assert await registry.audit() == entries
    assert await registry.graphs() == ["shop"]


async def test_a_deleted_subgraph_is_gone_and_the_last_one_stays(registry: Registry) -> None:
    await published(registry, "products", PRODUCTS)
    await published(registry, "users", USERS)
    gone = await registry.delete(REF, "users", "ann")
    assert gone.outcome is Outcome.RELEASED and gone.release is not None
    assert gone.release.kind is ReleaseKind.DELETE
    assert "users.example" not in await text_of(registry)
    with pytest.raises(RegistryInvalidError, match="last subgraph"):
        await registry.delete(REF, "products", "ann")
    with pytest.raises(RegistryNotFoundError):
        await registry.delete(REF, "users", "ann")


async def test_a_deletion_that_others_cannot_do_without_is_refused(registry: Registry) -> None:
    await registry.publish(REF, [publication("products", PRODUCTS), publication("reviews", REVIEWS)], "ann")
    assert (await registry.delete(REF, "products", "ann")).outcome is Outcome.REJECTED
    assert len(await registry.subgraphs(REF)) == 2


async def test_a_rollback_is_a_new_release_with_the_old_content(registry: Registry) -> None:
    await published(registry, "products", PRODUCTS)
    old = await text_of(registry)
    await published(registry, "users", USERS)
    first = (await registry.releases(REF))[-1]
    back = await registry.rollback(REF, first.id, "eve")
    assert back.outcome is Outcome.RELEASED and back.release is not None
    ids = [release.id for release in await registry.releases(REF)]
    assert ids == sorted(ids, reverse=True) and back.release.id == ids[0] and len(ids) == 3
    assert (back.release.kind, back.release.of_release_id) == (ReleaseKind.ROLLBACK, first.id)
    assert await text_of(registry) == old
    assert [r.subgraph for r in await registry.subgraphs(REF)] == ["products"]
    assert (await registry.rollback(REF, back.release.id, "eve")).outcome is Outcome.UNCHANGED


async def test_a_release_of_another_variant_is_not_rolled_back_to(registry: Registry) -> None:
    await published(registry, "products", PRODUCTS)
    staging = VariantRef("shop", "staging")
    await published(registry, "users", USERS, staging)
    with pytest.raises(RegistryNotFoundError):
        await registry.rollback(REF, (await registry.releases(staging))[0].id, "eve")


async def test_twenty_publishers_at_once_all_end_in_one_supergraph(database_url: str) -> None:
    """Four registries on one database, as in four processes: only compare-and-set stands between them."""
    registries = [Registry(await open_database(database_url)) for _ in range(4)]
    try:
        await published(registries[0], "products", PRODUCTS)

        async def publish(number: int) -> Outcome:
            sdl = f"{LINK}type Query {{ field{number}: Int }}"
            registry = registries[number % len(registries)]
            return (await registry.publish(REF, [publication(f"s{number}", sdl)], f"owner {number}")).outcome

        outcomes = await asyncio.gather(*(publish(number) for number in range(20)))
        assert outcomes == [Outcome.RELEASED] * 20
        text = await text_of(registries[0])
        assert all(f"field{number}" in text for number in range(20))
        assert len(await registries[0].subgraphs(REF)) == 21
        releases = await registries[0].releases(REF, limit=50)
        assert len({release.id for release in releases}) == 21
        sizes = [len(await registries[0].release_revisions(release.id)) for release in releases]
        assert sizes == list(range(21, 0, -1)), "every release has all that was acknowledged before it"
    finally:
        for registry in registries:
            await registry.close()


async def test_first_publishers_at_once_share_the_new_variant(database_url: str) -> None:
    registries = [Registry(await open_database(database_url)) for _ in range(3)]
    try:
        names = ["a", "b", "c"]
        changes = [
            registry.publish(REF, [publication(name, f"type Query {{ {name}: Int }}")], name)
            for registry, name in zip(registries, names, strict=True)
        ]
        assert {changed.outcome for changed in await asyncio.gather(*changes)} == {Outcome.RELEASED}
        assert [r.subgraph for r in await registries[0].subgraphs(REF)] == names
    finally:
        for registry in registries:
            await registry.close()


async def test_a_contract_follows_its_source(registry: Registry) -> None:
    await published(registry, "users", USERS)
    public = VariantRef("shop", "public")
    made = await registry.derive(public, Contract("production", exclude_tags=("internal",)), "ann")
    assert made.outcome is Outcome.RELEASED and made.release is not None
    assert made.release.kind is ReleaseKind.CONTRACT
    changed = await registry.publish(REF, [publication("products", PRODUCTS)], "ann")
    assert [release.ref for release in changed.contracts] == [public]
    live = await registry.release_text(changed.contracts[0].id)
    assert live is not None
    assert "product: Product" in live.api_sdl
    user = live.api_sdl.partition("type User")[2].partition("}")[0]
    assert "id" in user and "name" not in user


async def test_a_contract_that_shows_nothing_new_gets_no_release(registry: Registry) -> None:
    await published(registry, "users", USERS)
    await registry.derive(
        VariantRef("shop", "public"), Contract("production", exclude_tags=("internal",)), "ann"
    )
    again = await registry.publish(REF, [publication("users", USERS)], "ann")
    assert again.outcome is Outcome.UNCHANGED and not again.contracts


async def test_a_change_that_breaks_a_contract_is_refused_unless_forced(registry: Registry) -> None:
    await published(registry, "users", USERS)
    public = VariantRef("shop", "public")
    await registry.derive(public, Contract("production", exclude_tags=("internal",)), "ann")
    before = await text_of(registry, public)
    hidden = LINK + 'type Query { me: User @tag(name: "internal") } type User { id: ID! }'
    refused = await registry.publish(REF, [publication("users", hidden)], "bob")
    assert refused.outcome is Outcome.REJECTED
    assert {f.variant for f in refused.report.findings if f.severity is Severity.ERROR} == {"public"}
    forced = await registry.publish(REF, [publication("users", hidden)], "bob", is_forced=True)
    assert forced.outcome is Outcome.RELEASED and not forced.contracts
    assert await text_of(registry, public) == before
    assert (await registry.audit())[0].detail["forced"]


async def test_a_rollback_takes_contracts_with_it(registry: Registry) -> None:
    await published(registry, "users", USERS)
    public = VariantRef("shop", "public")
    await registry.derive(public, Contract("production", exclude_tags=("internal",)), "ann")
    await published(registry, "products", PRODUCTS)
    back = await registry.rollback(REF, (await registry.releases(REF))[-1].id, "eve")
    assert [release.ref for release in back.contracts] == [public]
    assert "Product" not in await text_of(registry, public)


async def test_a_contract_is_not_published_to_nor_derived_from(registry: Registry) -> None:
    await published(registry, "users", USERS)
    public = VariantRef("shop", "public")
    await registry.derive(public, Contract("production"), "ann")
    with pytest.raises(RegistryInvalidError, match="follows production"):
        await registry.publish(public, [publication("products", PRODUCTS)], "ann")
    with pytest.raises(RegistryInvalidError, match="contract itself"):
        await registry.derive(VariantRef("shop", "other"), Contract("public"), "ann")
    with pytest.raises(RegistryInvalidError, match="subgraphs of its own"):
        await published(registry, "products", PRODUCTS, VariantRef("shop", "staging"))
        await registry.derive(VariantRef("shop", "staging"), Contract("production"), "ann")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Publication("bad name", PRODUCTS, "http://x.example/"), "name of a subgraph"),
        (Publication("products", PRODUCTS), "give its URL"),
        (Publication("products", PRODUCTS, "products:4001"), "no URL"),
        (Publication("products", "type Query { a: Int } # \x00", "http://x.example/"), "null character"),
    ],
)
async def test_what_cannot_be_published_says_why(
    registry: Registry, given: Publication, message: str
) -> None:
    with pytest.raises(RegistryInvalidError, match=message):
        await registry.publish(REF, [given], "ann")


async def test_the_audit_tells_who_did_what(registry: Registry) -> None:
    await published(registry, "products", PRODUCTS)
    await published(registry, "users", USERS)
    await registry.delete(REF, "users", "bob")
    entries = await registry.audit("shop", "production")
    assert [(e.action, e.actor, e.subject) for e in entries] == [
        ("delete", "bob", "users"),
        ("publish", "ann", "users"),
        ("publish", "ann", "products"),
    ]


async def test_a_registry_that_is_opened_again_has_everything(database_url: str) -> None:
    first = Registry(await open_database(database_url))
    await published(first, "products", PRODUCTS)
    text = await text_of(first)
    await first.close()
    second = Registry(await open_database(database_url))
    assert await text_of(second) == text
    await second.close()


async def test_a_write_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    registry = Registry(await open_database(f"sqlite:///{path}"))
    await published(registry, "products", PRODUCTS)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("DROP TABLE audit")
    with pytest.raises(RegistryUnavailableError):
        await registry.publish(REF, [publication("users", USERS)], "ann")
    assert [r.subgraph for r in await registry.subgraphs(REF)] == ["products"], "all of it or nothing"
    await registry.close()


async def test_a_database_that_cannot_be_opened_says_why_without_its_password() -> None:
    with pytest.raises(RegistryDatabaseError) as found:
        await open_database("postgresql://ann:secret@127.0.0.1:1/registry")
    assert "secret" not in str(found.value)
    with pytest.raises(RegistryDatabaseError, match="mysql"):
        await open_database("mysql://localhost/x")


@pytest.mark.parametrize("name", ["", "1", "a b", "a/b", "a" * 65, "é"])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(RegistryInvalidError):
        VariantRef("shop", name)
