"""Writes the table of values into the chart's README.md, from values.yaml and the comments in it.

Usage: values_table.py [--check]. With --check it writes nothing, and exits with 1 when the table is stale.
A value without a comment right above it is an error: the comment is its documentation.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

CHART = Path(__file__).parents[2] / "charts" / "trussmodel-operator"
TABLE = re.compile(r"(?<=<!-- values: begin -->\n).*(?=<!-- values: end -->)", re.DOTALL)


def comment_above(lines: list[str], number: int) -> str:
    """Returns the comment that ends on the line before the given one, as one line of text."""
    found: list[str] = []
    while number > 0 and lines[number - 1].lstrip().startswith("# "):
        number -= 1
        found.insert(0, lines[number].strip()[2:])
    return " ".join(found)


def rows(node: yaml.MappingNode, lines: list[str], at: str = "") -> Iterator[tuple[str, str, str]]:
    """Yields path, default (as JSON) and documentation of each key with a comment, or with no keys below."""
    for key, value in node.value:
        path = f"{at}{key.value}"
        comment = comment_above(lines, key.start_mark.line)
        if not comment and isinstance(value, yaml.MappingNode) and value.value:
            yield from rows(value, lines, f"{path}.")
        elif comment:
            default = yaml.safe_load(yaml.serialize(value))
            yield path, json.dumps(default), comment
        else:
            raise SystemExit(
                f"values.yaml:{key.start_mark.line + 1}: {path} has no comment above it: say what it does"
            )


def table() -> str:
    """Returns the table in Markdown."""
    text = (CHART / "values.yaml").read_text()
    node = yaml.compose(text)
    assert isinstance(node, yaml.MappingNode)
    body = (
        f"| `{path}` | {comment} | `{default}` |\n"
        for path, default, comment in rows(node, text.splitlines())
    )
    return "| Value | What it does | Default |\n| --- | --- | --- |\n" + "".join(body)


def main() -> int:
    """Writes or checks, and returns the exit code."""
    readme = CHART / "README.md"
    before = readme.read_text()
    after, tables = TABLE.subn(lambda _: table(), before)
    if tables != 1:
        print(f"{readme}: {tables} places for the table: mark one by `values: begin` and `values: end`")
        return 1
    if "--check" not in sys.argv[1:]:
        readme.write_text(after)
    elif after != before:
        print(
            f"{readme}: its table of values is stale: run .venv/bin/python tests/chart/{Path(__file__).name}"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
