"""Every hint of composition: something worth knowing that stops nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class HintCode:
    """One row of the table."""

    code: str
    level: str
    """WARN: probably a mistake; INFO: worth knowing; DEBUG: normal in many schemas."""
    description: str


HINTS: Final[dict[str, HintCode]] = {}
"""By code."""


def _hint(code: str, level: str, description: str) -> str:
    HINTS[code] = HintCode(code, level, description)
    return code


CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS: Final = _hint(
    "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS",
    "WARN",
    "An argument is contextual in some subgraphs and left out of the others.",
)
DIRECTIVE_COMPOSITION_INFO: Final = _hint(
    "DIRECTIVE_COMPOSITION_INFO", "INFO", "A composed directive's version was chosen."
)
DIRECTIVE_COMPOSITION_WARN: Final = _hint(
    "DIRECTIVE_COMPOSITION_WARN", "WARN", "A @composeDirective has no effect."
)
FROM_SUBGRAPH_DOES_NOT_EXIST: Final = _hint(
    "FROM_SUBGRAPH_DOES_NOT_EXIST", "WARN", "An @override names a subgraph that is not there."
)
IMPLICITLY_UPGRADED_FEDERATION_VERSION: Final = _hint(
    "IMPLICITLY_UPGRADED_FEDERATION_VERSION", "INFO", "A subgraph was read as a newer federation version."
)
INCONSISTENT_ARGUMENT_PRESENCE: Final = _hint(
    "INCONSISTENT_ARGUMENT_PRESENCE",
    "WARN",
    "An optional argument is not in every subgraph, so clients do not see it.",
)
INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE: Final = _hint(
    "INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE",
    "INFO",
    "An argument or input field has different types; the narrowest is used.",
)
INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE: Final = _hint(
    "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE",
    "INFO",
    "A field has different types; the widest is used.",
)
INCONSISTENT_DEFAULT_VALUE_PRESENCE: Final = _hint(
    "INCONSISTENT_DEFAULT_VALUE_PRESENCE",
    "WARN",
    "A default is not in every subgraph, so the supergraph has none.",
)
INCONSISTENT_DESCRIPTION: Final = _hint(
    "INCONSISTENT_DESCRIPTION", "WARN", "An element has different descriptions; the most frequent is used."
)
INCONSISTENT_ENTITY: Final = _hint("INCONSISTENT_ENTITY", "INFO", "A type has a @key in some subgraphs only.")
INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM: Final = _hint(
    "INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM",
    "WARN",
    "A value of an input enum is not in every subgraph, so clients do not see it.",
)
INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM: Final = _hint(
    "INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM", "DEBUG", "A value of an output enum is not in every subgraph."
)
INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS: Final = _hint(
    "INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS",
    "WARN",
    "An executable directive has different locations; those common to all are kept.",
)
INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE: Final = _hint(
    "INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE",
    "WARN",
    "An executable directive is not in every subgraph, so clients do not see it.",
)
INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE: Final = _hint(
    "INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE",
    "WARN",
    "An executable directive is repeatable in some subgraphs only, so it is not.",
)
INCONSISTENT_INPUT_OBJECT_FIELD: Final = _hint(
    "INCONSISTENT_INPUT_OBJECT_FIELD",
    "WARN",
    "An input field is not in every subgraph, so clients do not see it.",
)
INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD: Final = _hint(
    "INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD", "DEBUG", "A field of an interface is not in every subgraph."
)
INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS: Final = _hint(
    "INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS",
    "WARN",
    "A directive has different arguments; the most frequent are used.",
)
INCONSISTENT_OBJECT_VALUE_TYPE_FIELD: Final = _hint(
    "INCONSISTENT_OBJECT_VALUE_TYPE_FIELD", "DEBUG", "A field of a value type is not in every subgraph."
)
INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN: Final = _hint(
    "INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN",
    "WARN",
    "A shared field can return other object types in some subgraphs.",
)
INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_LOCATIONS: Final = _hint(
    "INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_LOCATIONS",
    "WARN",
    "A composed directive has different locations; all are kept.",
)
INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE: Final = _hint(
    "INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE",
    "WARN",
    "A composed directive is repeatable in some subgraphs only, so it is.",
)
INCONSISTENT_UNION_MEMBER: Final = _hint(
    "INCONSISTENT_UNION_MEMBER", "DEBUG", "A member of a union is not in every subgraph."
)
MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS: Final = _hint(
    "MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS",
    "INFO",
    "A directive has different arguments, which were put together.",
)
NO_EXECUTABLE_DIRECTIVE_INTERSECTION: Final = _hint(
    "NO_EXECUTABLE_DIRECTIVE_INTERSECTION",
    "WARN",
    "An executable directive has no location common to all subgraphs.",
)
OVERRIDDEN_FIELD_CAN_BE_REMOVED: Final = _hint(
    "OVERRIDDEN_FIELD_CAN_BE_REMOVED", "INFO", "A field is overridden, so its subgraph need not keep it."
)
OVERRIDE_DIRECTIVE_CAN_BE_REMOVED: Final = _hint(
    "OVERRIDE_DIRECTIVE_CAN_BE_REMOVED", "INFO", "The overridden subgraph no longer has the field."
)
OVERRIDE_MIGRATION_IN_PROGRESS: Final = _hint(
    "OVERRIDE_MIGRATION_IN_PROGRESS", "INFO", "An @override with a label moves a field step by step."
)
UNUSED_ENUM_TYPE: Final = _hint(
    "UNUSED_ENUM_TYPE", "DEBUG", "An enum is used nowhere; its values are put together."
)
