"""What a router believes of a registry, and what it goes on with."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from router.registry.artifact import Artifact, InvalidArtifactError, read_artifact, write_artifact
from router.registry.follow import Follower, FollowError, FollowOptions
from router.registry.last_good import keep
from router.registry.model import VariantRef
from router.registry.signing import (
    Ed25519Signer,
    Ed25519Verifier,
    HmacKey,
    InvalidKeyError,
    Signer,
    create_key,
    read_key,
)

REF = VariantRef("shop", "production")
SECRET = b"0123456789abcdef0123456789abcdef"
KEY = HmacKey(SECRET)
UNREADABLE = {"algorithm": "hmac-sha256", "keyId": "", "value": "?"}


def artifact(release: int, graph: str = "shop", variant: str = "production") -> Artifact:
    return Artifact(graph, variant, release, "2026-01-01T00:00:00+00:00", f"type Query {{ r{release}: Int }}")


def written(release: int, *signers: Signer, **more: str) -> bytes:
    return write_artifact(artifact(release, **more), signers or (KEY,))


@dataclass
class Fake:
    """A registry that answers what it is told to."""

    url: str = ""
    status: int = 200
    content: bytes = b""
    asked: list[dict[str, str]] = field(default_factory=list)
    changed: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A registry under the test's control."""
    told = Fake()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}})
            content, status = told.content, told.status
            if status == 200 and content:
                with contextlib.suppress(Exception):
                    tag = f'"{json.loads(content)["release"]}"'
                    if self.headers.get("if-none-match") == tag:
                        told.changed.wait(0.05)
                        status, content = 304, b""
            self.send_response(status)
            if status != 304:
                self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_port}/registry"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield told
        server.shutdown()
        thread.join()


def follower(fake: Fake, last_good: Path | None = None, url: str | None = None) -> Follower:
    return Follower(FollowOptions(url or fake.url, REF, KEY, "olr_x", last_good, timeout_s=5))


def release_of(follower: Follower) -> int | None:
    return None if follower.current is None else follower.current.release


def test_it_asks_for_its_variant_with_its_token(fake: Fake) -> None:
    fake.content = written(1)
    one = follower(fake)
    assert one.read() == artifact(1).supergraph
    assert not one.look(0)
    first, second = fake.asked
    assert first["path"] == "/registry/artifacts/shop/production?wait=0"
    assert first["authorization"] == "Bearer olr_x" and "if-none-match" not in first
    assert second["if-none-match"] == '"1"'


def corrupted() -> list[tuple[str, bytes, str]]:
    good = written(3)
    value = json.loads(good)
    other = HmacKey(b"x" * 32)
    return [
        ("no JSON", b"<html>", "no artefact"),
        ("cut short", good[:-30], "no artefact"),
        ("a changed supergraph", good.replace(b"r3: Int", b"r4: Int"), "signature"),
        ("a changed release", json.dumps({**value, "release": 9}).encode(), "signature"),
        ("a changed variant", json.dumps({**value, "variant": "staging"}).encode(), "signature"),
        ("another's signature", written(3, other), "signature"),
        ("no signature", json.dumps({**value, "signatures": []}).encode(), "signature"),
        ("signatures that are none", json.dumps({**value, "signatures": [1]}).encode(), "no artefact"),
        ("no base64", json.dumps({**value, "signatures": [UNREADABLE]}).encode(), "no artefact"),
        ("a later format", json.dumps({**value, "format": "olympus-artifact/2"}).encode(), "format"),
        ("a release that is no number", json.dumps({**value, "release": True}).encode(), "no artefact"),
        ("deep JSON", b"[" * 100_000, "no artefact"),
        ("no object", b"[]", "no artefact"),
        ("not UTF-8", b"\xff\xfe", "no artefact"),
        ("a lone surrogate", json.dumps({**value, "supergraph": "\ud800"}).encode(), "no artefact"),
        ("another variant's", written(3, variant="staging"), "shop@staging"),
        ("another graph's", written(3, graph="bank"), "bank@production"),
        ("an older release", written(1), "older than 2"),
    ]  # fmt: skip


