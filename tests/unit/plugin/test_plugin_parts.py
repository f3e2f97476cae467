"""The plugin's parts: revisions, waiting, what kubectl refused, text for a terminal, the command line."""

import io
import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from kubectl_trussmodel.cli import main
from kubectl_trussmodel.commands.arguments import Duration, RouteKind
from kubectl_trussmodel.commands.env import exports
from kubectl_trussmodel.complete import proposals
from kubectl_trussmodel.kinds import KINDS
from kubectl_trussmodel.kubectl import Kubectl
from kubectl_trussmodel.pods import state_of
from kubectl_trussmodel.problem import NotFound, Problem, refusal
from kubectl_trussmodel.progress import Progress
from kubectl_trussmodel.question import kind_of
from kubectl_trussmodel.revisions import changes, restored, target
from kubectl_trussmodel.text import age, one_line, safe, table
from kubectl_trussmodel.trussmodel import TrussModel
from kubectl_trussmodel.waiting import standing
from observed import computed, deployment, pod, serving, truss_model
from plugin import plugin
from truss_operator.builders.revision import revision_of
from truss_operator.observation import Observation
from truss_runtime import kinds

Json = dict[str, Any]


def with_history(*outcomes: str, generation: int = 1) -> TrussModel:
    history = [{"revision": f"{n}a", "outcome": outcome} for n, outcome in enumerate(outcomes)]
    status = {"observedGeneration": 1, "history": history}
    return TrussModel({"metadata": {"name": "echo", "generation": generation}, "status": status})


def test_rollback_goes_to_the_last_good_revision_before_the_wanted_one() -> None:
    assert target(with_history("Failed", "Superseded", "Succeeded", "Succeeded"), None, "doctor") == "2a"


@pytest.mark.parametrize(
    ("model", "to", "said"),
    [
        (with_history("Succeeded", "Failed"), None, "choose one with --to (1a)"),
        (with_history("Succeeded"), None, "there is no other"),
        (with_history("Succeeded", "Failed"), "7", "no revision 7. There are: 0a, 1a"),
        (with_history("Succeeded", "Failed"), "", "several revisions"),
        (with_history("Succeeded", "Failed"), "0a", "already"),
        (with_history("Succeeded", "Succeeded", generation=2), None, "has not looked"),
    ],
)
def test_rollback_that_cannot_be_says_why(model: TrussModel, to: str | None, said: str) -> None:
    with pytest.raises(Problem, match=re.escape(said)) as caught:
        target(model, to, "doctor")

    assert caught.value.exit_code == 1


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "replicas": st.integers(0, 3),
            "paused": st.booleans(),
            "rollout": st.fixed_dictionaries({"maxSurge": st.integers(1, 3)}),
        },
    ),
    st.none() | st.just("2026-01-31T12:00:00Z"),
)
def test_restored_spec_is_of_the_stored_revision_whatever_else_spec_asks_for(
    now: Json, restarted: str | None
) -> None:
    stored_rollout: Json = {"rollout": {"restartedAt": restarted, "maxSurge": 9}} if restarted else {}
    stored = truss_model(config={"size": 1}, **stored_rollout)
    current = truss_model(image="registry.example.com/echo:2", **now).spec.as_json()

    spec = restored(current, stored.spec.as_json())

    assert revision_of(truss_model(**spec)) == revision_of(stored)
    kept = {"replicas", "paused"}
    assert {f: v for f, v in spec.items() if f in kept} == {f: v for f, v in current.items() if f in kept}
    assert spec.get("rollout", {}).get("maxSurge") == current.get("rollout", {}).get("maxSurge")


def test_changes_are_told_short() -> None:
    assert changes({"image": "a", "config": {}, "paused": True}, {"image": "b", "config": {"n": 1}}) == [
        "spec.config: changed",
        "spec.image: a -> b",
        "spec.paused: changed",
    ]


def shown(model: Any) -> TrussModel:
    return TrussModel(model.model_dump(mode="json", by_alias=True, exclude_none=True))


def test_wait_is_over_when_the_model_serves() -> None:
    now = standing(shown(serving(truss_model())), ["predict"])

    assert (now.over, now.good) == (True, True)


def test_wait_for_a_route_does_not_need_all_replicas() -> None:
    model = serving(truss_model(replicas=2))
    document = shown(model).document
    for condition in document["status"]["conditions"]:
        if condition["type"] == "Ready":
            condition["status"] = "False"

    assert standing(TrussModel(document), ["predict"]).good
    assert not standing(TrussModel(document), []).over


