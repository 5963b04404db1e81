"""What goes into composition and what comes out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SubgraphInput:
    """One subgraph to compose."""

    name: str
    url: str
    sdl: str
    file: str | None = None
    """Where the SDL was read from; only repeated in errors."""
    unavailable: str | None = None
    """Why the subgraph could not be asked for its SDL, which is then empty."""


@dataclass(frozen=True, slots=True)
class Node:
    """A place in one subgraph's SDL; line and column count from one."""

    subgraph: str
    file: str | None
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file or self.subgraph}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class CompositionError:
    """One reason why the subgraphs do not compose."""

    code: str
    """A key of `router.federation.codes.CODES`."""
    message: str
    """Names the element and says what to do."""
    subgraphs: tuple[str, ...] = ()
    """Names of the subgraphs concerned, sorted."""
    at: str | None = None
    """Schema coordinate of the element."""
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class CompositionHint:
    """Something worth knowing that does not stop composition."""

    code: str
    """A key of `router.federation.hints.HINTS`."""
    message: str
    subgraphs: tuple[str, ...] = ()
    at: str | None = None
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Composed:
    """The subgraphs fit together."""

    supergraph_sdl: str
    """Everything a router needs, with join directives."""
    api_sdl: str
    """What clients see."""
    hints: tuple[CompositionHint, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """The subgraphs do not fit together; every error of the gate that stopped them."""

    errors: tuple[CompositionError, ...]
    hints: tuple[CompositionHint, ...] = ()
