"""From the first open port to the last answer: states, probes, limits and signals of a live server."""

import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from runtime_server import RuntimeServer, until

Start = Callable[..., RuntimeServer]
Write = Callable[..., Path]

WAITS_FOR_A_FILE = """
    import pathlib, time
    def wait(name):
        (pathlib.Path(__file__).parent / f"{name}.reached").touch()
        while not (pathlib.Path(__file__).parent / name).exists():
            time.sleep(0.01)
"""

SLOW = """
    import asyncio, helper
    class Model:
        def predict(self, x):
            helper.wait(x["file"])
            return x
        async def chat_completions(self, x):
            for number in range(x["chunks"]):
                yield {"n": number}
                await asyncio.sleep(0.05)
"""


def state(base: str) -> tuple[int, str]:
    answer = httpx2.get(f"{base}/readyz")
    return answer.status_code, answer.json()["state"]


def slow(write: Write) -> Path:
    return write(SLOW, **{"helper.py": WAITS_FOR_A_FILE})


def reached(folder: Path, name: str) -> None:
    until(lambda: True if (folder / f"{name}.reached").exists() else None, f"the call that waits for {name}")


def ask(server: RuntimeServer, name: str) -> httpx2.Response:
    return httpx2.post(f"{server.base}/predict", json={"file": name}, timeout=30)


def test_admin_port_answers_while_the_model_is_imported(write: Write, start: Start) -> None:
    code = "import helper\nhelper.wait('imported')\nclass Model:\n    def predict(self, x): return x"
    folder = write(code, **{"helper.py": WAITS_FOR_A_FILE})
    server = start(folder, "--model-name=early")

    reached(folder, "imported")
    account = httpx2.get(f"{server.admin}/routes").json()
    live, ready = httpx2.get(f"{server.admin}/livez").status_code, state(server.admin)[0]
    (folder / "imported").touch()

    assert (account["model"], account["state"], account["routes"]) == ("early", "starting", [])
    assert (live, ready) == (200, 503)
    server.ready()


def test_requests_get_503_with_retry_after_while_the_model_loads(write: Write, start: Start) -> None:
    code = """
        import helper
        class Model:
            def load(self): helper.wait("loaded")
            def predict(self, x): return x
            async def chat_completions(self, x): return x
    """
    folder = write(code, **{"helper.py": WAITS_FOR_A_FILE})
    server = start(folder)

    reached(folder, "loaded")
    plain = httpx2.post(f"{server.base}/predict", json={})
    client = openai.OpenAI(base_url=f"{server.base}/v1", api_key="none", max_retries=0)
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="m", messages=[])
    states = state(server.base), state(server.admin)
    routes = httpx2.get(f"{server.admin}/routes").json()["routes"]
    (folder / "loaded").touch()

    assert (plain.status_code, plain.headers["retry-after"]) == (503, "1")
    assert (caught.value.status_code, caught.value.code) == (503, "model_not_ready")
    assert states == ((503, "loading"), (503, "loading"))
    assert [route["kind"] for route in routes] == ["predict", "chat_completions"]
    server.ready()
    assert state(server.admin) == (200, "ready")


def test_method_that_load_adds_is_served(write: Write, start: Start) -> None:
    code = """
        class Model:
            def load(self): self.completions = lambda x: x
            def predict(self, x): return x
    """
    server = start(write(code)).ready()

    assert httpx2.post(f"{server.base}/v1/completions", json={"a": 1}).json() == {"a": 1}
    assert "completions" in httpx2.get(f"{server.admin}/routes").text


def test_admin_port_answers_while_user_code_blocks_the_event_loop(write: Write, start: Start) -> None:
    code = """
        import helper
        class Model:
            async def predict(self, x):
                helper.wait("go")
                return x
    """
    folder = write(code, **{"helper.py": WAITS_FOR_A_FILE})
    server = start(folder).ready()
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(httpx2.post, f"{server.base}/predict", json={}, timeout=30)
        reached(folder, "go")

        assert httpx2.get(f"{server.admin}/livez").status_code == 200

        (folder / "go").touch()
        assert asking.result().status_code == 200


