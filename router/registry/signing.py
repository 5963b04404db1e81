"""Signatures of artefacts: Ed25519, or HMAC-SHA-256 with a secret that both sides have.

With Ed25519 a router holds the public key only: who takes a router cannot sign for it.
Spec: RFC 8032; RFC 2104.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

MIN_SECRET_BYTES: Final = 32


class InvalidKeyError(Exception):
    """A key or secret cannot be used; the message says why and shows nothing of it."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of an artefact."""

    algorithm: str
    """``ed25519`` or ``hmac-sha256``."""
    key_id: str
    value: bytes


class Signer(Protocol):
    """Signs what the registry gives away."""

    def sign(self, data: bytes) -> Signature:
        """Give the signature."""
        ...


class Verifier(Protocol):
    """Knows what the registry signed."""

    def has_signed(self, data: bytes, signatures: Sequence[Signature]) -> bool:
        """Tell whether one of the signatures is by the key that is trusted."""
        ...


class Ed25519Signer:
    """Signs with a private key."""

    def __init__(self, pem: bytes) -> None:
        """Raises: InvalidKeyError."""
        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError):
            raise InvalidKeyError("not a private key in PEM without a password") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise InvalidKeyError("not an Ed25519 key; `olympus registry key create` makes one")
        self._key = key
        self._key_id = _key_id(key.public_key())

    @property
    def public_key(self) -> str:
        """What routers are given: ``ed25519:`` and 44 characters."""
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"ed25519:{base64.b64encode(raw).decode()}"

    def sign(self, data: bytes) -> Signature:
        """Give the signature.  Cost: some 50 us, and a pass over the data."""
        return Signature("ed25519", self._key_id, self._key.sign(data))


class Ed25519Verifier:
    """Knows what one private key signed."""

    def __init__(self, text: str) -> None:
        """Read ``ed25519:…``, or PEM.  Raises: InvalidKeyError."""
        try:
            if text.startswith("ed25519:"):
                raw = base64.b64decode(text.removeprefix("ed25519:").strip(), validate=True)
                self._key = Ed25519PublicKey.from_public_bytes(raw)
                return
            key = load_pem_public_key(text.encode())
        except (ValueError, TypeError, binascii.Error):
            raise InvalidKeyError(
                "not a public key: ed25519:… as `olympus registry key show` prints it, or PEM"
            ) from None
        if not isinstance(key, Ed25519PublicKey):
            raise InvalidKeyError("not an Ed25519 key")
        self._key = key

    def has_signed(self, data: bytes, signatures: Sequence[Signature]) -> bool:
        """Tell whether one of the signatures is by this key."""
        return any(s.algorithm == "ed25519" and self._is_mine(s.value, data) for s in signatures)

    def _is_mine(self, value: bytes, data: bytes) -> bool:
        try:
            self._key.verify(value, data)
        except InvalidSignature:
            return False
        return True


class HmacKey:
    """Signs and knows by one secret."""

    def __init__(self, secret: bytes) -> None:
        """Raises: InvalidKeyError."""
        if len(secret) < MIN_SECRET_BYTES:
            raise InvalidKeyError(f"the secret must have at least {MIN_SECRET_BYTES} bytes")
        self._secret = secret

    def sign(self, data: bytes) -> Signature:
        """Give the signature."""
        return Signature("hmac-sha256", "secret", self._digest(data))

    def has_signed(self, data: bytes, signatures: Sequence[Signature]) -> bool:
        """Tell whether one of the signatures is by this secret."""
        wanted = self._digest(data)
        return any(s.algorithm == "hmac-sha256" and hmac.compare_digest(s.value, wanted) for s in signatures)

    def _digest(self, data: bytes) -> bytes:
        return hmac.digest(self._secret, data, "sha256")


def create_key(path: Path) -> Ed25519Signer:
    """Make a key and keep it in a file that only its owner may read.  Raises: FileExistsError, OSError."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp's files are 0600; a link is made whole, and never over another key.
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        Path(draft).unlink()
    return Ed25519Signer(pem)


def read_key(path: Path) -> Ed25519Signer:
    """Read a private key.  Raises: InvalidKeyError, OSError."""
    return Ed25519Signer(path.read_bytes())


def own_key(path: Path) -> Ed25519Signer:
    """Read a private key, and make it where there is none.  Raises: InvalidKeyError, OSError."""
    if not path.exists():
        try:
            return create_key(path)
        except FileExistsError:  # another process made it a moment ago
            pass
    return read_key(path)


def _key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]
