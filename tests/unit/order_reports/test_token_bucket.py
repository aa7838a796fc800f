"""Requests keep to the documented rate, and may come in bursts."""

from __future__ import annotations

from robot.order_reports.token_bucket import BURST, TokenBucket
from tests.support.clock import Clock


def test_burst_passes_and_then_half_a_request_a_second():
    clock = Clock()
    bucket = TokenBucket(clock=clock, sleep=clock.sleep)
    for _ in range(BURST):
        bucket.take()
    assert clock.slept == []
    bucket.take()
    bucket.take()
    assert clock.slept == [2.0, 2.0]


def test_pause_fills_it_again():
    clock = Clock()
    bucket = TokenBucket(clock=clock, sleep=clock.sleep)
    for _ in range(BURST):
        bucket.take()
    clock.advance(1000)
    for _ in range(BURST):
        bucket.take()
    assert clock.slept == []


def test_what_was_too_much_is_waited_for():
    clock = Clock()
    bucket = TokenBucket(clock=clock, sleep=clock.sleep)
    bucket.empty()
    bucket.take()
    assert clock.slept == [2.0]
