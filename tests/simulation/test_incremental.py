"""Folding only the new events of a case comes to what a replay of all of them does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from robot.cancellation.state import CaseState, replay
from tests.simulation.incremental import IncrementalReplay
from tests.simulation.story import Broken, Plan, Story
from tests.support.facts import ASKED


@dataclass(slots=True)
class ComparingReplay(IncrementalReplay):
    """Compares each state with a replay of all events, and counts those that were folded on."""

    compared: int = 0
    asked_for: set[int] = field(default_factory=set)

    def __call__(self, events):
        self.compared += id(events[0]) in self.asked_for
        self.asked_for.add(id(events[0]))
        state = IncrementalReplay.__call__(self, events)
        assert state == replay(events)
        return state


def test_each_step_of_a_story_folds_to_a_whole_replay():
    compared = 0
    for seed in range(100):
        state_of = ComparingReplay()
        Story(Plan.of(seed), state_of=state_of).play()
        compared += state_of.compared
    assert compared > 1000


def test_what_was_folded_before_is_left_as_it_was():
    """A process that was asleep still has its own state when another has gone on."""
    state_of = IncrementalReplay()
    asked = (ASKED,)
    before = state_of(asked)
    story = Story(Plan()).play()
    events = (*asked, *story.ledger.events("111-1")[1:])
    assert state_of(events).finished is not None
    assert before == replay(asked)


def test_a_case_whose_past_was_changed_is_noticed():
    state_of = IncrementalReplay()
    events = Story(Plan()).play().ledger.events("111-1")
    state_of(events[:3])
    changed = replace(events[2], at=events[1].at)
    with pytest.raises(AssertionError, match="a case's events were changed"):
        state_of((*events[:2], changed, *events[3:]))


def test_a_story_whose_states_differ_in_the_end_is_broken():
    class Forgetful(IncrementalReplay):
        def __call__(self, events: tuple) -> CaseState:
            state = IncrementalReplay.__call__(self, events)
            self.cases[id(events[0])] = events, replace(state, order_reads=99)
            return state

    with pytest.raises(Broken, match=r"folded one by one, .* events come to another state"):
        Story(Plan(), state_of=Forgetful()).play()
