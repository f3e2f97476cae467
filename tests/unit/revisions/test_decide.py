"""Which revision runs: decided the same on every look, and never the failed one twice."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observed import deployment, ended, later, pod, progressing, truss_model, with_status
from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.labels import REVISION_LABEL
from truss_operator.builders.revision import revision_of
from truss_operator.controller.projection import project
from truss_operator.kube.resource import CONTROLLERREVISIONS
from truss_operator.observation import Observation
from truss_operator.revisions.decide import Decision, decide
from truss_operator.revisions.stored import RECORD_ANNOTATION, Stored, read
from truss_operator.status.compute import compute_status
from truss_operator.status.history import LENGTH

Json = dict[str, Any]
IMPORT_ERROR = '{"phase": "import", "reason": "ImportError", "message": "no"}'
LOAD_FAILED = '{"phase": "load", "reason": "LoadFailed", "message": "no"}'


class World:
    """A TrussModel's revisions, Deployment and status, as a cluster would keep them between the looks."""

    def __init__(self) -> None:
        self.model = truss_model()
        self.kept: dict[str, Json] = {}
        self.deployment: Json | None = None
        self.pods: tuple[Json, ...] = ()
        self.ran: list[str] = []
        """The revisions that the Deployment was set to, one after another."""
        self.minutes = 0

    def stored(self) -> list[Stored]:
        found = [read(project(CONTROLLERREVISIONS, obj)) for obj in self.kept.values()]
        return [one for one in found if one is not None]

    def decide(self) -> Decision:
        return decide(self.model, self.deployment, self.pods, self.stored(), later(self.minutes))

    def look(self, *, status: bool = True) -> Decision:
        """One reconcile; without `status`, one that is cut off before it writes that."""
        self.minutes += 1
        decision = self.decide()
        for manifest in decision.keep:
            known = self.kept.get(manifest["metadata"]["name"])
            assert known is None or known["data"] == manifest["data"], "the API server refuses that"
            self.kept[manifest["metadata"]["name"]] = _as_read(manifest)
        for revision in decision.drop:
            del self.kept[f"echo-{revision}"]
        run = decision.template["metadata"]["labels"][REVISION_LABEL]
        if self.running != run:
            self.ran.append(run)
            self.deployment, self.pods = deployment(self.model, revision=run), ()
        if status:
            seen = Observation(self.deployment, self.pods, course=decision.course)
            new = compute_status(self.model, seen, later(self.minutes))
            self.model = with_status(self.model, new)
        return decision

    @property
    def running(self) -> str:
        return (
            self.deployment["spec"]["template"]["metadata"]["labels"][REVISION_LABEL]
            if self.deployment
            else ""
        )

    def want(self, **spec: object) -> str:
        self.model = with_status(self.model, self.model.status.as_json(), **spec)
        return revision_of(self.model)

    def serves(self) -> None:
        revision = self.running
        self.deployment = deployment(self.model, ready=self.model.spec.replicas, revision=revision)
        self.pods = (pod(revision, ready=True),)

    def fails(self, message: str = IMPORT_ERROR, ends: int = 1) -> None:
        revision = self.running
        self.deployment = deployment(self.model, revision=revision)
        self.pods = (pod(revision, name="new", **ended(message), restartCount=ends - 1),)

    def misses_its_deadline(self) -> None:
        conditions = progressing("ProgressDeadlineExceeded", "False")
        self.deployment = deployment(self.model, revision=self.running, conditions=conditions)

    def loses_its_status(self) -> None:
        self.model = with_status(self.model, {"observedGeneration": -1})


def _as_read(manifest: Json) -> Json:
    return {**manifest, "metadata": {"resourceVersion": "1", **manifest["metadata"]}}


def failed_second_revision(world: World) -> tuple[str, str]:
    world.look()
    good = world.running
    world.serves()
    world.look()
    bad = world.want(image="registry.example.com/echo:2")
    world.look()
    world.fails()
    world.look()
    return good, bad


def outcomes(model: TrussModel) -> Mapping[str, str]:
    return {entry.revision: entry.outcome for entry in model.status.history or ()}


def test_the_wanted_revision_is_kept_with_its_template_before_it_runs() -> None:
    world = World()
    decision = world.decide()
    [kept] = decision.keep
    assert kept["data"] == {"spec": world.model.spec.as_json(), "template": decision.template}
    assert kept["metadata"]["name"] == f"echo-{revision_of(world.model)}"


def test_an_unchanged_revision_keeps_the_template_that_an_older_operator_built() -> None:
    world = World()
    world.look()
    [kept] = world.kept.values()
    kept["data"]["template"]["spec"]["priorityClassName"] = "of-an-older-operator"
    assert world.decide().template["spec"]["priorityClassName"] == "of-an-older-operator"


