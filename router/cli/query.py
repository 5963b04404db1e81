"""``olympus query`` and ``olympus schema``: ask a running router from the command line."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from router.cli.choices import QueryFormat, SchemaFormat
from router.cli.explain import operation_text
from router.cli.failure import CommandError
from router.cli.query_output import Printer
from router.engine.explaining import PLAN_HEADER, TIMING_HEADER
from router.engine.reload import UnusableSupergraphError, file_source
from router.federation.supergraph import InvalidSupergraphError, read_supergraph
from router.language.client_schema import (
    introspection_of_schema,
    introspection_query,
    sdl_of_introspection,
    sdl_of_schema,
)
from router.protocols.graphql_transport_ws_client import MalformedMessage
from router.protocols.result_stream_client import Broken, Complete, EventStreamReader, MessageTooLarge

ACCEPTED: Final = "application/graphql-response+json, application/json;q=0.9, text/event-stream;q=0.8"
MAX_EVENT_BYTES: Final = 64_000_000
CHUNK_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and where."""

    endpoint: str
    body: dict[str, Any]
    headers: Sequence[tuple[str, str]] = field(default=(), repr=False)
    timeout_s: float = 60.0
    """Without a byte from the router."""


def read_variables(text: str | None) -> dict[str, Any]:
    """Give variables from JSON text, or from ``@FILE`` with JSON in it.  Raises: CommandError."""
    if text is None:
        return {}
    if text.startswith("@"):
        text = operation_text(Path(text[1:]))
    try:
        variables = json.loads(text)
    except ValueError as error:
        raise CommandError(f"--variables is no JSON: {error}", 2) from None
    if not isinstance(variables, dict):
        raise CommandError('--variables must be a JSON object: \'{"id": "1"}\'', 2)
    return variables


def read_headers(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Give headers from ``Name: value`` each.  Raises: CommandError, without the value: it may be a secret."""
    headers = []
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon or not name.strip() or any(one in text for one in "\r\n"):
            raise CommandError("--header takes 'Name: value'", 2)
        headers.append((name.strip(), value.strip()))
    return tuple(headers)


def run_query(question: Question, format_: QueryFormat, *, explains: bool) -> int:
    """Ask, and print each result; gives the exit status: 0, or 1 when a result has errors.

    Raises: CommandError when the router cannot be asked, or does not answer GraphQL.
    """
    asked = question
    if explains:
        told = tuple((name.decode(), "true") for name in (PLAN_HEADER, TIMING_HEADER))
        asked = Question(question.endpoint, question.body, (*question.headers, *told), question.timeout_s)
    printer = Printer(format_, explains=explains)
    has_errors = False
    for result in results(asked):
        printer.show(result)
        has_errors |= bool(result.get("errors"))
    return 1 if has_errors else 0


def run_schema(question: Question, format_: SchemaFormat) -> None:
    """Print the schema that clients see.  Raises: CommandError."""
    body = {"query": introspection_query()}
    asked = Question(question.endpoint, body, question.headers, question.timeout_s)
    answer = next(results(asked), {})
    if answer.get("errors") or not answer.get("data"):
        said = "; ".join(str(one.get("message")) for one in answer.get("errors", [])) or "no data"
        raise CommandError(f"{question.endpoint} does not tell its schema: {said}")
    if format_ is SchemaFormat.JSON:
        print(json.dumps(answer["data"], indent=2, ensure_ascii=False))
        return
    try:
        print(sdl_of_introspection(answer["data"]))
    except (TypeError, ValueError) as error:
        raise CommandError(f"{question.endpoint} tells a schema that cannot be read: {error}") from None


def show_supergraph(file: Path, format_: SchemaFormat) -> None:
    """Print the schema that clients of a supergraph see.  Raises: CommandError."""
    try:
        schema = read_supergraph(file_source(file).read()).api_schema
    except (UnusableSupergraphError, InvalidSupergraphError) as error:
        raise CommandError(str(error)) from None
    if format_ is SchemaFormat.SDL:
        print(sdl_of_schema(schema))
    else:
        print(json.dumps(introspection_of_schema(schema), indent=2, ensure_ascii=False))


def results(question: Question) -> Iterator[dict[str, Any]]:
    """Give the result of a query or mutation, or those of a subscription as they come.  Raises: CommandError."""
    if urlsplit(question.endpoint).scheme not in {"http", "https"}:
        raise CommandError(f"--endpoint must be an http or https URL, not {question.endpoint!r}", 2)
    headers = {"content-type": "application/json", "accept": ACCEPTED, **dict(question.headers)}
    request = urllib.request.Request(  # noqa: S310  # the scheme is checked
        question.endpoint, json.dumps(question.body).encode(), headers, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=question.timeout_s) as response:  # noqa: S310
            if response.headers.get_content_type() == "text/event-stream":
                yield from _events(response, question.endpoint)
            else:
                yield _result(response.read(), question.endpoint, response.status)
    except urllib.error.HTTPError as error:
        yield _result(error.read(), question.endpoint, error.code)
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise CommandError(f"{question.endpoint} cannot be asked: {reason}") from None


def _events(response: HTTPResponse, endpoint: str) -> Iterator[dict[str, Any]]:
    reader = EventStreamReader(MAX_EVENT_BYTES)
    try:
        while chunk := response.read1(CHUNK_BYTES):
            for message in reader.feed(chunk):
                if isinstance(message, Complete):
                    return
                if isinstance(message, Broken):
                    yield {"errors": message.errors}
                    return
                yield message.payload
    except (MalformedMessage, MessageTooLarge) as error:
        raise CommandError(f"{endpoint} sent events that cannot be read: {error}") from None
    raise CommandError(f"{endpoint} ended the stream before the subscription was complete")


def _result(body: bytes, endpoint: str, status: int) -> dict[str, Any]:
    try:
        result = json.loads(body)
    except ValueError:
        result = None
    if not isinstance(result, dict) or not ("data" in result or "errors" in result):
        raise CommandError(f"{endpoint} answered {status}, but no GraphQL result")
    return result
