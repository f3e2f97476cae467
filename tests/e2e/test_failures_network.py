"""A network that keeps the operator from a model: told as a failure, and mended by what its page shows."""

from failures import failure_of, namespace, trussmodel
from pages import DOCS, blocks


def test_a_model_out_of_the_operators_reach_says_so_and_its_page_lets_the_operator_in() -> None:
    with namespace("closed") as closed:
        nothing = {"podSelector": {}, "policyTypes": ["Ingress"]}
        kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
        closed.apply({**kind, "metadata": {"name": "nothing-comes-in"}, "spec": nothing})
        closed.apply(trussmodel("closed"))
        failure_of(closed, "closed", "RoutesUnreadable")

        (page,) = blocks(DOCS / "failures" / "RoutesUnreadable.md", "yaml")
        closed("apply", "--filename", "-", stdin=page)

        closed.wait("closed", "Ready")
