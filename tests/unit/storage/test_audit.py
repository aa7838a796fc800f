"""Whatever is changed in the chains, the check finds, and it finds nothing where nothing was."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.storage.audit import EndRow
from robot.storage.chain import GENESIS, Ground, Seal, event_seal, read_seal, sha256
from tests.support.chains import Chains, grown


@pytest.fixture
def chains():
    """Two events of the ground, two sealed cases, and one event that no seal covers."""
    chains = Chains()
    chains.add_to_ground("a", "1")
    chains.add_to_ground("b", "2")
    chains.add("a", "3")
    chains.add("b", "4")
    chains.seal()
    chains.add("b", "5")
    chains.seal()
    chains.add("a", "6")
    return chains


def told(chains):
    fault = chains.fault()
    return None if fault is None else tuple(fault)


@given(st.randoms(use_true_random=False), st.integers(0, 4), st.integers(0, 30))
def test_chains_that_grew_by_the_rules_hold(chance, ground, steps):
    chains = grown(chance, ground=ground, steps=steps)
    assert told(chains) is None
    chains.add("case:new", "and one that is not sealed")
    assert told(chains) is None


def test_empty_ledger_is_whole_above_no_ground():
    assert told(Chains()) is None
    assert told(Chains(ground=Ground(0, "ab"))) == (
        1,
        "event 1 is missing, and whatever came after it",
    )


# --- events ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seq", range(1, 7))
@pytest.mark.parametrize("column", ["case", "resource", "body", "previous", "hash"])
def test_changed_event_is_named(chains, seq, column):
    row = chains.events[seq - 1]
    chains.events[seq - 1] = row._replace(**{column: getattr(row, column) + "x"})
    assert told(chains) == (seq, f"event {seq} does not fit its seal")


@pytest.mark.parametrize(
    "seqs, found",
    [
        ([1], (2, "event 1 is missing")),
        ([2], (3, "event 2 is missing")),
        ([1, 2], (3, "events 1 to 2 are missing")),
        ([3], (6, "event 3 is missing")),
        ([4], (5, "event 4 is missing")),
        ([5], (5, "event 5 is missing, and whatever came after it")),
        ([6], (6, "event 6 is missing, and whatever came after it")),
        ([4, 5], (4, "event 4 is missing, and whatever came after it")),
        ([2, 3, 4, 5, 6], (2, "event 2 is missing, and whatever came after it")),
    ],
)
def test_missing_event_is_named(chains, seqs, found):
    chains.events = [row for row in chains.events if row.seq not in seqs]
    assert told(chains) == found


def test_exchanged_events_are_found(chains):
    first, second = chains.events[3], chains.events[4]
    chains.events[3] = second._replace(seq=4)
    chains.events[4] = first._replace(seq=5)
    assert told(chains) == (4, "event 4 does not fit its seal")


def test_event_that_follows_no_other_is_found(chains):
    """It is put in with a seal that fits, and nothing is missing."""
    row = chains.events[4]
    chains.events[4] = resealed(row, previous=GENESIS)
    assert told(chains) == (5, "event 5 does not follow the one before it")


def resealed(row, **changes):
    """Change an event, and make its own hash fit."""
    row = row._replace(**changes)
    return row._replace(hash=event_seal(row.previous, row.seq, row.case, row.resource, row.body))


def test_event_put_in_is_found(chains):
    row = chains.events[-1]
    chains.events.append(resealed(row, seq=7, body="7", previous=row.hash))
    assert told(chains) == (7, "event 7 is not the one that a ends with")


def test_case_put_in_is_found(chains):
    other = Chains(chains.ground)
    other.add("c", "1")
    chains.events.append(resealed(other.events[0], seq=7))
    assert told(chains) == (7, "what tells where c ends is gone")


@pytest.mark.parametrize("ground", [Ground(1, ""), Ground(3, ""), Ground(2, "ab")])
def test_changed_ground_is_found(chains, ground):
    chains.ground = Ground(ground.length, ground.hash or chains.ground.hash)
    assert told(chains) is not None


# --- seals ----------------------------------------------------------------------------------------


def test_case_that_was_cut_back_is_found_by_its_seal(chains):
    """Its end was made to fit, too."""
    kept = chains.events[1].hash
    chains.events = [row for row in chains.events if row.seq not in (4, 5)]
    del chains.ends["b"]
    assert kept == chains.ground.hash
    assert told(chains) == (0, "b is not what it was when seal 1 was written")


def test_case_that_was_written_anew_is_found_by_its_seal(chains):
    other = Chains(chains.ground)
    other.add("b", "never")
    first = resealed(other.events[0], seq=4)
    second = resealed(first, seq=5, body="was", previous=first.hash)
    chains.events[3:5] = [first, second]
    chains.ends["b"] = chains.ends["b"]._replace(hash=second.hash)
    assert told(chains) == (0, "b is not what it was when seal 1 was written")


@pytest.mark.parametrize(
    "index, number, text",
    [
        (0, 1, "seal 1 is missing"),
        (1, 2, "seal 2 is missing"),
    ],
)
def test_missing_seal_is_named(chains, index, number, text):
    del chains.seals[index]
    assert told(chains) == (0, text)
    chains.sealed = [row for row in chains.sealed if row.seal != number]
    assert told(chains) is not None


def test_last_seal_that_is_gone_with_what_it_covers_is_found(chains):
    del chains.seals[-1]
    chains.sealed = [row for row in chains.sealed if row.seal != 2]
    assert told(chains) == (0, "what tells how much of b is sealed was changed")


@pytest.mark.parametrize("change", [{"body": "{}"}, {"hash": "ab"}, {"events": 5}])
def test_changed_seal_is_found(chains, change):
    chains.seals[0] = chains.seals[0]._replace(**change)
    assert told(chains) == (0, "seal 1 is not as it was written")


def written_anew(chains, **changes):
    """Change what the first seal says, and make its hash fit."""
    seal = read_seal(chains.seals[0].body)._replace(**changes)
    chains.seals[0] = chains.seals[0]._replace(events=seal.events, body=seal.body, hash=seal.hash)


@pytest.mark.parametrize(
    "changes, text",
    [
        ({"number": 2}, "seal 1 is not as it was written"),
        ({"previous": GENESIS}, "seal 1 does not follow the one before it"),
        ({"root": GENESIS}, "what seal 1 covers is not as it was written"),
        ({"cases": 3}, "what seal 1 covers is not as it was written"),
        ({"events": 5}, "seal 1 covers other events than it tells"),
        ({"at": "2020-01-01"}, "seal 2 does not follow the one before it"),
    ],
)
def test_seal_that_was_written_anew_is_found(chains, changes, text):
    written_anew(chains, **changes)
    assert told(chains) == (0, text)


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"seal":"x"}', " ", "null", '{"seal":1,"seal":1}']
)
def test_text_that_is_no_seal_is_none(chains, body):
    assert read_seal(body) is None
    chains.seals[0] = chains.seals[0]._replace(body=body, hash=sha256(body))
    assert told(chains) == (0, "seal 1 is not as it was written")


def test_seal_is_read_as_it_was_written():
    seal = Seal(1, GENESIS, "ab", 2, 3, "2026-01-01T00:00:00Z")
    assert read_seal(seal.body) == seal
    assert read_seal(seal.body + " ") is None


@pytest.mark.parametrize("what", ["drop", "add", "length", "case", "hash", "seal"])
def test_change_of_what_a_seal_covers_is_found(chains, what):
    row = chains.sealed[0]
    if what == "drop":
        del chains.sealed[0]
    elif what == "add":
        chains.sealed.append(row._replace(case="c"))
    else:
        old = getattr(row, what)
        chains.sealed[0] = row._replace(**{what: old + 7 if isinstance(old, int) else old + "x"})
    assert told(chains) is not None


def test_what_a_seal_that_is_not_there_covers_is_found(chains):
    chains.sealed.append(chains.sealed[0]._replace(seal=3))
    assert told(chains) == (0, "seal 3 is missing")


@pytest.mark.parametrize("change", [{"length": 1}, {"length": 9}, {"hash": "ab"}, {"sealed": 2}])
def test_changed_end_is_found(chains, change):
    chains.ends["a"] = chains.ends["a"]._replace(**change)
    assert told(chains) is not None


def test_end_of_a_case_without_events_is_one_that_just_began(chains):
    """It is locked before the first event is written, or where all are of the ground."""
    start = Chains(chains.ground)
    start.add("c", "1")
    chains.ends["c"] = EndRow("c", 0, start.events[0].previous, 0)
    assert told(chains) is None


@given(st.integers(0, 10**9))
def test_random_change_of_the_rows_is_found(seed):
    chance = random.Random(seed)
    chains = grown(chance, ground=chance.randrange(5))
    changed = chains.copy()
    change(changed, chance)
    if changed != chains:
        assert told(changed) is not None


def change(chains, chance):
    """Change, remove, put in or move one row."""
    name = chance.choice(["events", "seals", "sealed", "ends"])
    rows = list(chains.ends.values()) if name == "ends" else getattr(chains, name)
    at = chance.randrange(len(rows))
    how = chance.choice(["change", "remove", "repeat", "exchange"])
    if how == "change":
        column = chance.choice(rows[at]._fields)
        old = getattr(rows[at], column)
        rows[at] = rows[at]._replace(**{column: old + 99 if isinstance(old, int) else f"{old}x"})
        rows.sort(key=lambda row: row[0])
    if how == "remove":
        del rows[at]
    elif how == "repeat":
        again = rows[at]
        if name == "events":
            again = again._replace(seq=rows[-1].seq + 1)
        if name != "ends":
            rows.append(again)
    elif how == "exchange" and name in ("events", "seals"):
        other = chance.randrange(len(rows))
        key = "seq" if name == "events" else "number"
        numbers = getattr(rows[at], key), getattr(rows[other], key)
        rows[at], rows[other] = (
            rows[other]._replace(**{key: numbers[0]}),
            rows[at]._replace(**{key: numbers[1]}),
        )
    if name == "ends":
        chains.ends = {row.case: row for row in rows}
