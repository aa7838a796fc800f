"""A page that is taken again is parsed again only where something of it is different."""

from __future__ import annotations

import pytest

from robot.browser.snapshot import read_page

TAKEN = ("https://www.amazon.com/x", "<p>Ordered</p>", 1.0, 7)


class FakePage:
    """A live page that tells what was taken of it."""

    def __init__(self, *taken):
        self.taken = list(taken)

    def evaluate(self, _script, _argument):
        return self.taken


def test_page_that_is_still_the_same_is_not_parsed_anew():
    first = read_page(FakePage(*TAKEN), "Amazon")
    assert read_page(FakePage(*TAKEN), "Amazon", None, first) is first


def test_page_that_changed_and_is_as_it_was_is_not_parsed_anew():
    first = read_page(FakePage(*TAKEN), "Amazon")
    assert read_page(FakePage(*TAKEN[:3], 8), "Amazon", None, first) is first
    assert first.fingerprint == 8


@pytest.mark.parametrize(
    "nth, other",
    list(enumerate(("https://www.amazon.com/y", "<p>Cancelled</p>", 2.0))),
    ids=("address", "content", "document"),
)
def test_page_that_is_another_is_parsed_anew(nth, other):
    first = read_page(FakePage(*TAKEN), "Amazon")
    taken = (*TAKEN[:nth], other, *TAKEN[nth + 1 :])
    second = read_page(FakePage(*taken), "Amazon", None, first)
    assert second is not first
    now = (second.url, second.text(), second.document_id, second.fingerprint)
    assert now == (taken[0], "Cancelled" if nth == 1 else "Ordered", taken[2], taken[3])
