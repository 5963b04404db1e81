"""``authentication`` and ``authorization``: who may ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import Field, model_validator

from router.config.problem import ConfigError, Problem
from router.config.text import read_text
from router.config.values import HeaderName, Secret, Section
from router.guards.jwt import JwtKey, JwtOptions, jwks_keys, secret_key


class KeySource(Section):
    """One entry of ``authentication.router.jwt.jwks``: a key set in a file, or a shared secret."""

    url: Annotated[str, Field(pattern=r"^file://")] | None = None
    """``file:///path/jwks.json``: a JSON Web Key Set."""
    secret: Secret | None = None
    """Shared with whoever signs; at least as long as the digest of the algorithm."""
    algorithms: tuple[str, ...] = ()
    """Those a token may be signed with; default: what the key says, HS256 for a secret."""
    issuer: str | None = None
    """What ``iss`` must be."""
    audiences: tuple[str, ...] = ()
    """One of them must be in ``aud``."""

    @model_validator(mode="after")
    def _has_one_source(self) -> KeySource:
        if (self.url is None) == (self.secret is None):
            raise ValueError("give url (file://…) or secret, one of them")
        return self


class JwtSection(Section):
    """``authentication.router.jwt``: JSON Web Tokens; a bad one is refused always."""

    jwks: Annotated[tuple[KeySource, ...], Field(min_length=1)]
    """The keys that tokens may be signed with."""
    header_name: HeaderName = "authorization"
    """Where the token is."""
    header_value_prefix: str = "Bearer"
    """What stands before the token."""


class RouterAuthentication(Section):
    """``authentication.router``: of the router's own callers."""

    jwt: JwtSection | None = None


class AuthenticationSection(Section):
    """``authentication``: how callers prove who they are."""

    router: RouterAuthentication = RouterAuthentication()


class AuthorizationSection(Section):
    """``authorization``: who is let in."""

    require_authentication: bool = False
    """A request without a valid token is refused with 401."""


def jwt_options(
    authentication: AuthenticationSection, authorization: AuthorizationSection
) -> JwtOptions | None:
    """What the JWT guard is told; None when nobody is asked for a token.  Raises: ConfigError."""
    jwt = authentication.router.jwt
    if jwt is None:
        if authorization.require_authentication:
            message = "needs keys: configure authentication.router.jwt"
            raise ConfigError(Problem(message, key="authorization.require_authentication"))
        return None
    return JwtOptions(
        keys=tuple(key for index, source in enumerate(jwt.jwks) for key in _keys(source, index)),
        header_name=jwt.header_name.encode(),
        header_value_prefix=jwt.header_value_prefix,
        is_required=authorization.require_authentication,
    )


def _keys(source: KeySource, index: int) -> tuple[JwtKey, ...]:
    try:
        if source.secret is not None:
            algorithms = source.algorithms or ("HS256",)
            key = secret_key(
                source.secret.get_secret_value(), algorithms, issuer=source.issuer, audiences=source.audiences
            )
            return (key,)
        key_set = _key_set(Path(unquote(urlsplit(source.url or "").path)))
        return jwks_keys(
            key_set, algorithms=source.algorithms, issuer=source.issuer, audiences=source.audiences
        )
    except (ValueError, ConfigError) as error:
        raise ConfigError(Problem(str(error), key=f"authentication.router.jwt.jwks.{index}")) from None


def _key_set(path: Path) -> dict[str, Any]:
    try:
        key_set = json.loads(read_text(path))
    except json.JSONDecodeError:
        key_set = None
    if not isinstance(key_set, dict):
        raise ConfigError(f"{path}: not a JSON Web Key Set")
    return key_set
