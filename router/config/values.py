"""The kinds of values that ``olympus.yaml`` has, and what every section of it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    WithJsonSchema,
    model_validator,
)

_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)?")
_UNIT_S: Final = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0, "h": 3600.0}
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(b|kb|kib|mb|mib|gb|gib)?")
_UNIT_BYTES: Final = {
    "b": 1,
    "kb": 10**3,
    "kib": 2**10,
    "mb": 10**6,
    "mib": 2**20,
    "gb": 10**9,
    "gib": 2**30,
}
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def _seconds(value: Any) -> Any:
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if isinstance(value, str) and match is None:
        raise ValueError("a duration is written like 500ms, 30s or 2m")
    return value if match is None else float(match[1]) * _UNIT_S[match[2]]


def _bytes(value: Any) -> Any:
    match = _SIZE.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if isinstance(value, str) and match is None:
        raise ValueError("a size is written like 500kB, 10MB or 1MiB, or as a number of bytes")
    return value if match is None else int(float(match[1]) * _UNIT_BYTES[match[2] or "b"])


def _pattern(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return re.compile(value, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None


def _header_name(value: str) -> str:
    if not _HEADER_NAME.fullmatch(value):
        raise ValueError("not a header name")
    return value.lower()


def _header_value(value: str) -> str:
    if not value.isprintable():
        raise ValueError("a header value must be printable text on one line")
    return value


def _http_url(value: str) -> str:
    if not re.match(r"https?://[^/?#\s]", value):
        raise ValueError("must be an http:// or https:// URL")
    return value


def _subgraph_url(value: str) -> str:
    if re.match(r"unix:///[^/?#\s]", value):
        return value
    return _http_url(value)


def _url_path(value: str) -> str:
    if not re.fullmatch(r"/[A-Za-z0-9_\-./]*", value):
        raise ValueError("a path begins with / and has letters, digits, - _ . and / only")
    return value


def _redis_url(value: SecretStr) -> SecretStr:
    if not re.match(r"(rediss?|unix)://", value.get_secret_value()):
        raise ValueError("must be a redis://, rediss:// or unix:// URL")
    return value


@dataclass(frozen=True, slots=True)
class Words:
    """What a kind of value is called in the reference."""

    text: str


Secret = SecretStr
"""Text that no log, error or listing ever shows; `get_secret_value` gives it to the room that needs it."""
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url), Words("Redis URL")]
"""A URL that may have a password in it."""
SecretUrl = Annotated[
    SecretStr,
    AfterValidator(lambda value: _http_url(value.get_secret_value()) and value),
    Words("http(s) URL"),
]
"""A URL that may have a password or a token in it."""
SubgraphUrl = Annotated[
    str, AfterValidator(_subgraph_url), Words("http(s) URL, or unix:///path/of.sock?path=/…")
]
"""Where a subgraph answers."""
UrlPath = Annotated[str, AfterValidator(_url_path), Words("URL path")]
Seconds = Annotated[
    float,
    BeforeValidator(_seconds),
    Field(gt=0, le=86_400),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"type": "string", "pattern": _DURATION.pattern},
            ]
        }
    ),
    Words("duration"),
]
Size = Annotated[
    int,
    BeforeValidator(_bytes),
    Field(gt=0),
    WithJsonSchema({"anyOf": [{"type": "integer", "exclusiveMinimum": 0}, {"type": "string"}]}),
    Words("size"),
]
"""Bytes."""
SecondsOrNone = Annotated[float, BeforeValidator(_seconds), Field(ge=0, le=86_400), Words("duration")]
"""A duration that may be nothing at all."""
Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]
HeaderName = Annotated[str, AfterValidator(_header_name), Words("header name")]
HeaderValue = Annotated[str, AfterValidator(_header_value)]
HttpUrl = Annotated[str, AfterValidator(_http_url), Words("http(s) URL")]
Limit = Annotated[int, Field(gt=0), Words("whole number or null")] | None
"""Null lifts the limit."""


class Section(BaseModel):
    """A part of the file; a key it does not have is an error.

    A section whose keys are all commented out is null in YAML, and means its defaults.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_is_default(cls, values: Any) -> Any:
        if isinstance(values, dict) and None in values.values():
            return {
                key: value for key, value in values.items() if value is not None or not cls._is_section(key)
            }
        return values

    @classmethod
    def _is_section(cls, key: str) -> bool:
        found = cls.model_fields.get(key)
        return (
            found is not None and isinstance(found.annotation, type) and issubclass(found.annotation, Section)
        )
