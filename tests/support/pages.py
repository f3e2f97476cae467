"""The documentation as the tests read it: its fenced blocks, and what a console block promises."""

import doctest
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def pages() -> list[Path]:
    """Every page, in a fixed order."""
    return sorted(DOCS.rglob("*.md"))


def name_of(page: Path) -> str:
    """How a test calls a page."""
    return str(page.relative_to(DOCS))


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A command of a console block, and what it prints: ``...`` stands for anything."""

    command: str
    output: str

    def check(self, printed: str) -> None:
        """Fails unless that was printed."""
        checker = doctest.OutputChecker()
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        matches = checker.check_output(self.output.strip() + "\n", printed.strip() + "\n", flags)
        assert matches, f"$ {self.command}\nthe page promises\n{self.output}\nand this was printed\n{printed}"


def steps(block: str) -> list[Step]:
    """The commands of a console block: lines that begin with ``$ ``, each with the lines after it."""
    found = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        found.append(Step(command, output))
    return found
