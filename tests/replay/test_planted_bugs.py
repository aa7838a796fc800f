"""Bugs planted into the flows turn a replay red.

With the right kind of mismatch, and sooner than a green one ends.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from flows import amazon
from flows.amazon import cancel as amazon_cancel
from robot.browser.controls import Controls
from robot.cancellation.orders import OrderState, Outcome
from robot.errors import NeedsPerson
from robot.recording.files import load
from robot.recording.replay.lanes import SharedLanes
from robot.recording.replay.replay import Replay
from robot.recording.replay.report import ReplayMismatch
from robot.runner import cases as casework
from robot.runner.systems import BrowserSystems
from robot.sites.credentials import Credentials

RECORDINGS = Path(__file__).parents[2] / "recordings"
FORM = "https://www.amazon.com/progress-tracker/package/preship/cancel-items"


@pytest.fixture(scope="module")
def browsers():
    with SharedLanes() as shared:
        yield shared


@pytest.fixture(scope="module")
def green(browsers):
    """How long (s) a green replay takes, measured where it is first asked for."""
    known = {}

    def seconds(name):
        if name not in known:
            Replay(
                load(RECORDINGS / "shipped"), browsers=browsers
            ).run()  # the browser is started before it counts
            began = time.monotonic()
            Replay(load(RECORDINGS / name), browsers=browsers).run()
            known[name] = time.monotonic() - began
        return known[name]

    return seconds


def red(browsers, name):
    with pytest.raises(ReplayMismatch) as found:
        Replay(load(RECORDINGS / name), browsers=browsers).run()
    return found.value


def after(patch, owner, name, work):
    """Have ``work(result, *args)`` change what ``owner.name`` answers."""
    real = getattr(owner, name)
    patch.setattr(owner, name, lambda *args, **more: work(real(*args, **more), *args))


def instead(patch, owner, name, work):
    """Have ``work(real, *args)`` stand in for ``owner.name``."""
    real = getattr(owner, name)
    patch.setattr(owner, name, lambda *args, **more: work(real, *args, **more))


def submit_twice(patch):
    def again(answer, visit, wanted, permit, reason=""):
        visit.goto(wanted.cancel_url)
        return answer

    after(patch, amazon, "submit", again)


def realsource_first(patch):
    def first(look, systems, number):
        systems.look_at_po("P0000001")
        return look(systems, number)

    instead(patch, BrowserSystems, "look_at_order", first)


def before_the_confirmation(patch):
    pressed = []
    after(patch, amazon, "submit", lambda answer, *_: (pressed.append(1), answer)[1])

    def early(facts, systems, _number):
        if pressed and facts.state is not OrderState.CANCELLED:
            systems.look_at_po("P0000001")
        return facts

    after(patch, BrowserSystems, "look_at_order", early)


def wrong_reason(patch):
    instead(
        patch,
        Controls,
        "choose",
        lambda choose, controls, site, key, _: choose(
            controls, site, key, "ITEM_PRICE_IS_TOO_HIGH"
        ),
    )


def a_line_not_ticked(patch):
    real = amazon_cancel.read_form

    def all_but_one(visit, form):
        for nth in range(len(form.item_ids) - 1):
            visit.controls.set_checked(visit.site, "form_boxes", nth=nth)

    patch.setattr(amazon_cancel, "_tick", all_but_one)
    patch.setattr(amazon_cancel, "read_form", lambda *a: replace(f := real(*a), ticked=f.item_ids))


def read_back_skipped(patch):
    looks = []

    def only_once(look, systems, number):
        looks.append(
            look(systems, number)
            if not looks
            else replace(looks[0], state=OrderState.CANCELLED, cancel_url=None)
        )
        return looks[-1]

    instead(patch, BrowserSystems, "look_at_order", only_once)


def code_typed_twice(patch):
    send = (
        "() => { const form = document.querySelector('#auth-mfa-form'); const body = new"
        " URLSearchParams(new FormData(form, form.querySelector('[name=mfaSubmit]'))); return"
        " fetch(form.action, {method: 'POST', body, redirect: 'manual'}).then(() => 1); }"
    )

    def twice(click, controls, site, key, **more):
        if key == "send_code":
            controls.live.evaluate(send)
        click(controls, site, key, **more)

    instead(patch, Controls, "click", twice)


def wrong_po(patch):
    instead(
        patch, BrowserSystems, "look_at_po", lambda look, systems, _po: look(systems, "P0000002")
    )


def close_instead_of_cancel(patch):
    def close(press, controls, site, key, permit):
        if key == "cancel_action":
            permit()
            controls.live.get_by_text("Close PO", exact=True).locator("visible=true").first.click()
        else:
            press(controls, site, key, permit)

    instead(patch, Controls, "press", close)


def no_comment(patch):
    instead(
        patch,
        Controls,
        "fill",
        lambda fill, controls, site, key, text: fill(
            controls, site, key, "" if key == "note" else text
        ),
    )


def form_of_another_order(patch):
    def other(submit, visit, wanted, *more):
        return submit(
            visit, replace(wanted, cancel_url=f"{FORM}?orderID=000-0000000-0000002"), *more
        )

    instead(patch, amazon, "submit", other)


def another_user(patch):
    real = Credentials.value
    patch.setattr(
        Credentials,
        "value",
        lambda c, site, kind, **more: (
            "somebody@example.test" if kind == "username" else real(c, site, kind, **more)
        ),
    )


def ends_after_the_vendor(patch):
    def stop(_look, _systems, _po):
        raise NeedsPerson("stopped", problem="unknown_page")

    instead(patch, BrowserSystems, "look_at_po", stop)


def unknown_place(patch):
    def detour(submit, visit, *more):
        visit.goto("https://www.amazon.com/gp/css/homepage.html")
        return submit(visit, *more)

    instead(patch, amazon, "submit", detour)


def form_loaded_twice(patch):
    def again(same, visit, form, wanted):
        visit.live.reload()
        same(visit, form, wanted)

    instead(patch, amazon_cancel, "_check_form", again)


def wrong_receipt(patch):
    after(
        patch, casework, "build_receipt", lambda receipt, *_: replace(receipt, outcome=Outcome.DONE)
    )


BUGS = [
    (submit_twice, "done", "REPEATED"),
    (realsource_first, "done", "OUT OF ORDER"),
    (before_the_confirmation, "pending_confirmed", "TOO EARLY"),
    (wrong_reason, "done", "CHANGED BODY"),
    (a_line_not_ticked, "three_lines", "CHANGED BODY"),
    (read_back_skipped, "done", "OUT OF ORDER"),
    (code_typed_twice, "done", "REPEATED"),
    (wrong_po, "done", "CHANGED QUERY"),
    (close_instead_of_cancel, "done", "CHANGED BODY"),
    (no_comment, "done", "CHANGED BODY"),
    (form_of_another_order, "done", "CHANGED QUERY"),
    (another_user, "done", "CHANGED BODY"),
    (ends_after_the_vendor, "done", "UNFINISHED"),
    (unknown_place, "done", "UNKNOWN"),
    (form_loaded_twice, "done", "REPEATED"),
]


EACH = pytest.mark.parametrize(
    "plant, name, kind", BUGS, ids=[plant.__name__ for plant, *_ in BUGS]
)


@pytest.mark.slow_except("submit_twice", "before_the_confirmation", "a_line_not_ticked")
@EACH
def test_a_planted_bug_turns_the_replay_red_before_its_end(
    plant, name, kind, browsers, monkeypatch
):
    plant(monkeypatch)
    found = red(browsers, name)
    assert found.mismatch.kind == kind, found.report
    assert found.mismatch.due, "what was still to come was not waited for"
    assert "meaning" in found.report


@pytest.mark.replays
@EACH
def test_a_planted_bug_is_red_in_less_time_than_green_takes(
    plant, name, kind, green, browsers, monkeypatch
):
    limit, took = green(name), []
    for _ in range(2):  # a second time only where the machine was busy with something else
        with monkeypatch.context() as patch:
            plant(patch)
            began = time.monotonic()
            assert red(browsers, name).mismatch.kind == kind
        took.append(time.monotonic() - began)
        if took[-1] < limit:
            return
    pytest.fail(f"red took {took} s, green {limit} s")


def test_another_receipt_turns_the_replay_red(browsers, monkeypatch):
    wrong_receipt(monkeypatch)
    found = red(browsers, "shipped")
    assert found.mismatch.kind == "OTHER RESULT"
    assert "outcome: expected 'refused', sent 'done'" in found.report
    assert "order-details 200" in found.report


def test_the_report_names_the_line_of_the_flow_and_the_field(browsers, monkeypatch):
    wrong_reason(monkeypatch)
    report = red(browsers, "two_shipments").report
    # When the request arrives the press may still be under way, or its outcome be read already.
    line = (
        r"flow +Cancel at Amazon Business: submit( > \w+)*  "
        r"flows/(amazon/(cancel|readers)|waiting)\.py:\d+\n"
    )
    assert re.search(line, report), report
    assert "reason: expected 'OTHER_REASON', sent 'ITEM_PRICE_IS_TOO_HIGH'" in report


def test_report_of_a_poll_left_early_names_the_due_answer(browsers, monkeypatch):
    before_the_confirmation(monkeypatch)
    report = red(browsers, "pending_confirmed").report
    assert "kind: TOO EARLY" in report
    assert "the flow no longer waits for the answer that it waited for" in report
