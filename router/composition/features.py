"""Specifications besides join that a supergraph links when its elements use them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeAlias

from router.composition.merge.merged import JoinDirective, Merged, MergedDirective
from router.federation.links import APOLLO

Names: TypeAlias = Mapping[str, str]
"""What the supergraph calls directives that it calls something else than their specifications."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One specification: its link, its directives and types as SDL."""

    name: str
    version: str
    purpose: str | None
    directives: tuple[tuple[str, str], ...]
    """Name and definition of each directive."""
    scalars: tuple[str, ...] = ()

    def definitions(self, used: frozenset[str], names: Names) -> Iterator[tuple[str, str]]:
        """Name and definition of the directives that are used or can be told by their name to be the feature's."""
        for name, text in self.directives:
            if name in used or name == self.name or name.startswith(f"{self.name}__"):
                local = names.get(name, name)
                yield local, text.replace(f"directive @{name}", f"directive @{local}", 1)

    def imports(self, used: frozenset[str], names: Names) -> tuple[tuple[str, str], ...]:
        """Name and local name of the used directives that are not called as the feature is."""
        called = ((name, names.get(name, name)) for name, _ in self.directives if name in used)
        return tuple(
            (f"@{name}", f"@{local}") for name, local in called if (name, local) != (self.name, self.name)
        )

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
)
CACHE_TAG: Final = Feature("cacheTag", "v0.1", "EXECUTION", ())
"""Its uses are join data; only the link says that there are any."""


def used_features(used: frozenset[str]) -> tuple[Feature, ...]:
    """The features that have one of the used directives."""
    found = tuple(f for f in FEATURES if any(name in used for name, _ in f.directives))
    return (*found, CACHE_TAG) if CACHE_TAG.name in used else found


def used_names(merged: Merged) -> frozenset[str]:
    """Names of all known directives that merged elements carry, those that join data carries too."""
    joined = (join.name for join in _join_directives(merged))
    applied = (directive.name for directive in _all_applied(merged) if directive.is_known)
    return frozenset(chain(applied, (name.removeprefix("federation__") for name in joined)))


def _join_directives(merged: Merged) -> Iterator[JoinDirective]:
    for type_ in merged.types.values():
        yield from type_.join_directives
        for field in type_.fields.values():
            if field.join_directives:
                yield from field.join_directives


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
