"""The revision: one short name for all of spec that shapes the pods.

Made of spec, not of the pod template that we build of it: a newer operator that builds another template must
not replace the pods of a TrussModel that nobody changed.
"""

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.digest import canonical, digest

_NOT_OF_THE_POD = {"replicas", "rollout", "paused"}


def revision_of(model: TrussModel) -> str:
    """Hash of what shapes the pods.

    A field that is unset or empty leaves no trace, so that a field that a later version adds does not change
    the revision of the objects that do not use it.
    """
    spec = model.spec.model_dump(mode="json", exclude_none=True, exclude=_NOT_OF_THE_POD)
    shape = {field: value for field, value in spec.items() if value not in ({}, [])}
    if model.spec.rollout is not None and model.spec.rollout.restarted_at:
        shape["restartedAt"] = model.spec.rollout.restarted_at
    return digest(canonical({**shape, "model": model.served_name}))
