"""May this caller ask for the schema?  By a secret in a header, or by a claim of its token."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from router.errors import ClientError
from router.guards.claims import Claims


class IntrospectionRefusedError(ClientError):
    """The operation asks ``__schema`` or ``__type``, and this caller may not.

    What to do: send what ``supergraph.introspection`` asks for: the secret's header, or a token with the claim.
    """

    code = "INTROSPECTION_REFUSED"
    status = 403

    def __init__(self) -> None:
        super().__init__("This caller may not ask __schema or __type.")


@dataclass(frozen=True, slots=True)
class IntrospectionRule:
    """Who may; one of the two is enough."""

    header: bytes | None = None
    secret: bytes = field(default=b"", repr=False)
    claim: str | None = None
    values: frozenset[str] = frozenset()
    """The claim is one of these, or has one of them where it is a list."""

    def allows(self, headers: Mapping[bytes, bytes], claims: Claims | None) -> bool:
        """Tell whether a caller may.  Cost: two look-ups; secrets are compared in constant time."""
        if self.header is not None and hmac.compare_digest(headers.get(self.header, b""), self.secret):
            return True
        if self.claim is None or claims is None:
            return False
        found = claims.values.get(self.claim)
        return any(isinstance(one, str) and one in self.values for one in _items(found))


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
