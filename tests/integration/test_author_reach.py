"""How far the author of a TrussModel gets: to what Pod Security's baseline allows in that namespace.

What is refused is held against the real Pod Security admission, in namespaces that enforce a standard.
"""

from collections.abc import Callable
from typing import Any

import pytest

from api import Api, Json, Refused, condition, reason
from controlplane import OPERATOR, ControlPlane
from operating import Operating, operating

pytestmark = pytest.mark.asyncio

UNPRIVILEGED = {"name": "side", "image": "registry.example.com/side:1"}


def side(**fields: Any) -> Json:
    return {"containers": [{**UNPRIVILEGED, **fields}]}


def secured(**context: Any) -> Json:
    return side(securityContext=context)


BEYOND_BASELINE: dict[str, Json] = {
    "hostNetwork": {"hostNetwork": True},
    "hostPID": {"hostPID": True},
    "hostIPC": {"hostIPC": True},
    "volumes[0].hostPath": {"volumes": [{"name": "node", "hostPath": {"path": "/"}}]},
    "containers[0].securityContext.privileged": secured(privileged=True),
    "containers[0].securityContext.capabilities.add": secured(capabilities={"add": ["NET_ADMIN"]}),
    "containers[0].securityContext.procMount": secured(procMount="Unmasked"),
    "containers[0].securityContext.seccompProfile.type": secured(seccompProfile={"type": "Unconfined"}),
    "containers[0].securityContext.appArmorProfile.type": secured(appArmorProfile={"type": "Unconfined"}),
    "containers[0].securityContext.seLinuxOptions": secured(seLinuxOptions={"type": "spc_t"}),
    "securityContext.seccompProfile.type": {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
    "securityContext.sysctls[0].name": {
        "securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}
    },
    "containers[0].ports[0].hostPort": side(ports=[{"containerPort": 80, "hostPort": 80}]),
    "containers[0].livenessProbe.httpGet.host": side(
        livenessProbe={"httpGet": {"host": "169.254.169.254", "port": 80}}
    ),
    "containers[0].lifecycle.postStart.tcpSocket.host": side(
        lifecycle={"postStart": {"tcpSocket": {"host": "10.96.0.1", "port": 443}}}
    ),
}
"""What a pod may not have, by where the operator finds it."""

RESTRICTED_ONLY: dict[str, Json] = {
    "root": secured(runAsUser=0, runAsNonRoot=False),
    "privilege escalation": secured(allowPrivilegeEscalation=True),
    "all capabilities kept": {
        "containers": [{"name": "model", "securityContext": {"capabilities": None}}],
    },
    "a volume of the node's network": {
        "volumes": [{"name": "share", "nfs": {"server": "10.0.0.1", "path": "/"}}]
    },
}
"""What the namespace's own standard must refuse, for the operator does not."""

BEYOND_THE_NAMESPACE: dict[str, tuple[Json, str]] = {
    "another namespace": ({"podTemplate": {"metadata": {"namespace": "kube-system"}}}, "metadata.namespace"),
    "another owner": ({"podTemplate": {"metadata": {"ownerReferences": []}}}, "metadata.ownerReferences"),
    "a finalizer": ({"podTemplate": {"metadata": {"finalizers": ["a/b"]}}}, "metadata.finalizers"),
    "another name": ({"podTemplate": {"metadata": {"name": "x"}}}, "metadata.name"),
    "the operator's label": (
        {"podTemplate": {"metadata": {"labels": {"trussmodel.dev/name": "other"}}}},
        "are the operator's",
    ),
    "the operator's mark": (
        {"podTemplate": {"metadata": {"labels": {"app.kubernetes.io/managed-by": "other"}}}},
        "are the operator's",
    ),
    "a path of the node": ({"volumes": [{"name": "a", "hostPath": {"path": "/"}}]}, "hostPath"),
    "a secret's file elsewhere": (
        {"secrets": {"../../etc/passwd": {"name": "a", "key": "b"}}},
        "secret's name",
    ),
    "a hidden secret": ({"secrets": {"..data": {"name": "a", "key": "b"}}}, "secret's name"),
    "a mount over our keys": (
        {
            "volumes": [{"name": "a", "emptyDir": {}}],
            "volumeMounts": [{"name": "a", "mountPath": "/api-keys"}],
        },
        "choose another path",
    ),
    "an environment that is a path": ({"environment": "../x"}, "DNS label"),
    "an image with an escape": ({"image": "echo:1\x1b[31m"}, "image reference"),
    "an image on two lines": ({"image": "echo:1\nother"}, "image reference"),
    "an image with a bidi override": ({"image": "echo\u202e:1"}, "image reference"),
    "the runtime's own variable": ({"env": [{"name": "TRUSS_ADMIN_PORT", "value": "1"}]}, "reserved"),
}
"""What the definition itself refuses."""

ODD_NAMES = [
    "../kube-system/default",
    "kube-system/default",
    "a b",
    "a\x1b[31m",
    "A",
    "a..b",
    "-a",
    "\u202ea",
]

REFERENCES: dict[str, Callable[[str], Json]] = {
    "serviceAccountName": lambda name: {"serviceAccountName": name},
    "imagePullSecrets": lambda name: {"imagePullSecrets": [{"name": name}]},
    "priorityClassName": lambda name: {"priorityClassName": name},
    "runtimeClassName": lambda name: {"runtimeClassName": name},
    "a claim": lambda name: {"volumes": [{"name": "a", "persistentVolumeClaim": {"claimName": name}}]},
    "a claim to devices": lambda name: {"resourceClaims": [{"name": "a", "resourceClaimName": name}]},
    "a claim's template": lambda name: {"resourceClaims": [{"name": "a", "resourceClaimTemplateName": name}]},
    "auth": lambda name: {"auth": {"secretName": name}},
    "secrets": lambda name: {"secrets": {"a": {"name": name, "key": "b"}}},
    "envFrom": lambda name: {"envFrom": [{"secretRef": {"name": name}}]},
    "env": lambda name: {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": name, "key": "b"}}}]},
}
"""Fields that name an object: none of them can name one of another namespace."""

ALL_CHILDREN = {"deployments", "services", "configmaps", "controllerrevisions", "poddisruptionbudgets"}

SOURCES: dict[str, Callable[[str], Json]] = {
    "secret": lambda name: {"secret": {"secretName": name}},
    "configMap": lambda name: {"configMap": {"name": name}},
    "projected": lambda name: {"projected": {"sources": [{"secret": {"name": name}}]}},
    "csi": lambda name: {"csi": {"driver": "d.example.com", "nodePublishSecretRef": {"name": name}}},
}
"""Volumes that the definition leaves to the API server."""

ELSEWHERE: dict[str, Json] = {
    "metadata": {"metadata": {"namespace": "kube-system"}},
    "namespace": {"namespace": "kube-system"},
}
"""What would lead elsewhere if a pod had it."""

IN_A_POD: dict[str, Callable[[str], Json]] = {
    "serviceAccountName": lambda name: {"serviceAccountName": name},
    "runtimeClassName": lambda name: {"runtimeClassName": name},
}
"""The same where the definition leaves it open: a pod's own rules are the API server's."""


def with_namespace(source: Json) -> Json:
    """The same source of a volume, with a namespace wherever it names something."""
    if "secret" in source or "configMap" in source or "csi" in source:
        return {kind: {**fields, "namespace": "kube-system"} for kind, fields in source.items()}
    [[name, fields]] = source["projected"]["sources"][0].items()
    return {"projected": {"sources": [{name: {**fields, "namespace": "kube-system"}}]}}


def volume(template: Json, name: str) -> Json:
    """The volume of that name."""
    [found] = [each for each in template["spec"]["volumes"] if each["name"] == name]
    return dict(found)


async def enforcing(api: Api, level: str) -> str:
    """A namespace that enforces a Pod Security Standard."""
    name = f"{api.namespace}-{level}"
    labels = {"pod-security.kubernetes.io/enforce": level}
    await api.call("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
    return name


async def admit(api: Api, namespace: str, spec: Json, metadata: Json | None = None) -> str:
    """What the API server says of such a pod there; nothing when it would take it."""
    pod = {"metadata": {**(metadata or {}), "name": "pod"}, "spec": spec}
    try:
        await api.call("POST", f"/api/v1/namespaces/{namespace}/pods?dryRun=All", pod)
    except Refused as refused:
        return str(refused)
    return ""


async def test_what_pod_security_s_baseline_forbids_the_operator_refuses_in_any_namespace(
    api: Api, operator: Operating
) -> None:
    baseline = await enforcing(api, "baseline")
    for number, (field, pod) in enumerate(BEYOND_BASELINE.items()):
        said = await admit(api, baseline, {"containers": [UNPRIVILEGED], **pod})
        # Unmasked without a user namespace is refused before Pod Security is asked.
        assert "violates PodSecurity" in said or "procMount" in said, (field, said)
        await api.model(f"model-{number}", podTemplate={"spec": pod})
    for number, field in enumerate(BEYOND_BASELINE):
        model = await api.until("trussmodels", f"model-{number}", lambda m: reason(m) == "InvalidSpec")
        assert f"spec.podTemplate.spec.{field}: " in condition(model, "Ready")["message"]
        assert await api.find("deployments", f"model-{number}") is None


async def test_what_an_annotation_takes_away_is_refused_as_the_field_is(
    api: Api, operator: Operating
) -> None:
    baseline = await enforcing(api, "baseline")
    annotations = {"container.apparmor.security.beta.kubernetes.io/side": "unconfined"}
    said = await admit(api, baseline, {"containers": [UNPRIVILEGED]}, {"annotations": annotations})
    assert "violates PodSecurity" in said
    await api.model(podTemplate={"metadata": {"annotations": annotations}, "spec": side()})
    model = await api.until("trussmodels", "echo", lambda m: reason(m) == "InvalidSpec")
    assert "spec.podTemplate.metadata.annotations[" in condition(model, "Ready")["message"]


async def test_status_is_not_the_author_s_to_write(api: Api) -> None:
    forged = {"observedGeneration": 1, "url": "http://elsewhere", "activeRevision": "a"}
    manifest = {
        "apiVersion": "trussmodel.dev/v1alpha1",
        "kind": "TrussModel",
        "metadata": {"name": "echo"},
        "spec": {"image": "registry.example.com/echo:1"},
        "status": forged,
    }
    made = await api.create("trussmodels", manifest)
    assert made["status"] == {"observedGeneration": -1}
    assert (await api.patch("trussmodels", "echo", {"status": forged}))["status"] == made["status"]


async def test_pods_pass_restricted_unless_their_author_asks_otherwise(api: Api, operator: Operating) -> None:
    restricted = await enforcing(api, "restricted")
    await api.model(
        "plain", secrets={"a": {"name": "b", "key": "c"}}, auth={"secretName": "k"}, config={"a": 1}
    )
    for number, pod in enumerate(RESTRICTED_ONLY.values()):
        await api.model(f"model-{number}", podTemplate={"spec": pod})
    made = (await api.until("deployments", "plain", bool))["spec"]["template"]
    assert await admit(api, restricted, made["spec"], made["metadata"]) == ""
    for number, what in enumerate(RESTRICTED_ONLY):
        made = (await api.until("deployments", f"model-{number}", bool))["spec"]["template"]
        assert "violates PodSecurity" in await admit(api, restricted, made["spec"], made["metadata"]), what


@pytest.mark.parametrize(("spec", "complaint"), BEYOND_THE_NAMESPACE.values(), ids=BEYOND_THE_NAMESPACE)
async def test_definition_refuses(api: Api, spec: Json, complaint: str) -> None:
    manifest = {
        "apiVersion": "trussmodel.dev/v1alpha1",
        "kind": "TrussModel",
        "metadata": {"name": "echo"},
        "spec": {"image": "registry.example.com/echo:1", **spec},
    }
    with pytest.raises(Refused, match=complaint):
        await api.call("POST", f"{api.path('trussmodels')}?fieldValidation=Strict&dryRun=All", manifest)


async def test_what_lenient_clients_send_is_dropped(api: Api) -> None:
    stored = await api.model(podTemplate={"metadata": {"namespace": "kube-system", "ownerReferences": []}})
    assert stored["spec"]["podTemplate"] == {"metadata": {}}


@pytest.mark.parametrize("refer", REFERENCES.values(), ids=REFERENCES)
async def test_reference_cannot_leave_the_namespace(api: Api, refer: Callable[[str], Json]) -> None:
    for name in ODD_NAMES:
        with pytest.raises(Refused, match="should match"):
            await api.model("echo", **refer(name))


async def test_reference_of_a_pod_template_cannot_leave_the_namespace(api: Api, operator: Operating) -> None:
    asked = {
        f"model-{way}-{number}": refer(name)
        for way, refer in enumerate(IN_A_POD.values())
        for number, name in enumerate(ODD_NAMES[:4])
    }
    for name, pod in asked.items():
        await api.model(name, podTemplate={"spec": pod})
    for name in asked:
        model = await api.until("trussmodels", name, lambda m: bool(reason(m)))
        assert reason(model) == "InvalidSpec", name
        assert condition(model, "Ready")["message"].isprintable()
        assert await api.find("deployments", name) is None


@pytest.mark.parametrize("field", ELSEWHERE)
async def test_pod_template_has_no_place_for_a_namespace(api: Api, operator: Operating, field: str) -> None:
    await api.model(podTemplate={"spec": ELSEWHERE[field]})
    model = await api.until("trussmodels", "echo", lambda m: reason(m) == "InvalidSpec")
    assert field in condition(model, "Ready")["message"]
    assert await api.find("deployments", "echo") is None


@pytest.mark.parametrize("source", SOURCES)
async def test_what_a_volume_names_is_looked_for_in_the_pod_s_namespace(
    api: Api, operator: Operating, source: str
) -> None:
    """The definition takes these sources as they are: a pod has no field for where else to look."""
    await api.model("plain", volumes=[{"name": "a", **SOURCES[source]("kube-system/default")}])
    await api.model("elsewhere", volumes=[{"name": "a", **with_namespace(SOURCES[source]("default"))}])
    plain = await api.until("trussmodels", "plain", lambda m: bool(reason(m)))
    elsewhere = await api.until("trussmodels", "elsewhere", lambda m: bool(reason(m)))
    assert (reason(elsewhere), await api.find("deployments", "elsewhere")) == ("InvalidSpec", None)
    if reason(plain) != "InvalidSpec":
        made = await api.until("deployments", "plain", bool)
        mounted = volume(made["spec"]["template"], "a")
        mounted[source].pop("defaultMode", None)
        assert mounted == {"name": "a", **SOURCES[source]("kube-system/default")}


async def test_all_that_is_made_is_in_the_namespace_and_owned(api: Api, operator: Operating) -> None:
    namespaces = {n["metadata"]["name"] for n in (await api.call("GET", "/api/v1/namespaces"))["items"]}
    model = await api.model(
        config={"metadata": {"namespace": "kube-system", "ownerReferences": []}},
        podTemplate={
            "metadata": {"annotations": {"namespace": "kube-system"}, "labels": {"app": "other"}},
            "spec": {"hostname": "a"},
        },
        replicas=2,
    )
    await api.until("deployments", "echo", bool)
    await operator.at_rest()
    uid = model["metadata"]["uid"]
    made = [write for write in operator.api.writes() if write.verb in ("apply", "create")]
    assert {write.plural for write in made} == ALL_CHILDREN
    for write in made:
        assert write.body["metadata"]["namespace"] == api.namespace
        assert [owner["uid"] for owner in write.body["metadata"]["ownerReferences"]] == [uid]
    after = {n["metadata"]["name"] for n in (await api.call("GET", "/api/v1/namespaces"))["items"]}
    assert after == namespaces


async def test_token_is_given_to_no_pod_that_does_not_ask_for_it(api: Api, operator: Operating) -> None:
    await api.model("plain", serviceAccountName="models")
    await api.model("asks", podTemplate={"spec": {"automountServiceAccountToken": True}})
    plain = (await api.until("deployments", "plain", bool))["spec"]["template"]["spec"]
    asks = (await api.until("deployments", "asks", bool))["spec"]["template"]["spec"]
    assert (plain["automountServiceAccountToken"], asks["automountServiceAccountToken"]) == (False, True)


async def test_stored_template_that_leaves_its_box_is_not_restored(
    api: Api, plane: ControlPlane, admin_port: int
) -> None:
    """Whoever may write ControllerRevisions may not be allowed to run pods, nor by the operator."""
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await api.model()
        await api.until("deployments", "echo", bool)
    [kept] = await api.list("controllerrevisions")
    kept["data"]["template"]["spec"]["hostNetwork"] = True
    metadata = {key: kept["metadata"][key] for key in ("name", "labels", "ownerReferences")}
    await api.delete("controllerrevisions", metadata["name"])
    forged = {"metadata": metadata, "revision": kept["revision"], "data": kept["data"]}
    await api.create("controllerrevisions", forged)
    await api.delete("deployments", "echo")
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        made = await api.until("deployments", "echo", bool)
    assert "hostNetwork" not in made["spec"]["template"]["spec"]