def test_wait_goes_on_during_a_rollout() -> None:
    model = truss_model()
    status = computed(model, Observation(deployment(model), (pod(revision_of(model)),)))

    now = standing(TrussModel({**shown(model).document, "status": status}), [])

    assert not now.over
    assert now.words.startswith("Progressing: ")


def test_wait_is_over_without_replicas_when_a_route_is_asked_for() -> None:
    model = truss_model(replicas=0)
    status = computed(model, Observation(deployment(model)))

    now = standing(TrussModel({**shown(model).document, "status": status}), ["predict"])

    assert (now.over, now.good) == (True, False)
    assert "serves nothing" in now.words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('error: the server doesn\'t have a resource type "trussmodels"', "install the operator"),
        (
            'Error from server (Forbidden): secrets "keys" is forbidden: User "bob" cannot get "secrets"',
            'No permission: User "bob" cannot get "secrets"',
        ),
        ("error: You must be logged in to the server (Unauthorized)", "does not know you"),
        (
            "E1124 18:00:00 7 cache.go:2] noise\nThe connection to the server localhost:8080 was refused",
            "The cluster cannot be reached: The connection to the server localhost:8080",
        ),
        ('error: context "x" does not exist', "kubectl config get-contexts"),
        ("error: \x1b[31modd", "kubectl: [31modd"),
        ("", "failed without a word"),
    ],
)
def test_refusals_of_kubectl_say_what_to_do(words: str, said: str) -> None:
    problem = refusal(words)

    assert said in problem.message
    assert problem.exit_code == 3
    assert "noise" not in problem.message


def test_what_is_not_there_is_told_apart() -> None:
    assert isinstance(refusal('Error from server (NotFound): pods "x" not found'), NotFound)


@given(st.text())
def test_one_line_is_one_printable_line(text: str) -> None:
    line = one_line(text)

    assert len(line.splitlines()) <= 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", line)


@given(st.text())
def test_safe_text_keeps_breaks_and_tabs_alone(text: str) -> None:
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", safe(text))
    assert safe(text).count("\t") == text.count("\t")


def test_columns_line_up_and_nothing_is_a_dash() -> None:
    assert table(("A", "LONG"), [("one", None), ("\x07three", 2)]) == [
        "A       LONG",
        "one     -",
        "three   2",
    ]


@pytest.mark.parametrize(
    ("time", "told"),
    [
        ("2026-01-31T11:59:15Z", "45s"),
        ("2026-01-31T11:48:00Z", "12m"),
        ("2026-01-31T08:00:00Z", "4h"),
        ("2026-01-25T12:00:00Z", "6d"),
        ("2026-01-31T12:01:00Z", "0s"),
        (None, "-"),
        ("yesterday", "-"),
    ],
)
def test_ages_are_told_as_kubectl_does(time: str | None, told: str) -> None:
    assert age(time, datetime(2026, 1, 31, 12, 0, tzinfo=UTC)) == told


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ({"phase": "Pending"}, "Pending"),
        ({"phase": "Pending", "conditions": [{"reason": "Unschedulable"}]}, "Unschedulable"),
        ({"phase": "Failed", "reason": "Evicted"}, "Evicted"),
        ({"containerStatuses": [{"name": "model", "state": {"running": {}}}]}, "Running"),
        (
            {
                "containerStatuses": [
                    {"name": "model", "state": {"terminated": {"reason": "Error", "exitCode": 3}}}
                ]
            },
            "Error (exit code 3)",
        ),
    ],
)
def test_state_of_a_pod_in_a_word(status: Json, told: str) -> None:
    assert state_of({"metadata": {}, "status": status}) == told


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("1h30m", 5400), ("0", 0)])
def test_lengths_of_time_are_read(text: str, seconds: float) -> None:
    assert Duration().convert(text, None, None) == seconds


def test_length_of_time_that_is_none_is_a_wrong_command_line() -> None:
    done = CliRunner().invoke(main, ["wait", "echo", "--timeout", "soon"])

    assert done.exit_code == 2
    assert "write 90s, 5m or 1h30m" in done.output


@pytest.mark.parametrize("value", ["http://127.0.0.1:1/v1", "it's $HOME `x`"])
def test_exports_are_safe_to_evaluate(value: str) -> None:
    shell = shutil.which("sh")
    assert shell is not None
    script = exports({"OPENAI_API_KEY": value}, "sh") + '; printf %s "$OPENAI_API_KEY"'

    assert subprocess.run([shell, "-c", script], capture_output=True, text=True, check=True).stdout == value


