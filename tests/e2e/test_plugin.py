"""`kubectl trussmodel` on a real cluster: what it forwards, follows and shows comes from real pods."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from cluster import Kubectl, until
from plugin import PROGRAMS, plugin, surroundings

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(kubectl: Kubectl) -> Run:
    """Runs the plugin in the tests' namespace."""

    def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return plugin("--namespace", kubectl.namespace, *words, seconds=150, stdin=settings.get("stdin", ""))

    return run


@contextmanager
def running(kubectl: Kubectl, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """The plugin while it runs; it is ended afterwards as by Ctrl-C."""
    program = str(PROGRAMS / "kubectl-trussmodel")
    # A shell ignores the signal for what it starts in the background, and that is inherited.
    command = ["env", "--default-signal=INT", program, "--namespace", kubectl.namespace, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(2)


def test_kubectl_runs_the_plugin(kubectl: Kubectl, example: Callable[[str], str]) -> None:
    path = f"{PROGRAMS}:{os.environ['PATH']}"
    command = ["kubectl", "trussmodel", "routes", example("echo"), "-n", kubectl.namespace]

    done = subprocess.run(
        command, env=surroundings(path=path), capture_output=True, text=True, check=True, timeout=60
    )

    kinds = [line.split()[0] for line in done.stdout.splitlines()]
    assert kinds == ["KIND", "predict", "chat_completions"]


def test_call_asks_the_chat_by_default(run: Run, example: Callable[[str], str]) -> None:
    done = run("call", example("echo"), "one two three")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == "You said: one two three"


def test_call_reads_its_question_from_stdin(run: Run, example: Callable[[str], str]) -> None:
    done = run("call", example("echo"), "predict", "-", stdin='{"prompt": "marzipan"}')

    assert done.stdout == '{\n  "output": "You said: marzipan"\n}\n'


def test_call_completes_a_text(run: Run, example: Callable[[str], str]) -> None:
    done = run("call", example("completions"), "To be or not")

    assert done.stdout == " to be\n"


def test_call_shows_a_stream_while_it_comes(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab()
    kubectl.wait(name, "Ready")

    with running(kubectl, "call", name, "chat", "-d", '{"pause": 3}', "first second") as process:
        assert process.stdout is not None
        begun = process.stdout.read(len("first"))
        over = process.poll()
        rest = process.stdout.read()

    assert begun == "first"
    assert over is None, "the first word came when all had come"
    assert rest.strip() == "second"


def test_call_tells_an_error_as_a_sentence(run: Run, kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab(env={"LAB_ROUTES": "predict"})
    kubectl.wait(name, "Ready")

    raised, lacking = run("call", name, "[1]"), run("call", name, "chat", "hi")

    assert (raised.returncode, raised.stdout) == (1, "")
    assert "HTTP 500: The model's predict raised AttributeError." in raised.stderr
    assert lacking.returncode == 1
    assert "does not serve chat_completions. It serves predict." in lacking.stderr


def test_call_takes_the_key_from_the_secret(run: Run, kubectl: Kubectl, lab: Callable[..., str]) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "plugin-keys"},
        "stringData": {"a": "sesame"},
    }
    kubectl.apply(secret)
    name = lab(auth={"secretName": "plugin-keys"})
    kubectl.wait(name, "Ready")

    with_key, without = run("call", name, "marzipan"), run("call", name, "--api-key", "wrong", "marzipan")

    assert with_key.stdout.strip() == "marzipan", with_key.stderr
    assert without.returncode == 1
    assert "HTTP 401 (invalid_api_key)" in without.stderr
    assert "export OPENAI_API_KEY=sesame" in run("env", name).stdout


def test_env_runs_an_openai_client_through_a_forwarded_port(
    run: Run, kubectl: Kubectl, example: Callable[[str], str]
) -> None:
    ask = (
        "import openai; print(openai.OpenAI().chat.completions.create("
        "model='echo', messages=[{'role': 'user', 'content': 'marzipan'}]).choices[0].message.content)"
    )

    done = run("env", example("echo"), "--port-forward", "--", sys.executable, "-c", ask)

    assert done.stdout == "You said: marzipan\n", done.stderr
    inside = f"export OPENAI_BASE_URL=http://echo.{kubectl.namespace}.svc/v1"
    assert inside in run("env", "echo").stdout.splitlines()


def test_env_holds_a_port_open_until_it_is_interrupted(
    kubectl: Kubectl, example: Callable[[str], str]
) -> None:
    with running(kubectl, "env", example("echo"), "--port-forward") as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("export OPENAI_BASE_URL=http://127.0.0.1:")
        process.send_signal(2)
        assert process.wait(30) == 0


def test_logs_are_of_all_pods(run: Run, kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab(replicas=2)
    kubectl.wait(name, "Ready")
    pods = {pod["metadata"]["name"] for pod in kubectl.list("pods", f"trussmodel.dev/name={name}")}

    lines = run("logs", name).stdout.splitlines()

    assert {line.partition("]")[0] for line in lines} == {f"[pod/{pod}/model" for pod in pods}


def test_followed_logs_go_on_with_the_pods_of_a_restart(
    run: Run, kubectl: Kubectl, lab: Callable[..., str]
) -> None:
    name = lab()
    kubectl.wait(name, "Ready")

    with running(kubectl, "logs", name, "--follow") as process:
        assert process.stdout is not None
        first = process.stdout.readline().partition("]")[0]
        assert run("restart", name).returncode == 0
        later = next(line for line in process.stdout if line.partition("]")[0] != first)

    assert later.startswith(f"[pod/{name}-")


def test_logs_of_before_a_crash_are_read(run: Run, kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab()
    kubectl.wait(name, "Ready")
    none = run("logs", name, "--previous")
    broken = run("call", name, "predict", '{"crash": 3}')

    def restarts() -> int:
        (pod,) = kubectl.list("pods", f"trussmodel.dev/name={name}")
        count: int = pod["status"]["containerStatuses"][0]["restartCount"]
        return count

    until(restarts, partial(int.__lt__, 0))
    before = run("logs", name, "--previous")

    assert none.returncode == 1
    assert "has ended before" in none.stderr
    assert broken.returncode == 1
    assert "broke off" in broken.stderr
    assert before.returncode == 0
    assert '"message"' in before.stdout


def test_doctor_shows_the_traceback_of_a_load_that_fails(
    run: Run, kubectl: Kubectl, lab: Callable[..., str]
) -> None:
    name = lab(env={"LAB_FAIL": "load"})

    waited = run("wait", name, "--timeout", "2m")
    done = run("doctor", name)

    assert waited.returncode == 1
    assert "LoadFailed" in waited.stderr
    assert done.returncode == 1
    assert "LoadFailed in the phase load" in done.stdout
    assert "Traceback (RuntimeError):" in done.stdout
    assert "in load: raise RuntimeError" in done.stdout
    assert f"kubectl trussmodel logs {name} -n {kubectl.namespace} --previous" in done.stdout
