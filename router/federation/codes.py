"""Every error code of composition: what it means, since when, what to do.

The one source of the codes: rules import their constant from here, ``docs/errors.md`` is
`errors_page()` of ``codes_page.py``.  Codes are public API: never renamed, only retired.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One row of the table."""

    code: str
    description: str
    since: str
    """First federation version that knows the code."""
    what_to_do: str


CODES: Final[dict[str, ErrorCode]] = {}
"""By code, grouped as the documentation shows them."""


def _code(code: str, since: str, description: str, what_to_do: str) -> str:
    CODES[code] = ErrorCode(code, description, since, what_to_do)
    return code


# GraphQL and links
INVALID_GRAPHQL: Final = _code(
    "INVALID_GRAPHQL",
    "2.0",
    "A schema breaks a rule of GraphQL itself: syntax, an unknown type, a missing field of an interface …",
    "Correct the SDL at the place shown.",
)
DIRECTIVE_DEFINITION_INVALID: Final = _code(
    "DIRECTIVE_DEFINITION_INVALID",
    "2.0",
    "A subgraph defines a known directive, but not as its specification does.",
    "Remove the definition; linked directives need none.",
)
TYPE_DEFINITION_INVALID: Final = _code(
    "TYPE_DEFINITION_INVALID",
    "2.0",
    "A subgraph defines a type of a linked specification, but not as the specification does.",
    "Remove the definition, or rename your type.",
)
INVALID_LINK_DIRECTIVE_USAGE: Final = _code(
    "INVALID_LINK_DIRECTIVE_USAGE",
    "2.0",
    "A @link does not follow the link specification: arguments, imports or a repeated link.",
    "Correct the @link as the message says.",
)
INVALID_LINK_IDENTIFIER: Final = _code(
    "INVALID_LINK_IDENTIFIER",
    "2.1",
    "The URL or the name of a @link cannot be used as a namespace.",
    "Choose another `as:`, without double or trailing underscores.",
)
LINK_IMPORT_NAME_MISMATCH: Final = _code(
    "LINK_IMPORT_NAME_MISMATCH",
    "2.0",
    "Subgraphs import one merged directive under different names.",
    "Use the same `as:` in every subgraph.",
)
UNKNOWN_LINK_VERSION: Final = _code(
    "UNKNOWN_LINK_VERSION",
    "2.1",
    "The version of the link specification is not known.",
    "Link https://specs.apollo.dev/link/v1.0.",
)
UNKNOWN_FEDERATION_LINK_VERSION: Final = _code(
    "UNKNOWN_FEDERATION_LINK_VERSION",
    "2.0",
    "The version of the federation specification is not known.",
    "Link a version from v2.0 on that this router knows.",
)
UNSUPPORTED_LINKED_FEATURE: Final = _code(
    "UNSUPPORTED_LINKED_FEATURE",
    "2.0",
    "A supergraph links a feature for security or execution that is not known here.",
    "Compose without the feature, or serve the supergraph with a router that knows it.",
)
UNSUPPORTED_FEATURE: Final = _code(
    "UNSUPPORTED_FEATURE",
    "2.1",
    "The SDL uses something that federation does not support.",
    "Rewrite the part shown.",
)
INVALID_FEDERATION_SUPERGRAPH: Final = _code(
    "INVALID_FEDERATION_SUPERGRAPH",
    "2.1",
    "A text given as a supergraph is not one.",
    "Give the output of composition.",
)
DUPLICATE_SUBGRAPH_URL: Final = _code(
    "DUPLICATE_SUBGRAPH_URL",
    "Olympus 0.1",
    "Two subgraphs have one routing URL.",
    "Give each subgraph the URL that answers for it.",
)
INVALID_SUBGRAPH_NAME: Final = _code(
    "INVALID_SUBGRAPH_NAME",
    "2.0",
    "A subgraph's name is empty, reserved or used twice.",
    "Give each subgraph a name of its own.",
)
DOWNSTREAM_SERVICE_ERROR: Final = _code(
    "DOWNSTREAM_SERVICE_ERROR",
    "0.x",
    "A subgraph could not be asked for its SDL.",
    "Check that the subgraph runs and its URL is right.",
)

