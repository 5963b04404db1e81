"""``python -m subgraphs`` as a process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

ONLY = ["--only", "orders", "customers"]
FREE = ["--orders-port", "0", "--customers-port", "0"]


@contextmanager
def subgraphs(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "subgraphs", *arguments],
        env={**os.environ, "OLYMPUS_DEMO_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_a_signal_and_ends_open_sockets(seeded: Path, signal_number: int) -> None:
    with subgraphs(seeded, *ONLY, *FREE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        urls = dict(process.stdout.readline().split() for _ in range(2))
        assert set(urls) == {"orders", "customers"}
        for url in urls.values():
            assert httpx.get(url.replace("/graphql", "/health")).status_code == 200
        asked = {"query": "{ customers(first: 1) { totalCount } }"}
        answer = httpx.post(urls["customers"], json=asked, headers={"x-tenant-id": "acme"}).json()
        assert answer == {"data": {"customers": {"totalCount": 200}}}

        websocket = urls["orders"].replace("http", "ws")
        with connect(websocket, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as client:
            client.send(json.dumps({"type": "connection_init", "payload": {"x-tenant-id": "acme"}}))
            client.recv(5)
            payload = {"query": 'subscription { orderUpdates(tenantId: "acme") { kind } }'}
            client.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            began = time.monotonic()
            process.send_signal(signal_number)
            with pytest.raises(ConnectionClosed):
                client.recv(5)
        assert process.wait(5) == 0
        assert time.monotonic() - began < 4
        assert process.stderr.read() == ""


def test_a_taken_port_is_one_clear_line_and_status_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with subgraphs(tmp_path, "--only", "orders", "--orders-port", str(port)) as process:
            out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert out == ""
    assert err == (
        f"subgraphs: orders cannot listen on 127.0.0.1:{port} (Address already in use); "
        "try another --orders-port or --port-base\n"
    )


def test_a_database_that_cannot_be_opened_is_said_and_status_1(tmp_path: Path) -> None:
    (tmp_path / "orders.db").write_text("this is not a database, and long enough to be taken for a bad one")
    with subgraphs(tmp_path, "--only", "orders", "--orders-port", "0") as process:
        out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert out == ""
    assert "file is not a database" in err
    assert err.endswith("subgraphs: orders did not start; the log above says why\n")
