"""Each distribution as sdist and wheel: what is in them, and that they run where nothing else is."""

import email.parser
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from trove_classifiers import classifiers

from truss_runtime import __version__

ROOT = Path(__file__).parents[3]
UV = ROOT / "hack/python/uv.sh"
PARTS = {"operator": "truss_operator", "plugin": "kubectl_trussmodel", "runtime": "truss_runtime"}
DISTRIBUTIONS = {
    "operator": "trussmodel_operator",
    "plugin": "kubectl_trussmodel",
    "runtime": "trussmodel_runtime",
}
COMMANDS = {
    "operator": ["truss-operator --version"],
    "plugin": ["kubectl-trussmodel --version", "kubectl_complete-trussmodel doc"],
    "runtime": ["truss-runtime --version"],
}
SAYS = {"kubectl_complete-trussmodel doc": "doctor\t"}

pytestmark = pytest.mark.timeout(180)


def run(*command: str | Path, folder: Path = ROOT, **variables: str) -> str:
    environment = {**os.environ, **variables}
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdists, and the wheels that were built of these."""
    folder = tmp_path_factory.mktemp("dist")
    run(ROOT / "hack/dist/packages.sh", folder)
    return folder


@pytest.fixture(params=PARTS)
def part(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def wheel(dist: Path, part: str) -> Path:
    return dist / f"{DISTRIBUTIONS[part]}-{__version__}-py3-none-any.whl"


@pytest.fixture
def sdist(dist: Path, part: str) -> Path:
    return dist / f"{DISTRIBUTIONS[part]}-{__version__}.tar.gz"


@pytest.fixture
def metadata(wheel: Path, part: str) -> Metadata:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"{DISTRIBUTIONS[part]}-{__version__}.dist-info/METADATA")
    return Metadata.from_email(text, validate=True)


@pytest.fixture
def clean(tmp_path: Path, wheel: Path) -> Iterator[Path]:
    """An environment that holds the wheel and what it asks for, in the versions that are tested."""
    home = tmp_path / "clean"
    run(UV, "venv", "--quiet", "--python", sys.executable, home)
    run(
        *(UV, "pip", "install", "--quiet", "--python", home / "bin/python"),
        *("--constraints", ROOT / "requirements/dev.txt", wheel),
    )
    yield home
    shutil.rmtree(home)


def sources(part: str) -> dict[str, bytes]:
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", f"{part}/src")
    top = ROOT / part / "src"
    paths = [ROOT / name for name in listed.split("\0") if name]
    return {str(path.relative_to(top)): path.read_bytes() for path in paths if path.is_file()}


def test_wheel_holds_the_package_as_it_is_and_its_description(wheel: Path, part: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    info = f"{DISTRIBUTIONS[part]}-{__version__}.dist-info"
    described = {name for name in held if name.startswith(info)}

    assert {name: held[name] for name in held.keys() - described} == sources(part)
    assert described == {
        f"{info}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }


def test_sdist_holds_what_a_build_needs_and_nothing_else(sdist: Path, part: str) -> None:
    top = sdist.name.removesuffix(".tar.gz")
    with tarfile.open(sdist) as archive:
        held = {member.name.removeprefix(f"{top}/") for member in archive if member.isfile()}

    named = {"LICENSE", "PKG-INFO", "README.md", "pyproject.toml", ".gitignore"}
    assert held == {f"src/{name}" for name in sources(part)} | named


def test_wheel_of_the_sdist_is_that_of_the_tree_byte_for_byte(wheel: Path, part: str, tmp_path: Path) -> None:
    python = ROOT / ".venv/bin/python"
    run(
        *(UV, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", python),
        *("--out-dir", tmp_path, ROOT / part),
        SOURCE_DATE_EPOCH="315532800",
    )

    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_package_says_that_it_is_typed(wheel: Path, part: str, metadata: Metadata) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert f"{PARTS[part]}/py.typed" in archive.namelist()
    assert "Typing :: Typed" in (metadata.classifiers or [])


def test_metadata_names_the_version_and_the_license(metadata: Metadata) -> None:
    assert str(metadata.version) == __version__
    assert metadata.license_expression == "Apache-2.0"
    assert metadata.license_files == ["LICENSE"]


def test_metadata_uses_classifiers_that_exist(metadata: Metadata) -> None:
    assert metadata.classifiers
    assert set(metadata.classifiers) <= set(classifiers)


def test_readme_becomes_the_page_of_the_package(wheel: Path, part: str, metadata: Metadata) -> None:
    assert metadata.description_content_type == "text/markdown"
    assert metadata.description == (ROOT / part / "README.md").read_text()


def test_license_is_the_projects(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("licenses/LICENSE"))
        assert archive.read(name) == (ROOT / "LICENSE").read_bytes()


def test_wheel_runs_on_every_platform(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/WHEEL"))
        said = email.parser.Parser().parsestr(archive.read(name).decode())

    assert (said["Root-Is-Purelib"], said["Tag"]) == ("true", "py3-none-any")


def test_installed_where_nothing_else_is_the_commands_run(clean: Path, part: str, tmp_path: Path) -> None:
    run(UV, "pip", "check", "--quiet", "--python", clean / "bin/python")
    for command in COMMANDS[part]:
        name, *arguments = command.split()
        said = run(clean / "bin" / name, *arguments, folder=tmp_path)
        assert SAYS.get(command, __version__) in said

    where = f"import {PARTS[part]} as package; print(package.__file__)"
    assert str(clean) in run(clean / "bin/python", "-I", "-c", where, folder=tmp_path)
