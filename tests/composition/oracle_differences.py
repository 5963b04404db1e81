"""Where the second opinion differs from ours on purpose, each with the reason."""

from __future__ import annotations

NAMES = {
    "FIELD_ARGUMENT_DEFAULT_MISMATCH": "ARGUMENT_DEFAULT_MISMATCH",
    "FIELD_ARGUMENT_TYPE_MISMATCH": "ARGUMENT_TYPE_MISMATCH",
    "KEY_DIRECTIVE_IN_FIELDS_ARG": "KEY_HAS_DIRECTIVE_IN_FIELDS_ARGS",
    "PROVIDES_DIRECTIVE_IN_FIELDS_ARG": "PROVIDES_HAS_DIRECTIVE_IN_FIELDS_ARGS",
    "PROVIDES_FIELDS_MISSING_EXTERNAL": "PROVIDES_MISSING_EXTERNAL",
    "REQUIRES_DIRECTIVE_IN_FIELDS_ARG": "REQUIRES_HAS_DIRECTIVE_IN_FIELDS_ARGS",
    "REQUIRES_FIELDS_MISSING_EXTERNAL": "REQUIRES_MISSING_EXTERNAL",
}
"""Codes that it spells differently."""

_REASONS: dict[str, tuple[str, ...]] = {
    "An argument that merging drops is no use of its enum.": ("ENUM_VALUE_MISMATCH/dropped_argument",),
    "Where owners differ in a field's type, any of theirs may stand where it is @external.": (
        "EXTERNAL_TYPE_MISMATCH/owners_differ",
    ),
    "What is @inaccessible may be missing elsewhere, required or not.": (
        "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH/inaccessible",
    ),
    "It does not check values of arguments in field sets.": ("REQUIRES_INVALID_FIELDS/argument_value",),
    "Defaults are compared by what they mean, and one that some subgraphs lack is dropped.": (
        "ARGUMENT_DEFAULT_MISMATCH/same_value",
        "INPUT_FIELD_DEFAULT_MISMATCH/same_number",
        "hints/INCONSISTENT_DEFAULT_VALUE_PRESENCE",
    ),
    "A required argument or input field with a default may be missing elsewhere.": (
        "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH/with_default",
        "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH/intersection",
    ),
    "`[Int!]!` is a subtype of `[Int]`; it compares only one level.": ("ARGUMENT_TYPE_MISMATCH/narrower",),
    "It takes `[X]`, but one subgraph returns any `I`; the widest type is `[I]`.": (
        "FIELD_TYPE_MISMATCH/covariant",
    ),
    "Types that differ are repeated in join__field, as the join specification asks.": (
        "hints/INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE",
    ),
    "Composed type-system directives are not in the API schema.": (
        "DIRECTIVE_COMPOSITION_ERROR/newest_minor",
        "DISALLOWED_INACCESSIBLE/plain_argument",
        "EVENT_SOURCE_INVALID/near_twin",
        "UNSUPPORTED_LINKED_FEATURE/composed",
    ),
    "Only executable directives common to all subgraphs are in the API schema.": (
        "supergraphs/api_executable_directives",
        "hints/INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE",
        "hints/INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE",
    ),
    "It does not have this rule of the federation specification.": (
        "DIRECTIVE_COMPOSITION_ERROR/name_of_federation",
        "DIRECTIVE_COMPOSITION_ERROR/without_at",
        "DIRECTIVE_DEFINITION_INVALID/unknown_argument",
        "DUPLICATE_SUBGRAPH_URL/two",
        "DISALLOWED_INACCESSIBLE/composed_argument",
        "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE/provides",
        "EXTERNAL_ON_INTERFACE/field",
        "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE/missing",
        "INTERFACE_OBJECT_USAGE_ERROR/federation_1_interface_key",
        "INTERFACE_OBJECT_USAGE_ERROR/knows_an_implementation",
        "INVALID_GRAPHQL/federation_1_inaccessible",
        "INVALID_LINK_DIRECTIVE_USAGE/cost_of_two_features",
        "INVALID_GRAPHQL/label_before_2_7",
        "INVALID_GRAPHQL/link_purpose",
        "INVALID_LINK_DIRECTIVE_USAGE/double_underscore",
        "INVALID_LINK_DIRECTIVE_USAGE/import_without_at",
        "INVALID_LINK_DIRECTIVE_USAGE/name_of_machinery",
        "INVALID_SHAREABLE_USAGE/twice",
        "LINK_IMPORT_NAME_MISMATCH/namespaced",
        "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL/deprecated",
        "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL/federation_1",
        "MISSING_TRANSITIVE_AUTH_REQUIREMENTS/from_context",
        "PROVIDES_MISSING_EXTERNAL/own_typename",
        "REQUIRES_MISSING_EXTERNAL/own_typename",
        "REQUIRES_INVALID_FIELDS/argument_of_external_only",
        "REQUIRES_INVALID_FIELDS/argument_of_some_owners",
        "REQUIRES_INVALID_FIELDS/argument_required_by_owner",
        "REQUIRES_UNSUPPORTED_ON_INTERFACE/field",
        "LINK_IMPORT_NAME_MISMATCH/tag",
        "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE/interface_object",
        "OVERRIDE_SOURCE_HAS_OVERRIDE/chain",
        "SATISFIABILITY_ERROR/mutation_of_two_subgraphs",
        "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES/union",
        "TYPE_DEFINITION_INVALID/field_set",
        "TYPE_WITH_ONLY_UNUSED_EXTERNAL/federation_1",
        "TYPE_WITH_ONLY_UNUSED_EXTERNAL/federation_1_led_to_by_nothing",
    ),
    "What merging removed may not be used by a default; it accepts that.": (
        "INVALID_GRAPHQL/default_loses_enum_value",
    ),
    "Two enum values of one name are accepted by the reference.": ("INVALID_GRAPHQL/duplicate_enum_value",),
    "Its parser raises; ours is an error with a place.": (
        "UNSUPPORTED_FEATURE/directive_extension",
        "INVALID_GRAPHQL/empty_text",
        "INVALID_GRAPHQL/syntax",
    ),
    "It compares an @external argument as if both sides resolved the field.": (
        "EXTERNAL_ARGUMENT_DEFAULT_MISMATCH/argument",
        "EXTERNAL_ARGUMENT_TYPE_MISMATCH/argument",
    ),
    "It reports the type of an @external field twice.": (
        "EXTERNAL_TYPE_MISMATCH/nullable",
        "EXTERNAL_TYPE_MISMATCH/other_type",
    ),
    "It takes an empty query root for one whose fields are all hidden.": ("NO_QUERIES/empty_query",),
    "It does not see namespaced names under `as:`.": ("INVALID_LINK_IDENTIFIER/namespaced",),
    "The code for directives in field sets is emitted; it calls them invalid fields.": (
        "KEY_HAS_DIRECTIVE_IN_FIELDS_ARGS/include",
        "PROVIDES_HAS_DIRECTIVE_IN_FIELDS_ARGS/include",
        "REQUIRES_HAS_DIRECTIVE_IN_FIELDS_ARGS/include",
    ),
    "A field set is printed without its outer braces.": ("KEY_INVALID_FIELDS/compound",),
    "An object in a key needs a selection; it accepts none.": ("KEY_INVALID_FIELDS/missing_selection",),
    "It has the two codes the other way round.": ("LIST_SIZE_APPLIED_TO_NON_LIST/scalar",),
    "Demanding more than what is required is enough.": ("MISSING_TRANSITIVE_AUTH_REQUIREMENTS/passed_on",),
    "Federation 1 field sets are left with what is external.": (
        "supergraphs/federation_1_inactive_field_sets",
        "supergraphs/federation_1_inactive_typename",
    ),
    "An extension without a key owns the first key of its base alone, as in federation 1.": (
        "TYPE_WITH_ONLY_UNUSED_EXTERNAL/first_key",
    ),
    "It does not keep the names that all subgraphs give a directive.": (
        "LINK_IMPORT_NAME_MISMATCH/not_used",
        "supergraphs/renamed_directives",
    ),
    "Both sides of a labelled override carry the label.": (
        "OVERRIDE_LABEL_INVALID/percent",
        "hints/OVERRIDE_MIGRATION_IN_PROGRESS",
    ),
    "A field that returns Query starts anew; it wants a key of Query.": (
        "SATISFIABILITY_ERROR/through_the_root",
    ),
    "It raises on renamed roots.": ("ROOT_QUERY_USED/renamed_roots",),
    "It links a feature that nothing of the supergraph uses.": ("UNSUPPORTED_LINKED_FEATURE/not_composed",),
    "GraphQL forbids directives that use themselves; it does not look.": (
        "INVALID_GRAPHQL/circular_directive",
    ),
    "It composes any number of alternatives, which then no router can check.": (
        "UNSUPPORTED_FEATURE/too_many_alternatives",
    ),
    "It speaks federation up to v2.9.": (
        "INVALID_LINK_DIRECTIVE_USAGE/one_namespace_for_two",
        "INVALID_LINK_DIRECTIVE_USAGE/two_namespaces",
        "UNKNOWN_FEDERATION_LINK_VERSION/latest",
        "supergraphs/cache_tags",
    ),
    "Only subgraphs that compose a directive must agree on it, as federation v2.14 has it.": (
        "DIRECTIVE_COMPOSITION_ERROR/another_major_not_composed",
        "hints/DIRECTIVE_COMPOSITION_WARN",
    ),
    "One name for two imports is told as a fault of the links, composed or not.": (
        "INVALID_LINK_DIRECTIVE_USAGE/one_name_for_two",
    ),
    "A composed directive may stand wherever some subgraph defines that it may.": (
        "hints/INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_LOCATIONS",
        "hints/INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE",
        "supergraphs/composed_directive_in_all_places",
    ),
    "It does not know @eventSource, which is this router's own.": (
        "EVENT_SOURCE_INVALID/event_in_allow",
        "EVENT_SOURCE_INVALID/list_in_channel",
        "EVENT_SOURCE_INVALID/not_a_subscription",
        "EVENT_SOURCE_INVALID/not_composed",
        "EVENT_SOURCE_INVALID/unknown_argument",
        "EVENT_SOURCE_INVALID/unreadable",
    ),
    "What is composed anyway may be asked for again, with a hint.": ("hints/DIRECTIVE_COMPOSITION_INFO",),
    "Only names that end in `_` and a number get a `_`, as the reference does.": ("supergraphs/graph_names",),
}

