"""Structured logs: one line per event, JSON for machines or text for people, on standard error.

An event is a short sentence and named values.  Client text (documents, variables, header values) is never one
of them.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO, TypeAlias, cast

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor

from router.telemetry.record import current_record
from router.telemetry.request_context import current_request

Log: TypeAlias = FilteringBoundLogger

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure_logs(
    level: str = "info", shape: Literal["json", "text"] = "json", stream: TextIO | None = None
) -> None:
    """Set up the process's logs; those of libraries go the same way from level warning on.

    ``level`` is one of `LEVELS`.
    """
    target = cast(TextIO, _StandardError()) if stream is None else stream
    _Sink.level, _Sink.target = LEVELS[level], target if shape == "json" else None
    shared: list[Processor] = [
        _add_request,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Processor = _json if shape == "json" else structlog.dev.ConsoleRenderer(colors=target.isatty())
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def get_log(room: str) -> Log:
    """Give the log of one room; each of its lines says so."""
    log: Log = structlog.get_logger(room=room)
    return log


class _Sink:
    """Where lines of requests go; set with the logs."""

    level: int = LEVELS["info"]
    target: TextIO | None = None
    """None: to people, by the renderer that all logs have."""


def write_line(room: str, level: Literal["info", "warning"], event: str, values: dict[str, Any]) -> None:
    """Write a line that says by itself which request it is about; it comes for every request, so it is made at once.

    Shapes: as other lines: ``room``, ``level``, ``event``, ``timestamp``, and the values.
    """
    if LEVELS[level] < _Sink.level:
        return
    target = _Sink.target
    if target is None:
        structlog.get_logger(room=room).log(LEVELS[level], event, **values)
        return
    now = datetime.now(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
    line = {"room": room, "level": level, "event": event, "timestamp": now, **values}
    target.write(orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE).decode())


def log_failure(log: Log, event: str, error: BaseException) -> None:
    """Log a bug: what was raised, and where, without the values in the exception's own words."""
    log.error(event, error=type(error).__name__, at=_frames(error))


class _StandardError:
    """Standard error as it is when a line is written; who replaced it meanwhile has the line."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def isatty(self) -> bool:
        return sys.stderr.isatty()


def _frames(error: BaseException) -> list[str]:
    """Give the innermost frames of a traceback as ``file:line function``."""
    places: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-8:]


def _add_request(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Say which request the line is about, where it is about one."""
    request = current_request()
    if request is not None and "request_id" not in event:
        event["request_id"] = request.id
        record = current_record()
        if record is not None and record.trace is not None:
            event["trace_id"] = record.trace.trace_hex
        elif request.trace_id is not None:
            event["trace_id"] = request.trace_id
    return event


def _json(_logger: object, _method: str, event: EventDict) -> str:
    return orjson.dumps(event, default=str).decode()
