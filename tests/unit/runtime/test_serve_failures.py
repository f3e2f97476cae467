"""A model that cannot be served ends with one clear message: file, line, remedy, and no traceback of ours."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime_server import RuntimeServer

Start = Callable[..., RuntimeServer]
Write = Callable[..., Path]


BROKEN: list[tuple[str, str, str, str | None, list[str]]] = [
    (
        "class Other: ...",
        "import",
        "ModelNotFound",
        None,
        ["no class Model; it defines Other", "Define"],
    ),
    (
        "def f(:\n    pass",
        "import",
        "SyntaxError",
        "SyntaxError",
        ["model.py:1: SyntaxError", "Correct"],
    ),
    (
        "import absent_thing",
        "import",
        "ImportError",
        "ModuleNotFoundError",
        ["model.py:1:", "Install what"],
    ),
    ("x = 1\n1 / 0", "import", "ImportError", "ZeroDivisionError", ["model.py:2: ZeroDivisionError"]),
    ("raise SystemExit(0)", "import", "ImportError", "SystemExit", ["model.py:1: SystemExit"]),
    (
        "class Model:\n    def __init__(self):\n        raise OSError('no disk')",
        "init",
        "InitFailed",
        "OSError",
        ["model.py:3: OSError: no disk"],
    ),
    (
        "class Model:\n    def __init__(self, size): ...",
        "init",
        "InvalidModel",
        None,
        ["model.py:2:", "`size`"],
    ),
    ("class Model: ...", "routes", "InvalidModel", None, ["no method to serve", "`predict`"]),
    (
        "class Model:\n    predict = 5",
        "routes",
        "InvalidModel",
        None,
        ["is a int", "define it with"],
    ),
    (
        "class Model:\n    x = 1\n    def predict(self, a, b): ...",
        "routes",
        "InvalidModel",
        None,
        ["model.py:3: Model.predict asks for `b`", "fastapi.Request"],
    ),
    (
        "class Model:\n    def websocket(self, a): ...",
        "routes",
        "InvalidModel",
        None,
        ["model.py:2: Model.websocket must be `async def`"],
    ),
    (
        "class Model:\n    async def websocket(self, a, b): ...",
        "routes",
        "InvalidModel",
        None,
        ["model.py:2: Model.websocket is called with one argument: missing a required argument: 'b'"],
    ),
    (
        "class Model:\n    def preprocess(self, a): ...\n    def completions(self, a): ...",
        "routes",
        "InvalidModel",
        None,
        ["model.py:2: Model.preprocess is for `predict` alone"],
    ),
    (
        "class Model:\n    def predict(self, a): ...\n    def postprocess(self, a: 'Request'): ...",
        "routes",
        "InvalidModel",
        None,
        ["model.py:3: Model.postprocess takes the request alone", "what `predict` returns"],
    ),
    (
        "class Model:\n    def predict(self, r: 'Request'): ...\n    def preprocess(self, a): ...",
        "routes",
        "InvalidModel",
        None,
        ["model.py:2: Model.predict takes the request alone", "what `preprocess` returns"],
    ),
    (
        "class Model:\n    def predict(self, a): ...\n    def is_healthy(self, a): ...",
        "routes",
        "InvalidModel",
        None,
        ["model.py:3: Model.is_healthy is called with no argument: missing a required argument: 'a'"],
    ),
]
"""Code, and of its report the phase, the reason, the type of the exception and words of the message."""


@pytest.mark.parametrize(("code", "phase", "reason", "exception", "says"), BROKEN)
def test_broken_model_is_reported(
    write: Write, start: Start, code: str, phase: str, reason: str, exception: str | None, says: list[str]
) -> None:
    server = start(write(code))

    assert server.wait() == 1
    report = server.report()
    assert (report["phase"], report["reason"], report["exceptionType"]) == (phase, reason, exception)
    for words in says:
        assert words in report["message"]
        assert words in server.stderr
    assert "Traceback" not in server.stderr
    assert "truss_runtime" not in "".join(report["frames"])


CHECKS = """
import os
import sys

