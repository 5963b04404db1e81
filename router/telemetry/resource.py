"""What tells this process's telemetry from that of others."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


def resource_of_process(configured: Mapping[str, str], version: str) -> dict[str, str]:
    """Give the attributes of OpenTelemetry's resource; after the fork, as each worker is an instance."""
    instance = f"{socket.gethostname()}:{os.getpid()}"
    return {"service.instance.id": instance, "service.version": version, **configured}
