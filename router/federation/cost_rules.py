"""What fields, arguments and inputs of a supergraph weigh: ``@cost`` and ``@listSize``.

A field weighs what ``@cost`` on it says, else what ``@cost`` on the type it returns says, else 1 for an object and
nothing for a scalar or an enum.  A value of an interface or union weighs as much as its heaviest possible type.
Spec: IBM, "GraphQL Cost Directives Specification"; Apollo cost v0.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from router.federation.join import applied_arguments
from router.federation.supergraph import Supergraph, type_ref
from router.federation.supergraph_types import TypeKind
from router.language.operation import TypeRef
from router.language.sdl_nodes import SdlDirective, SdlInput, SdlTypeBlock
from router.language.values import plain


@dataclass(frozen=True, slots=True)
class ListSize:
    """``@listSize`` of a field."""

    assumed: int | None
    slicing_arguments: tuple[str, ...]
    """Names; dots lead into input objects."""
    sized_fields: frozenset[str]
    """Fields of the returned object whose lists it sizes."""
    requires_one: bool
    """Whether exactly one of the slicing arguments must be given."""


@dataclass(frozen=True, slots=True)
class InputCost:
    """An argument, or a field of an input object."""

    type: TypeRef
    weight: float | None
    """None: nothing is said, so an input object weighs 1 and any other value nothing."""
    default: object = None
    """What counts where it is not given; as JSON."""


@dataclass(frozen=True, slots=True)
class FieldCost:
    """A field of an object or interface."""

    type: TypeRef
    weight: float
    """Of one value."""
    arguments: Mapping[str, InputCost] = field(default_factory=dict)
    list_size: ListSize | None = None


class CostRules:
    """The weights of one supergraph.  Cost: one walk over its definitions."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        blocks = [block for block in supergraph.definitions.definitions if isinstance(block, SdlTypeBlock)]
        self._types = {
            block.name: weight for block in blocks if (weight := _weight(block.directives)) is not None
        }
        self._inputs = {
            block.name: {node.name: self._input(node) for node in block.inputs}
            for block in blocks
            if block.keyword == "input"
        }
        self._fields = {
            (block.name, node.name): FieldCost(
                type_ref(node.type),
                self._field_weight(node.type[0], node.directives),
                {argument.name: self._input(argument) for argument in node.arguments},
                _list_size(node.directives),
            )
            for block in blocks
            for node in block.fields
        }

    def of_field(self, type_name: str, name: str) -> FieldCost | None:
        """Give what a field weighs; None for one that is not in the supergraph."""
        return self._fields.get((type_name, name))

    def inputs_of(self, type_name: str) -> Mapping[str, InputCost] | None:
        """Give the fields of an input object type; None for any other type."""
        return self._inputs.get(type_name)

    def _input(self, node: SdlInput) -> InputCost:
        weight = _weight(node.directives)
        return InputCost(
            type_ref(node.type),
            self._types.get(node.type[0]) if weight is None else weight,
            None if node.default is None else plain(node.default),
        )

    def _field_weight(self, type_name: str, directives: Iterable[SdlDirective]) -> float:
        weight = _weight(directives)
        if weight is not None:
            return weight
        weight = self._types.get(type_name)
        if weight is not None:
            return weight
        type_ = self._supergraph.types.get(type_name)
        if type_ is None or not type_.is_composite:
            return 0.0
        if type_.kind is TypeKind.OBJECT:
            return 1.0
        possible = self._supergraph.possible_types(type_name)
        return max((self._types.get(name, 1.0) for name in possible), default=1.0)


def _weight(directives: Iterable[SdlDirective]) -> float | None:
    for arguments in applied_arguments(directives, "cost"):
        try:
            return float(str(arguments.get("weight")))
        except ValueError:
            return None
    return None


_NOTHING: Final[frozenset[str]] = frozenset()


def _list_size(directives: Iterable[SdlDirective]) -> ListSize | None:
    for node in directives:
        if node.name == "listSize":
            values = {name: plain(value) for name, value in node.arguments}
            assumed = values.get("assumedSize")
            slicing = values.get("slicingArguments")
            sized = values.get("sizedFields")
            names = tuple(map(str, slicing)) if isinstance(slicing, list) else ()
            return ListSize(
                assumed if isinstance(assumed, int) else None,
                names,
                frozenset(map(str, sized)) if isinstance(sized, list) else _NOTHING,
                bool(names) and values.get("requireOneSlicingArgument") is not False,
            )
    return None
