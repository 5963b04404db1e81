"""Where the router listens: a TCP port or a Unix socket, and TLS over it."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from router.cli.failure import CommandError

BACKLOG: Final = 2048

_UNIX: Final = "unix://"


@dataclass(frozen=True, slots=True)
class Place:
    """One address to listen at."""

    host: str = ""
    port: int = 0
    path: Path | None = None
    """Of a Unix socket, instead of host and port."""


def read_place(listen: str) -> Place:
    """Read ``supergraph.listen``: ``host:port``, ``[::1]:port`` or ``unix:///path``."""
    if listen.startswith(_UNIX):
        return Place(path=Path(listen.removeprefix(_UNIX)))
    host, _, port = listen.rpartition(":")
    return Place(host.strip("[]"), int(port))


@contextlib.contextmanager
def listening(place: Place) -> Iterator[socket.socket]:
    """Bind, before anything slow is done; a Unix socket's file is gone in the end.

    Raises: CommandError when the place is taken.
    """
    if place.path is not None:
        with _unix_socket(place.path) as bound:
            yield bound
        return
    with listening_socket(place.host, place.port) as bound:
        yield bound


def listening_socket(host: str, port: int) -> socket.socket:
    """Bind a port.  Raises: CommandError when it is taken."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error
        raise CommandError(f"Cannot listen on {host}:{port}: {reason}. Try another --port.") from None


@contextlib.contextmanager
def _unix_socket(path: Path) -> Iterator[socket.socket]:
    owner = os.getpid()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
        try:
            _remove_stale(path)
            bound.bind(str(path))
            bound.listen(BACKLOG)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else error
            raise CommandError(f"Cannot listen on {path}: {reason}.") from None
        made = path.stat().st_ino
        try:
            yield bound
        finally:
            # Only its own: another router may have taken the place since, and workers are not the owner.
            with contextlib.suppress(OSError):
                if os.getpid() == owner and path.stat().st_ino == made:
                    path.unlink()


def _remove_stale(path: Path) -> None:
    """Remove the socket of a router that was killed.  Raises: OSError when one is alive or it is something else."""
    try:
        is_socket = stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if not is_socket:
        raise FileExistsError(17, "exists, and is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.settimeout(1)
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()


def address(bound: socket.socket, *, is_tls: bool = False) -> str:
    """Give the origin that clients reach a socket at."""
    if bound.family == getattr(socket, "AF_UNIX", None):
        return f"{_UNIX}{bound.getsockname()}:"
    scheme = "https" if is_tls else "http"
    host, port = bound.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: the certificate with its chain, and its key."""

    certificate: Path
    key: Path


class Tls:
    """TLS 1.2 and newer, with HTTP/1.1 negotiated; the certificate can be read again."""

    def __init__(self, files: TlsFiles) -> None:
        """Read the files.  Raises: CommandError, naming them."""
        self.files = files
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        self.load()

    def load(self) -> None:
        """Read the files again, for connections made from now on.  Raises: CommandError; nothing changes then."""
        # Tried on another context first: half of a new pair must not stay.
        for context in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self.context):
            try:
                context.load_cert_chain(self.files.certificate, self.files.key, password=_no_password)
            except (OSError, ValueError) as error:
                # An ssl.SSLError is an OSError whose strerror says what of the pair is wrong.
                reason = getattr(error, "strerror", None) or error
                raise CommandError(
                    f"tls.supergraph: {self.files.certificate} and {self.files.key} are not a certificate and its key "
                    f"in PEM: {reason}"
                ) from None


def _no_password() -> str:
    raise ValueError("the key is encrypted; give one that is not, readable by the router alone")
