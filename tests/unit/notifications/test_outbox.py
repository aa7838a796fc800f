"""What people are to be told goes out once, is tried again while nobody takes it, and never stops
the work.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from robot.cancellation.events import Finished, Requested, Resumed, VendorIntended
from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import CancelRequest
from robot.notifications.outbox import TRIES, Outbox
from robot.queue.items import ItemUpdate, NewItem, State
from robot.queue.table import QueueTable
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.pauses import SitePauses
from robot.storage.schema import notices
from tests.support.clock import Clock
from tests.support.post import Post
from tests.support.site_files import own_site_file
from tests.support.turns import claim
from tests.unit.notifications.test_messages import receipt as receipt_of

ORDER, PO = "111-0000001-0000001", "P0100001"
WANTED = NewItem(
    CancelRequest("amazon_business", ORDER, PO, "because of CANARY-REASON", "CANARY-PERSON")
)
MORNING = datetime(2026, 11, 25, 6, 0).astimezone()


@pytest.fixture
def database(sqlite_url):
    opened = Database(sqlite_url)
    yield opened
    opened.close()


class Scene:
    def __init__(
        self,
        database: Database,
        channels: int = 1,
        selectors: Path | None = None,
        console_url: str | None = None,
    ) -> None:
        self.database = database
        self.post = Post(channels)
        self.clock = Clock(MORNING.timestamp())
        self.outbox = Outbox(
            database, self.post, Sites(selectors), console_url=console_url, clock=self.clock
        )
        self.table = QueueTable(database, clock=self.clock)
        self.pauses = SitePauses(database, clock=self.clock)

    def stop_an_order(self, problem: str = "captcha", receipt: Receipt | None = None) -> None:
        self.table.add([WANTED])
        (item,) = claim(self.table, "w", 1)
        if receipt:
            Ledger(self.database).keep_receipt(item.case, receipt)
        then = ItemUpdate(
            State.NEEDS_PERSON,
            self.clock.now(),
            item.site,
            problem=problem,
            request_id=receipt and receipt.id,
        )
        assert self.table.finish_turn(item, then, (f"needs_person:{item.id}:{item.turn}", ""))

    def titles(self) -> list[str]:
        self.outbox.flush()
        return [notice.title for notice in self.post.got]


@pytest.fixture
def scene(database):
    return Scene(database)


def test_an_order_that_needs_a_person_is_told_once(scene):
    scene.stop_an_order(receipt=receipt_of("captcha"))
    assert scene.titles() == [f"Order {ORDER} (PO {PO}) needs a person"]
    assert len(scene.titles()) == 1


def test_notice_links_to_the_order_in_the_inbox(database):
    scene = Scene(database, console_url="http://127.0.0.1:8321/")
    scene.stop_an_order(receipt=receipt_of("captcha"))
    scene.outbox.flush()
    (item,) = scene.table.find(ORDER)
    (notice,) = scene.post.got
    assert notice.body.endswith(f"\nOn the web page: http://127.0.0.1:8321/inbox/{item.id}")


def test_two_workers_tell_it_once(database):
    one, other = Scene(database), Scene(database)
    one.stop_an_order(receipt=receipt_of("captcha"))
    assert len(one.titles()) + len(other.titles()) == 1


def test_order_without_receipt_is_told_without_anyones_words(scene):
    """An order without a receipt is told too and nobody's words go along."""
    scene.stop_an_order("bad_input")
    assert scene.titles() == [f"Order {ORDER} (PO {PO}) needs a person"]
    assert "CANARY" not in json.dumps([(n.title, n.body, n.key) for n in scene.post.got])


@pytest.mark.parametrize("before", ["captcha", "internal_error"])
def test_turn_broken_off_after_press_is_not_told_by_old_receipt(scene, before):
    """A turn that broke off after the press is not told with the earlier receipt.

    That one says that nothing was touched.
    """
    old = receipt_of(before)
    request = Requested(
        at=MORNING, request_id=old.id, vendor="amazon_business", number=ORDER, po=PO
    )
    case, ledger = f"amazon_business:{ORDER}", Ledger(scene.database)
    end = Finished(
        at=MORNING, outcome=Outcome.NEEDS_PERSON, problem=before, summary="", next_step=None
    )
    for event in (request, end, Resumed(at=MORNING), VendorIntended(at=MORNING, token=1)):
        ledger.append(case, event)
    scene.stop_an_order("internal_error", old)
    assert scene.titles() == [f"Order {ORDER} (PO {PO}) needs a person"]
    body = scene.post.got[0].body
    assert "the robot met something that it was not written for" in body
    assert (
        "Amazon Business: pending. RealSource: untouched.\nThe cancellation was submitted" in body
    )


def test_an_order_that_was_settled_meanwhile_is_not_told(scene):
    scene.stop_an_order()
    (item,) = scene.table.find(ORDER)
    scene.table.change(item, ItemUpdate(State.DONE, scene.clock.now(), item.site))
    assert scene.titles() == []


def test_a_held_site_is_told_and_one_that_goes_on_again_is_not(scene):
    scene.pauses.pause_by_robot("amazon_business", "captcha")
    assert scene.titles() == ["Amazon Business is held"]
    scene.pauses.resume("amazon_business")
    scene.clock.advance(5 * 60)
    scene.pauses.pause_by_robot("realsource", "wrong_password")
    scene.pauses.resume("realsource")
    assert scene.titles() == ["Amazon Business is held"]