# Roots
NO_QUERIES: Final = _code(
    "NO_QUERIES",
    "0.x",
    "No subgraph has a query.",
    "Add a field to type Query in one subgraph.",
)
ROOT_QUERY_USED: Final = _code(
    "ROOT_QUERY_USED",
    "0.x",
    "A type is named Query but is not the query root.",
    "Rename the type, or make it the root.",
)
ROOT_MUTATION_USED: Final = _code(
    "ROOT_MUTATION_USED",
    "0.x",
    "A type is named Mutation but is not the mutation root.",
    "Rename the type, or make it the root.",
)
ROOT_SUBSCRIPTION_USED: Final = _code(
    "ROOT_SUBSCRIPTION_USED",
    "0.x",
    "A type is named Subscription but is not the subscription root.",
    "Rename the type, or make it the root.",
)

# Field sets
KEY_FIELDS_HAS_ARGS: Final = _code(
    "KEY_FIELDS_HAS_ARGS",
    "2.0",
    "A @key selects a field that takes arguments.",
    "Remove the field from the key.",
)
PROVIDES_FIELDS_HAS_ARGS: Final = _code(
    "PROVIDES_FIELDS_HAS_ARGS",
    "2.0",
    "A @provides selects a field that takes arguments.",
    "Remove the field from the @provides.",
)
KEY_FIELDS_SELECT_INVALID_TYPE: Final = _code(
    "KEY_FIELDS_SELECT_INVALID_TYPE",
    "0.x",
    "A @key selects a field whose type is a list, an interface or a union.",
    "Use fields of scalar, enum or object type in keys.",
)
KEY_INVALID_FIELDS: Final = _code(
    "KEY_INVALID_FIELDS",
    "2.0",
    "The fields of a @key do not parse, or select what is not there.",
    "Correct the field set.",
)
PROVIDES_INVALID_FIELDS: Final = _code(
    "PROVIDES_INVALID_FIELDS",
    "2.0",
    "The fields of a @provides do not parse, or select what is not there.",
    "Correct the field set.",
)
REQUIRES_INVALID_FIELDS: Final = _code(
    "REQUIRES_INVALID_FIELDS",
    "2.0",
    "The fields of a @requires do not parse, or select what is not there.",
    "Correct the field set.",
)
KEY_INVALID_FIELDS_TYPE: Final = _code(
    "KEY_INVALID_FIELDS_TYPE",
    "2.0",
    "The fields argument of a @key is not a string.",
    "Write the field set as one string.",
)
PROVIDES_INVALID_FIELDS_TYPE: Final = _code(
    "PROVIDES_INVALID_FIELDS_TYPE",
    "2.0",
    "The fields argument of a @provides is not a string.",
    "Write the field set as one string.",
)
REQUIRES_INVALID_FIELDS_TYPE: Final = _code(
    "REQUIRES_INVALID_FIELDS_TYPE",
    "2.0",
    "The fields argument of a @requires is not a string.",
    "Write the field set as one string.",
)
KEY_HAS_DIRECTIVE_IN_FIELDS_ARGS: Final = _code(
    "KEY_HAS_DIRECTIVE_IN_FIELDS_ARGS",
    "2.1",
    "The fields of a @key use a directive.",
    "Remove the directive from the field set.",
)
PROVIDES_HAS_DIRECTIVE_IN_FIELDS_ARGS: Final = _code(
    "PROVIDES_HAS_DIRECTIVE_IN_FIELDS_ARGS",
    "2.1",
    "The fields of a @provides use a directive.",
    "Remove the directive from the field set.",
)
REQUIRES_HAS_DIRECTIVE_IN_FIELDS_ARGS: Final = _code(
    "REQUIRES_HAS_DIRECTIVE_IN_FIELDS_ARGS",
    "2.1",
    "The fields of a @requires use a directive.",
    "Remove the directive from the field set.",
)
PROVIDES_MISSING_EXTERNAL: Final = _code(
    "PROVIDES_MISSING_EXTERNAL",
    "0.x",
    "A @provides selects a field that is not @external in this subgraph.",
    "Mark the field @external, or remove it from the @provides.",
)
REQUIRES_MISSING_EXTERNAL: Final = _code(
    "REQUIRES_MISSING_EXTERNAL",
    "0.x",
    "A @requires selects a field that is not @external in this subgraph.",
    "Mark the field @external; what the subgraph resolves itself need not be required.",
)
PROVIDES_ON_NON_OBJECT_FIELD: Final = _code(
    "PROVIDES_ON_NON_OBJECT_FIELD",
    "0.x",
    "@provides stands on a field whose type has no fields.",
    "Remove the @provides.",
)
KEY_UNSUPPORTED_ON_INTERFACE: Final = _code(
    "KEY_UNSUPPORTED_ON_INTERFACE",
    "2.0",
    "@key stands on an interface, which the linked federation version does not offer.",
    "Link federation v2.3 or newer, or put the key on the implementing types.",
)
PROVIDES_UNSUPPORTED_ON_INTERFACE: Final = _code(
    "PROVIDES_UNSUPPORTED_ON_INTERFACE",
    "2.0",
    "@provides stands on a field of an interface.",
    "Put it on the fields of the implementing types.",
)
REQUIRES_UNSUPPORTED_ON_INTERFACE: Final = _code(
    "REQUIRES_UNSUPPORTED_ON_INTERFACE",
    "2.0",
    "@requires stands on a field of an interface.",
    "Put it on the fields of the implementing types.",
)

