"""Pages that ask again by themselves cost little where nothing changed."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from robot.cancellation.request import CancelRequest
from robot.console.board.claims import Claims
from robot.console.lists import Lists
from robot.console.roles import Role
from robot.queue.items import NewItem
from robot.queue.table import QueueTable
from tests.support.clock import Clock
from tests.support.console import Browser
from tests.support.facts import VENDOR
from tests.support.turns import claim

PAGES = ("/orders", "/orders/P0000001", "/inbox", "/totals", "/lists/{list}")


def numbers(many: int) -> list[str]:
    return [f"111-{n:07}-{n:07}" for n in range(many)]


def asked(number: str) -> NewItem:
    return NewItem(CancelRequest(VENDOR, number, "P0000001", "Ordered twice", "Bob"))


def send_list(ann, many: int) -> str:
    """Send a list of orders, and return its id."""
    address = ann.post("/lists", {"text": "\n".join(numbers(many))}).headers["location"]
    id_ = address.rpartition("/")[2]
    lists = Lists(ann.console.database, ann.console.clock)
    lists.confirm(lists.get(id_), "Ann", ())
    return id_


@pytest.fixture
def clock():
    """A little before now, in the midst of a minute."""
    return Clock(time.time() // 60 * 60 - 30)


@pytest.fixture
def console(console, clock):
    """A console over an empty database, whose time a test sets."""
    return replace(console, clock=clock)


@pytest.fixture
def ann(console):
    """The browser of an approver, Ann."""
    ann = Browser.of(console, Role.APPROVER)
    ann.console = console
    return ann


@pytest.fixture
def queries():
    """What is asked of any database, statement by statement."""
    said: list[str] = []

    def note(_connection, _cursor, statement, *_more):
        said.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield said
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


@pytest.fixture
def paths(console, ann):
    """The pages, each with something on it."""
    QueueTable(console.database, clock=console.clock).add([asked("111-0000009-0000009")])
    id_ = send_list(ann, 2)
    return [path.format(list=id_) for path in PAGES]


def test_page_that_did_not_change_is_not_read(ann, paths, queries):
    """Who asks, and whether anything is new, is all that is looked up."""
    for path in paths:
        tag = ann.get(path).headers["etag"]
        queries.clear()
        assert ann.get(path, if_none_match=tag, x_poll="1").status_code == 304
        asked_for = [one for one in queries if one.startswith("SELECT")]
        assert len(asked_for) <= 3, (path, asked_for)


def test_page_is_read_again_when_something_changed(console, clock, ann, paths):
    """An order, a claim, or that a minute is over, as pages tell how long something lasts."""
    table = QueueTable(console.database, clock=clock)
    changes = (
        lambda: table.add([asked("111-0000008-0000008")]),
        lambda: claim(table, "w", 1),
        lambda: Claims(console.database, clock).take(1, "Bob"),
        lambda: clock.advance(60),
    )
    for change in changes:
        tags = {path: ann.get(path).headers["etag"] for path in paths}
        clock.advance(0.5)
        change()
        for path, tag in tags.items():
            assert ann.get(path, if_none_match=tag).status_code == 200, path


def test_page_of_one_person_is_not_anothers(console, ann, paths):
    """A form's token is in it."""
    bob = Browser.of(console, Role.APPROVER, "Bob")
    for path in paths:
        tag = ann.get(path).headers["etag"]
        assert bob.get(path, if_none_match=tag).status_code == 200


def test_long_list_is_followed_in_few_queries(console, ann, queries):
    lists = Lists(console.database, console.clock)
    few, many = (lists.get(send_list(ann, count)) for count in (2, 400))
    counted = []
    for one in (few, many):
        queries.clear()
        assert len(lists.progress(one).items) >= len(one.items)
        counted.append(len(queries))
    assert counted[0] == counted[1]
