"""``@eventSource``: a router that has the bus takes a subscription's events from it, and leaves our stream alone."""

from __future__ import annotations

import strawberry
from strawberry.schema_directive import Location

SPECIFICATION = "https://specs.olympus-router.dev/events/v0.1"


@strawberry.federation.schema_directive(
    locations=[Location.FIELD_DEFINITION], name="eventSource", compose=True, import_url=SPECIFICATION
)
class EventSource:
    """Where the events of a subscription field are published, and who may hear them."""

    channel: str
    allow: str | None = strawberry.UNSET
    filter: str | None = strawberry.UNSET
