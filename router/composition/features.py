"""Specifications besides join that a supergraph links when its elements use them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from router.composition.merge.merged import Merged, MergedDirective
from router.federation.links import APOLLO


@dataclass(frozen=True, slots=True)
class Feature:
    """One specification: its link, its directives and types as SDL."""

    name: str
    version: str
    purpose: str | None
    directives: tuple[tuple[str, str], ...]
    """Name and definition of each directive."""
    scalars: tuple[str, ...] = ()

    def definitions(self, used: frozenset[str]) -> Iterator[tuple[str, str]]:
        """Name and definition of the directives that are used or can be told by their name to be the feature's."""
        for name, text in self.directives:
            if name in used or name == self.name or name.startswith(f"{self.name}__"):
                yield name, text

    def imports(self, used: frozenset[str]) -> tuple[str, ...]:
        """Used directives whose name is not the feature's, which must be imported to be called so."""
        return tuple(f"@{name}" for name, _ in self.directives if name != self.name and name in used)

    @property
    def url(self) -> str:
        """The link's URL."""
        return f"{APOLLO}{self.name}/{self.version}"


_ANYWHERE: Final = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | "
    "INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)
_GUARDED: Final = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"

FEATURES: Final = (
    Feature(
        "tag",
        "v0.3",
        None,
        (("tag", f"directive @tag(name: String!) repeatable on {_ANYWHERE} | SCHEMA"),),
    ),
    Feature(
        "inaccessible", "v0.2", "SECURITY", (("inaccessible", f"directive @inaccessible on {_ANYWHERE}"),)
    ),
    Feature(
        "authenticated", "v0.1", "SECURITY", (("authenticated", f"directive @authenticated on {_GUARDED}"),)
    ),
    Feature(
        "requiresScopes",
        "v0.1",
        "SECURITY",
        (
            (
                "requiresScopes",
                f"directive @requiresScopes(scopes: [[requiresScopes__Scope!]!]!) on {_GUARDED}",
            ),
        ),
        ("requiresScopes__Scope",),
    ),
    Feature(
        "policy",
        "v0.1",
        "SECURITY",
        (("policy", f"directive @policy(policies: [[policy__Policy!]!]!) on {_GUARDED}"),),
        ("policy__Policy",),
    ),
    Feature(
        "cost",
        "v0.1",
        None,
        (
            (
                "cost",
                "directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | "
                "INPUT_FIELD_DEFINITION | OBJECT | SCALAR",
            ),
            (
                "listSize",
                "directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], "
                "requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION",
            ),
        ),
    ),
    Feature(
        "context",
        "v0.1",
        "SECURITY",
        (
            ("context", "directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION"),
            (
                "context__fromContext",
                "directive @context__fromContext(field: context__ContextFieldValue) on ARGUMENT_DEFINITION",
            ),
        ),
        ("context__ContextFieldValue",),
    ),
)


def used_features(merged: Merged) -> tuple[Feature, ...]:
    """The features whose directives some merged element carries."""
    names = used_names(merged)
    return tuple(f for f in FEATURES if any(name in names for name, _ in f.directives))


def used_names(merged: Merged) -> frozenset[str]:
    """Names of all directives that merged elements carry."""
    return frozenset(directive.name for directive in _all_applied(merged))


def _all_applied(merged: Merged) -> Iterator[MergedDirective]:
    yield from merged.schema_directives
    for type_ in merged.types.values():
        yield from type_.directives
        for field in type_.fields.values():
            if field.directives:
                yield from field.directives
            if field.arguments:
                for argument in field.arguments.values():
                    yield from argument.directives
        for item in type_.inputs.values():
            yield from item.directives
        for value in type_.values.values():
            yield from value.directives
