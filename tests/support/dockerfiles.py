"""Dockerfiles as the tests read them."""

import json
import re

INSTRUCTIONS = {
    "ADD",
    "ARG",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "LABEL",
    "RUN",
    "USER",
    "WORKDIR",
}


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction with what follows it, comments aside, continued lines joined.

    Raises:
        ValueError: It is no Dockerfile.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found = []
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        word, _, rest = line.partition(" ")
        if word not in INSTRUCTIONS or not rest.strip():
            raise ValueError(f"no instruction of a Dockerfile: {line}")
        if rest.startswith("["):
            json.loads(rest)
        found.append((word, rest.strip()))
    if "FROM" not in {word for word, _ in found if word != "ARG"} or found[0][0] not in ("ARG", "FROM"):
        raise ValueError("it begins with no FROM")
    return found


def users(text: str) -> list[tuple[str, str]]:
    """Each RUN and the user that it runs as, empty for the base's; at the end `end` and the container's."""
    user = ""
    found = []
    for word, rest in instructions(text):
        if word == "USER":
            user = rest.partition(":")[0]
        if word == "RUN":
            found.append((rest, user))
    return [*found, ("end", user)]
