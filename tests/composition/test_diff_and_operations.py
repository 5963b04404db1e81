"""An operation that no breaking change concerns stays valid: random operations, randomly changed schemas."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse, print_schema, validate
from graphql.language import OperationDefinitionNode

from router.composition.diff.change import Severity
from router.composition.diff.diff import changes_between
from router.federation.supergraph import read_supergraph
from router.language.coordinates import used_coordinates
from router.language.print_sdl import print_sdl
from router.language.sdl_nodes import SdlDocument, SdlInput, SdlTypeBlock
from router.language.sdl_parser import parse_sdl
from tests.lab.random_operation import random_operation

SEEDS = 8
OPERATIONS = 10
CHANGES = 6
SUPERGRAPH = Path(__file__).parents[2] / "schema" / "supergraph.graphql"


def old_sdl() -> str:

    return print_schema(read_supergraph(SUPERGRAPH.read_text()).api_schema)


def without_one(items: tuple[Any, ...], random: Random) -> tuple[Any, ...]:
    at = random.randrange(len(items))
    return (*items[:at], *items[at + 1 :])


def with_one(items: tuple[Any, ...], random: Random, change: Any) -> tuple[Any, ...]:
    at = random.randrange(len(items))
    return (*items[:at], change(items[at]), *items[at + 1 :])


def required(name: str) -> SdlInput:
    return SdlInput(name, 0, None, ("Int", (True,)), None, ())


def other_nullability(value: Any) -> Any:
    name, flags = value.type
    return value._replace(type=(name, (not flags[0], *flags[1:])))


def other_type(value: Any) -> Any:
    return value._replace(type=("Boolean" if value.type[0] != "Boolean" else "Float", value.type[1]))


def without_default(value: Any) -> Any:
    return value._replace(default=None)


def changed_type(node: SdlTypeBlock, random: Random) -> SdlTypeBlock:
    """Change one thing of a type; some changes leave it as it is."""
    if len(node.values) > 1:
        return node._replace(values=without_one(node.values, random))
    if len(node.members) > 1:
        return node._replace(members=without_one(node.members, random))
    if node.inputs:
        if random.random() < 0.3:
            return node._replace(inputs=(*node.inputs, required("added")))
        if random.random() < 0.3 and len(node.inputs) > 1:
            return node._replace(inputs=without_one(node.inputs, random))
        change = random.choice((other_nullability, other_type, without_default))
        return node._replace(inputs=with_one(node.inputs, random, change))
    if len(node.fields) > 1:
        if node.interfaces and random.random() < 0.2:
            return node._replace(interfaces=without_one(node.interfaces, random))
        if random.random() < 0.3:
            return node._replace(fields=without_one(node.fields, random))
        return node._replace(fields=with_one(node.fields, random, lambda field: changed_field(field, random)))
    return node


def changed_field(field: Any, random: Random) -> Any:
    if field.arguments and random.random() < 0.7:
        if random.random() < 0.3:
            return field._replace(arguments=without_one(field.arguments, random))
        change = random.choice((other_nullability, other_type, without_default))
        return field._replace(arguments=with_one(field.arguments, random, change))
    if random.random() < 0.4:
        return field._replace(arguments=(*field.arguments, required("added")))
    return random.choice((other_nullability, other_type))(field)


def changed_schema(sdl: str, random: Random) -> str:
    document = parse_sdl(sdl)
    definitions = list(document.definitions)
    for _ in range(CHANGES):
        at = random.randrange(len(definitions))
        node = definitions[at]
        if isinstance(node, SdlTypeBlock):
            definitions[at] = changed_type(node, random)
    return print_sdl(SdlDocument(tuple(definitions), document.line_starts))


def coordinates(text: str, schema: GraphQLSchema) -> set[str]:
    document = parse(text)
    (node,) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    return set(used_coordinates(document, node, schema))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_an_operation_that_no_breaking_change_concerns_stays_valid(seed: int) -> None:
    sdl = old_sdl()
    old = build_schema(sdl)
    operations = [random_operation(old, f"{seed}/{number}").text for number in range(OPERATIONS)]
    used = [coordinates(text, old) for text in operations]
    for number in range(8):
        after = changed_schema(sdl, Random(f"{seed}/{number}"))
        new = build_schema(after, assume_valid=True)
        breaking = [one for one in changes_between(sdl, after) if one.severity is Severity.BREAKING]
        for text, names in zip(operations, used, strict=True):
            wrong = validate(new, parse(text), max_errors=1)
            if wrong:
                assert any(one.concerns(names) for one in breaking), (text, wrong, breaking)
