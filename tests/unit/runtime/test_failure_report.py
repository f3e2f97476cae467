"""The report fits into what Kubernetes keeps, and keeps what matters most."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truss_runtime import failure
from truss_runtime.failure import REPORT_BYTES, Report, write_report

REPORTS = st.builds(
    Report,
    phase=st.just("load"),
    reason=st.just("LoadFailed"),
    message=st.text(max_size=40) | st.text(max_size=20).map(lambda text: text * 700),
    exception_type=st.none() | st.text(max_size=20),
    frames=st.lists(st.text(max_size=30).map(lambda text: text * 40), max_size=20).map(tuple),
)


@given(REPORTS)
def test_report_is_json_of_at_most_4096_bytes(report: Report) -> None:
    data = report.encode()

    assert len(data) <= REPORT_BYTES
    assert json.loads(data)["reason"] == "LoadFailed"


def test_innermost_frames_and_the_message_stay_longest() -> None:
    frames = tuple(f"model.py:{number} in f: {'x' * 500}" for number in range(20))

    kept = json.loads(Report("load", "LoadFailed", "why", None, frames).encode())

    assert kept["message"] == "why"
    assert kept["frames"] == list(frames[-len(kept["frames"]) :])
    assert 0 < len(kept["frames"]) < 20


def test_default_termination_log_is_never_created(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = tmp_path / "termination-log"
    monkeypatch.setattr(failure, "DEFAULT_TERMINATION_LOG", absent)

    write_report(Report("load", "LoadFailed", "why"), absent)

    assert not absent.exists()


def test_termination_log_that_was_asked_for_is_created(tmp_path: Path) -> None:
    write_report(Report("load", "LoadFailed", "why"), tmp_path / "log")

    assert json.loads((tmp_path / "log").read_bytes())["message"] == "why"