from truss_runtime.cli import main

for folder in sys.argv[1:]:
    child = os.fork()  # each case in a process of its own, which need not import all that again
    if child == 0:
        main(["check", folder])
    _, status = os.waitpid(child, 0)
    print(f"exit {os.waitstatus_to_exitcode(status)}", flush=True)
"""


def test_check_says_the_same_of_every_broken_model_without_serving_it(tmp_path: Path) -> None:
    folders = []
    for number, (code, *_) in enumerate(BROKEN):
        folders.append(tmp_path / f"case-{number}")
        folders[-1].mkdir()
        (folders[-1] / "model.py").write_text(code)

    command = [sys.executable, "-c", CHECKS, *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)

    outputs = done.stdout.split("exit ")
    for number, (code, phase, reason, _, says) in enumerate(BROKEN):
        told = outputs[number].partition("\n")[2] if number else outputs[number]
        assert f"({phase}: {reason})" in told, code
        assert told.endswith("1 problem\n"), code
        assert all(words in told for words in says), code
        assert outputs[number + 1].startswith("1\n"), code
    assert "Traceback" not in done.stderr


def test_failed_load_is_tried_twice_and_reported_with_the_users_frames(write: Write, start: Start) -> None:
    code = """
        import helper
        class Model:
            def load(self):
                helper.fetch()
            def predict(self, x): ...
    """
    helper = "calls = []\ndef fetch():\n    calls.append(1)\n    raise RuntimeError(f'call {len(calls)}')\n"

    server = start(write(code, **{"helper.py": helper}))

    assert server.wait() == 1
    report = server.report()
    assert (report["phase"], report["reason"]) == ("load", "LoadFailed")
    assert "helper.py:4: RuntimeError: call 2" in report["message"]
    assert [frame.rsplit("/", 1)[1] for frame in report["frames"]] == [
        "model.py:5 in load: helper.fetch()",
        "helper.py:4 in fetch: raise RuntimeError(f'call {len(calls)}')",
    ]
    assert "Traceback" not in server.stderr


def test_load_that_fails_once_is_forgiven(write: Write, start: Start) -> None:
    code = """
        class Model:
            calls = 0
            async def load(self):
                self.calls += 1
                if self.calls == 1:
                    raise RuntimeError("not yet")
            def predict(self, x): ...
    """

    start(write(code)).ready()


def test_path_that_does_not_exist_is_named(start: Start, tmp_path: Path) -> None:
    server = start(tmp_path / "absent")

    assert server.wait() == 1
    assert "absent does not exist" in server.report()["message"]


def test_folder_without_a_model_says_which_files_it_looked_for(start: Start, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    server = start(tmp_path / "empty")

    assert server.wait() == 1
    assert "neither model/model.py nor model.py" in server.report()["message"]


def test_file_that_is_not_python_is_refused(start: Start, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_text("")

    server = start(tmp_path / "weights.bin")

    assert server.wait() == 1
    assert "weights.bin is not a Python file" in server.report()["message"]


def test_port_in_use_is_named_with_the_flag_to_change(write: Write, start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = start(
            write("class Model:\n    def predict(self, x): ..."), f"--port={taken.getsockname()[1]}"
        )

        assert server.wait() == 1
    assert "--port" in server.stderr
    assert "Traceback" not in server.stderr


def test_flag_out_of_range_is_a_usage_error(start: Start, tmp_path: Path) -> None:
    server = start(tmp_path, "--concurrency=0")

    assert server.wait() == 2
    assert "--concurrency" in server.stderr


def test_config_that_asks_for_a_websocket_needs_one(write: Write, start: Start) -> None:
    config = "runtime: {transport: {kind: websocket}}"

    server = start(write("class Model:\n    def predict(self, x): ...", **{"config.yaml": config}))

    assert server.wait() == 1
    assert "define `async def websocket(self, ws)`" in server.report()["message"]
