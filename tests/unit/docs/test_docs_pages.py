"""The pages hold together: what they name is there."""

import re
from pathlib import Path

import pytest
import yaml

from dockerfiles import instructions, users
from pages import DOCS, ROOT, blocks, name_of, pages
from truss_operator.status.reasons import FAILURES


def test_each_failure_has_a_page_and_no_page_is_of_another() -> None:
    assert {page.stem for page in (DOCS / "failures").glob("*.md")} == {*FAILURES, "index"}


@pytest.mark.parametrize("name", sorted(FAILURES))
def test_page_of_a_failure_says_more_than_its_facts(name: str) -> None:
    _, _, prose = (DOCS / "failures" / f"{name}.md").read_text().partition("<!-- end: facts -->")

    assert len(prose.split()) > 15


def test_every_page_is_in_the_navigation() -> None:
    listed = set(re.findall(r"- (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE))

    assert {name_of(page) for page in pages()} == listed


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_yaml_of_a_page_can_be_read(page: Path) -> None:
    for block in blocks(page, "yaml"):
        assert all(isinstance(document, dict) for document in yaml.safe_load_all(block))


@pytest.mark.parametrize("page", [page for page in pages() if blocks(page, "dockerfile")], ids=name_of)
def test_dockerfile_of_a_page_installs_as_root_and_ends_as_the_pods_user(page: Path) -> None:
    for block in blocks(page, "dockerfile"):
        *runs, (_, last) = users(block)
        base = [rest for word, rest in instructions(block) if word == "FROM"][-1]
        of_the_runtime = base == "${BASE}" or base.startswith("trussmodel/runtime:")
        if of_the_runtime:  # whose user is 60000 already
            assert [user for _, user in runs] == ["root"] * len(runs)
        assert last == "60000" or (of_the_runtime and not runs and not last)


def test_each_claim_of_the_self_assessment_names_tests_that_exist() -> None:
    page = (DOCS / "capability-levels.md").read_text()
    claims = [row for row in page.splitlines() if row.startswith("| ") and "---" not in row][1:]

    for claim in claims:
        named = re.findall(r"`(tests/[^`]+)`", claim)
        assert named or "not claimed" in claim, claim
        assert all((ROOT / name).exists() for name in named), claim


def test_each_threat_names_tests_that_exist() -> None:
    page = (DOCS / "operations" / "security.md").read_text().partition("## What holds")[2].partition("##")[0]
    threats = [row for row in page.splitlines() if row.startswith("| ") and "---" not in row][1:]

    assert threats
    for threat in threats:
        named = re.findall(r"`(tests/[^`]+)`", threat.rpartition(" | ")[2])
        assert named, threat
        assert all((ROOT / name).exists() for name in named), threat


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_make_targets_of_a_page_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()

    for target in re.findall(r"`?\bmake ([a-z][a-z-]+)`", page.read_text()):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
