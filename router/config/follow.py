"""``supergraph.registry`` as the registry's room takes it."""

from __future__ import annotations

from pathlib import Path

from router.config.problem import ConfigError, Problem
from router.config.supergraph import FollowSection
from router.registry.follow import FollowOptions
from router.registry.model import VariantRef
from router.registry.signing import Ed25519Verifier, HmacKey, InvalidKeyError, Verifier


def follow_options(section: FollowSection) -> FollowOptions:
    """Fill the options.  Raises: ConfigError for a key that cannot be used."""
    ref = VariantRef(section.graph, section.variant)
    return FollowOptions(
        url=section.url,
        ref=ref,
        verifier=_verifier(section),
        token=section.token.get_secret_value(),
        last_good=section.last_good or Path(".olympus") / f"{ref}.json",
        timeout_s=section.timeout,
        redis_url=None if section.redis is None else section.redis.url.get_secret_value(),
        poll_s=section.poll_interval,
    )


def _verifier(section: FollowSection) -> Verifier:
    try:
        if section.public_key is not None:
            return Ed25519Verifier(section.public_key.strip())
        if section.secret is not None:
            return HmacKey(section.secret.get_secret_value().encode())
    except InvalidKeyError as error:
        key = "public_key" if section.public_key is not None else "secret"
        raise ConfigError(Problem(str(error), key=f"supergraph.registry.{key}")) from None
    raise AssertionError("the section has one of them")