# External
EXTERNAL_UNUSED: Final = _code(
    "EXTERNAL_UNUSED",
    "0.x",
    "An @external field is used by no key, @requires, @provides or interface of its subgraph.",
    "Remove the field, or its @external.",
)
EXTERNAL_MISSING_ON_BASE: Final = _code(
    "EXTERNAL_MISSING_ON_BASE",
    "0.x",
    "A field is @external wherever it is declared, so nothing resolves it.",
    "Remove @external in the subgraph that resolves the field.",
)
EXTERNAL_ON_INTERFACE: Final = _code(
    "EXTERNAL_ON_INTERFACE",
    "2.0",
    "@external stands on a field of an interface.",
    "Put it on the fields of the implementing types.",
)
EXTERNAL_TYPE_MISMATCH: Final = _code(
    "EXTERNAL_TYPE_MISMATCH",
    "0.x",
    "An @external field has another type than where it is resolved.",
    "Declare it with the owner's type.",
)
EXTERNAL_ARGUMENT_MISSING: Final = _code(
    "EXTERNAL_ARGUMENT_MISSING",
    "2.0",
    "An @external field lacks an argument that its owner declares.",
    "Declare the argument.",
)
EXTERNAL_ARGUMENT_TYPE_MISMATCH: Final = _code(
    "EXTERNAL_ARGUMENT_TYPE_MISMATCH",
    "2.0",
    "An argument of an @external field has another type than at its owner.",
    "Declare it with the owner's type.",
)
EXTERNAL_ARGUMENT_DEFAULT_MISMATCH: Final = _code(
    "EXTERNAL_ARGUMENT_DEFAULT_MISMATCH",
    "2.0",
    "An argument of an @external field has another default than at its owner.",
    "Declare it with the owner's default.",
)
EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE: Final = _code(
    "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE",
    "2.1",
    "@external is used together with a directive that needs the field to be resolved here.",
    "Remove one of the two.",
)
TYPE_WITH_ONLY_UNUSED_EXTERNAL: Final = _code(
    "TYPE_WITH_ONLY_UNUSED_EXTERNAL",
    "2.0",
    "A federation 1 type has nothing but @external fields that are not used.",
    "Remove the type from the subgraph.",
)
MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL: Final = _code(
    "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL",
    "2.0",
    "A directive that composition merges stands on an @external field.",
    "Move it to the subgraph that resolves the field.",
)

