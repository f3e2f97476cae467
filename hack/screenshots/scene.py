"""What is on the pictures: TrussModels in a namespace of their own, one that serves and two that cannot."""

import json
import subprocess
import time

NAMESPACE = "tour"
VERSION_OF = "trussmodel/example-echo:{version}"


def set_up(version: str) -> None:
    """Makes the namespace and its TrussModels, and returns when each has come as far as it will.

    Args:
        version: Of the example's image.
    """
    tear_down()
    _kubectl("create", "namespace", NAMESPACE)
    image = VERSION_OF.format(version=version)
    _apply(_manifest("echo", image))
    _apply(_manifest("search", image, requiredRoutes=["embeddings"]))
    _apply(_manifest("drafts", "registry.example.com/drafts:2.0.0"))
    _kubectl("wait", "trussmodel/echo", "--for=condition=Ready", "--timeout=180s", "-n", NAMESPACE)
    # A second revision, so that there is a history to show.
    _apply(_manifest("echo", image, config={"greeting": "hello"}))
    _kubectl("wait", "trussmodel/echo", "--for=condition=Ready", "--timeout=180s", "-n", NAMESPACE)
    for name, failed in (("search", "RequiredRouteMissing"), ("drafts", "ImagePullFailed")):
        _until_failed(name, failed)


def tear_down() -> None:
    """Removes it all."""
    _kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait")


def _manifest(name: str, image: str, **spec: object) -> dict[str, object]:
    kind = {"apiVersion": "trussmodel.dev/v1alpha1", "kind": "TrussModel"}
    metadata = {"name": name, "namespace": NAMESPACE}
    return {**kind, "metadata": metadata, "spec": {"image": image, "environment": "production", **spec}}


def _until_failed(name: str, reason: str, seconds: float = 180) -> None:
    path = "jsonpath={.status.lastFailure.reason}"
    deadline, found = time.monotonic() + seconds, ""
    while found != reason:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} has {found or 'no failure'}, not {reason}, after {seconds:g} s")
        time.sleep(1)
        found = _kubectl("get", "trussmodel", name, "-n", NAMESPACE, "-o", path)


def _apply(manifest: dict[str, object]) -> None:
    _kubectl("apply", "-f", "-", text=json.dumps(manifest))


def _kubectl(*arguments: str, text: str = "") -> str:
    done = subprocess.run(["kubectl", *arguments], input=text, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout
