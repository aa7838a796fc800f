"""What was told is not told twice, and comes back if it changes."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import fsspec
import pytest
import sqlalchemy as sa

from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import OrderPart, Receipt, VendorPart
from robot.cancellation.request import CancelRequest
from robot.errors import BadInput, BadSettings
from robot.notifications.outbox import Outbox
from robot.problems import Problem
from robot.queue.items import NewItem, State
from robot.queue.table import QueueTable
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.schema import notices
from robot.watchlist import files as export_files
from robot.watchlist.contradictions import with_what_the_robot_saw
from robot.watchlist.files import newest_file, opened_exports
from robot.watchlist.findings import Finding, FindingKind, FoundOrder
from robot.watchlist.kept import FindingState, KeptFindings
from robot.watchlist.nightly.nights import Nightly
from robot.watchlist.nightly.schedule import Schedule
from robot.watchlist.report import ExportRead, Report
from robot.watchlist.views import kept_lines
from tests.support.fake_systems import SITES
from tests.support.post import Post

NUMBER, PO = "111-0000001-0000001", "P0100001"
ALIVE = Finding(
    po=PO,
    kind=FindingKind.ALIVE_AT_VENDOR,
    vendor="amazon_business",
    orders=(FoundOrder(NUMBER, "live", Decimal("12.00")),),
    amount=Decimal("12.00"),
    reason="It lives.",
)
CLEAN = replace(ALIVE, kind=FindingKind.CLEAN)
EVENING = datetime(2026, 11, 25, 20, 0).astimezone()
CANARY = "Kanarienvogel"


@pytest.fixture
def database(tmp_path):
    opened = Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def kept(database):
    return KeptFindings(database)


def state_of(kept) -> list[FindingState]:
    return [one.state for one in kept.listed()]


def test_finding_is_told_once(kept):
    assert kept.keep([ALIVE]) == [ALIVE]
    assert kept.keep([replace(ALIVE, reason="In other words.")]) == []
    assert state_of(kept) == [FindingState.NEW]


def test_changed_finding_comes_back_though_settled(kept):
    kept.keep([ALIVE])
    assert kept.settle(PO, "a.buyer", "Called Amazon.") == 1
    assert kept.keep([ALIVE]) == []
    (one,) = kept.listed()
    assert (one.state, one.by, one.because) == ("settled", "a.buyer", "Called Amazon.")
    shipped = replace(ALIVE, orders=(FoundOrder(NUMBER, "shipped", Decimal("12.00")),))
    assert kept.keep([shipped]) == [shipped]
    assert state_of(kept) == [FindingState.NEW]


def test_finding_is_gone_when_both_say_the_same(kept):
    """It is told again when it is there again; an export without it does not say it is gone."""
    kept.keep([ALIVE])
    kept.keep([])
    assert state_of(kept) == [FindingState.NEW]
    kept.keep([CLEAN])
    assert state_of(kept) == []
    assert kept.keep([ALIVE]) == [ALIVE]


def test_file_of_other_days_does_not_end_a_finding(kept):
    """Where only one of the files has the PO, nobody knows that it is over."""
    kept.keep([ALIVE])
    kept.keep([replace(ALIVE, kind=FindingKind.NOT_FOUND, orders=())])
    assert state_of(kept) == [FindingState.NEW]


def test_order_without_a_po_is_settled_by_its_number(kept):
    loose = replace(ALIVE, po=None, kind=FindingKind.UNCLEAR)
    kept.keep([loose, ALIVE])
    assert kept.settle(NUMBER, "a.buyer", "A subscription.") == 1
    assert sorted(state_of(kept)) == [FindingState.NEW, FindingState.SETTLED]
    assert any(f"order {NUMBER}" in line for one in kept.listed() for line in kept_lines(one))


def test_finding_is_queued_while_its_order_is(kept, database):
    kept.keep([ALIVE])
    QueueTable(database).add([NewItem(CancelRequest("amazon_business", NUMBER, PO, "", "x"))])
    assert state_of(kept) == [FindingState.QUEUED]
    (one,) = kept.listed()
    told = "\n".join(kept_lines(one))
    assert "Do now" not in told, "it is done"
    assert "in the queue: vendorfirst queue list" in told


def test_two_pos_of_one_number_are_two_findings(kept):
    this_year, last_year = (replace(ALIVE, po_created=date(year, 3, 1)) for year in (2026, 2025))
    assert kept.keep([this_year, last_year]) == [this_year, last_year]
    assert kept.keep([last_year, this_year]) == []


def test_nothing_to_settle_is_bad_input(kept):
    with pytest.raises(BadInput):
        kept.settle(PO, "a.buyer", "Called Amazon.")


# --- every night ----------------------------------------------------------------------------------


@pytest.fixture
def exports(tmp_path):
    """A folder of each export, with one finding."""
    here, there = tmp_path / "pos", tmp_path / "orders"
    here.mkdir()
    there.mkdir()
    (here / "one.csv").write_text(f"PO Number,PO Status,Owner\n{PO},Cancelled,{CANARY}\n")
    (there / "one.csv").write_text(f"Order ID,PO Number,Order Status\n{NUMBER},{PO},Pending\n")
    return Schedule(str(here), {"amazon_business": str(there)}, "21:00")


class Night:
    """A nightly watch-list whose clock a test sets."""

    def __init__(self, database, home):
        self.at = EVENING
        self.nightly = Nightly(database, SITES, home, now=lambda: self.at.astimezone(UTC))

    def made_at(self, at: datetime) -> bool:
        self.at = at
        return self.nightly.run_if_due()


def told(database) -> list[str]:
    with database.reading() as tx:
        return list(tx.execute(sa.select(notices.c.body)).scalars())


def test_watchlist_is_made_once_a_day(database, tmp_path, exports):
    night = Night(database, tmp_path)
    night.nightly.set(exports)
    later = EVENING + timedelta(hours=2)
    assert not night.made_at(EVENING)
    assert night.made_at(later)
    assert not night.made_at(later)
    assert night.made_at(later + timedelta(days=1))
    night.nightly.set(None)
    assert not night.made_at(later + timedelta(days=2))


def test_night_tells_only_what_is_new_and_names_nobody(database, tmp_path, exports):
    night = Night(database, tmp_path)
    night.nightly.set(exports)
    for day in (1, 2):
        assert night.made_at(EVENING + timedelta(days=day, hours=2))
    (body,) = told(database)
    assert "alive at vendor: 1" in body
    assert CANARY not in body
    assert NUMBER not in body


def test_night_without_its_files_is_told(database, tmp_path, exports):
    night = Night(database, tmp_path)
    night.nightly.set(replace(exports, realsource=str(tmp_path / "nowhere.csv")))
    assert night.made_at(EVENING + timedelta(hours=2))
    (body,) = told(database)
    assert "not made" in body


def test_outbox_sends_the_nights_notice(database, tmp_path, exports):
    night = Night(database, tmp_path)
    night.nightly.set(exports)
    night.made_at(EVENING + timedelta(hours=2))
    post = Post()
    Outbox(database, post, SITES).flush()
    assert [one.title for one in post.got] == ["Watch-list: 1 finding new or changed"]


def test_time_of_a_schedule_is_checked(exports):
    with pytest.raises(BadInput):
        replace(exports, at="25:00")


def test_newest_file_of_a_folder_or_pattern(tmp_path):
    for n, name in enumerate(("b.csv", "a.csv", "note.pdf")):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (n, n))
    assert newest_file(str(tmp_path)).name == "a.csv"
    assert newest_file(str(tmp_path / "b*.csv")).name == "b.csv"
    assert newest_file("anything.csv").name == "anything.csv"
    with pytest.raises(BadInput, match="There is no export in "):
        newest_file(str(tmp_path / "x*.csv"))


def test_newest_export_of_a_bucket_is_fetched():
    """A bucket's newest export is read from a copy, which has its time and is gone afterwards."""
    bucket = fsspec.filesystem("memory")
    for name in ("old.csv", "new.csv", "new.pdf"):
        bucket.pipe_file(f"/exports/{name}", name.encode())
    with opened_exports({"realsource": "memory://exports"}) as files:
        copy = files["realsource"]
        assert copy.read_bytes() == b"new.csv"
        assert copy.stat().st_mtime == bucket.modified("/exports/new.csv").timestamp()
    assert not copy.exists()
    with opened_exports({"realsource": "memory://exports/o*.csv"}) as files:
        assert files["realsource"].name == "old.csv"


