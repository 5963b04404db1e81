"""The landing page's report as HTML: readable without scripts, everything of the report escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any, Final

from router.server.about import Addresses
from router.server.connect import snippets

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>Olympus Router</title>
<link rel="icon" type="image/svg+xml" href="{files}/favicon.svg">
<link rel="stylesheet" href="{files}/homepage.css">
<script type="module" src="{files}/homepage.js"></script>
</head>
<body data-origin="{origin}">
<header><p class="brand"><img src="{files}/favicon.svg" alt="" width="28" height="28">Olympus Router</p>
<nav aria-label="Pages">{links}</nav></header>
<main>
<h1>{title}</h1>
<p class="lead">GraphQL is served at <code>{graphql}</code> by <code>POST</code>; subscriptions by WebSocket
(<code>graphql-transport-ws</code>), server-sent events or multipart at the same address.</p>
{details}
<section aria-labelledby="connect"><h2 id="connect">How to connect</h2>
<div class="snippets">{snippets}</div>
</section>
{off}
</main>
<p id="told" class="unseen" role="status"></p>
</body>
</html>
"""

_OFF: Final = """<p class="hint">The playground is off here: <code>playground.enabled: true</code> or
<code>olympus serve --dev</code> turns it on. <code>homepage.enabled: false</code> takes this page away.</p>"""

_HEALTH: Final = {"UP": "up", "DOWN": "down", "UNKNOWN": "no answer yet"}


def page(report: Mapping[str, Any], where: Addresses, files: str) -> str:
    """Give the page of a report; ``files`` is the path that its style and script are under."""
    return _PAGE.format(
        files=html.escape(files),
        origin=html.escape(where.origin),
        title=html.escape(_title(report)),
        graphql=html.escape(where.graphql),
        links=_links(report),
        details=_details(report) if "schema" in report else "",
        snippets="\n".join(_snippet(one.title, one.text) for one in snippets(where)),
        off="" if report["playground"] else _OFF,
    )


def _title(report: Mapping[str, Any]) -> str:
    graph = report.get("graph")
    return f"{graph}, {report['variant']}" if graph else "A GraphQL endpoint"


def _links(report: Mapping[str, Any]) -> str:
    found = [
        (report["playground"], "Playground"),
        (report.get("schema", {}).get("sdl"), "Schema (SDL)"),
        (report["health"], "Health"),
    ]
    return " ".join(f'<a href="{html.escape(to)}">{name}</a>' for to, name in found if to)


def _details(report: Mapping[str, Any]) -> str:
    return (
        '<section aria-labelledby="served"><h2 id="served">What is served</h2>'
        f"<dl>{''.join(_facts(report))}</dl>{_refused(report['schema'])}</section>"
        '<section aria-labelledby="subgraphs"><h2 id="subgraphs">Subgraphs</h2>'
        f"{_subgraphs(report['subgraphs'])}</section>"
    )


def _facts(report: Mapping[str, Any]) -> Iterable[str]:
    schema, release = report["schema"], report["release"]
    facts = [("Graph", report["graph"]), ("Variant", report["variant"])]
    if release is not None:
        facts.append(("Release", f"{release['number']}, made {_readable(release['createdAt'])}"))
    facts.append(("Schema id", schema["id"] or "none yet"))
    facts.append(("Live since", schema["takenAt"] and _readable(schema["takenAt"])))
    for name, value in facts:
        if value:
            yield f"<div><dt>{name}</dt><dd>{html.escape(value)}</dd></div>"


def _refused(schema: Mapping[str, Any]) -> str:
    if schema["state"] != "REFUSED":
        return ""
    at = html.escape(_readable(schema["refusedAt"] or ""))
    return f'<p class="warning">A newer schema was refused at {at}; the last good one is served. The log says why.</p>'


def _readable(moment: str) -> str:
    """Give ``2026-12-01 12:00:00 UTC`` of an ISO 8601 text in UTC; any other as it is."""
    day, _, time = moment.partition("T")
    for zone in ("+00:00", "Z"):
        if time.endswith(zone):
            return f"{day} {time.removesuffix(zone)[:8]} UTC"
    return moment


def _subgraphs(states: Iterable[Mapping[str, Any]]) -> str:
    rows = "".join(
        f'<tr class="{one["health"].lower()}"><th scope="row">{html.escape(one["name"])}</th>'
        f"<td><span>{_HEALTH[one['health']]}</span></td><td>{_note(one)}</td></tr>"
        for one in states
    )
    if not rows:
        return "<p>None: there is no supergraph yet.</p>"
    head = '<tr><th scope="col">Subgraph</th><th scope="col">Health</th><th scope="col">Answer</th></tr>'
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _note(state: Mapping[str, Any]) -> str:
    if state["code"]:
        return f"<code>{html.escape(state['code']).replace('_', '_<wbr>')}</code>"
    return "" if state["tookMs"] is None else f"in {state['tookMs']:.1f} ms"


def _snippet(title: str, text: str) -> str:
    name = html.escape(title)
    return (
        f'<article aria-label="{name}"><div class="bar"><h3>{name}</h3></div>'
        f'<pre tabindex="0" aria-label="{name} example"><code>{html.escape(text)}</code></pre></article>'
    )
