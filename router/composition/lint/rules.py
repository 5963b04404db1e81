"""Every lint rule, in the order of the table in ``docs/registry.md``."""

from __future__ import annotations

from typing import Final

from router.composition.lint import care, naming
from router.composition.lint.finding import LintRule
from router.federation.subgraph import Kind

RULES: Final = (
    LintRule("TYPE_NAMES_SHOULD_BE_PASCAL_CASE", "A type is named `LikeThis`.", naming.type_names),
    LintRule("FIELD_NAMES_SHOULD_BE_CAMEL_CASE", "A field is named `likeThis`.", naming.field_names),
    LintRule(
        "ARGUMENT_NAMES_SHOULD_BE_CAMEL_CASE", "An argument is named `likeThis`.", naming.argument_names
    ),
    LintRule(
        "INPUT_FIELD_NAMES_SHOULD_BE_CAMEL_CASE",
        "An input field is named `likeThis`.",
        naming.input_field_names,
    ),
    LintRule(
        "ENUM_VALUES_SHOULD_BE_SCREAMING_SNAKE_CASE",
        "An enum value is named `LIKE_THIS`.",
        naming.enum_values,
    ),
    LintRule(
        "INPUT_TYPES_SHOULD_END_WITH_INPUT", "An input type's name ends with `Input`.", naming.input_suffix
    ),
    LintRule("RESTY_FIELD_NAMES", "A field of Query has no verb: `get`, `list`, …", naming.verbs_in_queries),
    LintRule(
        "OBJECT_NAMES_SHOULD_NOT_SAY_TYPE",
        "An object type's name does not begin or end with `Type`.",
        naming.without_affix(Kind.OBJECT, "Type"),
    ),
    LintRule(
        "INTERFACE_NAMES_SHOULD_NOT_SAY_INTERFACE",
        "An interface's name does not begin or end with `Interface`.",
        naming.without_affix(Kind.INTERFACE, "Interface"),
    ),
    LintRule(
        "ENUM_NAMES_SHOULD_NOT_SAY_ENUM",
        "An enum's name does not begin or end with `Enum`.",
        naming.without_affix(Kind.ENUM, "Enum"),
    ),
    LintRule("TYPES_REQUIRE_DESCRIPTION", "A type says what it is.", care.types_without_description),
    LintRule(
        "FIELDS_REQUIRE_DESCRIPTION", "A field says what it gives.", care.fields_without_description, False
    ),
    LintRule(
        "INPUTS_REQUIRE_DESCRIPTION",
        "An argument, input field or enum value says what it means.",
        care.inputs_without_description,
        False,
    ),
    LintRule(
        "DEPRECATIONS_REQUIRE_REASON",
        "A deprecation says what to use instead.",
        care.deprecations_without_reason,
    ),
    LintRule("UNUSED_TYPES", "Every type can be reached from a root field or an entity.", care.unused_types),
)

CODES: Final = frozenset(rule.code for rule in RULES)
"""What can be switched on or off."""
