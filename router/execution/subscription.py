"""Subscriptions: what opens the source stream, and the response to each of its events."""

from __future__ import annotations

from dataclasses import replace

from router.execution.answers import read_result
from router.execution.compile import CompiledPlan
from router.execution.context import ExecutionContext, Json, Response
from router.execution.derived import NOT_SHARED
from router.execution.program import Program
from router.execution.run import Run, finish
from router.planning.plan import FetchNode
from router.transport.base import SubscriptionRequest


def source_request(program: Program, compiled: CompiledPlan, ctx: ExecutionContext) -> SubscriptionRequest:
    """Give the request that opens the source stream."""
    step = program.steps[_primary(compiled).id]
    endpoint = ctx.endpoints[step.fetch.subgraph]
    return SubscriptionRequest(step.fetch.subgraph, endpoint.url, step.body.fill(ctx), endpoint.headers)


async def respond(compiled: CompiledPlan, ctx: ExecutionContext, event: Json) -> Response:
    """Give the response for one event: a GraphQL result of the source stream.

    ``ctx`` is only read; each event gets a context of its own.
    """
    program = compiled.program(ctx.variables) or await compiled.build(ctx.variables)
    own = replace(ctx, failures=[], reported=[], introspection={})
    program.prepare(own)
    primary = _primary(compiled)
    own.answers[primary.id] = read_result(own, primary, event)
    own.responses[primary.id] = NOT_SHARED
    await Run(program, own).fetch_after(primary.id)
    return finish(program, own)


def _primary(compiled: CompiledPlan) -> FetchNode:
    return compiled.plan.fetches[0]
