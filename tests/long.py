"""Which tests take long: ``make long`` has them, ``make test`` has one of each kind instead. Both
are to pass.

Each entry is a file: which of its tests (a regular expression on the name with its parameters), and
which of those stay in ``make test`` all the same, because they stand for the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

ALL = ""


def _cases(*names: str) -> str:
    """Parameters by their ids."""
    return rf"\[({'|'.join(map(re.escape, names))})\]"


LONG = {
    "test_rerun": ("a_browser_that_died|a_crash_swallowed", None),
    "test_table": ("test_five_processes_at_once", None),
    "test_cancel_command": (
        "dead_site|dry_run|check_of_a_po|only_ascii|several_orders_print|check_presses_nothing|po_number_cancels_every",
        None,
    ),
    "test_engine": (_cases("postgresql"), None),
    "test_incomplete_pages": ("cards_never_come|answered_with_an_error", None),
    "test_architecture": ("said_to_take_long", None),
    "test_hung_browser": (
        r"an_order_goes_on|not_taken_for_a_site|does_not_cost_a_browser|are_stopped_are_ended",
        _cases("act-before-is stopped", "browser"),
    ),
    "test_kill": (
        "test_killed_and_run_again",
        _cases("the-vendor's-press-is-announced", "RealSource-has-the-press"),
    ),
    "test_leaks": ("test_nothing_leaks", _cases("done", "captcha", "wrong_password", "killed", "unexpected_exception")),
    "test_ledger": ("TestTwin", None),
    "test_screenshot_masks": (
        "test_screenshots_show_nothing_private",
        _cases("done", "a code sent", "a wrong code", "a wrong password", "an approval"),
    ),
    "test_planted_bugs": (
        "turns_the_replay_red_before_its_end", _cases("submit_twice", "before_the_confirmation", "a_line_not_ticked"),
    ),
    "test_races": ("on_postgresql|postgresql_restarts", None),
    "test_realsource_variants": (ALL, None),
    "test_recordings": ("a_person_may_watch|beside_those_of_pytest_playwright", None),
    "test_proxy": (r"\[full\b|a_press_arrives_once", _cases("shell-nothing")),
    "test_remote_browser": ("an_order_is_cancelled", None),
    "test_replays": (
        "replays_as_it_was_recorded|error_paths|a_sign_out_leads",
        _cases(
            "done", "two_shipments", "split_po_a", "silent_reject", "po_invoiced", "sign_in_everything", "duo_hotp",
            "/preship/cancel-items-captcha-needs_person-captcha",
        ),
    ),
    "test_scenarios": (
        r"test_scenario\[|completes_it|nothing_left_to_do",
        _cases(
            "done", "shipped", "already_cancelled", "pending_confirmed", "pending_refused",
            "other_form", "missing_line", "captcha_details", "split_po_a", "lost_reply",
            "po_invoiced", "po_only_close", "po_not_found", "po_lost_reply",
        ),
    ),
    "test_amazon_sign_in": (r"ends_on_the_way|newer page|everything|both of them|nobody_gives_in_time", r"\[1\]"),
    "test_realsource_sign_in": (
        "other options|only_realsource_refuses|idles_out_while|codes_of_a_counter|a_person_approves|unknown_instance",
        None,
    ),
    "test_simulation": (
        "turn by turn|loses the answer|pending, then|technical error", _cases("confirms-cancels-turn by turn"),
    ),
    "test_soak": (ALL, None),
    "test_page_loads": ("with_a_kept_session", None),
    "test_object_store": ("keeps_its_evidence_in_a_bucket", None),
    "test_take_over": (ALL, None),
    "test_worker": (
        "to_its_ends|half_done|paused_while|whole group|captcha_holds|site_that_is|old_ledgers_press|left_unconfirmed",
        None,
    ),
}  # fmt: skip


def is_long(file: str, name: str) -> bool:
    """Whether the test ``name`` (with its parameters) of ``file`` (without ``.py``) is left to
    ``make long``.
    """
    which, stays = LONG.get(file, (None, None))
    if which is None or not re.search(which, name):
        return False
    return stays is None or not re.search(stays, name)


def unused(names: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What of ``LONG`` fits none of the ``names`` (file, test): each alternative and each case
    must fit some.
    """
    tests: dict[str, list[str]] = {}
    for file, name in names:
        tests.setdefault(file, []).append(name)
    for file, patterns in LONG.items():
        for pattern in patterns:
            inner = re.fullmatch(r"\\\[\((.*)\)\\\]", pattern or "")
            parts = (
                [rf"\[{one}\]" for one in inner.group(1).split("|")]
                if inner
                else (pattern or "").split("|")
            )
            yield from (
                f"{file}: {one}"
                for one in parts
                if not any(re.search(one, n) for n in tests.get(file, []))
            )
