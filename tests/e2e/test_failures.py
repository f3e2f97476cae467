"""What does not work says so in the status, with its cause and the next step, and recovers when mended."""

import json
from collections.abc import Callable

from cluster import Kubectl, condition, image, until


def patch(kubectl: Kubectl, name: str, **spec: object) -> None:
    kubectl("patch", "trussmodel", name, "--type=merge", "--patch", json.dumps({"spec": spec}))


def test_image_that_cannot_be_pulled_is_named(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab(image="trussmodel/absent:0.0.0")

    status = until(lambda: kubectl.get("trussmodel", name)["status"], lambda status: "lastFailure" in status)

    failure = status["lastFailure"]
    assert failure["phase"] == "image"
    # Which of them depends on whether a registry is in reach of this cluster, and on what it tells strangers.
    assert failure["reason"] in {"ImageNotFound", "ImagePullUnauthorized", "ImagePullFailed"}
    assert "trussmodel/absent:0.0.0" in failure["message"]


def test_image_name_that_is_invalid_is_named(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab(image="UPPER/case:no")

    status = until(lambda: kubectl.get("trussmodel", name)["status"], lambda status: "lastFailure" in status)

    assert status["lastFailure"]["reason"] == "InvalidImageName"


def test_failed_load_shows_the_traceback_of_the_model(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab(env={"LAB_FAIL": "load"})

    kubectl.wait(name, "Stalled")

    failure = kubectl.get("trussmodel", name)["status"]["lastFailure"]
    assert (failure["phase"], failure["reason"], failure["exceptionType"]) == (
        "load",
        "LoadFailed",
        "RuntimeError",
    )
    assert "model.py" in failure["traceback"]
    assert failure["exitCode"] != 0


def test_failed_load_is_the_reason_of_ready_and_the_subject_of_an_event(
    kubectl: Kubectl, lab: Callable[..., str]
) -> None:
    name = lab(env={"LAB_FAIL": "load"})

    kubectl.wait(name, "Stalled")

    ready = condition(kubectl.get("trussmodel", name), "Ready")
    assert (ready["status"], ready["reason"]) == ("False", "LoadFailed")
    events = json.loads(kubectl("get", "events", "--output", "json"))["items"]
    about = [each for each in events if each["involvedObject"]["name"] == name and each["type"] == "Warning"]
    assert [each["reason"] for each in about] == ["LoadFailed"]


def test_import_error_is_told_from_a_failed_load(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab(env={"LAB_FAIL": "import"})

    kubectl.wait(name, "Stalled")

    failure = kubectl.get("trussmodel", name)["status"]["lastFailure"]
    assert (failure["phase"], failure["reason"]) == ("import", "ImportError")


def test_mended_model_recovers_and_its_failure_is_cleared(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab(env={"LAB_FAIL": "load"})
    kubectl.wait(name, "Stalled")

    lab(name=name)

    kubectl.wait(name, "Ready")
    status = kubectl.get("trussmodel", name)["status"]
    assert "lastFailure" not in status
    assert {each["type"] for each in status["conditions"]} == {"Ready", "Available", "RoutesDiscovered"}


def test_bad_change_leaves_the_old_pods_serving(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab()
    kubectl.wait(name, "Ready")
    served = kubectl.get("trussmodel", name)["status"]["routes"]

    patch(kubectl, name, image="trussmodel/absent:0.0.0")

    model = until(
        lambda: kubectl.get("trussmodel", name),
        lambda model: model["status"].get("lastFailure", {}).get("phase") == "image",
    )
    assert condition(model, "Available")["status"] == "True"
    assert condition(model, "RoutesDiscovered")["status"] == "True"
    assert condition(model, "Ready")["status"] == "False"
    assert model["status"]["routes"] == served


def test_resource_that_breaks_the_schema_is_refused_with_the_field(kubectl: Kubectl) -> None:
    manifest = {
        "apiVersion": "trussmodel.dev/v1alpha1",
        "kind": "TrussModel",
        "metadata": {"name": "refused"},
        "spec": {"image": image("test-lab"), "replicas": -1},
    }

    done = kubectl.run("apply", "--filename", "-", stdin=json.dumps(manifest), check=False)

    assert done.returncode != 0
    assert "spec.replicas" in done.stderr


def test_service_of_someone_else_is_left_alone_and_named(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    service = {"ports": [{"port": 80}], "selector": {"app": "someone-else"}}
    kubectl.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "taken"}, "spec": service})

    name = lab(name="taken")

    kubectl.wait(name, "Stalled")
    ready = condition(kubectl.get("trussmodel", name), "Ready")
    assert ready["reason"] == "NameConflict"
    assert kubectl.get("service", "taken")["spec"]["selector"] == {"app": "someone-else"}
    kubectl("delete", "service", "taken")
