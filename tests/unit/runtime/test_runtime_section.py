"""The runtime section of config.yaml: what it says, and what it may not say."""

from typing import Any

import pytest

from truss_runtime.failure import ModelFailure
from truss_runtime.model.runtime_section import RuntimeSection, read_runtime


@pytest.mark.parametrize("config", [{}, {"runtime": None}, {"runtime": {"num_workers": 1}}])
def test_what_is_not_said_is_as_on_truss(config: dict[str, Any]) -> None:
    section = read_runtime(config)

    assert section == RuntimeSection()
    assert (section.predict_concurrency, section.streaming_read_timeout) == (1, 60)


def test_what_is_said_is_taken() -> None:
    runtime = {
        "predict_concurrency": "16",
        "streaming_read_timeout": 5,
        "transport": {"kind": "websocket", "ping_interval_seconds": 3, "ping_timeout_seconds": 4},
        "health_checks": {"restart_threshold_seconds": 60},
    }

    assert read_runtime({"runtime": runtime}) == RuntimeSection(16, 5, "websocket", 3, 4, 60)


@pytest.mark.parametrize(
    ("runtime", "says"),
    [
        ([], "runtime is a list"),
        ({"transport": "http"}, "runtime.transport is a str"),
        ({"transport": {"kind": "grpc"}}, "`grpc`: this runtime serves http and websocket"),
        ({"predict_concurrency": 0}, "runtime.predict_concurrency must be a number from 1 on"),
        ({"predict_concurrency": True}, "runtime.predict_concurrency must be"),
        ({"predict_concurrency": "many"}, "runtime.predict_concurrency must be"),
        ({"streaming_read_timeout": 0}, "runtime.streaming_read_timeout must be a number above 0"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_name(runtime: Any, says: str) -> None:
    with pytest.raises(ModelFailure, match=says) as caught:
        read_runtime({"runtime": runtime})

    assert caught.value.report.reason == "InvalidModel"
