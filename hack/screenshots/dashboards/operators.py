"""The operators of the scene: two processes that share a Lease, each at an address of its own."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from signal import SIGTERM

from controlplane import OPERATOR, ControlPlane
from operator_process import ON_LOOPBACK, Process, running

from .release import NAME, NAMESPACE

_NETWORK = "127.40.0"


class Operators:
    """Those that run, as a Deployment of two keeps them."""

    def __init__(self, plane: ControlPlane, folder: Path, stack: ExitStack) -> None:
        self._plane = plane
        self._folder = folder
        self._stack = stack
        self._running: dict[str, tuple[str, Process]] = {}
        self._made = 0

    def add(self) -> None:
        """One more."""
        self._made += 1
        pod, address = f"{NAME}-{self._made}", f"{_NETWORK}.{self._made + 1}"
        folder = self._folder / pod
        folder.mkdir()
        flags = (f"--host={address}", "--port=8080", "--leader-elect", f"--lease-namespace={NAMESPACE}")
        kubeconfig, named = self._plane.kubeconfig(OPERATOR), {"POD_NAME": pod}
        process = self._stack.enter_context(
            running(folder, kubeconfig, *flags, command=ON_LOOPBACK, variables=named)
        )
        self._running[pod] = (address, process)

    def lose(self, pod: str) -> None:
        """That one ends."""
        _, process = self._running.pop(pod)
        process.popen.send_signal(SIGTERM)

    def addresses(self) -> dict[str, str]:
        """By the name of the pod."""
        return {pod: address for pod, (address, _) in self._running.items()}


@contextmanager
def operators(plane: ControlPlane, folder: Path) -> Iterator[Operators]:
    """Two of them, while the context lasts."""
    with ExitStack() as stack:
        made = Operators(plane, folder, stack)
        made.add()
        made.add()
        yield made
