"""TLS towards a subgraph: whose certificates count, and which one the router shows."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files; what is None is as the system has it."""

    authorities: Path | None = None
    """Certificates that may sign the subgraph's; instead of the system's."""
    certificate: Path | None = None
    """The router's own, its chain after it: for subgraphs that ask who calls."""
    key: Path | None = None
    """Of ``certificate``, not encrypted; None: it is in the same file."""


def tls_context(files: TlsFiles | None) -> ssl.SSLContext:
    """Give a context that checks host names and speaks HTTP/1.1.

    Blocks.  Raises: OSError (`ssl.SSLError` is one) for files that are missing or do not fit.
    """
    files = files or TlsFiles()
    context = ssl.create_default_context(cafile=None if files.authorities is None else str(files.authorities))
    if files.certificate is not None:
        context.load_cert_chain(files.certificate, files.key, password=_refuse_password)
    return context


def _refuse_password() -> str:
    """An encrypted key is an error, never a prompt on a terminal."""
    raise ssl.SSLError("the key is encrypted")
