"""Log lines: what is in them, and what never is."""

from __future__ import annotations

import contextlib
import io
import logging

import orjson

from router.telemetry.logs import configure_logs, get_log, log_failure


def test_a_line_is_json_with_its_room_level_and_values() -> None:
    stream = io.StringIO()
    configure_logs("info", "json", stream)
    log = get_log("engine")
    log.debug("not written")
    log.info("supergraph changed", supergraph="ab12")
    [line] = stream.getvalue().splitlines()
    entry = orjson.loads(line)
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {"room": "engine", "level": "info", "event": "supergraph changed", "supergraph": "ab12"}


def test_libraries_log_the_same_way_from_warning_on() -> None:
    stream = io.StringIO()
    configure_logs("info", "json", stream)
    logging.getLogger("some.library").info("started")
    logging.getLogger("some.library").warning("limit reached")
    [line] = stream.getvalue().splitlines()
    assert orjson.loads(line)["event"] == "limit reached"


def test_a_failure_tells_its_kind_and_place_but_not_its_words() -> None:
    stream = io.StringIO()
    configure_logs("info", "text", stream)
    try:
        raise ValueError("what the client wrote")
    except ValueError as error:
        log_failure(get_log("engine"), "request failed", error)
    line = stream.getvalue()
    assert "ValueError" in line
    assert "test_logs.py" in line
    assert "what the client wrote" not in line


def test_lines_go_to_standard_error_as_it_is_when_they_are_written() -> None:
    earlier, later = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(earlier):
        configure_logs()
    earlier.close()
    with contextlib.redirect_stderr(later):
        get_log("server").warning("heard")
        logging.getLogger("some.library").warning("heard too")
    assert [orjson.loads(line)["event"] for line in later.getvalue().splitlines()] == ["heard", "heard too"]
