"""The Model that cannot be served: it says on stderr when it fails, and then does."""

import os
import sys
import time
from typing import Any

FAILS = os.environ["BENCH_FAILS"]
"""Where: a phase of the runtime's report. In ``routes`` nothing raises, a required route is missing."""


def reach(phase: str) -> None:
    if phase == FAILS:
        sys.stderr.write(f"failing at {time.monotonic()}\n")
        if phase != "routes":
            raise RuntimeError("on purpose")


reach("import")


class Model:
    def __init__(self) -> None:
        reach("init")

    def load(self) -> None:
        reach("load")
        reach("routes")

    async def chat_completions(self, model_input: Any) -> Any:
        return model_input
