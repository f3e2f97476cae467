"""Gathers what a virtual environment's Python needs of this system, and nothing else.

``system.py FOLDER VENV`` is run by the Dockerfile beside this file in the base image, whose Python it takes:
the interpreter, the standard library without what only developers use, the shared libraries that these and
the environment's packages name, certificates, the name service's settings, and a user to run as. No shell, no
package manager. FOLDER becomes the root of the operator's image.

The Debian packages that files were taken of keep their copyright file, and their entry in the list of
packages, in ``var/lib/dpkg/status.d``: the folder where scanners look for it in images without dpkg.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

UNUSED = {
    *("dist-packages", "distutils", "ensurepip", "lib2to3", "site-packages"),
    *("idlelib", "pydoc_data", "test", "tkinter", "turtledemo", "turtle.py"),
    *("curses", "crypt.py"),
}
"""Of the standard library: what installs packages, edits and tests Python, or needs one of the next."""

UNUSED_EXTENSIONS = {"_crypt", "_curses", "_curses_panel", "_dbm", "_gdbm", "_tkinter", "nis", "readline"}
"""Each brings shared libraries of its own along: Berkeley DB, Kerberos, ncurses, ..."""

SETTINGS = (
    *("etc/ssl/certs/ca-certificates.crt", "etc/ssl/openssl.cnf", "etc/nsswitch.conf"),
    *("etc/ld.so.cache", "etc/os-release", "usr/lib/os-release"),
)
PACKAGES = {"ca-certificates"}
"""Debian packages whose file is made when they are installed, so that dpkg does not know whose it is."""

USERS = "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n"
GROUPS = "root:x:0:\nnonroot:x:65532:\n"


def standard_library() -> Iterator[Path]:
    """Its files, sources and extension modules; what is compiled of them is made anew."""
    for folder, names, files in os.walk(sysconfig.get_path("stdlib")):
        # config-*: for building Python anew.
        names[:] = [n for n in names if n not in {"__pycache__", *UNUSED} and not n.startswith("config-")]
        for name in files:
            if name not in UNUSED and not (name.endswith(".so") and name.split(".")[0] in UNUSED_EXTENSIONS):
                yield Path(folder, name)


def libraries(programs: Iterable[Path]) -> set[Path]:
    """The shared libraries that they name, those that these name, and the loader.

    Raises:
        SystemExit: One is missing.
    """
    said = output("ldd", *map(str, programs))
    missing = sorted(set(re.findall(r"^\s*(\S+) => not found", said, re.MULTILINE)))
    if missing:
        sys.exit(f"system.py: the base image lacks {', '.join(missing)}")
    return {Path(path) for path in re.findall(r"(?:=> |^\s*)(/\S+) \(0x", said, re.MULTILINE)}


def links(path: Path) -> Iterator[Path]:
    """The path, each link that it leads over, and where it ends."""
    yield path
    while path.is_symlink():
        path = path.parent / path.readlink()
        yield path


def copy(path: Path, root: Path) -> Path:
    """Copies a file or a link by its real path, should a folder above be a link as /lib is; returns it."""
    path = path.parent.resolve() / path.name
    target = root / path.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.is_symlink() and not target.exists():
        shutil.copy2(path, target, follow_symlinks=False)
    return path


def packages(files: set[Path]) -> set[str]:
    """The Debian packages that the files are of; Python itself is of none where it was not installed as one.

    Raises:
        SystemExit: The base image is no Debian.
    """
    # Before /usr was merged, a library was in /lib; dpkg goes by that.
    asked = {name for path in files for name in (str(path), str(path).removeprefix("/usr"))}
    found = re.findall(
        r"^([^ ,:]+)(?::\w+)?: /", output("dpkg-query", "--search", *sorted(asked)), re.MULTILINE
    )
    if not found:
        sys.exit("system.py: dpkg knows none of the files: is the base image no Debian?")
    return {*found, *PACKAGES}


def keep_entry(package: str, root: Path) -> None:
    """The package's entry in the list of packages, and its copyright file."""
    entries = root / "var/lib/dpkg/status.d"
    entries.mkdir(parents=True, exist_ok=True)
    (entries / package).write_text(output("dpkg-query", "--status", package))
    terms = Path("usr/share/doc", package, "copyright")
    (root / terms).parent.mkdir(parents=True)
    shutil.copyfile("/" / terms, root / terms)


def output(*command: str) -> str:
    """What a command prints; these fail already when one of many files is not what they know."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def main(root: Path, venv: Path) -> None:
    """Gathers them."""
    for name in ("bin", "lib", "lib64", "sbin"):
        if Path("/", name).is_symlink():
            (root / "usr" / name).mkdir(parents=True)
            (root / name).symlink_to(f"usr/{name}")
    interpreter = {*links(Path(sys.base_prefix, "bin/python3"))}
    modules = {*standard_library()}
    binaries = {*interpreter, *(path for path in {*modules, *venv.rglob("*")} if ".so" in path.suffixes)}
    needed = {step for library in libraries(binaries) for step in links(library)}
    settings = {path for name in SETTINGS if (path := Path("/", name)).exists()}
    files = {copy(path, root) for path in sorted(interpreter | modules | needed | settings)}
    for package in sorted(packages(files)):
        keep_entry(package, root)
    (root / "etc/passwd").write_text(USERS)
    (root / "etc/group").write_text(GROUPS)
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
