"""The benchmark compares like with like, and its page shows what it measures."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.perf.cases import CASES, FAILURES, Case
from tests.perf.measure import Comparison, check
from tests.perf.report import BEGIN, END, place, row, section
from tests.perf.server import Server, baseline, cores, failing, runtime

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    folder = tmp_path_factory.mktemp("servers")
    core, _ = cores()
    with (
        baseline(core=core, folder=folder) as starlette,
        runtime("asynchronous", core=core, folder=folder) as asynchronous,
        runtime("plain", core=core, folder=folder) as plain,
    ):
        found = {"starlette": starlette, "asynchronous": asynchronous, "plain": plain}
        for server in found.values():
            server.ready()
        yield found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_runtime_and_starlette_answer_alike(case: Case, servers: dict[str, Server]) -> None:
    check(case, servers["starlette"], servers[case.subject])


def test_server_uses_cpu_time_and_memory(servers: dict[str, Server]) -> None:
    server = servers["asynchronous"]

    assert server.cpu_seconds() > 0.01
    assert server.pss_bytes() > 10_000_000


@pytest.mark.parametrize("phase", FAILURES)
def test_model_that_fails_ends_the_process_and_says_when_it_failed(phase: str, tmp_path: Path) -> None:
    core, _ = cores()

    with failing(phase, core=core, folder=tmp_path) as server:
        assert server.failed() > 0

    assert json.loads((tmp_path / "report.json").read_text())["phase"] == phase


@pytest.mark.parametrize("case", [case for case in CASES if "1 KB" in case.name], ids=lambda case: case.name)
def test_bodies_of_1_kb_are_that(case: Case) -> None:
    assert 900 < len(case.body) < 1150


def test_row_shows_the_median_of_the_rounds_ratios_and_whether_it_is_reached() -> None:
    case = CASES[0]

    cells = row(Comparison(case, starlette=(10.0, 10.0, 20.0), runtime=(15.0, 11.0, 24.0)))

    assert cells[2:4] == ["1.20", "1.10 to 1.50"]
    assert cells[-1] == "reached"


def test_page_keeps_what_is_around_the_generated_part() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"

    assert place(page, "new") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"


def test_page_without_a_generated_part_is_refused() -> None:
    with pytest.raises(ValueError, match="no part between"):
        place("a page", "new")


def test_every_case_is_on_the_page() -> None:
    page = (ROOT / "docs/performance.md").read_text()

    assert [case.name for case in CASES if f"| {case.name} |" not in page] == []
    assert section([], None, machine="a machine", date="today", rounds=1).startswith("Measured on today")
