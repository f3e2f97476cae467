"""A HorizontalPodAutoscaler of `kubectl autoscale` scales the TrussModel, not its Deployment."""

from collections.abc import Callable

from cluster import Kubectl, until


def test_autoscaler_keeps_its_bounds_and_makes_no_new_revision(
    kubectl: Kubectl, lab: Callable[..., str]
) -> None:
    """What it does without metrics: it finds the pods, and has as many as its bounds allow."""
    name = lab()
    kubectl.wait(name, "Ready")
    before = kubectl.get("trussmodel", name)["status"]["activeRevision"]
    kubectl("autoscale", f"trussmodel/{name}", "--min=2", "--max=2", "--cpu=80%")

    def replicas() -> tuple[int, str, str]:
        model = kubectl.get("trussmodel", name)
        status = model["status"]
        return model["spec"]["replicas"], status.get("replicasSummary", ""), status["activeRevision"]

    until(replicas, lambda found: found == (2, "2/2", before), 60)
    kubectl("scale", "trussmodel", name, "--replicas=3")
    until(replicas, lambda found: found == (2, "2/2", before), 60)
    status = until(
        lambda: kubectl.get("hpa", name)["status"], lambda status: status.get("currentReplicas") == 2
    )
    able = {each["type"]: each["status"] for each in status["conditions"]}
    assert able["AbleToScale"] == "True"
    kubectl("delete", "hpa", name)
