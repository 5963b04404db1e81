"""Whom a change hits, what its plans cost, what lint says: on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from router.federation.supergraph import read_supergraph
from router.language.document import parse_operation
from router.language.used_operation import used_operation
from router.planning.normalize.normalize import select_operation
from router.registry.checking.policy import CheckPolicy, read_policy_json
from router.registry.checks import CheckReport, Finding, Severity
from router.registry.database.writes import Signed
from router.registry.errors import RegistryInvalidError, RegistryNotFoundError
from router.registry.model import Outcome, Publication, VariantRef
from router.registry.registry import Registry
from router.registry.usage.model import BUCKETS, Client, UsageCount, UsageReport, read_report

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key", "@shareable"])\n'
)
REF = VariantRef("shop", "production")
NOW = datetime.now(UTC)
PRODUCTS = (
    LINK
    + """
type Query { product(id: ID!): Product }
"Sold."
type Product @key(fields: "id") { id: ID! name: String weight: Int }
"""
)
WITHOUT_WEIGHT = PRODUCTS.replace(" weight: Int", "")
WEB = Client("web", "1.2.0")


async def publish(registry: Registry, sdl: str, name: str = "products", **options: bool) -> CheckReport:
    publication = Publication(name, sdl, f"http://{name}.example/graphql")
    return (await registry.publish(REF, [publication], "ann", **options)).report


async def check(registry: Registry, sdl: str, name: str = "products") -> CheckReport:
    return await registry.check(REF, [Publication(name, sdl, f"http://{name}.example/graphql")])


async def sent(
    registry: Registry, text: str, client: Client = WEB, requests: int = 1, at: datetime = NOW
) -> str:
    """Report an operation as a router does; gives its hash."""
    live = await registry.live_id(REF)
    release = None if live is None else await registry.release_text(live)
    assert release is not None
    document = parse_operation(text)
    node = select_operation(document, None)
    schema = read_supergraph(release.supergraph_sdl).api_schema
    used = used_operation(document, node, schema)
    count = UsageCount(used.hash, client, requests, 1, 5000 * requests, (requests, *[0] * (BUCKETS - 1)))
    report = UsageReport(at, (used,), (count,))
    await registry.insight.report_usage(REF, read_report(report.to_json()))
    return used.hash


def only(report: CheckReport, code: str) -> Finding:
    (found,) = [finding for finding in report.findings if finding.code == code]
    return found


async def test_a_breaking_change_names_the_clients_whose_operations_it_breaks(registry: Registry) -> None:
    await publish(registry, PRODUCTS)
    await sent(registry, 'query Ship { product(id: "7") { weight } }', Client("ios", "3.1"), 20)
    await sent(registry, 'query Ship { product(id: "8") { weight } }', WEB, 22)
    await sent(registry, 'query Show { product(id: "7") { name } }', WEB)
    report = await check(registry, WITHOUT_WEIGHT)
    assert not report.passed
    found = only(report, "FIELD_REMOVED")
    assert (found.severity, found.coordinate) == (Severity.ERROR, "Product.weight")
    assert [(o.name, o.client_name, o.client_version, o.requests) for o in found.operations] == [
        ("Ship", "web", "1.2.0", 22),
        ("Ship", "ios", "3.1", 20),
    ]
    assert found.message.endswith("it breaks 1 operation of the last 30 days: Ship (web, ios)")
    changed = await registry.publish(REF, [Publication("products", WITHOUT_WEIGHT)], "ann")
    assert changed.outcome is Outcome.REJECTED


async def test_a_breaking_change_that_no_recorded_operation_uses_passes_with_a_warning(
    registry: Registry,
) -> None:
    await publish(registry, PRODUCTS)
    await sent(registry, 'query Show { product(id: "7") { name } }')
    report = await check(registry, WITHOUT_WEIGHT)
    assert report.passed
    found = only(report, "FIELD_REMOVED")
    assert found.severity is Severity.WARNING
    assert "breaks no operation of the last 30 days" in found.message


async def test_where_nothing_was_recorded_the_check_says_so(registry: Registry) -> None:
    await publish(registry, PRODUCTS)
    report = await check(registry, WITHOUT_WEIGHT)
    assert report.passed
    assert only(report, "NO_USAGE_RECORDED").severity is Severity.WARNING


@pytest.mark.parametrize(
    ("policy", "passes"),
    [
        (CheckPolicy(), False),
        (CheckPolicy(excluded_clients=("web",)), True),
        (CheckPolicy(excluded_clients=("ios",)), False),
        (CheckPolicy(min_requests=3), False),
        (CheckPolicy(min_requests=4), True),
        (CheckPolicy(min_percentage=3), False),
        (CheckPolicy(min_percentage=3.1), True),
        (CheckPolicy(days=8), False),
        (CheckPolicy(days=6), True),
        (CheckPolicy(days=6, allows_unused=False), False),
    ],
    ids=str,
)
async def test_a_policy_says_which_operations_count(
    registry: Registry, policy: CheckPolicy, passes: bool
) -> None:
    await publish(registry, PRODUCTS)
    await sent(registry, 'query Show { product(id: "7") { name } }', Client("ios"), 97)
    week_ago = NOW - timedelta(days=7)
    await sent(registry, 'query Ship { product(id: "7") { weight } }', WEB, 3, week_ago)
    await registry.insight.set_policy(REF, policy, Signed("ann", NOW))
    assert await registry.insight.policy(REF) == policy
    assert (await check(registry, WITHOUT_WEIGHT)).passed is passes


async def test_without_any_usage_a_careful_policy_lets_nothing_break(registry: Registry) -> None:
    await publish(registry, PRODUCTS)
    await registry.insight.set_policy(REF, CheckPolicy(needs_usage=True), Signed("ann", NOW))
    assert not (await check(registry, WITHOUT_WEIGHT)).passed
    await sent(registry, 'query Show { product(id: "7") { name } }')
    assert (await check(registry, WITHOUT_WEIGHT)).passed


@pytest.mark.parametrize(
    "value",
    [[], {"day": 3}, {"days": "x"}, {"days": True}, {"days": 0}, {"lint": {"NO_RULE": True}}],
    ids=str,
)
def test_a_policy_that_cannot_be_is_refused(value: object) -> None:
    with pytest.raises(RegistryInvalidError):
        read_policy_json(value)


async def test_an_operation_whose_plan_grows_is_told(registry: Registry) -> None:
    await publish(registry, PRODUCTS)
    await sent(registry, 'query Ship { product(id: "7") { weight } }')
    await sent(registry, 'query Show { product(id: "7") { name } }')
    shared = PRODUCTS.replace("weight: Int", "weight: Int @shareable")
    await publish(registry, shared)
    other = LINK + 'type Product @key(fields: "id") { id: ID! weight: Int @shareable }'
    assert not [f for f in (await publish(registry, other, "stock")).findings if f.check == "plans"]
    report = await check(registry, WITHOUT_WEIGHT)
    found = only(report, "PLAN_NEEDS_MORE_FETCHES")
    assert "The plan of Ship needs 2 fetches in 2 steps, before 1 in 1" in found.message
    assert report.passed


async def test_lint_warns_of_the_changed_subgraph_with_places_and_as_the_policy_says(
    registry: Registry,
) -> None:
    await publish(registry, PRODUCTS)
    bad = PRODUCTS.replace("name: String", "full_name: String name: String")
    found = only(await check(registry, bad), "FIELD_NAMES_SHOULD_BE_CAMEL_CASE")
    assert (found.severity, found.locations[0].subgraph, found.locations[0].line) == (
        Severity.WARNING,
        "products",
        5,
    )
    quiet = CheckPolicy(lint={"FIELD_NAMES_SHOULD_BE_CAMEL_CASE": False})
    await registry.insight.set_policy(REF, quiet, Signed("ann", NOW))
    assert not [f for f in (await check(registry, bad)).findings if f.check == "lint"]


async def test_results_are_kept_as_they_were_told(registry: Registry) -> None:
    await publish(registry, PRODUCTS)
    await sent(registry, 'query Ship { product(id: "7") { weight } }')
    report = await registry.check(REF, [Publication("products", WITHOUT_WEIGHT)], "bob")
    newest, oldest = await registry.insight.runs(REF)
    assert (newest.action, newest.actor, newest.subgraphs) == ("check", "bob", ("products",))
    assert newest.report == report
    assert (oldest.action, oldest.actor) == ("publish", "ann")
    assert await registry.insight.run(newest.id) == newest
    assert await registry.insight.runs(REF, before=newest.id) == [oldest]


async def test_usage_adds_up_by_day_and_client(registry: Registry) -> None:
    await publish(registry, PRODUCTS)
    text = 'query Ship { product(id: "7") { weight } }'
    for _ in range(2):
        await sent(registry, text, WEB, 2)
    await sent(registry, text, Client("ios"), 3, NOW - timedelta(days=1))
    await sent(registry, text, WEB, 100, NOW - timedelta(days=90))
    (use,) = await registry.insight.usage(REF, "Product.weight", NOW)
    assert [(d.day, d.client.name, d.requests, d.errors) for d in use.days] == [
        (NOW.date() - timedelta(days=1), "ios", 3, 1),
        (NOW.date(), "web", 4, 2),
    ]
    (operation,) = use.operations
    assert operation.requests == 7
    assert [(c.client, c.requests, c.latency_us) for c in operation.clients] == [
        (WEB, 4, 20000),
        (Client("ios"), 3, 15000),
    ]
    (unused,) = await registry.insight.usage(REF, "Product.name", NOW)
    assert unused.operations == ()
    with pytest.raises(RegistryNotFoundError):
        await registry.insight.usage(REF, "Product.nothing", NOW)


async def test_who_asks_through_an_interface_is_told_too(registry: Registry) -> None:
    sdl = PRODUCTS.replace("type Product", "interface Named { name: String } type Product implements Named")
    await publish(registry, sdl.replace("product(", "named: Named product("))
    await sent(registry, "query N { named { name } }")
    own, through = await registry.insight.usage(REF, "Product.name", NOW)
    assert own.operations == ()
    assert (through.coordinate, through.operations[0].name) == ("Named.name", "N")


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"at": "x", "operations": [], "counts": []},
        {"at": 1, "operations": {}, "counts": []},
        {"at": 1, "operations": [{"hash": "zz"}], "counts": []},
        {"at": 1, "operations": [], "counts": [{"hash": "0" * 64, "client": {}, "requests": -1}]},
    ],
    ids=str,
)
def test_what_is_no_report_is_refused(value: object) -> None:
    with pytest.raises(RegistryInvalidError):
        read_report(value)


async def test_usage_is_forgotten_in_the_end_and_operations_with_it(registry: Registry) -> None:
    await publish(registry, PRODUCTS)
    old = NOW - timedelta(days=401)
    await sent(registry, '{ product(id: "7") { weight } }', at=old)
    both = await sent(registry, '{ product(id: "7") { name } }', at=old)
    await sent(registry, '{ product(id: "7") { name } }', at=NOW - timedelta(days=400))
    assert len((await registry.insight.usage(REF, "Product.weight", old, 1))[0].operations) == 1
    assert await sent(registry, '{ product(id: "7") { name } }') == both
    assert (await registry.insight.usage(REF, "Product.weight", old, 1))[0].operations == ()
    (use,) = await registry.insight.usage(REF, "Product.name", NOW, 400)
    assert [one.requests for one in use.operations] == [2]
    # Whoever sends it again describes it again.
    await sent(registry, '{ product(id: "7") { weight } }')
    assert len((await registry.insight.usage(REF, "Product.weight", NOW, 1))[0].operations) == 1
