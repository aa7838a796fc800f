import os
import socket
import sqlite3
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import get_args

import pytest
import sqlalchemy as sa

from robot.cancellation.approvals import Approval
from robot.cancellation.events import (
    Approved,
    Event,
    EvidenceHeld,
    EvidenceKept,
    EvidencePurged,
    Failed,
    Finished,
    OrderSeen,
    OrdersOfPoSeen,
    Permitted,
    PoAnswered,
    PoIntended,
    PoSeen,
    ReceiptKept,
    Resolved,
    Resumed,
    SignedIn,
    Stopped,
    VendorAnswered,
    VendorIntended,
)
from robot.cancellation.orders import (
    Outcome,
    SubmitResult,
    Verdict,
)
from robot.cancellation.permissions import Permission
from robot.cancellation.presses import PERMIT_SECONDS
from robot.cancellation.provenance import Mark, Marks
from robot.cancellation.receipts.receipt import Receipt, Resolution
from robot.cancellation.receipts.receipt_steps import Step
from robot.clock import boot_seconds
from robot.errors import (
    BadSettings,
    LeaseUnavailable,
    LedgerChanged,
    NeedsPerson,
    SystemFailure,
)
from robot.storage.event_rows import event_of
from robot.storage.holders import new_holder
from robot.storage.ledger import Ledger
from tests.support.clock import Clock
from tests.support.facts import ASKED, CANCELLED, LIVE, OPEN

MARKS = Marks(width=9, height=9, places=(Mark(what="Total", x=1, y=2, width=3, height=4),))
T0 = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SETTLE = timedelta(seconds=20)
FAR = T0 + timedelta(days=36500)
PERMISSION = Permission("amazon", "VCU", "A. Mazon", "letter of 2026-11-01", FAR)
#: A holder of this machine whose process is gone: its start time is not the one that now has its
#: id.
DEAD = "/".join((*new_holder().rsplit("/", 3)[:2], "1", "abcd"))

EVERY_KIND = (
    replace(ASKED, reason="“Doppelt” bestellt – ½ {brace} \\ \n", confirm_seconds=0.1),
    Resumed(at=T0, requested_by="somebody", po="PO-1"),
    Approved(at=T0, approval="a1", by="a.buyer", how="list", until=FAR, numbers=("111-1", "P1")),
    Permitted(at=T0, permission=PERMISSION, by="a.buyer"),
    OrderSeen(at=T0, facts=LIVE, seconds=0.1 + 0.2),
    VendorIntended(at=T0, token=7, approval="a1", digest="d1"),
    VendorAnswered(at=T0, answer=SubmitResult(Verdict.UNCLEAR, "Hm.\x00\u2028")),
    OrdersOfPoSeen(at=T0, po="PO-1", orders=(LIVE, CANCELLED)),
    PoSeen(at=T0, facts=replace(OPEN, total=Decimal("1234567.10"))),
    PoIntended(at=T0, token=8, comment="why"),
    PoAnswered(at=T0, answer=SubmitResult(Verdict.LOST)),
    SignedIn(at=T0, site="Amazon"),
    EvidenceKept(at=T0, what="page", file="a.jpg", sha256="0" * 64, url="https://www.amazon.com/"),
    EvidenceKept(at=T0, what="page", file="b.jpg", sha256="0" * 64, url="", marks=MARKS),
    Stopped(at=T0, problem="captcha", text="A puzzle."),
    Failed(at=T0, problem="site_down", text="Down.", retry=False),
    Finished(at=T0, outcome=Outcome.PENDING, problem=None, summary="Wait.", next_step=None),
    Resolved(at=T0, as_="given_up", by="a.buyer", because="It arrived."),
    ReceiptKept(at=T0, request="r1", sha256="0" * 64, files={"receipt.html": "1" * 64}),
    EvidencePurged(at=T0, request="r1", files={"a.jpg": "2" * 64}, by="a.clerk"),
    EvidenceHeld(at=T0, held=True, by="a.lawyer", because="A dispute"),
)


@pytest.fixture
def clock():
    return Clock(1000.0)


@pytest.fixture
def url(sqlite_url):
    return sqlite_url


@pytest.fixture
def ledger(url, clock):
    ledger = Ledger(url, clock=clock)
    yield ledger
    ledger.close()


@pytest.fixture
def raw(ledger, tmp_path):
    """Open the database, past the ledger."""
    connection = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    yield connection
    connection.close()


# ---- events -------------------------------------------------------------------------------------


def test_every_kind_of_event_comes_back_as_it_was(ledger):
    for event in EVERY_KIND:
        ledger.append("case", event)
    assert ledger.events("case") == EVERY_KIND
    assert {type(event) for event in EVERY_KIND} == set(get_args(Event))


