"""What a router counts: bounded, delivered once."""

from __future__ import annotations

from datetime import UTC, datetime

from router.language.used_operation import UsedOperation
from router.registry.usage.model import BUCKETS, MAX_CLIENT, Client, read_report
from router.registry.usage.recorder import UsageRecorder

NOW = datetime.now(UTC)
A, B = (
    UsedOperation(letter * 64, "query", letter, f"{{ {letter} }}", (f"Query.{letter}",)) for letter in "ab"
)
WEB = ("web", "1")


def test_requests_of_one_client_add_up_and_fall_into_buckets() -> None:
    recorder = UsageRecorder()
    for seconds in (0.001, 0.005, 0.0051, 3600.0):
        recorder.record(A, WEB, seconds, has_errors=seconds > 1)
    report = recorder.take(NOW)
    assert report is not None and report.operations == (A,)
    (count,) = report.counts
    assert (count.client, count.requests, count.errors) == (Client("web", "1"), 4, 1)
    assert count.latency_us == 3_600_011_100
    assert count.buckets == (2, 1, *[0] * (BUCKETS - 3), 1)
    assert recorder.take(NOW) is None
    assert read_report(report.to_json()) == report


def test_memory_is_bounded_and_what_is_left_out_is_counted() -> None:
    recorder = UsageRecorder(max_counts=2)
    for number in range(5):
        recorder.record(A, (f"client {number}" * 100, ""), 0.1, has_errors=False)
    assert recorder.dropped == 3
    report = recorder.take(NOW)
    assert report is not None and len(report.counts) == 2
    assert len(report.counts[0].client.name) == MAX_CLIENT
    assert recorder.dropped == 0


def test_what_was_not_delivered_is_counted_again_with_what_came_since() -> None:
    recorder = UsageRecorder()
    recorder.record(A, WEB, 0.1, has_errors=False)
    lost = recorder.take(NOW)
    assert lost is not None
    recorder.record(A, WEB, 0.1, has_errors=True)
    recorder.put_back(lost.counts)
    report = recorder.take(NOW)
    assert report is not None and report.operations == (A,)
    assert [(one.requests, one.errors) for one in report.counts] == [(2, 1)]


def test_an_operation_is_described_until_the_registry_has_it_and_again_when_it_lost_it() -> None:
    recorder = UsageRecorder()
    recorder.record(A, WEB, 0.1, has_errors=False)
    first = recorder.take(NOW)
    assert first is not None
    recorder.delivered(first, [])
    recorder.record(A, WEB, 0.1, has_errors=False)
    recorder.record(B, WEB, 0.1, has_errors=False)
    second = recorder.take(NOW)
    assert second is not None and second.operations == (B,)
    recorder.delivered(second, [A.hash])
    third = recorder.take(NOW)
    assert third is not None and third.operations == (A,)
    assert [one.hash for one in third.counts] == [A.hash]
