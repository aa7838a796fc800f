"""The matcher as a pure state machine.

What fits, and every kind of misfit. No browser.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from robot.errors import BadInput
from robot.recording.entries import Entry
from robot.recording.files import load
from robot.recording.replay.faults import EntryFault, with_faults
from robot.recording.replay.matcher import Matcher
from robot.recording.rules import MatchRules

RECORDINGS = Path(__file__).parents[3] / "recordings"


def page(path, body=b"", method="GET", **more):
    url = path if path.startswith("https:") else f"https://shop.test{path}"
    return Entry(method, url, "strict", body=body, resource="Document", **more)


def read(path, body=b""):
    return Entry("GET", f"https://shop.test{path}", "read", body=body, resource="XHR")


def post(path, sent):
    return Entry(
        "POST",
        f"https://shop.test{path}",
        "strict",
        "application/x-www-form-urlencoded",
        sent,
        resource="XHR",
    )


FLOW = [
    page("/order?id=1", b"live"),
    page("/form?id=1"),
    post("/cancel", b"reason=OTHER&item=a&item=b&password=x&ts=1"),
    read("/status", b"pending"),
    read("/status", b"pending"),
    read("/status", b"confirmed"),
    page("https://po.test/login"),
]


def play(matcher, sent):
    for entry in sent:
        matcher.answer(replace(entry))
        if matcher.mismatch is not None:
            return matcher.mismatch
    return matcher.finish()


def test_what_was_recorded_fits():
    matcher = Matcher(FLOW)
    assert play(matcher, FLOW) is None
    assert matcher.unused() == []


@pytest.mark.parametrize("name", sorted(p.parent.name for p in RECORDINGS.glob("*/meta.toml")))
def test_every_recording_fits_itself(name):
    recording = load(RECORDINGS / name)
    assert (
        play(
            Matcher(recording.entries, MatchRules.from_dict(recording.meta["matching"])),
            recording.entries,
        )
        is None
    )


@pytest.mark.parametrize(
    "kind, sent",
    [
        ("REPEATED", [FLOW[0], FLOW[0]]),
        ("REPEATED", [*FLOW[:3], FLOW[2]]),
        ("OUT OF ORDER", [FLOW[6]]),
        ("OUT OF ORDER", [FLOW[0], FLOW[2]]),
        ("CHANGED BODY", [*FLOW[:2], post("/cancel", b"reason=MINE&item=a&item=b&password=x")]),
        ("CHANGED BODY", [*FLOW[:2], post("/cancel", b"reason=OTHER&item=a&password=x")]),
        ("CHANGED BODY", [*FLOW[:2], post("/cancel", b"reason=OTHER&item=a&item=b&password=")]),
        ("CHANGED QUERY", [FLOW[0], page("/form?id=2")]),
        ("UNKNOWN", [page("/elsewhere")]),
        ("UNKNOWN", [replace(FLOW[0], method="POST")]),
        ("TOO EARLY", [*FLOW[:5], FLOW[6]]),
        ("TOO EARLY", [*FLOW[:3], FLOW[6]]),
        ("UNFINISHED", FLOW[:6]),
        ("UNFINISHED", []),
        ("OUT OF ORDER", [FLOW[0], FLOW[3]]),
    ],
)
def test_a_misfit_is_told_by_its_kind(kind, sent):
    found = play(Matcher(FLOW), sent)
    assert found is not None
    assert found.kind == kind


def test_fields_of_the_moment_and_credentials_may_differ():
    sent = post("/cancel", b"reason=OTHER&item=a&item=b&password=another&ts=2")
    assert play(Matcher(FLOW), [*FLOW[:2], sent, *FLOW[3:]]) is None


def test_a_changed_field_is_named():
    found = play(
        Matcher(FLOW), [*FLOW[:2], post("/cancel", b"reason=MINE&item=a&item=b&password=x")]
    )
    assert [(d.name, d.expected, d.sent) for d in found.differences] == [
        ("reason", "OTHER", "MINE")
    ]


def test_a_poll_may_ask_more_often_and_then_sees_its_last_answer():
    matcher = Matcher(FLOW)
    for entry in FLOW[:3]:
        matcher.answer(entry)
    seen = [matcher.answer(read("/status")).body for _ in range(5)]
    assert seen == [b"pending", b"pending", b"confirmed", b"confirmed", b"confirmed"]
    assert play(matcher, [FLOW[6]]) is None


def test_a_read_never_sees_the_future():
    flow = [page("/a"), read("/x", b"old"), page("/b"), read("/x", b"new")]
    matcher = Matcher(flow)
    matcher.answer(flow[0])
    assert [matcher.answer(read("/x")).body for _ in range(3)] == [b"old"] * 3
    matcher.answer(flow[2])
    assert matcher.answer(read("/x")).body == b"new"


def test_a_page_loaded_again_and_again_may_be_loaded_more_often():
    flow = [page("/a", b"pending") for _ in range(3)] + [page("/a", b"done"), page("/b")]
    assert play(Matcher(flow), [*flow[:4], page("/a"), page("/a"), flow[4]]) is None


def test_polled_page_must_be_loaded_until_its_last_answer():
    flow = [page("/a", b"pending") for _ in range(3)] + [page("/a", b"done"), page("/b")]
    assert play(Matcher(flow), [*flow[:3], flow[4]]).kind == "TOO EARLY"


def test_a_page_loaded_without_a_change_may_be_loaded_less_often():
    flow = [page("/a", b"pending tk%03dxx" % n) for n in range(5)] + [page("/b")]
    assert play(Matcher(flow), [*flow[:2], flow[5]]) is None
    assert play(Matcher(flow[:5]), flow[:3]) is None


def test_noise_is_never_a_mismatch():
    matcher = Matcher(FLOW)
    assert matcher.answer(page("https://unagi.amazon.com/1/events")) is None
    assert matcher.mismatch is None
    assert matcher.foreign == ["https://unagi.amazon.com/1/events"]


def test_asset_is_served_as_often_as_asked():
    style = Entry("GET", "https://shop.test/a.css?v=1", "asset", body=b"css")
    matcher = Matcher([*FLOW, style])
    assert [
        matcher.answer(replace(style, url="https://shop.test/a.css?v=2")).body for _ in range(3)
    ] == [b"css"] * 3
    assert play(matcher, FLOW) is None


def test_a_fault_strikes_once_and_then_the_recording_goes_on():
    matcher = Matcher(FLOW)
    ask = with_faults(FLOW, matcher, [EntryFault(1, "503")])
    assert [ask(entry).status for entry in (FLOW[0], FLOW[1], FLOW[1])] == [200, 503, 200]
    assert matcher.mismatch is None


def test_the_dns_name_matters():
    assert (
        play(Matcher(FLOW), [replace(FLOW[0], url="https://evil.test/order?id=1")]).kind
        == "UNKNOWN"
    )


def test_only_what_a_page_asks_at_the_end_may_be_left_out():
    poll, left_out = read("/late"), read("/early")
    assert play(Matcher([*FLOW, poll]), FLOW) is None
    assert play(Matcher([FLOW[0], left_out, *FLOW[1:]]), FLOW).kind == "UNFINISHED"


def test_what_a_page_asks_by_itself_at_the_end_is_no_misfit():
    matcher = Matcher(FLOW)
    assert play(matcher, FLOW) is None
    assert matcher.answer(read("/never")) is None
    assert (matcher.mismatch, matcher.foreign) == (None, ["https://shop.test/never"])


def test_sign_out_where_no_sign_in_was_recorded_is_told():
    """It would have nothing to answer with."""
    flow = [page("/a"), page("/b")]
    ask = with_faults(flow, Matcher(flow), [EntryFault(1, "sign_out")])
    ask(page("/a"))
    with pytest.raises(BadInput) as told:
        ask(page("/b"))
    assert told.value.what == (
        "The recording holds no sign-in on the way to https://shop.test/b, so a sign-out there"
        " can't be played."
    )
