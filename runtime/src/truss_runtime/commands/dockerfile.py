"""``truss-runtime dockerfile PATH``: the Dockerfile that a config.yaml asks for."""

import sys
from pathlib import Path
from typing import NoReturn

import click

from truss_runtime import __version__
from truss_runtime.commands.opening import PATH


@click.command()
@click.argument("path", type=PATH, default=Path())
@click.option("--write", is_flag=True, help="Write PATH/Dockerfile, unless there is one.")
def dockerfile(path: Path, write: bool) -> None:
    """Prints the Dockerfile of the Truss directory PATH.

    It follows base_image, python_version, requirements, requirements_file, system_packages, build_commands,
    environment_variables, external_data and external_package_dirs of config.yaml, and copies the folder with
    its data and packages. What it cannot honour it says on stderr, and in the Dockerfile.
    """
    # late: --help should not wait for any of it
    from truss_runtime.commands.recipe import RecipeError, not_honoured
    from truss_runtime.commands.recipe import dockerfile as text_of
    from truss_runtime.failure import ModelFailure
    from truss_runtime.model.config import read_config

    if not path.is_dir():
        _fail(f"{path} is not a folder. Give `dockerfile` a Truss directory.")
    try:
        config = read_config(path / "config.yaml", None)
        text = text_of(config, version=__version__)
        notes = list(not_honoured(config))
    except ModelFailure as failure:
        _fail(failure.report.message)
    except RecipeError as error:
        _fail(f"{path / 'config.yaml'}: {error}.")
    for note in notes:
        click.echo(f"not honoured: {note}", err=True)
    if not write:
        click.echo(text, nl=False)
        return
    target = path / "Dockerfile"
    if target.exists():
        _fail(f"{target} is there already: remove it first, or leave --write out.")
    target.write_text(text)
    click.echo(f"wrote {target}", err=True)


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(1)
