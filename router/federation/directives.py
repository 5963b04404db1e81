"""The directives this router understands, as their specifications define them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Version = tuple[int, int]
"""Major and minor number of a specification."""

FEDERATION_1: Final[Version] = (1, 0)
LATEST_FEDERATION: Final[Version] = (2, 14)

_TYPES: Final = "OBJECT | INTERFACE | UNION | ENUM | SCALAR | INPUT_OBJECT"
_EVERYWHERE: Final = (
    f"FIELD_DEFINITION | {_TYPES} | ARGUMENT_DEFINITION | ENUM_VALUE | INPUT_FIELD_DEFINITION"
)
_GUARDED: Final = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"


@dataclass(frozen=True, slots=True)
class ArgumentSpec:
    """One argument of a known directive."""

    type: str
    default: str | None = None

    @property
    def is_required(self) -> bool:
        """True when an application may not leave it out."""
        return self.type.endswith("!") and self.default is None


@dataclass(frozen=True, slots=True)
class DirectiveSpec:
    """One directive that a specification defines."""

    name: str
    locations: frozenset[str]
    arguments: dict[str, ArgumentSpec]
    is_repeatable: bool
    since: Version
    """First federation version that offers it."""
    in_federation_1: bool = False


def _spec(
    name: str,
    on: str,
    since: Version,
    *arguments: tuple[str, str] | tuple[str, str, str],
    flags: str = "",
) -> tuple[str, DirectiveSpec]:
    return name, DirectiveSpec(
        name=name,
        locations=frozenset(part.strip() for part in on.split("|")),
        arguments={a[0]: ArgumentSpec(a[1], a[2] if len(a) == 3 else None) for a in arguments},
        is_repeatable="repeatable" in flags,
        since=since,
        in_federation_1="federation1" in flags,
    )


FEDERATION_DIRECTIVES: Final[dict[str, DirectiveSpec]] = dict(
    (
        _spec(
            "key",
            "OBJECT | INTERFACE",
            (2, 0),
            ("fields", "federation__FieldSet!"),
            ("resolvable", "Boolean", "true"),
            flags="repeatable federation1",
        ),
        _spec(
            "requires", "FIELD_DEFINITION", (2, 0), ("fields", "federation__FieldSet!"), flags="federation1"
        ),
        _spec(
            "provides", "FIELD_DEFINITION", (2, 0), ("fields", "federation__FieldSet!"), flags="federation1"
        ),
        _spec("external", "OBJECT | FIELD_DEFINITION", (2, 0), ("reason", "String"), flags="federation1"),
        _spec("extends", "OBJECT | INTERFACE", (2, 0), flags="federation1"),
        _spec("shareable", "OBJECT | FIELD_DEFINITION", (2, 0), flags="repeatable"),
        _spec("override", "FIELD_DEFINITION", (2, 0), ("from", "String!"), ("label", "String")),
        _spec("tag", f"{_EVERYWHERE} | SCHEMA", (2, 0), ("name", "String!"), flags="repeatable federation1"),
        _spec("inaccessible", _EVERYWHERE, (2, 0), flags="federation1"),
        _spec("composeDirective", "SCHEMA", (2, 1), ("name", "String"), flags="repeatable"),
        _spec("interfaceObject", "OBJECT", (2, 3)),
        _spec("authenticated", _GUARDED, (2, 5)),
        _spec("requiresScopes", _GUARDED, (2, 5), ("scopes", "[[federation__Scope!]!]!")),
        _spec("policy", _GUARDED, (2, 6), ("policies", "[[federation__Policy!]!]!")),
        _spec("context", "INTERFACE | OBJECT | UNION", (2, 8), ("name", "String!"), flags="repeatable"),
        _spec("fromContext", "ARGUMENT_DEFINITION", (2, 8), ("field", "federation__ContextFieldValue")),
        _spec(
            "cost",
            "ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR",
            (2, 9),
            ("weight", "Int!"),
        ),
        _spec(
            "listSize",
            "FIELD_DEFINITION",
            (2, 9),
            ("assumedSize", "Int"),
            ("slicingArguments", "[String!]"),
            ("sizedFields", "[String!]"),
            ("requireOneSlicingArgument", "Boolean", "true"),
        ),
        _spec("cacheTag", "FIELD_DEFINITION | OBJECT", (2, 12), ("format", "String!"), flags="repeatable"),
    )
)

LATER: Final[dict[tuple[str, str], Version]] = {
    ("override", "label"): (2, 7),
    ("shareable", "repeatable"): (2, 2),
}
"""What a directive was given after it was first offered: the argument or the quality, and the version."""

BUILT_IN_DIRECTIVES: Final[dict[str, DirectiveSpec]] = dict(
    (
        _spec(
            "deprecated",
            "FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE",
            FEDERATION_1,
            ("reason", "String", '"No longer supported"'),
        ),
        _spec("specifiedBy", "SCALAR", FEDERATION_1, ("url", "String!")),
        _spec("oneOf", "INPUT_OBJECT", FEDERATION_1),
    )
)


EXECUTABLE_BUILT_INS: Final = frozenset({"skip", "include", "defer", "stream"})
"""Directives of operations that every schema has; a subgraph may define them again."""

STANDALONE_SPECS: Final = frozenset(
    {"tag", "inaccessible", "authenticated", "requiresScopes", "policy", "cost", "context", "cacheTag"}
)
"""Features that may be linked by a URL of their own instead of through federation's."""

FEDERATION_TYPES: Final = frozenset({"FieldSet", "Scope", "Policy", "ContextFieldValue", "Any"})
"""Scalars that the federation specification defines, importable by name."""

MACHINERY_TYPES: Final = frozenset({"_Any", "_Entity", "_Service", "_FieldSet"})
"""Types a federated server adds to its SDL; no client sees them."""

MACHINERY_FIELDS: Final = frozenset({"_entities", "_service"})
"""Fields a federated server adds to its query root."""
