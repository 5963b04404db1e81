"""Files through the router: stock subgraphs, curl, raw sockets; order, limits, and either side going away."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import strawberry
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.file_uploads import Upload

from router.composition.compose import compose
from router.composition.result import Composed, SubgraphInput
from router.engine.engine import Engine
from router.engine.options import EngineOptions
from router.engine.reload import SupergraphSource
from router.server.app import create_app
from router.server.options import ServerOptions
from router.server.upload_body import UploadOptions
from tests.serving import serving
from tests.transport.raw_server import Peer, RawServer

# What subgraphs' own servers leave to the collector is not ours to close.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

GUARD = {"apollo-require-preflight": "true"}
LIMITS = UploadOptions(
    max_files=3, max_file_bytes=3_000_000, max_request_bytes=5_000_000, max_buffered_bytes=100_000
)


async def digest(file: Any) -> str:
    content = await file.read()
    await file.close()
    return f"{file.filename} {file.content_type} {len(content)} {hashlib.sha256(content).hexdigest()[:12]}"


def expected(name: str, content: bytes, content_type: str = "application/octet-stream") -> str:
    return f"{name} {content_type} {len(content)} {hashlib.sha256(content).hexdigest()[:12]}"


@strawberry.input
class Album:
    title: str
    images: list[Upload]


@strawberry.type
class ImageQuery:
    @strawberry.field
    async def looks_like(self, file: Upload) -> str:
        return await digest(file)


@strawberry.type
class ImageMutation:
    @strawberry.mutation
    async def set_image(self, file: Upload) -> str:
        return await digest(file)

    @strawberry.mutation
    async def set_images(self, files: list[Upload]) -> list[str]:
        return [await digest(file) for file in files]

    @strawberry.mutation
    async def add_album(self, album: Album) -> list[str]:
        return [album.title, *[await digest(file) for file in album.images]]


@strawberry.type
class PaperQuery:
    @strawberry.field
    async def papers(self) -> int:
        return 0


@strawberry.type
class PaperMutation:
    @strawberry.mutation
    async def attach(self, file: Upload) -> str:
        return await digest(file)


SCHEMAS = {
    "images": strawberry.Schema(ImageQuery, ImageMutation),
    "papers": strawberry.Schema(PaperQuery, PaperMutation),
}


def supergraph(urls: dict[str, str]) -> str:
    inputs = [SubgraphInput(name, urls[name], schema.as_str()) for name, schema in SCHEMAS.items()]
    composed = compose(inputs)
    assert isinstance(composed, Composed), composed
    return composed.supergraph_sdl


@dataclass
class Counted:
    """A subgraph that counts its requests, and notes those whose client went away."""

    app: ASGIApp
    requests: int = 0
    left: int = 0
    heads: list[dict[bytes, bytes]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("no lifespan")
        self.requests += 1
        self.heads.append(dict(scope["headers"]))

        async def noting() -> Any:
            message = await receive()
            self.left += message["type"] == "http.disconnect"
            return message

        await self.app(scope, noting, send)


@dataclass
class Running:
    client: httpx.AsyncClient
    origin: str
    subgraphs: dict[str, Counted]

    async def post(
        self, operations: Any, places: Any, files: dict[str, Any], **headers: str
    ) -> httpx.Response:
        form = {"operations": (None, orjson.dumps(operations)), "map": (None, orjson.dumps(places))}
        return await self.client.post(
            "/graphql", files={**form, **files}, headers={**GUARD, **headers}, timeout=30
        )


@asynccontextmanager
async def running(
    uploads: UploadOptions | None = LIMITS,
    urls: dict[str, str] | None = None,
    *,
    has_playground: bool = False,
    **engine: Any,
) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        subgraphs = {
            name: Counted(GraphQL(schema, multipart_uploads_enabled=True)) for name, schema in SCHEMAS.items()
        }
        served = {
            name: await stack.enter_async_context(serving(app)) + "/graphql"
            for name, app in subgraphs.items()
        }
        sdl = supergraph({**served, **(urls or {})})
        made = Engine(SupergraphSource(lambda: sdl, lambda: ()), EngineOptions(**engine))
        options = ServerOptions(uploads=uploads, max_batch_requests=5, has_playground=has_playground)
        origin = await stack.enter_async_context(serving(create_app(made, options)))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=origin, trust_env=False))
        yield Running(client, origin, subgraphs)
    # Spooled files of forms that broke off are found here, and not in the next test.
    gc.collect()


def code(response: httpx.Response) -> Any:
    return response.json()["errors"][0]["extensions"]["code"]


ONE = {"query": "mutation($file: Upload!) { setImage(file: $file) }", "variables": {"file": None}}
ONE_PLACE = {"0": ["variables.file"]}


async def test_a_file_reaches_the_subgraph_that_takes_it() -> None:
    content = bytes(range(256)) * 8000
    async with running() as router:
        response = await router.post(ONE, ONE_PLACE, {"0": ('a "b".png', content, "image/png")})
        assert response.json() == {"data": {"setImage": expected("a %22b%22.png", content, "image/png")}}
        assert (router.subgraphs["images"].requests, router.subgraphs["papers"].requests) == (1, 0)
        assert router.subgraphs["images"].heads[0][b"apollo-require-preflight"] == b"true"


async def test_lists_nested_inputs_and_queries_take_files() -> None:
    async with running() as router:
        listed = {
            "query": "mutation($files: [Upload!]!) { setImages(files: $files) }",
            "variables": {"files": [None, None]},
        }
        places = {"x": ["variables.files.0"], "y": ["variables.files.1"]}
        response = await router.post(listed, places, {"x": ("x", b"1"), "y": ("y", b"")})
        assert response.json() == {"data": {"setImages": [expected("x", b"1"), expected("y", b"")]}}
        # What the specification does not ask for: another order, and one item for a list.
        response = await router.post(listed, places, {"y": ("y", b"2"), "x": ("x", b"1")})
        assert response.json() == {"data": {"setImages": [expected("x", b"1"), expected("y", b"2")]}}
        single = {**listed, "variables": {"files": None}}
        response = await router.post(single, {"0": ["variables.files"]}, {"0": ("x", b"1")})
        assert response.json() == {"data": {"setImages": [expected("x", b"1")]}}
        nested = {
            "query": "mutation($album: Album!) { addAlbum(album: $album) }",
            "variables": {"album": {"title": "t", "images": [None]}},
        }
        response = await router.post(nested, {"0": ["variables.album.images.0"]}, {"0": ("x", b"1")})
        assert response.json() == {"data": {"addAlbum": ["t", expected("x", b"1")]}}
        query = {"query": "query($f: Upload!) { looksLike(file: $f) }", "variables": {"f": None}}
        response = await router.post(query, {"0": ["variables.f"]}, {"0": ("x", b"1")})
        assert response.json() == {"data": {"looksLike": expected("x", b"1")}}


async def test_a_batch_has_files_of_its_own() -> None:
    async with running() as router:
        places = {"0": ["0.variables.file"], "1": ["1.variables.file"]}
        response = await router.post([ONE, ONE], places, {"0": ("a", b"1"), "1": ("b", b"2")})
        assert response.json() == [
            {"data": {"setImage": expected("a", b"1")}},
            {"data": {"setImage": expected("b", b"2")}},
        ]


SERIAL = {
    "query": "mutation($a: Upload!, $b: Upload!) { setImage(file: $a) attach(file: $b) }",
    "variables": {"a": None, "b": None},
}
SERIAL_PLACES = {"a": ["variables.a"], "b": ["variables.b"]}


async def test_mutations_in_series_take_their_files_one_after_the_other() -> None:
    large = b"x" * 2_000_000
    async with running() as router:
        files = {"a": ("a", large), "b": ("b", large)}
        response = await router.post(SERIAL, SERIAL_PLACES, files)
        assert response.json() == {"data": {"setImage": expected("a", large), "attach": expected("b", large)}}


async def test_a_file_that_comes_too_early_waits_in_memory_up_to_a_cap() -> None:
    async with running() as router:
        response = await router.post(
            SERIAL, SERIAL_PLACES, {"b": ("b", b"y" * 90_000), "a": ("a", b"x" * 500_000)}
        )
        assert response.json()["data"]["attach"] == expected("b", b"y" * 90_000)
        files = {"b": ("b", b"y" * 300_000), "a": ("a", b"x" * 500_000)}
        response = await router.post(SERIAL, SERIAL_PLACES, files)
        assert code(response) == "FILE_OUT_OF_ORDER"
        assert router.subgraphs["papers"].requests == 1


async def test_one_file_for_two_subgraphs_is_refused_before_anything_is_sent() -> None:
    both = {
        "query": "mutation($f: Upload!) { setImage(file: $f) attach(file: $f) }",
        "variables": {"f": None},
    }
    async with running() as router:
        response = await router.post(both, {"0": ["variables.f"]}, {"0": ("x", b"1")})
        assert code(response) == "FILE_USED_TWICE"
        assert [subgraph.requests for subgraph in router.subgraphs.values()] == [0, 0]


async def test_forms_are_off_unless_configured_and_need_a_preflight() -> None:
    async with running(None) as router:
        response = await router.post(ONE, ONE_PLACE, {"0": ("x", b"1")})
        assert (response.status_code, code(response)) == (415, "FILE_UPLOADS_NOT_SUPPORTED")
    async with running() as router:
        form = {
            "operations": (None, orjson.dumps(ONE)),
            "map": (None, orjson.dumps(ONE_PLACE)),
            "0": ("x", b"1"),
        }
        response = await router.client.post("/graphql", files=form)
        assert (response.status_code, code(response)) == (400, "CSRF_ERROR")
        assert router.subgraphs["images"].requests == 0


@pytest.mark.parametrize(
    ("places", "files", "status", "expected_code"),
    [
        ({str(i): ["variables.file"] for i in range(4)}, {}, 413, "TOO_MANY_FILES"),
        (ONE_PLACE, {"0": ("x", b"x" * 3_000_001)}, 413, "FILE_TOO_LARGE"),
        (ONE_PLACE, {"0": ("x", b"x" * 6_000_000)}, 413, "UPLOAD_TOO_LARGE"),
        (ONE_PLACE, {}, 400, "FILE_MISSING"),
        (ONE_PLACE, {"other": ("x", b"1")}, 400, "INVALID_FILE_UPLOAD"),
        ({"0": ["variables.nope"]}, {"0": ("x", b"1")}, 400, "INVALID_FILE_UPLOAD"),
    ],
)
async def test_each_limit_and_mistake_has_its_code(
    places: Any, files: dict[str, Any], status: int, expected_code: str
) -> None:
    async with running() as router:
        newer = "application/graphql-response+json"
        response = await router.post(ONE, places, files, accept=newer)
        assert (response.status_code, code(response)) == (status, expected_code)
        again = await router.post(ONE, ONE_PLACE, {"0": ("x", b"1")})
        assert again.json() == {"data": {"setImage": expected("x", b"1")}}


async def test_a_file_for_another_type_is_an_invalid_variable() -> None:
    wrong = {"query": "mutation($t: String!, $f: [Upload!]!) { addAlbum(album: {title: $t, images: $f}) }"}
    async with running() as router:
        response = await router.post(
            {**wrong, "variables": {"t": None, "f": []}}, {"0": ["variables.t"]}, {"0": ("x", b"1")}
        )
        assert code(response) == "INVALID_VARIABLES"
        assert "a file" in response.text


async def test_the_parts_must_come_in_order() -> None:
    async with running() as router:
        for form in (
            {"map": (None, b"{}"), "operations": (None, orjson.dumps(ONE))},
            {
                "operations": (None, orjson.dumps(ONE)),
                "0": ("x", b"1"),
                "map": (None, orjson.dumps(ONE_PLACE)),
            },
            {"0": ("x", b"1")},
        ):
            response = await router.client.post("/graphql", files=form, headers=GUARD)
            assert code(response) == "INVALID_FILE_UPLOAD"


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
async def test_curl_uploads(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(bytes(range(256)) * 4000)
    async with running() as router:
        process = await asyncio.create_subprocess_exec(
            *(
                "curl",
                "-s",
                "--max-time",
                "20",
                router.origin + "/graphql",
                "-H",
                "apollo-require-preflight: 1",
            ),
            *(
                "-F",
                "operations=" + orjson.dumps(ONE).decode(),
                "-F",
                "map=" + orjson.dumps(ONE_PLACE).decode(),
            ),
            *("-F", f"0=@{file}"),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        assert orjson.loads(out) == {
            "data": {"setImage": expected("picture.png", file.read_bytes(), "image/png")}
        }


# Raw sockets

HEAD = (
    b'--b\r\ncontent-disposition: form-data; name="operations"\r\n\r\n' + orjson.dumps(ONE) + b"\r\n"
    b'--b\r\ncontent-disposition: form-data; name="map"\r\n\r\n' + orjson.dumps(ONE_PLACE) + b"\r\n"
    b'--b\r\ncontent-disposition: form-data; name="0"; filename="x"\r\n\r\n'
)
END = b"\r\n--b--\r\n"


@dataclass
class Wire:
    """A client's connection, one chunk at a time."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def chunk(self, data: bytes) -> None:
        self.writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        await self.writer.drain()

    async def answer(self) -> Any:
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return orjson.loads(await self.reader.readexactly(length))


