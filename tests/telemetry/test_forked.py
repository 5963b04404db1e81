"""Workers are forked from one parent: what each makes up must be its own."""

from __future__ import annotations

import multiprocessing
from contextvars import copy_context

from router.telemetry.request_context import begin_request
from router.telemetry.resource import resource_of_process
from router.telemetry.trace_context import new_span_id, new_trace_id


def made_up() -> tuple[str, int, int, str]:
    instance = resource_of_process({}, "1")["service.instance.id"]
    return begin_request({}).decode().rpartition("-")[0], new_trace_id(), new_span_id(), instance


def test_no_worker_makes_up_ids_that_another_does() -> None:
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as first, context.Pool(2) as second:
        made = [first.apply(made_up), second.apply(made_up), copy_context().run(made_up)]
    for of_each in zip(*made, strict=True):
        assert len(set(of_each)) == 3
