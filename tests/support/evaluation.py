"""PromQL over made series, evaluated by Prometheus's own engine: promtool prints what it did not expect."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

Labels = dict[str, str]
Result = list[tuple[Labels, float]]

_ANSWER = re.compile(r'expr: (".*"), time: \S+\n\s+exp: nil\n\s+got: (.*)')
_SAMPLE = re.compile(r"(\{[^}]*\}) (\S+?)(?:, |$)")
_LABEL = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*")')


def series(name: str, labels: Mapping[str, str]) -> str:
    """A series as Prometheus writes it."""
    return f"{name}{{{', '.join(f'{key}={json.dumps(value)}' for key, value in sorted(labels.items()))}}}"


def evaluated(expressions: Iterable[str], values: Mapping[str, str], folder: Path) -> dict[str, Result]:
    """What each expression yields after 20 minutes.

    Args:
        expressions: Each yields no series, or some.
        values: Series, with a value for each minute in promtool's notation.
        folder: For what promtool reads.
    """
    asked = list(dict.fromkeys(expressions))
    given = [{"series": name, "values": samples} for name, samples in values.items()]
    # That nothing is expected makes promtool tell what there is.
    tried = [{"expr": expression, "eval_time": "20m", "exp_samples": []} for expression in asked]
    case = {"interval": "1m", "input_series": given, "promql_expr_test": tried}
    file = folder / "evaluation.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [], "evaluation_interval": "1m", "tests": [case]}))
    promtool = shutil.which("promtool")
    assert promtool, "promtool is not on PATH: run these tests by `make chart`, which brings it along"
    done = subprocess.run([promtool, "test", "rules", file], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    found = {json.loads(expression): _samples(got) for expression, got in _ANSWER.findall(said)}
    assert set(found) <= set(asked), said
    assert len(found) == said.count("expr: "), said
    return {expression: found.get(expression, []) for expression in asked}


def _samples(text: str) -> Result:
    read = [
        ({key: json.loads(value) for key, value in _LABEL.findall(labels)}, float(value))
        for labels, value in _SAMPLE.findall(text)
    ]
    return sorted(read, key=str)
