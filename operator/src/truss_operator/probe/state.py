"""Asks the runtime of a pod that is not ready what it is at: loading, unhealthy, or nobody there.

Flow: the controller asks about a pod that gets no further; the answer goes into what was observed of it.
"""

import json

from truss_operator.probe.dialler import Dialler, PodAddress
from truss_operator.probe.errors import ProbeError
from truss_operator.probe.slots import Slots


class StateReader:
    """Reads states through a dialler.

    Args:
        dialler: The way to the pods.
        port: The admin port.
        slots: Shared with all else that asks pods.
    """

    def __init__(self, dialler: Dialler, port: int, slots: Slots) -> None:
        self._dialler = dialler
        self._port = port
        self._slots = slots

    async def read(self, pod: PodAddress) -> tuple[str, str] | None:
        """``state`` and ``problem`` of GET /routes (docs/reference/http-surface.md); None without them."""
        try:
            async with self._slots.of(pod.namespace):
                body = await self._dialler.get(pod, self._port, "/routes")
            account = json.loads(body)
        except (ProbeError, ValueError, RecursionError):
            return None
        if not isinstance(account, dict) or not isinstance(account.get("state"), str):
            return None
        problem = account.get("problem")
        return account["state"], problem if isinstance(problem, str) else ""