@asynccontextmanager
async def wired(router: Running) -> AsyncIterator[Wire]:
    host, port = router.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /graphql HTTP/1.1\r\nhost: x\r\napollo-require-preflight: 1\r\ntransfer-encoding: chunked\r\n"
        b"content-type: multipart/form-data; boundary=b\r\n\r\n"
    )
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_form_may_come_byte_by_byte() -> None:
    async with running() as router, wired(router) as wire:
        for byte in HEAD + b"\r\n--a\r\n-" + END:
            await wire.chunk(bytes([byte]))
        await wire.chunk(b"trailing")
        wire.writer.write(b"0\r\n\r\n")
        assert await wire.answer() == {"data": {"setImage": expected("x", b"\r\n--a\r\n-", "None")}}


async def test_a_form_that_ends_too_early_is_refused() -> None:
    async with running() as router, wired(router) as wire:
        await wire.chunk(HEAD + b"abc")
        await eventually(lambda: router.subgraphs["images"].requests == 1)
        wire.writer.write(b"0\r\n\r\n")
        answer = await wire.answer()
        assert answer["errors"][0]["extensions"]["code"] == "INVALID_FILE_UPLOAD"
        await eventually(lambda: router.subgraphs["images"].left > 0)


async def test_a_client_that_leaves_ends_the_subgraphs_request() -> None:
    async with running() as router, wired(router) as wire:
        await wire.chunk(HEAD + b"abc")
        await eventually(lambda: router.subgraphs["images"].requests == 1)
        wire.writer.transport.abort()
        await eventually(lambda: router.subgraphs["images"].left > 0)


