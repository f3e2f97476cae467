"""The operator as it ships, a process of its own; only the way to the pods is another, for there are none.

Run as ``python -m tests.perf.at_scale.operator KUBECONFIG [FLAGS]``, with the flags of ``truss-operator``.
"""

# ruff: noqa: E402  # what must not be imported is said before the imports

import asyncio
import json
import sys

# Where it is, the Kubernetes client imports it, and with it a third as much memory again. Images lack it.
sys.modules["kubernetes_validate"] = None  # type: ignore[assignment]

import uvloop

from truss_operator import app, logs
from truss_operator.builders.ports import ADMIN_PORT
from truss_operator.controller.context import subject
from truss_operator.kube.client import KubeClient
from truss_operator.kube.credentials import Credentials
from truss_operator.main import main as command
from truss_operator.metrics import Metrics
from truss_operator.probe.dialler import PodAddress
from truss_operator.settings import Settings

ROUTES = [{"kind": "predict", "method": "POST", "path": "/predict", "streaming": None}]


class Answering:
    """Answers for every pod, after as long as a pod nearby takes."""

    async def get(self, _: PodAddress, port: int, path: str) -> bytes:
        """The routes of a ready runtime."""
        assert (port, path) == (ADMIN_PORT, "/routes")
        await asyncio.sleep(0.002)
        model = {"state": "ready", "model": "echo", "environment": None, "runtimeVersion": "0.1.0"}
        return json.dumps({**model, "routes": ROUTES}).encode()


async def run(settings: Settings) -> None:
    """Runs it until SIGTERM."""
    credentials, metrics = Credentials(settings.kubeconfig), Metrics()
    client = await KubeClient.connect(credentials, metrics.called)
    stop = asyncio.Event()
    outside = app.Outside(credentials, client, Answering(), metrics)

    def take_signals() -> None:
        app._on_signals(stop.set)

    take_signals()
    try:
        await app.operate(settings, outside, stop=stop, on_watching=take_signals)
    finally:
        await client.close()


if __name__ == "__main__":
    context = command.make_context("truss-operator", ["--kubeconfig", *sys.argv[1:]])
    settings = Settings(**context.params)
    logs.set_up("console", settings.log_level, subject)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(settings))
