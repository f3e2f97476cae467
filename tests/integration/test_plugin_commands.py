"""What `kubectl trussmodel` does with a real API server, through a real kubectl."""

import asyncio
import json
import os
import subprocess
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from api import Api, Hands, Json, condition, reason
from controlplane import ADMIN, OPERATOR, ControlPlane, control_plane
from operating import Operating
from plugin import PROGRAMS, plugin, surroundings

pytestmark = pytest.mark.asyncio

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Coroutine[Any, Any, Done]]

PATH = f"{os.environ.get('KUBEBUILDER_ASSETS', '')}:{os.environ['PATH']}"
"""With the kubectl of the API server's own release in front."""
LABEL = "trussmodel.dev/revision"
ONE, TWO = "registry.example.com/echo:1", "registry.example.com/echo:2"


@pytest.fixture
def run(api: Api, plane: ControlPlane) -> Run:
    """Runs the plugin as an administrator in the test's namespace."""
    config = plane.kubeconfig(ADMIN)

    async def run(*words: str) -> Done:
        command = (*words, "--namespace", api.namespace)
        return await asyncio.to_thread(partial(plugin, *command, kubeconfig=config, path=PATH))

    return run


async def replace(api: Api, hands: Hands, image: str, number: int) -> str:
    """Another image takes over; returns its revision."""
    before = (await api.get("trussmodels", "echo"))["status"]["activeRevision"]
    await api.patch("trussmodels", "echo", {"spec": {"image": image}})
    return await take_over(api, hands, before, number)


async def take_over(api: Api, hands: Hands, before: str, number: int) -> str:
    """The revision that the Deployment runs by now takes over; returns it."""
    await api.until("deployments", "echo", lambda d: running(d) != before)
    await hands.start("echo", f"echo-{number}")
    await hands.report(f"echo-{number}", ready=True)
    await api.delete("pods", f"echo-{number - 1}")
    await hands.see("echo", readyReplicas=1, availableReplicas=1)
    model = await api.until(
        "trussmodels",
        "echo",
        lambda m: reason(m) == "Serving" and m["status"]["activeRevision"] != before,
    )
    revision: str = model["status"]["activeRevision"]
    return revision


def running(deployment: Json) -> str:
    revision: str = deployment["spec"]["template"]["metadata"]["labels"][LABEL]
    return revision


async def test_routes_of_a_model_that_serves(api: Api, hands: Hands, operator: Operating, run: Run) -> None:
    await hands.serve()

    table, document = await run("routes", "echo"), await run("routes", "tm/echo", "-o", "json")

    assert table.stdout.splitlines()[0].split() == ["KIND", "METHOD", "PATH", "STREAMING"]
    assert "chat_completions   POST     /v1/chat/completions" in table.stdout
    assert (table.returncode, table.stderr) == (0, "")
    assert json.loads(document.stdout)["openaiBaseURL"] == f"http://echo.{api.namespace}.svc/v1"


async def test_rollback_restores_the_revision_before_and_leaves_replicas_alone(
    api: Api, hands: Hands, operator: Operating, run: Run
) -> None:
    first = await hands.serve(config={"size": 1})
    second = await replace(api, hands, TWO, 2)
    await api.patch("trussmodels", "echo", {"spec": {"replicas": 0, "paused": True, "config": None}})
    await api.until("trussmodels", "echo", lambda m: m["status"]["observedGeneration"] == 3)

    done = await run("rollback", "echo", "--to", first[:6])

    assert done.returncode == 0, done.stderr
    model = await api.until("trussmodels", "echo", lambda m: m["status"]["history"][0]["revision"] == first)
    spec = model["spec"]
    assert (spec["image"], spec["config"], spec["replicas"], spec["paused"]) == (ONE, {"size": 1}, 0, True)
    assert second in {entry["revision"] for entry in model["status"]["history"]}
    assert f"spec.image: {TWO} -> {ONE}" in done.stdout
    assert "paused" in done.stderr


async def test_rollback_without_a_revision_takes_the_last_good_one_and_goes_back_again(
    api: Api, hands: Hands, operator: Operating, run: Run
) -> None:
    first = await hands.serve()
    second = await replace(api, hands, TWO, 2)

    told = await run("rollback", "echo")
    assert await take_over(api, hands, second, 3) == first
    await run("rollback", "echo")
    assert await take_over(api, hands, first, 4) == second

    assert f"echo asks for revision {first} instead of {second}." in told.stdout


async def test_rollback_of_a_restart_restores_the_very_revision(
    api: Api, hands: Hands, operator: Operating, run: Run
) -> None:
    first = await hands.serve()
    restarted = await run("restart", "echo")
    second = await take_over(api, hands, first, 2)

    await run("rollback", "echo")

    assert await take_over(api, hands, second, 3) == first
    assert restarted.stdout == "echo is restarted.\n"


