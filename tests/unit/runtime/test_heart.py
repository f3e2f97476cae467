"""User code that blocks the event loop is noticed, named, and in the end fails the probes."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import httpx2

from runtime_server import RuntimeServer, until
from truss_runtime.heart import BEAT_SECONDS, NOTICE_SECONDS, UNREADY_SECONDS, Heart

Start = Callable[..., RuntimeServer]
Write = Callable[..., Path]

BLOCKS = """
import time
class Model:
    async def predict(self, x):
        time.sleep(x["seconds"])
        return "done"
    def completions(self, x):
        time.sleep(x["seconds"])
        return "done"
"""


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def ignore(seconds: float) -> None:
    pass


def heart(clock: Clock, *, serving: bool = True) -> Heart:
    return Heart(Path("/"), serving=lambda: serving, unresponsive_seconds=120, clock=clock, lagged=ignore)


def test_loop_that_is_blocked_long_enough_is_first_not_ready_and_then_not_alive() -> None:
    clock = Clock()
    beating = heart(clock)

    clock.now += BEAT_SECONDS + UNREADY_SECONDS - 0.1
    assert (beating.unready_problem(), beating.fatal_problem()) == (None, None)
    clock.now += 0.1
    assert beating.unready_problem() == "the event loop has been blocked for 10 s by what runs on it"
    assert beating.fatal_problem() is None
    clock.now += 110
    assert beating.fatal_problem() is not None


def test_loop_that_is_blocked_while_the_model_loads_is_nobodys_business() -> None:
    clock = Clock()
    beating = heart(clock, serving=False)

    clock.now += 1000

    assert (beating.unready_problem(), beating.fatal_problem()) == (None, None)


def test_method_that_blocks_the_loop_is_named_and_fails_the_probe(write: Write, start: Start) -> None:
    server = start(write(BLOCKS), "--unresponsive-seconds=1.2").ready()
    blocking = Thread(
        target=httpx2.post, args=(f"{server.base}/predict",), kwargs={"json": {"seconds": 3}, "timeout": 20}
    )
    blocking.start()

    def dead() -> httpx2.Response | None:
        answer = httpx2.get(f"{server.admin}/livez")
        return answer if answer.status_code == 503 else None

    problem = until(dead, "/livez to fail").json()["problem"]
    during = server.log(lambda line: "blocks the event loop" in line["message"], "the line while it blocks")
    after = server.log(lambda line: "blocked the event loop" in line["message"], "the line afterwards")
    blocking.join()

    assert problem.endswith("by Model.predict")
    assert during["message"].startswith("Model.predict blocks the event loop")
    assert 'model.py:5 in Model.predict: time.sleep(x["seconds"])' in during["message"]
    assert after["message"].startswith("Model.predict blocked the event loop for ")
    assert httpx2.get(f"{server.admin}/livez").status_code == 200


def test_plain_method_that_takes_its_time_blocks_nobody(write: Write, start: Start) -> None:
    server = start(write(BLOCKS)).ready()

    httpx2.post(
        f"{server.base}/v1/completions", json={"seconds": NOTICE_SECONDS + 2 * BEAT_SECONDS}, timeout=10
    )

    assert "blocks the event loop" not in server.stderr
