"""What the registry knows: graphs, variants, revisions, releases.

graph      one API of an organisation
variant    one of its stages (production, staging), or a contract of one
revision   one subgraph's SDL and URL, as published; never changed
release    one supergraph, and the revisions it was made of; ids only grow
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from router.composition.result import SubgraphInput
from router.registry.errors import RegistryInvalidError

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)
_URL: Final = re.compile(r"(https?://[^/?#\s]+|unix:///)\S*")


@dataclass(frozen=True, slots=True, order=True)
class VariantRef:
    """Which variant of which graph; written ``graph@variant``."""

    graph: str
    variant: str

    def __post_init__(self) -> None:
        """Raises: RegistryInvalidError for names that cannot be."""
        check_name("graph", self.graph)
        check_name("variant", self.variant)

    def __str__(self) -> str:
        return f"{self.graph}@{self.variant}"


def check_name(what: str, name: str) -> None:
    """Raises: RegistryInvalidError."""
    if not _NAME.fullmatch(name):
        raise RegistryInvalidError(
            f"{name!r} cannot be the name of a {what}: a letter, then up to 63 letters, digits, - or _"
        )


def check_url(url: str) -> None:
    """Raises: RegistryInvalidError."""
    if not _URL.fullmatch(url):
        raise RegistryInvalidError(
            f"{url!r} is no URL to ask a subgraph at: http://…, https://… or unix:///…"
        )


def revision_sha256(url: str, sdl: str) -> str:
    """Give the hash by which two revisions are the same."""
    return hashlib.sha256(f"{url}\n{sdl}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SubgraphRevision:
    """One published SDL."""

    id: int
    """0 for one that is not stored (yet)."""
    subgraph: str
    url: str
    sdl: str
    sha256: str
    created_at: datetime
    created_by: str

    def as_input(self) -> SubgraphInput:
        """Give it as composition takes it."""
        return SubgraphInput(self.subgraph, self.url, self.sdl)


@dataclass(frozen=True, slots=True)
class Publication:
    """One subgraph's SDL, to be published or checked."""

    subgraph: str
    sdl: str
    url: str | None = None
    """None: as it is published already."""


class ReleaseKind(StrEnum):
    """Why there is a release."""

    PUBLISH = "publish"
    DELETE = "delete"
    ROLLBACK = "rollback"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Release:
    """One supergraph, without its text."""

    id: int
    ref: VariantRef
    kind: ReleaseKind
    of_release_id: int | None
    """What it repeats (a rollback) or is derived from (a contract)."""
    created_at: datetime
    created_by: str
    is_live: bool


@dataclass(frozen=True, slots=True)
class ReleaseText:
    """A release's supergraph, as routers and as clients see it."""

    supergraph_sdl: str
    api_sdl: str


@dataclass(frozen=True, slots=True)
class Contract:
    """What a contract variant shows of its source."""

    source: str
    """The variant it is derived from, of the same graph."""
    include_tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    hides_unreachable: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant as it stands."""

    ref: VariantRef
    live_release_id: int | None
    """None before the first release: what was published does not compose yet."""
    contract: Contract | None
    created_at: datetime


class Outcome(StrEnum):
    """What became of a change."""

    RELEASED = "released"
    UNCHANGED = "unchanged"
    """The variant has just this already."""
    PENDING = "pending"
    """Stored, but the variant has no release yet: its subgraphs do not compose so far."""
    REJECTED = "rejected"
    """Nothing changed; the report says why."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what when."""

    id: int
    at: datetime
    actor: str
    action: str
    graph: str | None
    variant: str | None
    subject: str | None
    """The subgraph, release or token it was done to."""
    detail: dict[str, Any]
