"""A real cluster seen through kubectl, as its users see it: for the end-to-end tests."""

import contextlib
import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from truss_runtime import __version__

Json = dict[str, Any]
T = TypeVar("T")


def image(name: str) -> str:
    """Where the cluster gets one of our images from: its nodes hold it, or it pulls from IMAGE_REPOSITORY."""
    return f"{os.environ.get('IMAGE_REPOSITORY', 'trussmodel')}/{name}:{__version__}"


@dataclass(frozen=True)
class Kubectl:
    """kubectl bound to a namespace; every call raises with kubectl's own words when it fails."""

    namespace: str

    def run(
        self, *arguments: str, stdin: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        command = ["kubectl", "--namespace", self.namespace, *arguments]
        done = subprocess.run(command, check=False, input=stdin, capture_output=True, text=True, timeout=300)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done

    def __call__(self, *arguments: str, stdin: str | None = None) -> str:
        return self.run(*arguments, stdin=stdin).stdout

    def get(self, kind: str, name: str) -> Json:
        found: Json = json.loads(self("get", kind, name, "--output", "json"))
        return found

    def list(self, kind: str, selector: str) -> list[Json]:
        found: Json = json.loads(self("get", kind, "--selector", selector, "--output", "json"))
        items: list[Json] = found["items"]
        return items

    def apply(self, manifest: Json) -> None:
        self("apply", "--filename", "-", stdin=json.dumps(manifest))

    def wait(self, name: str, condition: str, seconds: int = 120) -> None:
        """Waits as a pipeline would; on a time-out the failure shows the whole object."""
        done = self.run(
            "wait", f"trussmodel/{name}", f"--for=condition={condition}", f"--timeout={seconds}s", check=False
        )
        if done.returncode != 0:
            shown = self("get", "trussmodel", name, "--output", "yaml")
            pods = self("get", "pods", "--output", "wide")
            raise AssertionError(f"{name} did not become {condition}: {done.stderr}\n{shown}\n{pods}")

    @contextlib.contextmanager
    def port_forward(self, target: str, port: int = 80) -> Iterator[str]:
        command = ["kubectl", "--namespace", self.namespace, "port-forward", target, f":{port}"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            try:
                assert process.stdout is not None
                first = process.stdout.readline()
                found = re.search(r"127\.0\.0\.1:\d+", first)
                assert found, first
                yield f"http://{found[0]}"
            finally:
                process.terminate()


def condition(model: Json, kind: str) -> Json:
    """Returns the condition of that type, or an empty one."""
    found: Json = next((each for each in model["status"].get("conditions", []) if each["type"] == kind), {})
    return found


def until(read: Callable[[], T], holds: Callable[[T], bool], seconds: float = 120) -> T:
    """Reads until what was read holds, or fails showing what was read last."""
    deadline = time.monotonic() + seconds
    while not holds(value := read()):
        assert time.monotonic() < deadline, (
            f"not so after {seconds} s: {json.dumps(value, indent=1, default=str)}"
        )
        time.sleep(0.2)
    return value
