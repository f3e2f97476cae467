"""A HorizontalPodAutoscaler of `kubectl autoscale` scales the TrussModel, not its Deployment."""

from collections.abc import Callable

from cluster import Kubectl, until


def test_autoscaler_s_minimum_is_no_new_revision(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    """The least that it does needs no metrics: to have its minimum of replicas."""
    name = lab()
    kubectl.wait(name, "Ready")
    before = kubectl.get("trussmodel", name)["status"]["activeRevision"]
    kubectl("autoscale", f"trussmodel/{name}", "--min=2", "--max=3", "--cpu=80%")
    scaled = until(
        lambda: kubectl.get("trussmodel", name),
        lambda model: model["status"].get("replicasSummary") == "2/2",
        60,
    )
    assert scaled["spec"]["replicas"] == 2
    assert scaled["status"]["activeRevision"] == before
    kubectl("delete", "hpa", name)
