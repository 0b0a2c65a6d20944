"""A real browser without a window, driven over the DevTools protocol."""

import asyncio
import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
_PATIENCE = 60.0


def program() -> str | None:
    """A browser of this machine; None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Page:
    """One open page."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self.events: list[dict[str, Any]] = []

    async def call(self, method: str, **params: Any) -> dict[str, Any]:  # noqa: ANN401
        """One command of the protocol; raises AssertionError when the browser refuses it."""
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json()
            if message.get("id") == number:
                assert "error" not in message, message
                return dict(message["result"])
            self.events.append(message)

    async def evaluate(self, expression: str) -> Any:  # noqa: ANN401
        """The value of an expression; promises are waited for."""
        done = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    async def until(self, expression: str) -> Any:  # noqa: ANN401
        """Wait until an expression is true; returns its value."""
        async with asyncio.timeout(_PATIENCE):
            while not (value := await self.evaluate(expression)):  # noqa: ASYNC110  another process
                await asyncio.sleep(0.02)
        return value

    async def choose(self, selector: str, paths: Sequence[Path]) -> None:
        """Choose files in an input, as a person does."""
        root = (await self.call("DOM.getDocument"))["root"]["nodeId"]
        node = (await self.call("DOM.querySelector", nodeId=root, selector=selector))["nodeId"]
        await self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Page]:
    """A page of the local file *path* in a browser of its own."""
    name = program()
    assert name
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [name, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
        command += [f"--user-data-dir={profile}", path.as_uri()]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: ASYNC220
        try:
            async with aiohttp.ClientSession() as session, _socket(session, Path(profile)) as socket:
                page = Page(socket)
                for domain in ("Page", "Runtime", "DOM", "Network"):
                    await page.call(f"{domain}.enable")
                await page.until("document.readyState === 'complete'")
                yield page
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # what was started may be a script that starts the browser
            process.wait()


@asynccontextmanager
async def _socket(
    session: aiohttp.ClientSession, profile: Path
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    port = await _port(profile / "DevToolsActivePort")
    async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
        pages = [one for one in json.loads(await answer.text()) if one["type"] == "page"]
    async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
        yield socket


async def _port(file: Path) -> str:
    async with asyncio.timeout(_PATIENCE):
        while not (lines := _lines(file))[1:]:  # noqa: ASYNC110  another process
            await asyncio.sleep(0.05)
    return lines[0]


def _lines(file: Path) -> list[str]:
    return file.read_text().split("\n") if file.exists() else []
