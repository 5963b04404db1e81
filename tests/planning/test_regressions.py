"""Operations whose plans were once wrong, each made small by the lab (``tests/lab``)."""

from __future__ import annotations

from typing import Any

from tests.lab.domains.header import FED2
from tests.lab.random_operation import WORLDS, RandomOperation
from tests.lab.trial import Domain, Outcome, Trials


def answer(subgraphs: dict[str, str], operation: str, variables: dict[str, Any] | None = None) -> Outcome:
    """Plan and run an operation, and see that it agrees with the monolith and asks nothing it must not.

    In every world, since in one of them the objects may be missing that show the fault; gives the first's outcome.
    """
    trials = Trials(Domain("", {name: FED2 + sdl for name, sdl in subgraphs.items()}))
    outcomes = [trials.attempt(RandomOperation(operation, variables or {}, world)) for world in range(WORLDS)]
    for outcome in outcomes:
        assert not outcome.disagreements, outcome.render()
    return outcomes[0]


def asked(outcome: Outcome) -> list[tuple[str, str]]:
    return [(request.subgraph, request.operation) for request in outcome.record.requests]


def test_an_object_is_fetched_although_all_that_is_asked_of_it_is_left_out() -> None:
    subgraphs = {"a": "type Query { board: Board! } type Board { title: String }"}
    outcome = answer(subgraphs, "query ($c: Boolean!) { board { title @include(if: $c) } }", {"c": False})
    assert outcome.actual == {"board": {}}


def test_an_object_is_fetched_although_its_only_typename_is_left_out() -> None:
    subgraphs = {"a": "type Query { board: Board! } type Board { title: String }"}
    outcome = answer(
        subgraphs, "query ($c: Boolean!) { board { __typename @include(if: $c) } }", {"c": False}
    )
    assert outcome.actual == {"board": {}}


def test_an_untyped_fragment_below_an_interface_below_a_union_keeps_its_fields() -> None:
    subgraphs = {
        "a": """
        type Query { subjects: [Subject!] }
        union Subject = Book | Film
        interface Item { id: ID! }
        type Book implements Item { id: ID! }
        type Film implements Item { id: ID! }
        """
    }
    answer(subgraphs, "{ subjects { ... on Item { ... { id } } } }")


ACCOUNTS = {
    "owners": """
    interface Account @key(fields: "id") { id: ID! email: String }
    type Admin implements Account @key(fields: "id") { id: ID! email: String }
    type Member implements Account @key(fields: "id") { id: ID! email: String }
    type Query { accounts: [Account!]! }
    """,
    "posts": """
    type Account @key(fields: "id") @interfaceObject {
      id: ID!
      email: String @external
      signature: String @requires(fields: "email")
      post: String
    }
    """,
}


def test_what_one_implementation_is_asked_of_an_interface_object_is_asked_of_no_other() -> None:
    outcome = answer(ACCOUNTS, "{ accounts { ... on Member { signature } post } }")
    assert len(outcome.record.requests) == 2


def test_root_mutations_with_conditions_keep_their_order() -> None:
    subgraphs = {"a": "type Query { a: Int } type Mutation { one: Int two: Int three: Int }"}
    outcome = answer(
        subgraphs,
        "mutation ($c: Boolean!) { one @include(if: $c) two three @include(if: $c) }",
        {"c": True},
    )
    assert asked(outcome) == [("a", "mutation($c:Boolean!){one@include(if:$c) two three@include(if:$c)}")]


def test_objects_below_an_interface_object_are_entered_when_the_types_around_them_are_known() -> None:
    subgraphs = {
        "owners": """
        interface Account @key(fields: "id") { id: ID! }
        type Admin implements Account @key(fields: "id") { id: ID! }
        type Member implements Account @key(fields: "id") { id: ID! }
        type Query { accounts: [Account!]! }
        """,
        "posts": 'type Account @key(fields: "id") @interfaceObject { id: ID! post: String }',
        "scores": """
        type Account @key(fields: "id") @interfaceObject { id: ID! rival: Account! }
        type Query { best: [Account!]! }
        """,
    }
    answer(subgraphs, "{ best { ... on Admin { rival { post } } } }")


def test_a_search_that_forbids_too_much_leaves_the_plan_it_had() -> None:
    ticket = 'type Ticket @key(fields: "id") { id: ID! }'
    subgraphs = {
        "old": "type Query { tickets: [Ticket!]! @shareable ticket: Ticket }" + ticket,
        "new": "type Query { tickets: [Ticket!]! @shareable }" + ticket,
    }
    answer(subgraphs, "{ tickets { __typename } ticket { id } }")


def test_a_search_that_forbids_too_much_tells_still_that_objects_are_there() -> None:
    house = 'type House @key(fields: "region { id } number") { region: Region! number: Int! } '
    subgraphs = {
        "stock": 'type Query { houses: [House!]! } type Region @key(fields: "id") { id: ID! } ' + house,
        "places": "type Query { regions: [Region!]! } "
        'type Region @key(fields: "id") { id: ID! title: String } ' + house,
    }
    answer(subgraphs, "{ houses { region { title } } regions { __typename } }")


def test_a_search_that_forbids_too_much_does_not_forget_an_object_of_which_nothing_is_asked() -> None:
    house = 'type House @key(fields: "id") { id: ID! region: Region! @shareable } '
    region = 'type Region @key(fields: "id") { id: ID! }'
    subgraphs = {
        "stock": "type Query { houses: [House!]! }" + house + region,
        "places": house + region,
    }
    answer(subgraphs, "{ houses { region { id @include(if: false) } } }")