def test_request_is_stored_under_its_old_name(ledger, raw):
    """The field was renamed, and rows of old and new ledgers look the same."""
    ledger.append("case", ASKED)
    (body,) = raw.execute("SELECT body FROM events").fetchone()
    assert '"request":"r1"' in body
    assert "request_id" not in body
    assert ledger.events("case") == (ASKED,)


def test_money_and_times_come_back_exactly(ledger):
    amounts = [
        Decimal("0.10"),
        Decimal("10.00"),
        Decimal("12345678901234567890.123456789"),
        Decimal("-0"),
        Decimal("1E+3"),
    ]
    for n, amount in enumerate(amounts):
        at = T0 + timedelta(microseconds=n)
        ledger.append("case", OrderSeen(at=at, facts=replace(LIVE, total=amount)))
    events = ledger.events("case")
    assert [str(event.facts.total) for event in events] == [str(amount) for amount in amounts]
    assert [event.at for event in events] == [
        T0 + timedelta(microseconds=n) for n in range(len(amounts))
    ]
    assert {event.at.utcoffset() for event in events} == {timedelta()}


def test_cases_do_not_see_each_other(ledger):
    ledger.append("a", ASKED)
    assert ledger.events("b") == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET body = '{}'",
        "DELETE FROM events",
        "REPLACE INTO events SELECT seq, 'x', resource, body, previous, hash FROM events",
        (
            "INSERT OR REPLACE INTO events SELECT seq + 9, 'x', resource, body, previous, hash FROM"
            " events"
        ),
    ],
)
def test_events_are_never_changed(ledger, raw, statement):
    ledger.append("case", ASKED)
    with pytest.raises(sqlite3.IntegrityError, match="the ledger is append-only"):
        raw.execute(statement)
    assert ledger.events("case") == (ASKED,)


# ---- the chain ----------------------------------------------------------------------------------


def free(raw):
    """Take the triggers away, as somebody would who wants to change the past."""
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")


def test_an_untouched_chain_holds(ledger):
    assert ledger.first_broken_event() is None
    for event in EVERY_KIND:
        ledger.append("case", event, resource="amazon:111-1")
    assert ledger.first_broken_event() is None


@pytest.mark.parametrize("column", ["case", "resource", "body", "previous", "hash"])
def test_a_change_of_any_byte_is_found(ledger, raw, column):
    for event in EVERY_KIND[:3]:
        ledger.append("case", event, resource="amazon:111-1")
    free(raw)
    (value,) = raw.execute(f'SELECT "{column}" FROM events WHERE seq = 2').fetchone()
    for n in range(len(value)):
        changed = value[:n] + chr(ord(value[n]) ^ 1) + value[n + 1 :]
        raw.execute(f'UPDATE events SET "{column}" = ? WHERE seq = 2', (changed,))
        assert ledger.first_broken_event() == 2, (n, changed)
    raw.execute(f'UPDATE events SET "{column}" = ? WHERE seq = 2', (value,))
    assert ledger.first_broken_event() is None


@pytest.mark.parametrize(
    "statement, broken",
    [
        ("DELETE FROM events WHERE seq = 2", 3),
        ("DELETE FROM events WHERE seq = 1", 2),
        ("UPDATE events SET seq = 9 WHERE seq = 2", 3),
        (
            (
                """UPDATE events SET "case" = 'case' || char(10) || 'amazon',"""
                """ resource = '111-1' WHERE seq = 2"""
            ),
            2,
        ),
    ],
)
def test_a_missing_moved_or_shifted_event_is_found(ledger, raw, statement, broken):
    for event in EVERY_KIND[:3]:
        ledger.append("case", event, resource="amazon\n111-1")
    free(raw)
    raw.execute(statement)
    assert ledger.first_broken_event() == broken


# ---- leases -------------------------------------------------------------------------------------


def test_each_new_lease_has_a_higher_token(ledger):
    leases = [
        ledger.leases.acquire("amazon:111-1", "a"),
        ledger.leases.acquire("amazon:111-1", "a"),
    ]
    ledger.leases.release(leases[-1])
    leases.append(ledger.leases.acquire("amazon:111-1", "b"))
    assert [lease.token for lease in leases] == [1, 2, 3]


