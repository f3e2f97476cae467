"""Pods that ask HTTP servers of the cluster, from where a NetworkPolicy lets them or does not."""

import json

from cluster import Kubectl, image

TIMED_OUT = "timed out"
"""What becomes of a connection that a NetworkPolicy does not allow: its packets are dropped."""

PORT = 8080
"""Where a visitor itself answers."""

_ASK = """
import json, ssl, sys, urllib.error, urllib.request
from concurrent.futures import ThreadPoolExecutor

def ask(url):
    try:
        with urllib.request.urlopen(url, timeout=3, context=ssl._create_unverified_context()) as answer:
            return str(answer.status)
    except urllib.error.URLError as error:
        return str(error.reason)

urls = sys.argv[1:]
with ThreadPoolExecutor(len(urls)) as pool:
    print(json.dumps(list(pool.map(ask, urls))))
"""


def start_visitor(kubectl: Kubectl, name: str) -> None:
    """Starts a pod that answers on `PORT`, and can ask others."""
    container = {
        "name": name,
        "image": image("test-lab"),
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-m", "http.server", "--directory", "/tmp", str(PORT)],
        "readinessProbe": {"httpGet": {"port": PORT}, "periodSeconds": 1},
    }
    spec = {"containers": [container], "terminationGracePeriodSeconds": 0}
    kubectl.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})


def visitor_address(kubectl: Kubectl, name: str) -> str:
    """Its IP, when it is ready."""
    kubectl("wait", f"pod/{name}", "--for=condition=Ready", "--timeout=60s")
    return str(kubectl.get("pod", name)["status"]["podIP"])


def answers(kubectl: Kubectl, pod: str, urls: dict[str, str]) -> dict[str, str]:
    """What a pod with Python in it gets from each URL, by the URLs' names: a status, or why there is none."""
    told = json.loads(kubectl("exec", pod, "--", "python3", "-c", _ASK, *urls.values()))
    return dict(zip(urls, told, strict=True))
