"""The chart's values: values.yaml's comments become README.md's table and the schema's descriptions.

The README is also the page about the chart on the documentation's site: one text, two places to read it.
"""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hack.generate.markdown import table

CHART = Path(__file__).parents[2] / "charts" / "trussmodel-operator"
_TABLE = re.compile(r"(?<=<!-- values: begin -->\n).*(?=<!-- values: end -->)", re.DOTALL)

Row = tuple[str, object, str]


def values_table(page: str) -> str:
    """The chart's README with its table made anew.

    Raises:
        ValueError: A value has no comment, or the page has no place for the table.
    """
    rows = [(f"`{path}`", comment, f"`{json.dumps(default)}`") for path, default, comment in documented()]
    made, tables = _TABLE.subn(lambda _: table(("Value", "What it does", "Default"), rows), page)
    if tables != 1:
        raise ValueError(
            f"README.md has {tables} places for the table: mark one by `values: begin`, `values: end`"
        )
    return made


def chart_reference(_: str) -> str:
    """The page about the chart: its README, under a title that tells it from the pages about the operator."""
    title, _, rest = (CHART / "README.md").read_text().partition("\n")
    return f"# The chart: {title.removeprefix('# ')}\n{rest}"


def values_schema(text: str) -> str:
    """The chart's schema with each value's comment as its description, for editors and `helm show`.

    Raises:
        ValueError: A value is missing in the schema.
    """
    schema = json.loads(text)
    for path, _, comment in documented():
        found = schema
        for key in path.split("."):
            found = found.get("properties", {}).get(key)
            if found is None:
                raise ValueError(f"values.schema.json lacks {path}: say there what it may be")
        found["description"] = comment
    return _laid_out(schema) + "\n"


@functools.cache
def documented() -> list[Row]:
    """Path, default and documentation of every value, in the order of values.yaml."""
    text = (CHART / "values.yaml").read_text()
    node = yaml.compose(text)
    assert isinstance(node, yaml.MappingNode)
    return list(_rows(node, text.splitlines()))


def _rows(node: yaml.MappingNode, lines: list[str], at: str = "") -> Iterator[Row]:
    """Each key with a comment, or with no keys below."""
    for key, value in node.value:
        path = f"{at}{key.value}"
        comment = _comment_above(lines, key.start_mark.line)
        if comment:
            yield path, yaml.safe_load(yaml.serialize(value)), comment
        elif isinstance(value, yaml.MappingNode) and value.value:
            yield from _rows(value, lines, f"{path}.")
        else:
            raise ValueError(
                f"values.yaml:{key.start_mark.line + 1}: {path} has no comment above it: say what it does"
            )


def _comment_above(lines: list[str], number: int) -> str:
    """The comment that ends on the line before the given one, as one line of text."""
    found: list[str] = []
    while number > 0 and lines[number - 1].lstrip().startswith("# "):
        number -= 1
        found.insert(0, lines[number].strip()[2:])
    return " ".join(found)


def _laid_out(value: Any, indent: str = "") -> str:
    """JSON with what fits on a line on one."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(flat) <= 110 or not isinstance(value, dict):
        return flat
    inner = indent + "  "
    lines = [f"{inner}{json.dumps(key)}: {_laid_out(below, inner)}" for key, below in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
