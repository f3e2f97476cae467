"""A pod that answers to do harm: the operator reads neither long nor much of it, and goes nowhere else."""

import asyncio
import tracemalloc

import pytest

from hostile import ANSWERS, OK, answering, quickly, redirect
from truss_operator.probe.dialler import MAX_BYTES, DirectDialler, PodAddress, may_be_a_pods
from truss_operator.probe.errors import ProbeError
from truss_operator.probe.report import parse_routes

pytestmark = pytest.mark.asyncio

SECONDS = 0.5
LATE = 10.0
"""By which a busy machine may be late: far from for ever."""
PEAK = 16 << 20
"""What may be held of an answer, the test's own server included."""


async def ask(port: int, ip: str = "127.0.0.1", *, anyone: bool = True) -> bytes:
    dialler = DirectDialler(SECONDS, (lambda _: True) if anyone else may_be_a_pods)
    try:
        return await dialler.get(PodAddress("ns", "echo-1", ip), port, "/routes")
    finally:
        await dialler.close()


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_it_is_given_up_in_time_and_held_in_bounds(answer) -> None:  # type: ignore[no-untyped-def]
    async with answering(answer) as told:
        tracemalloc.start()
        with pytest.raises(ProbeError) as caught:
            async with asyncio.timeout(SECONDS + LATE):
                parse_routes(await ask(told.port), "r1")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < PEAK
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 2000


async def test_a_redirect_leads_nowhere() -> None:
    async with answering(quickly(OK + b"\r\n{}")) as other:
        async with answering(redirect(f"http://127.0.0.1:{other.port}/")) as told:
            with pytest.raises(ProbeError, match="HTTP 302"):
                await ask(told.port)
        assert other.requests == []


async def test_a_cookie_is_not_kept() -> None:
    async with answering(quickly(OK + b"Set-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}")) as told:
        dialler = DirectDialler(SECONDS, lambda _: True)
        for _ in range(2):
            await dialler.get(PodAddress("ns", "echo-1", "127.0.0.1"), told.port, "/routes")
        await dialler.close()
    assert len(told.requests) == 2
    assert not any(b"cookie" in request.lower() for request in told.requests)


async def test_the_request_tells_nothing_but_itself() -> None:
    async with answering(quickly(OK + b"Content-Length: 2\r\n\r\n{}")) as told:
        await ask(told.port)
    [request] = told.requests
    names = {line.partition(b":")[0].lower() for line in request.split(b"\r\n")[1:] if line}
    assert request.startswith(b"GET /routes HTTP/1.1\r\n")
    assert names <= {b"host", b"accept", b"accept-encoding", b"user-agent", b"connection"}


async def test_an_answer_as_long_as_allowed_is_read() -> None:
    body = b" " * MAX_BYTES
    async with answering(quickly(OK + b"Content-Length: %d\r\n\r\n" % MAX_BYTES + body)) as told:
        assert await ask(told.port) == body


NOT_A_PODS = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "fd00:ec2::254",
    "100.100.100.200",
    "::ffff:100.100.100.200",
    "168.63.129.16",
    "localhost",
    "kubernetes.default.svc",
    "127.1",
    "0x7f000001",
    "2130706433",
    "10.0.0.1:80",
    "10.0.0.1/metadata",
    "10.0.0.1@127.0.0.1",
    "[::1]",
    " 127.0.0.1",
    "10.0.0.1\r\nHost: x",
]


@pytest.mark.parametrize("ip", NOT_A_PODS)
async def test_an_address_that_is_no_pods_is_not_dialled(ip: str) -> None:
    assert not may_be_a_pods(ip)
    async with answering(quickly(OK + b"\r\n{}")) as told:
        with pytest.raises(ProbeError, match="which is no address of a pod"):
            await ask(told.port, ip, anyone=False)
    assert told.requests == []


@pytest.mark.parametrize(
    "ip",
    [
        "10.1.2.3",
        "172.17.0.2",
        "100.64.0.9",
        "100.100.100.201",
        "192.168.1.1",
        "8.8.8.8",
        "fd00::1",
        "2001:db8::1",
    ],
)
async def test_an_address_that_a_pod_may_have_is_dialled(ip: str) -> None:
    assert may_be_a_pods(ip)
