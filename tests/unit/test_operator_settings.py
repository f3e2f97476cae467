"""What the operator's command line takes, and what it makes of it."""

import pytest
from click.testing import CliRunner

from truss_operator.main import main


@pytest.mark.parametrize(
    ("given", "followed"),
    [
        ("", ()),
        ("a", ("a",)),
        ("a, b", ("a", "b")),
        (" team-1 ,team-2", ("team-1", "team-2")),
        ("a,a", ("a",)),
    ],
)
def test_namespaces_are_names_between_commas(given: str, followed: tuple[str, ...]) -> None:
    assert main.make_context("truss-operator", ["--namespaces", given]).params["namespaces"] == followed


def test_namespaces_of_the_variable_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSS_OPERATOR_NAMESPACES", "a, b")
    assert main.make_context("truss-operator", []).params["namespaces"] == ("a", "b")


@pytest.mark.parametrize("given", ["a b", "a,,b", ",", "team-*", "!a", "Team", "-a", "a/b", "x" * 64])
def test_what_is_no_namespace_is_refused(given: str) -> None:
    done = CliRunner().invoke(main, ["--namespaces", given])
    assert done.exit_code == 2
    assert "there can be no namespace" in done.output
