"""What options may be, apart from the commands: ``--help`` needs no more than this."""

from __future__ import annotations

from enum import StrEnum


class ComposeFormat(StrEnum):
    """What is written: the SDL, everything as JSON, or a summary for people."""

    SDL = "sdl"
    JSON = "json"
    TEXT = "text"


class Stage(StrEnum):
    """What is printed, in the order it is made."""

    NORMALIZED = "normalized"
    PATHS = "paths"
    FETCHES = "fetches"
    PLAN = "plan"
    SOURCE = "source"


class ExplainFormat(StrEnum):
    """For people, or for tools."""

    TEXT = "text"
    JSON = "json"


class ReportFormat(StrEnum):
    """For people, for tools, or as annotations on GitHub's pages."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class WebhookEvent(StrEnum):
    """What a webhook is told of."""

    CHECK = "check"
    RELEASE = "release"


class LogLevel(StrEnum):
    """From which level on lines are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """For machines, or for people."""

    JSON = "json"
    TEXT = "text"


class ShowFormat(StrEnum):
    """For people, as the file is written, or for tools."""

    YAML = "yaml"
    JSON = "json"


class ManifestFormat(StrEnum):
    """The shape of a list of trusted documents."""

    APOLLO = "apollo"
    RELAY = "relay"


class QueryFormat(StrEnum):
    """For people: rows as a table, else JSON of the data; or the whole result as JSON."""

    PRETTY = "pretty"
    JSON = "json"


class SchemaFormat(StrEnum):
    """The schema as SDL, or as the result of introspection."""

    SDL = "sdl"
    JSON = "json"
