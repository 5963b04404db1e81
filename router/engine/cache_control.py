"""The strictest ``Cache-Control`` of several answers: what the whole may claim when each part claims this.

Spec: RFC 9111, section 5.2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

Directives: TypeAlias = dict[str, str | None]

_ANY: Final = ("no-cache", "must-revalidate", "proxy-revalidate", "no-transform", "must-understand")
"""Hold for the whole as soon as one part says so."""
_LEAST: Final = ("stale-while-revalidate", "stale-if-error")
"""Allowances in seconds: only when every part gives one, and the least of them."""
NO_STORE: Final = b"no-store"


def strictest(claims: Sequence[tuple[bytes, bytes]], *, has_cookies: bool = False) -> bytes:
    """Give the value for the whole.

    Shapes: of each part ``cache-control`` and ``age``; empty where it has none.  A part that does not say for how
    long it may be kept may not be kept: then nobody may keep the whole.
    """
    parts = [_directives(value) for value, _ in claims]
    if not parts or any(not part or "no-store" in part for part in parts):
        return NO_STORE
    ages = [_seconds(age.decode("latin-1")) or 0 for _, age in claims]
    is_private = has_cookies or any("private" in part for part in parts)
    said = [name for name in _ANY if any(name in part for part in parts)]
    if is_private:
        said.insert(0, "private")
    elif all("public" in part for part in parts):
        said.insert(0, "public")
    fresh_s = min(_left(part, "max-age", age) for part, age in zip(parts, ages, strict=True))
    said.append(f"max-age={fresh_s}")
    if not is_private and any("s-maxage" in part for part in parts):
        shared_s = min(
            _left(part, "s-maxage" if "s-maxage" in part else "max-age", age)
            for part, age in zip(parts, ages, strict=True)
        )
        said.append(f"s-maxage={shared_s}")
    for name in _LEAST:
        allowed = [_seconds(part.get(name)) for part in parts]
        if None not in allowed:
            said.append(f"{name}={min(seconds for seconds in allowed if seconds is not None)}")
    if all("immutable" in part for part in parts):
        said.append("immutable")
    return ", ".join(said).encode()


def _left(part: Directives, name: str, age_s: int) -> int:
    return max(0, (_seconds(part.get(name)) or 0) - age_s)


def _seconds(text: str | None) -> int | None:
    """A number too large to be one counts as the largest (RFC 9111, section 1.2.2)."""
    if text is None or not text.isascii() or not text.isdigit():
        return None
    return min(int(text[:10]), 2**31)


def _directives(value: bytes) -> Directives:
    found: Directives = {}
    for item in value.decode("latin-1").split(","):
        name, equals, argument = item.strip().partition("=")
        if name:
            # Given twice, the stricter of what may be meant: the smaller number.
            key, text = name.lower(), argument.strip(' "') if equals else None
            before = _seconds(found.get(key))
            if before is None or (_seconds(text) or 0) < before:
                found[key] = text
    return found
