import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from robot.cancellation import approvals
from robot.cancellation.actions import Finish, LookAtOrdersOfPo, LookAtPo, SubmitPoCancel
from robot.cancellation.approvals import Approval
from robot.cancellation.decide import decide
from robot.cancellation.orders import Outcome, Verdict
from robot.cancellation.policy import Policy
from robot.cancellation.receipts.receipt import to_json
from tests.simulation.behaviours import PO, SIBLING, VENDOR
from tests.simulation.many import BLOCK, Played, count, play, play_on_all_cores
from tests.simulation.memory_ledger import Guards
from tests.simulation.story import Broken, Plan, Story
from tests.simulation.world import OWN
from tests.simulation.world import PO as PO_NUMBER

#: Fewer while coverage is measured, which makes every line several times slower.
SEEDS = int(os.environ.get("VENDORFIRST_SIM_SEEDS", "1000" if sys.gettrace() else "2500"))
MANY_SEEDS = 20_000
MAY_BE_LOST = {Verdict.TECHNICAL, Verdict.SIGNED_OUT, Verdict.LOST}

DONE, REFUSED, VENDOR_ERROR = "done", "refused vendor_refused", "failed vendor_error"
NOT_CONFIRMED, PO_NOT_CONFIRMED = "needs_person not_confirmed", "needs_person po_not_confirmed"
BOTH = {NOT_CONFIRMED, PO_NOT_CONFIRMED}
# How a run must end that crashes once, or twice, whatever the points. An intent whose press never
# came uses up one of the two, so what needs both presses, or loses both, may be a person's in the
# end; it is never anything else.
CRASHED = {
    ("confirms", "cancels"): ({DONE}, {DONE, *BOTH}),
    ("pending, then confirms", "cancels"): ({DONE}, {DONE, *BOTH}),
    ("loses the answer, cancels", "cancels"): ({DONE}, {DONE, *BOTH}),
    ("refuses", "cancels"): ({REFUSED}, {REFUSED, NOT_CONFIRMED}),
    ("technical error once", "cancels"): (
        {DONE, VENDOR_ERROR, NOT_CONFIRMED},
        {DONE, VENDOR_ERROR, *BOTH},
    ),
    ("confirms", "loses the answer once"): ({DONE, PO_NOT_CONFIRMED}, {DONE, *BOTH}),
}


def expected(vendor: str, po: str, sibling: str = "none") -> tuple[str, str | None]:
    if VENDOR[vendor].start == "cancel" and po == "has another total":
        return "done", None  # a cancelled order shows no total, so there is nothing to compare
    if VENDOR[vendor].start == "cancel" and sibling == "unseen":
        return (
            "needs_person",
            "po_set_unproven",
        )  # it shows no total, so it can't prove that there is no other order
    return VENDOR[vendor].expect or SIBLING[sibling] or PO[po].expect or ("done", None)


def end(plan: Plan) -> tuple[str, str | None]:
    (receipt,) = Story(plan).play().receipts
    json.dumps(to_json(receipt))
    return receipt.outcome, receipt.problem


# ---- without trouble ----------------------------------------------------------------------------


@pytest.mark.slow_cases(
    "pending, then confirms",
    "pending, then ships",
    "pending, then turns it down",
    "technical error",
    "technical error once",
    "technical error, with effect",
    "loses the answer, cancels",
    "loses the answer, cancels late",
    "loses the answer once",
)
@pytest.mark.parametrize("vendor", VENDOR)
def test_every_pair_of_behaviours_ends_as_it_must(vendor):
    ends = {po: end(Plan(vendor=vendor, po=po, given_po=PO_NUMBER)) for po in PO}
    assert ends == {po: expected(vendor, po) for po in PO}


@pytest.mark.parametrize("sibling", SIBLING)
def test_another_order_of_the_po_decides_with(sibling):
    ends = {
        vendor: end(Plan(vendor=vendor, sibling=sibling, given_po=PO_NUMBER)) for vendor in VENDOR
    }
    assert ends == {vendor: expected(vendor, "cancels", sibling) for vendor in VENDOR}


