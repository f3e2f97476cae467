"""What runtime and operator, which do not import each other, must call by the same names.

A setting of the runtime is a flag, a variable and, where the operator has one, a field: the page tells.
"""

import re
from pathlib import Path
from typing import get_args

import pytest

from truss_operator.api.crd import custom_resource_definition
from truss_operator.api.v1alpha1.rollout import RouteKind
from truss_operator.api.v1alpha1.settings import SETTINGS
from truss_operator.api.v1alpha1.trussmodel import TrussModel
from truss_operator.builders.environment import build_env
from truss_operator.status.reasons import FAILURES
from truss_runtime.cli import serve
from truss_runtime.failure import Phase, Reason
from truss_runtime.kinds import KINDS, PREDICT, Kind
from truss_runtime.web.schema import schema_of

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "runtime-settings.md").read_text()


def _told() -> dict[str, tuple[str, str]]:
    """The flag and the field of each variable, as the page has them."""
    rows = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| `--")]
    cells = [[cell.strip().strip("`") for cell in row] for row in rows]
    return {variable: (flag, field) for flag, variable, field, *_ in cells}


def _set_by_the_operator(**spec: object) -> set[str]:
    resource = {
        "apiVersion": "trussmodel.dev/v1alpha1",
        "kind": "TrussModel",
        "metadata": {"name": "a", "namespace": "b", "uid": "c", "generation": 1},
        "spec": {"image": "i", **spec},
    }
    names = {variable["name"] for variable in build_env(TrussModel.model_validate(resource))}
    return {name for name in names if name.startswith("TRUSS_")}


def test_field_of_each_setting_is_the_one_that_the_operator_follows() -> None:
    told = {variable: field for variable, (_, field) in _told().items() if field}

    always = {"TRUSS_MODEL_NAME": "spec.model", "TRUSS_ENVIRONMENT": "spec.environment"}
    files = {"TRUSS_CONFIG": "spec.config", "TRUSS_API_KEYS_DIR": "spec.auth"}
    assert told == {name: f"spec.{path}" for name, path in SETTINGS.items()} | always | files


def test_operator_sets_what_the_page_says_and_nothing_else() -> None:
    bare = _set_by_the_operator()
    whole = _set_by_the_operator(config={"a": 1}, auth={"secretName": "keys"})

    assert bare == {"TRUSS_MODEL_NAME", "TRUSS_ENVIRONMENT", "TRUSS_ADMIN_PORT"}
    assert whole - bare == {"TRUSS_CONFIG", "TRUSS_API_KEYS_DIR"}


def test_description_of_each_field_tells_the_default() -> None:
    rows = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| `--")]
    told = {variable.strip(" `"): default.strip(" `") for _, variable, _, default, _ in rows}
    for variable, path in SETTINGS.items():
        if told[variable] in ("none", "off"):
            continue
        schema = custom_resource_definition()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        field = schema["properties"]["spec"]
        for name in path.split("."):
            field = field["properties"][name]
        number = re.findall(r"\d+", told[variable])[-1]
        assert re.search(rf"Unset, .*{number}", field["description"]), path


def test_variable_and_field_are_named_like_the_flag() -> None:
    flags = {str(option.envvar): option.opts[0] for option in serve.params if option.opts[0].startswith("--")}

    for variable, (flag, field) in _told().items():
        assert flags[variable] == flag
        assert variable == f"TRUSS_{flag[2:].replace('-', '_').upper()}"
        last = field.rpartition(".")[2]
        words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in last)
        assert not field or words in flag or flag == "--model-name" or field in _OTHER_NAMES


_OTHER_NAMES = {"spec.concurrency.limit", "spec.auth"}
"""Fields whose place says what the flag does: the limit of the concurrency, and who is let in."""


def test_kinds_of_route_that_spec_may_name_are_those_of_the_runtime() -> None:
    assert get_args(RouteKind) == tuple(kind.name for kind in KINDS)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind is not PREDICT], ids=lambda kind: str(kind.name)
)
def test_every_kind_of_route_has_its_bodies_described(kind: Kind) -> None:
    schema = schema_of(kind)
    assert schema is not None
    assert schema.Request.model_json_schema()["properties"]
    assert schema.Response.model_json_schema()["properties"]


def test_operator_knows_every_reason_and_phase_that_the_runtime_reports() -> None:
    assert set(get_args(Reason)) <= set(FAILURES)
    phases = {failure.phase for failure in FAILURES.values()}
    assert set(get_args(Phase)) <= phases
