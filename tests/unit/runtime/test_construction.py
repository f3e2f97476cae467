"""What a Model's constructor is given, and the secrets among it."""

from pathlib import Path
from typing import Any

import pytest

from truss_runtime.failure import ModelFailure
from truss_runtime.model.construction import construct
from truss_runtime.model.secret_lookup import SecretNotFound, Secrets
from truss_runtime.model.source import Source


def build(model_class: type[Any], folder: Path, environment: str | None = "staging") -> Any:
    source = Source(folder, folder / "model.py", "Model", {"a": 1})
    given = {"name": environment} if environment else None
    return construct(model_class, source, secrets_dir=folder / "secrets", environment=given)


def test_keywords_get_all_of_it(tmp_path: Path) -> None:
    class Model:
        def __init__(self, **kwargs: Any) -> None:
            self.given = kwargs

    given = build(Model, tmp_path).given

    assert set(given) == {"config", "data_dir", "secrets", "environment", "lazy_data_resolver"}
    assert given["config"] == {"a": 1}
    assert given["environment"] == {"name": "staging"}
    assert given["lazy_data_resolver"].fetch() == given["data_dir"] == tmp_path / "data"


def test_named_arguments_get_only_what_they_name(tmp_path: Path) -> None:
    class Model:
        def __init__(self, config: Any, size: int = 3) -> None:
            self.given = config, size

    assert build(Model, tmp_path).given == ({"a": 1}, 3)


def test_class_without_constructor_is_built(tmp_path: Path) -> None:
    class Model:
        pass

    assert isinstance(build(Model, tmp_path), Model)


def test_environment_is_none_where_none_is_set(tmp_path: Path) -> None:
    class Model:
        def __init__(self, environment: Any) -> None:
            self.environment = environment

    assert build(Model, tmp_path, environment=None).environment is None


def test_argument_that_is_not_on_offer_is_named(tmp_path: Path) -> None:
    class Model:
        def __init__(self, weights: Any) -> None:
            pass

    with pytest.raises(ModelFailure, match=r":\d+: Model.__init__ asks for `weights`") as caught:
        build(Model, tmp_path)

    assert (caught.value.report.phase, caught.value.report.reason) == ("init", "InvalidModel")


def test_secret_is_read_anew_each_time(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    (tmp_path / "token").write_text("one")
    assert secrets["token"] == "one"
    (tmp_path / "token").write_text("two")

    assert secrets["token"] == "two"


def test_secrets_list_their_names_without_what_kubernetes_keeps_there(tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    (tmp_path / "b").write_text("")
    (tmp_path / "a").write_text("")

    assert list(Secrets(tmp_path)) == ["a", "b"]


@pytest.mark.parametrize("name", ["absent", "../outside", ".hidden", "sub/file"])
def test_secret_that_is_not_there_says_what_to_do(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "secrets"
    (folder / "sub").mkdir(parents=True)
    for file in (tmp_path / "outside", folder / ".hidden", folder / "sub/file"):
        file.write_text("no")

    with pytest.raises(SecretNotFound, match="`secrets` of the TrussModel"):
        Secrets(folder)[name]


def test_secrets_do_not_show_in_a_repr(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret")

    assert "s3cret" not in repr(Secrets(tmp_path))