def test_predict_runs_one_at_a_time_unless_told_otherwise(write: Write, start: Start) -> None:
    folder = slow(write)
    server = start(folder).ready()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, server, "first")
        reached(folder, "first")
        second = pool.submit(ask, server, "second")
        chat = httpx2.post(f"{server.base}/v1/chat/completions", json={"chunks": 1})
        assert not (folder / "second.reached").exists()
        (folder / "first").touch()
        reached(folder, "second")
        (folder / "second").touch()

        assert (first.result().status_code, second.result().status_code) == (200, 200)
    assert chat.status_code == 200


CHAINED = """
    import helper
    class Model:
        def preprocess(self, x):
            helper.wait(x["file"] + "-before")
            return x
        def predict(self, x):
            helper.wait(x["file"])
            return x
        def postprocess(self, x):
            helper.wait(x["file"] + "-after")
            return x
"""


def test_steps_around_predict_go_on_while_another_predict_runs(write: Write, start: Start) -> None:
    folder = write(CHAINED, **{"helper.py": WAITS_FOR_A_FILE})
    server = start(folder).ready()

    def go(name: str) -> None:
        reached(folder, name)
        (folder / name).touch()

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(ask, server, "first")
        go("first-before")
        go("first")
        reached(folder, "first-after")
        second = pool.submit(ask, server, "second")
        go("second-before")
        reached(folder, "second")
        third = pool.submit(ask, server, "third")
        go("third-before")  # beside the first's postprocess and the second's predict
        for name in ("first-after", "second", "second-after", "third", "third-after"):
            go(name)

        assert [each.result().status_code for each in (first, second, third)] == [200, 200, 200]


def test_concurrency_of_the_settings_is_for_whole_requests(write: Write, start: Start) -> None:
    folder = write(CHAINED, **{"helper.py": WAITS_FOR_A_FILE})
    server = start(folder, "--concurrency=1", "--queue=0").ready()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, server, "first")
        for name in ("first-before", "first"):
            reached(folder, name)
            (folder / name).touch()
        reached(folder, "first-after")

        assert ask(server, "second").status_code == 429

        (folder / "first-after").touch()
        assert first.result().status_code == 200


def test_predict_concurrency_of_config_yaml_counts(write: Write, start: Start) -> None:
    folder = write(
        SLOW, **{"helper.py": WAITS_FOR_A_FILE, "config.yaml": "runtime: {predict_concurrency: 2}"}
    )
    server = start(folder).ready()
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(ask, server, name) for name in ("a", "b")]
        for name in ("a", "b"):
            reached(folder, name)
        for name in ("a", "b"):
            (folder / name).touch()

        assert [each.result().status_code for each in asked] == [200, 200]


def test_request_past_the_queue_gets_429_with_retry_after(write: Write, start: Start) -> None:
    folder = slow(write)
    server = start(folder, "--concurrency=1", "--queue=0").ready()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, server, "first")
        reached(folder, "first")
        refused = httpx2.post(f"{server.base}/v1/chat/completions", json={"chunks": 1})
        (folder / "first").touch()

        assert first.result().status_code == 200
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.json()["error"]["type"] == "rate_limit_error"


def test_sigterm_drains_and_ends_with_0(write: Write, start: Start) -> None:
    server = start(slow(write), "--drain-seconds=1").ready()
    base = server.base
    with httpx2.Client(base_url=base) as client:
        client.get("/livez")
        server.send(signal.SIGTERM)
        until(lambda: True if state(base) == (503, "draining") else None, "draining")

        served = client.post("/v1/chat/completions", json={"chunks": 1})
        assert (served.status_code, served.headers["connection"]) == (200, "close")
        assert httpx2.get(f"{server.admin}/livez").status_code == 200

    assert server.wait() == 0


def test_kubelet_sees_a_draining_server_as_ready_until_its_listener_closes(
    write: Write, start: Start
) -> None:
    folder = slow(write)
    server = start(folder, "--drain-seconds=1").ready()
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask, server, "last")
        reached(folder, "last")
        server.send(signal.SIGTERM)
        until(lambda: True if state(server.base) == (503, "draining") else None, "draining")

        assert state(server.admin) == (200, "draining")
        until(lambda: True if state(server.admin) == (503, "draining") else None, "the end of the drain")
        (folder / "last").touch()

        assert asking.result().status_code == 200
    assert server.wait() == 0


def test_stream_in_flight_at_sigterm_is_finished(write: Write, start: Start) -> None:
    server = start(slow(write), "--drain-seconds=0").ready()
    with httpx2.stream("POST", f"{server.base}/v1/chat/completions", json={"chunks": 20}) as answer:
        lines = answer.iter_lines()
        next(lines)
        server.send(signal.SIGTERM)
        rest = list(lines)

    assert [line for line in rest if line][-1] == "data: [DONE]"
    assert server.wait() == 0