@pytest.mark.parametrize("po", ["tells no total", "lists no lines"])
def test_a_set_of_orders_that_nothing_proves_is_a_persons(po):
    unproven = ("needs_person", "po_set_unproven")
    assert end(Plan(po=po, listing="", given_po=PO_NUMBER)) == unproven
    assert end(Plan(vendor="was cancelled", listing="", given_po=PO_NUMBER)) == unproven
    assert end(Plan(po=po, listing="account", given_po=PO_NUMBER)) == ("done", None)
    assert end(Plan(listing="", given_po=PO_NUMBER)) == ("done", None)


def test_a_dry_run_presses_nothing():
    for vendor in VENDOR:
        for po in PO:
            story = Story(Plan(vendor=vendor, po=po, dry_run=True)).play()
            assert [thing.presses for thing in (*story.world.orders.values(), story.world.po)] == [
                0,
                0,
            ]


def test_two_orders_of_one_po_are_cancelled_and_po_once():
    """Two orders of one PO are cancelled together and the PO once."""
    story = Story(Plan(sibling="pending, then confirms", batch=True, more={"late": 100.0})).play()
    assert [receipt.outcome for receipt in story.receipts] == ["done", "done"]
    assert [receipt.realsource.state for receipt in story.receipts] == [
        "cancelled",
        "already_cancelled",
    ]
    assert story.world.po.presses == 1


@pytest.mark.slow_cases(
    "pending, then confirms",
    "pending, then ships",
    "pending, then turns it down",
    "technical error",
    "technical error once",
    "technical error, with effect",
    "loses the answer, cancels",
    "loses the answer, cancels late",
    "loses the answer once",
)
@pytest.mark.parametrize("vendor", VENDOR)
def test_nothing_is_pressed_more_often_than_it_must(vendor):
    script = VENDOR[vendor]
    presses = Story(Plan(vendor=vendor, given_po=PO_NUMBER)).play().world.orders[OWN].presses
    verdict, effect, _ = script.presses[0]
    pressed = script.start == "live" or script.later == "live"
    assert presses == (2 if pressed and verdict in MAY_BE_LOST and not effect else int(pressed))


# ---- with trouble -------------------------------------------------------------------------------


@pytest.mark.timeout(0)
def test_every_seed_keeps_the_promises():
    assert_kept(play(range(SEEDS)))


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_many_more_seeds_keep_the_promises():
    assert_kept(play(range(SEEDS, MANY_SEEDS)))


def assert_kept(played: Played) -> None:
    print(f"\n{played}")
    assert played.presses > 0.9 * played.stories
    assert not played.broken, played.broken[0]


@pytest.mark.timeout(0)
def test_stories_of_several_processes_are_counted_once():
    seeds = range(BLOCK + 10)
    said: list[str] = []
    assert count(seeds, play_on_all_cores(seeds, processes=2), said.append) == play(seeds)
    assert said[-1].startswith(f"from seed 0 on: {BLOCK + 10} stories, ")


def test_a_run_that_is_stopped_counts_what_was_played():
    """What broke a promise is told at once, and counted."""

    def blocks() -> Iterator[Played]:
        yield Played(3, 200, 2)
        yield Played(2, 90, 1, ("Plan(seed=4)",))
        raise KeyboardInterrupt

    said: list[str] = []
    assert count(range(10), blocks(), said.append) == Played(5, 290, 3, ("Plan(seed=4)",))
    assert said[:2] == ["Plan(seed=4)", "stopped"]
    assert said[2].startswith(
        "from seed 0 on: 5 stories, 290 points, 3 presses, 1 broken promises ("
    )


def done_at_once(_state, _policy):
    """A rule that holds every case for done."""
    return Finish(Outcome.DONE)


def test_a_story_that_breaks_a_promise_is_counted_and_told():
    played = play(range(7, 8), partial(Story, rule=done_at_once))
    assert (played.stories, len(played.broken)) == (1, 1)
    assert played.broken[0].startswith("Plan(seed=7, ")


