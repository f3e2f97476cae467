"""What `helm test` runs: makes a TrussModel, waits until it is ready, asks it, and removes it again.

It needs nothing but Python: the API server and the model are asked as any program in a pod could.
"""

import functools
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
MANIFEST = json.loads(os.environ["MANIFEST"])
NAME, NAMESPACE = MANIFEST["metadata"]["name"], MANIFEST["metadata"]["namespace"]
API = f"https://{os.environ['KUBERNETES_SERVICE_HOST']}:{os.environ['KUBERNETES_SERVICE_PORT']}"
MODELS = f"{API}/apis/trussmodel.dev/v1alpha1/namespaces/{NAMESPACE}/trussmodels"
DEADLINE = time.monotonic() + float(os.environ["TIMEOUT_SECONDS"])
SELECTOR = os.environ["SELECTOR"]


def say(text):
    print(text, flush=True)


@functools.cache
def trust():
    return ssl.create_default_context(cafile=f"{ACCOUNT}/ca.crt")


def call(method, url, body=None):
    """Returns what is answered, as JSON."""
    headers = {"Content-Type": "application/json"}
    if url.startswith(API):
        with open(f"{ACCOUNT}/token") as token:
            headers["Authorization"] = f"Bearer {token.read()}"
    request = urllib.request.Request(url, body and json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=10, context=trust()) as answer:
        return json.load(answer)


def remove():
    """Removes the TrussModel, also one that an earlier test has left; returns when it is gone."""
    try:
        call("DELETE", f"{MODELS}/{NAME}")
        while time.monotonic() < DEADLINE:
            call("GET", f"{MODELS}/{NAME}")
            time.sleep(0.5)
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise


def ready():
    """Waits until the TrussModel is Ready and returns it; ends the test when waiting cannot help."""
    told = None
    while time.monotonic() < DEADLINE:
        model = call("GET", f"{MODELS}/{NAME}")
        conditions = {each["type"]: each for each in model.get("status", {}).get("conditions", [])}
        state = conditions.get(
            "Ready",
            {"status": "Unknown", "reason": "NoStatus", "message": "no status yet: does the operator run?"},
        )
        if state["reason"] != told:
            told = state["reason"]
            say(f"{NAME}: {told}: {state['message']}")
        if state["status"] == "True":
            return model
        if conditions.get("Stalled", {}).get("status") == "True":
            sys.exit(f"FAILED: {NAME} will not become ready: {state['message']}")
        time.sleep(0.5)
    sys.exit(
        f"FAILED: {NAME} is not ready in time; last: {told}. "
        f"`kubectl describe trussmodel {NAME} --namespace {NAMESPACE}` says more"
    )


def asked(url, body):
    """Asks the model; a node learns of a new Service a moment after the API server."""
    while True:
        try:
            return call("POST", url, body)
        except OSError as error:
            if time.monotonic() > DEADLINE:
                sys.exit(f"FAILED: {url}: {error}")
            time.sleep(0.5)


def main():
    if SELECTOR and not MANIFEST["metadata"].get("labels"):
        sys.exit(
            f"FAILED: the operator serves only what {SELECTOR!r} selects (watch.selector): "
            "set tests.labels to labels that it selects"
        )
    remove()
    say(f"making TrussModel {NAME} in namespace {NAMESPACE}")
    call("POST", MODELS, MANIFEST)
    try:
        status = ready()["status"]
        say(f"routes: {status['routesSummary']}")
        said = asked(f"{status['url']}/predict", {"say": "hello"})
        assert said == {"said": "hello"}, said
        chat = {"model": NAME, "messages": [{"role": "user", "content": "hello"}]}
        answer = asked(f"{status['openaiBaseURL']}/chat/completions", chat)
        assert answer["choices"][0]["message"]["content"] == "hello", answer
        say("it answers /predict and /v1/chat/completions")
    finally:
        remove()
        say("removed it")
    say("PASSED")


main()