@pytest.mark.parametrize(
    "holder, named",
    [
        ("a", "another process"),
        (
            "buyer-pc.vcu.example.0a1b2c3d/4711/98765/f00dcafe",
            "process 4711 on buyer-pc.vcu.example",
        ),
        (new_holder(), f"process {os.getpid()} on {socket.gethostname()} (this machine)"),
    ],
    ids=["nameless", "another machine", "this machine"],
)
def test_held_lease_is_refused_with_holders_machine_and_process(ledger, holder, named):
    """A held lease is refused to others with the holder's machine and process."""
    ledger.leases.acquire("amazon:111-1", holder)
    with pytest.raises(LeaseUnavailable) as refusal:
        ledger.leases.acquire("amazon:111-1", "b")
    assert refusal.value.text == f"111-1 is being worked on by {named}."
    step = str(refusal.value.next_step)
    assert step.startswith("Wait until it is finished (vendorfirst queue show 111-1 tells")
    assert "run the same command again" in step
    assert ledger.leases.acquire("amazon:111-2", "b").token == 1


def test_the_same_process_with_another_holder_is_another(ledger):
    ledger.leases.acquire("amazon:111-1", new_holder())
    with pytest.raises(LeaseUnavailable):
        ledger.leases.acquire("amazon:111-1", new_holder())


def test_a_dead_holders_lease_is_taken_at_once(ledger):
    ledger.leases.acquire("amazon:111-1", DEAD)
    assert ledger.leases.acquire("amazon:111-1", new_holder()).token == 2


def approval(ledger, case, number="111-1", amount=None, *, by="a clerk", until=FAR, **more):
    """Return an approval that a new request in the case came with."""
    given = f"given-{case}"
    if not any(isinstance(event, Approved) for event in ledger.events(case)):
        ledger.append(
            case,
            replace(ASKED, number=number, request_id=f"r-{case}"),
            Approved(
                at=T0, approval=given, by=by, how="option", until=until, numbers=(number,), **more
            ),
        )
    return Approval(given, "amazon", number, "digest", amount, 1, None)


def commit(ledger, case, kind, *leases, **more):
    """Commit an intent that is approved."""
    event = kind(at=T0, token=leases[0].token)
    return ledger.commit_intent(case, event, approval(ledger, case), *leases, **more)


def test_an_old_token_is_refused(ledger, clock):
    old = ledger.leases.acquire("amazon:111-1", "a", 60)
    clock.advance(61)
    ledger.leases.acquire("amazon:111-1", "b", 60)
    for use in (
        lambda: ledger.append("case", ASKED, leases=(old,)),
        lambda: ledger.commit_intent(
            "case", VendorIntended(at=T0, token=1), approval(ledger, "case"), old
        ),
    ):
        with pytest.raises(LeaseUnavailable, match="ran out or went to another process"):
            use()
    assert ledger.leases.renew(old) == (old,)
    ledger.leases.release(old)
    with pytest.raises(LeaseUnavailable):
        ledger.leases.acquire("amazon:111-1", "c")
    assert [event.kind for event in ledger.events("case")] == ["requested", "approved"]


def test_an_expired_lease_is_refused_even_where_nobody_took_it(ledger, clock):
    lease = ledger.leases.acquire("amazon:111-1", "a", 60)
    clock.advance(60)
    with pytest.raises(LeaseUnavailable):
        ledger.append("case", ASKED, leases=(lease,))
    assert ledger.leases.renew(lease) == (lease,)


def test_event_is_one_commit_with_what_goes_with_it(ledger):
    """They are one commit: events about no resource, the event, leases given back, and a seal."""
    mine = ledger.leases.acquire("amazon:111-1", "a")
    account = ledger.leases.acquire("account:x", "a")
    signed = SignedIn(at=T0, site="Amazon Business")
    more = {"resource": "amazon:111-1", "leases": (mine,), "before": (signed,), "back": (account,)}
    ledger.append("case", ASKED, **more, seal=True)
    told = [(row[2], event_of(row[3]).kind) for row in ledger.all_events()]
    assert told == [("", "signed_in"), ("amazon:111-1", "requested")]
    assert ledger.unsealed() == 0
    assert ledger.leases.acquire("account:x", "b").token == 2
    assert ledger.leases.renew(mine) == ()
    ledger.audit()


def test_event_that_is_refused_gives_nothing_back(ledger, clock):
    old = ledger.leases.acquire("amazon:111-1", "a", 10)
    account = ledger.leases.acquire("account:x", "a", 60)
    clock.advance(10)
    with pytest.raises(LeaseUnavailable):
        ledger.append("case", ASKED, leases=(old,), before=(ASKED,), back=(account,), seal=True)
    assert ledger.is_empty()
    assert ledger.leases.renew(account) == ()


def test_lease_that_went_on_is_not_given_back(ledger, clock):
    old = ledger.leases.acquire("account:x", "a", 10)
    clock.advance(10)
    theirs = ledger.leases.acquire("account:x", "b", 60)
    ledger.append("case", ASKED, back=(old,))
    assert ledger.leases.renew(theirs) == ()