def test_listener_is_closed_while_the_last_calls_finish(write: Write, start: Start) -> None:
    folder = slow(write)
    server = start(folder, "--drain-seconds=0").ready()
    address = ("127.0.0.1", int(server.base.rsplit(":", 1)[1]))
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask, server, "last")
        reached(folder, "last")
        server.send(signal.SIGTERM)

        def refused() -> bool | None:
            try:
                socket.create_connection(address, timeout=1).close()
            except ConnectionRefusedError:
                return True
            return None

        until(refused, "the listener's end")
        (folder / "last").touch()

        assert asking.result().status_code == 200
    assert server.wait() == 0


def test_call_that_outlasts_the_grace_period_is_cut(write: Write, start: Start) -> None:
    folder = slow(write)
    server = start(folder, "--drain-seconds=0", "--grace-seconds=1").ready()
    with ThreadPoolExecutor(1) as pool:
        asking: Any = pool.submit(ask, server, "never")
        reached(folder, "never")
        server.send(signal.SIGTERM)

        answer = asking.result()
    assert (answer.status_code, "shutting down" in answer.json()["error"]) == (503, True)
    assert server.wait() == 0
    assert "Traceback" not in server.stderr


def test_thread_of_asyncio_that_outlasts_the_grace_period_is_left_to_itself(
    write: Write, start: Start
) -> None:
    code = """
        import asyncio, helper
        class Model:
            async def predict(self, x):
                return await asyncio.to_thread(helper.wait, "never")
    """
    folder = write(code, **{"helper.py": WAITS_FOR_A_FILE})
    server = start(folder, "--drain-seconds=0", "--grace-seconds=0").ready()
    with ThreadPoolExecutor(1) as pool:
        asking: Any = pool.submit(ask, server, "never")
        reached(folder, "never")
        server.send(signal.SIGTERM)

        assert asking.result().status_code == 503
    assert server.wait() == 0


def test_stream_that_outlasts_the_grace_period_is_cut(write: Write, start: Start) -> None:
    server = start(slow(write), "--drain-seconds=0", "--grace-seconds=1").ready()
    body = {"chunks": 10_000}
    with httpx2.stream("POST", f"{server.base}/v1/chat/completions", json=body) as answer:
        lines = answer.iter_lines()
        next(lines)
        server.send(signal.SIGTERM)

        with pytest.raises(httpx2.RemoteProtocolError, match="incomplete"):
            list(lines)
    assert server.wait() == 0


def test_ctrl_c_does_not_drain(write: Write, start: Start) -> None:
    server = start(slow(write), "--drain-seconds=600").ready()

    server.send(signal.SIGINT)

    assert server.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_second_signal_ends_at_once(write: Write, start: Start, number: signal.Signals) -> None:
    server = start(slow(write), "--drain-seconds=600").ready()
    server.send(signal.SIGTERM)
    until(lambda: True if state(server.base)[1] == "draining" else None, "draining")

    server.send(number)

    assert server.wait() == 128 + number


def test_context_variables_reach_a_plain_method(write: Write, start: Start) -> None:
    code = """
        import logging
        class Model:
            def predict(self, x):
                logging.getLogger("mine").warning("on a thread")
                yield "a"
                logging.getLogger("mine").warning("in a generator")
    """
    server = start(write(code)).ready()

    httpx2.post(f"{server.base}/predict", json={}, headers={"X-Request-Id": "carried"})

    server.log(lambda line: line["logger"] == "access", "the request's end")
    logged = {line["message"]: line["request_id"] for line in server.logs if line["logger"] == "mine"}
    assert logged == {"on a thread": "carried", "in a generator": "carried"}


def test_log_is_readable_on_a_terminal(write: Write) -> None:
    folder = write("class Model:\n    def predict(self, x): return x")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "truss_runtime", "serve", str(folder), "--host=127.0.0.1", "--port=0"]
    with subprocess.Popen(command, stderr=theirs) as server:
        text = b""
        while b"is ready" not in text:
            text += os.read(ours, 4096)
        server.send_signal(signal.SIGINT)
    os.close(theirs)
    os.close(ours)

    assert b"listening on http://127.0.0.1:" in text
    assert b"{" not in text
