"""The rules of the second gate, in the order in which their errors are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from router.composition.result import CompositionError
from router.composition.source import Source
from router.composition.subgraph_rules.access_is_not_on_interfaces import access_is_not_on_interfaces
from router.composition.subgraph_rules.context_names_are_valid import context_names_are_valid
from router.composition.subgraph_rules.context_selections_are_valid import context_selections_are_valid
from router.composition.subgraph_rules.contexts_are_set import contexts_are_set
from router.composition.subgraph_rules.contextual_types_have_keys import contextual_types_have_keys
from router.composition.subgraph_rules.cost_is_not_on_interfaces import cost_is_not_on_interfaces
from router.composition.subgraph_rules.definitions_end import definitions_end
from router.composition.subgraph_rules.directives_are_known import directives_are_known
from router.composition.subgraph_rules.event_sources_are_valid import event_sources_are_valid
from router.composition.subgraph_rules.external_fields_are_used import external_fields_are_used
from router.composition.subgraph_rules.external_is_on_object_fields import external_is_on_object_fields
from router.composition.subgraph_rules.external_stands_alone import external_stands_alone
from router.composition.subgraph_rules.field_sets_are_strings import field_sets_are_strings
from router.composition.subgraph_rules.field_sets_are_valid import field_sets_are_valid
from router.composition.subgraph_rules.field_sets_select_external import field_sets_select_external
from router.composition.subgraph_rules.field_sets_take_no_arguments import field_sets_take_no_arguments
from router.composition.subgraph_rules.field_sets_use_no_directives import field_sets_use_no_directives
from router.composition.subgraph_rules.interface_keys_are_on_implementations import (
    interface_keys_are_on_implementations,
)
from router.composition.subgraph_rules.interface_objects_have_keys import interface_objects_have_keys
from router.composition.subgraph_rules.interfaces_are_implemented import interfaces_are_implemented
from router.composition.subgraph_rules.interfaces_carry_no_field_sets import interfaces_carry_no_field_sets
from router.composition.subgraph_rules.key_fields_are_no_abstract_types import (
    key_fields_are_no_abstract_types,
)
from router.composition.subgraph_rules.list_sizes_are_valid import list_sizes_are_valid
from router.composition.subgraph_rules.override_is_on_object_fields import override_is_on_object_fields
from router.composition.subgraph_rules.override_labels_are_valid import override_labels_are_valid
from router.composition.subgraph_rules.provides_is_on_composite_fields import (
    provides_is_on_composite_fields,
)
from router.composition.subgraph_rules.required_inputs_are_not_deprecated import (
    required_inputs_are_not_deprecated,
)
from router.composition.subgraph_rules.shareable_is_on_object_fields import shareable_is_on_object_fields
from router.composition.subgraph_rules.types_are_known import types_are_known
from router.composition.subgraph_rules.types_have_content import types_have_content

SubgraphRule = Callable[[Source], Iterator[CompositionError]]

GRAPHQL_RULES: Final[tuple[SubgraphRule, ...]] = (
    types_are_known,
    definitions_end,
    types_have_content,
    directives_are_known,
    interfaces_are_implemented,
    required_inputs_are_not_deprecated,
)
FEDERATION_RULES: Final[tuple[SubgraphRule, ...]] = (
    # field sets
    field_sets_are_strings,
    field_sets_are_valid,
    field_sets_use_no_directives,
    field_sets_take_no_arguments,
    field_sets_select_external,
    key_fields_are_no_abstract_types,
    provides_is_on_composite_fields,
    interfaces_carry_no_field_sets,
    # external
    external_is_on_object_fields,
    external_stands_alone,
    external_fields_are_used,
    # sharing and override
    shareable_is_on_object_fields,
    override_is_on_object_fields,
    override_labels_are_valid,
    # interface objects
    interface_objects_have_keys,
    interface_keys_are_on_implementations,
    # cost and access
    cost_is_not_on_interfaces,
    list_sizes_are_valid,
    access_is_not_on_interfaces,
    # contexts
    context_names_are_valid,
    contexts_are_set,
    context_selections_are_valid,
    contextual_types_have_keys,
    # events
    event_sources_are_valid,
)


def subgraph_errors(source: Source) -> Iterator[CompositionError]:
    """What is wrong with one subgraph: as GraphQL, and only if nothing is, as federation."""
    errors = [error for rule in GRAPHQL_RULES for error in rule(source)]
    yield from errors or (error for rule in FEDERATION_RULES for error in rule(source))
