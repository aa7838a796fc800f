"""One simulated story.

A plan, the runners that live and die in it, and the receipts that come out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from robot.cancellation.actions import Action, AskApproval
from robot.cancellation.decide import decide
from robot.cancellation.events import (
    Approved,
    Requested,
    Resumed,
)
from robot.cancellation.orders import Outcome, PoFacts
from robot.cancellation.policy import Policy
from robot.cancellation.presses import PERMIT_SECONDS
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.state import CaseState
from robot.errors import LeaseUnavailable
from robot.runner.runner import CaseRunner
from robot.runner.steps import RunOptions, WaitUntil
from robot.storage.leases import LEASE_SECONDS
from tests.simulation.approvals import APPROVALS, standing
from tests.simulation.behaviours import PO as PO_SCRIPTS
from tests.simulation.behaviours import SIBLING, VENDOR
from tests.simulation.incremental import IncrementalReplay
from tests.simulation.memory_ledger import Guards, MemoryLeaseKeeper, MemoryLedger
from tests.simulation.promises import check
from tests.simulation.systems import SimSystems
from tests.simulation.world import OTHER, OWN, PO, SETTLE, Crash, World
from tests.support.clock import Clock

MOST_POINTS = 4000
MOST_RUNS = 12
RETRIES = 4
POLICY = Policy(timedelta(seconds=SETTLE))


class Broken(AssertionError):
    """A promise was broken.

    The text is the story, to be played again from its plan.
    """


@dataclass(slots=True)
class Plan:
    """Everything that is decided beforehand.

    Points to crash or freeze at go by number, or by how their names begin.
    """

    seed: int = 0
    vendor: str = "confirms"
    po: str = "cancels"
    sibling: str = "none"
    listing: str = "all_users"
    given_po: str | None = None
    batch: bool = False
    turns: bool = False
    handed_back: float = 0.0
    dry_run: bool = False
    confirm: float = 900.0
    crashes: frozenset[int] = frozenset()
    crash_at: str = ""
    freezes: dict[int, tuple[float, bool]] = field(default_factory=dict)
    freeze_at: str = ""
    gap: float = 0.0
    other_machine: bool = False
    resumed_event: bool = True
    resumes: int = 0
    again: bool = False
    approval: str = "option"
    answer: float = 2.0
    changes: str = ""
    check: str = ""
    more: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int) -> "Plan":
        """Return the plan of a seed."""
        r = Random(seed)
        pick = r.choice
        batch = r.random() < 0.15
        turns = r.random() < 0.4
        crashes = frozenset(r.randrange(1, 90) for _ in range(pick((0, 0, 1, 1, 2, 3, 7))))
        frozen = {
            r.randrange(1, 90): (pick((8.0, 30.0, 100.0)), True)
            for _ in range(pick((0, 0, 0, 1, 2)))
        }
        return cls(
            seed=seed,
            vendor=pick(("confirms", pick(tuple(VENDOR)), pick(tuple(VENDOR)))),
            po=pick(("cancels", pick(tuple(PO_SCRIPTS)))),
            sibling=(
                pick(tuple(VENDOR))
                if batch
                else pick(("none", "none", "none", pick(tuple(SIBLING))))
            ),
            listing=pick(("", "all_users", "account")),
            given_po=pick((None, None, PO, "PO-9" if r.random() < 0.1 else PO)),
            batch=batch,
            turns=turns,
            handed_back=pick((0.0, 0.0, 0.2)),
            dry_run=not turns and r.random() < 0.07,
            confirm=pick((60.0, 900.0)),
            crashes=crashes,
            crash_at=pick(
                (
                    "",
                    "",
                    "",
                    "intended",
                    "granted",
                    "pressed",
                    "append vendor_answered",
                    "append po_answered",
                )
            ),
            freezes=frozen,
            freeze_at=pick(
                (
                    "",
                    "",
                    "intend",
                    "granted",
                    "pressed",
                    "append order_seen",
                    "append po_seen",
                    "append finis",
                )
            ),
            gap=pick((0.0, 0.0, 15.0, 100.0, 5000.0)),
            other_machine=r.random() < 0.3,
            resumed_event=r.random() < 0.7,
            resumes=pick((0, 0, 1, 2)),
            again=r.random() < 0.1,
            approval=pick(("option", "option", "list", "asks", "asks", pick(APPROVALS))),
            answer=pick((2.0, 2.0, 90.0, 1000.0)),
            changes=pick(("", "", "dearer", "other lines", "fewer")),
            check=pick(("", "same", "other")),
            more={
                "late": pick((0.5, 5.0, 40.0, 300.0, 2000.0)),
                "revert": pick((1.0, 5.0, 30.0, 200.0)) if r.random() < 0.1 else None,
                "trouble": pick((0.0, 0.0, 0.0, 0.02, 0.15)),
                "stale": pick((0.0, 0.0, 0.4)),
                "lost": pick((0.0, 0.0, 0.3)),
                "slow": pick((0.0, 0.0, 15.0)),
            },
        )


@dataclass(slots=True)
class Story:
    """A plan being played, by the rule and the guards as they are unless a test plants others."""

    plan: Plan
    rule: Callable[[CaseState, Policy], Action] = decide
    policy: Policy = POLICY
    guards: Guards = field(default_factory=Guards)
    permit_seconds: float = PERMIT_SECONDS
    clock: Clock = field(default_factory=Clock)
    dead: set[str] = field(default_factory=set)
    points: int = 0
    given: int = 0
    changed: bool = False
    runners: int = 0
    holder: str = ""
    spent: set[str] = field(default_factory=set)
    receipts: list[Receipt] = field(default_factory=list)
    state_of: IncrementalReplay = field(default_factory=IncrementalReplay)
    world: World = field(init=False)
    ledger: MemoryLedger = field(init=False)

    def __post_init__(self) -> None:
        plan = self.plan
        self.world = World.of(
            Random(plan.seed),
            self.clock,
            plan.vendor,
            plan.po,
            plan.sibling,
            plan.listing,
            **plan.more,
        )
        self.world.may_write = not plan.dry_run
        self.world.after_press = plan.changes
        self.world.point = self.point
        self.ledger = MemoryLedger(self.clock, self.dead.__contains__, self.point, self.guards)

    @property
    def numbers(self) -> tuple[str, ...]:
        return (OWN, OTHER) if self.plan.batch else (OWN,)

    def play(self) -> "Story":
        """Play it to the end.

        Raises Broken with the whole story.
        """
        try:
            self._play()
        except Exception as error:
            raise Broken(self.told(f"{type(error).__name__}: {error}")) from error
        if self.world.wrong:
            raise Broken(self.told(""))
        return self

    def _play(self) -> None:
        before = 0
        for again in range(1 + self.plan.again):
            self._to_the_end(again=bool(again))
            for n in range(self.plan.resumes + 1):
                self.receipts = [
                    check(self.world, no, self.ledger.events(no), before) for no in self.numbers
                ]
                unfinished = [
                    no for no in self.numbers if self.state_of(self.ledger.events(no)).is_open
                ]
                if not unfinished or n == self.plan.resumes:
                    break
                self.clock.seconds += LEASE_SECONDS + 1.0 + self.plan.gap
                self._to_the_end(asked=tuple(unfinished))
            before = self.world.po.presses
        self.world.wrong += self.state_of.faults()

    def _to_the_end(self, *, again: bool = False, asked: tuple[str, ...] = ()) -> None:
        """Run every case until it is finished, a new process after each crash.

        ``asked``: what a person resumes.
        """
        open_before = {number: self._resumes(number) for number in asked}
        for nth in range(MOST_RUNS):
            keeper = self._new_keeper()
            try:
                if self.plan.turns:
                    self._take_turns(keeper, open_before, again=again and nth == 0)
                else:
                    self._run(keeper, open_before, again=again, anew=nth > 0)
            except Crash as crash:
                self.world.say(f"CRASH at {crash}")
                self.dead |= set() if self.plan.other_machine else {self.holder}
                self.clock.seconds += self.plan.gap + (
                    LEASE_SECONDS + 1.0 if self.plan.other_machine else 0.0
                )
            except LeaseUnavailable as refused:
                self.world.say(f"refused: {refused}")
                keeper.release()
                self.clock.seconds += LEASE_SECONDS + 1.0
            else:
                keeper.release()
                return
        raise AssertionError(f"no receipt after {MOST_RUNS} runs")

    def _new_keeper(self) -> MemoryLeaseKeeper:
        self.runners += 1
        self.holder = f"h{self.runners}"
        return MemoryLeaseKeeper(self.ledger, self.clock, self.holder)

    def _take_turns(self, keeper: MemoryLeaseKeeper, asked: dict[str, int], *, again: bool) -> None:
        """Take turns as the queue does.

        Each by another runner, and handed back wherever there is a wait.
        """
        due = dict.fromkeys(self.numbers, 0.0)
        failures = dict.fromkeys(self.numbers, 0)
        random = Random(self.plan.seed)
        while due:
            number = min(due, key=lambda one: due[one])
            self.clock.seconds = max(self.clock.seconds, due[number])
            self._begin_turn(keeper, number, asked, again=again)
            end: Any = self._runner(keeper, number).run(
                number,
                RunOptions(first_half=True, patience=3.0),
                lambda _site: random.random() >= self.plan.handed_back,
            )
            if end is None:
                end = self._runner(keeper, number).run(number, RunOptions(patience=3.0))
            if isinstance(end, WaitUntil):
                due[number] = max(end.at.timestamp(), self.clock.seconds + 0.1)
            elif end.outcome is Outcome.FAILED and failures[number] < RETRIES:
                failures[number] += 1
                due[number] = self.clock.seconds + 60.0
            else:
                due.pop(number)
                again = False
            keeper.release()
            keeper = self._new_keeper()

    def _begin_turn(
        self, keeper: MemoryLeaseKeeper, number: str, asked: dict[str, int], *, again: bool
    ) -> None:
        keeper.acquire(f"vendor:{number}")
        events = self.ledger.events(number)
        if not events or (again and not self.state_of(events).is_open):
            self.ledger.append(number, self._requested(number), *self._approvals(number))
            return
        stood = self.state_of(events)
        wanted = number in asked and self._resumes(number) == asked[number]
        if stood.is_open and (stood.finished is not None or wanted):
            self.ledger.append(number, self._resumed(), *self._approvals(number))

    def _runner(self, keeper: MemoryLeaseKeeper, number: str) -> CaseRunner:
        return CaseRunner(
            self.ledger,
            SimSystems(self.world, keeper, number, self.permit_seconds),
            keeper,
            self.policy,
            checked_po=self._checked_po,
            state_of=self.state_of,
            rule=self.rule,
            now=self.clock.now,
            sleep=keeper.sleep,
        )  # type: ignore[arg-type]

    def _checked_po(self, _number: str) -> PoFacts | None:
        """Return how a check had shown the PO, which is another by now or the same."""
        if not self.plan.check:
            return None
        shown = self.world.po.now
        return shown if self.plan.check == "same" else replace(shown, supplier="As checked")

    def _resumes(self, number: str) -> int:
        return sum(isinstance(event, Resumed) for event in self.ledger.events(number))

    def _run(
        self, keeper: MemoryLeaseKeeper, asked: dict[str, int], *, again: bool, anew: bool
    ) -> None:
        first = {number: keeper.acquire(f"vendor:{number}") for number in self.numbers}
        for number in first:
            events = self.ledger.events(number)
            if not events or (again and not self.state_of(events).is_open and not anew):
                self.ledger.append(number, self._requested(number), *self._approvals(number))
                continue
            after_crash = (
                anew and self.plan.resumed_event and self.state_of(events).finished is None
            )
            if after_crash or (number in asked and self._resumes(number) == asked[number]):
                self.ledger.append(number, self._resumed(), *self._approvals(number))
        approve = partial(self._approve, keeper) if self.plan.approval == "asks" else None
        runners = {number: self._runner(keeper, number) for number in self.numbers}
        for half in (True, False):
            for number, runner in runners.items():
                runner.run(number, RunOptions(first_half=half, approve=approve))

    def _approvals(self, number: str) -> tuple[Approved, ...]:
        """Return the standing approval that an order comes with, if any."""
        plan = self.plan
        if plan.dry_run or (plan.approval == "asks" and not plan.turns):
            return ()
        self.given += 1
        made = standing(plan.approval, number, self.given, self.clock.now())
        for case, event in made.lists:
            self.ledger.append(case, event)
        self.world.register.add(*made.given)
        return made.events

    def _approve(self, keeper: MemoryLeaseKeeper, action: AskApproval) -> bool:
        """Answer as a person does, who takes their time while the world goes on.

        What they say yes to is what the oracle holds every press against.
        """
        shown = action.shown.order
        keeper.sleep(self.plan.answer)
        self.world.register.expect(shown, action.shown.po_facts, self.clock.now())
        if self.plan.changes and shown.state == "live" and not self.changed:
            self.changed = True
            self.world.change(self.world.orders[shown.number], self.plan.changes)
        return True

    def _requested(self, number: str) -> Requested:
        plan = self.plan
        return Requested(
            at=self.clock.now(), request_id=f"r{self.points}", vendor="vendor", number=number,
            po=plan.given_po, dry_run=plan.dry_run, confirm_seconds=plan.confirm,
            requested_by="a test", unattended=plan.turns,
        )  # fmt: skip

    def _resumed(self) -> Resumed:
        return Resumed(
            at=self.clock.now(), confirm_seconds=self.plan.confirm, unattended=self.plan.turns
        )

    def point(self, name: str) -> None:
        """Mark a place where a process can die or sleep."""
        self.points += 1
        plan = self.plan
        if self.points > MOST_POINTS:
            raise AssertionError("it goes on for ever")
        self.world.trace.append((self.clock.seconds, name))
        if self.points in plan.crashes or self._first(plan.crash_at, name):
            raise Crash(name)
        if self.points in plan.freezes:
            self._freeze(*plan.freezes[self.points])
        elif self._first(plan.freeze_at, name):
            self._freeze(100.0, takeover=True)

    def _first(self, wanted: str, name: str) -> bool:
        """Return whether this ``name``'s point is the first that begins as ``wanted``."""
        if not wanted or wanted in self.spent or not name.startswith(wanted):
            return False
        self.spent.add(wanted)
        return True

    def _freeze(self, seconds: float, takeover: bool) -> None:
        """Let this process sleep.

        Meanwhile another one may take over and bring everything to an end.
        """
        self.world.say(f"FREEZE {seconds:.0f} s")
        self.clock.advance(seconds)
        if takeover and seconds > LEASE_SECONDS:
            self._to_the_end()
            self.world.say("AWAKE")

    def told(self, error: str) -> str:
        """Return the story in words, with the plan that plays it again."""
        start = self.world.trace[0][0]
        lines = [f"{at - start:9.1f}  {what}" for at, what in self.world.trace[-150:]]
        return "\n".join([f"{self.plan!r}", *lines, *self.world.wrong, error])
