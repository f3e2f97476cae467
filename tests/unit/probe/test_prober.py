"""When a pod is asked for its routes, and how often."""

import asyncio
import json

import pytest

from truss_operator.probe.dialler import PodAddress
from truss_operator.probe.errors import ProbeError
from truss_operator.probe.prober import GRACE, PROMPT, Prober
from truss_operator.probe.slots import Slots
from truss_operator.probe.state import StateReader

pytestmark = pytest.mark.asyncio

POD = PodAddress("ns", "echo-1", "10.0.0.1")
GOOD = json.dumps(
    {"model": "echo", "environment": None, "runtimeVersion": "1", "state": "ready", "routes": []}
).encode()


class Scripted:
    """Answers as told, and counts."""

    def __init__(self, *answers: bytes | str | ProbeError) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.at_once = self.most_at_once = 0

    async def get(self, pod: PodAddress, port: int, path: str) -> bytes:
        assert (pod, port, path) == (POD, 8081, "/routes")
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, ProbeError):
            raise answer
        if isinstance(answer, str):
            raise ProbeError(answer)
        return answer


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_revision_is_asked_for_once() -> None:
    dialler = Scripted(GOOD)
    prober = Prober[str](dialler, 8081, Time(), Slots())
    first = await prober.read("echo", "r1", POD)
    second = await prober.read("echo", "r1", POD)
    assert first.report is not None
    assert first == second
    assert dialler.asked == 1


async def test_next_revision_is_asked_for_anew() -> None:
    dialler = Scripted(GOOD)
    prober = Prober[str](dialler, 8081, Time(), Slots())
    await prober.read("echo", "r1", POD)
    outcome = await prober.read("echo", "r2", POD)
    assert outcome.report is not None
    assert outcome.report.revision == "r2"
    assert dialler.asked == 2


async def test_failure_is_tried_again_later_and_later() -> None:
    time, pauses = Time(), []
    prober = Prober[str](Scripted("no"), 8081, time, Slots())
    for _ in range(4):
        pause = (await prober.read("echo", "r1", POD)).again_after
        assert pause is not None
        pauses.append(pause)
        time.now += pause
    assert pauses == [0.25, 0.5, 1.0, 2.0]


async def test_failure_is_not_tried_again_before_whoever_refused_wants_it() -> None:
    prober = Prober[str](Scripted(ProbeError("later", retry_after=7.0)), 8081, Time(), Slots())
    assert (await prober.read("echo", "r1", POD)).again_after == 7.0


async def test_pod_is_left_alone_until_the_pause_is_over() -> None:
    time, dialler = Time(), Scripted("no")
    prober = Prober[str](dialler, 8081, time, Slots())
    await prober.read("echo", "r1", POD)
    time.now += 0.125
    assert (await prober.read("echo", "r1", POD)).again_after == 0.125
    assert dialler.asked == 1


async def test_failure_is_told_only_when_it_lasts() -> None:
    time = Time()
    prober = Prober[str](Scripted("no route to host"), 8081, time, Slots())
    assert (await prober.read("echo", "r1", POD)).error is None
    time.now += GRACE
    assert (await prober.read("echo", "r1", POD)).error == "no route to host"


async def test_success_after_failures_ends_them() -> None:
    time = Time()
    prober = Prober[str](Scripted("no", GOOD), 8081, time, Slots())
    await prober.read("echo", "r1", POD)
    time.now += 1
    outcome = await prober.read("echo", "r1", POD)
    assert outcome.report is not None
    assert outcome.error is None
    assert outcome.again_after is None


async def test_forgotten_key_is_asked_for_anew() -> None:
    dialler = Scripted(GOOD)
    prober = Prober[str](dialler, 8081, Time(), Slots())
    await prober.read("echo", "r1", POD)
    prober.forget("echo")
    await prober.read("echo", "r1", POD)
    assert dialler.asked == 2


async def test_no_more_pods_are_asked_at_once_than_allowed() -> None:
    dialler = Scripted(GOOD)
    prober = Prober[int](dialler, 8081, Time(), Slots(total=3))
    await asyncio.gather(*(prober.read(number, "r1", POD) for number in range(20)))
    assert dialler.most_at_once == 3


class Slow:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.asked: list[str] = []
        self.given_up = 0

    async def get(self, pod: PodAddress, port: int, path: str) -> bytes:
        assert (port, path) == (8081, "/routes")
        self.asked.append(pod.namespace)
        try:
            await self.free.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return GOOD


async def test_answer_that_is_late_is_not_waited_for_and_taken_when_it_has_come() -> None:
    dialler = Slow()
    prober = Prober[str](dialler, 8081, Time(), Slots())
    first = await prober.read("echo", "r1", POD)
    assert (first.report, first.error, first.again_after) == (None, None, PROMPT)
    dialler.free.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (await prober.read("echo", "r1", POD)).report is not None
    assert len(dialler.asked) == 1


async def test_nothing_is_asked_on_behalf_of_what_is_forgotten() -> None:
    dialler = Slow()
    prober = Prober[str](dialler, 8081, Time(), Slots())
    await prober.read("echo", "r1", POD)
    prober.forget("echo")
    await asyncio.sleep(0)
    assert dialler.given_up == 1


async def test_namespace_whose_pods_do_not_answer_leaves_slots_to_the_others() -> None:
    dialler = Slow()
    prober = Prober[int](dialler, 8081, Time(), Slots(total=8, share=4))
    pods = [PodAddress("theirs", f"pod-{number}", "10.0.0.1") for number in range(20)]
    await asyncio.gather(*(prober.read(number, "r1", pod) for number, pod in enumerate(pods)))
    await prober.read(99, "r1", PodAddress("ours", "pod", "10.0.0.2"))
    assert sorted(dialler.asked) == ["ours", *["theirs"] * 4]


async def test_pods_that_are_asked_what_they_are_at_take_of_the_same_slots() -> None:
    dialler, slots = Slow(), Slots(total=3)
    prober, states = Prober[int](dialler, 8081, Time(), slots), StateReader(dialler, 8081, slots)
    asking = [asyncio.create_task(states.read(POD)) for _ in range(2)]
    await asyncio.gather(*(prober.read(number, "r1", POD) for number in range(3)))
    assert len(dialler.asked) == 3
    dialler.free.set()
    await asyncio.gather(*asking)
