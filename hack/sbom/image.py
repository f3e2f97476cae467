"""An image as Docker holds it: which packages are in it, and what they say of themselves. Nothing is run."""

import email.parser
import json
import re
import subprocess
import tarfile
from dataclasses import dataclass
from email.message import Message
from pathlib import PurePosixPath
from typing import Any

_WANTED = re.compile(
    r"var/lib/dpkg/status|var/lib/dpkg/status\.d/[^/]+|usr/lib/os-release|usr/share/doc/[^/]+/copyright"
    r"|.*/(?:site|dist)-packages/[^/]+\.dist-info/(?:METADATA|REMOVED)"
)


@dataclass(frozen=True)
class Base:
    """An image that others are built from: what is known of it without its files."""

    identity: str
    """Its name, with the registry's digest of it, or else with Docker's own."""
    variables: dict[str, str]


@dataclass(frozen=True)
class Image:
    """What was read of it."""

    name: str
    layers: list[str]
    """Their digests, uncompressed, from the lowest up."""
    files: dict[str, str]
    """By their paths without the leading slash, those that tell of packages."""

    def packages(self) -> list[Message]:
        """Debian's entries of the packages that are installed, by name."""
        lists = (text for path, text in self.files.items() if path.startswith("var/lib/dpkg/"))
        entries = [_parsed(entry) for text in lists for entry in text.strip().split("\n\n")]
        installed = [entry for entry in entries if entry["Status"].endswith(" installed")]
        return sorted(installed, key=lambda entry: str(entry["Package"]))

    def copyright_file(self, package: str) -> str | None:
        """What a Debian package says of its terms."""
        return self.files.get(f"usr/share/doc/{package}/copyright")

    def distributions(self) -> list[tuple[Message, str | None]]:
        """The metadata of the Python distributions, by name, and what was said to be removed from each."""
        found = [
            (_parsed(text), self.files.get(str(PurePosixPath(path).with_name("REMOVED"))))
            for path, text in self.files.items()
            if path.endswith("/METADATA")
        ]
        return sorted(found, key=lambda pair: str(pair[0]["Name"]).lower())

    def release(self) -> str:
        """Debian's code name."""
        (name,) = re.findall(r"(?m)^VERSION_CODENAME=(.+)$", self.files["usr/lib/os-release"])
        return str(name)


def read(name: str) -> Image:
    """Reads an image that Docker has.

    Raises:
        subprocess.CalledProcessError: Docker has no such image.
    """
    return Image(name, _inspected(name)["RootFS"]["Layers"], _files(name))


def read_base(name: str) -> Base:
    """Reads the settings of an image that Docker has.

    Raises:
        subprocess.CalledProcessError: Docker has no such image.
    """
    found = _inspected(name)
    variables = dict(pair.split("=", 1) for pair in found["Config"]["Env"])
    bare = name.partition("@")[0]
    return Base(next(iter(found["RepoDigests"]), f"{bare}@{found['Id']}"), variables)


def _inspected(name: str) -> Any:
    (found,) = json.loads(subprocess.check_output(["docker", "image", "inspect", name]))
    return found


def _files(image: str) -> dict[str, str]:
    container = subprocess.check_output(["docker", "create", image], text=True).strip()
    files = {}
    try:
        with (
            subprocess.Popen(["docker", "export", container], stdout=subprocess.PIPE) as exported,
            tarfile.open(fileobj=exported.stdout, mode="r|") as archive,
        ):
            for member in archive:
                if _WANTED.fullmatch(member.name) and (file := archive.extractfile(member)):
                    files[member.name] = file.read().decode(errors="replace")
    finally:
        subprocess.check_output(["docker", "rm", container])
    return files


def _parsed(text: str) -> Message:
    return email.parser.Parser().parsestr(text)