async def test_rollback_dry_run_changes_nothing(
    api: Api, hands: Hands, operator: Operating, run: Run
) -> None:
    first = await hands.serve()
    await replace(api, hands, TWO, 2)
    before = await api.get("trussmodels", "echo")

    done = await run("rollback", "echo", "--dry-run")

    assert f"would ask for revision {first}" in done.stdout
    assert await api.get("trussmodels", "echo") == before


async def test_rollback_without_a_good_revision_says_so(
    api: Api, hands: Hands, operator: Operating, run: Run
) -> None:
    await hands.serve()

    done = await run("rollback", "echo")

    assert done.returncode == 1
    assert "No revision of echo before this one was good" in done.stderr


async def test_history_marks_the_revision_that_serves(
    api: Api, hands: Hands, operator: Operating, run: Run
) -> None:
    first = await hands.serve()
    second = await replace(api, hands, TWO, 2)

    table, document = await run("history", "echo"), await run("history", "echo", "-o", "json")

    rows = [line.split() for line in table.stdout.splitlines()[1:]]
    assert [row[:3] for row in rows] == [["*", second, "Succeeded"], [first, "Succeeded", "-"]]
    assert [entry["revision"] for entry in json.loads(document.stdout)] == [second, first]


async def test_wait_returns_when_the_route_is_served(
    api: Api, hands: Hands, operator: Operating, run: Run
) -> None:
    await api.model()
    await api.until("deployments", "echo", lambda _: True)
    waiting = asyncio.create_task(run("wait", "echo", "--for-route", "chat_completions", "--timeout", "40s"))
    await hands.roll_out("echo")

    done = await waiting

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("echo serves predict, chat_completions as revision")
    assert done.stderr == "", "no progress where nobody looks"


async def test_wait_fails_at_once_when_the_model_is_stalled(
    api: Api, hands: Hands, operator: Operating, run: Run
) -> None:
    await api.model()
    await api.until("deployments", "echo", lambda _: True)
    await hands.see("echo")
    await hands.start("echo", "echo-1")
    waiting = asyncio.create_task(run("wait", "echo", "--timeout", "40s"))
    await hands.fail("echo-1", phase="import", reason="ImportError")

    done = await waiting

    assert done.returncode == 1
    assert "ImportError" in done.stderr
    assert "not as asked after" not in done.stderr


async def test_wait_fails_at_once_when_the_model_lacks_the_route(
    api: Api, hands: Hands, operator: Operating, run: Run
) -> None:
    await hands.serve()

    done = await run("wait", "echo", "--for-route", "embeddings", "--timeout", "40s")

    assert done.returncode == 1
    assert "does not serve embeddings, only predict, chat_completions" in done.stderr


async def test_wait_gives_up_at_its_time_and_says_what_is_missing(api: Api, run: Run) -> None:
    await api.model()

    done = await run("wait", "echo", "--timeout", "2")

    assert done.returncode == 1
    assert "not as asked after 2 s. The operator has not looked at it yet." in done.stderr


async def test_wait_ends_when_the_model_is_deleted(
    api: Api, hands: Hands, operator: Operating, run: Run
) -> None:
    await api.model()
    await api.until("deployments", "echo", lambda _: True)
    waiting = asyncio.create_task(run("wait", "echo", "--timeout", "40s"))
    await operator.at_rest()
    await api.delete("trussmodels", "echo")

    done = await waiting

    assert done.returncode in (1, 3)
    assert "was deleted" in done.stderr or "There is no TrussModel" in done.stderr


async def test_doctor_tells_the_failure_with_its_pod_and_what_to_run(
    api: Api, hands: Hands, operator: Operating, run: Run
) -> None:
    await api.model()
    await api.until("deployments", "echo", lambda _: True)
    await hands.see("echo")
    await hands.start("echo", "echo-1")
    await hands.fail("echo-1", phase="import", reason="ImportError")
    model = await api.until("trussmodels", "echo", lambda m: reason(m) == "ImportError")

    async def doctor() -> str:
        done = await run("doctor", "echo")
        assert done.returncode == 1
        return done.stdout

    told = await doctor()
    assert "ImportError in the phase import." in told
    assert " ".join(condition(model, "Ready")["message"].split()[:6]) in " ".join(told.split())
    assert "pod echo-1, container model, exit code 3" in told
    assert "CrashLoopBackOff" in told
    assert "Waiting does not help" in told
    assert f"kubectl trussmodel logs echo -n {api.namespace} --previous" in told


async def test_doctor_of_a_model_that_serves_exits_with_0(
    api: Api, hands: Hands, operator: Operating, run: Run
) -> None:
    await hands.serve()

    done = await run("doctor", "echo", "-o", "json")

    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["serves"] is True