def test_exports_for_fish_are_its_own() -> None:
    assert exports({"A": "b c"}, "fish") == "set -gx A 'b c'"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_shows_on_a_terminal_and_leaves_no_trace() -> None:
    terminal = Terminal()
    with Progress(terminal, iter([0.0, 3.0]).__next__) as progress:
        progress.say("waiting for \x1b[31mecho")

    assert terminal.getvalue() == "\r3 s  waiting for  [31mecho\x1b[K\r\x1b[K"


def test_progress_that_is_gone_takes_no_output_with_it() -> None:
    terminal = Terminal()
    with Progress(terminal, lambda: 0.0) as progress:
        progress.say("waiting")
        progress.clear()
        terminal.write("the answer")
        progress.clear()

    assert terminal.getvalue().endswith("the answer")


def test_progress_is_quiet_where_nobody_looks() -> None:
    stream = io.StringIO()
    with Progress(stream) as progress:
        progress.say("waiting")

    assert stream.getvalue() == ""


def test_missing_kubectl_is_said(tmp_path: Path) -> None:
    done = plugin("routes", "echo", path=str(tmp_path))

    assert done.returncode == 3
    assert "There is no kubectl on PATH" in done.stderr


def test_words_are_missing_is_a_wrong_command_line() -> None:
    assert CliRunner().invoke(main, ["routes"]).exit_code == 2


def test_unknown_option_of_env_is_no_command_to_run() -> None:
    assert CliRunner().invoke(main, ["env", "echo", "--port-forwards"]).exit_code == 2


def test_every_command_has_an_example_in_its_help() -> None:
    lacking = [name for name, each in main.commands.items() if "\b\n" not in (each.help or "")]

    assert lacking == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_is_the_shell_s(shell: str) -> None:
    done = CliRunner().invoke(main, ["completion", shell])

    assert done.exit_code == 0
    assert "_KUBECTL_TRUSSMODEL_COMPLETE" in done.output


def test_kubectl_s_completion_gets_the_commands_and_no_files() -> None:
    told = proposals([""])

    assert {line.partition("\t")[0] for line in told[:-1]} == set(main.commands)
    assert told[-1] == ":4"


def test_kubectl_s_completion_gets_the_kinds_of_route() -> None:
    assert "chat_completions" in proposals(["wait", "echo", "--for-route", "chat"])
    assert set(proposals(["wait", "echo", "--for-route", ""])) == {*KINDS, ":4"}


def test_kinds_of_route_are_the_runtimes() -> None:
    assert [kind.name for kind in (*kinds.KINDS, kinds.WEBSOCKET)] == list(KINDS)


@pytest.mark.parametrize("word", ["chat", "chat_completions"])
def test_the_commands_have_one_word_for_a_kind_of_route(word: str) -> None:
    assert RouteKind().convert(word, None, None) == "chat_completions"
    document = {"status": {"routes": [{"kind": "chat_completions"}]}}
    assert kind_of(TrussModel(document), word) == "chat_completions"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("chat-completion", "Did you mean chat_completions?"),
        ("Embedding", "Did you mean embeddings?"),
        ("chta", "Did you mean chat_completions?"),
        ("nonsense", "There are predict, chat_completions,"),
    ],
)
def test_a_kind_of_route_that_does_not_exist_is_a_wrong_command_line(word: str, said: str) -> None:
    done = CliRunner().invoke(main, ["wait", "echo", "--for-route", word])

    assert done.exit_code == 2
    assert said in done.output


def test_a_command_to_run_next_is_about_the_same_place_and_holds_no_token() -> None:
    kubectl = Kubectl(("--namespace=ml", "--context=a b", "--token=secret"))

    assert (
        kubectl.command("doctor", "echo") == "kubectl trussmodel doctor echo --namespace=ml '--context=a b'"
    )
    assert Kubectl().command("doctor", "echo") == "kubectl trussmodel doctor echo"


def test_help_comes_without_the_http_client() -> None:
    code = "import sys, kubectl_trussmodel.cli; sys.exit('httpx2' in sys.modules or 'asyncio' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0


def test_odd_json_for_the_body_is_a_wrong_command_line() -> None:
    for data in ("{", json.dumps([1])):
        assert CliRunner().invoke(main, ["call", "echo", "-d", data, "hi"]).exit_code == 2
