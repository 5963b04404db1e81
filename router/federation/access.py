"""What each field and type of a supergraph demands of a caller: ``@authenticated``, ``@requiresScopes``, ``@policy``.

A demand is a choice of ways to meet it, each a set of things to have; all demands of a field must be met.  To a field
belong the demands of its own type, of the type it returns, of the fields that it ``@requires`` (else it would hand them
out under another name) and, on an interface, those of the same field of every implementation.
Spec: Apollo authenticated v0.1, requiresScopes v0.1 and policy v0.1 ("The directives").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from router.federation.join import applied_arguments
from router.federation.links import APOLLO, split_url
from router.federation.supergraph import Supergraph
from router.federation.supergraph_types import TypeKind
from router.language.field_set import FieldSetField, FieldSetSelection, FieldSetSyntaxError, parse_field_set
from router.language.operation import TYPENAME
from router.language.sdl_nodes import SdlDirective, SdlDirectiveDefinition, SdlSchemaBlock, SdlTypeBlock

AUTHENTICATED: Final = "authenticated"
SCOPE: Final = "scope "
"""Begins the name of a scope that a caller may have; `POLICY` that of a policy that may hold for it."""
POLICY: Final = "policy "

Demand: TypeAlias = tuple[frozenset[str], ...]
"""Any of these sets will do; none at all: nobody has it."""
Demands: TypeAlias = frozenset[Demand]

NO_DEMANDS: Final[Demands] = frozenset()
_IS_AUTHENTICATED: Final[Demand] = (frozenset({AUTHENTICATED}),)
_ARGUMENTS: Final = {AUTHENTICATED: None, "requiresScopes": "scopes", "policy": "policies"}


def are_met(demands: Demands, granted: frozenset[str]) -> bool:
    """Tell whether somebody who has ``granted`` meets all of these."""
    return all(any(way <= granted for way in demand) for demand in demands)


def wanted(demands: Iterable[Demand]) -> Iterator[str]:
    """Give everything that could help to meet these."""
    for demand in demands:
        for way in demand:
            yield from way


class AccessRules:
    """The demands of one supergraph.  Cost: one walk over its directives; the rest on demand, kept."""

    def __init__(self, supergraph: Supergraph) -> None:
        self.supergraph = supergraph
        self._own: dict[str, Demands] = {}
        """By coordinate, of the directives there alone."""
        self._fields: dict[tuple[str, str], Demands] = {}
        self._contexts: dict[str, list[str]] = {}
        """Types by the contexts that they set."""
        names = _local_names(supergraph)
        if names:
            for block in supergraph.definitions.definitions:
                if isinstance(block, SdlTypeBlock):
                    self._read(block, names)

    @property
    def is_empty(self) -> bool:
        """Whether nothing demands anything."""
        return not self._own

    def of_type(self, name: str) -> Demands:
        """Give what objects or values of a type demand."""
        return self._own.get(name, NO_DEMANDS)

    def of_field(self, type_name: str, field_name: str) -> Demands:
        """Give what reading a field demands, of an object that is known as ``type_name``."""
        known = self._fields.get((type_name, field_name))
        if known is None:
            known = self._fields[type_name, field_name] = self._of_field(type_name, field_name, set())
        return known

    def _read(self, block: SdlTypeBlock, names: Mapping[str, str]) -> None:
        for arguments in applied_arguments(block.directives, "context"):
            self._contexts.setdefault(str(arguments.get("name")), []).append(block.name)
        places = [(block.name, block.directives)]
        places += [(f"{block.name}.{field.name}", field.directives) for field in block.fields]
        for coordinate, directives in places:
            demands = frozenset(_demands(directives, names))
            if demands:
                self._own[coordinate] = demands | self._own.get(coordinate, NO_DEMANDS)

    def _of_field(self, type_name: str, name: str, seen: set[tuple[str, str]]) -> Demands:
        """``seen``: fields whose demands are being put together; ``@requires`` may go in circles."""
        type_ = self.supergraph.types.get(type_name)
        if (type_name, name) in seen or type_ is None:
            return NO_DEMANDS
        seen.add((type_name, name))
        if self.is_empty:
            return NO_DEMANDS
        found = self.of_type(type_name)
        if name.startswith("__"):
            return found
        field = type_.fields.get(name)
        if field is not None:
            found |= self._own.get(f"{type_name}.{name}", NO_DEMANDS) | self.of_type(field.type.name)
            for join in field.joins:
                found |= self._of_inputs(type_name, join.requires, seen)
                for context in join.context_arguments:
                    found |= self._of_context(context.context, context.selection, seen)
        if type_.kind is TypeKind.INTERFACE:
            for implementation in self.supergraph.possible_types(type_name):
                found |= self._of_field(implementation, name, seen)
        return found

    def _of_inputs(self, type_name: str, field_set: str | None, seen: set[tuple[str, str]]) -> Demands:
        if field_set is None:
            return NO_DEMANDS
        try:
            selections = parse_field_set(field_set).selections
        except FieldSetSyntaxError:
            return NO_DEMANDS  # nothing can be asked for by it either
        return self._of_selections(type_name, selections, seen)

    def _of_selections(
        self, type_name: str, selections: Iterable[FieldSetSelection], seen: set[tuple[str, str]]
    ) -> Demands:
        found = NO_DEMANDS
        for selection in selections:
            if not isinstance(selection, FieldSetField):
                found |= self._of_selections(
                    selection.type_condition or type_name, selection.selections, seen
                )
            elif selection.name != TYPENAME:
                found |= self._of_field(type_name, selection.name, seen)
                type_ = self.supergraph.types.get(type_name)
                field = None if type_ is None else type_.fields.get(selection.name)
                if field is not None and selection.selections:
                    found |= self._of_selections(field.type.name, selection.selections, seen)
        return found

    def _of_context(self, context: str, selection: str, seen: set[tuple[str, str]]) -> Demands:
        found = NO_DEMANDS
        for type_name in self._contexts.get(context, ()):
            found |= self._of_inputs(type_name, selection, seen)
        return found


def _demands(directives: Iterable[SdlDirective], names: Mapping[str, str]) -> Iterator[Demand]:
    for directive in directives:
        name = names.get(directive.name)
        if name is None:
            continue
        argument = _ARGUMENTS[name]
        if name != "policy":
            yield _IS_AUTHENTICATED
        if argument is not None:
            prefix = POLICY if name == "policy" else SCOPE
            values = next(applied_arguments([directive], directive.name)).get(argument)
            # What cannot be read demands what nobody has.
            yield tuple(
                frozenset(f"{prefix}{item}" for item in way)
                for way in (values if isinstance(values, list) else ())
                if isinstance(way, list)
            )


def _local_names(supergraph: Supergraph) -> dict[str, str]:
    """Give what the supergraph calls the three directives, by local name."""
    names: dict[str, str] = {}
    defined: set[str] = set()
    for block in supergraph.definitions.definitions:
        if isinstance(block, SdlDirectiveDefinition):
            defined.add(block.name)
        elif isinstance(block, SdlSchemaBlock):
            for arguments in applied_arguments(block.directives, "link"):
                names.update(_linked(arguments))
    for name in _ARGUMENTS:
        # Defined without a link: whoever wrote it meant to keep somebody out.
        if name in defined and name not in names and name not in names.values():
            names[name] = name
    return names


def _linked(arguments: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    identity, name, _ = split_url(str(arguments.get("url")))
    if name not in _ARGUMENTS or identity != APOLLO + name:
        return
    yield str(arguments.get("as") or name), name
    imports = arguments.get("import")
    for item in imports if isinstance(imports, list) else ():
        if item == f"@{name}":
            yield name, name
        elif isinstance(item, Mapping) and item.get("name") == f"@{name}":
            yield str(item.get("as") or item["name"]).removeprefix("@"), name