def test_export_that_is_too_large_is_not_fetched(monkeypatch):
    monkeypatch.setattr(export_files, "LARGEST", 3)
    fsspec.filesystem("memory").pipe_file("/large/new.csv", b"four")
    with (
        pytest.raises(BadInput, match="The newest export in 'memory://large' is larger than"),
        opened_exports({"realsource": "memory://large"}),
    ):
        pass


@pytest.mark.parametrize(
    "address, error",
    [
        ("memory://nothing-here", BadInput),
        (f"memory://exports?key={CANARY}", BadSettings),
        (f"s3://user:{CANARY}@bucket/exports", BadSettings),
    ],
)
def test_bucket_that_cannot_be_read_is_told(address, error):
    """An address with a key in it would be kept with the schedule, so it is refused."""
    with pytest.raises(error) as told, opened_exports({"realsource": address}):
        pass
    assert CANARY not in str(told.value)


# --- what the robot saw ---------------------------------------------------------------------------


SEEN = datetime(2026, 11, 20, 12, tzinfo=UTC)


def compared(database, made: datetime, finding: Finding) -> Finding:
    """Return a finding of an export with what the robot saw, which was cancelled at ``SEEN``."""
    ledger = Ledger(database)
    receipt = Receipt(
        id="20261120-120000-000000",
        outcome=Outcome.DONE,
        order=OrderPart(vendor="amazon_business", number=NUMBER, po=PO),
        vendor=VendorPart(state="cancelled", confirmed_at=SEEN.isoformat()),
    )
    ledger.keep_receipt(f"amazon_business:{NUMBER}", receipt)
    export = ExportRead("amazon_business", "Amazon Business", "a.csv", 1, 0, {}, None, made)
    return with_what_the_robot_saw(Report((finding,), (export,), made), ledger).findings[0]


