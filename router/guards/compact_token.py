"""Reads a compact JSON Web Token strictly, before anything of it is believed.

A reader that forgives (bytes outside base64url, a claim given twice, ``NaN``) lets two programs see two tokens in one
text.  Header parameters that change what the signature means (``crit``, ``b64``, ``cty``) are refused, and those that
name a key (``jwk``, ``jku``, ``x5u``) are never looked at.
Spec: RFC 7515, section 7.1; RFC 7519; RFC 8725.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from router.guards.unauthenticated import TokenMalformedError

MAX_TOKEN_BYTES: Final = 16 * 1024
MAX_KEY_ID_LENGTH: Final = 256

_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_TYPES: Final = frozenset({"jwt", "at+jwt"})
_REFUSED_PARAMETERS: Final = ("crit", "b64", "cty", "enc", "zip")


@dataclass(frozen=True, slots=True)
class CompactToken:
    """A token that could be read.  Nothing in it is verified."""

    text: str
    algorithm: str
    key_id: str | None
    claims: dict[str, Any]


def read_token(text: str) -> CompactToken:
    """Read a token.  Raises: TokenMalformedError.  Cost: linear; two small JSON texts are parsed."""
    if len(text) > MAX_TOKEN_BYTES:
        raise TokenMalformedError("The token is too long.")
    if not _COMPACT.fullmatch(text):
        raise TokenMalformedError("The token is not a JSON Web Token.")
    head, body, _ = text.split(".")
    header = _object(head, "header")
    return CompactToken(text, _algorithm(header), _key_id(header), _object(body, "claims"))


def _algorithm(header: dict[str, Any]) -> str:
    for name in _REFUSED_PARAMETERS:
        if name in header:
            raise TokenMalformedError(f"The token's header has {name}, which is not supported.")
    type_ = header.get("typ", "JWT")
    if not isinstance(type_, str) or type_.lower().removeprefix("application/") not in _TYPES:
        raise TokenMalformedError("The token's header says that it is no access token (typ).")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str):
        raise TokenMalformedError("The token's header has no algorithm (alg).")
    return algorithm


def _key_id(header: dict[str, Any]) -> str | None:
    key_id = header.get("kid")
    if key_id is not None and (not isinstance(key_id, str) or len(key_id) > MAX_KEY_ID_LENGTH):
        raise TokenMalformedError("The token's key id (kid) is not a short text.")
    return key_id


def _object(segment: str, what: str) -> dict[str, Any]:
    try:
        text = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode("utf-8")
        value = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
        # A lone surrogate is text that nothing behind the router can be sent.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, binascii.Error, RecursionError):
        raise TokenMalformedError(f"The token's {what} cannot be read.") from None
    if not isinstance(value, dict):
        raise TokenMalformedError(f"The token's {what} is not a JSON object.")
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name twice")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
