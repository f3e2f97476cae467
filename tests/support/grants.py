"""What the chart lets the operator do, granted to the user that the tests run it as."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import yaml

from controlplane import OPERATOR, ROOT, ControlPlane

RBAC = "rbac.authorization.k8s.io"
_TEMPLATES = ROOT / "charts" / "trussmodel-operator" / "templates"


def grant(plane: ControlPlane) -> None:
    """Grants what the chart's ClusterRole does."""
    subject = {"apiGroup": RBAC, "kind": "User", "name": OPERATOR}
    reference = {"apiGroup": RBAC, "kind": "ClusterRole", "name": OPERATOR}
    with plane.client() as client:
        for plural, body in (
            ("clusterroles", {"rules": chart_rules()}),
            ("clusterrolebindings", {"roleRef": reference, "subjects": [subject]}),
        ):
            manifest = {"metadata": {"name": OPERATOR}, **body}
            client.post(f"/apis/{RBAC}/v1/{plural}", json=manifest).raise_for_status()


def grant_lease(plane: ControlPlane, namespace: str) -> None:
    """Grants the Lease in that namespace, as the chart's Role does."""
    rule = {
        "apiGroups": ["coordination.k8s.io"],
        "resources": ["leases"],
        "verbs": ["create", "get", "patch"],
    }
    subject = {"apiGroup": RBAC, "kind": "User", "name": OPERATOR}
    reference = {"apiGroup": RBAC, "kind": "Role", "name": OPERATOR}
    with plane.client() as client:
        for plural, body in (
            ("roles", {"rules": [rule]}),
            ("rolebindings", {"roleRef": reference, "subjects": [subject]}),
        ):
            path = f"/apis/{RBAC}/v1/namespaces/{namespace}/{plural}"
            client.post(path, json={"metadata": {"name": OPERATOR}, **body}).raise_for_status()


def grant_namespace(plane: ControlPlane, namespace: str, user: str) -> None:
    """Grants in one namespace what the chart does there when it is told to watch that one alone."""
    subject = {"apiGroup": RBAC, "kind": "User", "name": user}
    reference = {"apiGroup": RBAC, "kind": "Role", "name": user}
    with plane.client() as client:
        for plural, body in (
            ("roles", {"rules": chart_rules()}),
            ("rolebindings", {"roleRef": reference, "subjects": [subject]}),
        ):
            path = f"/apis/{RBAC}/v1/namespaces/{namespace}/{plural}"
            client.post(path, json={"metadata": {"name": user}, **body}).raise_for_status()


def revoke_namespace(plane: ControlPlane, namespace: str, user: str) -> None:
    """Takes back what was granted there."""
    with plane.client() as client:
        for plural in ("rolebindings", "roles"):
            client.delete(f"/apis/{RBAC}/v1/namespaces/{namespace}/{plural}/{user}").raise_for_status()


def chart_rules() -> list[dict[str, Any]]:
    """The rules of the ClusterRole that the chart ships; they hold no template expression."""
    text = (_TEMPLATES / "clusterrole.yaml").read_text()
    rules: list[dict[str, Any]] = yaml.safe_load(text[text.index("\nrules:") :].split("{{")[0])["rules"]
    return rules


@contextmanager
def taken_away(plane: ControlPlane, verbs: set[str], resource: str) -> Iterator[None]:
    """While the context lasts the operator may not do that with that resource (``trussmodels/status``)."""
    path = f"/apis/{RBAC}/v1/clusterroles/{OPERATOR}"
    lesser = []
    for rule in chart_rules():
        if resource in rule["resources"]:
            others = [other for other in rule["resources"] if other != resource]
            lesser += [{**rule, "resources": others}] if others else []
            left = [verb for verb in rule["verbs"] if verb not in verbs]
            lesser += [{**rule, "resources": [resource], "verbs": left}] if left else []
        else:
            lesser.append(rule)
    with plane.client() as client:
        _set_rules(client, path, lesser)
        try:
            yield
        finally:
            _set_rules(client, path, chart_rules())


def _set_rules(client: httpx2.Client, path: str, rules: list[dict[str, Any]]) -> None:
    headers = {"Content-Type": "application/merge-patch+json"}
    client.patch(path, json={"rules": rules}, headers=headers).raise_for_status()
