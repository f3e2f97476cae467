"""The operator as another version of it would be: the same program, but that it builds pods otherwise.

Run as a program, with the flags of ``truss-operator``. Where ANOTHER_OPERATOR names the ``src`` folder of a
version that really is another one, that runs, as it is (`make test-upgrade`).
"""

import os
import sys
from typing import Any

BUILT_BY = {"name": "BUILT_BY", "value": "another version"}


def run() -> None:
    if folder := os.environ.get("ANOTHER_OPERATOR"):
        sys.path.insert(0, folder)
    else:
        build_otherwise()
    from truss_operator.main import main
    from truss_operator.probe import dialler

    if hasattr(dialler, "may_be_a_pods"):  # a version before it dials whatever there is
        from operator_on_loopback import dial_loopback

        dial_loopback()
    main()


def build_otherwise() -> None:
    """Gives every pod that is built from now on one more variable and one more second to end in."""
    from truss_operator.api.v1alpha1 import TrussModel
    from truss_operator.builders.pod import build_pod_template
    from truss_operator.revisions import decide

    def built(model: TrussModel, revision: str) -> dict[str, Any]:
        template = build_pod_template(model, revision)
        container = template["spec"]["containers"][0]
        container["env"] = [*container.get("env", ()), BUILT_BY]
        template["spec"]["terminationGracePeriodSeconds"] += 1
        return template

    vars(decide)["build_pod_template"] = built


if __name__ == "__main__":
    run()
