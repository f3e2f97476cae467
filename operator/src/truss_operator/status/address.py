"""Where a model answers: the URLs of its Service, as pods of the same cluster reach it."""

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.names import service_name


def url_of(model: TrussModel) -> str:
    """Base URL of the model's own paths: ``/predict``, ``/v1/...``."""
    return f"http://{service_name(model)}.{model.metadata.namespace}.svc"


def openai_base_url_of(model: TrussModel) -> str:
    """What an OpenAI client takes as ``base_url``."""
    return f"{url_of(model)}/v1"
