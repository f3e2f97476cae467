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
ENV_NAMES = st.sampled_from(["LOG_LEVEL", "HOME", "A", "TRUSS_LOAD_SECONDS"])
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
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "environment": st.sampled_from(["production", "staging"]),
    "model": st.sampled_from(["echo", "team/echo", "other"]),
    "replicas": st.integers(0, 5),
    "resources": st.fixed_dictionaries({}, optional={"requests": QUANTITIES, "limits": QUANTITIES}),
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
}
"""Every field of spec but the image, with values for it."""
SPECS = st.fixed_dictionaries({"image": st.sampled_from(["echo:1", "echo:2"])}, optional=FIELDS)