@pytest.mark.parametrize("days,word", [(1, "undone since"), (-1, "from before that")])
def test_order_that_the_robot_saw_cancelled(days, word, database):
    """A newer export contradicts the robot; an older one only does not know yet."""
    finding = compared(database, SEEN + timedelta(days=days), ALIVE)
    assert "The robot saw order" in finding.reason
    assert word in finding.reason


def test_look_after_the_robots_own_contradicts_it(database):
    """Though the export is from before the cancellation."""
    looked = replace(ALIVE, seen_at=SEEN + timedelta(hours=7))
    finding = compared(database, SEEN - timedelta(days=1), looked)
    assert "that was undone since" in finding.reason


def test_export_that_contradicts_the_robot_reopens_the_case(kept, database):
    """A person finds it in the queue, once; an export from before does no such thing."""
    table = QueueTable(database)
    kept.keep([compared(database, SEEN - timedelta(days=1), ALIVE)])
    assert table.find(NUMBER) == []
    undone = compared(database, SEEN + timedelta(days=1), replace(ALIVE, amount=Decimal(7)))
    for _ in range(2):
        kept.keep([undone])
    (item,) = table.find(NUMBER)
    assert (item.state, item.problem) == (State.NEEDS_PERSON, Problem.REVERTED)
    assert "vendorfirst cancel" in (undone.action or "")
