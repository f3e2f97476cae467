"""The images themselves: how large they are, what is in them, and what they can do without."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from docker import docker
from truss_runtime import __version__

ROOT = Path(__file__).parents[2]
OPERATOR = f"trussmodel/operator:{__version__}"
RUNTIME = f"trussmodel/runtime:{__version__}"
MEGABYTE = 1_000_000

LOCKED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=none")

IMPORT_ALL = """
import importlib, pkgutil, sys
import {package}
for module in pkgutil.walk_packages({package}.__path__, "{package}."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(sum(name.startswith("{package}") for name in sys.modules))
"""

MISFITS = """
import os, stat, sys
for folder, names, files in os.walk("/"):
    names[:] = [name for name in names if os.path.join(folder, name) not in ("/proc", "/sys", "/dev")]
    for name in names + files:
        path = os.path.join(folder, name)
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode) or path == "/tmp":
            continue
        if mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IWOTH) or os.access(path, os.W_OK):
            print(path, oct(mode))
"""


def python(image: str, code: str, *options: str) -> str:
    return docker("run", "--rm", *LOCKED, *options, "--entrypoint=python", image, "-c", code)


def size(image: str) -> float:
    return int(docker("image", "inspect", "--format={{.Size}}", image)) / MEGABYTE


def paths(image: str) -> set[str]:
    """The files and links of an image."""
    container = docker("create", image)
    try:
        with subprocess.Popen(["docker", "export", container], stdout=subprocess.PIPE) as exported:
            listed = subprocess.check_output(["tar", "--list"], stdin=exported.stdout, text=True)
    finally:
        docker("rm", container)
    return {f"/{line}" for line in listed.splitlines() if not line.endswith("/")}


def test_operators_image_takes_at_most_150_mb() -> None:
    assert size(OPERATOR) <= 150


def test_runtimes_image_takes_at_most_150_mb_over_the_base_images_python() -> None:
    base = subprocess.check_output([ROOT / "hack/images/base.sh"], text=True).strip()

    assert size(RUNTIME) - size(base) <= 150


def test_page_gives_the_sizes_that_the_images_have() -> None:
    page = (ROOT / "docs/operations/supply-chain.md").read_text()
    (given,) = re.findall(r"^\| size, uncompressed \| (\d+) MB .*\| (\d+) MB over", page, re.MULTILINE)
    base = subprocess.check_output([ROOT / "hack/images/base.sh"], text=True).strip()

    assert list(map(int, given)) == pytest.approx([size(OPERATOR), size(RUNTIME) - size(base)], abs=5)


@pytest.mark.parametrize("image", [OPERATOR, RUNTIME])
def test_image_runs_as_a_user_with_a_number_that_is_not_root(image: str) -> None:
    user, _, group = docker("image", "inspect", "--format={{.Config.User}}", image).partition(":")

    assert (int(user) > 0, int(group) > 0) == (True, True)


@pytest.mark.parametrize("image", [OPERATOR, RUNTIME])
def test_entry_point_needs_no_shell(image: str) -> None:
    config = json.loads(docker("image", "inspect", "--format={{json .Config}}", image))

    assert config["Entrypoint"][0] in ("truss-operator", "truss-runtime")
    assert "sh" not in {Path(word).name for word in [*config["Entrypoint"], *(config.get("Cmd") or [])]}


def test_operators_image_has_no_shell_no_package_manager_and_no_other_program_than_python() -> None:
    programs = {path for path in paths(OPERATOR) if Path(path).parent.name in ("bin", "sbin")}
    elsewhere = {path for path in programs if not path.startswith("/opt/venv/bin/")}

    assert {Path(path).name.rstrip(".0123456789") for path in elsewhere} == {"python"}
    assert not {"pip", "sh", "bash", "apt-get", "dpkg"} & {Path(path).name for path in programs}


@pytest.mark.parametrize(("image", "package"), [(OPERATOR, "truss_operator"), (RUNTIME, "truss_runtime")])
def test_every_module_is_there_with_all_that_it_imports(image: str, package: str) -> None:
    assert int(python(image, IMPORT_ALL.format(package=package))) > 20


@pytest.mark.parametrize(
    ("image", "command"), [(OPERATOR, ["--version"]), (RUNTIME, ["--version"]), (OPERATOR, ["--help"])]
)
def test_command_runs_on_a_read_only_root_without_capabilities(image: str, command: list[str]) -> None:
    program = json.loads(docker("image", "inspect", "--format={{json .Config.Entrypoint}}", image))[0]

    assert docker("run", "--rm", *LOCKED, f"--entrypoint={program}", image, *command)


def test_operators_user_can_write_nothing_of_its_image_and_no_program_lends_rights() -> None:
    assert python(OPERATOR, MISFITS) == ""


def test_nothing_is_compiled_at_the_start_of_the_operator() -> None:
    code = """
import os, sys, truss_operator.app
compiled = [module.__cached__ for module in sys.modules.values() if getattr(module, "__cached__", None)]
print(len(compiled) > 300, [path for path in compiled if not os.path.exists(path)])
"""

    assert python(OPERATOR, code) == "True []"


def test_operator_knows_the_public_certificate_authorities_and_itself_by_name() -> None:
    code = """
import os, pwd, ssl
print(pwd.getpwuid(os.getuid()).pw_name, len(ssl.create_default_context().get_ca_certs()))
"""
    name, authorities = python(OPERATOR, code).split()

    assert name == "nonroot"
    assert int(authorities) > 50


def test_generated_classes_of_the_client_are_gone_and_its_record_says_so() -> None:
    code = """
from importlib.metadata import distribution
client = distribution("kubernetes")
print(client.read_text("REMOVED"))
print([str(file) for file in client.files if not file.locate().exists()])
try:
    from kubernetes.aio.client import CoreV1Api
except ModuleNotFoundError as error:
    print(error)
"""
    said = python(OPERATOR, code)

    assert "Removed from this image: " in said
    assert "\n[]\n" in said  # what is recorded is there
    assert "No module named 'kubernetes.aio.client.api.core_v1_api'" in said


@pytest.mark.timeout(420)
def test_images_built_again_have_the_same_layers() -> None:
    done = subprocess.run(
        [ROOT / "hack/images/reproduce.sh"], capture_output=True, text=True, check=False, timeout=400
    )

    assert done.returncode == 0, done.stdout + done.stderr
