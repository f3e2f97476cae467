"""The operator of this project as a contender."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.perf.at_scale.kubelet import MANAGED
from tests.perf.at_scale.process import Operator
from tests.perf.at_scale.server import Json

from controlplane import install_crd
from grants import grant

from .contender import IMAGE, Contender, Place, environment
from .process import pinned


def _object(number: int) -> Json:
    return {"spec": {"image": IMAGE, "env": environment(number)}}


def _prepare(place: Place) -> None:
    install_crd(place.plane)
    grant(place.plane)


@contextmanager
def _run(place: Place) -> Iterator[Operator]:
    command = [sys.executable, "-m", "tests.perf.at_scale.operator", str(place.kubeconfig)]
    command += ["--host=127.0.0.1", "--port=0", "--log-level=INFO"]
    with pinned(command, place.folder / "operator.log", {"POD_NAME": "operator"}) as running:
        running.ready_seconds()
        yield running


TRUSSMODEL = Contender(
    "TrussModel", "trussmodel.dev/v1alpha1", "TrussModel", "trussmodels", MANAGED, _object, _prepare, _run
)
