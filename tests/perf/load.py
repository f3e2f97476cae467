"""Load on one server: many requests at once by wrk, or single streams whose first byte is waited for."""

import json
import os
import socket
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).parent / "request.lua"


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load."""

    requests: int
    p99_ms: float


def send(
    address: tuple[str, int], path: str, body: str, *, connections: int, seconds: int, core: int
) -> Load:
    """Posts the body over and over, on so many connections at once.

    Raises:
        RuntimeError: a request failed.
    """
    command = ["taskset", "--cpu-list", str(core), "wrk", "--threads=1", f"--connections={connections}"]
    command += [
        f"--duration={seconds}s",
        "--timeout=10s",
        f"--script={SCRIPT}",
        f"http://{address[0]}:{address[1]}{path}",
    ]
    run = subprocess.run(
        command,
        env={**os.environ, "BODY": body},
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
    )
    line = next(line for line in run.stdout.splitlines() if line.startswith("RESULT "))
    result = json.loads(line.removeprefix("RESULT "))
    if result["errors"] or not result["requests"]:
        raise RuntimeError(
            f"{path}: {result['errors']} of {result['requests']} requests failed:\n{run.stdout}"
        )
    return Load(result["requests"], result["p99_us"] / 1000)


def first_byte_ms(address: tuple[str, int], path: str, body: str, *, seconds: float) -> float:
    """Opens streams one after the other and returns the median time to the first event, in milliseconds."""
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    taken: list[float] = []
    deadline = time.perf_counter() + seconds
    with socket.create_connection(address, 10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (started := time.perf_counter()) < deadline:
            connection.sendall(request)
            received = b""
            while b"data: " not in received:
                received += _receive(connection)
            taken.append((time.perf_counter() - started) * 1000)
            while not received.endswith(b"\r\n0\r\n\r\n"):
                received += _receive(connection)
    return statistics.median(taken)


def _receive(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise RuntimeError("the server closed the connection")
    return data
