"""What spec says of the pods, as the API server has taken it into the Deployment."""

from functools import partial
from typing import Any

import pytest

from api import Api, Json, condition, reason
from operating import Operating

pytestmark = pytest.mark.asyncio

SPREAD = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
AFFINITY = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "gpu", "operator": "Exists"}]}]
        }
    }
}
WEIGHTS = {"name": "weights", "persistentVolumeClaim": {"claimName": "echo", "readOnly": True}}
SHM = {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}
TOKENIZER = {"name": "tokenizer", "image": {"reference": "tokenizer:1", "pullPolicy": "Always"}}
MOUNTS = [
    {"name": "weights", "mountPath": "/models", "readOnly": True, "subPath": "echo"},
    {"name": "shm", "mountPath": "/dev/shm"},
]
CLAIMS = [{"name": "gpu", "resourceClaimTemplateName": "one-gpu"}]


def has_seen(generation: int, model: Json) -> bool:
    """Whether the status is of that generation."""
    seen: int = model["status"]["observedGeneration"]
    return seen == generation


async def deployed(api: Api, **spec: Any) -> Json:
    """The pod's spec that came of it."""
    await api.model(**spec)
    found = await api.until("deployments", "echo", bool)
    pod: Json = found["spec"]["template"]["spec"]
    return pod


@pytest.mark.parametrize(
    "fields",
    [
        {"affinity": AFFINITY},
        {"topologySpreadConstraints": [{**SPREAD, "labelSelector": {"matchLabels": {"a": "b"}}}]},
        {"priorityClassName": "models"},
        {"runtimeClassName": "nvidia"},
        {"resourceClaims": CLAIMS},
    ],
    ids=lambda fields: next(iter(fields)),
)
async def test_where_the_pods_may_run_is_taken_as_it_is(
    api: Api, operator: Operating, fields: dict[str, Any]
) -> None:
    pod = await deployed(api, **fields)
    assert {name: pod[name] for name in fields} == fields


async def test_volumes_are_mounted_in_the_model_s_container(api: Api, operator: Operating) -> None:
    pod = await deployed(api, volumes=[WEIGHTS, SHM, TOKENIZER], volumeMounts=MOUNTS)
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert [volumes[name] for name in ("weights", "shm", "tokenizer")] == [WEIGHTS, SHM, TOKENIZER]
    assert pod["containers"][0]["volumeMounts"][-2:] == MOUNTS


async def test_settings_of_the_runtime_are_its_environment(api: Api, operator: Operating) -> None:
    pod = await deployed(
        api,
        concurrency={"limit": 8, "queue": 0},
        timeouts={"loadSeconds": 60, "drainSeconds": 0, "graceSeconds": 30},
        requests={
            "maxBodyBytes": 1 << 40,
            "pingSeconds": 5,
            "validate": True,
            "strictModelName": False,
            "corsOrigins": ["https://a.example.com", "*"],
        },
    )
    env = {variable["name"]: variable["value"] for variable in pod["containers"][0]["env"]}
    names = ("CONCURRENCY", "QUEUE", "LOAD_SECONDS", "DRAIN_SECONDS", "GRACE_SECONDS")
    assert [env[f"TRUSS_{name}"] for name in names] == ["8", "0", "60", "0", "30"]
    assert (env["TRUSS_MAX_BODY_BYTES"], env["TRUSS_PING_SECONDS"]) == ("1099511627776", "5")
    assert (env["TRUSS_VALIDATE"], env["TRUSS_STRICT_MODEL_NAME"]) == ("true", "false")
    assert env["TRUSS_CORS_ORIGINS"] == "https://a.example.com,*"
    assert "TRUSS_REQUEST_SECONDS" not in env
    assert pod["terminationGracePeriodSeconds"] == 35


async def test_probes_keep_their_question_and_take_the_pace_of_spec(api: Api, operator: Operating) -> None:
    pace = {"periodSeconds": 20, "timeoutSeconds": 9, "failureThreshold": 2}
    pod = await deployed(api, probes={"liveness": pace}, imagePullPolicy="Always")
    (container,) = pod["containers"]
    assert {name: container["livenessProbe"][name] for name in pace} == pace
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["periodSeconds"] == 1
    assert container["imagePullPolicy"] == "Always"


