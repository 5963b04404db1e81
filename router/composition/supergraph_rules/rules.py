"""The rules of the fourth gate, in the order in which their errors are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from router.composition.merge.merged import Merged
from router.composition.result import CompositionError, CompositionHint
from router.composition.supergraph_rules.access_is_passed_on import access_is_passed_on
from router.composition.supergraph_rules.composed_arguments_are_accessible import (
    composed_arguments_are_accessible,
)
from router.composition.supergraph_rules.defaults_are_valid import defaults_are_valid
from router.composition.supergraph_rules.interface_fields_are_implemented import (
    interface_fields_are_implemented,
)
from router.composition.supergraph_rules.interface_keys_know_all_implementations import (
    interface_keys_know_all_implementations,
)
from router.composition.supergraph_rules.interface_objects_have_interfaces import (
    interface_objects_have_interfaces,
)
from router.composition.supergraph_rules.merged_interfaces_are_implemented import (
    merged_interfaces_are_implemented,
)
from router.composition.supergraph_rules.query_root_is_accessible import query_root_is_accessible
from router.composition.supergraph_rules.required_arguments_are_merged import (
    required_arguments_are_merged,
)
from router.composition.supergraph_rules.required_inputs_are_accessible import (
    required_inputs_are_accessible,
)
from router.composition.supergraph_rules.shared_fields_share_runtime_types import (
    shared_fields_share_runtime_types,
)
from router.composition.supergraph_rules.visible_elements_have_visible_types import (
    visible_elements_have_visible_types,
)
from router.composition.supergraph_rules.visible_interface_fields_are_visible_below import (
    visible_interface_fields_are_visible_below,
)
from router.composition.supergraph_rules.visible_types_have_visible_content import (
    visible_types_have_visible_content,
)

SupergraphRule = Callable[[Merged], Iterator[CompositionError] | Iterator[CompositionError | CompositionHint]]

VISIBILITY_RULES: Final[tuple[SupergraphRule, ...]] = (
    defaults_are_valid,
    query_root_is_accessible,
    visible_types_have_visible_content,
    visible_elements_have_visible_types,
    visible_interface_fields_are_visible_below,
    required_inputs_are_accessible,
    composed_arguments_are_accessible,
)
"""What clients see; contracts ask these again, of what their tags leave."""

MERGE_RULES: Final[tuple[SupergraphRule, ...]] = (
    interface_objects_have_interfaces,
    interface_keys_know_all_implementations,
)
"""What concerns the declarations of one type in all subgraphs; told with the errors of merging."""

SUPERGRAPH_RULES: Final[tuple[SupergraphRule, ...]] = (
    interface_fields_are_implemented,
    merged_interfaces_are_implemented,
    shared_fields_share_runtime_types,
    required_arguments_are_merged,
    *VISIBILITY_RULES,
    access_is_passed_on,
)
"""Satisfiability is the next gate, and opens when these find nothing."""