# Merging
TYPE_KIND_MISMATCH: Final = _code(
    "TYPE_KIND_MISMATCH",
    "2.0",
    "Subgraphs define one name as different kinds of type.",
    "Rename one of them, or agree on a kind.",
)
FIELD_TYPE_MISMATCH: Final = _code(
    "FIELD_TYPE_MISMATCH",
    "2.0",
    "Subgraphs give a field types of which none includes the others.",
    "Use one type, or one that is a subtype of the other.",
)
ARGUMENT_TYPE_MISMATCH: Final = _code(
    "ARGUMENT_TYPE_MISMATCH",
    "2.0",
    "Subgraphs give an argument types of which none includes the others.",
    "Use the same type in every subgraph.",
)
ARGUMENT_DEFAULT_MISMATCH: Final = _code(
    "ARGUMENT_DEFAULT_MISMATCH",
    "2.0",
    "Subgraphs give an argument different defaults.",
    "Use the same default in every subgraph.",
)
INPUT_FIELD_DEFAULT_MISMATCH: Final = _code(
    "INPUT_FIELD_DEFAULT_MISMATCH",
    "2.0",
    "Subgraphs give an input field different defaults.",
    "Use the same default in every subgraph.",
)
REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH: Final = _code(
    "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH",
    "2.0",
    "An argument is required in one subgraph and missing in another that has the field.",
    "Declare it everywhere, or make it optional.",
)
REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH: Final = _code(
    "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH",
    "2.0",
    "An input field is required in one subgraph and missing in another that has the input type.",
    "Declare it everywhere, or make it optional.",
)
EMPTY_MERGED_INPUT_TYPE: Final = _code(
    "EMPTY_MERGED_INPUT_TYPE",
    "2.0",
    "No field of an input type is in all the subgraphs that define it.",
    "Give the subgraphs at least one field in common.",
)
EMPTY_MERGED_ENUM_TYPE: Final = _code(
    "EMPTY_MERGED_ENUM_TYPE",
    "2.0",
    "No value of an enum used for input is in all the subgraphs that define it.",
    "Give the subgraphs at least one value in common.",
)
ENUM_VALUE_MISMATCH: Final = _code(
    "ENUM_VALUE_MISMATCH",
    "2.0",
    "An enum used for input and output has different values in its subgraphs.",
    "Declare the same values everywhere, or hide the new one with @inaccessible.",
)
EXTENSION_WITH_NO_BASE: Final = _code(
    "EXTENSION_WITH_NO_BASE",
    "0.x",
    "A type is only extended; no subgraph defines it.",
    "Define the type in one subgraph, or drop the `extend`.",
)
INTERFACE_FIELD_NO_IMPLEM: Final = _code(
    "INTERFACE_FIELD_NO_IMPLEM",
    "2.0",
    "A type of the supergraph lacks a field that its merged interface has.",
    "Add the field to the type in a subgraph that resolves it.",
)
DIRECTIVE_COMPOSITION_ERROR: Final = _code(
    "DIRECTIVE_COMPOSITION_ERROR",
    "2.1",
    "A @composeDirective cannot be followed.",
    "Link the directive's specification in the same name and major version everywhere.",
)

# Sharing and override
INVALID_FIELD_SHARING: Final = _code(
    "INVALID_FIELD_SHARING",
    "2.0",
    "Several subgraphs resolve a field that is not @shareable in all of them.",
    "Mark it @shareable everywhere, or resolve it in one subgraph only.",
)
INVALID_SHAREABLE_USAGE: Final = _code(
    "INVALID_SHAREABLE_USAGE",
    "2.1",
    "@shareable stands where it means nothing, such as on an interface field.",
    "Remove it, or put it on the implementing types.",
)
SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES: Final = _code(
    "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES",
    "2.0",
    "A shared field returns an abstract type with no object type in common between subgraphs.",
    "Let the subgraphs share at least one possible type.",
)
OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE: Final = _code(
    "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE",
    "2.0",
    "@override meets a directive that needs the field elsewhere.",
    "Remove one of the two.",
)
OVERRIDE_FROM_SELF_ERROR: Final = _code(
    "OVERRIDE_FROM_SELF_ERROR",
    "2.0",
    "@override names its own subgraph.",
    "Name the subgraph the field comes from.",
)
OVERRIDE_SOURCE_HAS_OVERRIDE: Final = _code(
    "OVERRIDE_SOURCE_HAS_OVERRIDE",
    "2.0",
    "A field is overridden from a subgraph that itself overrides it, or twice.",
    "Keep one @override per field.",
)
OVERRIDE_ON_INTERFACE: Final = _code(
    "OVERRIDE_ON_INTERFACE",
    "2.3",
    "@override stands on a field of an interface.",
    "Put it on the fields of the implementing types.",
)
OVERRIDE_LABEL_INVALID: Final = _code(
    "OVERRIDE_LABEL_INVALID",
    "2.7",
    "The label of an @override is neither a name nor percent(n).",
    "Use letters, digits and _-:./ after a letter, or percent(0) to percent(100).",
)