def raw(talk: Callable[[Peer], Awaitable[None]]) -> RawServer:
    return RawServer(talk)


def url_of(server: RawServer) -> str:
    return server.request().url


ANSWER = b'{"data":{"setImage":"early"}}'


async def test_a_subgraph_may_answer_before_it_has_read_everything() -> None:
    async def talk(peer: Peer) -> None:
        await peer.reader.readuntil(b'name="0"')
        await peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER))
        await peer.reader.read()

    async with raw(talk) as server, running(urls={"images": url_of(server)}) as router, wired(router) as wire:
        await wire.chunk(HEAD + b"abc")
        assert await wire.answer() == {"data": {"setImage": "early"}}


async def test_a_subgraph_that_does_not_read_holds_the_client_back() -> None:
    go = asyncio.Event()
    size = 60_000_000

    async def talk(peer: Peer) -> None:
        await peer.reader.readuntil(b'name="0"')
        await go.wait()
        left = size
        while left > 0:
            left -= len(await peer.reader.read(1_000_000))
        await peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER))

    limits = UploadOptions(max_file_bytes=100_000_000, max_request_bytes=100_000_000)
    async with (
        raw(talk) as server,
        running(limits, {"images": url_of(server)}) as router,
        wired(router) as wire,
    ):
        await wire.chunk(HEAD)
        sent = 0

        async def pour() -> None:
            nonlocal sent
            piece = b"x" * 100_000
            while sent < size:
                await wire.chunk(piece)
                sent += len(piece)
            await wire.chunk(END)
            wire.writer.write(b"0\r\n\r\n")

        pouring = asyncio.create_task(pour())
        before = -1
        while sent != before:  # until nothing moves any more
            before = sent
            await asyncio.sleep(0.3)
        # What lies between the two: the sockets' buffers and a few pieces, whatever the file's size.
        assert before < 30_000_000
        go.set()
        assert await wire.answer() == {"data": {"setImage": "early"}}
        await pouring


