"""Asks a served model as its users would: with the official OpenAI client and with curl.

Usage: ask.py NAME. The Service of that TrussModel is reached through `kubectl port-forward`, so kubectl and
KUBECONFIG must lead to its cluster.
"""

import contextlib
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

from openai import OpenAI


@contextlib.contextmanager
def port_forward(service: str) -> Iterator[str]:
    """Yields the base URL under which the Service answers on this machine while the context lasts."""
    command = ["kubectl", "port-forward", f"service/{service}", ":80"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", first)
        if found is None:
            raise SystemExit(f"error: `{' '.join(command)}` did not open a port: {first or 'it ended'}")
        yield f"http://{found[0]}"
    finally:
        process.terminate()
        process.wait()


def chat(client: OpenAI, model: str) -> None:
    """Prints one whole answer."""
    print(f'client.chat.completions.create(model="{model}", messages=[...])')
    answer = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Hello, who is there?"}]
    )
    print(f"  {answer.choices[0].message.content}")


def chat_stream(client: OpenAI, model: str) -> None:
    """Prints an answer chunk by chunk, as it arrives."""
    print(f'client.chat.completions.create(model="{model}", messages=[...], stream=True)')
    chunks = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "And in small pieces?"}], stream=True
    )
    print("  ", end="")
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            print(chunk.choices[0].delta.content, end="|", flush=True)
    print()


def curl(url: str, body: object) -> None:
    """Prints what curl gets for a POST of the JSON body."""
    command = ["curl", "--silent", "--show-error", "--fail-with-body", url, "--json", json.dumps(body)]
    print(shlex.join(["curl", *command[4:]]))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(f"  {done.stdout or done.stderr}")
    done.check_returncode()


def main() -> None:
    """Asks all four questions."""
    model = sys.argv[1]
    with port_forward(model) as base:
        client = OpenAI(base_url=f"{base}/v1", api_key="not-needed")
        chat(client, model)
        chat_stream(client, model)
        curl(f"{base}/predict", {"prompt": "plain HTTP"})
        body = {"model": model, "messages": [{"role": "user", "content": "by the environment's URL"}]}
        curl(f"{base}/environments/production/sync/v1/chat/completions", body)


if __name__ == "__main__":
    main()
