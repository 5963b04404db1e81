"""Files of a request on their way to subgraphs: a place in the variables, and a source of bytes.

Spec: GraphQL multipart request specification (jaydenseric).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol


class Upload:
    """Stands in the variables where a file is; printed as null, as the specification wants it."""

    __slots__ = ("key",)

    def __init__(self, key: str) -> None:
        self.key = key
        """The file's key in ``map``, and the name of its part."""

    def __repr__(self) -> str:
        return "a file"


class FilePart(Protocol):
    """One file that has begun to arrive."""

    @property
    def key(self) -> str:
        """Its key in ``map``."""
        ...

    @property
    def filename(self) -> bytes:
        """As the client wrote it between the quotes; empty when it wrote none."""
        ...

    @property
    def content_type(self) -> bytes:
        """As the client wrote it; empty when it wrote none."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The bytes as they come.  Raises: ClientError when the client's request turns out wrong."""
        ...


class ClaimedFiles(Protocol):
    """Files that one subgraph request takes."""

    def parts(self) -> AsyncIterator[FilePart]:
        """Each file when it begins to arrive, in that order; one is read to its end before the next.

        Raises: ClientError when the client's request turns out wrong or a file does not come.
        """
        ...

    def release(self) -> None:
        """Nobody will read them any further: what still comes of them is passed over.  Safe to call twice."""
        ...


class FileSource(Protocol):
    """All files of a client's request."""

    def claim(self, keys: Sequence[str]) -> ClaimedFiles:
        """Take some; each file is claimed once."""
        ...
