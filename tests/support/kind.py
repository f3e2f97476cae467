"""The nodes of a kind cluster: containers, in which things can be done that no API of Kubernetes has."""

import json
import subprocess

from cluster import Kubectl


def on_node(node: str, *command: str, check: bool = True) -> str:
    """Runs a command in the node of that name, and returns what it printed."""
    done = subprocess.run(
        ["docker", "exec", node, *command], check=False, capture_output=True, text=True, timeout=120
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{node}: {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def nodes_of(kubectl: Kubectl) -> list[str]:
    """The names of the cluster's nodes, those of the control plane first."""
    nodes = json.loads(kubectl("get", "nodes", "--output", "json"))["items"]
    role = "node-role.kubernetes.io/control-plane"
    names = [(role not in node["metadata"]["labels"], node["metadata"]["name"]) for node in nodes]
    return [name for _, name in sorted(names)]
