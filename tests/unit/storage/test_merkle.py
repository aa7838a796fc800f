"""From each leaf of a tree leads one way to its root, and none from anything else."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.storage import merkle
from robot.storage.merkle import Step

MANY = st.lists(
    st.binary(max_size=4).map(lambda data: hashlib.sha256(data).hexdigest()),
    min_size=1,
    max_size=40,
    unique=True,
)


def test_single_leaf_is_the_root():
    assert merkle.root(["a"]) == "a"
    assert merkle.way(["a"], 0) == ()


def test_last_leaf_without_a_neighbour_goes_up_as_it_is():
    """It is not doubled: else a tree with it twice would have the same root."""
    assert merkle.root(["a", "b", "c"]) == merkle.node(merkle.node("a", "b"), "c")
    assert merkle.root(["a", "b", "c"]) != merkle.root(["a", "b", "c", "c"])
    assert merkle.way(["a", "b", "c"], 2) == (Step("left", merkle.node("a", "b")),)


@pytest.mark.parametrize(
    "found, text",
    [
        (merkle.node("ab", "cd"), '["ab", "cd"]'),
        (merkle.leaf("amazon:1", 3, "ab"), '["amazon:1", 3, "ab"]'),
    ],
)
def test_hash_is_that_of_a_text_that_printf_can_write(found, text):
    assert found == hashlib.sha256(text.encode()).hexdigest()


@given(MANY)
def test_way_of_each_leaf_leads_to_the_root(leaves):
    for index, leaf in enumerate(leaves):
        assert merkle.climb(leaf, merkle.way(leaves, index)) == merkle.root(leaves)


@given(MANY, st.data())
def test_way_of_a_leaf_leads_no_other_to_the_root(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    steps = merkle.way(leaves, index)
    assert merkle.climb(merkle.leaf("x", 1, leaves[index]), steps) != merkle.root(leaves)
    for n, (side, other) in enumerate(steps):
        turned = Step("right" if side == "left" else "left", other)
        changed = (*steps[:n], turned, *steps[n + 1 :])
        assert merkle.climb(leaves[index], changed) != merkle.root(leaves)


@given(MANY, st.data())
def test_change_of_the_leaves_changes_the_root(leaves, data):
    changed = list(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.integers(0, len(leaves) - 1))
    how = data.draw(st.sampled_from(("change", "drop", "add", "swap")))
    if how == "change":
        changed[index] = merkle.leaf("x", 1, changed[index])
    elif how == "drop" and len(leaves) > 1:
        del changed[index]
    elif how == "add":
        changed.insert(index, merkle.leaf("x", 1, changed[index]))
    else:
        changed[index], changed[other] = changed[other], changed[index]
    assert (merkle.root(changed) == merkle.root(leaves)) == (changed == leaves)
