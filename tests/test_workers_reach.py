"""Several workers, and what reaches the clients of one only."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.cli.failure import CommandError
from router.cli.serve import run_serve
from router.cli.settings import ServeSettings

JWT = "authentication: {router: {jwt: {jwks: [{secret: a secret that is long enough}]}}}\n"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (JWT + "realtime: {enabled: true}", "realtime.redis.url"),
        ("subscription: {events: {enabled: true}}", "subscription.events.redis.url"),
    ],
)
def test_workers_that_would_not_hear_each_other_are_refused(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "olympus.yaml"
    file.write_text(f"{text}\nsupergraph: {{file: ./s.graphql}}\n")
    with pytest.raises(CommandError, match=key):
        run_serve(ServeSettings(config=str(file)), 2)