def test_a_renewed_lease_lasts(ledger, clock):
    lease = ledger.leases.acquire("amazon:111-1", "a", 60)
    for _ in range(5):
        clock.advance(50)
        assert ledger.leases.renew(lease, seconds=60) == ()
    ledger.append("case", ASKED, leases=(lease,))


# ---- intents ------------------------------------------------------------------------------------


def test_an_intent_is_a_permit(ledger):
    lease = ledger.leases.acquire("amazon:111-1", "a")
    before = boot_seconds()
    permit = ledger.commit_intent(
        "case", VendorIntended(at=T0, token=lease.token), approval(ledger, "case"), lease
    )
    assert (permit.resource, permit.token) == ("amazon:111-1", lease.token)
    assert before <= permit.committed <= boot_seconds()
    kinds = [event.kind for event in ledger.events("case")]
    assert kinds == ["requested", "approved", "vendor_intended"]


def test_a_permit_is_as_old_as_the_beginning_of_its_commit(ledger):
    lease = ledger.leases.acquire("amazon:111-1", "a")
    sa.event.listen(ledger.database._engine, "commit", lambda _: time.sleep(0.05))
    permit = ledger.commit_intent(
        "case", VendorIntended(at=T0, token=1), approval(ledger, "case"), lease
    )
    assert boot_seconds() - permit.committed >= 0.05


def test_the_settle_time_counts_from_the_commit(ledger, clock):
    clock.seconds = T0.timestamp() + 30
    lease = ledger.leases.acquire("amazon:111-1", "a")
    commit(ledger, "case", VendorIntended, lease)
    *_, event = ledger.events("case")
    assert event.at == T0 + timedelta(seconds=30)


def test_lease_that_does_not_outlast_permit_permits_nothing(ledger, clock):
    """A lease that does not outlast the permit permits nothing."""
    lease = ledger.leases.acquire("amazon:111-1", "a", 60)
    clock.advance(60 - PERMIT_SECONDS)
    ledger.append("case", ASKED, leases=(lease,))
    with pytest.raises(LeaseUnavailable):
        ledger.commit_intent(
            "case", VendorIntended(at=T0, token=1), approval(ledger, "case"), lease
        )


def test_an_intent_needs_every_lease_that_it_names(ledger, clock):
    order = ledger.leases.acquire("amazon:111-1", "a", 20)
    po = ledger.leases.acquire("realsource:PO-1", "a", 60)
    clock.advance(30)
    with pytest.raises(LeaseUnavailable):
        ledger.commit_intent(
            "case", PoIntended(at=T0, token=1), approval(ledger, "case"), po, order
        )


def test_a_blind_second_intent_is_refused_across_cases(ledger):
    lease = ledger.leases.acquire("amazon:111-1", "a")
    commit(ledger, "one", VendorIntended, lease)
    with pytest.raises(NeedsPerson) as refused:
        commit(ledger, "two", VendorIntended, lease)
    said = "111-1 was submitted before, and that may still take effect: it is not pressed again."
    assert refused.value.text == said
    assert refused.value.problem == "not_confirmed"
    ledger.append("two", OrderSeen(at=T0 + SETTLE, facts=CANCELLED), resource="amazon:111-1")
    with pytest.raises(NeedsPerson):
        ledger.commit_intent(
            "two", VendorIntended(at=T0, token=1), approval(ledger, "two"), lease, settle=SETTLE
        )
    ledger.append("two", OrderSeen(at=T0 + SETTLE, facts=LIVE), resource="amazon:111-1")
    ledger.commit_intent(
        "two", VendorIntended(at=T0, token=1), approval(ledger, "two"), lease, settle=SETTLE
    )


def test_a_po_that_another_order_pressed_is_not_pressed_too_soon(ledger):
    lease = ledger.leases.acquire("realsource:PO-1", "a")
    commit(ledger, "one", PoIntended, lease)
    ledger.append(
        "two", PoSeen(at=T0 + timedelta(seconds=2), facts=OPEN), resource="realsource:PO-1"
    )
    with pytest.raises(NeedsPerson) as refused:
        ledger.commit_intent(
            "two", PoIntended(at=T0, token=1), approval(ledger, "two"), lease, settle=SETTLE
        )
    assert refused.value.problem == "po_not_confirmed"


# ---- receipts -----------------------------------------------------------------------------------


