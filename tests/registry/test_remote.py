"""A supergraph at a URL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from router.registry.remote import MAX_WAIT_S, RemoteError, RemoteOptions, RemoteText


class Host(ThreadingHTTPServer):
    """Gives a text with an ETag, and keeps what it was asked with."""

    text = b"one"
    status = 200
    location = ""
    length: int | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, str]] = []
        self.answered: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/supergraph"


class Handler(BaseHTTPRequestHandler):
    server: Host

    def do_GET(self) -> None:
        host = self.server
        host.asked.append({name.lower(): value for name, value in self.headers.items()})
        etag = f'"{host.text.decode("latin-1")}"'
        is_known = host.status == 200 and self.headers.get("if-none-match") == etag
        status = 304 if is_known else host.status
        host.answered.append(status)
        self.send_response(status)
        self.send_header("etag", etag)
        if host.location:
            self.send_header("location", host.location)
        if status != 304:
            self.send_header("content-length", str(len(host.text) if host.length is None else host.length))
        self.end_headers()
        if status != 304:
            self.wfile.write(host.text)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def host() -> Iterator[Host]:
    with Host() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_what_has_not_changed_is_not_sent_again(host: Host) -> None:
    remote = RemoteText(RemoteOptions(host.url, token="secret"))
    assert [remote.read(), remote.read()] == ["one", "one"]
    host.text = b"two"
    assert remote.read() == "two"
    assert host.answered == [200, 304, 200]
    assert "if-none-match" not in host.asked[0]
    assert {asked["authorization"] for asked in host.asked} == {"Bearer secret"}
    assert "secret" not in repr(RemoteOptions(host.url, token="secret"))


def test_after_failures_it_waits_longer_and_after_a_success_no_longer(host: Host) -> None:
    remote = RemoteText(RemoteOptions(host.url, poll_s=10))
    assert 9 <= remote.wait_s() <= 11
    host.status = 503
    waits = []
    for _ in range(8):
        with pytest.raises(RemoteError, match="status 503"):
            remote.read()
        waits.append(remote.wait_s())
    assert 18 <= waits[0] <= 22
    assert 36 <= waits[1] <= 44
    assert MAX_WAIT_S * 0.9 <= waits[-1] <= MAX_WAIT_S * 1.1
    host.status = 200
    remote.read()
    assert 9 <= remote.wait_s() <= 11


def test_a_start_without_the_url_uses_what_was_kept(host: Host, tmp_path: Path) -> None:
    kept = tmp_path / "deep" / "last.graphql"
    options = RemoteOptions(host.url, last_good=kept)
    remote = RemoteText(options)
    remote.keep(remote.read())
    assert kept.read_text() == "one"
    assert list(kept.parent.iterdir()) == [kept]
    host.status = 500
    assert RemoteText(options).read() == "one"
    with pytest.raises(RemoteError):
        remote.read()  # one that has had an answer tells the failure
    kept.unlink()
    with pytest.raises(RemoteError):
        RemoteText(options).read()


def test_the_token_goes_nowhere_else(host: Host) -> None:
    host.status, host.location = 302, "http://127.0.0.1:1/elsewhere"
    with pytest.raises(RemoteError, match="status 302"):
        RemoteText(RemoteOptions(host.url, token="secret")).read()


@pytest.mark.parametrize(("text", "length"), [(b"\xff\xfe", None), (b"short", 50)])
def test_what_is_no_whole_text_is_refused(host: Host, text: bytes, length: int | None) -> None:
    host.text, host.length = text, length
    with pytest.raises(RemoteError):
        RemoteText(RemoteOptions(host.url, timeout_s=2)).read()


def test_nobody_at_the_url_is_told_in_words() -> None:
    with pytest.raises(RemoteError, match="cannot be asked"):
        RemoteText(RemoteOptions("http://127.0.0.1:1/")).read()
