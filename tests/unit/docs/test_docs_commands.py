"""The commands of `truss-runtime` in the guides, typed as they stand there."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockerfiles import instructions
from pages import DOCS, blocks, steps
from runtime_server import until

FIRST = DOCS / "guides/first-model.md"
TRUSS = DOCS / "guides/truss-directory.md"
VARIABLES = {
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    "TRUSS_HOST": "127.0.0.1",
    "TRUSS_PORT": "0",
}
MODEL = "class Model:\n    def predict(self, model_input):\n        return model_input\n"


def commands(page: Path, *words: str) -> list[str]:
    """The lines of a page's shell blocks that begin with these words."""
    lines = "".join(blocks(page, "sh")).splitlines()
    return [line for line in lines if line.startswith(" ".join(words))]


def typed(command: str, folder: Path) -> str:
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env={**os.environ, **VARIABLES},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
    return done.stdout


@contextlib.contextmanager
def running(command: str, folder: Path) -> Iterator[Path]:
    """A command that goes on: the file with what it says."""
    said = folder / "said"
    with said.open("w") as sink:
        process = subprocess.Popen(
            command,
            shell=True,
            cwd=folder,
            env={**os.environ, **VARIABLES},
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    try:
        yield said
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where both guides' folders are: the first as its page says, the other with the files of its tree."""
    (tmp_path / "translator").mkdir()
    (model,) = (block for block in blocks(FIRST, "python") if "class Model" in block)
    (tmp_path / "translator/model.py").write_text(model)
    (tree, *_) = blocks(TRUSS, "text")
    above: list[str] = []
    for line in tree.splitlines():
        found = re.fullmatch(r"([│ ├└─]*)(\S+)", line)
        assert found is not None, line
        above[len(found[1]) // 4 :] = [found[2]]
        path = tmp_path.joinpath(*above)
        if found[2].endswith("/"):
            path.mkdir()
        else:
            path.write_text(
                MODEL if path.suffix == ".py" else "model_name: my-model\nrequirements: [numpy]\n"
            )
    return tmp_path


def test_commands_of_the_first_model_print_what_the_page_promises(folder: Path) -> None:
    shown = [step for block in blocks(FIRST, "console") for step in steps(block)]
    asked = [step for step in shown if step.command.startswith("truss-runtime")]

    assert [step.command.split()[1] for step in asked] == ["routes", "check"]
    for step in asked:
        step.check(typed(step.command, folder))


def test_init_of_the_first_model_writes_what_check_takes(folder: Path) -> None:
    (init,) = commands(FIRST, "truss-runtime init")

    typed(init, folder)

    assert "no problem found" in typed(f"truss-runtime check {init.split()[-1]}", folder)


def test_truss_directory_of_the_guide_is_checked_and_gets_its_dockerfile(folder: Path) -> None:
    check, dockerfile = commands(TRUSS, "truss-runtime check") + commands(TRUSS, "truss-runtime dockerfile")

    assert "no problem found" in typed(check, folder)
    typed(dockerfile, folder)

    assert ("FROM", "${BASE}") in instructions((folder / "my-model/Dockerfile").read_text())


@pytest.mark.parametrize("page", [FIRST, TRUSS], ids=["first", "truss"])
def test_serve_of_a_guide_serves(page: Path, folder: Path) -> None:
    (serve,) = commands(page, "truss-runtime serve")

    with running(serve, folder) as said:
        until(lambda: "is ready" in said.read_text() or None, "the server")
