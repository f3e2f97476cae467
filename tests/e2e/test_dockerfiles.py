"""The Dockerfiles that `truss-runtime dockerfile` and `init` write, built and run."""

import base64
import hashlib
import http.server
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import yaml

from cluster import Kubectl
from docker import built, running
from runtime_server import until
from truss_runtime import __version__

ROOT = Path(__file__).parents[2]
RUNTIME = f"trussmodel/runtime:{__version__}"

MODEL = """
import os
import pathlib
import shutil
import subprocess

import bundled
import greeting
import neighbour
import second


class Model:
    def __init__(self, data_dir, config):
        self.data_dir = data_dir

    def predict(self, x):
        return {
            "requirement": greeting.WORD,
            "of the file": second.WORD,
            "bundled": bundled.WORD,
            "neighbour": neighbour.WORD,
            "system package": shutil.which("tree") is not None,
            "build commands": [pathlib.Path(f"/opt/{name}").read_text() for name in ("first", "second")],
            "variable": os.environ["GREETING"],
            "lines": os.environ["LINES_OF_IT"],
            "data": (self.data_dir / "words.txt").read_text(),
            "external data": (self.data_dir / "fetched/file.bin").read_text(),
            "user": os.getuid(),
            "home": os.path.expanduser("~"),
        }
"""

CONFIG = """
python_version: py311
requirements: ["greeting==1.0; python_version > '3'"]
requirements_file: reqs.txt
system_packages: [tree]
build_commands:
  - printf %s "first " > /opt/first
  - |
    cd /opt
    printf %s second > second
environment_variables: {GREETING: 'say "$HOME"', LINES_OF_IT: "one\\ntwo"}
external_package_dirs: [shared]
external_data: [{url: "http://127.0.0.1:PORT/file.bin", local_data_path: fetched/file.bin}]
"""


OWN_MODEL = """
import getpass
import os

import greeting


class Model:
    def predict(self, x):
        return [greeting.WORD, os.getuid(), getpass.getuser()]
"""


def wheel(folder: Path, name: str) -> None:
    """A package of one module with a word in it, as a wheel."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": f"WORD = {name!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        record = ""
        for path, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{path},sha256={digest},{len(text)}\n"
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")


def command(*arguments: str | Path, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "truss_runtime", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def answer(base: str, path: str, body: str) -> httpx2.Response:
    def ready() -> bool | None:
        try:
            return httpx2.get(f"{base}/readyz").status_code == 200 or None
        except httpx2.TransportError:
            return None

    until(ready, "the model in the container")
    return httpx2.post(f"{base}{path}", content=body)


@pytest.fixture
def files(tmp_path: Path) -> Iterator[int]:
    """The port of a server with a file to fetch, where the builder can reach it."""
    (tmp_path / "served").mkdir()
    (tmp_path / "served/file.bin").write_text("fetched")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(tmp_path / "served"))  # type: ignore[arg-type]  # passed on

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
            """Stays quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def offline_index(folder: Path, base: str, *steps: str) -> Path:
    """The context of a base image whose pip installs from a folder, so that no package registry is needed."""
    folder.mkdir()
    wheels = folder / "wheels"
    wheels.mkdir()
    lines = [f"FROM {base}", "COPY wheels /wheels", "ENV PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels", *steps]
    (folder / "Dockerfile").write_text("\n".join(lines) + "\n")
    return wheels


def test_dockerfile_honours_what_config_yaml_asks_for(tmp_path: Path, files: int) -> None:
    truss = tmp_path / "whole"
    contents = {
        "config.yaml": CONFIG.replace("PORT", str(files)),
        "reqs.txt": "second\n",
        "model/model.py": MODEL,
        "model/__init__.py": "",
        "packages/bundled.py": "WORD = 'bundled'",
        "shared/neighbour.py": "WORD = 'neighbour'",
        "data/words.txt": "data",
    }
    for name, text in contents.items():
        (truss / name).parent.mkdir(parents=True, exist_ok=True)
        (truss / name).write_text(text)
    wheels = offline_index(tmp_path / "base", RUNTIME)
    wheel(wheels, "greeting")
    wheel(wheels, "second")
    command("dockerfile", truss, "--write", folder=tmp_path)

    with (
        built(tmp_path / "base") as base,
        built(truss, BASE=base) as whole,
        running(whole, "--read-only", "--tmpfs=/tmp") as url,
    ):
        found = answer(url, "/predict", "{}").json()

    assert found == {
        "requirement": "greeting",
        "of the file": "second",
        "bundled": "bundled",
        "neighbour": "neighbour",
        "system package": True,
        "build commands": ["first ", "second"],
        "variable": 'say "$HOME"',
        "lines": "one\ntwo",
        "data": "data",
        "external data": "fetched",
        "user": 60000,
        "home": "/tmp",
    }


def wheels_of_the_runtime(into: Path) -> None:
    """Puts the runtime's wheel and those that it needs into a folder, from where its image has them."""
    script = """
        source hack/tools/steps.sh
        exec 9> "$cache/images/lock"
        flock 9
        hack/images/wheels.sh runtime "$cache/images/runtime"
        cp "$cache"/images/runtime/{dependencies,own}/*.whl "$0"
    """
    subprocess.run(["bash", "-euc", script, str(into)], cwd=ROOT, check=True, capture_output=True)


def test_dockerfile_puts_the_runtime_into_a_base_image_of_the_models_own(tmp_path: Path) -> None:
    truss = tmp_path / "own"
    truss.mkdir()
    python = subprocess.check_output([ROOT / "hack/images/base.sh"], text=True).strip()
    wheels = offline_index(tmp_path / "python", python, "RUN python3 -m venv /opt/py")
    wheels_of_the_runtime(wheels)
    wheel(wheels, "greeting")
    with built(tmp_path / "python") as base:
        own_image = {"image": base, "python_executable_path": "/opt/py/bin/python"}
        config = {"base_image": own_image, "requirements": ["greeting"]}
        (truss / "config.yaml").write_text(yaml.safe_dump(config))
        (truss / "model.py").write_text(OWN_MODEL)
        command("dockerfile", truss, "--write", folder=tmp_path)
        with built(truss) as own, running(own) as url:
            assert answer(url, "/predict", "{}").json() == ["greeting", 60000, "model"]


def test_what_init_writes_is_built_and_answers_and_the_api_server_takes_its_trussmodel(
    tmp_path: Path, kubectl: Kubectl
) -> None:
    command("init", "greeter", folder=tmp_path)
    greeter = tmp_path / "greeter"

    with built(greeter) as tag, running(tag) as url:
        assert answer(url, "/predict", '{"prompt": "Ada"}').json() == {"output": "Hello, Ada!"}

    said = kubectl("apply", "--dry-run=server", "-f", str(greeter / "trussmodel.yaml"))
    assert "trussmodel.trussmodel.dev/greeter created" in said