async def test_devices_are_claimed_and_counted_as_in_a_pod(api: Api, operator: Operating) -> None:
    claims = [{"name": "gpu", "request": "one"}]
    pod = await deployed(
        api, resourceClaims=CLAIMS, resources={"limits": {"nvidia.com/gpu": 1}, "claims": claims}
    )
    resources = pod["containers"][0]["resources"]
    assert (resources["limits"], resources["claims"]) == ({"nvidia.com/gpu": "1"}, claims)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"affinity": {"nodeAffinity": {"required": {}}}}, " spec.affinity.nodeAffinity.required: "),
        ({"affinity": {"nodeAffinity": 7}}, " spec.affinity.nodeAffinity: "),
        ({"topologySpreadConstraints": [{"maxSkew": 1}]}, " spec.topologySpreadConstraints"),
        (
            {"topologySpreadConstraints": [{**SPREAD, "maxSkew": 0}]},
            ' spec.topologySpreadConstraints[topologyKey="zone"].maxSkew: ',
        ),
        ({"volumes": [{"name": "w", "configMap": {}}]}, ' spec.volumes[name="w"].configMap.name: '),
        ({"volumes": [{"name": "w", "csi": {"drive": "x"}}]}, ' spec.volumes[name="w"].csi.drive: '),
        ({"resources": {"claims": [{"name": "gpu"}]}}, ' spec.resources.claims[name="gpu"]: '),
        (
            {"resources": {"limits": {"memory": "1Gi"}, "requests": {"memory": "2Gi"}}},
            " spec.resources.requests: ",
        ),
        ({"podTemplate": {"spec": {"hostNane": "a"}}}, " spec.podTemplate.spec.hostNane: "),
        (
            {"podTemplate": {"spec": {"containers": [{"name": "proxy"}]}}},
            ' spec.podTemplate.spec.containers[name="proxy"].image: ',
        ),
        ({"podTemplate": {"spec": {"containers": [{"image": "a"}]}}}, " spec.podTemplate.spec.containers"),
        ({"podTemplate": {"spec": {"restartPolicy": "Never"}}}, " spec.podTemplate.spec.restartPolicy: "),
        (
            {"podTemplate": {"metadata": {"annotations": {"not a key": "a"}}}},
            " spec.podTemplate.metadata.annotations: ",
        ),
        ({"podTemplate": {"spec": {"hostNetwork": True}}}, " spec.podTemplate.spec.hostNetwork: "),
        (
            {"podTemplate": {"spec": {"volumes": [{"name": "a", "hostPath": {"path": "/"}}]}}},
            " spec.podTemplate.spec.volumes[0].hostPath: ",
        ),
    ],
)
async def test_what_the_api_server_refuses_of_a_pod_is_told_with_the_field(
    api: Api, operator: Operating, fields: dict[str, Any], complaint: str
) -> None:
    await api.model(**fields)
    model = await api.until("trussmodels", "echo", lambda model: reason(model) == "InvalidSpec")
    assert complaint in condition(model, "Ready")["message"]
    assert condition(model, "Stalled")["status"] == "True"


async def test_api_keys_are_mounted_and_the_runtime_told_where(api: Api, operator: Operating) -> None:
    pod = await deployed(api, auth={"secretName": "echo-keys"})
    (volume,) = [volume for volume in pod["volumes"] if volume["name"] == "api-keys"]
    (mount,) = [mount for mount in pod["containers"][0]["volumeMounts"] if mount["name"] == "api-keys"]
    assert volume["secret"]["secretName"] == "echo-keys"
    assert (mount["mountPath"], mount["readOnly"]) == ("/api-keys", True)
    assert {"name": "TRUSS_API_KEYS_DIR", "value": "/api-keys"} in pod["containers"][0]["env"]


