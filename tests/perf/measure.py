"""Runs the cases: short rounds, the two servers in turn, so that other work of the machine hits both."""

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from .cases import FAILURES, Case
from .load import first_byte_ms, send
from .server import Server, baseline, cores, failing, runtime

START_ROUNDS = 7
FAILURE_ROUNDS = 3
SETTLE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Comparison:
    """A case with what each round measured, the same round at the same place in both."""

    case: Case
    starlette: tuple[float, ...]
    runtime: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """Runtime over Starlette, round by round."""
        return [ours / theirs for ours, theirs in zip(self.runtime, self.starlette, strict=True)]


@dataclass(frozen=True, slots=True)
class Footprint:
    """A server that has answered nothing yet: medians of several starts."""

    ready_seconds: float
    ready_cpu_seconds: float
    """What of that it worked: the rest it waited, for the disk or for a core."""
    idle_bytes: float
    end_seconds: Mapping[str, float]
    """From a failure to the end of the process, by phase."""


def compare(
    cases: Sequence[Case], *, rounds: int, seconds: int, tell: Callable[[Comparison], None]
) -> list[Comparison]:
    """Measures each case and tells of it at once."""
    core, load_core = cores()
    found = []
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        reference = stack.enter_context(baseline(core=core, folder=folder))
        subjects = {
            subject: stack.enter_context(runtime(subject, core=core, folder=folder))
            for subject in dict.fromkeys(case.subject for case in cases)
        }
        for server in (reference, *subjects.values()):
            server.ready()
        for case in cases:
            pair = (reference, subjects[case.subject])
            check(case, *pair)
            for server in pair:
                _measure(case, server, 1, load_core)  # warm
            measured = [
                [_measure(case, server, seconds, load_core) for server in pair] for _ in range(rounds)
            ]
            theirs, ours = zip(*measured, strict=True)
            found.append(Comparison(case, theirs, ours))
            tell(found[-1])
    return found


def check(case: Case, reference: Server, subject: Server) -> None:
    """Holds that both servers do the same work.

    Raises:
        RuntimeError: they answer differently.
    """
    theirs, ours = (server.answer(case.path, case.body) for server in (reference, subject))
    # Bare Starlette knows of no end mark, and has json's spaces.
    if theirs.replace(b" ", b"") != ours.replace(b" ", b"").removesuffix(b"data:[DONE]\n\n"):
        raise RuntimeError(f"{case.name}: the answers differ: {theirs[:200]!r} and {ours[:200]!r}")


def _measure(case: Case, server: Server, seconds: int, core: int) -> float:
    if case.figure == "first byte":
        return first_byte_ms(server.address, case.path, case.body, seconds=seconds)
    before = server.cpu_seconds()
    load = send(
        server.address, case.path, case.body, connections=case.connections, seconds=seconds, core=core
    )
    if case.figure == "p99":
        return load.p99_ms
    return (server.cpu_seconds() - before) * 1e6 / (load.requests * max(1, case.chunks))


def footprint() -> Footprint:
    """Starts the runtime several times with a Model that is served and with some that are not."""
    core, _ = cores()
    ready, cpu, idle = [], [], []
    with tempfile.TemporaryDirectory() as name:
        for _ in range(START_ROUNDS):
            with runtime("asynchronous", core=core, folder=Path(name)) as server:
                ready.append(server.ready())
                cpu.append(server.cpu_seconds())
                time.sleep(SETTLE_SECONDS)
                idle.append(server.pss_bytes())
    ends = {phase: statistics.median(_ends(phase, core)) for phase in FAILURES}
    return Footprint(statistics.median(ready), statistics.median(cpu), statistics.median(idle), ends)


def _ends(phase: str, core: int) -> list[float]:
    found = []
    with tempfile.TemporaryDirectory() as name:
        for _ in range(FAILURE_ROUNDS):
            with failing(phase, core=core, folder=Path(name)) as server:
                found.append(server.failed())
    return found