async def test_doctor_does_not_blame_the_operator_for_an_object_that_is_seconds_old(
    api: Api, run: Run
) -> None:
    await api.model()

    done = await run("doctor", "echo")

    assert done.returncode == 1
    assert "the operator has not looked at it yet. Ask again in a moment." in " ".join(done.stdout.split())


async def test_name_that_is_nearly_right_is_proposed(api: Api, run: Run) -> None:
    await api.model()

    done = await run("routes", "ehco")

    assert done.returncode == 3
    assert "Did you mean echo?" in done.stderr


async def test_empty_namespace_is_said(run: Run) -> None:
    done = await run("history", "echo")

    assert done.returncode == 3
    assert "There is no TrussModel in this namespace" in done.stderr


async def test_missing_permission_is_said_with_verb_and_resource(api: Api, plane: ControlPlane) -> None:
    await api.model()

    done = await asyncio.to_thread(
        partial(
            plugin,
            "restart",
            "echo",
            "-n",
            api.namespace,
            kubeconfig=plane.kubeconfig(OPERATOR),
            path=PATH,
        )
    )

    assert done.returncode == 3
    assert "No permission:" in done.stderr
    assert 'cannot patch resource "trussmodels"' in done.stderr


async def test_impersonation_is_passed_on(api: Api, run: Run) -> None:
    await api.model()

    done = await run("routes", "echo", "--as", "somebody")

    assert done.returncode == 3
    assert 'User "somebody" cannot get resource "trussmodels"' in done.stderr


async def test_unknown_context_is_said(run: Run) -> None:
    done = await run("routes", "echo", "--context", "nowhere")

    assert done.returncode == 3
    assert "kubectl config get-contexts" in done.stderr


async def test_cluster_that_is_away_is_said(run: Run) -> None:
    done = await run("routes", "echo", "--server", "https://127.0.0.1:1", "--request-timeout=2s")

    assert done.returncode == 3
    assert "The cluster cannot be reached" in done.stderr


async def test_options_are_taken_before_the_command_too(api: Api, plane: ControlPlane) -> None:
    await api.model()
    config = str(plane.kubeconfig(ADMIN))

    done = await asyncio.to_thread(
        partial(plugin, "--kubeconfig", config, "-n", api.namespace, "history", "echo", path=PATH)
    )

    assert done.returncode == 0, done.stderr


async def test_kubectl_finds_the_plugin_and_completes_its_names(api: Api, plane: ControlPlane) -> None:
    await api.model("echo")
    await api.model("other")
    config = plane.kubeconfig(ADMIN)

    done = await asyncio.to_thread(
        partial(
            plugin,
            "routes",
            "--namespace",
            api.namespace,
            "ec",
            program="kubectl_complete-trussmodel",
            kubeconfig=config,
            path=PATH,
        )
    )

    assert done.stdout.splitlines() == ["echo", ":4"]
    by_kubectl = await asyncio.to_thread(
        partial(
            subprocess.run,
            ["kubectl", "__complete", "trussmodel", "routes", "--namespace", api.namespace, "ot"],
            env=surroundings(config, f"{PROGRAMS}:{PATH}"),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    )
    assert "other" in by_kubectl.stdout.splitlines()


async def test_a_namespace_is_completed(api: Api, plane: ControlPlane) -> None:
    program, config = "kubectl_complete-trussmodel", plane.kubeconfig(ADMIN)
    words = ("routes", "--namespace", api.namespace[:-1])

    done = await asyncio.to_thread(partial(plugin, *words, program=program, kubeconfig=config, path=PATH))

    assert api.namespace in done.stdout.splitlines()


async def test_an_address_of_the_cluster_comes_with_how_to_reach_it(api: Api, run: Run) -> None:
    await api.model("echo")

    done = await run("env", "echo")

    assert f"export OPENAI_BASE_URL=http://echo.{api.namespace}.svc/v1" in done.stdout.splitlines()
    assert "inside the cluster only" in done.stderr
    assert f"kubectl trussmodel env echo --namespace={api.namespace} --port-forward" in done.stderr


async def test_logs_of_a_model_without_pods_lead_to_the_doctor_of_this_namespace(api: Api, run: Run) -> None:
    await api.model("echo")

    done = await run("logs", "echo")

    assert f"kubectl trussmodel doctor echo --namespace={api.namespace}" in done.stderr


async def test_cluster_without_the_definition_is_told_to_install(tmp_path: Path) -> None:
    with control_plane(tmp_path) as bare:
        done = await asyncio.to_thread(
            partial(plugin, "routes", "echo", kubeconfig=bare.kubeconfig(ADMIN), path=PATH)
        )

    assert done.returncode == 3
    assert "install the operator" in done.stderr
