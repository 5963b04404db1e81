"""How much a client wants a media type.  Spec: RFC 9110, sections 12.4.2 and 12.5.1."""

from __future__ import annotations


def quality(accept: str, media_type: str) -> float:
    """Give the weight that an ``Accept`` header gives a media type (``text/html``), 0 to 1; 0: not wanted.

    The most specific range that fits counts.
    """
    weights: dict[str, float] = {}
    for media_range in accept.split(","):
        name, _, parameters = media_range.partition(";")
        weights.setdefault(name.strip().lower(), weight(parameters))
    kind = media_type.partition("/")[0]
    for name in (media_type, f"{kind}/*", "*/*"):
        if name in weights:
            return weights[name]
    return 0.0


def weight(parameters: str) -> float:
    """Give ``q`` of a media range's parameters, 0 to 1; what is no number is 0."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
