"""What is told and published of the images: bills of materials, licenses, and what a registry gets."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from docker import docker
from pages import DOCS
from runtime_server import until
from truss_runtime import __version__

ROOT = Path(__file__).parents[2]
PAGE = DOCS / "operations/supply-chain.md"
CONFIG = """
version: 0.1
storage: {filesystem: {rootdirectory: /tmp/registry}}
http: {addr: ":5000"}
"""
INSTALLED = """
import site
from importlib.metadata import distributions
for found in distributions(path=site.getsitepackages()):
    print(found.name.lower().replace("_", "-"), found.version, sep="==")
"""
TYPES = ("vnd.docker.distribution.manifest.v2+json", "vnd.oci.image.manifest.v1+json")
MANIFESTS = {"Accept": ", ".join(f"application/{name}" for name in TYPES)}

Json = dict[str, Any]


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sbom")
    subprocess.run([ROOT / "hack/images/sbom.sh", folder], check=True, capture_output=True)
    return folder


@pytest.fixture(params=["operator", "runtime"])
def part(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def bill(bills: Path, part: str) -> Json:
    found: Json = json.loads((bills / f"{part}.cdx.json").read_text())
    return found


def told(bill: Json, kind: str) -> dict[str, Json]:
    prefix = f"pkg:{kind}/"
    return {item["name"]: item for item in bill["components"] if item["purl"].startswith(prefix)}


def told_of_image(bill: Json, name: str) -> list[Json]:
    properties = bill["metadata"]["component"]["properties"]
    return [item for item in properties if item["name"] == f"trussmodel.dev:{name}"]


def test_bill_of_materials_is_valid(bills: Path, part: str) -> None:
    text = (bills / f"{part}.cdx.json").read_text()

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_bill_of_materials_is_the_same_for_the_same_image(bills: Path, part: str, tmp_path: Path) -> None:
    subprocess.run([ROOT / "hack/images/sbom.sh", tmp_path], check=True, capture_output=True)

    assert (tmp_path / f"{part}.cdx.json").read_bytes() == (bills / f"{part}.cdx.json").read_bytes()


def test_bill_of_materials_names_the_layers_of_the_image(bill: Json, part: str) -> None:
    layers = json.loads(
        docker("image", "inspect", "--format={{json .RootFS.Layers}}", f"trussmodel/{part}:{__version__}")
    )

    named = [item["value"] for item in told_of_image(bill, "layer")]
    assert sorted(named) == sorted(f"{number} {layer}" for number, layer in enumerate(layers, 1))


def test_bill_of_materials_names_the_base_image_by_its_digest(bill: Json) -> None:
    (base,) = told_of_image(bill, "base")

    assert re.fullmatch(r"\S+@sha256:[0-9a-f]{64}", base["value"])


def test_bill_of_materials_has_every_distribution_that_python_finds(bill: Json, part: str) -> None:
    image = f"trussmodel/{part}:{__version__}"
    found = docker("run", "--rm", "--entrypoint=python", image, "-c", INSTALLED).split()

    assert {f"{name}=={item['version']}" for name, item in told(bill, "pypi").items()} == set(found)


def test_page_lists_the_distributions_and_their_licenses_as_the_image_has_them(bill: Json, part: str) -> None:
    _, _, rest = PAGE.read_text().partition(f"<!-- generated: {part} licenses -->")
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (.+) \|$", rest.partition("<!-- end")[0], re.MULTILINE)[1:]
    own = {f"trussmodel-{part}"}

    held = {
        (name, item["version"], item["licenses"][0]["expression"])
        for name, item in told(bill, "pypi").items()
        if name not in own
    }
    assert {row for row in rows if row[0] != "---"} == held


def test_every_debian_package_comes_with_the_name_of_its_license_or_where_it_is(bill: Json) -> None:
    packages = told(bill, "deb")

    assert "libc6" in packages
    assert all(item["licenses"] for item in packages.values())


def test_page_lists_the_debian_packages_of_the_operator(bills: Path) -> None:
    bill = json.loads((bills / "operator.cdx.json").read_text())
    _, _, rest = PAGE.read_text().partition("a Python of its own instead of Debian's):")
    listed = set(re.split(r",\s+", rest.partition(".\nOf openssl")[0].strip()))

    held = set(told(bill, "deb"))
    if any("python" in name for name in held):
        assert held == listed
    else:  # the public base image
        assert held <= {name for name in listed if "python" not in name}


def test_bill_of_materials_tells_what_was_removed(bills: Path) -> None:
    client = told(json.loads((bills / "operator.cdx.json").read_text()), "pypi")["kubernetes"]

    assert client["pedigree"]["notes"].startswith("Removed from this image: ")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """A registry's address, at which Docker and Helm speak plain HTTP."""
    (tmp_path / "config.yml").write_text(CONFIG)
    container = docker(
        "create", "--publish=127.0.0.1::5000", f"trussmodel/test-registry:{__version__}", "/config.yml"
    )
    try:
        docker("cp", str(tmp_path / "config.yml"), f"{container}:/config.yml")
        docker("start", container)
        yield docker("port", container, "5000/tcp").splitlines()[0]
    finally:
        docker("rm", "--force", "--volumes", container)


def test_published_images_and_chart_can_be_fetched_by_the_digests_that_were_printed(
    registry: str, tmp_path: Path
) -> None:
    def answers() -> bool | None:
        try:
            return httpx2.get(f"http://{registry}/v2/").status_code == 200 or None
        except httpx2.TransportError:
            return None

    until(answers, "the registry")
    subprocess.run([ROOT / "hack/dist/chart.sh", tmp_path], check=True)
    repository = f"{registry}/trussmodel"
    said = subprocess.run(
        [ROOT / "hack/dist/publish.sh", tmp_path],
        env={**os.environ, "IMAGE_REPOSITORY": repository},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    digests = dict(line.split("=", 1) for line in said.splitlines())

    names = {"operator": "operator", "runtime": "runtime", "chart": "trussmodel-operator"}
    assert digests.keys() == names.keys()
    for what, digest in digests.items():
        url = f"http://{registry}/v2/trussmodel/{names[what]}/manifests/"
        assert httpx2.get(url + digest, headers=MANIFESTS).status_code == 200
        assert httpx2.get(url + __version__, headers=MANIFESTS).headers["Docker-Content-Digest"] == digest
    for name in ("operator", "runtime"):
        docker("image", "rm", "--no-prune", f"{repository}/{name}:{__version__}")
