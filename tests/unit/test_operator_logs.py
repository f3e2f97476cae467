"""The operator's log, on a terminal and in a container, with text of others in it."""

import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from nasty import TEXT, harm_in
from truss_operator import logs

LOG = logging.getLogger("truss_operator.test")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def said(capsys: pytest.CaptureFixture[str], form: str, text: str, *, raised: bool = False) -> str:
    capsys.readouterr()
    logs.set_up(form, "INFO", lambda: ("ml", "echo", 7))
    LOG.warning("it says %s", text, exc_info=ValueError(text) if raised else None)
    return capsys.readouterr().err


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT)
def test_line_on_a_terminal_is_one_line_without_harm(capsys: pytest.CaptureFixture[str], text: str) -> None:
    line = said(capsys, "console", text)
    assert line.count("\n") == 1
    assert harm_in(line, but="\n") == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT)
def test_traceback_on_a_terminal_is_without_harm(capsys: pytest.CaptureFixture[str], text: str) -> None:
    assert harm_in(said(capsys, "console", text, raised=True), but="\n") == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT)
def test_line_in_a_container_is_one_object_of_ascii(capsys: pytest.CaptureFixture[str], text: str) -> None:
    line = said(capsys, "json", text, raised=True)
    assert line.count("\n") == 1
    assert line.isascii()
    found = json.loads(line)
    assert (found["message"], found["namespace"], found["name"]) == (f"it says {text}", "ml", "echo")
    assert found["generation"] == 7
