"""The Dockerfile that a config.yaml asks for."""

import re
from pathlib import Path
from typing import Any

import pytest

from truss_runtime.commands.recipe import IMAGE_PYTHON, RecipeError, dockerfile, not_honoured

ROOT = Path(__file__).parents[3]


def lines(**config: Any) -> list[str]:
    return dockerfile(config, version="1.2.3").splitlines()


def test_config_without_wishes_takes_the_runtimes_image_and_the_folder() -> None:
    assert lines() == ["ARG BASE=trussmodel/runtime:1.2.3", "FROM ${BASE}", "COPY . /app"]


def test_wishes_are_granted_as_root_and_the_model_runs_as_its_user() -> None:
    found = lines(system_packages=["ffmpeg"])

    assert found.index("USER root") < found.index(
        "    && apt-get install --yes --no-install-recommends ffmpeg \\"
    )
    assert found[-2:] == ["COPY . /app", "USER 60000:60000"]


def test_base_image_gets_the_runtime_by_its_own_python() -> None:
    found = lines(base_image={"image": "acme/cuda:12", "python_executable_path": "/opt/py/bin/python"})

    assert found[:3] == ["ARG RUNTIME=trussmodel-runtime==1.2.3", "FROM acme/cuda:12", "ARG RUNTIME"]
    assert 'RUN /opt/py/bin/python -m pip install --no-cache-dir "$RUNTIME"' in found
    assert found[-1] == 'ENTRYPOINT ["/opt/py/bin/python", "-m", "truss_runtime", "serve"]'


@pytest.mark.parametrize(
    "config", [{"base_image": {"image": "acme/cuda:12"}}, {"python_version": "py312"}], ids=["own", "python"]
)
def test_user_has_a_name_on_a_base_that_is_not_the_runtimes(config: dict[str, Any]) -> None:
    found = lines(**config)

    (naming,) = (line for line in found if "/etc/passwd" in line)
    assert naming == (
        "RUN echo 'model:x:60000:60000::/tmp:/usr/sbin/nologin' >> /etc/passwd"
        " && echo 'model:x:60000:' >> /etc/group"
    )
    assert found.index("USER root") < found.index(naming) < found.index("USER 60000:60000")


def test_user_of_the_runtimes_own_image_is_not_named_twice() -> None:
    assert not [line for line in lines(system_packages=["ffmpeg"]) if "/etc/passwd" in line]


@pytest.mark.parametrize(
    ("version", "first"),
    [
        ("py311", "ARG BASE=trussmodel/runtime:1.2.3"),
        ("py313", "FROM python:3.13-slim-bookworm"),
        ("3.12", "FROM python:3.12-slim-bookworm"),
    ],
)
def test_python_version_newer_than_the_image_takes_pythons_own_image(version: str, first: str) -> None:
    assert first in lines(python_version=version)[:2]


def test_python_too_old_for_the_runtime_is_said() -> None:
    assert "# Not honoured: python_version py39 is too old for the runtime: it gets Python 3.11." in lines(
        python_version="py39"
    )


def test_requirements_reach_pip_as_they_are_written() -> None:
    text = dockerfile({"requirements": ["torch>=2", "it's; python_version > '3'"]}, version="1")

    assert text.count("requirements.txt trussmodel-runtime\n") == 1
    (words,) = re.findall(r"printf '%s\\n' (.*) > /tmp/requirements.txt", text)
    assert words == "'torch>=2' 'it'\"'\"'s; python_version > '\"'\"'3'\"'\"''"


def test_requirements_file_is_copied_before_the_folder() -> None:
    found = lines(requirements_file="reqs/gpu.txt")

    assert found.index('COPY ["reqs/gpu.txt", "/tmp/requirements.txt"]') < found.index("COPY . /app")


def test_build_commands_run_in_order_after_the_requirements() -> None:
    text = dockerfile({"requirements": ["a"], "build_commands": ["one", "two && three"]}, version="1")

    assert text.index("requirements.txt") < text.index("RUN one") < text.index("RUN two && three")


def test_build_command_of_several_lines_is_one_word_for_the_shell() -> None:
    assert lines(build_commands=["one\ntwo 'x'\n"])[3] == """RUN ["/bin/sh", "-ec", "one\\ntwo 'x'\\n"]"""
    assert lines(build_commands=["one\n"])[3] == "RUN one"


def test_runtime_comes_before_requirements_which_may_not_break_it() -> None:
    text = dockerfile({"base_image": {"image": "a"}, "requirements": ["b"]}, version="1")

    assert text.index("PIP_BREAK_SYSTEM_PACKAGES") < text.index('"$RUNTIME"') < text.index("requirements.txt")


def test_folder_of_packages_inside_the_context_is_copied_with_it() -> None:
    assert not [line for line in lines(external_package_dirs=["./shared/lib"]) if "packages" in line]


def test_environment_variable_of_several_lines_is_left_to_the_runtime() -> None:
    assert not [line for line in lines(environment_variables={"A": "x\ny"}) if line.startswith("ENV")]


def test_environment_variables_are_quoted() -> None:
    assert 'ENV A="true"' in lines(environment_variables={"A": True})
    assert r'ENV A="\"\$HOME\\"' in lines(environment_variables={"A": '"$HOME\\'})


def test_external_data_and_packages_are_put_where_the_model_looks() -> None:
    found = lines(
        external_data=[{"url": "https://example.com/w", "local_data_path": "w.bin"}],
        external_package_dirs=["../shared"],
    )

    assert 'ADD ["https://example.com/w", "/app/data/w.bin"]' in found
    assert found[found.index("# Build with --build-context packages1=../shared") + 1] == (
        "COPY --from=packages1 . /shared"
    )


@pytest.mark.parametrize(
    "config",
    [
        {"docker_server": {"start_command": "vllm serve"}},
        {"model_cache": [{}]},
        {"weights": [{}]},
        {"trt_llm": {"build": {}}},
        {"live_reload": True},
        {"resources": {"accelerator": "H100"}},
        {"base_image": {"image": "a", "docker_auth": {"auth_method": "GCP"}}},
        {"build": {"secret_to_path_mapping": {"a": "b"}}},
        {"requirements_file": "pyproject.toml"},
    ],
    ids=lambda config: next(iter(config)),
)
def test_field_that_cannot_be_honoured_is_said_in_the_file(config: dict[str, Any]) -> None:
    (note,) = not_honoured(config)

    assert dockerfile(config, version="1").startswith(f"# Not honoured: {note}\n")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"requirements": "torch"}, "requirements must be a list of strings"),
        ({"environment_variables": ["A"]}, "environment_variables is a list"),
        ({"python_version": "two"}, "write it like py312"),
        ({"external_data": [{"url": "u"}]}, "needs url and local_data_path"),
    ],
)
def test_field_of_the_wrong_type_is_named(config: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        dockerfile(config, version="1")


def test_python_of_the_runtimes_image_is_the_one_it_is_built_on() -> None:
    text = (ROOT / "images/runtime/Dockerfile").read_text()

    assert f"ARG BASE=python:{'.'.join(map(str, IMAGE_PYTHON))}-" in text
