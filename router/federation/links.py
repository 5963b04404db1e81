"""``@link``: which specifications an SDL uses, and what it calls their elements.

Spec: https://specs.apollo.dev/link/v1.0/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from router.federation.directives import (
    FEDERATION_DIRECTIVES,
    FEDERATION_TYPES,
    LATEST_FEDERATION,
    STANDALONE_SPECS,
    Version,
)

APOLLO: Final = "https://specs.apollo.dev/"
FEDERATION: Final = APOLLO + "federation"
LINK: Final = APOLLO + "link"

_VERSION: Final = re.compile(r"v(\d+)\.(\d+)")
_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")


@dataclass(frozen=True, slots=True)
class Import:
    """One element taken from a specification; directives keep their ``@``."""

    name: str
    local: str


@dataclass(frozen=True, slots=True)
class Link:
    """One ``@link`` (or federation 1 ``@core``)."""

    url: str
    identity: str
    """The URL without its version."""
    name: str | None
    """The specification's name, None when the URL ends in no usable name."""
    version: Version | None
    namespace: str | None
    """Prefix of what is not imported: ``as:``, else the name."""
    imports: tuple[Import, ...] = ()
    purpose: str | None = None
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Links:
    """All links of one SDL, with the local names that follow from them."""

    links: tuple[Link, ...] = ()
    directives: Mapping[str, str] | None = None
    """Local name → canonical name of every known directive; None in federation 1."""
    types: frozenset[str] = frozenset()
    """Local names of types that linked specifications define."""
    link_name: str = "link"
    """What this SDL calls ``@link``."""

    @property
    def federation(self) -> Link | None:
        """The link to the federation specification, if there is one."""
        return next((link for link in self.links if link.identity == FEDERATION), None)

    def source_of(self, directive: str) -> tuple[Link, str] | None:
        """The link that brings a directive of this local name, and its name there."""
        for link in self.links:
            for item in link.imports:
                if item.local == f"@{directive}":
                    return link, item.name[1:]
        for link in self.links:
            if link.namespace == directive:
                return link, link.name or directive
            if link.namespace and directive.startswith(link.namespace + "__"):
                return link, directive[len(link.namespace) + 2 :]
        return None


def split_url(url: str) -> tuple[str, str | None, Version | None]:
    """Identity, name and version of a specification's URL.

    Shapes: ``https://specs.apollo.dev/federation/v2.6`` gives the URL up to
    ``/federation``, ``"federation"`` and ``(2, 6)``.
    """
    bare = re.split(r"[?#]", url, maxsplit=1)[0].rstrip("/")
    head, _, last = bare.rpartition("/")
    match = _VERSION.fullmatch(last)
    version = (int(match[1]), int(match[2])) if match else None
    identity = head if match else bare
    path = identity.split("://", 1)[-1]
    name = path.rpartition("/")[2] if "/" in path else ""
    usable = (
        _NAME.fullmatch(name) and "__" not in name and not name.startswith("_") and not name.endswith("_")
    )
    return identity, name if usable else None, version


def resolve_links(links: tuple[Link, ...], link_name: str = "link") -> Links:
    """Work out what each known directive and type is called in this SDL."""
    names: dict[str, str] = {}
    types: set[str] = set()
    federation = next((link for link in links if link.identity == FEDERATION), None)
    for link in links:
        if link.identity == FEDERATION:
            _federation_names(link, names, types)
        elif link.identity == LINK:
            types.update(item.local for item in link.imports if not item.name.startswith("@"))
        elif link.identity.startswith(APOLLO) and link.name in STANDALONE_SPECS:
            _standalone_names(link, names, types)
    is_federation_1 = federation is None and not names
    return Links(
        links=links,
        directives=None if is_federation_1 else names,
        types=frozenset(types),
        link_name=link_name,
    )


def _federation_names(link: Link, names: dict[str, str], types: set[str]) -> None:
    version = link.version or LATEST_FEDERATION
    for name, spec in FEDERATION_DIRECTIVES.items():
        if spec.since <= version:
            names[f"{link.namespace}__{name}"] = name
    types.update(f"{link.namespace}__{name}" for name in FEDERATION_TYPES)
    for item in link.imports:
        if not item.name.startswith("@"):
            types.add(item.local)
        elif item.name[1:] in FEDERATION_DIRECTIVES:
            names[item.local[1:]] = item.name[1:]


def _standalone_names(link: Link, names: dict[str, str], types: set[str]) -> None:
    own = {name for name in FEDERATION_DIRECTIVES if name == link.name}
    if link.name == "cost":
        own.add("listSize")
    if link.name == "context":
        own.add("fromContext")
    imported = {item.name for item in link.imports}
    for name in own:
        if f"@{name}" not in imported:
            names[(link.namespace or name) if name == link.name else f"{link.namespace}__{name}"] = name
    for item in link.imports:
        if item.name[1:] in own:
            names[item.local[1:]] = item.name[1:]
        elif not item.name.startswith("@"):
            types.add(item.local)