@pytest.mark.parametrize(("content", "reason"), [c[1:] for c in corrupted()], ids=[c[0] for c in corrupted()])
def test_what_is_corrupted_is_refused_and_the_last_good_one_stays(
    fake: Fake, content: bytes, reason: str
) -> None:
    fake.content = written(2)
    one = follower(fake)
    one.read()
    fake.content = content
    with pytest.raises(FollowError, match=reason):
        one.look(0)
    assert one.read() == artifact(2).supergraph
    fake.content = written(4)
    assert one.look(0)
    assert one.read() == artifact(4).supergraph


@pytest.mark.parametrize("status", [301, 401, 403, 404, 500, 503])
def test_refusals_of_the_registry_say_so_and_change_nothing(fake: Fake, status: int) -> None:
    fake.content = written(2)
    one = follower(fake)
    one.read()
    fake.status, fake.content = status, b'{"errors": [{"message": "why"}]}'
    with pytest.raises(FollowError, match=f"status {status}: why"):
        one.look(0)
    assert one.read() == artifact(2).supergraph


def test_it_starts_from_what_was_kept(fake: Fake, tmp_path: Path) -> None:
    path = tmp_path / "last-good.json"
    fake.content = written(2)
    one = follower(fake, path)
    one.keep(one.read())
    assert read_artifact(path.read_bytes(), KEY) == artifact(2)
    again = follower(fake, path, "http://127.0.0.1:1/registry")
    assert again.read() == artifact(2).supergraph
    fake.content = written(1)
    assert follower(fake, path).read() == artifact(2).supergraph, "ids only grow, also over a start"
    fake.content = written(3)
    assert follower(fake, path).read() == artifact(3).supergraph


@pytest.mark.parametrize(
    "content", [b"", b"garbage", written(2).replace(b"r2: Int", b"r9: Int"), written(2, graph="bank")]
)
def test_a_corrupted_kept_file_is_ignored(fake: Fake, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "last-good.json"
    path.write_bytes(content)
    with pytest.raises(FollowError, match="cannot be asked"):
        follower(fake, path, "http://127.0.0.1:1/registry").read()
    fake.content = written(1)
    assert follower(fake, path).read() == artifact(1).supergraph


def test_a_variant_without_a_release_says_so(fake: Fake) -> None:
    fake.status = 404
    with pytest.raises(FollowError, match="has no release yet"):
        follower(fake).read()


def test_what_did_not_become_live_is_not_kept(fake: Fake, tmp_path: Path) -> None:
    path = tmp_path / "last-good.json"
    fake.content = written(2)
    one = follower(fake, path)
    one.read()
    one.keep("another supergraph")
    assert not path.exists()


def test_a_disk_that_cannot_keep_it_disturbs_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    keep(tmp_path / "file" / "below.json", b"x")


async def test_changes_tell_of_releases_and_outlive_faults(fake: Fake) -> None:
    fake.content = written(1)
    one = follower(fake)
    await asyncio.to_thread(one.read)
    async with contextlib.aclosing(one.changes()) as changes:
        fake.content = written(2)
        fake.changed.set()
        await asyncio.wait_for(anext(changes), 30)
        assert release_of(one) == 2
        fake.status = 500
        await asyncio.sleep(0.2)
        fake.content, fake.status = written(3), 200
        await asyncio.wait_for(anext(changes), 30)
        assert release_of(one) == 3


def test_keys_are_made_once_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "registry.pem"
    made = create_key(path)
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        create_key(path)
    assert read_key(path).public_key == made.public_key
    assert read_artifact(written(1, read_key(path)), Ed25519Verifier(made.public_key)) == artifact(1)


def test_keys_can_be_changed_while_two_sign(tmp_path: Path) -> None:
    old, new = create_key(tmp_path / "old.pem"), create_key(tmp_path / "new.pem")
    both = written(1, old, new)
    for key in (old, new):
        assert read_artifact(both, Ed25519Verifier(key.public_key)) == artifact(1)
    with pytest.raises(InvalidArtifactError):
        read_artifact(written(1, new), Ed25519Verifier(old.public_key))


@pytest.mark.parametrize("text", ["", "ed25519:", "ed25519:AAAA", "-----BEGIN PUBLIC KEY-----", "é"])
def test_public_keys_that_are_none_say_so(text: str) -> None:
    with pytest.raises(InvalidKeyError):
        Ed25519Verifier(text)


def test_secrets_that_are_short_are_refused() -> None:
    with pytest.raises(InvalidKeyError, match="32 bytes"):
        HmacKey(b"short")
    with pytest.raises(InvalidKeyError):
        Ed25519Signer(b"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n")
