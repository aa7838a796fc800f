"""No pattern of a site file may look through a text for ever: pages decide how long it is."""

from __future__ import annotations

import itertools
import re

import pytest

from robot.sites.registry import Sites
from robot.sites.site_file import Site

#: What patterns repeat: words, numbers, marks and blanks, each many times over.
WORDS = (
    "no ",
    "no.",
    "id number ",
    "business, ",
    "12345 ",
    "1 of 2 ",
    "items ",
    "shipped ",
    "- ",
    "(",
)
#: A pattern that can divide a text in two ways at each word would take 2 to the power of this.
TIMES = 60


def patterns(site: Site) -> dict[str, str]:
    statuses = itertools.chain.from_iterable(site.statuses.values())
    return {
        **site.phrases,
        **{f"statuses {one}": one for one in statuses},
        **{f"languages {name}": one for name, one in site.languages.items()},
    }


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", Sites().names())
def test_no_pattern_takes_for_ever(name):
    """One that would is ended by the time limit, which fails the test."""
    site = Sites().site(name)
    told = patterns(site)
    assert told
    for pattern in told.values():
        search = re.compile(pattern, re.IGNORECASE).search
        for before, word in itertools.product(("", "Amazon ("), WORDS):
            search(f"{before}{word * TIMES}!")
