"""``olympus serve`` as a process: its workers, its configuration, its sources, its sockets."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serve_process import LINK, SDL, AnyAnswer, Served, eventually, served, supergraph
from tests.transport.test_http import certificate

LINUX = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks /proc")


@pytest.fixture(scope="module")
def shop() -> Iterator[AnyAnswer]:
    with AnyAnswer() as subgraph:
        yield subgraph


def configured(folder: Path, shop: AnyAnswer, **more: Any) -> Path:
    """Write a configuration and its supergraph."""
    (folder / "supergraph.graphql").write_text(supergraph(shop.url))
    file = folder / "olympus.yaml"
    section = {"file": "supergraph.graphql", "listen": "127.0.0.1:0"} | more.pop("supergraph", {})
    file.write_text(json.dumps({"supergraph": section, "health_check": {"reasons": True}, **more}))
    return file


def replace(file: Path, text: str) -> None:
    """Put a whole new file in the place of one."""
    draft = file.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(file)


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@LINUX
def test_a_worker_that_dies_is_replaced(tmp_path: Path, shop: AnyAnswer) -> None:
    with served(tmp_path, "--config", configured(tmp_path, shop), "--workers", 2) as router:
        before = set(router.workers())
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        eventually(lambda: len(set(router.workers()) - {min(before)}) == 2, "the new worker")
        assert router.ask()["data"]
        assert router.stop() == 0


@LINUX
def test_no_worker_outlives_its_parent(tmp_path: Path, shop: AnyAnswer) -> None:
    with served(tmp_path, "--config", configured(tmp_path, shop), "--workers", 2) as router:
        workers = router.workers()
        router.process.kill()
        eventually(lambda: all(gone(pid) for pid in workers), "the end of the workers")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_changed_configuration_is_live_and_a_bad_one_is_told(
    tmp_path: Path, shop: AnyAnswer, workers: int
) -> None:
    file = configured(tmp_path, shop)
    with served(tmp_path, "--config", file, "--workers", workers) as router:
        deep = "{ items { maker { items { id } } } }"
        assert "data" in router.ask(deep)
        good = json.loads(file.read_text())
        replace(
            file,
            json.dumps(
                good | {"limits": {"max_depth": 2}, "tls": {}, "server": {"http": {"idle_timeout": 9}}}
            ),
        )
        eventually(lambda: "errors" in router.ask(deep) and router.ready()["configuration"]["taken"] == 1)
        eventually(lambda: router.logged().count("configuration changed") == workers)
        eventually(lambda: '"keys":["server"]' in router.logged())
        replace(file, "limits: {max_dept: 2}")
        eventually(lambda: router.logged().count("configuration refused") == workers)
        ready = router.ready()
        assert ready["status"] == "UP"
        assert ready["configuration"]["state"] == "REFUSED"
        assert "max_depth" in ready["configuration"]["reason"]
        assert "errors" in router.ask(deep)
        replace(file, json.dumps(good))
        os.kill(router.process.pid, signal.SIGHUP)
        eventually(
            lambda: "data" in router.ask(deep) and router.ready()["configuration"]["state"] == "CURRENT"
        )
        assert router.stop() == 0
    assert "Traceback" not in router.logged()


def test_a_bad_supergraph_keeps_the_last_good_one_and_readiness_tells(
    tmp_path: Path, shop: AnyAnswer
) -> None:
    file = configured(tmp_path, shop)
    with served(tmp_path, "--config", file) as router:
        replace(tmp_path / "supergraph.graphql", "type Query {")
        eventually(lambda: router.ready()["supergraph"]["state"] == "REFUSED")
        assert router.ready()["status"] == "UP"
        assert router.ask()["data"]
        replace(tmp_path / "supergraph.graphql", supergraph(shop.url, "more: Int"))
        eventually(lambda: router.ready()["supergraph"]["state"] == "CURRENT")
        assert router.ready()["supergraph"]["refused"] == 1


def test_a_folder_of_subgraphs_is_composed_again_when_a_file_comes(tmp_path: Path, shop: AnyAnswer) -> None:
    folder = tmp_path / "subgraphs"
    folder.mkdir()
    (folder / "shop.graphql").write_text(f"# routing_url: {shop.url}\n{LINK}{SDL}")
    with served(tmp_path, "--subgraphs", folder, "--port", 0) as router:
        assert router.ask()["data"] == {"now": "Some_String"}
        assert "errors" in router.ask("{ stars }")
        (folder / "reviews.graphql").write_text(
            f"# routing_url: {shop.url}?of=reviews\n{LINK}type Query {{ stars: Int }}"
        )
        eventually(lambda: router.ready()["supergraph"]["taken"] == 2)
        assert "GRAPHQL_VALIDATION_FAILED" not in json.dumps(router.ask("{ stars }"))


def test_the_listener_may_be_a_unix_socket_and_so_may_a_subgraph(tmp_path: Path, shop: AnyAnswer) -> None:
    front, back = tmp_path / "front.sock", tmp_path / "back.sock"
    file = configured(
        tmp_path,
        shop,
        supergraph={"listen": f"unix://{front}"},
        override_subgraph_url={"shop": f"unix://{back}?path=/graphql"},
    )
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(back))
        listener.listen(8)
        threading.Thread(target=_answer_once, args=(listener,), daemon=True).start()
        with served(tmp_path, "--config", file) as router:
            connection = http.client.HTTPConnection("localhost")
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(str(front))
            connection.request(
                "POST", "/graphql", '{"query":"{ now }"}', {"content-type": "application/json"}
            )
            assert json.load(connection.getresponse()) == {"data": {"now": "over unix"}}
            connection.close()
            assert router.stop() == 0
        assert not front.exists()


def _answer_once(listener: socket.socket) -> None:
    accepted, _ = listener.accept()
    with accepted:
        assert accepted.recv(65_536).startswith(b"POST /graphql HTTP/1.1\r\n")
        body = b'{"data":{"now":"over unix"}}'
        accepted.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))


def test_tls_is_spoken_and_a_new_certificate_is_taken(tmp_path: Path, shop: AnyAnswer) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        certificate(folder)
    pem = next(path.name for path in first.iterdir() if "BEGIN CERTIFICATE" in path.read_text())
    key = next(path.name for path in first.iterdir() if "PRIVATE KEY" in path.read_text())
    file = configured(tmp_path, shop, tls={"supergraph": {"certificate": f"a/{pem}", "key": f"a/{key}"}})
    with served(tmp_path, "--config", file) as router:
        assert router.url.startswith("https://")
        old, protocol, version = _peer(router.port)
        assert (protocol, version in ("TLSv1.2", "TLSv1.3")) == ("http/1.1", True)
        (first / pem).write_text("nonsense")
        eventually(lambda: "certificate refused" in router.logged())
        assert _peer(router.port)[0] == old
        (first / key).write_text((second / key).read_text())
        (first / pem).write_text((second / pem).read_text())
        eventually(lambda: _peer(router.port)[0] != old, "the new certificate")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", router.port, context=context)
        connection.request("GET", "/health/live")
        assert connection.getresponse().status == 200
        connection.close()


def _peer(port: int) -> tuple[bytes | None, str | None, str | None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", port)) as raw, context.wrap_socket(raw) as secured:
        return secured.getpeercert(binary_form=True), secured.selected_alpn_protocol(), secured.version()


def storm(router: Served, stop: threading.Event, failures: list[str], counts: list[int]) -> None:
    """Ask over one connection until told to stop."""
    connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=60)
    body = '{"query":"{ items { id name maker { name } } }"}'
    while not stop.is_set():
        try:
            connection.request("POST", "/graphql", body, {"content-type": "application/json"})
            answer = connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            failures.append(repr(error))
            connection.close()
            continue
        counts[0] += 1
        if b"errors" in answer or b"items" not in answer:
            failures.append(answer.decode()[:200])
    connection.close()


def test_reloads_under_load_lose_no_request(tmp_path: Path, shop: AnyAnswer) -> None:
    file = configured(tmp_path, shop)
    good = json.loads(file.read_text())
    with served(tmp_path, "--config", file) as router:
        stop, failures, counts = threading.Event(), list[str](), [0]
        clients = [threading.Thread(target=storm, args=(router, stop, failures, counts)) for _ in range(4)]
        for client in clients:
            client.start()
        for number in range(1, 9):
            if number % 2:
                replace(tmp_path / "supergraph.graphql", supergraph(shop.url, f"more{number}: Int"))
                eventually(lambda n=number: router.ready()["supergraph"]["taken"] >= n // 2 + 2)
            else:
                replace(file, json.dumps(good | {"limits": {"max_depth": 50 + number}}))
                eventually(lambda n=number: router.ready()["configuration"]["taken"] >= n // 2)
        stop.set()
        for client in clients:
            client.join()
        assert failures == []
        assert counts[0] > 8
        assert router.stop() == 0
    assert "Traceback" not in router.logged()