def test_channel_down_is_tried_with_growing_waits_then_given_up(scene):
    """A channel that is down is tried with growing waits and given up in the end."""
    scene.stop_an_order()
    scene.post.down, sent = 1, []
    for _ in range(200):
        before = _tries(scene.database)
        scene.outbox.flush()
        sent += [scene.clock.now()] * (_tries(scene.database) - before)
        scene.clock.advance(600)
    assert len(sent) == TRIES
    waits = [(b - a).total_seconds() for a, b in pairwise(sent)]
    assert waits == sorted(waits)
    assert waits[-1] == 3600
    assert sent[-1] - sent[0] > timedelta(hours=20)  # a night without a network loses nothing
    scene.post.down = 0
    assert not any("needs a person" in title for title in scene.titles() if "Queue" not in title)


def _tries(database: Database) -> int:
    with database.reading() as tx:
        return int(
            tx.execute(
                sa.select(sa.func.max(notices.c.tries)).where(notices.c.key.like("needs_%"))
            ).scalar()
            or 0
        )


def test_what_one_of_two_channels_took_is_not_sent_again(database):
    scene = Scene(database, channels=2)
    scene.stop_an_order()
    scene.post.down = 1
    scene.outbox.flush()
    scene.clock.advance(20 * 60)
    assert len(scene.titles()) == 1


def test_an_overdue_order_is_told_once_for_its_deadline(scene):
    scene.table.add([replace(WANTED, deadline=MORNING.astimezone(UTC) - timedelta(hours=1))])
    assert scene.titles() == ["1 order overdue"]
    scene.clock.advance(10 * 60)
    assert scene.titles() == ["1 order overdue"]


@pytest.mark.parametrize("hours", [1, 3])
def test_second_list_with_same_or_earlier_deadline_is_told(scene, hours):
    """A second list with the same or an earlier deadline is told too.

    It was put in after the first notice, and overdue at once.
    """
    late = MORNING.astimezone(UTC)
    scene.table.add([replace(WANTED, deadline=late - timedelta(hours=1))])
    assert scene.titles() == ["1 order overdue"]
    scene.clock.advance(10 * 60)
    scene.table.add(
        [
            NewItem(
                replace(WANTED.request, number="111-0000002-0000002"),
                deadline=late - timedelta(hours=hours),
            )
        ]
    )
    assert scene.titles() == ["1 order overdue", "2 orders overdue"]
    scene.clock.advance(10 * 60)
    (item,) = scene.table.find("111-0000002-0000002")
    scene.table.change(item, ItemUpdate(State.DONE, scene.clock.now(), item.site))
    assert len(scene.titles()) == 2  # what is left was told


def test_the_digest_comes_once_a_day_and_not_before_its_hour(scene):
    scene.stop_an_order()
    assert not any(title.startswith("Queue") for title in scene.titles())
    for hours in (2, 4, 26):
        scene.clock.seconds = (MORNING + timedelta(hours=hours)).timestamp()
        scene.outbox.flush()
    digests = [notice for notice in scene.post.got if notice.title.startswith("Queue")]
    assert len(digests) == 2
    assert ORDER in digests[0].body


def test_tries_count_from_the_last_one_though_the_notice_is_old(scene):
    """Else one that was written while every worker was off would spend all its tries at once."""
    scene.stop_an_order()
    scene.clock.advance(12 * 3600)
    scene.post.down = 1
    for _ in range(20):
        scene.outbox.flush()
        scene.clock.advance(2)
    assert _tries(scene.database) == 1


def test_while_one_worker_sends_another_does_not(database, monkeypatch):
    one, other = Scene(database), Scene(database)
    one.stop_an_order()
    one.clock.advance(50 * 60)
    other.clock.advance(50 * 60)
    told = []

    def slow(notice):
        told.append(notice.title)
        other.outbox.flush()
        return []

    monkeypatch.setattr(one.post, "send", slow)
    one.outbox.flush()
    assert len(told) == 1
    assert other.post.got == []


def test_a_held_site_is_told_by_its_own_files_title(database, tmp_path):
    was, own = 'title = "Amazon Business"', 'title = "Campus Store"'
    scene = Scene(database, selectors=own_site_file(tmp_path, "amazon_business", was, own))
    scene.pauses.pause_by_robot("amazon_business", "captcha")
    assert scene.titles() == ["Campus Store is held"]


def test_the_digest_says_what_is_held(scene):
    scene.table.add([WANTED])
    scene.pauses.pause("amazon_business", "A. Buyer", "CANARY-REASON")
    scene.pauses.pause("*", "A. Buyer", "CANARY-REASON")
    scene.clock.advance(2 * 3600)
    scene.outbox.flush()
    (digest,) = [notice for notice in scene.post.got if notice.kind == "digest"]
    assert digest.title == "Queue: no order waits for a person, but sites are held"
    assert "HELD: Amazon Business. Nothing is sent there until it goes on." in digest.body
    assert "HELD: everything" in digest.body
    assert "CANARY" not in digest.body


def test_the_digest_names_the_head_of_the_ledger(scene):
    """Whoever gets it has it outside of the database, which can't be written anew past it."""
    scene.stop_an_order()
    scene.clock.advance(2 * 3600)
    scene.outbox.flush()
    (digest,) = [notice for notice in scene.post.got if notice.kind == "digest"]
    head = Ledger(scene.database).head().text
    assert f"Head of the ledger, to be kept: {head}" in digest.body


def test_worker_without_channel_leaves_news_to_one_with_it(database):
    """A worker without a channel leaves what is new to one that has one."""
    silent, other = Scene(database, channels=0), Scene(database)
    silent.stop_an_order()
    silent.outbox.flush()
    assert len(other.titles()) == 1


def test_nothing_piles_up_for_a_channel_that_is_set_later(database):
    """Without a channel, nothing piles up for the one that is set later."""
    silent, later = Scene(database, channels=0), Scene(database)
    silent.stop_an_order()
    silent.clock.advance(25 * 3600)
    later.clock.advance(25 * 3600)
    silent.outbox.flush()
    assert not any("needs a person" in title for title in later.titles())