@pytest.mark.slow_except(
    "confirms-cancels-in one go", "confirms-cancels-turn by turn", "refuses-cancels-in one go"
)
@pytest.mark.parametrize("turns", [False, True], ids=["in one go", "turn by turn"])
@pytest.mark.parametrize("vendor, po", CRASHED)
def test_crash_at_any_point_or_pair_breaks_no_promise(vendor, po, turns):
    """A crash at any point or pair of points breaks no promise."""
    once, twice = CRASHED[vendor, po]
    plan = Plan(vendor=vendor, po=po, turns=turns)
    ended: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for first in range(1, Story(plan).play().points + 1):
        story = Story(replace(plan, crashes=frozenset({first}))).play()
        ended[0][said(story)] += 1
        for second in range(first + 1, story.points + 1):
            ended[1][said(Story(replace(plan, crashes=frozenset({first, second}))).play())] += 1
    print(f"\n{vendor}/{po}: {ended[0].total()} points, {ended[1].total()} pairs: {dict(ended[1])}")
    assert ended[0].keys() <= once
    assert ended[1].keys() <= twice


def said(story: Story) -> str:
    (receipt,) = story.receipts
    return f"{receipt.outcome} {receipt.problem or ''}".strip()


# ---- the oracle itself --------------------------------------------------------------------------


def test_no_story_leaves_a_brace_or_an_empty_sentence():
    plans = [
        Plan(vendor=vendor, po=po, dry_run=dry)
        for vendor in VENDOR
        for po in PO
        for dry in (False, True)
    ]
    plans += [Plan(vendor=vendor, sibling=sibling) for vendor in VENDOR for sibling in SIBLING]
    for plan in plans:
        for made in Story(plan).play().receipts:
            text = f"{made.summary} {made.next_step or ''}"
            assert made.summary
            assert not re.search(r"[{}]|\(\)|None|  ", text), text


def test_process_asleep_between_intent_and_press_does_not_press():
    """A process that sleeps between intent and press does not press."""
    for seconds, takeover in ((6.0, False), (30.0, False), (100.0, True)):
        point = next(n for n, name in enumerate(names(Plan()), 1) if name.startswith("granted"))
        story = Story(Plan(freezes={point: (seconds, takeover)})).play()
        assert story.world.orders[OWN].presses == 1
        assert any(text.startswith("refused: ") for _, text in story.world.trace)


def test_a_press_rests_on_no_look_of_a_process_that_died():
    """Nor on one of an earlier turn: whoever goes on looks at everything first."""
    plan = Plan(turns=True)
    looked = [n for n, name in enumerate(names(plan), 1) if name == "appended orders_of_po_seen"]
    story = Story(replace(plan, crashes=frozenset({looked[-1]}))).play()
    kinds = [event.kind for event in story.ledger.events(OWN)]
    anew = ["resumed", "order_seen", "orders_of_po_seen", "po_seen", "orders_of_po_seen"]
    assert kinds[kinds.index("resumed") :][:6] == [*anew, "po_intended"]
    assert said(story) == "done"


def test_dead_process_had_seen_what_another_case_sees_otherwise():
    """A stale page shows the other order live after the last look, and the PO is left alone."""
    late = {"late": 5.0, "stale": 0.4}
    plan = Plan(
        sibling="confirms, shows it late", batch=True, turns=True, confirm=60.0, approval="list",
        crashes=frozenset({74}), freeze_at="pressed", more=late,
    )  # fmt: skip
    for seed in range(100):
        Story(replace(plan, seed=seed)).play()


def names(plan: Plan) -> list[str]:
    """Return the names of the points of a story, in order."""
    seen: list[str] = []
    story = Story(plan)
    story.world.point = story.ledger.point = lambda name: (seen.append(name), story.point(name))[1]
    story.play()
    return seen


def test_broken_promise_is_told_with_its_plan():
    """A broken promise is told with the plan that plays it again."""
    with pytest.raises(Broken, match=r"(?s)Plan\(seed=7, .*append finished.*the PO is open"):
        Story(Plan(seed=7), rule=done_at_once).play()


def test_the_oracle_sees_a_second_press_that_came_too_soon():
    guards = Guards(may_press=lambda *_: True)
    with pytest.raises(Broken, match="pressed again without a look after the settle time"):
        Story(Plan(vendor="loses every press"), policy=Policy(timedelta()), guards=guards).play()


def test_oracle_sees_press_by_process_without_its_lease():
    """The oracle sees a press by a process that lost its lease."""
    with pytest.raises(Broken, match="pressed without the lease"):
        Story(Plan(freeze_at="granted"), permit_seconds=1e9).play()


