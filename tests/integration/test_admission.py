"""What the API server itself says to a TrussModel: defaults, and refusals that name field and remedy."""

from typing import Any

import pytest

from api import Api, Refused

pytestmark = pytest.mark.asyncio

RESERVED = [{"name": "TRUSS_ENVIRONMENT", "value": "staging"}]
TWICE = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
WEIGHTS = {"volumes": [{"name": "w", "persistentVolumeClaim": {"claimName": "weights"}}]}
BOTH = [{"name": "A", "value": "1", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]


async def test_a_new_object_has_its_defaults_and_reads_as_not_yet_seen(api: Api) -> None:
    model = await api.model()
    assert model["spec"] == {
        "image": "registry.example.com/echo:1",
        "environment": "production",
        "replicas": 1,
    }
    assert model["status"] == {"observedGeneration": -1}


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        (
            {"image": ""},
            "spec.image: Invalid value: .*an image reference such as",
        ),
        ({"image": "echo 1"}, "spec.image: .*no spaces"),
        ({"environment": "Prod"}, "spec.environment: .*a DNS label"),
        ({"runtimeClassName": "NVIDIA"}, "spec.runtimeClassName: .*should match"),
        ({"model": "My Model"}, "spec.model: .*1 to 63 characters of a-z"),
        ({"model": "m" * 64}, "spec.model: Too long"),
        ({"replicas": -1}, "spec.replicas: .*greater than or equal to 0"),
        (
            {"env": [{"name": "TRUSS_LOAD_SECONDS", "value": "1"}]},
            r"spec.env\[0\].name: .*TRUSS_LOAD_SECONDS is reserved: set spec.timeouts.loadSeconds instead",
        ),
        (
            {"env": [{"name": "TRUSS_ADMIN_PORT", "value": "1"}]},
            r"spec.env\[0\].name: .*TRUSS_ADMIN_PORT is reserved: the operator sets it: leave it out",
        ),
        (
            {"env": RESERVED},
            r"spec.env\[0\].name: .*reserved: set spec.environment instead",
        ),
        ({"env": TWICE}, r"spec.env\[1\]: Duplicate value"),
        ({"env": BOTH}, r"spec.env\[0\]: .*give value or valueFrom, not both"),
        ({"env": [{"name": "A", "valueFrom": {}}]}, r"spec.env\[0\].valueFrom: .*give exactly one of"),
        ({"envFrom": [{"prefix": "A_"}]}, r"spec.envFrom\[0\]: .*exactly one of"),
        (
            {"secrets": {"../hf": {"name": "a", "key": "b"}}},
            "spec.secrets: .*becomes a file's",
        ),
        ({"secrets": {"hf": {"name": "a"}}}, "spec.secrets.hf.key: Required value"),
        ({"resources": {"limits": {"cpu": "one"}}}, "spec.resources.limits.cpu: Invalid value"),
        ({"tolerations": [{"operator": "Is"}]}, r"spec.tolerations\[0\].operator: Unsupported value"),
        ({"config": ["a"]}, "spec.config: .*must be of type object"),
        (
            {"rollout": {"progressDeadlineSeconds": 60}, "timeouts": {"loadSeconds": 60}},
            "spec.rollout.progressDeadlineSeconds: .*longer than timeouts.loadSeconds",
        ),
        (
            {"rollout": {"progressDeadlineSeconds": 60, "minReadySeconds": 60}},
            "spec.rollout.minReadySeconds: .*progressDeadlineSeconds longer than minReadySeconds",
        ),
        ({"rollout": {"maxSurge": 0}}, "spec.rollout.maxSurge: .*greater than or equal to 1"),
        ({"rollout": {"rollback": "Maybe"}}, "spec.rollout.rollback: Unsupported value"),
        ({"rollout": {"restartedAt": "now"}}, "spec.rollout.restartedAt: .*date-time"),
        ({"rollout": {"smoke": {"route": "chat"}}}, "spec.rollout.smoke.route: Unsupported value"),
        ({"requiredRoutes": ["chat"]}, r"spec.requiredRoutes\[0\]: Unsupported value"),
        ({"requiredRoutes": ["predict", "predict"]}, r"spec.requiredRoutes\[1\]: Duplicate value"),
        ({"imagePullPolicy": "Sometimes"}, "spec.imagePullPolicy: Unsupported value"),
        ({"concurrency": {"limit": 0}}, "spec.concurrency.limit: .*greater than or equal to 1"),
        ({"concurrency": {"queue": -1}}, "spec.concurrency.queue: .*greater than or equal to 0"),
        ({"timeouts": {"loadSeconds": 0}}, "spec.timeouts.loadSeconds: .*greater than or equal to 1"),
        ({"timeouts": {"graceSeconds": 86401}}, "spec.timeouts.graceSeconds: .*less than or equal to 86400"),
        ({"timeouts": {"drainSeconds": "10s"}}, "spec.timeouts.drainSeconds: .*must be of type integer"),
        ({"requests": {"maxBodyBytes": 0}}, "spec.requests.maxBodyBytes: .*greater than or equal to 1"),
        ({"requests": {"pingSeconds": 0}}, "spec.requests.pingSeconds: .*greater than or equal to 1"),
        (
            {"requests": {"corsOrigins": ["app.example.com"]}},
            r"spec.requests.corsOrigins\[0\]: .*an origin is",
        ),
        (
            {"requests": {"corsOrigins": ["https://a.com/b"]}},
            r"spec.requests.corsOrigins\[0\]: .*an origin is",
        ),
        ({"auth": {}}, "spec.auth.secretName: Required value"),
        (
            {"env": [{"name": "TRUSS_API_KEYS_DIR", "value": "/k"}]},
            r"spec.env\[0\].name: .*set spec.auth.secretName instead",
        ),
        ({"podTemplate": {"spec": []}}, "spec.podTemplate.spec: .*must be of type object"),
        (
            {"podTemplate": {"metadata": {"labels": {"trussmodel.dev/name": "other"}}}},
            "spec.podTemplate.metadata.labels: .*the operator's: choose others",
        ),
        ({"probes": {"liveness": {}}}, "spec.probes.liveness: .*at least 1 properties"),
        ({"probes": {"startup": {"periodSeconds": 0}}}, "spec.probes.startup.periodSeconds: Invalid value"),
        ({"volumes": [{"name": "w"}]}, r"spec.volumes\[0\]: .*give exactly one of persistentVolumeClaim"),
        (
            {"volumes": [{"name": "w", "hostPath": {"path": "/"}}]},
            r"spec.volumes\[0\]: .*hostPath is refused",
        ),
        ({"volumes": [{"name": "W", "emptyDir": {}}]}, r"spec.volumes\[0\].name: .*a DNS label"),
        ({"volumes": [{"name": "tmp", "emptyDir": {}}]}, r"spec.volumes\[0\].name: .*choose another name"),
        (
            {"volumes": [{"name": "w", "emptyDir": {"medium": "Tape"}}]},
            r"spec.volumes\[0\].emptyDir.medium: .*a medium is Memory",
        ),
        (
            {"volumes": [{"name": "w", "persistentVolumeClaim": {}}]},
            r"spec.volumes\[0\].persistentVolumeClaim.claimName: Required value",
        ),
        (
            {"volumes": [{"name": "w", "image": {"reference": ""}}]},
            r"spec.volumes\[0\].image.reference: .*an image reference such as",
        ),
        (
            {"volumeMounts": [{"name": "w", "mountPath": "/w"}]},
            "spec.volumeMounts: .*names one of spec.volumes",
        ),
        (
            {**WEIGHTS, "volumeMounts": [{"name": "w", "mountPath": "w"}]},
            r"spec.volumeMounts\[0\].mountPath: .*begin it with '/'",
        ),
        (
            {**WEIGHTS, "volumeMounts": [{"name": "w", "mountPath": "/secrets/w"}]},
            r"spec.volumeMounts\[0\].mountPath: .*choose another path",
        ),
        (
            {**WEIGHTS, "volumeMounts": [{"name": "w", "mountPath": "/w"}, {"name": "w", "mountPath": "/w"}]},
            r"spec.volumeMounts\[1\]: Duplicate value",
        ),
        ({"affinity": ["a"]}, "spec.affinity: .*must be of type object"),
        ({"priorityClassName": ""}, "spec.priorityClassName: .*at least 1 chars"),
        ({"resourceClaims": [{"name": "gpu"}]}, r"spec.resourceClaims\[0\]: .*give exactly one of"),
        ({"resources": {"claims": [{"request": "one"}]}}, r"spec.resources.claims\[0\].name: Required value"),
    ],
)
async def test_what_breaks_the_schema_is_refused_with_the_field_named(
    api: Api, spec: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(Refused, match=complaint):
        await api.model(**spec)


@pytest.mark.parametrize("name", ["1echo", "my.echo", "e" * 64])
async def test_a_name_that_no_service_can_have_is_refused(api: Api, name: str) -> None:
    with pytest.raises(Refused, match=r"metadata.name: .*at most 63 characters"):
        await api.model(name)


async def test_the_longest_name_is_taken(api: Api) -> None:
    assert await api.model("e" * 63)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"environment": "staging"}, "spec.environment: .*never changes"),
        ({"environment": None}, "spec.environment: .*never changes"),
        ({"model": "other"}, "spec.model: .*never changes"),
        ({"model": None}, "spec.model: .*never changes"),
    ],
)
async def test_what_identifies_a_model_never_changes(
    api: Api, change: dict[str, Any], complaint: str
) -> None:
    await api.model(environment="development", model="team/echo")
    with pytest.raises(Refused, match=complaint):
        await api.patch("trussmodels", "echo", {"spec": change})


async def test_saying_the_default_name_aloud_is_no_change(api: Api) -> None:
    await api.model()
    changed = await api.patch("trussmodels", "echo", {"spec": {"model": "echo"}})
    assert changed["spec"]["model"] == "echo"


async def test_unknown_fields_are_dropped_and_config_is_kept_whole(api: Api) -> None:
    config = {"a": None, "deep": {"list": [1, {"b": 2.5}]}}
    model = await api.model(config=config, imagine="that")
    assert model["spec"]["config"] == config
    assert "imagine" not in model["spec"]


async def test_scaling_changes_the_replicas_of_the_object(api: Api) -> None:
    await api.model()
    scale = await api.patch("trussmodels", "echo", {"spec": {"replicas": 3}}, subresource="scale")
    assert scale["kind"] == "Scale"
    assert (await api.get("trussmodels", "echo"))["spec"]["replicas"] == 3
