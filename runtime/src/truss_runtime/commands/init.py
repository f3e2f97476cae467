"""``truss-runtime init NAME``: a model folder that runs, to be changed into one's own."""

import re
import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

import click

from truss_runtime import __version__

SUFFIX = ".tmpl"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?")
"""A DNS label that leaves room for the suffixes of a TrussModel's children."""


@click.command()
@click.argument("name")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where to write it.  [default: a new folder NAME]"
)
def init(name: str, folder: Path | None) -> None:
    """Writes a model that runs: config.yaml, model, test, Dockerfile and TrussModel.

    NAME becomes the model's name. Nothing that exists is overwritten.
    """
    if not _NAME.fullmatch(name):
        click.echo(
            f"`{name}` cannot be a TrussModel's name: take at most 53 of a-z, 0-9 and -, no - at either end.",
            err=True,
        )
        sys.exit(1)
    folder = folder or Path(name)
    texts = _texts(files("truss_runtime.commands") / "template", name)
    standing = [path for path in texts if (folder / path).exists()]
    if standing:
        click.echo(f"{folder} has {', '.join(standing)} already: nothing was written.", err=True)
        sys.exit(1)
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
        click.echo(f"wrote {folder / path}")
    click.echo(f"\nServe it:  truss-runtime serve {folder} --reload\nMore:      {folder / 'README.md'}")


def _texts(folder: Traversable, name: str, above: str = "") -> dict[str, str]:
    """The files by their paths, filled in. In a template, $name and $version stand for what they say."""
    found: dict[str, str] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found |= _texts(entry, name, f"{above}{entry.name}/")
        elif entry.name.endswith(SUFFIX):
            text = Template(entry.read_text()).substitute(name=name, version=__version__)
            found[above + entry.name.removesuffix(SUFFIX)] = text
    return found