def test_receipt_comes_back_and_replaces_an_earlier_one(ledger):
    """A receipt comes back and takes the place of an earlier one."""
    ended = Receipt(id="r1", outcome=Outcome.DONE, steps=(Step(name="Looked"),))
    other = Receipt(id="r2", outcome=Outcome.DONE)
    ledger.keep_receipt("case", Receipt(id="r1", outcome=Outcome.PENDING, summary="“½”"))
    ledger.keep_receipt("case", other)
    ledger.keep_receipt("case", ended)
    assert sorted(ledger.receipts("case"), key=lambda r: r.id) == [ended, other]
    assert ledger.receipts("other") == []


@pytest.fixture
def receipts(ledger):
    """Keep two receipts, one in the place of an earlier one.

    That one was settled by a person since.
    """
    stopped = Receipt(id="r1", outcome=Outcome.NEEDS_PERSON)
    word = Resolution(as_="done", by="a.buyer", because="By telephone")
    ledger.keep_receipt("case", Receipt(id="r1", outcome=Outcome.PENDING))
    ledger.keep_receipt("case", stopped)
    ledger.keep_receipt("case", replace(stopped, resolved=word))
    ledger.keep_receipt("other", Receipt(id="r2", outcome=Outcome.DONE))
    ledger.audit()


@pytest.mark.usefixtures("receipts")
@pytest.mark.parametrize("column", ["case", "outcome", "body"])
def test_a_change_of_any_byte_of_a_receipt_is_found(ledger, raw, column):
    (value,) = raw.execute(f"""SELECT "{column}" FROM receipts WHERE id = 'r1'""").fetchone()
    for n in range(len(value)):
        changed = value[:n] + chr(ord(value[n]) ^ 1) + value[n + 1 :]
        raw.execute(f"""UPDATE receipts SET "{column}" = ? WHERE id = 'r1'""", (changed,))
        with pytest.raises(LedgerChanged, match="receipt r1 does not fit its seal"):
            ledger.audit()
    raw.execute(f"""UPDATE receipts SET "{column}" = ? WHERE id = 'r1'""", (value,))
    ledger.audit()


@pytest.mark.usefixtures("receipts")
@pytest.mark.parametrize(
    "statement, said",
    [
        ("DELETE FROM receipts WHERE id = 'r2'", "receipt r2 is missing"),
        (
            "INSERT INTO receipts VALUES ('r0', 'case', 'done', '{}')",
            "receipt r0 does not fit its seal",
        ),
        ("UPDATE receipts SET id = 'r3' WHERE id = 'r2'", "receipt r3 does not fit its seal"),
        (
            "UPDATE receipts SET body = (SELECT body FROM receipts WHERE id = 'r2')",
            "receipt r1 does not fit",
        ),
    ],
)
def test_receipt_gone_put_in_or_exchanged_is_found(ledger, raw, statement, said):
    """A receipt that is gone, put in or changed for another is found."""
    raw.execute(statement)
    with pytest.raises(LedgerChanged, match=said) as told:
        ledger.audit()
    assert told.value.next_step == "Keep the database as it is, and find out who changed it."


# ---- when the database fails --------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "",
        "foo://x",
        "sqlite:////proc/nowhere/ledger.db",
        "sqlite:///{folder}",
        "sqlite:///{folder}/text.db",
    ],
)
def test_database_that_cannot_be_opened_is_a_wrong_setting(url, tmp_path):
    """A database that cannot be opened is a setting that is wrong."""
    (tmp_path / "text.db").write_text("This is no database. " * 500)
    with pytest.raises(
        BadSettings, match=r"The ledger can't be opened \(.+\)\. Nothing was touched\."
    ) as error:
        Ledger(url.format(folder=tmp_path))
    assert "VENDORFIRST_DATABASE_URL" in error.value.next_step


FULL = "Look whether the disk is full or the database is down, then run it again."


def test_a_full_disk_is_a_system_failure_in_clear_words(ledger):
    sa.event.listen(
        ledger.database._engine,
        "begin",
        lambda tx: tx.exec_driver_sql("PRAGMA max_page_count = 1"),
        insert=True,
    )
    with pytest.raises(SystemFailure, match="database or disk is full") as error:
        ledger.append("case", replace(ASKED, reason="x" * 200_000))
    assert (error.value.problem, error.value.next_step) == ("ledger", FULL)


@pytest.mark.parametrize(
    "use",
    [lambda it: it.events("x"), lambda it: it.receipts("x"), lambda it: it.first_broken_event()],
)
def test_a_database_that_goes_bad_is_a_system_failure(ledger, raw, use):
    raw.execute("DROP TABLE events")
    raw.execute("DROP TABLE receipts")
    with pytest.raises(SystemFailure, match="The ledger can't be read or written"):
        use(ledger)
