"""Variables coercion: what the client sent becomes what subgraphs get, or a list of messages.

The checks are put together once per operation, one function per type.
Spec: GraphQL, section 6.1.2 "Coercing Variable Values"; 3.5 to 3.12, "Input Coercion".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    parse_const_value,
    parse_type,
    type_from_ast,
)

from router.execution.context import Json
from router.execution.errors import InvalidVariablesError
from router.execution.leaves import MAX_INT, MIN_INT
from router.language.operation import Operation
from router.language.values import plain

Report: TypeAlias = Callable[[str, str], None]
"""Takes where in the variable (``.items[0].id``) and what is wrong."""
Check: TypeAlias = Callable[[Any, str, Report], Any]
"""Gives the coerced value; after a report the value is of no use."""
_UNSET: Final = object()


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str
    type: str
    is_required: bool
    is_condition: bool
    default: Any
    check: Check


@dataclass(frozen=True, slots=True)
class Coercion:
    """The coercion of one operation's variables."""

    _variables: tuple[_Variable, ...]

    def coerce(self, variables: Mapping[str, Any] | None) -> Json:
        """Give the coerced variables; one that is optional and not given stays away.

        Raises: InvalidVariablesError with every problem.
        """
        coerced: Json = {}
        problems: list[str] = []
        given = variables or {}
        for variable in self._variables:
            _coerce_one(variable, given, coerced, problems)
        if problems:
            raise InvalidVariablesError(tuple(problems))
        return coerced


def _coerce_one(variable: _Variable, given: Mapping[str, Any], coerced: Json, problems: list[str]) -> None:
    value = given.get(variable.name, _UNSET)
    if value is _UNSET:
        if variable.default is not _UNSET:
            coerced[variable.name] = variable.default
            return
        if variable.is_required or variable.is_condition:
            problems.append(
                f'Variable "${variable.name}" of required type "{variable.type}" was not provided.'
            )
        return
    if value is None and variable.is_condition:
        problems.append(f'Variable "${variable.name}" decides a condition and must not be null.')
        return

    def report(where: str, problem: str) -> None:
        at = f' at "{variable.name}{where}"' if where else ""
        problems.append(f'Variable "${variable.name}" got an invalid value{at}: {problem}')

    coerced[variable.name] = variable.check(value, "", report)


def coercion(operation: Operation, schema: GraphQLSchema, conditions: frozenset[str]) -> Coercion:
    """Prepare the coercion of an operation's variables; ``conditions`` are those that must be true or false."""
    checks = _Checks()
    variables: list[_Variable] = []
    for definition in operation.variables:
        type_ = type_from_ast(schema, parse_type(definition.type))
        if type_ is None:
            continue
        default: Any = _UNSET
        check = checks.of(type_)  # type: ignore[arg-type]  # validation allows input types only
        if definition.default is not None:
            default = check(plain(parse_const_value(definition.default)), "", _ignore)
        is_required = isinstance(type_, GraphQLNonNull) and default is _UNSET
        is_condition = definition.name in conditions
        variables.append(
            _Variable(definition.name, definition.type, is_required, is_condition, default, check)
        )
    return Coercion(tuple(variables))


def _ignore(where: str, problem: str) -> None:
    """Validation has looked at defaults already."""


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


class _Checks:
    """Makes one check per type; input objects may contain themselves."""

    def __init__(self) -> None:
        self._objects: dict[str, Check] = {}

    def of(self, type_: GraphQLInputType) -> Check:
        """Give the check of a type."""
        if isinstance(type_, GraphQLNonNull):
            return _non_null(self._nullable(type_.of_type), str(type_))
        inner = self._nullable(type_)

        def nullable(value: Any, where: str, report: Report) -> Any:
            return None if value is None else inner(value, where, report)

        return nullable

    def _nullable(self, type_: Any) -> Check:
        if isinstance(type_, GraphQLList):
            return _list(self.of(type_.of_type))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_)
        if isinstance(type_, GraphQLEnumType):
            return _enum(type_.name, frozenset(type_.values))
        return _SCALARS.get(type_.name, _any)

    def _object(self, type_: GraphQLInputObjectType) -> Check:
        known = self._objects.get(type_.name)
        if known is not None:
            return known
        fields: dict[str, tuple[Check, bool]] = {}

        def check(value: Any, where: str, report: Report) -> Any:
            return _check_object(type_, fields, value, where, report)

        self._objects[type_.name] = check
        for name, field in type_.fields.items():
            is_required = isinstance(field.type, GraphQLNonNull) and not _has_default(field)
            fields[name] = (self.of(field.type), is_required)
        return check


def _has_default(field: Any) -> bool:
    return field.ast_node is not None and field.ast_node.default_value is not None


def _check_object(
    type_: GraphQLInputObjectType,
    fields: Mapping[str, tuple[Check, bool]],
    value: Any,
    where: str,
    report: Report,
) -> Any:
    if type(value) is not dict:
        report(where, f'Expected an object of type "{type_.name}", found {_show(value)}.')
        return None
    coerced: Json = {}
    for name, (check, is_required) in fields.items():
        if name in value:
            coerced[name] = check(value[name], f"{where}.{name}", report)
        elif is_required:
            report(where, f'Field "{name}" of required type "{type_.fields[name].type}" was not provided.')
    for name in value:
        if name not in fields:
            report(where, f'Field "{name}" is not defined by type "{type_.name}".')
    if type_.is_one_of and (len(coerced) != 1 or None in coerced.values()):
        report(where, f'Exactly one field of "{type_.name}" must be given, and not null.')
    return coerced


def _non_null(inner: Check, text: str) -> Check:
    def non_null(value: Any, where: str, report: Report) -> Any:
        if value is None:
            report(where, f'Expected non-nullable type "{text}" not to be null.')
            return None
        return inner(value, where, report)

    return non_null


def _list(item: Check) -> Check:
    def items(value: Any, where: str, report: Report) -> Any:
        if type(value) is not list:
            return [item(value, where, report)]
        return [item(each, f"{where}[{index}]", report) for index, each in enumerate(value)]

    return items


def _enum(name: str, values: frozenset[str]) -> Check:
    def enum(value: Any, where: str, report: Report) -> Any:
        if not isinstance(value, str) or value not in values:
            report(where, f'Value {_show(value)} does not exist in "{name}" enum.')
        return value

    return enum


def _int(value: Any, where: str, report: Report) -> Any:
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int:
        report(where, f"Int cannot represent non-integer value: {_show(value)}")
    elif not MIN_INT <= value <= MAX_INT:
        report(where, f"Int cannot represent non 32-bit signed integer value: {_show(value)}")
    return value


def _float(value: Any, where: str, report: Report) -> Any:
    if type(value) is not float and type(value) is not int:
        report(where, f"Float cannot represent non numeric value: {_show(value)}")
    return value


def _string(value: Any, where: str, report: Report) -> Any:
    if type(value) is not str:
        report(where, f"String cannot represent a non string value: {_show(value)}")
    return value


def _boolean(value: Any, where: str, report: Report) -> Any:
    if type(value) is not bool:
        report(where, f"Boolean cannot represent a non boolean value: {_show(value)}")
    return value


def _id(value: Any, where: str, report: Report) -> Any:
    if type(value) is int:
        return str(value)
    if type(value) is not str:
        report(where, f"ID cannot represent value: {_show(value)}")
    return value


def _any(value: Any, where: str, report: Report) -> Any:
    return value


_SCALARS: Final[dict[str, Check]] = {
    "Int": _int,
    "Float": _float,
    "String": _string,
    "Boolean": _boolean,
    "ID": _id,
}
