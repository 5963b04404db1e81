"""What is withheld is never asked, whatever way a client goes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from router.engine.options import EngineOptions
from router.guards.access import AccessOptions, GrantsLostError, WithheldOperationError, WithheldShownIn
from router.protocols.graphql_request import GraphQLRequest
from tests.engine.guarded import ANONYMOUS, LINK, caller, guarded, paths, supergraph_of

SDL = """
type Query {
  me: User
  open: String
  secret: String @authenticated
  needed: String! @authenticated
  found: [Found!]
  node: Node
  level: Level
  levels: [Level]
  day: Day
  box: Box
}
type Mutation {
  make: String
  remove: String @requiresScopes(scopes: [["admin"]])
  clear: String! @authenticated
  last: String
}
type Subscription { changed: String @authenticated heard: User }
type User @key(fields: "id") {
  id: ID!
  name: String
  email: String @requiresScopes(scopes: [["email", "read"], ["all"]])
  phone: String! @policy(policies: [["kin"], ["staff", "day"]])
  friends: [User] @authenticated
  boss: User
}
union Found = Note | Vault
type Note implements Node { id: ID! text: String }
type Vault implements Node @requiresScopes(scopes: [["vault"]]) { id: ID! text: String }
interface Node { id: ID! text: String }
enum Level @authenticated { LOW HIGH }
scalar Day @authenticated
type Box { lid: Lid! }
type Lid { color: String! @authenticated }
"""
SUPERGRAPH = supergraph_of(a=SDL)


async def test_what_is_not_granted_is_null_with_an_error_and_no_subgraph_is_asked() -> None:
    async with guarded(SUPERGRAPH, {"a": {"open": "yes"}}) as one:
        body = await one.ask("{ open secret }")
        assert body["data"] == {"open": "yes", "secret": None}
        assert paths(body) == [["secret"]]
        assert one.asked == ["{open}"]
        assert (await one.ask("{ secret }"))["data"] == {"secret": None}
        assert one.asked == []


async def test_who_is_granted_gets_it() -> None:
    async with guarded(SUPERGRAPH, {"a": {"open": "yes", "secret": "42"}}) as one:
        assert await one.ask("{ open secret }", caller()) == {"data": {"open": "yes", "secret": "42"}}
        assert one.asked == ["{open secret}"]


@pytest.mark.parametrize(
    ("scopes", "has"),
    [
        ((), False),
        (("email",), False),
        (("read",), False),
        (("email", "read"), True),
        (("all",), True),
        (("ALL",), False),
        (("all:x", "emailread"), False),
    ],
)
async def test_of_scopes_one_set_must_be_there_as_a_whole(scopes: tuple[str, ...], has: bool) -> None:
    async with guarded(SUPERGRAPH, {"a": {"me": {"email": "e"}}}) as one:
        body = await one.ask("{ me { email } }", caller(*scopes))
        assert body["data"] == {"me": {"email": "e" if has else None}}
        assert paths(body) == ([] if has else [["me", "email"]])
        assert ("email" in one.asked[0]) is has


async def test_a_null_that_may_not_be_rises() -> None:
    async with guarded(
        SUPERGRAPH, {"a": {"open": "x", "me": {"id": "1"}, "box": {"lid": {"__typename": "Lid"}}}}
    ) as one:
        body = await one.ask("{ me { id phone } }", caller())
        assert (body["data"], paths(body)) == ({"me": None}, [["me", "phone"]])
        body = await one.ask("{ open needed }")
        assert (body["data"], paths(body)) == (None, [["needed"]])
        body = await one.ask("{ open box { lid { color } } }")
        assert (body["data"], paths(body)) == ({"open": "x", "box": None}, [["box", "lid", "color"]])


async def test_lists_are_an_at_in_the_path() -> None:
    answer = {"me": {"friends": [{"name": "b"}, {"name": "c"}]}}
    async with guarded(SUPERGRAPH, {"a": answer}) as one:
        body = await one.ask("{ me { friends { name email } } }", caller())
        assert body["data"] == {
            "me": {"friends": [{"name": "b", "email": None}, {"name": "c", "email": None}]}
        }
        assert paths(body) == [["me", "friends", "@", "email"]]


async def test_types_enums_and_scalars_demand_too() -> None:
    async with guarded(SUPERGRAPH, {"a": {"open": "x"}}) as one:
        body = await one.ask("{ open level levels day }")
        assert body["data"] == {"open": "x", "level": None, "levels": None, "day": None}
        assert paths(body) == [["level"], ["levels"], ["day"]]
        assert one.asked == ["{open}"]


@pytest.mark.parametrize(
    "query",
    [
        "{ x: secret }",
        "{ secret: secret }",
        "{ open: secret }",
        "{ ... { secret } }",
        "{ ... on Query { secret } }",
        "{ ...F } fragment F on Query { secret }",
        "{ ...F } fragment F on Query { ...G } fragment G on Query { ... { x: secret } }",
        "{ ... @include(if: true) { secret } }",
        "query ($y: Boolean = true) { secret @include(if: $y) }",
        "query ($n: Boolean = false) { ... @skip(if: $n) { secret } }",
        "{ secret secret x: secret }",
        "{ __typename secret }",
        "{ __schema { queryType { name } } secret }",
        "{ _r_1: secret }",
    ],
)
async def test_aliases_fragments_and_conditions_are_no_way_round(query: str) -> None:
    async with guarded(SUPERGRAPH, {"a": {"secret": "42", "x": "42", "open": "42"}}) as one:
        body = await one.ask(query)
        assert one.asked == []
        assert "42" not in str(body)
        assert all(path[0] in ("secret", "x", "open", "_r_1") for path in paths(body))
        assert paths(body)


async def test_what_a_condition_leaves_out_is_no_error() -> None:
    async with guarded(SUPERGRAPH, {"a": {"open": "yes"}}) as one:
        query = "query ($s: Boolean!) { open secret @include(if: $s) }"
        assert await one.ask(query, s=False) == {"data": {"open": "yes"}}
        assert paths(await one.ask(query, s=True)) == [["secret"]]


async def test_variables_of_what_is_withheld_are_checked_and_not_sent() -> None:
    sdl = supergraph_of(a="type Query { open: String secret(id: ID!): String @authenticated }")
    async with guarded(sdl, {"a": {"open": "yes"}}) as one:
        query = "query ($id: ID!) { open secret(id: $id) }"
        assert (await one.ask(query, id="1"))["data"] == {"open": "yes", "secret": None}
        assert one.asked == ["{open}"]
        assert "data" not in await one.ask(query)


async def test_objects_of_a_withheld_type_are_null_in_a_union() -> None:
    found = [
        {"__typename": "Note", "text": "n"},
        {"__typename": "Vault", "text": "v"},
    ]
    sdl = SUPERGRAPH
    async with guarded(sdl, {"a": {"found": found}}) as one:
        for query in ("{ found { __typename } }", "{ found { ... on Note { text } } }"):
            body = await one.ask(query, caller())
            assert (body["data"], paths(body)) == ({"found": None}, [["found", 1]])
            assert all("Vault" not in text for text in one.asked)
        body = await one.ask("{ found { ... on Note { text } ... on Vault { text } } }", caller())
        assert body["data"] == {"found": None}
        assert paths(body) == [["found", "@", "text"], ["found", 1]]
        assert all("on Vault" not in text for text in one.asked)
        body = await one.ask("{ found { ... on Vault { text } } }", caller("vault"))
        assert body["data"] == {"found": [{}, {"text": "v"}]}


async def test_an_interface_demands_what_its_implementations_do() -> None:
    async with guarded(SUPERGRAPH, {"a": {"node": {"__typename": "Vault", "id": "1", "text": "t"}}}) as one:
        for query in (
            "{ node { id } }",
            "{ node { __typename } }",
            "{ node { ... on Node { text } } }",
            "{ node { ... on Vault { text } } }",
        ):
            body = await one.ask(query, caller())
            assert (body["data"], paths(body)) == ({"node": None}, [["node"]])
            assert one.asked == []
        assert (await one.ask("{ node { id } }", caller("vault")))["data"] == {"node": {"id": "1"}}


async def test_a_forbidden_mutation_is_never_run_and_nothing_after_a_null_answer() -> None:
    async with guarded(SUPERGRAPH, {"a": {"make": "m", "last": "l"}}) as one:
        body = await one.ask("mutation { make remove last }", caller())
        assert (body["data"], paths(body)) == ({"make": "m", "remove": None, "last": "l"}, [["remove"]])
        assert one.asked == ["mutation{make last}"]
        body = await one.ask("mutation { make clear last }")
        assert (body["data"], paths(body)) == (None, [["clear"]])
        assert one.asked == ["mutation{make}"]


async def test_a_subscription_to_what_is_withheld_is_never_opened() -> None:
    async with guarded(SUPERGRAPH, {}) as one:
        with pytest.raises(WithheldOperationError) as caught:
            await one.engine.pipeline.open(GraphQLRequest("subscription { changed }"), ANONYMOUS)
        assert caught.value.status == 401
        assert one.streams.requests == []


async def test_an_input_of_requires_is_as_guarded_as_the_field_itself() -> None:
    """Also where the supergraph was composed by somebody who does not care."""
    sdl = supergraph_of(
        a='type Query { t: T } type T @key(fields: "id") { id: ID! size: Int }',
        b='type T @key(fields: "id") { id: ID! @external size: Int @external cost: Int @requires(fields: "size") }',
    ).replace("size: Int @join__field(graph: A)", "size: Int @join__field(graph: A) @authenticated")
    assert "@authenticated" in sdl
    sdl = sdl.replace(
        "scalar join__FieldSet",
        "directive @authenticated on OBJECT | FIELD_DEFINITION\nscalar join__FieldSet",
    )
    async with guarded(sdl, {"a": {"t": {"__typename": "T", "id": "1"}}}) as one:
        body = await one.ask("{ t { id cost } }")
        assert (body["data"], paths(body)) == ({"t": {"id": "1", "cost": None}}, [["t", "cost"]])
        assert all("size" not in text and "cost" not in text for text in one.asked)


async def test_a_guarded_key_is_not_asked_for_either() -> None:
    sdl = supergraph_of(
        a='type Query { open: String t: T } type T @key(fields: "code") { code: ID! @authenticated name: String }',
        b='type T @key(fields: "code") { code: ID! @authenticated size: Int }',
    )
    answers: dict[str, Any] = {"a": {"open": "x", "t": {"__typename": "T", "name": "n"}}}
    async with guarded(sdl, answers) as one:
        body = await one.ask("{ t { name } }")
        assert body == {"data": {"t": {"name": "n"}}}
        one.asked  # noqa: B018
        body = await one.ask("{ open t { name size } }")
        assert (body["data"], paths(body)) == ({"open": "x", "t": None}, [["t"]])
        assert all("code" not in text for text in one.asked)


async def test_a_withheld_field_that_is_fetched_as_a_key_is_still_not_shown() -> None:
    sdl = supergraph_of(
        a='type Query { t: T } type T @key(fields: "id") @key(fields: "code") { id: ID! code: ID! @authenticated }',
        b='type T @key(fields: "id") { id: ID! size: Int }',
    )
    answers: dict[str, Any] = {
        "a": {"t": {"__typename": "T", "id": "1", "code": "leak"}},
        "b": {"_entities": [{"__typename": "T", "size": 3}]},
    }
    async with guarded(sdl, answers) as one:
        body = await one.ask("{ t { code size } }")
        assert body["data"] is None or body["data"] == {"t": None}
        assert "leak" not in str(body)
        assert all("code" not in text for text in one.asked)


async def test_an_interface_object_adds_its_fields_to_guarded_types_only_with_their_demands() -> None:
    sdl = supergraph_of(
        a=(
            'type Query { media: [Media] } interface Media @key(fields: "id") { id: ID! }\n'
            'type Film implements Media @key(fields: "id") @authenticated { id: ID! }\n'
            'type Song implements Media @key(fields: "id") { id: ID! }'
        ),
        b='type Media @key(fields: "id") @interfaceObject { id: ID! stars: Int }',
    )
    async with guarded(sdl, {"a": {"media": [{"__typename": "Film", "id": "1"}]}}) as one:
        for query in ("{ media { stars } }", "{ media { ... on Film { stars } } }"):
            body = await one.ask(query)
            assert body["data"] == {"media": None} and paths(body)[0][0] == "media"
            assert one.asked == []


async def test_an_operation_can_be_refused_as_a_whole() -> None:
    options = EngineOptions(access=AccessOptions(rejects=True))
    async with guarded(SUPERGRAPH, {"a": {"open": "x", "secret": "s"}}, options) as one:
        body = await one.ask("{ open x: secret }")
        assert ("data" in body, paths(body), one.status, one.asked) == (False, [["x"]], 401, [])
        assert one.headers[b"www-authenticate"] == b'Bearer realm="graphql"'
        body = await one.ask("{ me { id email } }", caller())
        assert (paths(body), one.status, one.asked) == ([["me", "email"]], 403, [])
        assert b'error="insufficient_scope"' in one.headers[b"www-authenticate"]
        assert (await one.ask("{ open secret }", caller()))["data"] == {"open": "x", "secret": "s"}


async def test_a_dry_run_answers_everything_and_tells() -> None:
    options = EngineOptions(access=AccessOptions(is_dry_run=True, rejects=True))
    async with guarded(SUPERGRAPH, {"a": {"open": "x", "secret": "s"}}, options) as one:
        body = await one.ask("{ open secret }")
        assert (body["data"], paths(body)) == ({"open": "x", "secret": "s"}, [["secret"]])


async def test_off_means_off() -> None:
    options = EngineOptions(access=AccessOptions(is_enabled=False))
    async with guarded(SUPERGRAPH, {"a": {"secret": "s"}}, options) as one:
        assert await one.ask("{ secret }") == {"data": {"secret": "s"}}


async def test_the_errors_may_stand_elsewhere_or_nowhere() -> None:
    for shown_in, extensions in (
        (
            WithheldShownIn.EXTENSIONS,
            {
                "authorizationErrors": [
                    {
                        "message": "Unauthorized field or type",
                        "path": ["secret"],
                        "extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE"},
                    }
                ]
            },
        ),
        (WithheldShownIn.NOWHERE, None),
    ):
        options = EngineOptions(access=AccessOptions(shown_in=shown_in))
        async with guarded(SUPERGRAPH, {}, options) as one:
            body = await one.ask("{ secret }")
            assert (body.pop("extensions", None), body) == (extensions, {"data": {"secret": None}})


async def test_roles_may_count_as_scopes_and_one_role_may_do_everything() -> None:
    access = AccessOptions(
        counts_roles_as_scopes=True, roles_claim="realm.roles", super_role="root", scopes_claim="scp"
    )
    async with guarded(
        SUPERGRAPH, {"a": {"me": {"email": "e", "phone": "1"}}}, EngineOptions(access=access)
    ) as one:
        for claims, data in (
            ({"realm": {"roles": ["all"]}}, {"me": {"email": "e"}}),
            ({"scp": ["email", "read"]}, {"me": {"email": "e"}}),
            ({"realm": {"roles": ["root"]}}, {"me": {"email": "e"}}),
            ({"realm": {"roles": "roots"}, "scope": "all"}, {"me": {"email": None}}),
        ):
            assert (await one.ask("{ me { email } }", caller(**claims)))["data"] == data
        assert (await one.ask("{ me { phone } }", caller(realm={"roles": ["root"]})))["data"] == {
            "me": {"phone": "1"}
        }
    # A role that nobody configured as super is none, and a claim of the super role's name is no role.
    async with guarded(SUPERGRAPH, {"a": {"me": {"id": "1"}}}) as one:
        assert (await one.ask("{ me { id email } }", caller(roles=["root", "None"])))["data"]["me"][
            "email"
        ] is None


async def test_policies_are_asked_once_for_all_an_operation_needs() -> None:
    asked: list[Any] = []

    async def decide(policies: frozenset[str], headers: Any, claims: Any) -> Any:
        asked.append((sorted(policies), dict(headers), claims.get("sub")))
        return {"kin": False, "staff": True, "day": claims.get("sub") == "anna", "other": True}

    options = EngineOptions(access=AccessOptions(decide=decide))
    async with guarded(
        SUPERGRAPH, {"a": {"open": "x", "me": {"phone": "1", "boss": {"phone": "2"}}}}, options
    ) as one:
        body = await one.ask("{ me { phone boss { phone } } }", caller())
        assert body == {"data": {"me": {"phone": "1", "boss": {"phone": "2"}}}}
        assert asked == [(["day", "kin", "staff"], {}, "anna")]
        assert (await one.ask("{ me { phone } }", caller(sub="bert")))["data"] == {"me": None}
        await one.ask("{ open }", caller())
        assert len(asked) == 2


@pytest.mark.parametrize(
    "answer", [None, 7, "kin", ["staff"], {"kin": "yes"}, {"kin": 1}, ValueError("broken")]
)
async def test_a_policy_that_does_not_clearly_hold_does_not_hold(answer: Any) -> None:
    def decide(*_: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    options = EngineOptions(access=AccessOptions(decide=decide))
    async with guarded(SUPERGRAPH, {"a": {"me": {"id": "1"}}}, options) as one:
        assert (await one.ask("{ me { id phone } }", caller()))["data"] == {"me": None}
        assert all("phone" not in text for text in one.asked)


async def test_callers_with_other_grants_never_share_a_plan_and_those_with_the_same_do() -> None:
    async with guarded(SUPERGRAPH, {"a": {"open": "x", "me": {"email": "e"}}}) as one:
        query = "{ open me { email } }"
        for who in (caller("all"), ANONYMOUS, caller("all", "more"), caller("nothing"), ANONYMOUS):
            body = await one.ask(query, who)
            is_granted = who.claims is not None and "all" in who.claims.words("scope")
            assert (body["data"]["me"]["email"] == "e") is is_granted
        snapshot = one.engine.snapshot
        assert snapshot is not None
        # All of it, nothing, and a token without scopes that matter.
        assert len(snapshot.operations) == 3


async def test_a_choice_without_ways_lets_nobody_in_but_who_may_do_everything() -> None:
    sdl = supergraph_of(
        a="type Query { open: String s: String @requiresScopes(scopes: []) t: String @policy(policies: [[]]) }"
    )
    options = EngineOptions(access=AccessOptions(super_role="root"))
    async with guarded(sdl, {"a": {"s": "s", "t": "t"}}, options) as one:
        assert (await one.ask("{ s t }", caller("a")))["data"] == {"s": None, "t": "t"}
        assert (await one.ask("{ s t }", caller(roles=["root"])))["data"] == {"s": "s", "t": "t"}


async def test_directives_by_other_names_count() -> None:
    link = LINK.replace('"@authenticated"', '{name: "@authenticated", as: "@loggedIn"}')
    composed = compose([SubgraphInput("a", "http://a", link + "type Query { s: String @loggedIn }")])
    assert isinstance(composed, Composed)
    async with guarded(composed.supergraph_sdl, {}) as one:
        assert paths(await one.ask("{ s }")) == [["s"]]


async def test_a_fresh_token_may_not_go_on_with_what_it_could_not_have_begun() -> None:
    async with guarded(SUPERGRAPH, {}) as one:
        request = GraphQLRequest("subscription { heard { email } }")
        for first, fresh, goes_on in (
            (caller("all"), caller("all", "more"), True),
            (caller("all"), caller("email", "read"), True),
            (caller("all"), caller(), False),
            (caller("all"), ANONYMOUS, False),
            (caller(), caller("all"), True),
        ):
            operation = await one.engine.pipeline.open(request, first)
            if goes_on:
                await operation.renew(fresh)
            else:
                with pytest.raises(GrantsLostError):
                    await operation.renew(fresh)
            await operation.results.aclose()


async def test_policies_that_are_not_decided_in_time_let_nobody_in() -> None:
    async def decide(*_: Any) -> Any:
        await asyncio.Event().wait()

    options = EngineOptions(access=AccessOptions(decide=decide, decide_timeout_s=0.02))
    async with guarded(SUPERGRAPH, {}, options) as one:
        body = await one.ask("{ me { phone } }", caller())
        assert (one.status, body["errors"][0]["extensions"]["code"]) == (503, "POLICIES_TIMEOUT")
        assert one.asked == []