@pytest.mark.parametrize("status", [b"", b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n"])
async def test_a_subgraph_that_breaks_off_is_an_error_of_the_subgraph(status: bytes) -> None:
    async def talk(peer: Peer) -> None:
        await peer.reader.readuntil(b'name="0"')
        await peer.say(status)

    async with raw(talk) as server, running(urls={"images": url_of(server)}) as router:
        response = await router.post(ONE, ONE_PLACE, {"0": ("x", b"x" * 2_500_000)})
        assert response.json()["data"] is None
        assert code(response) in ("SUBGRAPH_CONNECTION_LOST", "SUBGRAPH_HTTP_STATUS")


async def test_the_subgraphs_time_stands_still_while_the_client_is_slow() -> None:
    async with running(subgraph_timeout_s=0.5) as router, wired(router) as wire:
        await wire.chunk(HEAD)
        for _ in range(4):
            await asyncio.sleep(0.25)
            await wire.chunk(b"x")
        await wire.chunk(END)
        wire.writer.write(b"0\r\n\r\n")
        assert await wire.answer() == {"data": {"setImage": expected("x", b"xxxx", "None")}}


async def test_a_subgraph_that_never_answers_times_out() -> None:
    async def talk(peer: Peer) -> None:
        await peer.reader.read(-1)

    async with (
        raw(talk) as server,
        running(urls={"images": url_of(server)}, subgraph_timeout_s=0.3) as router,
    ):
        response = await router.post(ONE, ONE_PLACE, {"0": ("x", b"1")})
        assert code(response) == "SUBGRAPH_TIMEOUT"


async def test_a_client_that_stops_sending_meets_the_requests_deadline() -> None:
    async with running(request_timeout_s=0.5) as router, wired(router) as wire:
        await wire.chunk(HEAD + b"abc")
        answer = await wire.answer()
        assert answer["errors"][0]["extensions"]["code"] == "SUBGRAPH_TIMEOUT"
