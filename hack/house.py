"""The rules of the house that no linter knows: part of `make lint`.

Each rule yields the lines to print; nothing to print means that it holds.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
LONGEST_FILE = 500
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")


def tracked(*patterns: str) -> list[Path]:
    """Returns the files that git tracks, or would, below the given path patterns."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def no_package_shadows_the_standard_library() -> Iterator[str]:
    """A folder named operator that is a package would shadow the standard library's module of that name."""
    for name in ("operator/__init__.py", "tests/operator"):
        if (ROOT / name).exists():
            yield f"{name}: shadows the standard library's operator from the repository root: remove it"


def no_file_is_too_long() -> Iterator[str]:
    """A file that has outgrown its shape is split before it grows on."""
    for path in tracked("*.py", "*.sh"):
        lines = len(path.read_text().splitlines())
        if lines > LONGEST_FILE:
            yield f"{path.relative_to(ROOT)}: {lines} lines, over {LONGEST_FILE}: split it"


def nothing_is_marked_unfinished() -> Iterator[str]:
    """What is left undone belongs into an issue."""
    for path in tracked("*.py", "*.sh", "*.yaml", "*.md", "Makefile"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if UNFINISHED.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: an unfinished mark: {line.strip()}"


def versions_agree() -> Iterator[str]:
    """One version for the packages, their modules and the chart."""
    found: dict[str, str] = {}
    packages = {"runtime": "truss_runtime", "operator": "truss_operator", "plugin": "kubectl_trussmodel"}
    for part, package in packages.items():
        project = tomllib.loads((ROOT / part / "pyproject.toml").read_text())["project"]
        found[f"{part}/pyproject.toml"] = project["version"]
        module = ROOT / part / "src" / package / "__init__.py"
        match = re.search(r'^__version__ = "(.+)"$', module.read_text(), re.MULTILINE)
        found[str(module.relative_to(ROOT))] = match[1] if match else "missing"
    chart = ROOT / "charts/trussmodel-operator/Chart.yaml"
    for key, value in re.findall(r'^(version|appVersion): "?([^"\s]+)"?', chart.read_text(), re.MULTILINE):
        found[f"Chart.yaml {key}"] = value
    if len(set(found.values())) > 1:
        yield f"versions differ: {found}"


def images_are_named_by_the_version() -> Iterator[str]:
    """What pages, examples, tests and the chart name of our images is of this version."""
    version = tomllib.loads((ROOT / "runtime/pyproject.toml").read_text())["project"]["version"]
    named = re.compile(r"\btrussmodel/(?:operator|runtime|example-[a-z]+|test-[a-z]+)[:@]v?(\d+\.\d+\.\d+)")
    others = ROOT / "tests/unit"  # whose versions are made up
    for path in tracked("*.md", "*.yaml", "*.py", "*.sh", "*Dockerfile"):
        if path.is_relative_to(others):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if any(match != version for match in named.findall(line)):
                yield f"{path.relative_to(ROOT)}:{number}: another version than {version}: {line.strip()}"


def workflows_call_make_targets_that_exist() -> Iterator[str]:
    """What a workflow runs, a developer can run: its targets are the Makefile's."""
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called: set[str] = set()
    for path in tracked(".github/workflows/*.yml"):
        text = path.read_text()
        here = set(re.findall(r"^ +(?:- )?run: make ([a-z][a-z-]*)", text, re.MULTILINE))
        for levels in re.findall(r"level: \[([^\]]+)\]", text):
            here |= set(levels.split(", "))
        called |= here
        for target in sorted(here - targets):
            yield f"{path.relative_to(ROOT)}: there is no `make {target}`"
    levels = set(re.findall(r"for level in (.+); do", (ROOT / "hack/test.sh").read_text())[0].split())
    for level in sorted(levels - called):
        yield f".github/workflows: no workflow runs `make {level}`"


def ci_runs_what_the_readme_says() -> Iterator[str]:
    """CI must prove the command that a reader is told to run."""
    for name in (".ci/run", "README.md"):
        if "make test" not in (ROOT / name).read_text():
            yield f"{name}: does not call `make test`"


RULES = (
    no_package_shadows_the_standard_library,
    no_file_is_too_long,
    nothing_is_marked_unfinished,
    versions_agree,
    images_are_named_by_the_version,
    workflows_call_make_targets_that_exist,
    ci_runs_what_the_readme_says,
)


def main() -> int:
    """Prints every breach and returns the exit code."""
    breaches = [breach for rule in RULES for breach in rule()]
    print("\n".join(breaches))
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