# Interface objects
INTERFACE_OBJECT_USAGE_ERROR: Final = _code(
    "INTERFACE_OBJECT_USAGE_ERROR",
    "2.3",
    "@interfaceObject is used on a type that cannot stand for an interface.",
    "Give it a @key, and define the interface in another subgraph.",
)
INTERFACE_KEY_NOT_ON_IMPLEMENTATION: Final = _code(
    "INTERFACE_KEY_NOT_ON_IMPLEMENTATION",
    "2.3",
    "An implementation lacks a key that its interface has.",
    "Repeat the key on the implementation.",
)
INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE: Final = _code(
    "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE",
    "2.3",
    "A subgraph has a key on an interface but not all the interface's implementations.",
    "Define the missing implementations there.",
)

# Inaccessible
REFERENCED_INACCESSIBLE: Final = _code(
    "REFERENCED_INACCESSIBLE",
    "2.0",
    "A visible element has an @inaccessible type.",
    "Hide the element too, or show the type.",
)
DEFAULT_VALUE_USES_INACCESSIBLE: Final = _code(
    "DEFAULT_VALUE_USES_INACCESSIBLE",
    "2.0",
    "A visible default uses an @inaccessible value or input field.",
    "Change the default, or show what it uses.",
)
QUERY_ROOT_TYPE_INACCESSIBLE: Final = _code(
    "QUERY_ROOT_TYPE_INACCESSIBLE",
    "2.0",
    "The query root is @inaccessible.",
    "Remove @inaccessible from it.",
)
REQUIRED_INACCESSIBLE: Final = _code(
    "REQUIRED_INACCESSIBLE",
    "2.0",
    "A required argument or input field is @inaccessible while its owner is visible.",
    "Give it a default, or make it nullable.",
)
DISALLOWED_INACCESSIBLE: Final = _code(
    "DISALLOWED_INACCESSIBLE",
    "2.0",
    "@inaccessible stands on something that must stay visible.",
    "Remove it.",
)
IMPLEMENTED_BY_INACCESSIBLE: Final = _code(
    "IMPLEMENTED_BY_INACCESSIBLE",
    "2.0",
    "A visible interface field or argument is implemented by an @inaccessible one.",
    "Hide both, or neither.",
)
ONLY_INACCESSIBLE_CHILDREN: Final = _code(
    "ONLY_INACCESSIBLE_CHILDREN",
    "2.0",
    "A visible type has nothing visible in it.",
    "Hide the type too, or show a part of it.",
)

# Context, cost, access
CONTEXT_NOT_SET: Final = _code(
    "CONTEXT_NOT_SET",
    "2.8",
    "@fromContext names a context that no type sets.",
    "Add @context to a type above the field.",
)
CONTEXT_INVALID_SELECTION: Final = _code(
    "CONTEXT_INVALID_SELECTION",
    "2.8",
    "The selection of a @fromContext is not valid for its context.",
    "Correct the selection.",
)
NO_CONTEXT_IN_SELECTION: Final = _code(
    "NO_CONTEXT_IN_SELECTION",
    "2.8",
    "The field of a @fromContext names no context.",
    "Begin it with `$name`.",
)
CONTEXT_NO_RESOLVABLE_KEY: Final = _code(
    "CONTEXT_NO_RESOLVABLE_KEY",
    "2.8",
    "A type with a contextual argument has no resolvable key.",
    "Add a @key to it.",
)
CONTEXT_NAME_INVALID: Final = _code(
    "CONTEXT_NAME_INVALID",
    "2.8",
    "The name of a @context is not letters and digits, beginning with a letter.",
    "Choose another name.",
)
CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS: Final = _code(
    "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS",
    "2.8",
    "A required argument is contextual in some subgraphs only.",
    "Use @fromContext in all of them, or make it optional.",
)
COST_APPLIED_TO_INTERFACE_FIELD: Final = _code(
    "COST_APPLIED_TO_INTERFACE_FIELD",
    "2.9",
    "@cost stands on a field of an interface.",
    "Put it on the fields of the implementing types.",
)
LIST_SIZE_APPLIED_TO_NON_LIST: Final = _code(
    "LIST_SIZE_APPLIED_TO_NON_LIST",
    "2.9",
    "@listSize stands on a field that returns no list.",
    "Remove it, or name the sizedFields.",
)
LIST_SIZE_INVALID_ASSUMED_SIZE: Final = _code(
    "LIST_SIZE_INVALID_ASSUMED_SIZE",
    "2.9",
    "The assumedSize of a @listSize is negative.",
    "Use zero or more.",
)
LIST_SIZE_INVALID_SIZED_FIELD: Final = _code(
    "LIST_SIZE_INVALID_SIZED_FIELD",
    "2.9",
    "A sizedFields entry of a @listSize is not a list field of the returned type.",
    "Name fields of the returned type that are lists.",
)
LIST_SIZE_INVALID_SLICING_ARGUMENT: Final = _code(
    "LIST_SIZE_INVALID_SLICING_ARGUMENT",
    "2.9",
    "A slicingArguments entry of a @listSize is not an Int argument of the field.",
    "Name arguments of type Int.",
)
AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE: Final = _code(
    "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE",
    "2.5",
    "An access directive stands on an interface, its field or an interface object.",
    "Put it on the implementing types.",
)
MISSING_TRANSITIVE_AUTH_REQUIREMENTS: Final = _code(
    "MISSING_TRANSITIVE_AUTH_REQUIREMENTS",
    "2.5",
    "A field that takes data from guarded fields demands less than they do.",
    "Repeat the demands of what it requires.",
)
EVENT_SOURCE_INVALID: Final = _code(
    "EVENT_SOURCE_INVALID",
    "2.1",
    "An @eventSource stands on no subscription field, cannot be read, reads what is no argument, or is not composed.",
    "Correct its channel or condition as the message says; compose it with @composeDirective.",
)

