"""Random valid operations over an API schema: the same seed gives the same operation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
    parse,
    validate,
)

ATTEMPTS = 40
WORLDS = 4
ALIASES = ("a", "b", "id", "name", "title", "_r_id", "_r_typename")


@dataclass(frozen=True)
class RandomOperation:
    """An operation and the variables to send with it."""

    text: str
    variables: dict[str, Any]
    world: int = 0
    """Which of a domain's worlds it is asked of."""


def random_operation(schema: GraphQLSchema, seed: str) -> RandomOperation:
    """A valid operation; conflicts of response keys are met by trying again."""
    for attempt in range(ATTEMPTS):
        made = _Generator(schema, Random(f"{seed}/{attempt}")).operation()
        if not validate(schema, parse(made.text), max_errors=1):
            return made
    return RandomOperation("{ __typename }", {})


@dataclass
class _Spot:
    """The response keys used at one spot of the response, so that most repetitions can be merged."""

    used: dict[str, tuple[str, str]] = field(default_factory=dict)
    below: dict[str, _Spot] = field(default_factory=dict)


class _Generator:
    def __init__(self, schema: GraphQLSchema, random: Random) -> None:
        self.schema, self.random = schema, random
        self.declared: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        self.fragments: dict[str, tuple[str, str]] = {}
        self.budget = random.choice((8, 16, 30, 60))
        self.max_depth = random.randint(2, 6)

    def operation(self) -> RandomOperation:
        kind, root = "query", self.schema.query_type
        if self.schema.mutation_type is not None and self.random.random() < 0.35:
            kind, root = "mutation", self.schema.mutation_type
        assert root is not None
        body = self.selections(root, 0, _Spot())
        declared = ", ".join(f"${name}: {type_}" for name, type_ in self.declared.items())
        text = f"{kind} Random{f'({declared})' if declared else ''} {{ {body} }}"
        for name, (on, inner) in self.fragments.items():
            text += f" fragment {name} on {on} {{ {inner} }}"
        return RandomOperation(text, self.values, self.random.randrange(WORLDS))

    def selections(self, parent: GraphQLNamedType, depth: int, spot: _Spot) -> str:
        parts: list[str] = []
        for _ in range(self.random.randint(2, 4) if depth else self.random.randint(1, 3)):
            if self.budget <= 0 and parts:
                break
            self.budget -= 1
            parts += self.selection(parent, depth, spot)
        return " ".join(parts) or "__typename"

    def selection(self, parent: GraphQLNamedType, depth: int, spot: _Spot) -> Iterator[str]:
        dice = self.random.random()
        fields = parent.fields if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else {}
        if not fields or dice < 0.22 or (is_abstract_type(parent) and dice < 0.55):
            if not fields and dice > 0.9:
                yield self.typename()
            elif depth <= self.max_depth + 1:
                yield self.fragment(parent, depth, spot)
            return
        if dice < 0.27:
            yield self.typename()
            return
        yield self.field(self.random.choice(list(fields.items())), depth, spot)
        if self.random.random() < 0.08:
            yield self.field(self.random.choice(list(fields.items())), depth, spot, repeats=True)

    def typename(self) -> str:
        alias = self.random.choice(("", "", "t: ", "id: ", "_r_typename: "))
        return f"{alias}__typename{self.directives()}"

    def field(
        self, chosen: tuple[str, GraphQLField], depth: int, spot: _Spot, *, repeats: bool = False
    ) -> str:
        name, definition = chosen
        type_ = get_named_type(definition.type)
        if is_composite_type(type_) and depth >= self.max_depth:
            return "__typename"
        arguments = self.arguments(definition.args)
        alias = name
        if self.random.random() < 0.15:
            alias = self.random.choice(ALIASES)
        same = [key for key, used in spot.used.items() if used == (name, arguments)]
        if repeats and same:
            alias = self.random.choice(same)
        elif spot.used.get(alias, (name, arguments)) != (name, arguments) and self.random.random() < 0.95:
            alias = f"{name}{self.random.randint(1, 99)}"
        spot.used.setdefault(alias, (name, arguments))
        text = ("" if alias == name else f"{alias}: ") + name + arguments + self.directives()
        if not is_composite_type(type_):
            return text
        below = spot.below.setdefault(alias, _Spot())
        return f"{text} {{ {self.selections(type_, depth + 1, below)} }}"

    def fragment(self, parent: GraphQLNamedType, depth: int, spot: _Spot) -> str:
        dice = self.random.random()
        if dice < 0.15:
            return f"...{self.directives(0.5)} {{ {self.selections(parent, depth + 1, spot)} }}"
        on = self.random.choice(self.overlapping(parent))
        if dice < 0.75:
            return f"... on {on.name}{self.directives()} {{ {self.selections(on, depth + 1, spot)} }}"
        fitting = [name for name, (condition, _) in self.fragments.items() if condition == on.name]
        if fitting and self.random.random() < 0.5:
            name = self.random.choice(fitting)
        else:
            name = f"F{len(self.fragments)}"
            self.fragments[name] = (on.name, "__typename")
            inner = self.selections(on, depth + 1, spot)
            self.fragments[name] = (on.name, inner)
        return f"...{name}{self.directives()}"

    def overlapping(self, parent: GraphQLNamedType) -> list[GraphQLNamedType]:
        mine = self.possible(parent)
        return [
            type_
            for name, type_ in self.schema.type_map.items()
            if is_composite_type(type_) and not name.startswith("__") and mine & self.possible(type_)
        ]

    def possible(self, type_: GraphQLNamedType) -> set[str]:
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return {possible.name for possible in self.schema.get_possible_types(type_)}
        return {type_.name}

    def directives(self, chance: float = 0.12) -> str:
        if self.random.random() > chance:
            return ""
        kind = self.random.choice(("skip", "include"))
        if self.random.random() < 0.2:
            return f" @{kind}(if: {self.random.choice(('true', 'false'))})"
        name = f"c{self.random.randint(0, 2)}"
        if name not in self.declared:
            self.declared[name] = "Boolean!"
            self.values[name] = self.random.random() < 0.6
        text = f" @{kind}(if: ${name})"
        if self.random.random() < 0.1:
            other = self.random.choice(sorted(n for n, t in self.declared.items() if t == "Boolean!"))
            text += f" @{'skip' if kind == 'include' else 'include'}(if: ${other})"
        return text

    def arguments(self, definitions: dict[str, GraphQLArgument]) -> str:
        given: list[str] = []
        for name, definition in definitions.items():
            if is_required_argument(definition) or self.random.random() < 0.5:
                given.append(f"{name}: {self.argument(definition)}")
        return f"({', '.join(given)})" if given else ""

    def argument(self, definition: GraphQLArgument | GraphQLInputField) -> str:
        if self.random.random() < 0.35:
            return f"${self.variable(definition)}"
        return self.literal(definition.type)

    def variable(self, definition: GraphQLArgument | GraphQLInputField) -> str:
        type_ = str(definition.type)
        known = [name for name, declared in self.declared.items() if declared.split(" = ")[0] == type_]
        if known and self.random.random() < 0.5:
            return self.random.choice(known)
        name = f"v{len(self.declared)}"
        self.declared[name] = type_
        if not isinstance(definition.type, GraphQLNonNull) and self.random.random() < 0.3:
            if self.random.random() < 0.5:
                self.declared[name] += f" = {self.plain(definition.type)}"
            return name
        self.values[name] = self.json(definition.type)
        return name

    def literal(self, type_: GraphQLInputType) -> str:
        """A literal that may hold variables inside."""
        if isinstance(type_, GraphQLNonNull):
            return self.literal(type_.of_type)
        if isinstance(type_, GraphQLInputObjectType):
            given = [
                f"{name}: {self.argument(field) if field.default_value is Undefined else self.plain(field.type)}"
                for name, field in type_.fields.items()
                if isinstance(field.type, GraphQLNonNull) or self.random.random() < 0.6
            ]
            return "{" + ", ".join(given) + "}"
        return self.plain(type_)

    def plain(self, type_: GraphQLInputType) -> str:
        """A literal without variables."""
        return _print(self.json(type_), type_)

    def json(self, type_: GraphQLInputType) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self.non_null(type_.of_type)
        return None if self.random.random() < 0.1 else self.non_null(type_)

    def non_null(self, type_: GraphQLInputType) -> Any:
        if isinstance(type_, GraphQLList):
            return [self.json(type_.of_type) for _ in range(self.random.randint(0, 2))]
        if isinstance(type_, GraphQLInputObjectType):
            return {
                name: self.json(field.type)
                for name, field in type_.fields.items()
                if isinstance(field.type, GraphQLNonNull) or self.random.random() < 0.6
            }
        if isinstance(type_, GraphQLEnumType):
            return self.random.choice(sorted(type_.values))
        number = self.random.randint(0, 3)
        return {"Int": number, "Float": number / 2, "Boolean": number % 2 == 0}.get(
            type_.name,  # type: ignore[union-attr]  # a named type is left
            f"s{number}",
        )


def _print(value: Any, type_: GraphQLInputType) -> str:
    if isinstance(type_, GraphQLNonNull):
        return _print(value, type_.of_type)
    if value is None:
        return "null"
    if isinstance(type_, GraphQLList):
        return "[" + ", ".join(_print(item, type_.of_type) for item in value) + "]"
    if isinstance(type_, GraphQLInputObjectType):
        return "{" + ", ".join(f"{n}: {_print(v, type_.fields[n].type)}" for n, v in value.items()) + "}"
    return str(value) if isinstance(type_, GraphQLEnumType) else json.dumps(value)
