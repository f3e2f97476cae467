"""From a config.yaml to a Dockerfile, and to what of it cannot be honoured. Pure: mapping in, text out.

The fields are Truss's; docs/reference/commands.md says what becomes of each.
"""

import json
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

IMAGE_PYTHON = (3, 11)
"""The Python of the runtime's image, and the oldest that the runtime runs on."""
USER = "60000:60000"

_ELSEWHERE = {
    "docker_server": "docker_server starts a server of its own: such an image runs without this runtime.",
    "trt_llm": "trt_llm: no TensorRT-LLM engine is built or served here.",
    "model_cache": "model_cache is not fetched into the image: fetch the weights in load, or mount them.",
    "weights": "weights are not fetched into the image: fetch them in load, or mount them.",
    "live_reload": "live_reload is Baseten's: `truss-runtime serve --reload` does it on the desk.",
    "resources": "resources are no part of an image: set `resources` of the TrussModel.",
}


class RecipeError(Exception):
    """A field of config.yaml is not of the type that it must have; the message names it."""


def not_honoured(config: Mapping[str, Any]) -> Iterator[str]:
    """Yields one sentence for each field that is set and not followed, with what to do instead."""
    yield from (sentence for field, sentence in _ELSEWHERE.items() if config.get(field))
    base = _mapping(config, "base_image")
    if base.get("docker_auth"):
        yield "base_image.docker_auth: log in to that registry with `docker login` before you build."
    build = _mapping(config, "build")
    if build.get("secret_to_path_mapping"):
        yield "build.secret_to_path_mapping: no secret is given to build_commands: add that by hand."
    version = _python(config)
    if version is not None and version < IMAGE_PYTHON:
        yield f"python_version {config['python_version']} is too old for the runtime: it gets Python 3.11."
    file = str(config.get("requirements_file") or "")
    if file.endswith((".toml", ".lock")):
        yield f"requirements_file {file} is not installed: export it to a requirements.txt and name that."


def dockerfile(config: Mapping[str, Any], *, version: str) -> str:
    """Returns the Dockerfile of a Truss directory; its build context is that directory.

    Args:
        config: its config.yaml.
        version: the runtime's, for the image or package to take.

    Raises:
        RecipeError: a field is not of its type.
    """
    notes = [f"# Not honoured: {note}" for note in not_honoured(config)]
    image = _mapping(config, "base_image").get("image") or _python_image(config)
    python = str(_mapping(config, "base_image").get("python_executable_path") or "python3")
    package = f"trussmodel-runtime=={version}"
    own = [] if image is None else [f"ARG RUNTIME={package}", f"FROM {image}", "ARG RUNTIME"]
    steps = [*_environment(config), *_packages(config)]
    if own:
        steps += [*_runtime(python), *_user(), "WORKDIR /app"]
    steps += [*_requirements(config, python), *map(_command, _list(config, "build_commands"))]
    steps += [*_external_data(config), *_external_packages(config)]
    head = own or [f"ARG BASE=trussmodel/runtime:{version}", "FROM ${BASE}"]
    root = ["USER root"] if steps else []
    tail = ["COPY . /app", *([f"USER {USER}"] if root else [])]
    if own:
        entry = json.dumps([python, "-m", "truss_runtime", "serve"])
        # HOME: what the user can write to, whatever the base image says.
        tail += ["ENV HOME=/tmp", "EXPOSE 8080", f"ENTRYPOINT {entry}"]
    return "\n".join([*notes, *head, *root, *steps, *tail]) + "\n"


def _python(config: Mapping[str, Any]) -> tuple[int, int] | None:
    """The version that ``python_version`` asks for: Truss writes 3.12 as py312."""
    value = config.get("python_version")
    if value is None:
        return None
    found = re.fullmatch(r"(?:py)?3\.?(\d{1,2})", str(value))
    if found is None:
        raise RecipeError(f"python_version is `{value}`: write it like py312")
    return 3, int(found[1])


