"""Where a subgraph uses field sets, and which of its fields they select."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql.language import EnumValueNode, ListValueNode, StringValueNode, ValueNode

from router.federation.subgraph import AppliedDirective, FieldDefinition, Kind, Subgraph, TypeDefinition
from router.language.field_set import (
    FieldSet,
    FieldSetField,
    FieldSetFragment,
    FieldSetSelection,
    FieldSetSyntaxError,
    parse_field_set,
)
from router.language.values import plain


@dataclass(frozen=True, slots=True)
class FieldSetUse:
    """One @key, @requires or @provides.

    Invariant: ``field`` is None exactly for keys; ``field_set`` is None when ``fault`` is not.
    """

    directive: str
    owner: TypeDefinition
    """The type that has the key, or the field with the directive."""
    field: FieldDefinition | None
    target: str
    """Name of the type that the field set selects from."""
    applied: AppliedDirective
    text: str
    field_set: FieldSet | None
    fault: str | None = None
    """Why the text is no field set."""
    is_string: bool = True
    is_resolvable: bool = True

    @property
    def coordinate(self) -> str:
        """Where the directive stands."""
        return self.field.coordinate if self.field else self.owner.name

    def __str__(self) -> str:
        return f'@{self.directive}(fields: "{self.text}") on {self.coordinate}'


@dataclass(frozen=True, slots=True)
class Selected:
    """One field that a field set selects, found in the subgraph."""

    parent: TypeDefinition
    field: FieldDefinition
    node: FieldSetField


def field_set_uses(subgraph: Subgraph) -> Iterator[FieldSetUse]:
    """Every use in the subgraph, types and fields in the order of the SDL."""
    for type_ in subgraph.types.values():
        for directive in type_.directives:
            if directive.name == "key" and directive.is_known:
                yield _use(subgraph, type_, None, directive)
        for field in type_.fields.values():
            for directive in field.directives:
                if directive.is_known and directive.name in {"requires", "provides"}:
                    yield _use(subgraph, type_, field, directive)


def _use(
    subgraph: Subgraph, owner: TypeDefinition, field: FieldDefinition | None, directive: AppliedDirective
) -> FieldSetUse:
    text, is_string = _text(directive.arguments.get("fields"), subgraph.is_federation_1)
    target = field.type.name if field is not None and directive.name == "provides" else owner.name
    field_set, fault = None, None
    if is_string:
        try:
            field_set = parse_field_set(text)
        except FieldSetSyntaxError as error:
            fault = str(error)
    else:
        fault = "it is not a string"
    return FieldSetUse(
        directive=directive.name,
        owner=owner,
        field=field,
        target=target,
        applied=directive,
        text=text,
        field_set=field_set,
        fault=fault,
        is_string=is_string,
        is_resolvable=plain(directive.arguments.get("resolvable")) is not False,
    )


def _text(node: ValueNode | None, is_federation_1: bool) -> tuple[str, bool]:
    """The text of ``fields``; federation 1 servers also print lists of strings and bare names."""
    if isinstance(node, StringValueNode):
        return node.value, True
    if is_federation_1 and isinstance(node, EnumValueNode):
        return node.value, True
    if is_federation_1 and isinstance(node, ListValueNode):
        items = [item.value for item in node.values if isinstance(item, (StringValueNode, EnumValueNode))]
        if len(items) == len(node.values):
            return " ".join(items), True
    return str(plain(node)), False


def selected(
    subgraph: Subgraph, use: FieldSetUse, *, with_implementations: bool = False
) -> Iterator[Selected]:
    """The subgraph's fields that the field set selects, parents first.

    What cannot be found is passed over.  ``with_implementations`` adds, for a field of an
    interface, the same field of every type that implements it here.
    """
    if use.field_set is not None:
        target = subgraph.types.get(use.target)
        yield from _selected(subgraph, target, use.field_set.selections, with_implementations)


def _selected(
    subgraph: Subgraph,
    parent: TypeDefinition | None,
    selections: tuple[FieldSetSelection, ...],
    with_implementations: bool,
) -> Iterator[Selected]:
    if parent is None:
        return
    for node in selections:
        if isinstance(node, FieldSetFragment):
            narrowed = subgraph.types.get(node.type_condition) if node.type_condition else parent
            yield from _selected(subgraph, narrowed, node.selections, with_implementations)
            continue
        field = parent.fields.get(node.name)
        if field is None:
            continue
        yield Selected(parent, field, node)
        if with_implementations and parent.kind is Kind.INTERFACE:
            for implementation in subgraph.implementations(parent.name):
                own = implementation.fields.get(node.name)
                if own is not None:
                    yield Selected(implementation, own, node)
        if node.selections:
            child = subgraph.types.get(field.type.name)
            yield from _selected(subgraph, child, node.selections, with_implementations)
