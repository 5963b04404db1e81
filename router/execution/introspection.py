"""``__schema`` and ``__type``, answered by the router from the API schema.

graphql-core executes that part of an operation once per supergraph, selection and variables; what it gave is
part of every response after that, never copied and never changed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import orjson
from graphql import GraphQLSchema, execute_sync, parse

from router.execution.context import Json
from router.execution.layout import Layout
from router.language.operation import Field, SelectionSet, VariableDefinition

MAX_ANSWERS: Final = 64
"""Kept per schema: enough for the tools of a team, not for everyone who tries names."""

_ANSWERS: WeakKeyDictionary[GraphQLSchema, OrderedDict[tuple[str, bytes], Json]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class IntrospectionPart:
    """The introspection fields of one operation."""

    schema: GraphQLSchema
    text: str
    """A query of its own."""
    variables: tuple[str, ...]
    _constant: list[Json] = field(default_factory=list, repr=False)

    def answer(self, variables: Mapping[str, Any]) -> Json:
        """Give the values by key.  Cost: one look-up, after the first time."""
        if self._constant:
            return self._constant[0]
        given = {name: variables[name] for name in self.variables if name in variables}
        answer = _answer(self.schema, self.text, given)
        if not self.variables:
            self._constant.append(answer)
        return answer


def _answer(schema: GraphQLSchema, text: str, variables: Json) -> Json:
    answers = _ANSWERS.setdefault(schema, OrderedDict())
    key = (text, orjson.dumps(variables, option=orjson.OPT_SORT_KEYS))
    answer = answers.get(key)
    if answer is None:
        result = execute_sync(schema, parse(text, no_location=True), variable_values=variables)
        answer = answers[key] = result.data or {}
        if len(answers) > MAX_ANSWERS:
            answers.popitem(last=False)
    else:
        answers.move_to_end(key)
    return answer


def introspection_part(layout: Layout) -> IntrospectionPart | None:
    """Give the part of an operation that the router answers itself; None when there is none.

    Invariant: all places of the operation are laid out.  The root may be met again below a field.
    What needs no variables is answered at once: compiling runs off the event loop.
    """
    keyed = [(key, field_) for key, merged in layout.introspected.values() for field_ in merged]
    if not keyed:
        return None
    used = {name for _, field_ in keyed for name in _variables(field_)}
    definitions = tuple(v for v in layout.plan.operation.variables if v.name in used)
    schema = layout.supergraph.api_schema
    part = IntrospectionPart(schema, _print(keyed, definitions), tuple(v.name for v in definitions))
    if not definitions:
        part.answer({})
    return part


def _variables(field_: Field) -> set[str]:
    names = set(field_.variables)
    if field_.selection_set is not None:
        for below in field_.selection_set.fields():
            names |= _variables(below)
    return names


def _print(keyed: list[tuple[str, Field]], definitions: tuple[VariableDefinition, ...]) -> str:
    head = "query(" + ", ".join(map(str, definitions)) + ")" if definitions else "query"
    return head + " { " + " ".join(_print_field(field_, key) for key, field_ in keyed) + " }"


def _print_field(field_: Field, key: str | None = None) -> str:
    key = key or field_.response_key
    alias = "" if key == field_.name else f"{key}: "
    below = "" if field_.selection_set is None else _print_selections(field_.selection_set)
    return f"{alias}{field_.name}{field_.arguments}{below}"


def _print_selections(selection_set: SelectionSet) -> str:
    printed: list[str] = []
    for selection in selection_set.selections:
        if isinstance(selection, Field):
            printed.append(_print_field(selection))
        else:
            condition = "" if selection.type_condition is None else f" on {selection.type_condition}"
            printed.append(f"...{condition}{_print_selections(selection.selection_set)}")
    return " { " + " ".join(printed) + " }"
