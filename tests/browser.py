"""A headless Chromium for tests: a small client of the Chrome DevTools Protocol.

    async with chromium() as browser:
        page = await browser.new_page()
        await page.goto("http://127.0.0.1:4000/")
        await page.click("button")
        assert await page.evaluate("document.title") == "Olympus Playground"

Every page keeps the requests that it and its workers made, and its problems: console errors,
uncaught exceptions, and violations of the content-security policy.
Spec: Chrome DevTools Protocol, domains Target, Page, Runtime, Network, Log, Audits and Input.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

Json = dict[str, Any]
Listener = Callable[[str, Json], None]

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    # Whatever is not on this machine does not exist: a page that asks for it has a problem to show.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
START_S = 30.0
WAIT_S = 20.0
POLL_S = 0.05


class BrowserError(Exception):
    """The browser refused a command, or what a test waited for did not come."""


class Page:
    """One tab with a profile of its own, and the workers that it starts."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self.requests: list[str] = []
        """URLs in the order they were asked for, WebSockets included; data: and blob: are left out."""
        self.problems: list[str] = []

    async def send(self, method: str, **parameters: Any) -> Json:
        """Send one protocol command to this page."""
        return await self._browser.send(method, parameters, self._session)

    async def goto(self, url: str) -> None:
        """Open ``url``; returns when the navigation is committed, not when the page is loaded."""
        answer = await self.send("Page.navigate", url=url)
        if "errorText" in answer:
            raise BrowserError(f"{url}: {answer['errorText']}")

    async def evaluate(self, expression: str) -> Any:
        """Value of a JavaScript expression; a promise is awaited."""
        answer = await self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    async def wait_for(self, expression: str, timeout_s: float = WAIT_S) -> Any:
        """First true value of ``expression``, asked again every ``POLL_S``."""
        try:
            async with asyncio.timeout(timeout_s):
                while not (value := await self.evaluate(expression)):
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise BrowserError(f"never true: {expression}; problems: {self.problems}") from None
        return value

    async def text(self, selector: str) -> str:
        """Text of the first match, no-break spaces as spaces; empty when nothing matches."""
        shown = await self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")
        return str(shown).replace("\xa0", " ")

    async def wait_for_text(self, selector: str, text: str, timeout_s: float = WAIT_S) -> None:
        """Wait until the first match of ``selector`` shows ``text``."""
        await self.wait_for(
            f"(document.querySelector({json.dumps(selector)})?.innerText ?? '')"
            f".replaceAll('\\u00a0', ' ').includes({json.dumps(text)})",
            timeout_s,
        )

    async def click(self, selector: str) -> None:
        """Press the mouse in the middle of the first match, once it is there."""
        query = f"document.querySelector({json.dumps(selector)})"
        await self.wait_for(f"{query} !== null")
        x, y = await self.evaluate(
            f"(() => {{ const element = {query}; element.scrollIntoView({{block: 'nearest'}});"
            " const box = element.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def insert(self, text: str) -> None:
        """Put text where the cursor is, as a paste would."""
        await self.send("Input.insertText", text=text)

    async def press(self, key: str, code: int, modifiers: int = 0) -> None:
        """Press and release one key; ``code`` is its Windows key code, ``modifiers`` 2 is Control."""
        place = {" ": "Space"}.get(key, f"Key{key.upper()}" if len(key) == 1 else key)
        text = {"text": "\r"} if key == "Enter" and not modifiers else {}  # buttons wait for the character
        for kind in ("keyDown", "keyUp"):
            await self.send(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=place,
                windowsVirtualKeyCode=code,
                modifiers=modifiers,
                **(text if kind == "keyDown" else {}),
            )

    async def screenshot(self, path: Path) -> None:
        """Write what the page shows now as a PNG file."""
        answer = await self.send("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(answer["data"]))

    def listen(self, method: str, event: Json) -> None:
        """Keep what an event of the page or of one of its workers tells."""
        match method:
            case "Network.requestWillBeSent":
                self._requested(event["request"]["url"])
            case "Network.webSocketCreated":
                self._requested(event["url"])
            case "Runtime.consoleAPICalled" if event["type"] in {"error", "assert"}:
                said = " ".join(str(a.get("value", a.get("description", ""))) for a in event["args"])
                self.problems.append(f"console: {said}")
            case "Runtime.exceptionThrown":
                self.problems.append(f"exception: {event['exceptionDetails']}")
            case "Log.entryAdded" if event["entry"]["level"] == "error":
                self.problems.append(f"log: {event['entry']['text']} {event['entry'].get('url', '')}")
            case "Audits.issueAdded" if event["issue"]["code"] == "ContentSecurityPolicyIssue":
                self.problems.append(f"content-security policy: {event['issue']['details']}")

    def _requested(self, url: str) -> None:
        if not url.startswith(("data:", "blob:")):
            self.requests.append(url)


class Browser:
    """The connection to one Chromium: commands out, answers and events in."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._pages: dict[str, Page] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, method: str, parameters: Json, session: str | None = None) -> Json:
        """Send a command and give its result.

        Raises: BrowserError when the browser refuses it or has gone.
        """
        number = next(self._ids)
        command: Json = {"id": number, "method": method, "params": parameters}
        if session is not None:
            command["sessionId"] = session
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        await self._connection.send(json.dumps(command))
        return await asyncio.wait_for(answer, START_S)

    async def new_page(self, width: int = 1280, height: int = 800) -> Page:
        """A blank page in a profile of its own."""
        context = await self.send("Target.createBrowserContext", {})
        target = await self.send(
            "Target.createTarget",
            {
                "url": "about:blank",
                "browserContextId": context["browserContextId"],
                "width": width,
                "height": height,
            },
        )
        attached = await self.send("Target.attachToTarget", {"targetId": target["targetId"], "flatten": True})
        page = Page(self, attached["sessionId"])
        await self._watch(page, attached["sessionId"])
        await page.send("Page.enable")
        return page

    async def read(self) -> None:
        """Hand every message to whom it is for, until the browser goes."""
        async for text in self._connection:
            message = json.loads(text)
            if "id" in message:
                self._answered(message)
            else:
                self._happened(message)

    def _answered(self, message: Json) -> None:
        future = self._waiting.pop(message["id"])
        if future.done():
            return
        if "error" in message:
            future.set_exception(BrowserError(str(message["error"])))
        else:
            future.set_result(message["result"])

    def _happened(self, message: Json) -> None:
        page = self._pages.get(message.get("sessionId", ""))
        if page is None:
            return
        if message["method"] == "Target.attachedToTarget":
            task = asyncio.create_task(self._watch_worker(page, message["params"]["sessionId"]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            page.listen(message["method"], message["params"])

    async def _watch(self, page: Page, session: str) -> None:
        self._pages[session] = page
        for domain in ("Runtime", "Log", "Network", "Audits"):
            await self.send(f"{domain}.enable", {}, session)
        await self.send(
            "Target.setAutoAttach",
            {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True},
            session,
        )

    async def _watch_worker(self, page: Page, session: str) -> None:
        """A worker waits at its start until it is watched, so nothing it asks for is missed."""
        self._pages[session] = page
        for domain in ("Runtime", "Log", "Network", "Audits"):
            try:
                await self.send(f"{domain}.enable", {}, session)
            except BrowserError:
                continue  # a worker has no Log or Audits domain: the page's own has its entries
        with contextlib.suppress(BrowserError):  # its page was closed meanwhile
            await self.send("Runtime.runIfWaitingForDebugger", {}, session)


def chromium_path() -> str:
    """Path of Chromium; without one the test is skipped, or fails where ``CI`` is set."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is not None:
        return path
    message = "Chromium is missing; install the package chromium"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start Chromium with an empty profile; stop it and remove the profile at the end."""
    path = chromium_path()
    profile = Path(tempfile.mkdtemp(prefix="olympus-chromium-"))
    process = await asyncio.create_subprocess_exec(
        path,
        *FLAGS,
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        address = await _debugger_address(profile)
        async with connect(address, max_size=None, proxy=None) as connection:
            browser = Browser(connection)
            reader = asyncio.create_task(browser.read())
            try:
                yield browser
            finally:
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)
    finally:
        process.terminate()
        await process.wait()
        shutil.rmtree(profile, ignore_errors=True)


async def _debugger_address(profile: Path) -> str:
    """Chromium writes its port and path into its profile once it listens."""
    file = profile / "DevToolsActivePort"
    async with asyncio.timeout(START_S):
        while True:
            lines = file.read_text().split() if file.exists() else []
            if len(lines) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            await asyncio.sleep(POLL_S)
