"""The API key that a model asks for, out of the Secret that its spec names."""

import base64
import binascii

from kubectl_trussmodel.kubectl import Kubectl
from kubectl_trussmodel.problem import NotFound, Problem
from kubectl_trussmodel.trussmodel import TrussModel, mapping


def key_of(kubectl: Kubectl, model: TrussModel) -> str | None:
    """One of the model's API keys, the first by name; None when it asks for none.

    Raises:
        Problem: The Secret is missing, empty, or not to be read.
    """
    secret = model.key_secret
    if not secret:
        return None
    try:
        data = mapping(kubectl.json("get", "secret", secret).get("data"))
    except NotFound:
        raise Problem(f"spec.auth names the Secret {secret}, which is not there: create it.") from None
    except Problem as error:
        raise Problem(
            f"{error.message} (The API key is in the Secret {secret}; --api-key does without.)"
        ) from None
    for _, value in sorted(data.items()):
        try:
            return base64.b64decode(value, validate=True).decode().strip()
        except (binascii.Error, UnicodeDecodeError, TypeError):
            continue
    raise Problem(f"The Secret {secret} that spec.auth names holds no API key: put one in.")
