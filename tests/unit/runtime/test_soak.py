"""Mixed load with clients that leave: threads, files, slots and memory stay flat.

A minute here; ``make soak`` takes ten minutes by ``SOAK_SECONDS``.
"""

import asyncio
import os
import random
import time
from pathlib import Path

import httpx2
import pytest

from runtime_server import RuntimeServer, until

CALLS = 8
SECONDS = float(os.environ.get("SOAK_SECONDS", "60"))

MODEL = """
import asyncio
import time

class Model:
    async def predict(self, x):
        await asyncio.sleep(0.01)
        return x

    def completions(self, x):
        time.sleep(0.01)
        return x

    async def chat_completions(self, x):
        for number in range(100):
            yield {"n": number}
            await asyncio.sleep(0.001)

    def embeddings(self, x):
        for number in range(100):
            yield {"n": number}
            time.sleep(0.001)
"""

PATHS = ("/predict", "/v1/completions", "/v1/chat/completions", "/v1/embeddings")


def standing(server: RuntimeServer) -> dict[str, int]:
    """Threads, open files and memory in MB of the server."""
    process = Path(f"/proc/{server.pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return {
        "threads": int(status["Threads"]),
        "files": len(list((process / "fd").iterdir())),
        "memory": int(status["VmRSS"].split()[0]) // 1024,
    }


def idle(server: RuntimeServer) -> bool | None:
    text = httpx2.get(f"{server.admin}/metrics").text
    busy = [line for line in text.splitlines() if line.startswith(("truss_requests_in", "truss_requests_q"))]
    return True if busy and all(line.endswith(" 0.0") for line in busy) else None


async def load(base: str, seconds: float) -> int:
    """Sixteen clients; every third request is left before it is answered. Returns the answers with 200."""
    end = time.monotonic() + seconds
    answered = 0

    async def client(seed: int) -> None:
        nonlocal answered
        chance = random.Random(seed)
        async with httpx2.AsyncClient(base_url=base, timeout=30) as asking:
            while time.monotonic() < end:
                patience = chance.uniform(0.001, 0.05) if chance.random() < 0.33 else 30
                try:
                    async with asyncio.timeout(patience):
                        answered += (
                            await asking.post(chance.choice(PATHS), json={"n": 1})
                        ).status_code == 200
                except TimeoutError:
                    pass

    await asyncio.gather(*(client(seed) for seed in range(16)))
    return answered


@pytest.mark.timeout(SECONDS + 90)
def test_mixed_load_with_clients_that_leave_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    with RuntimeServer(tmp_path, f"--concurrency={CALLS}", folder=tmp_path) as server:
        base = server.ready().base
        fresh = standing(server)
        asyncio.run(load(base, SECONDS / 4))  # most of what is made once is made now
        until(lambda: idle(server), "rest")
        before = standing(server)

        answered = asyncio.run(load(base, SECONDS * 3 / 4))
        until(lambda: idle(server), "rest")
        until(lambda: standing(server)["files"] <= before["files"] + 2 or None, "its connections' end")
        after = standing(server)

        assert answered > SECONDS
        # A busy machine may be late to have all calls at once; more threads than calls there never are.
        assert after["threads"] <= max(before["threads"] + 1, fresh["threads"] + CALLS + 1)
        assert after["memory"] <= before["memory"] + 16
        assert httpx2.post(f"{base}/predict", json={"n": 2}).json() == {"n": 2}
