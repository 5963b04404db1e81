"""The text forms of the shared value types, so that every subgraph writes them alike."""

from __future__ import annotations

from datetime import UTC, datetime

from subgraphs.errors import BAD_USER_INPUT, Refusal


def format_money(amount: int, currency: str) -> str:
    """``EUR 12.50`` for 1250 minor units; a minus stands before the digits."""
    sign = "-" if amount < 0 else ""
    return f"{currency} {sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def format_datetime(moment: datetime) -> str:
    """RFC 3339 in UTC with whole seconds: ``2026-11-22T10:15:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_datetime(text: object) -> datetime:
    """The moment an RFC 3339 text names, in UTC.

    Raises: Refusal BAD_USER_INPUT, also when the offset is missing.
    """
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Refusal(BAD_USER_INPUT, f"{text!r} is not a DateTime; write it like 2026-11-22T10:15:00Z.")


def utc_now() -> datetime:
    """The current moment in whole seconds, which is what `format_datetime` can say."""
    return datetime.now(UTC).replace(microsecond=0)
