"""A real uvicorn around an ASGI app, in the test's own event loop, on a port of the system's choice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn


@asynccontextmanager
async def serving(app: Any, ws: Any = "websockets-sansio") -> AsyncIterator[str]:
    """Serve ``app`` and give its origin, for example ``http://127.0.0.1:40123``.

    Invariant: on exit the server has closed its connections and released its port.
    """
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=0,
            ws=ws,
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
    )
    running = asyncio.create_task(server.serve())
    while not server.started:
        if running.done():
            running.result()
            raise RuntimeError("uvicorn stopped before it had started")
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
