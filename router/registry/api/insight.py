"""Usage and results of checks, as the API shows them."""

from __future__ import annotations

from router.registry.checking.runs import CheckRun
from router.registry.insight import CoordinateUse
from router.registry.usage.store import ClientUse, DayUse, RecordedOperation


class CheckRunView:
    """``CheckRun``."""

    def __init__(self, run: CheckRun) -> None:
        self.id = run.id
        self.graph = run.ref.graph
        self.variant = run.ref.variant
        self.at = run.at
        self.actor = run.actor
        self.action = run.action
        self.subgraphs = run.subgraphs
        self.report = run.report


class ClientUseView:
    """``ClientUse``."""

    def __init__(self, use: ClientUse) -> None:
        self.name = use.client.name
        self.version = use.client.version
        self.requests = use.requests
        self.errors = use.errors
        self.latency_ms = _mean_ms(use.latency_us, use.requests)
        self.last_seen = use.last_seen


class OperationView:
    """``RecordedOperation``."""

    def __init__(self, operation: RecordedOperation) -> None:
        self.hash = operation.hash
        self.name = operation.name
        self.kind = operation.kind
        self.signature = operation.signature
        self.requests = operation.requests
        self.errors = sum(use.errors for use in operation.clients)
        self.latency_ms = _mean_ms(sum(use.latency_us for use in operation.clients), operation.requests)
        self.clients = [ClientUseView(use) for use in operation.clients]


class DayUseView:
    """``DayUse``."""

    def __init__(self, use: DayUse) -> None:
        self.day = use.day.isoformat()
        self.client_name = use.client.name
        self.client_version = use.client.version
        self.requests = use.requests
        self.errors = use.errors


class CoordinateUseView:
    """``CoordinateUse``."""

    def __init__(self, use: CoordinateUse) -> None:
        self.coordinate = use.coordinate
        self.operations = [OperationView(one) for one in use.operations]
        self.days = [DayUseView(one) for one in use.days]


def _mean_ms(total_us: int, requests: int) -> float:
    return round(total_us / requests / 1000, 3) if requests else 0.0
