"""`helm upgrade --reuse-values`: the new chart is given the former one's values, and none of its own."""

import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Json = dict[str, Any]
Render = Callable[..., list[Json]]

RELEASES = Path(__file__).parents[1] / "e2e" / "releases"


def switched_on(values: Json) -> Json:
    """All that may be had of them."""
    return {
        key: switched_on(value) if isinstance(value, dict) else True if value is False else value
        for key, value in values.items()
    }


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """The values of the chart that an upgrade comes from, with their defaults."""
    (package,) = RELEASES.glob("*.tgz")
    with tarfile.open(package) as archive:
        file = archive.extractfile("trussmodel-operator/values.yaml")
        assert file is not None
        values: Json = yaml.safe_load(file)
    return values


@pytest.fixture
def bare(chart: Path, tmp_path: Path) -> Path:
    """This chart without any values of its own."""
    copy = shutil.copytree(chart, tmp_path / "chart")
    (copy / "values.yaml").write_text("{}\n")
    return copy


@pytest.mark.parametrize("change", [lambda values: values, switched_on], ids=["defaults", "all"])
def test_values_of_the_former_chart_are_enough(
    render: Render, former: Json, bare: Path, change: Callable[[Json], Json]
) -> None:
    manifests = render(values=change(former), chart=bare)
    (deployment,) = [manifest for manifest in manifests if manifest["kind"] == "Deployment"]
    arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    assert not [argument for argument in arguments if "nil" in argument or "<no value>" in argument]


def test_values_of_the_former_chart_yield_what_they_yield_with_the_new_defaults(
    render: Render, former: Json, bare: Path
) -> None:
    def without_links(manifests: list[Json]) -> str:
        return str(manifests).replace("--docs-url=https://trussmodel.dev", "--docs-url=")

    assert without_links(render(values=former, chart=bare)) == without_links(render(values=former))