def _python_image(config: Mapping[str, Any]) -> str | None:
    version = _python(config)
    if version is None or version <= IMAGE_PYTHON:
        return None
    return f"python:{version[0]}.{version[1]}-slim-bookworm"


def _environment(config: Mapping[str, Any]) -> Iterator[str]:
    for name, value in _mapping(config, "environment_variables").items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if "\n" in text:
            continue  # a Dockerfile has no form for it; the runtime sets it when it starts
        quoted = re.sub(r'([\\"$])', r"\\\1", text)
        yield f'ENV {name}="{quoted}"'


def _packages(config: Mapping[str, Any]) -> Iterator[str]:
    names = _list(config, "system_packages")
    if names:
        yield (
            "RUN apt-get update \\\n"
            f"    && apt-get install --yes --no-install-recommends {shlex.join(names)} \\\n"
            "    && rm -rf /var/lib/apt/lists/*"
        )


def _requirements(config: Mapping[str, Any], python: str) -> Iterator[str]:
    # The runtime is named, though it is there, so that pip refuses what would break it.
    install = f"{python} -m pip install --no-cache-dir -r /tmp/requirements.txt trussmodel-runtime"
    file = str(config.get("requirements_file") or "")
    if file and not file.endswith((".toml", ".lock")):
        yield f"COPY {json.dumps([file, '/tmp/requirements.txt'])}"  # noqa: S108 - in the image
        yield f"RUN {install}"
    lines = _list(config, "requirements")
    if lines:
        words = " ".join(shlex.quote(line) for line in lines)
        yield f"RUN printf '%s\\n' {words} > /tmp/requirements.txt \\\n    && {install}"


def _runtime(python: str) -> Iterator[str]:
    yield "# RUNTIME: the package's name, or the URL of its wheel."
    yield "ENV PIP_BREAK_SYSTEM_PACKAGES=1 PYTHONUNBUFFERED=1"
    yield f'RUN {python} -m pip install --no-cache-dir "$RUNTIME"'


def _user() -> Iterator[str]:
    """The user's name, as in the runtime's own image: torch, for one, asks for it when it is imported."""
    uid, _, gid = USER.partition(":")
    passwd, group = f"model:x:{uid}:{gid}::/tmp:/usr/sbin/nologin", f"model:x:{gid}:"
    yield f"RUN echo '{passwd}' >> /etc/passwd && echo '{group}' >> /etc/group"


def _command(text: str) -> str:
    """One of build_commands. A Dockerfile's RUN is one line, so several go to the shell as one word."""
    return f"RUN {json.dumps(['/bin/sh', '-ec', text])}" if "\n" in text.strip() else f"RUN {text.strip()}"


def _external_data(config: Mapping[str, Any]) -> Iterator[str]:
    folder = str(config.get("data_dir") or "data")
    for item in _list(config, "external_data", dict):
        if not item.get("url") or not item.get("local_data_path"):
            raise RecipeError("external_data: each item needs url and local_data_path")
        target = f"/app/{folder}/{item['local_data_path']}"
        yield f"ADD {json.dumps([item['url'], target])}"
        yield f"RUN chmod 0644 {shlex.quote(target)}"


def _external_packages(config: Mapping[str, Any]) -> Iterator[str]:
    folders = [folder for folder in _list(config, "external_package_dirs") if _leaves(folder)]
    for number, folder in enumerate(folders, 1):
        yield f"# Build with --build-context packages{number}={folder}"
        yield f"COPY --from=packages{number} . {posixpath.normpath(f'/app/{folder}')}"


def _leaves(folder: str) -> bool:
    """Whether a folder is outside of the build context, which is copied as it is."""
    return posixpath.normpath(folder).startswith(("..", "/"))


def _mapping(config: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = config.get(field) or {}
    if not isinstance(value, Mapping):
        raise RecipeError(f"{field} is a {type(value).__name__}: write a mapping of names to values")
    return value


def _list(config: Mapping[str, Any], field: str, kind: type[Any] = str) -> list[Any]:
    value = config.get(field) or []
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        raise RecipeError(f"{field} must be a list of {'mappings' if kind is dict else 'strings'}")
    return value