DIFFERENCES = {f"{case}.case": reason for reason, cases in _REASONS.items() for case in cases}
"""Case → why we differ; may only shrink, or grow with a reason."""

_GATEWAY_REASONS: dict[str, tuple[str, ...]] = {
    "It has no access control and no contexts, and rightly stops at a feature for SECURITY it does not know.": (
        "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE/field_of_interface_object",
        "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE/same_on_all_below",
        "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE/scopes_of_two_subgraphs",
        "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE/shown_on_the_interface",
        "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS/optional",
        "CONTEXT_INVALID_SELECTION/same_type",
        "CONTEXT_NAME_INVALID/letters",
        "CONTEXT_NOT_SET/above",
        "CONTEXT_NO_RESOLVABLE_KEY/another_key",
        "MISSING_TRANSITIVE_AUTH_REQUIREMENTS/passed_on",
        "NO_CONTEXT_IN_SELECTION/name",
        "hints/CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS",
        "hints/MERGED_ACCESS_ON_INTERFACE",
        "supergraphs/renamed_directives",
    ),
    "It has no cache tags, whose link says `for: EXECUTION` in every composer that knows them.": (
        "supergraphs/cache_tags",
    ),
    "It does not know @oneOf.": (
        "supergraphs/api_of_deprecated_and_friends",
        "supergraphs/deprecated_and_friends",
    ),
    "It hides the types of features that nobody knows; a client may still meet them in ours.": (
        "DIRECTIVE_COMPOSITION_ERROR/newest_minor",
        "UNSUPPORTED_LINKED_FEATURE/composed",
    ),
}
GATEWAY = {f"{case}.case": reason for reason, cases in _GATEWAY_REASONS.items() for case in cases}
"""Case → why @apollo/gateway does not load its supergraph, or shows another API."""
