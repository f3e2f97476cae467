"""Models that cannot be served as they are: the status shows where in their code, and what to do."""

from collections.abc import Iterator

import pytest

from cluster import Kubectl, condition, until
from failures import applied, failure_of, pods_of, trussmodel, warnings_of

CLASS = "class Model:\n    def predict(self, x):\n        return x\n"


@pytest.fixture(scope="module", autouse=True)
def cluster(kubectl: Kubectl) -> Iterator[Kubectl]:
    smoke = {"route": "predict", "body": {"sleep": "long"}}
    yield from applied(
        kubectl,
        trussmodel("raises-in-load", env={"LAB_FAIL": "load"}),
        trussmodel("raises-in-init", env={"LAB_FAIL": "init"}),
        trussmodel("no-module", source=f"import numpyy\n\n{CLASS}"),
        trussmodel("no-python", source=CLASS.replace(":\n    def", "\n    def")),
        trussmodel("no-class", source=CLASS.replace("Model", "Modell")),
        trussmodel("no-method", source="class Model:\n    def load(self):\n        pass\n"),
        trussmodel("bad-signature", source=CLASS.replace("self, x", "self, x, y, z")),
        trussmodel("no-required-route", requiredRoutes=["embeddings"]),
        trussmodel("smoke-fails", rollout={"smoke": smoke}),
    )


def test_exception_in_load_is_told_with_its_type_and_place(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "raises-in-load", "LoadFailed")

    assert failure["exceptionType"] == "RuntimeError"
    assert "LAB_FAIL asks for it" in failure["message"]
    assert "model.py" in failure["traceback"]


def test_exception_in_init_is_told_with_its_type_and_place(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "raises-in-init", "InitFailed")

    assert failure["exceptionType"] == "ValueError"
    assert "model.py" in failure["traceback"]


def test_module_that_is_not_installed_is_named(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "no-module", "ImportError")

    assert "numpyy" in failure["message"]
    assert "import numpyy" in failure["traceback"]


def test_syntax_error_is_told_with_its_line(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "no-python", "SyntaxError")

    assert "model.py:1" in failure["message"]


def test_file_without_the_class_is_named(cluster: Kubectl) -> None:
    assert "Model" in failure_of(cluster, "no-class", "ModelNotFound")["message"]


def test_class_without_a_method_that_serves_is_named(cluster: Kubectl) -> None:
    assert "predict" in failure_of(cluster, "no-method", "InvalidModel")["message"]


def test_method_that_cannot_be_called_is_named(cluster: Kubectl) -> None:
    assert "predict" in failure_of(cluster, "bad-signature", "InvalidModel")["message"]


def test_required_route_that_the_model_lacks_is_named(cluster: Kubectl) -> None:
    assert "embeddings" in failure_of(cluster, "no-required-route", "RequiredRouteMissing")["message"]


def test_smoke_request_that_is_answered_wrongly_is_named(cluster: Kubectl) -> None:
    assert "500" in failure_of(cluster, "smoke-fails", "SmokeFailed")["message"]


def test_failure_that_comes_back_with_each_restart_is_one_fact(cluster: Kubectl) -> None:
    first = failure_of(cluster, "raises-in-load", "LoadFailed")
    until(
        lambda: pods_of(cluster, "raises-in-load"),
        lambda pods: pods[0]["status"]["containerStatuses"][0]["restartCount"] >= 2,
    )

    model = cluster.get("trussmodel", "raises-in-load")
    assert model["status"]["lastFailure"] == first
    assert condition(model, "Stalled")["status"] == "True"
    assert warnings_of(cluster, "raises-in-load") == ["LoadFailed"]
