"""The prepared operation as a caller may have it: planned once, and once more for each set of grants."""

from __future__ import annotations

import asyncio

from router.engine.admission import Caller
from router.engine.answer import RequestTimeoutError
from router.engine.caches import OperationKey
from router.engine.options import EngineOptions
from router.engine.prepare import PreparedOperation
from router.engine.snapshot import Snapshot
from router.federation.access import are_met
from router.guards.access import Granting
from router.guards.introspection import IntrospectionRefusedError
from router.protocols.graphql_request import GraphQLRequest
from router.telemetry.logs import get_log

_log = get_log("engine")


class AllowedOperations:
    """Of one engine."""

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._granting = Granting(options.access)

    def at_once(
        self, snapshot: Snapshot, request: GraphQLRequest, caller: Caller
    ) -> PreparedOperation | None:
        """Give the prepared operation where it is kept and everybody may have it: most of the time."""
        key = (request.query, request.operation_name, snapshot.overrides.enabled(caller))
        found = snapshot.operations.get(key)
        if found is None or found.needs or (self._options.introspection is not None and found.introspects):
            return None
        return found

    async def prepared(
        self, snapshot: Snapshot, request: GraphQLRequest, caller: Caller, deadline_s: float | None = None
    ) -> PreparedOperation:
        """Give the prepared operation as this caller may have it.

        Raises: ClientError; RequestTimeoutError after the deadline, if given.
        """
        key = (request.query, request.operation_name, snapshot.overrides.enabled(caller))
        operation = await self._planned(snapshot, key, deadline_s)
        rule = self._options.introspection
        if rule is not None and operation.introspects and not rule.allows(caller.headers, caller.claims):
            raise IntrospectionRefusedError
        if not operation.needs:
            return operation
        return await self._granted(snapshot, operation, key, caller, deadline_s)

    async def still_granted(self, operation: PreparedOperation, caller: Caller) -> bool:
        """Tell whether a caller may have the operation as it is."""
        if not operation.needs:
            return True
        granted = await self._granting.granted(operation.needs, caller.claims, caller.headers)
        if operation.granted is not None:
            return operation.granted <= granted
        return granted == operation.needs or are_met(operation.demands, granted)

    async def _planned(
        self, snapshot: Snapshot, key: OperationKey, deadline_s: float | None
    ) -> PreparedOperation:
        # The hit needs no time-out.
        found = snapshot.operations.get(key)
        if found is not None:
            return found
        try:
            async with asyncio.timeout_at(deadline_s):
                return await snapshot.operations.prepared(key)
        except TimeoutError:
            limit_s = self._options.request_timeout_s
            raise RequestTimeoutError(f"The operation was not planned within {limit_s:g} s.") from None

    async def _granted(
        self,
        snapshot: Snapshot,
        operation: PreparedOperation,
        key: tuple[str, str | None, frozenset[str]],
        caller: Caller,
        deadline_s: float | None,
    ) -> PreparedOperation:
        """Give the operation as this caller may have it.  Raises: WithheldOperationError."""
        granted = await self._granting.granted(operation.needs, caller.claims, caller.headers)
        if granted == operation.needs or are_met(operation.demands, granted):
            return operation
        own = await self._planned(snapshot, (*key, granted), deadline_s)
        refusals = own.compiled.plan.refusals
        if refusals and self._options.access.logs:
            fields = list(dict.fromkeys(refusal.coordinate for refusal in refusals))
            _log.info("fields withheld", fields=fields, is_dry_run=self._options.access.is_dry_run)
        if own.refused is not None:
            # Shared by many requests: each has a trace of its own.
            raise own.refused.with_traceback(None)
        return own
