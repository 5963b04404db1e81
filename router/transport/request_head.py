"""The bytes before a request's body, prepared once per URL and set of forwarded headers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

from router.errors import SubgraphInvalidRequestError
from router.transport.base import Headers
from router.transport.options import PLAIN, Codings

ACCEPT: Final = b"application/graphql-response+json, application/json;q=0.9"
USER_AGENT: Final = b"olympus-router"

# What the client writes itself, and what describes the caller's connection and not the request.
NOT_FORWARDED: Final = frozenset(
    b"host content-type content-length content-encoding accept accept-encoding user-agent expect connection keep-alive"
    b" proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade".split()
)

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_NOT_IN_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_PATH = re.compile(r"[\x21-\x7e]+")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where connections go; requests to one origin share a pool."""

    host: str
    port: int
    is_tls: bool
    unix_path: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A routing URL, understood."""

    origin: Origin
    authority: str
    """Value of ``host``."""
    path: str
    """With the query string."""


def read_url(subgraph: str, url: str) -> Address:
    """``http://host:port/path``, ``https://…``, or of a Unix socket ``unix:///path/of.sock?path=/graphql``.

    ``http+unix://%2Fpath%2Fof.sock/graphql`` is understood as well.

    Raises: SubgraphInvalidRequestError.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SubgraphInvalidRequestError(subgraph, f"routing URL {url!r}: {error}") from None
    if parts.scheme == "unix":
        return _unix_address(subgraph, parts)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not parts.hostname or parts.username is not None or not _PATH.fullmatch(path):
        raise SubgraphInvalidRequestError(
            subgraph, f"routing URL {url!r} needs a host, no credentials and an encoded path"
        )
    if parts.scheme == "http+unix":
        return Address(Origin("localhost", 0, False, unix_path=unquote(parts.netloc)), "localhost", path)
    if parts.scheme not in _DEFAULT_PORTS:
        raise SubgraphInvalidRequestError(subgraph, f"routing URL {url!r} is not http or https")
    return _tcp_address(subgraph, parts, port, path)


def at_path(url: str, path: str) -> str:
    """Give a routing URL with another path; one that is not understood as it is.

    Of ``unix:///path/of.sock?path=/graphql`` it is the path in the query that changes.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if parts.scheme == "unix":
        return parts._replace(query=f"path={quote(path)}").geturl()
    return parts._replace(path=path).geturl()


def _unix_address(subgraph: str, parts: SplitResult) -> Address:
    """Read the other routers' notation: the socket as the path, the path in the query."""
    socket_path = unquote(parts.path)
    paths = parse_qs(parts.query).get("path", ["/"])
    if (
        parts.netloc
        or socket_path in ("", "/")
        or not paths[0].startswith("/")
        or not _PATH.fullmatch(paths[0])
    ):
        raise SubgraphInvalidRequestError(
            subgraph, f"routing URL {parts.geturl()!r} is not unix:///path/of.sock?path=/graphql"
        )
    return Address(Origin("localhost", 0, False, unix_path=socket_path), "localhost", paths[0])


def _tcp_address(subgraph: str, parts: SplitResult, port: int | None, path: str) -> Address:
    default = _DEFAULT_PORTS[parts.scheme]
    try:
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except UnicodeError:
        raise SubgraphInvalidRequestError(subgraph, f"host {parts.hostname!r} is not a name") from None
    authority = f"[{host}]" if ":" in host else host
    if port is not None and port != default:
        authority += f":{port}"
    return Address(Origin(host, port or default, parts.scheme == "https"), authority, path)


class RequestHeads:
    """Heads of POST requests to one URL, up to and with ``content-length: ``.

    Cost: one dict lookup for headers seen lately; else one join, with every value checked.
    """

    # A burst of this many callers with tokens of their own keeps each one's fetches on the fast path.
    MAX_KEPT = 256

    __slots__ = ("_end", "_kept", "_start")

    def __init__(self, address: Address, codings: Codings = PLAIN) -> None:
        self._start = (
            f"POST {address.path} HTTP/1.1\r\nhost: {address.authority}\r\n".encode("ascii")
            + b"user-agent: %b\r\naccept: %b\r\n" % (USER_AGENT, ACCEPT)
            + (b"accept-encoding: %b\r\n" % codings.accept_encoding if codings.accept_encoding else b"")
            + (b"content-encoding: %b\r\n" % codings.content_encoding if codings.content_encoding else b"")
            + b"content-type: application/json\r\n"
        )
        self._end = b"content-length: "
        self._kept: dict[Headers, bytes] = {}

    def get(self, subgraph: str, headers: Headers) -> bytes:
        """Everything before the number of ``content-length``.

        Raises: SubgraphInvalidRequestError for a name or value that would break the head apart.
        """
        head = self._kept.get(headers)
        if head is None:
            head = self._start + header_lines(subgraph, headers) + self._end
            if len(self._kept) >= self.MAX_KEPT:
                self._kept.clear()
            self._kept[headers] = head
        return head


def header_lines(subgraph: str, headers: Headers) -> bytes:
    """The forwarded headers as lines; those the client owns are left out."""
    return b"".join([b"%b: %b\r\n" % (name, value) for name, value in forwardable(subgraph, headers)])


def forwardable(subgraph: str, headers: Headers) -> list[tuple[bytes, bytes]]:
    """The headers a client may put on the wire.

    Raises: SubgraphInvalidRequestError for a name or value that HTTP does not allow.
    """
    kept = []
    for name, value in headers:
        if not _NAME.fullmatch(name) or _NOT_IN_VALUE.search(value):
            raise SubgraphInvalidRequestError(
                subgraph, f"header {name!r} has a name or value that HTTP does not allow"
            )
        if name not in NOT_FORWARDED:
            kept.append((name, value))
    return kept
