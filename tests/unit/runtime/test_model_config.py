"""config.yaml, and what the operator lays over it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truss_runtime.failure import ModelFailure
from truss_runtime.model.config import merge, read_config

CONFIGS = st.recursive(
    st.integers() | st.text(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner)
).filter(lambda value: isinstance(value, dict))


def test_mappings_merge_and_anything_else_is_replaced() -> None:
    base = {"model_metadata": {"tags": ["a"], "owner": "me"}, "resources": {"cpu": "1"}}

    merged = merge(base, {"model_metadata": {"tags": ["b"]}, "resources": None})

    assert merged == {"model_metadata": {"tags": ["b"], "owner": "me"}, "resources": None}


@given(CONFIGS, CONFIGS)
def test_whatever_is_laid_over_is_found_in_the_result(base: dict[str, Any], over: dict[str, Any]) -> None:
    merged = merge(base, over)

    assert merge(merged, over) == merged
    assert merge(base, {}) == base
    assert set(merged) == set(base) | set(over)


def test_overlay_alone_is_enough(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"a": 1}')

    assert read_config(tmp_path / "config.yaml", tmp_path / "config.json") == {"a": 1}


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("config.yaml", "a: [1\nb: 2", r"config\.yaml:2: not readable as YAML"),
        ("config.yaml", "- 1", r"config\.yaml: holds a list"),
        ("config.json", "{", r"config\.json: not readable as JSON"),
        ("config.json", "3", r"config\.json: holds a int"),
    ],
)
def test_unreadable_configuration_is_named(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    file = tmp_path / name
    file.write_text(text)

    with pytest.raises(ModelFailure, match=complaint):
        read_config(file, None) if name.endswith("yaml") else read_config(None, file)


def test_missing_overlay_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(ModelFailure, match="TRUSS_CONFIG"):
        read_config(None, tmp_path / "absent.json")
