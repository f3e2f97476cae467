"""How often the operator writes: each write is an event for everyone who watches."""

import json
import subprocess
from collections.abc import Callable

from cluster import Json, Kubectl, condition, until


def test_resource_is_written_twice_from_apply_to_ready(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    command = [
        "kubectl",
        "--namespace",
        kubectl.namespace,
        "get",
        "trussmodels",
        "--watch",
        "--output",
        "json",
    ]
    versions: list[Json] = []
    with subprocess.Popen(
        [*command, "--field-selector", "metadata.name=counted"], stdout=subprocess.PIPE
    ) as watch:
        try:
            name = lab(name="counted")
            assert watch.stdout is not None
            decoder, text = json.JSONDecoder(), ""
            while not (versions and condition(versions[-1], "Ready").get("status") == "True"):
                text = (text + watch.stdout.read1().decode()).lstrip()  # type: ignore[attr-defined]  # a buffered reader has it
                while text:
                    try:
                        version, end = decoder.raw_decode(text)
                    except json.JSONDecodeError:
                        break
                    versions.append(version)
                    text = text[end:].lstrip()
        finally:
            watch.terminate()

    written = {each["metadata"]["resourceVersion"] for each in versions}
    assert len(written) <= 3, "the user's apply and at most two status patches"
    assert kubectl.get("trussmodel", name)["metadata"]["resourceVersion"] in written


def test_change_of_replicas_writes_the_deployment_alone(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab()
    kubectl.wait(name, "Ready")
    service = kubectl.get("service", name)["metadata"]["resourceVersion"]

    kubectl("scale", "trussmodel", name, "--replicas=2")
    until(lambda: kubectl.get("trussmodel", name)["status"]["replicasSummary"], lambda shown: shown == "2/2")

    assert kubectl.get("service", name)["metadata"]["resourceVersion"] == service
