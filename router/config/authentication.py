"""``authentication``: how callers prove who they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, model_validator

from router.config.problem import ConfigError, Problem
from router.config.text import read_text
from router.config.values import HeaderName, Seconds, Secret, Section
from router.guards.jwks import KeySource, secret_key
from router.guards.jwt import JwtOptions
from router.guards.jwt_keys import ALGORITHMS, keys_of_set
from router.guards.token_places import CookiePlace, HeaderPlace, InitPlace, TokenPlace


class SentHeader(Section):
    """A header for a key set's URL."""

    name: HeaderName
    """In any case."""
    value: Secret
    """Sent as it is."""


class KeySourceSection(Section):
    """One entry of ``authentication.router.jwt.jwks``: a key set at a URL or in a file, or a shared secret."""

    url: Annotated[str, Field(pattern=r"^(file://|https?://[^/?#\s])")] | None = None
    """A JSON Web Key Set: ``https://…``, ``http://…`` or ``file:///path/jwks.json``."""
    secret: Secret | None = None
    """Shared with whoever signs; at least as long as the digest of the algorithm."""
    algorithms: tuple[Literal[ALGORITHMS], ...] = ()  # type: ignore[valid-type]  # a tuple of constants
    """Those a token may be signed with; default: what the key says, HS256 for a secret."""
    issuer: str | None = None
    """What ``iss`` must be."""
    issuers: tuple[str, ...] = ()
    """Instead of ``issuer``: one of them must be ``iss``."""
    audiences: tuple[str, ...] = ()
    """One of them must be in ``aud``."""
    poll_interval: Seconds = 60.0
    """A key set older than this is fetched again."""
    unknown_key_interval: Seconds = 10.0
    """How often unknown key ids, and failures, may cause a fetch at most."""
    keep_stale: Seconds = 86_400.0
    """How long the last keys count while the URL does not answer."""
    timeout: Seconds = 5.0
    """Of one fetch."""
    headers: tuple[SentHeader, ...] = ()
    """Sent to the URL."""

    @model_validator(mode="after")
    def _has_one_source(self) -> KeySourceSection:
        if (self.url is None) == (self.secret is None):
            raise ValueError("give url (https://… or file://…) or secret, one of them")
        if self.issuer is not None and self.issuers:
            raise ValueError("give issuer or issuers, not both")
        return self


class TokenPlaceSection(Section):
    """One entry of ``authentication.router.jwt.sources``."""

    type: Literal["header", "cookie", "connection_init"]
    """``connection_init``: a field of the first message of a WebSocket."""
    name: str = Field(min_length=1)
    """Of the header, cookie or field."""
    value_prefix: str | None = None
    """Of a header ``Bearer`` unless given; of a field of ``connection_init`` none."""

    @model_validator(mode="after")
    def _fits(self) -> TokenPlaceSection:
        if self.type == "cookie" and self.value_prefix:
            raise ValueError("value_prefix goes with header and connection_init, not with cookie")
        return self


class JwtSection(Section):
    """``authentication.router.jwt``: JSON Web Tokens; a bad one is refused always."""

    jwks: Annotated[tuple[KeySourceSection, ...], Field(min_length=1)]
    """The keys that tokens may be signed with."""
    header_name: HeaderName = "authorization"
    """Where the token is."""
    header_value_prefix: str = "Bearer"
    """What stands before the token."""
    ignore_other_prefixes: bool = False
    """Whether a header with another prefix counts as no token; else it is refused."""
    sources: tuple[TokenPlaceSection, ...] = ()
    """Where else tokens may be, after the header."""
    leeway: Annotated[float, Field(ge=0, le=300)] = 5.0
    """Seconds that clocks may differ."""


class RouterAuthentication(Section):
    """``authentication.router``: of the router's own callers."""

    jwt: JwtSection | None = None


class AuthenticationSection(Section):
    """``authentication``: how callers prove who they are."""

    router: RouterAuthentication = RouterAuthentication()


def jwt_options(authentication: AuthenticationSection, *, is_required: bool) -> JwtOptions | None:
    """What the JWT guard is told; None when nobody is asked for a token.  Raises: ConfigError."""
    jwt = authentication.router.jwt
    if jwt is None:
        if is_required:
            message = "needs keys: configure authentication.router.jwt"
            raise ConfigError(Problem(message, key="authorization.require_authentication"))
        return None
    header = HeaderPlace(jwt.header_name.encode(), jwt.header_value_prefix, jwt.ignore_other_prefixes)
    return JwtOptions(
        sources=tuple(_source(one, index) for index, one in enumerate(jwt.jwks)),
        places=(header, *(_place(one, jwt) for one in jwt.sources)),
        leeway_s=jwt.leeway,
        is_required=is_required,
    )


def _place(section: TokenPlaceSection, jwt: JwtSection) -> TokenPlace:
    if section.type == "cookie":
        return CookiePlace(section.name)
    if section.type == "connection_init":
        return InitPlace(section.name, section.value_prefix or "")
    prefix = "Bearer" if section.value_prefix is None else section.value_prefix
    return HeaderPlace(section.name.lower().encode(), prefix, jwt.ignore_other_prefixes)


def _source(section: KeySourceSection, index: int) -> KeySource:
    issuers = section.issuers if section.issuer is None else (section.issuer,)
    try:
        if section.secret is not None:
            algorithms = section.algorithms or ("HS256",)
            secret = section.secret.get_secret_value()
            return secret_key(secret, algorithms, issuers=issuers, audiences=section.audiences)
        path = _file_of(section.url or "")
        if path is not None:
            keys_of_set(_key_set(path), section.algorithms, allows_secrets=True)
    except (ValueError, ConfigError) as error:
        raise ConfigError(Problem(str(error), key=f"authentication.router.jwt.jwks.{index}")) from None
    return KeySource(
        url=section.url if path is None else None,
        path=path,
        issuers=issuers,
        audiences=section.audiences,
        algorithms=section.algorithms,
        headers=tuple((header.name, header.value.get_secret_value()) for header in section.headers),
        poll_s=section.poll_interval,
        floor_s=section.unknown_key_interval,
        max_stale_s=section.keep_stale,
        timeout_s=section.timeout,
    )


def _file_of(url: str) -> Path | None:
    return Path(unquote(urlsplit(url).path)) if url.startswith("file://") else None


def _key_set(path: Path) -> dict[str, Any]:
    try:
        key_set = json.loads(read_text(path))
    except json.JSONDecodeError:
        key_set = None
    if not isinstance(key_set, dict):
        raise ConfigError(f"{path}: not a JSON Web Key Set")
    return key_set
