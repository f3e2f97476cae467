"""A message about a failure ends with the address of its page, whatever was said before."""

import pytest
import yaml
from click.testing import CliRunner

from controlplane import ROOT
from observed import Json, computed, deployment, ended, pod, serving, told, truss_model, with_status
from pages import blocks
from truss_operator.builders.revision import revision_of
from truss_operator.main import main
from truss_operator.observation import Observation
from truss_operator.settings import Settings
from truss_operator.status.page import with_page
from truss_operator.status.prose import MESSAGE_BYTES
from truss_operator.status.reasons import FAILURES, STATES

MODEL = truss_model()
SITE = f"https://docs.example.com/{'a' * 103}"
"""As long as the operator lets it be."""


def conditions(site: str, message: str = "no") -> dict[str, Json]:
    """Of a new revision that fails with that message, while the one before serves."""
    new = with_status(MODEL, serving(MODEL).status.as_json(), image="registry.example.com/echo:2")
    report = f'{{"phase":"load","reason":"LoadFailed","exceptionType":"RuntimeError","message":"{message}"}}'
    pods = (
        pod(revision_of(MODEL), name="old", ready=True),
        pod(revision_of(new), name="new", **ended(report)),
    )
    seen = Observation(deployment(new, replicas=2, updated=1, ready=1), pods)
    return {each["type"]: each for each in computed(new, seen, site=site)["conditions"]}


def test_ready_and_what_repeats_it_lead_to_the_page_of_the_failure() -> None:
    found = conditions("https://docs.example.com")
    for kind in ("Ready", "Stalled"):
        assert found[kind]["message"].endswith(" More: https://docs.example.com/failures/LoadFailed.html")


def test_message_that_the_documentation_shows_is_one_that_the_operator_writes() -> None:
    shown = blocks(ROOT / "docs" / "failures" / "index.md", "text")
    said = conditions(Settings().docs_url, "ConnectionError: hub.example.com does not answer")
    assert shown == [said["Ready"]["message"] + "\n"]


def test_an_address_behind_the_longest_message_is_whole_and_so_is_what_to_do() -> None:
    message = conditions(SITE, "ö" * 2000)["Ready"]["message"]
    assert len(message.encode()) <= MESSAGE_BYTES
    assert message.endswith(f" serves meanwhile. More: {SITE}/failures/LoadFailed.html")
    assert FAILURES["LoadFailed"].next_step in message


def test_without_documentation_no_message_leads_anywhere() -> None:
    assert "http" not in conditions("")["Ready"]["message"]


def test_what_is_no_failure_leads_nowhere() -> None:
    pods = (pod(revision_of(MODEL), ready=True),)
    seen = Observation(deployment(MODEL, ready=1), pods, told(MODEL))
    for condition in computed(MODEL, seen, site=SITE)["conditions"]:
        assert SITE not in condition["message"]
    assert {with_page("text", state.name, SITE) for state in STATES} == {"text"}


@pytest.mark.parametrize("reason", FAILURES)
def test_the_page_that_a_message_leads_to_is_one_of_the_site(reason: str) -> None:
    where = with_page("text", reason, Settings().docs_url).removeprefix(f"text More: {Settings().docs_url}/")
    site = yaml.load((ROOT / "mkdocs.yml").read_text(), yaml.BaseLoader)
    assert site["use_directory_urls"] == "false", "else the page is failures/REASON/"
    assert (ROOT / "docs" / where).with_suffix(".md").is_file()


@pytest.mark.parametrize("site", ["docs.example.com", "javascript:alert(1)", "https://a b", f"{SITE}a"])
def test_what_is_no_address_of_a_site_is_refused_with_what_to_give(site: str) -> None:
    done = CliRunner().invoke(main, ["--docs-url", site])
    assert done.exit_code == 2
    assert "give http(s)://host" in done.output
