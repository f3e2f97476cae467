"""Models written on the spot, and servers of them that end with the test."""

import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from runtime_server import RuntimeServer


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """`write("class Model: ...", **{"helper.py": "..."})` returns the folder with model.py and the rest."""

    def make(model: str, /, **files: str) -> Path:
        folder = tmp_path / "model-folder"
        for name, text in {"model.py": model, **files}.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text))
        return folder

    return make


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., RuntimeServer]]:
    """`start(path, "--flag=1", variables={})` returns a server that has just been started."""
    with ExitStack() as stack:

        def make(path: Path, *flags: str, variables: dict[str, str] | None = None) -> RuntimeServer:
            return stack.enter_context(RuntimeServer(path, *flags, folder=tmp_path, variables=variables))

        yield make


@pytest.fixture(scope="module")
def http(server: RuntimeServer) -> Iterator[httpx2.Client]:
    """A client of the module's own `server`."""
    with httpx2.Client(base_url=server.base) as client:
        yield client
