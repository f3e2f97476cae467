"""How the operator reads a TrussModel: leniently, for a newer definition must not break an older operator."""

from typing import Any

import pytest
from pydantic import ValidationError

from truss_operator.api.apitype import camel
from truss_operator.api.v1alpha1 import TrussModel


def parsed(spec: dict[str, Any], **more: Any) -> TrussModel:
    return TrussModel.model_validate({"metadata": {"name": "echo", "namespace": "ml"}, "spec": spec, **more})


def test_only_the_image_is_required() -> None:
    spec = parsed({"image": "echo:1"}).spec
    assert (spec.image, spec.environment, spec.replicas) == ("echo:1", "production", 1)
    with pytest.raises(ValidationError, match="image"):
        parsed({})


def test_unknown_fields_are_ignored_at_every_level() -> None:
    spec = {"image": "echo:1", "future": 1, "env": [{"name": "A", "value": "1", "future": {}}]}
    assert parsed(spec, future=[]) == parsed({"image": "echo:1", "env": [{"name": "A", "value": "1"}]})


def test_config_keeps_nulls_and_empty_values() -> None:
    config: dict[str, Any] = {"a": None, "b": {}, "c": [None]}
    assert parsed({"image": "echo:1", "config": config}).spec.as_json()["config"] == config


def test_a_quantity_may_be_a_number() -> None:
    resources = parsed(
        {"image": "echo:1", "resources": {"limits": {"nvidia.com/gpu": 1, "cpu": "2"}}}
    ).spec.resources
    assert resources is not None
    assert resources.limits == {"nvidia.com/gpu": "1", "cpu": "2"}


def test_the_served_name_is_the_object_s_unless_spec_names_one() -> None:
    assert parsed({"image": "echo:1"}).served_name == "echo"
    assert parsed({"image": "echo:1", "model": "team/echo"}).served_name == "team/echo"


@pytest.mark.parametrize(
    "status", [None, 3, {"conditions": 7}, {"lastFailure": {}}, {"routes": [{"kind": 1}]}]
)
def test_a_status_that_cannot_be_read_counts_as_lost(status: Any) -> None:
    model = parsed({"image": "echo:1"}, status=status)
    assert model.status.as_json() == {"observedGeneration": -1}


def test_names_are_those_of_the_api_conventions() -> None:
    assert camel("openai_base_url") == "openaiBaseURL"
    assert camel("url") == "url"
    assert camel("config_map_key_ref") == "configMapKeyRef"