def test_a_failed_revision_gives_way_to_the_last_good_one() -> None:
    world = World()
    good, bad = failed_second_revision(world)
    assert world.ran == [good, bad, good]
    assert outcomes(world.model) == {bad: "Failed", good: "Succeeded"}


def test_what_failed_is_written_down_before_another_runs() -> None:
    world = World()
    world.look()
    world.serves()
    world.look()
    bad = world.want(image="registry.example.com/echo:2")
    world.look()
    world.fails()
    kept = {each["metadata"]["labels"][REVISION_LABEL]: each for each in world.decide().keep}
    assert '"outcome":"Failed"' in kept[bad]["metadata"]["annotations"][RECORD_ANNOTATION]


@pytest.mark.parametrize("phase", ["image", "schedule", "config"])
def test_what_ends_no_container_waits_for_the_deadline(phase: str) -> None:
    world = World()
    failed_second_revision(world)
    third = world.want(image="registry.example.com/echo:3")
    world.look()
    world.pods = (pod(third, state={"waiting": {"reason": "ImagePullBackOff", "message": phase}}),)
    world.look()
    assert world.running == third
    world.misses_its_deadline()
    world.look()
    assert world.running != third


@pytest.mark.parametrize("message", [LOAD_FAILED, ""])
def test_a_failed_load_or_a_crash_is_given_three_tries(message: str) -> None:
    world = World()
    failed_second_revision(world)
    third = world.want(image="registry.example.com/echo:3")
    world.look()
    for ends in (1, 2):
        world.fails(message, ends)
        world.look()
        assert world.running == third
    world.fails(message, 3)
    world.look()
    assert world.running != third


def test_a_revision_that_was_good_once_is_not_rolled_back() -> None:
    world = World()
    failed_second_revision(world)
    third = world.want(image="registry.example.com/echo:3")
    world.look()
    world.serves()
    world.look()
    world.fails(ends=9)
    world.look()
    world.misses_its_deadline()
    world.look()
    assert world.running == third


def test_a_failed_revision_that_serves_after_all_is_good() -> None:
    world = World()
    world.look()
    world.fails()
    world.look()
    assert list(outcomes(world.model).values()) == ["Failed"]
    world.serves()
    world.look()
    assert list(outcomes(world.model).values()) == ["Succeeded"]


def test_no_replicas_prove_nothing() -> None:
    world = World()
    world.want(replicas=0)
    world.look()
    world.serves()
    world.look()
    assert list(outcomes(world.model).values()) == ["Progressing"]


def test_a_lost_status_is_told_again_from_what_is_kept() -> None:
    world = World()
    failed_second_revision(world)
    before = world.model.status
    world.loses_its_status()
    world.look()
    assert (world.model.status.last_failure, world.model.status.history) == (
        before.last_failure,
        before.history,
    )
    assert len(world.ran) == 3


def test_a_decision_that_is_cut_off_after_its_revisions_were_written_is_taken_again() -> None:
    world = World()
    world.look()
    good = world.running
    world.serves()
    world.look()
    world.want(image="registry.example.com/echo:2")
    world.look()
    world.fails()
    for manifest in world.decide().keep:
        world.kept[manifest["metadata"]["name"]] = _as_read(manifest)
    world.pods = ()
    world.look()
    assert world.running == good


STEPS = st.one_of(
    st.tuples(st.just("want"), st.integers(1, 14)),
    st.tuples(st.just("scale"), st.integers(0, 2)),
    st.sampled_from([(name, 0) for name in ("serves", "fails", "load", "deadline", "lost", "cut", "look")]),
)


@settings(max_examples=120)
@given(steps=st.lists(STEPS, max_size=40))
def test_no_revision_is_rolled_back_twice_and_every_decision_stands(steps: list[tuple[str, int]]) -> None:
    world = World()
    left: list[str] = []
    """Revisions that were given up for another while spec asked for them."""
    for name, number in [("look", 0), *steps]:
        if name == "want":
            world.want(image=f"registry.example.com/echo:{number}")
        elif name == "scale":
            world.want(replicas=number)
        elif name == "load":
            world.fails(LOAD_FAILED, 3)
        elif name != "look" and name != "cut":
            {
                "serves": world.serves,
                "fails": world.fails,
                "deadline": world.misses_its_deadline,
                "lost": world.loses_its_status,
            }[name]()
        before, wanted = world.running, revision_of(world.model)
        decision = world.look(status=name != "cut")
        if before == wanted and world.running != wanted:
            assert wanted not in left, "rolled back twice"
            left.append(wanted)
        assert wanted not in left or world.running != wanted, "a failed revision is tried again"
        again = world.decide()
        assert (again.course.revision, again.template) == (decision.course.revision, decision.template)
        assert again.keep == ()
        assert len(world.kept) <= LENGTH
        assert len(world.model.status.history or ()) <= 10
        assert f"echo-{world.running}" in world.kept
