"""The vocabulary of reasons, as API conventions and the reader of a message want it."""

import re

import pytest

from truss_operator.status.prose import MESSAGE_BYTES, cut, lines, sentence
from truss_operator.status.reasons import FAILURES, STATES, FailureReason, Reason

PHASES = {"image", "schedule", "config", "import", "init", "load", "routes", "run", "rollout"}


@pytest.mark.parametrize("reason", [*STATES, *FAILURES.values()], ids=lambda reason: str(reason.name))
def test_a_reason_is_one_camel_case_word_with_a_meaning(reason: Reason) -> None:
    assert re.fullmatch(r"([A-Z][a-z]+)+", reason.name)
    assert reason.meaning
    assert not reason.meaning.endswith(".")


@pytest.mark.parametrize("reason", FAILURES.values(), ids=lambda reason: str(reason.name))
def test_a_failure_has_a_known_phase_and_a_next_step(reason: FailureReason) -> None:
    assert reason.phase in PHASES
    assert reason.next_step.endswith(".")
    assert len(reason.meaning) + len(reason.next_step) < MESSAGE_BYTES / 2


def test_a_cut_text_is_valid_and_not_too_long() -> None:
    assert cut("öööö", 8) == "öööö"
    assert cut("öööö", 7) == "öö…"


def test_of_too_many_lines_the_last_stay() -> None:
    assert lines(["one", "two", "three"], 9) == "two\nthree"


def test_a_sentence_gets_one_full_stop() -> None:
    assert [sentence("a"), sentence("a."), sentence("a!"), sentence("")] == ["a.", "a.", "a!", ""]