async def test_a_pod_template_is_merged_over_the_pod_by_name(api: Api, operator: Operating) -> None:
    template = {
        "metadata": {"labels": {"team": "search"}, "annotations": {"note": "a"}},
        "spec": {
            "hostname": "echo",
            "enableServiceLinks": None,
            "containers": [
                {
                    "name": "model",
                    "workingDir": "/models",
                    "securityContext": {"readOnlyRootFilesystem": False},
                },
                {"name": "proxy", "image": "proxy:1"},
            ],
            "volumes": [{"name": "tmp", "emptyDir": {"medium": "Memory"}}],
        },
    }
    await api.model(podTemplate=template)
    found = (await api.until("deployments", "echo", bool))["spec"]["template"]
    assert found["metadata"]["labels"]["team"] == "search"
    assert found["metadata"]["labels"]["trussmodel.dev/name"] == "echo"
    assert found["metadata"]["annotations"] == {"note": "a"}
    model, proxy = found["spec"]["containers"]
    assert (model["name"], model["workingDir"], proxy["name"]) == ("model", "/models", "proxy")
    assert model["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert model["securityContext"]["readOnlyRootFilesystem"] is False
    assert found["spec"]["volumes"] == [{"name": "tmp", "emptyDir": {"medium": "Memory"}}]
    assert (found["spec"]["hostname"], "enableServiceLinks" in found["spec"]) == ("echo", False)


async def test_a_pod_template_that_is_refused_leaves_what_runs_alone(api: Api, operator: Operating) -> None:
    await api.model()
    before = await api.until("deployments", "echo", bool)
    for pod in ({"hostPID": True}, {"containers": None}):
        patched = await api.patch("trussmodels", "echo", {"spec": {"podTemplate": {"spec": pod}}})
        generation = patched["metadata"]["generation"]
        told = await api.until("trussmodels", "echo", partial(has_seen, generation))
        assert reason(told) == "InvalidSpec"
    after = await api.get("deployments", "echo")
    assert after["spec"]["template"] == before["spec"]["template"]
    await api.patch("trussmodels", "echo", {"spec": {"podTemplate": None}})
    await api.until("trussmodels", "echo", lambda model: reason(model) == "Progressing")


async def test_where_and_as_whom_the_pods_run_is_in_the_pod(api: Api, operator: Operating) -> None:
    toleration = {"key": "gpu", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}
    pod = await deployed(
        api,
        nodeSelector={"gpu": "a100"},
        tolerations=[toleration],
        serviceAccountName="models",
        imagePullSecrets=[{"name": "registry"}],
    )
    assert pod["nodeSelector"] == {"gpu": "a100"}
    assert pod["tolerations"] == [toleration]
    assert pod["serviceAccountName"] == "models"
    assert pod["imagePullSecrets"] == [{"name": "registry"}]
    assert pod["automountServiceAccountToken"] is False


async def test_variables_and_secrets_reach_the_model_as_spec_says(api: Api, operator: Operating) -> None:
    sources = [{"prefix": "A_", "configMapRef": {"name": "a", "optional": True}}]
    field = {"name": "NODE", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "spec.nodeName"}}}
    pod = await deployed(
        api,
        env=[{"name": "A", "value": "1"}, field],
        envFrom=sources,
        secrets={"hf": {"name": "s", "key": "k"}},
    )
    (container,) = pod["containers"]
    assert container["env"][-2:] == [{"name": "A", "value": "1"}, field]
    assert container["envFrom"] == sources
    (volume,) = [volume for volume in pod["volumes"] if volume["name"] == "secrets"]
    source = {"secret": {"name": "s", "items": [{"key": "k", "path": "hf"}]}}
    assert volume["projected"]["sources"] == [source]
    assert {"name": "secrets", "mountPath": "/secrets", "readOnly": True} in container["volumeMounts"]


async def test_pace_of_a_rollout_is_the_deployment_s(api: Api, operator: Operating) -> None:
    rollout = {"minReadySeconds": 7, "progressDeadlineSeconds": 1234, "maxSurge": 2}
    await api.model(rollout=rollout, timeouts={"loadSeconds": 60})
    spec = (await api.until("deployments", "echo", bool))["spec"]
    assert (spec["minReadySeconds"], spec["progressDeadlineSeconds"]) == (7, 1234)
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 2, "maxUnavailable": 0}


async def test_time_to_load_makes_the_progress_deadline_longer(api: Api, operator: Operating) -> None:
    await api.model(timeouts={"loadSeconds": 7200})
    spec = (await api.until("deployments", "echo", bool))["spec"]
    assert spec["progressDeadlineSeconds"] > 7200
