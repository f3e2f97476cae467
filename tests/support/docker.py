"""Images built and containers run by the Docker that builds the project's own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"docker {' '.join(arguments)}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout.strip()


@contextmanager
def built(context: Path, **arguments: str) -> Iterator[str]:
    """The image of a folder's Dockerfile, gone in the end; `arguments` are build arguments."""
    tag = f"trussmodel/built-{context.name}:{os.getpid()}"
    given = [f"--build-arg={name}={value}" for name, value in arguments.items()]
    docker("build", "--quiet", "--force-rm", "--tag", tag, *given, str(context))
    try:
        yield tag
    finally:
        docker("image", "rm", "--force", tag)


@contextmanager
def running(image: str, *options: str) -> Iterator[str]:
    """A container of an image, gone in the end; its URL from here."""
    container = docker("run", "--detach", "--publish=127.0.0.1::8080", *options, image)
    try:
        yield f"http://{docker('port', container, '8080/tcp').splitlines()[0]}"
    finally:
        docker("rm", "--force", container)
