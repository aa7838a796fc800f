"""A replay that folds only the events that came since the last one of the same case."""

from __future__ import annotations

from dataclasses import dataclass, field

from robot.cancellation.events import Event
from robot.cancellation.state import CaseState, replay, replay_on


@dataclass(slots=True)
class IncrementalReplay:
    """What ``replay`` is, for cases of which only ever more events are asked for.

    It keeps each case's last state with the events that led to it.
    """

    cases: dict[int, tuple[tuple[Event, ...], CaseState]] = field(default_factory=dict)

    def __call__(self, events: tuple[Event, ...]) -> CaseState:
        """Return the state that the last request of a case is in."""
        first = id(events[0])
        if first not in self.cases:
            state = replay(events)
        else:
            known, state = self.cases[first]
            count = len(known)
            assert events[count - 1] is known[-1], "a case's events were changed"
            if len(events) > count:
                state = replay_on(state, events[count:])
        self.cases[first] = events, state
        return state

    def faults(self) -> list[str]:
        """Return in what the kept states differ from replays of all their events."""
        return [
            f"folded one by one, {len(events)} events come to another state: {state}"
            for events, state in self.cases.values()
            if state != replay(events)
        ]