def test_the_oracle_sees_a_po_that_is_cancelled_before_the_order():
    def po_first(state, policy):
        if state.known_po is None:
            return LookAtPo(PO_NUMBER)
        if state.po.presses:
            return Finish(Outcome.DONE)
        given = Approval(state.approvals[0].approval, "vendor", OWN, "d", None, 1, None)
        return SubmitPoCancel(state.known_po, (), given)

    with pytest.raises(
        Broken, match=r"(?s)without the confirmation of each.*pressed though last shown otherwise"
    ):
        Story(Plan(), rule=po_first).play()


def test_the_oracle_sees_a_look_that_serves_the_press_too():
    """The last look at a PO's orders rests on no other."""

    def shares_the_last(state, policy):
        action = decide(state, policy)
        if isinstance(action, LookAtOrdersOfPo) and action.known:
            return replace(action, known=(), seen=state.order)
        return action

    with pytest.raises(Broken, match="without a look at each of its orders right before"):
        Story(Plan(), rule=shares_the_last).play()


def test_the_oracle_sees_a_look_shared_with_nothing_seen():
    def shares_what_was_not_seen(state, policy):
        action = decide(state, policy)
        if isinstance(action, LookAtOrdersOfPo) and action.seen:
            return replace(action, seen=replace(action.seen, text="Not seen."))
        return action

    with pytest.raises(Broken, match="was not just seen"):
        Story(Plan(), rule=shares_what_was_not_seen).play()


def test_order_that_comes_back_after_a_shared_look_keeps_its_po():
    """It is live again before the list is looked at: the look before the PO's press finds it."""
    story = Story(Plan(more={"revert": 2.0})).play()
    shown = [text for _, text in story.world.trace if text.startswith("shows ")]
    assert shown[1:4] == [f"shows {OWN} cancelled", f"shows {PO_NUMBER} open", f"shows {OWN} live"]
    assert (story.world.po.presses, said(story)) == (0, "pending not_confirmed")


def test_the_oracle_sees_a_press_that_nobody_approved():
    """An approval of another list is no approval."""
    guards = Guards(list_objection=lambda *_: None)
    with pytest.raises(Broken, match="pressed under another order's approval"):
        Story(Plan(approval="wrong list"), guards=guards).play()


def test_the_oracle_sees_a_po_that_was_approved_otherwise(monkeypatch):
    """What a check showed of the PO is not what is pressed."""
    monkeypatch.setattr(approvals, "_covers_po", lambda *_: True)
    guards = Guards(objection=lambda *_: None)
    with pytest.raises(Broken, match="pressed though it was shown otherwise when it was approved"):
        Story(Plan(approval="asks", check="other"), guards=guards).play()


@pytest.mark.parametrize("check, asked", [("", 1), ("same", 1), ("other", 2)])
def test_a_person_is_asked_again_about_another_po(check, asked):
    story = Story(Plan(approval="asks", check=check)).play()
    approvals = [e for e in story.ledger.events(OWN) if e.kind == "approved"]
    assert (said(story), len(approvals)) == ("done", asked)


@pytest.mark.parametrize("kind", ["none", "ran out", "wrong list", "no list", "other order"])
def test_a_wrong_approval_presses_nothing(kind):
    story = Story(Plan(approval=kind)).play()
    assert story.world.orders[OWN].presses == 0
    assert said(story) == "needs_person not_approved"


def test_an_approval_given_again_before_its_use_counts_anew():
    """The process died before the first was written, and the second came long after."""
    story = Story(Plan(approval="reused", turns=True, crashes=frozenset({3}), gap=5000.0)).play()
    assert said(story) == "done"


@pytest.mark.parametrize("changes", ["dearer", "other lines"])
def test_facts_that_change_after_the_yes_are_not_pressed(changes):
    """Whoever said yes thinks for long, so that it is looked at anew, and is asked once more."""
    story = Story(Plan(approval="asks", answer=90.0, changes=changes)).play()
    approvals = [e for e in story.ledger.events(OWN) if e.kind == "approved"]
    assert (story.world.orders[OWN].presses, len(approvals)) == (1, 2)