# The whole
SATISFIABILITY_ERROR: Final = _code(
    "SATISFIABILITY_ERROR",
    "2.0",
    "Clients could ask for what no sequence of subgraph requests can answer.",
    "Add a key or a field where the message shows the gap.",
)
MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED: Final = _code(
    "MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED",
    "2.8",
    "There are too many ways through the subgraphs to check them within the budget.",
    "Share fewer fields between subgraphs, or raise the budget.",
)

RETIRED: Final[dict[str, str]] = {
    "DUPLICATE_ENUM_DEFINITION": "Enums of several subgraphs are merged by their use.",
    "DUPLICATE_ENUM_VALUE": "Enums of several subgraphs are merged by their use.",
    "DUPLICATE_SCALAR_DEFINITION": "A scalar may be defined in several subgraphs.",
    "ENUM_MISMATCH": "ENUM_VALUE_MISMATCH replaces it, for enums used for input and output only.",
    "EXTERNAL_USED_ON_BASE": "There is no base subgraph in federation 2.",
    "INTERFACE_FIELD_IMPLEM_TYPE_MISMATCH": "It is an INVALID_GRAPHQL of the subgraph or of the merged schema.",
    "KEY_FIELDS_MISSING_EXTERNAL": "Key fields need no @external in federation 2.",
    "KEY_FIELDS_MISSING_ON_BASE": "Each subgraph may have keys of its own.",
    "KEY_MISSING_ON_BASE": "Each subgraph may have keys of its own.",
    "KEY_NOT_SPECIFIED": "Each subgraph may have keys of its own; satisfiability decides.",
    "MULTIPLE_KEYS_ON_EXTENSION": "Every subgraph may have several keys.",
    "NON_REPEATABLE_DIRECTIVE_ARGUMENTS_MISMATCH": "The arguments are merged, with a hint.",
    "PROVIDES_FIELDS_SELECT_INVALID_TYPE": "@provides may select lists, interfaces and unions.",
    "PROVIDES_NOT_ON_ENTITY": "@provides may stand on a field of any composite type.",
    "REQUIRES_FIELDS_HAS_ARGS": "@requires may give arguments.",
    "REQUIRES_FIELDS_MISSING_ON_BASE": "Satisfiability decides whether the fields can be had.",
    "REQUIRES_USED_ON_BASE": "There is no base subgraph in federation 2.",
    "RESERVED_FIELD_USED": "_service and _entities are left out of the subgraph instead.",
    "VALUE_TYPE_NO_ENTITY": "An entity may be shared like any type.",
    "VALUE_TYPE_UNION_TYPES_MISMATCH": "The members of a union are put together.",
}
"""Codes of older composers, with why none of them is emitted any more."""
