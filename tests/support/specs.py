"""Specs of TrussModels that the API server would admit, as Hypothesis draws them."""

from typing import Any

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "hf-token", "model-7"])
TEXT = st.text("abcXYZ019-_. ", max_size=8)
LABELS = st.dictionaries(NAMES, st.sampled_from(["x", "y"]), max_size=2)
QUANTITIES = st.dictionaries(st.sampled_from(["cpu", "memory"]), st.sampled_from(["1", "2Gi", 3]), max_size=2)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=5,
)
KEY_REF = st.fixed_dictionaries({"name": NAMES, "key": NAMES}, optional={"optional": st.booleans()})
FIELD_REF = st.fixed_dictionaries({"fieldPath": st.just("metadata.name")})
VALUE_FROM = st.one_of(
    st.fixed_dictionaries({"secretKeyRef": KEY_REF}),
    st.fixed_dictionaries({"configMapKeyRef": KEY_REF}),
    st.fixed_dictionaries({"fieldRef": FIELD_REF}),
    st.fixed_dictionaries({"resourceFieldRef": st.just({"resource": "limits.cpu", "divisor": 1})}),
)
ENV_NAMES = st.sampled_from(["LOG_LEVEL", "HOME", "A", "TRUSS_OF_THE_USER"])
ENV = st.lists(
    st.one_of(
        st.fixed_dictionaries({"name": ENV_NAMES}, optional={"value": TEXT}),
        st.fixed_dictionaries({"name": ENV_NAMES, "valueFrom": VALUE_FROM}),
    ),
    max_size=3,
    unique_by=lambda variable: str(variable["name"]),
)
REF = st.fixed_dictionaries({"name": NAMES}, optional={"optional": st.booleans()})
ENV_FROM = st.lists(
    st.one_of(
        st.fixed_dictionaries({"configMapRef": REF}, optional={"prefix": NAMES}),
        st.fixed_dictionaries({"secretRef": REF}),
    ),
    max_size=2,
)
TOLERATION = st.fixed_dictionaries(
    {"key": NAMES, "operator": st.sampled_from(["Exists", "Equal"])},
    optional={"effect": st.just("NoExecute"), "tolerationSeconds": st.integers(0, 60)},
)
SECONDS = st.integers(1, 3600)
VOLUME_NAMES = st.sampled_from(["weights", "shm"])
VOLUME_SOURCES: list[st.SearchStrategy[dict[str, Any]]] = [
    st.fixed_dictionaries(
        {
            "persistentVolumeClaim": st.fixed_dictionaries(
                {"claimName": NAMES}, optional={"readOnly": st.booleans()}
            )
        }
    ),
    st.fixed_dictionaries(
        {
            "emptyDir": st.fixed_dictionaries(
                {}, optional={"medium": st.just("Memory"), "sizeLimit": st.just("1Gi")}
            )
        }
    ),
    st.fixed_dictionaries({"image": st.fixed_dictionaries({"reference": st.just("weights:1")})}),
    st.fixed_dictionaries({"configMap": st.fixed_dictionaries({"name": NAMES})}),
    st.fixed_dictionaries({"csi": st.fixed_dictionaries({"driver": st.just("weights.example.com")})}),
]
VOLUME = st.builds(
    lambda name, source: {"name": name, **source},
    VOLUME_NAMES,
    st.one_of(VOLUME_SOURCES),
)
MOUNT = st.fixed_dictionaries(
    {"name": VOLUME_NAMES, "mountPath": st.sampled_from(["/models", "/dev/shm"])},
    optional={"readOnly": st.booleans(), "subPath": st.just("a")},
)
PACE = st.fixed_dictionaries(
    {"periodSeconds": st.integers(11, 60)}, optional={"timeoutSeconds": st.integers(6, 9)}
)
AFFINITY = st.fixed_dictionaries(
    {},
    optional={
        "podAntiAffinity": st.just(
            {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"a": "b"}}}
                ]
            }
        )
    },
)
SPREAD = st.fixed_dictionaries(
    {
        "maxSkew": st.integers(1, 3),
        "topologyKey": st.just("topology.kubernetes.io/zone"),
        "whenUnsatisfiable": st.just("DoNotSchedule"),
    }
)
CLAIM = st.one_of(
    st.fixed_dictionaries({"name": NAMES, "resourceClaimName": NAMES}),
    st.fixed_dictionaries({"name": NAMES, "resourceClaimTemplateName": NAMES}),
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "environment": st.sampled_from(["production", "staging"]),
    "model": st.sampled_from(["echo", "team/echo", "other"]),
    "replicas": st.integers(0, 5),
    "imagePullPolicy": st.sampled_from(["Always", "IfNotPresent"]),
    "resources": st.fixed_dictionaries(
        {},
        optional={
            "requests": QUANTITIES,
            "limits": QUANTITIES,
            "claims": st.just([{"name": "gpu", "request": "one"}]),
        },
    ),
    "env": ENV,
    "envFrom": ENV_FROM,
    "secrets": st.dictionaries(NAMES, st.fixed_dictionaries({"name": NAMES, "key": NAMES}), max_size=2),
    "config": st.dictionaries(TEXT, JSON, max_size=2),
    "imagePullSecrets": st.lists(
        st.fixed_dictionaries({"name": NAMES}), max_size=2, unique_by=lambda ref: ref["name"]
    ),
    "serviceAccountName": NAMES,
    "nodeSelector": LABELS,
    "tolerations": st.lists(TOLERATION, max_size=2),
    "concurrency": st.fixed_dictionaries(
        {}, optional={"limit": st.integers(1, 9), "queue": st.integers(0, 9)}
    ),
    "timeouts": st.fixed_dictionaries(
        {},
        optional={
            "loadSeconds": SECONDS,
            "requestSeconds": SECONDS,
            "streamReadSeconds": SECONDS,
            "drainSeconds": SECONDS,
            "graceSeconds": SECONDS,
        },
    ),
    "requests": st.fixed_dictionaries(
        {},
        optional={
            "maxBodyBytes": st.integers(1, 2**40),
            "pingSeconds": SECONDS,
            "validate": st.booleans(),
            "strictModelName": st.booleans(),
            "corsOrigins": st.lists(st.just("*"), max_size=1),
        },
    ),
    "auth": st.fixed_dictionaries({"secretName": NAMES}),
    "podTemplate": st.sampled_from(
        [
            {"metadata": {"annotations": {"note": "a"}}},
            {"spec": {"containers": [{"name": "proxy", "image": "proxy:1"}], "hostname": "echo"}},
            {"spec": {"containers": [{"name": "model", "workingDir": "/models"}]}},
        ]
    ),
    "probes": st.fixed_dictionaries({}, optional={"startup": PACE, "readiness": PACE, "liveness": PACE}),
    "volumes": st.lists(VOLUME, max_size=2, unique_by=lambda volume: str(volume["name"])),
    "volumeMounts": st.lists(MOUNT, max_size=2, unique_by=lambda mount: str(mount["mountPath"])),
    "affinity": AFFINITY,
    "topologySpreadConstraints": st.lists(SPREAD, max_size=1),
    "priorityClassName": NAMES,
    "runtimeClassName": NAMES,
    "requiredRoutes": st.lists(st.sampled_from(["predict", "completions"]), max_size=2, unique=True),
    "rollout": st.fixed_dictionaries(
        {},
        optional={
            "strategy": st.sampled_from(["RollingUpdate", "Recreate"]),
            "maxSurge": st.integers(1, 3),
            "progressDeadlineSeconds": st.integers(90000, 99999),
            "rollback": st.sampled_from(["Automatic", "Never"]),
            "minReadySeconds": st.integers(0, 9),
            "restartedAt": st.sampled_from(["2026-01-31T12:00:00Z", "2026-02-01T12:00:00Z"]),
        },
    ),
    "paused": st.booleans(),
    "resourceClaims": st.lists(CLAIM, max_size=2, unique_by=lambda claim: str(claim["name"])),
}
"""Every field of spec but the image, with values for it."""
SPECS = st.fixed_dictionaries({"image": st.sampled_from(["echo:1", "echo:2"])}, optional=FIELDS)
