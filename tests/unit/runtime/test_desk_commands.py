"""What the commands at a developer's desk say of a model, write, and watch."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import httpx2
import pytest
import yaml

from runtime_server import RuntimeServer, until
from truss_runtime.cli import main

ROOT = Path(__file__).parents[3]
COMMANDS = set(main.list_commands(click.Context(main)))
Write = Callable[..., Path]
Start = Callable[..., RuntimeServer]


def run(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "truss_runtime", *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, cwd=folder)


GOOD = """
    print("imported")
    class Model:
        async def predict(self, model_input): ...
        def chat_completions(self, model_input, request): yield model_input
"""


def test_routes_are_a_table_for_a_person(write: Write) -> None:
    done = run("routes", write(GOOD))

    assert done.returncode == 0
    assert [re.split(r"\s{2,}", line) for line in done.stdout.splitlines()] == [
        ["KIND", "METHOD", "PATH", "STREAMING", "SIGNATURE"],
        ["predict", "POST", "/predict", "a call tells", "predict(model_input)"],
        [
            "chat_completions",
            "POST",
            "/v1/chat/completions",
            "yes",
            "chat_completions(model_input, request)",
        ],
    ]


def test_routes_are_json_for_a_program_whatever_user_code_prints(write: Write) -> None:
    folder = write(GOOD, **{"config.yaml": "model_name: mine"})

    found = json.loads(run("routes", folder, "--output", "json").stdout)

    assert found["model"] == "mine"
    predict = found["routes"][0]
    assert (predict["kind"], predict["method"], predict["path"]) == ("predict", "POST", "/predict")
    assert predict["signature"] == "(model_input)"
    assert (predict["file"], predict["line"]) == (str(folder / "model.py"), 4)


def test_routes_of_a_model_that_cannot_be_served_are_its_report(write: Write) -> None:
    done = run("routes", write("import nothing_of_that_name"))

    assert (done.returncode, done.stdout) == (1, "")
    assert "No module named 'nothing_of_that_name'" in done.stderr


def test_check_finds_nothing_wrong_with_a_good_model(write: Write) -> None:
    done = run("check", write(GOOD))

    assert done.returncode == 0
    assert done.stdout.endswith("no problem found\n")


def test_check_tells_of_every_method_at_once_with_file_and_line(write: Write) -> None:
    folder = write(
        """
        class Model:
            def predict(self, a, b): ...

            def chat_completions(self, a, b, c): ...

            completions = 3

            def embeddings(self, model_input): ...
        """
    )

    done = run("check", folder)

    assert done.returncode == 1
    assert f"{folder}/model.py:3: Model.predict asks for `b`" in done.stdout
    assert f"{folder}/model.py:5: Model.chat_completions asks for `b`" in done.stdout
    assert "Model.completions is a int" in done.stdout
    assert done.stdout.endswith("3 problems\n")


def test_check_tells_of_one_bad_method_and_not_of_the_want_of_others(write: Write) -> None:
    done = run("check", write("class Model:\n    def predict(self, a, b): ..."))

    assert done.stdout.endswith("1 problem\n")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("class Model:\n  def predict(:", "SyntaxError"),
        ("class Other: ...", "Define `class Model`"),
        ("class Model:\n  def __init__(self, gpu): ...\n  def predict(self): ...", "asks for `gpu`"),
        ("class Model: ...", "has no method to serve"),
    ],
)
def test_check_says_what_keeps_the_model_from_being_looked_at(write: Write, model: str, words: str) -> None:
    done = run("check", write(model))

    assert done.returncode == 1
    assert words in done.stdout
    assert "model.py" in done.stdout


def test_check_wants_the_routes_that_it_is_told_to(write: Write) -> None:
    done = run("check", write(GOOD), "--required-routes", "predict,embeddings")

    assert done.returncode == 1
    assert "no `embeddings`" in done.stdout
    assert "no `predict`" not in done.stdout


@pytest.mark.parametrize("kind", ["chat", "websocket"])
def test_check_refuses_the_kinds_that_serve_refuses(write: Write, kind: str) -> None:
    folder = write(GOOD)
    checked, served = (run(command, folder, "--required-routes", kind) for command in ("check", "serve"))

    assert (checked.returncode, served.returncode) == (2, 2)
    assert f"there is no kind of route '{kind}'" in checked.stderr
    assert checked.stderr.splitlines()[-1] == served.stderr.splitlines()[-1]


def test_check_holds_config_yaml_against_the_folder(write: Write, tmp_path: Path) -> None:
    text = "requirements_file: wishes.txt\nexternal_package_dirs: [../none]\n"
    text += "secrets: {token: null}\nweights: [{}]"
    done = run("check", write(GOOD, **{"config.yaml": text}), "--secrets-dir", tmp_path)

    assert done.returncode == 1
    assert "config.yaml: requirements_file: there is no wishes.txt" in done.stdout
    assert "config.yaml: external_package_dirs: there is no ../none" in done.stdout
    assert "note: secrets.token has no value here" in done.stdout
    assert "note: weights are not fetched" in done.stdout
    assert done.stdout.endswith("2 problems\n")


@pytest.fixture(scope="module")
def greeter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    assert run("init", "greeter", folder=folder).returncode == 0
    return folder / "greeter"


def test_init_writes_a_model_with_nothing_to_complain_of(greeter: Path) -> None:
    done = run("check", greeter)

    assert (done.returncode, done.stdout) == (0, f"{greeter}: no problem found\n")


def test_init_writes_a_model_that_answers_what_its_readme_asks(greeter: Path, start: Start) -> None:
    server = start(greeter).ready()
    requests = re.findall(r"curl localhost:8080(\S+) -d '(.*)'", (greeter / "README.md").read_text())

    answers = [httpx2.post(f"{server.base}{path}", content=body) for path, body in requests]

    assert [path for path, _ in requests] == ["/predict", "/v1/chat/completions"]
    assert answers[0].json() == {"output": "Hello, Ada!"}
    assert answers[1].text.endswith("data: [DONE]\n\n")


def test_init_writes_a_test_that_passes(greeter: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    plain = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # as one who has just installed pytest

    done = subprocess.run(
        command, cwd=greeter, env=plain, capture_output=True, text=True, timeout=60, check=False
    )

    assert "3 passed" in done.stdout


def test_init_writes_a_trussmodel_of_that_name(greeter: Path) -> None:
    resource = yaml.safe_load((greeter / "trussmodel.yaml").read_text())

    assert (resource["kind"], resource["metadata"]["name"]) == ("TrussModel", "greeter")
    assert f"docker build -t {resource['spec']['image']} ." in (greeter / "README.md").read_text()


def test_init_writes_the_dockerfile_that_its_config_asks_for(greeter: Path) -> None:
    assert run("dockerfile", greeter).stdout == (greeter / "Dockerfile").read_text()


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/config.yaml").write_text("mine")

    done = run("init", "mine", folder=tmp_path)

    assert done.returncode == 1
    assert "mine has config.yaml already" in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["config.yaml"]


def test_init_refuses_a_name_that_no_trussmodel_can_have(tmp_path: Path) -> None:
    done = run("init", "My_Model", folder=tmp_path)

    assert done.returncode == 1
    assert "cannot be a TrussModel's name" in done.stderr
    assert list(tmp_path.iterdir()) == []


def rewrite(file: Path, text: str) -> None:
    """Changes a file, also for who reads its time in whole seconds: where the system has no watcher left."""
    file.write_text(text)
    changed = file.stat().st_mtime + 2
    os.utime(file, (changed, changed))


def test_reload_serves_what_the_file_says_now(write: Write, start: Start) -> None:
    folder = write("class Model:\n    def predict(self): return 1")
    server = start(folder, "--reload").ready()
    first = httpx2.post(f"{server.base}/predict").json()

    rewrite(folder / "model.py", "class Model:\n    def predict(self): return 2")
    until(lambda: True if server.stderr.count("is ready") == 2 else None, "the second start")
    ports = [line["port"] for line in server.logs if "port" in line]

    assert first == 1
    assert httpx2.post(f"http://127.0.0.1:{ports[-1]}/predict").json() == 2


def test_reload_outlives_a_model_that_cannot_be_served(write: Write, start: Start) -> None:
    folder = write("class Model:\n    def predict(self")
    server = start(folder, "--reload")
    until(lambda: True if "SyntaxError" in server.stderr else None, "the report")

    rewrite(folder / "model.py", "class Model:\n    def predict(self): return 2")

    assert httpx2.post(f"{server.ready().base}/predict").json() == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(shell: str) -> None:
    if shell == "bash" and shutil.which("bash") is None:
        pytest.fail("bash is needed: click asks it for its version")
    done = run("completion", shell)

    assert done.returncode == 0
    assert "_TRUSS_RUNTIME_COMPLETE" in done.stdout


def test_completion_knows_the_commands() -> None:
    variables = {
        **os.environ,
        "_TRUSS_RUNTIME_COMPLETE": "bash_complete",
        "COMP_WORDS": "truss-runtime ",
        "COMP_CWORD": "1",
    }
    command = [str(Path(sys.executable).parent / "truss-runtime")]

    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=30, check=False)

    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == COMMANDS


def test_completion_works_in_bash() -> None:
    script = """
        source <(truss-runtime completion bash)
        COMP_WORDS=(truss-runtime serve --admin) COMP_CWORD=2
        _truss_runtime_completion truss-runtime
        echo "${COMPREPLY[@]}"
    """
    variables = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    done = subprocess.run(
        ["bash", "-c", script], env=variables, capture_output=True, text=True, timeout=30, check=False
    )

    assert (done.stdout, done.stderr) == ("--admin-port\n", "")


@pytest.mark.parametrize("name", sorted(main.commands))
def test_help_of_a_command_explains_it_and_each_option(name: str) -> None:
    command = main.commands[name]

    assert command.help
    assert command.get_short_help_str(limit=200)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            # What is in square brackets is the default, which a sentence needs not end in.
            assert parameter.help.partition("  [")[0].endswith((".", "}.")) or parameter.help.startswith("[")


def test_help_of_serve_names_the_variable_of_each_option_by_rule() -> None:
    serve = main.commands["serve"]

    assert "--model-name by TRUSS_MODEL_NAME, and so on" in (serve.help or "")
    for option in serve.params:
        if isinstance(option, click.Option):
            assert option.envvar == f"TRUSS_{option.opts[0][2:].replace('-', '_').upper()}"


def test_examples_of_the_help_stand_on_lines_of_their_own() -> None:
    shown = run("--help").stdout

    assert re.search(r"^ +truss-runtime check greeter +says", shown, re.MULTILINE), shown


def test_help_comes_without_the_server() -> None:
    code = "import sys, truss_runtime.cli; sys.exit('fastapi' in sys.modules or 'uvicorn' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0


def test_every_command_is_on_its_page() -> None:
    page = (ROOT / "docs/reference/commands.md").read_text()

    assert set(re.findall(r"^\| `([a-z]+) [A-Z]+` \|", page, re.MULTILINE)) == COMMANDS
