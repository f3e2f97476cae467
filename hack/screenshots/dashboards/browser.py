"""A headless Chromium that waits until a dashboard is drawn, and takes its picture."""

import base64
import itertools
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from websockets.sync.client import ClientConnection, connect

WIDTH = 1600
_STATE = """
(() => {
  const panels = [...document.querySelectorAll('[data-testid^="data-testid Panel header"]')];
  const loading = document.querySelectorAll('[aria-label="Panel loading bar"]').length;
  const bad = panels.filter(panel =>
    panel.querySelector('[data-testid="data-testid Panel status error"]')
    || /No data|Data does not have/.test(panel.innerText)).map(panel => panel.innerText.split('\\n')[0]);
  const height = Math.max(0, ...panels.map(panel => panel.getBoundingClientRect().bottom + window.scrollY));
  return JSON.stringify({panels: panels.length, loading, bad, height});
})()
"""


class Browser:
    """One page of it."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the DevTools protocol; its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer: dict[str, Any] = json.loads(self._socket.recv())
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def picture(self, url: str, panels: int, path: Path, seconds: float = 90) -> list[str]:
        """Takes a picture of a dashboard.

        Args:
            url: Where it is.
            panels: How many it has.
            path: The PNG to write.
            seconds: How long it may take to be drawn.

        Returns:
            The titles of the panels that show an error or no data.

        Raises:
            TimeoutError: It is not drawn by then.
        """
        self._resize(3000)
        self.call("Page.navigate", url=url)
        deadline = time.monotonic() + seconds
        before: dict[str, Any] = {}
        while True:
            time.sleep(2)
            now = json.loads(self.call("Runtime.evaluate", expression=_STATE)["result"]["value"])
            if now["panels"] == panels and not now["loading"] and now == before:
                break
            if time.monotonic() > deadline:
                raise TimeoutError(f"{url} is not drawn in {seconds:g} s: {now}")
            before = now
        self._resize(int(before["height"]) + 16)
        time.sleep(2)
        image = self.call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(image))
        bad: list[str] = now["bad"]
        return bad

    def _resize(self, height: int) -> None:
        size = {"width": WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Runs one while the context lasts; `folder` is for its profile."""
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
    flags += ["--disable-background-networking", "--remote-debugging-port=0", f"--user-data-dir={folder}"]
    with (folder.with_suffix(".log")).open("wb") as log:
        popen = subprocess.Popen(["chromium", *flags, "about:blank"], stderr=log, stdout=log)
    try:
        with connect(_page(folder, popen), max_size=None) as socket:
            yield Browser(socket)
    finally:
        popen.terminate()
        popen.wait()


def _page(folder: Path, popen: subprocess.Popen[bytes], seconds: float = 60) -> str:
    """Where its one page takes commands."""
    file, deadline = folder / "DevToolsActivePort", time.monotonic() + seconds
    while not file.exists() or "\n" not in file.read_text():
        if popen.poll() is not None or time.monotonic() > deadline:
            raise TimeoutError(f"no Chromium: {folder.with_suffix('.log').read_text()[-2000:]}")
        time.sleep(0.1)
    port = file.read_text().split()[0]
    targets = httpx2.get(f"http://127.0.0.1:{port}/json").json()
    url: str = next(each for each in targets if each["type"] == "page")["webSocketDebuggerUrl"]
    return url
