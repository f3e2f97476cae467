"""A signal before the server is ready ends it at once, with the processes that the model has started."""

import signal
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from runtime_server import RuntimeServer, until

Start = Callable[..., RuntimeServer]
Write = Callable[..., Path]

HELPER = """
    import pathlib, subprocess, sys, time
    folder = pathlib.Path(__file__).parent
    def wait():
        (folder / "reached").touch()
        time.sleep(600)
    def spawn(code="import time; time.sleep(600)"):
        child = subprocess.Popen([sys.executable, "-c", code])
        (folder / "child").write_text(str(child.pid))
        return child
"""
IMPORT = "import helper\nhelper.wait()"
INIT = "import helper\nclass Model:\n    def __init__(self): helper.wait()"
LOAD = "import helper\nclass Model:\n    def predict(self, x): ...\n    {how} load(self): helper.wait()"


def waiting(write: Write, start: Start, code: str) -> RuntimeServer:
    """Returns a server whose model has reached the call that never returns."""
    folder = write(code, **{"helper.py": HELPER})
    server = start(folder)
    until(lambda: True if (folder / "reached").exists() else None, "the call that waits")
    return server


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    "code",
    [
        pytest.param(IMPORT, id="import"),
        pytest.param(INIT, id="init"),
        pytest.param(LOAD.format(how="def"), id="load"),
        pytest.param(LOAD.format(how="async def"), id="load that blocks the event loop"),
    ],
)
def test_signal_ends_the_process_at_once(
    write: Write, start: Start, code: str, number: signal.Signals
) -> None:
    server = waiting(write, start, code)

    server.send(number)

    assert server.wait() == (0 if number == signal.SIGTERM else 128 + number)
    assert "Traceback" not in server.stderr


def ended(pid: int) -> bool | None:
    """Whether the process is gone: true once it is."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return True if state == "Z" else None


STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


@pytest.mark.parametrize("code", ["import time; time.sleep(600)", STUBBORN], ids=["plain", "stubborn"])
def test_child_processes_of_a_load_are_not_left_behind_by_a_signal(
    write: Write, start: Start, code: str
) -> None:
    model = f"""
        import helper
        class Model:
            def load(self):
                helper.spawn({code!r})
                helper.wait()
            def predict(self, x): ...
    """
    server = waiting(write, start, model)
    child = int((write(model) / "child").read_text())

    server.send(signal.SIGTERM)

    assert server.wait() == 0
    until(lambda: ended(child), "the child's end")


def test_child_processes_of_a_failed_load_are_not_left_behind(write: Write, start: Start) -> None:
    model = """
        import helper
        class Model:
            def load(self):
                helper.spawn()
                raise RuntimeError("no")
            def predict(self, x): ...
    """
    folder = write(model, **{"helper.py": HELPER})
    server = start(folder)

    assert server.wait() == 1
    until(lambda: ended(int((folder / "child").read_text())), "the child's end")


def test_process_that_a_model_forks_can_be_terminated(write: Write, start: Start) -> None:
    model = """
        import multiprocessing, time
        def work(begun):
            begun.set()
            time.sleep(600)
        class Model:
            def predict(self, x):
                context = multiprocessing.get_context("fork")
                begun = context.Event()
                child = context.Process(target=work, args=(begun,))
                child.start()
                begun.wait()
                child.terminate()
                child.join(20)
                return child.exitcode
    """
    server = start(write(model)).ready()

    assert httpx2.post(f"{server.base}/predict", json={}, timeout=30).json() == -signal.SIGTERM
