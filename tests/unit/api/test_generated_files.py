"""`hack/generate.sh --check`: says what is out of date, and how to mend it."""

import shutil
from pathlib import Path

import pytest
from hack.generate import __main__ as generate


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The generated files in a folder of their own, and the license that they copy."""
    for name in [*generate.FILES, "LICENSE"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(generate.ROOT / name, tmp_path / name)
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    return tmp_path


def damaged(text: str) -> str:
    """The text with something else in its generated part: behind the first mark of a page, else in a name."""
    marked = text.replace("-->\n", "-->\nstale\n", 1)
    if marked != text:
        return marked
    word = next(word for word in ("Model", "image", "License", "operators") if word in text)
    return text.replace(word, word.upper())


def test_the_checked_in_files_are_what_the_types_make(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("name", generate.FILES)
def test_a_file_that_differs_is_named_with_the_remedy(
    copy: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (copy / name).read_text()
    (copy / name).write_text(damaged(text))
    assert generate.main(["--check"]) == 1
    complaint = capsys.readouterr().err
    assert name in complaint
    assert "make generate" in complaint


def test_without_check_a_file_that_differs_is_written_anew(copy: Path) -> None:
    crd = copy / "deploy/crds/trussmodels.trussmodel.dev.yaml"
    text = crd.read_text()
    crd.write_text("")
    assert generate.main([]) == 0
    assert crd.read_text() == text


def test_another_argument_is_refused_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--chekc"]) == 2
    assert "usage" in capsys.readouterr().err
