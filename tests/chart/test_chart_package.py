"""The chart as it is published."""

import os
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

from truss_operator import __version__

ROOT = Path(__file__).parents[2]
COMMITTED = 1_700_000_000


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(COMMITTED)}
    subprocess.run([ROOT / "hack/dist/chart.sh", folder], env=environment, check=True)
    return folder / f"trussmodel-operator-{__version__}.tgz"


def test_package_is_of_the_version_of_the_images_that_it_installs(package: Path) -> None:
    with tarfile.open(package) as archive:
        file = archive.extractfile("trussmodel-operator/Chart.yaml")
        assert file is not None
        chart = yaml.safe_load(file)

    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


def test_files_of_the_package_bear_the_time_that_was_asked_for(package: Path) -> None:
    with tarfile.open(package) as archive:
        assert {member.mtime for member in archive} == {COMMITTED}


def test_package_is_the_same_bytes_again(package: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(COMMITTED)}
    subprocess.run([ROOT / "hack/dist/chart.sh", tmp_path], env=environment, check=True)

    assert (tmp_path / package.name).read_bytes() == package.read_bytes()


def test_package_leaves_out_what_only_its_tests_need(package: Path) -> None:
    with tarfile.open(package) as archive:
        names = archive.getnames()

    assert "trussmodel-operator/values.schema.json" in names
    assert not [name for name in names if name.startswith("trussmodel-operator/ci/")]
