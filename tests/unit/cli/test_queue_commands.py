"""``vendorfirst queue`` and ``ledger`` from the user's side: what is said, what is kept, the exit
status.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from robot.cancellation.approvals import LIST_TIME
from robot.cancellation.events import (
    Finished,
    OrderSeen,
    PoIntended,
    PoSeen,
    Requested,
    Resolved,
    Resumed,
    VendorAnswered,
    VendorIntended,
)
from robot.cancellation.orders import (
    OrderFacts,
    OrderState,
    Outcome,
    PoStatus,
    SubmitResult,
    Verdict,
)
from robot.cancellation.receipts.receipt import build_receipt
from robot.cancellation.request import CancelRequest
from robot.cli.exit_status import EXIT_BUSY
from robot.clock import utc_now
from robot.queue.items import ItemUpdate, NewItem, State
from robot.queue.table import QueueTable
from robot.queue.views import list_lines
from robot.queue.workers import WorkerRegistry
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.pauses import SitePauses
from tests.support import facts
from tests.support.old_schemas import free
from tests.support.site_files import own_site_file
from tests.support.turns import claim

ONE, TWO, THREE = (f"111-000000{n}-000000{n}" for n in (1, 2, 3))
PO = "P0100001"
CASE = f"amazon_business:{ONE}"
LIVE = replace(facts.LIVE, number=ONE, po=PO)


@pytest.fixture
def home(tmp_path, sqlite_url):
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "ledger.sqlite").rename(home / "ledger.sqlite")
    return home


@pytest.fixture
def say(command, home):
    """A command of ``vendorfirst`` with this test's home."""

    def run(*args: str, **env: str):
        return command(*args, VENDORFIRST_HOME=str(home), **env)

    return run


@pytest.fixture
def database(home):
    opened = Database(f"sqlite:///{home / 'ledger.sqlite'}")
    yield opened
    opened.close()


def listed(say, *args):
    return json.loads(say("queue", "list", "--json", *args).out)


def happened(database, *events, number=ONE):
    """What the ledger holds of an order."""
    ledger = Ledger(database)
    asked = Requested(
        at=utc_now(),
        request_id="r1",
        vendor="amazon_business",
        number=number,
        po=PO,
        unattended=True,
    )
    for event in (asked, *events):
        ledger.append(f"amazon_business:{number}", event)


def ended(database, state, problem=None, number=ONE, **more):
    """The item of an order, at its end for now."""
    table = QueueTable(database)
    (item,) = claim(table, "w", 1)
    assert item.number == number
    then = ItemUpdate(state, utc_now(), item.site, problem=problem, request_id="r1", **more)
    assert table.finish_turn(item, then)
    return item


INTENT = VendorIntended(at=utc_now(), token=1)
ANSWER = VendorAnswered(
    at=utc_now(), answer=SubmitResult(Verdict.CONFIRMED, "Cancellation successful")
)
STOP = Finished(
    at=utc_now(),
    outcome=Outcome.NEEDS_PERSON,
    problem="captcha",
    summary="A puzzle.",
    next_step="Solve it.",
)
DONE = Finished(
    at=utc_now(), outcome=Outcome.DONE, problem=None, summary="Cancelled.", next_step=None
)


@pytest.fixture
def campus(tmp_path):
    """The setting of a campus whose own site file calls Amazon Business by another title."""
    was, own = 'title = "Amazon Business"', 'title = "Campus Store"'
    folder = own_site_file(tmp_path / "own", "amazon_business", was, own)
    return {"VENDORFIRST_SELECTORS": str(folder)}


# ---- add ----------------------------------------------------------------------------------------


def test_numbers_are_taken_once(say):
    told = say("queue", "add", ONE, TWO, ONE, "--reason", "Ordered twice")
    assert (told.status, told.out) == (
        0,
        "2 taken, 0 not taken. A worker (vendorfirst work) does the rest.\n",
    )
    again = say("queue", "add", ONE, THREE)
    assert again.status == 0
    assert f"not taken: {ONE} is in the queue already" in again.out
    assert [item["number"] for item in listed(say)] == [ONE, TWO, THREE]
    assert {item["reason"] for item in listed(say)} == {"Ordered twice", ""}


def test_approval_of_a_list_tells_its_whole_scope(say, database, tmp_path):
    """The list by its hash, its numbers, the limits, and until when."""
    file = tmp_path / "list.csv"
    file.write_text(f"order\n{ONE}\n{TWO}\n")
    assert say("queue", "add", str(file), VENDORFIRST_LIMIT_ORDERS_HOUR="7").status == 0
    (item, _) = QueueTable(database).listed()
    (given,) = Ledger(database).events(f"approval:{item.approval}")
    assert (given.numbers, given.orders, given.digest) == ((ONE, TWO), 2, None)
    assert given.list_sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert given.limits[0].limits.orders_hour == 7
    assert given.until - given.at == LIST_TIME


def test_a_po_number_stands_for_all_of_its_orders(say):
    say("queue", "add", PO.lower())
    (item,) = listed(say)
    assert (item["number"], item["po"]) == (None, PO)


@pytest.mark.parametrize(
    "encoding, delimiter", [("utf-8-sig", ";"), ("utf-8", ","), ("utf-16", "\t"), ("cp1252", ";")]
)
def test_a_list_made_with_excel_is_taken(say, tmp_path, encoding, delimiter):
    text = "Order;PO;Vendor;Reason;Requested by\r\n"
    text += (
        f"{ONE};{PO};;Doppelt bestellt, für Müller;A. Buyer\r\n{TWO};;;;\r\n{ONE};;;;\r\n;;;;\r\n"
    )
    (
        (tmp_path / "list.csv").write_bytes(text.replace(";", delimiter).encode(encoding))
        if delimiter != ","
        else (tmp_path / "list.csv").write_text(
            "order,reason\r\n" + f'{ONE},"Doppelt bestellt, für Müller"\r\n{TWO},\r\n{ONE},\r\n',
            encoding,
        )
    )
    told = say("queue", "add", str(tmp_path / "list.csv"))
    assert told.status == 0, told.err
    assert "2 taken, 1 not taken" in told.out
    assert "line 4" in told.out
    assert "line 2" in told.out
    assert [item["number"] for item in listed(say)] == [ONE, TWO]
    assert listed(say)[0]["reason"] == "Doppelt bestellt, für Müller"


def test_deadline_before_the_begin_is_refused(say, tmp_path):
    """A deadline before the begin is refused, of a number as of a list."""
    asked = "--not-before", "2099-01-01", "--deadline", "2098-01-01"
    (tmp_path / "list.csv").write_text(f"order\n{TWO}\n")
    (tmp_path / "own.csv").write_text(f"order,not_before,deadline\n{TWO},{asked[1]},{asked[3]}\n")
    for what in ((ONE, *asked), (str(tmp_path / "list.csv"), *asked), (str(tmp_path / "own.csv"),)):
        told = say("queue", "add", *what)
        assert told.status == 2
        assert "2098-01-01, is not after not_before, 2099-01-01" in told.err
        assert "Nothing was touched" in told.err
    assert listed(say) == []


def test_order_with_a_past_deadline_is_taken(say, tmp_path):
    """Nothing is more urgent; and who mistyped the year sees it."""
    (tmp_path / "list.csv").write_text(f"order,deadline\n{TWO},2020-01-01\n")
    for what in ((ONE, "--deadline", "2020-01-01"), (str(tmp_path / "list.csv"),)):
        told = say("queue", "add", *what)
        assert told.status == 0, told.err
        assert "overdue from the beginning, as the deadline has passed: 1" in told.out
    assert "overdue" not in say("queue", "add", THREE, "--deadline", "2099-01-01").out
    assert [item["number"] for item in listed(say)][-1] == THREE


def test_a_po_for_a_list_that_names_its_own_is_refused(say, tmp_path):
    (tmp_path / "list.csv").write_text(f"order,po\n{ONE},{PO}\n")
    told = say("queue", "add", str(tmp_path / "list.csv"), "--po", "P0100009")
    assert told.status == 2
    assert f"line 2: it names PO {PO}, and --po names PO P0100009" in told.err
    assert listed(say) == []


@pytest.fixture
def new_york(monkeypatch):
    """The machine's clock is in New York."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("new_york")
def test_times_are_told_with_their_zone_and_a_day_as_its_end(say):
    say("queue", "add", ONE, "--deadline", "2098-11-27", "--not-before", "2098-11-26 10:00")
    say("queue", "add", TWO, "--deadline", "2098-07-01 17:30")
    first, second = say("queue", "list").out.splitlines()[4:]
    assert first.endswith("due 2098-11-26 10:00:00 EST; deadline end of 2098-11-27 EST")
    assert second.endswith("deadline 2098-07-01 17:30:00 EDT")
    shown = say("queue", "show", ONE).out
    assert "deadline end of 2098-11-27 EST" in shown
    assert re.search(r"asked for by .+, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d E[SD]T; turn 0", shown)


@pytest.mark.parametrize(
    "lanes, told",
    [
        ((1,), "1 worker with 1 lane."),
        ((2,), "1 worker with 2 lanes."),
        ((1, 1), "2 workers with 2 lanes."),
    ],
)
def test_one_worker_is_not_called_several(say, database, lanes, told):
    for n, count in enumerate(lanes):
        WorkerRegistry(database).heartbeat(f"another machine/{n}/2/3", count)
    assert say("queue", "list").out.splitlines()[1] == told


def test_a_limit_below_nothing_is_refused(say):
    assert say("queue", "list", "--limit", "-1").status == 2
    assert say("queue", "list", "--limit", "0").status == 0


def test_a_list_with_one_bad_row_is_not_taken_at_all(say, tmp_path):
    (tmp_path / "list.csv").write_text(f"order,po\n{ONE},\n111-1234,\n{TWO},nonsense?\n")
    told = say("queue", "add", str(tmp_path / "list.csv"))
    assert told.status == 2
    assert "line 3" in told.err
    assert "line 4" in told.err
    assert listed(say) == []


def test_an_order_that_was_cancelled_is_not_taken(say, database):
    happened(database, OrderSeen(at=utc_now(), facts=LIVE), DONE)
    ledger = Ledger(database)
    case = f"amazon_business:{ONE}"
    ledger.keep_receipt(case, build_receipt(ledger.events(case)))
    told = say("queue", "add", ONE, "--json")
    (row,) = [json.loads(line) for line in told.out.splitlines()]
    assert (row["item"], row["why"]) == (None, "is cancelled already (receipt r1)")


def test_times_are_the_users_and_kept_in_utc(say):
    told = say(
        "queue",
        "add",
        ONE,
        "--not-before",
        "2099-01-31 17:30-05:00",
        "--deadline",
        "2099-02-01T00:00Z",
    )
    assert told.status == 0, told.err
    (item,) = listed(say)
    assert (item["due_at"], item["deadline"]) == ("2099-01-31T22:30:00Z", "2099-02-01T00:00:00Z")
    bad = say("queue", "add", TWO, "--deadline", "soon")
    assert bad.status == 2
    assert "soon" in bad.err


def test_adding_needs_no_engine_and_no_browser(home):
    """The queue answers while a worker is busy; what takes a second to import is the worker's."""
    code = (
        f"import sys; sys.argv = ['vendorfirst', 'queue', 'add', {ONE!r}]\n"
        "from robot.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "heavy = ('dbos', 'playwright', 'apprise', 'alembic')\n"
        "print([name for name in heavy if name in sys.modules])"
    )  # fmt: skip
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"VENDORFIRST_HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines()[-1] == "[]"


# ---- list and show ------------------------------------------------------------------------------


def test_the_list_begins_with_what_is_overdue(say, database):
    say("queue", "add", ONE, TWO)
    QueueTable(database).add(
        [
            NewItem(
                CancelRequest("amazon_business", THREE, None),
                deadline=datetime(2020, 1, 1, tzinfo=UTC),
            )
        ]
    )
    told = say("queue", "list").out.splitlines()
    assert told[0] == "3 waiting"
    assert told[1].startswith("No worker is at work")
    assert told[2].startswith("Left until a second person is asked: 10 of 10 orders this hour")
    assert told[3].split() == ["ORDER", "PO", "STANDS", "DETAIL"]
    assert told[4].startswith(f"OVERDUE {THREE}")
    assert [line.split()[0] for line in told[5:]] == [ONE, TWO]


def test_the_list_can_be_filtered_and_says_what_it_leaves_out(say, database):
    say("queue", "add", ONE, TWO, THREE)
    ended(database, State.REFUSED, "shipped")
    assert [item["number"] for item in listed(say, "--state", "refused")] == [ONE]
    short = say("queue", "list", "--limit", "1").out
    assert "… and 2 more" in short
    assert (
        len(listed(say, "--limit", "1")),
        len(listed(say, "--limit", "0")),
        len(listed(say)),
    ) == (1, 3, 3)
    assert say("queue", "list", "--state", "nonsense").status == 2


def test_rows_fit_a_narrow_terminal(say, database):
    """What is too long of the last column stands below it."""
    say("queue", "add", ONE, "--deadline", "2098-07-01 17:30")
    told = list(list_lines(database, Sites(), (), None, width=60))
    row, more, last = told[-3:]
    assert max(map(len, (row, more, last))) <= 60
    assert row.startswith(f"{ONE}      waiting  due ")
    assert more.strip() + " " + last.strip() in " ".join(list_lines(database, Sites(), (), None))
    assert more.index(more.strip()) == row.index("due ")


def test_an_empty_queue_says_so(say):
    assert say("queue", "list").out.startswith("The queue is empty.")
    assert listed(say) == []


def test_one_order_is_shown_with_its_story(say, database):
    say("queue", "add", ONE)
    happened(database, OrderSeen(at=utc_now(), facts=LIVE), STOP)
    Ledger(database).keep_receipt(
        f"amazon_business:{ONE}", build_receipt(Ledger(database).events(f"amazon_business:{ONE}"))
    )
    ended(database, State.NEEDS_PERSON, "captcha")
    told = say("queue", "show", ONE).out
    for words in (
        "needs a person  captcha",
        "order seen: live",
        "A puzzle.",
        "Receipt: ",
        "/r1/receipt.html",
        "What to do now: Solve it.",
        "1. Look at the order",
    ):
        assert words in told
    as_json = json.loads(say("queue", "show", ONE, "--json").out)
    assert [event["what"] for event in as_json["events"]] == ["requested", "order_seen", "finished"]
    assert as_json["receipt"]["id"] == "r1"


@pytest.mark.parametrize("before", ["captcha", "internal_error"])
def test_end_without_a_receipt_shows_no_earlier_one(say, database, before):
    """An end without a receipt is not shown with the one before it."""
    say("queue", "add", ONE)
    happened(database, replace(STOP, problem=before))
    ledger, case = Ledger(database), f"amazon_business:{ONE}"
    ledger.keep_receipt(case, build_receipt(ledger.events(case)))
    ledger.append(case, Resumed(at=utc_now()))
    ledger.append(case, INTENT)
    ended(database, State.FAILED, "internal_error")
    told = say("queue", "show", ONE).out
    assert (
        "No receipt tells of this end. The cancellation of order 111-0000001-0000001 was submitted"
        " and is not" in told
    )
    assert "A puzzle." not in told
    assert json.loads(say("queue", "show", ONE, "--json").out)["receipt"] is None


def test_a_po_shows_each_of_its_orders(say, database):
    say("queue", "add", ONE, TWO, "--po", PO)
    ended(database, State.REFUSED, "shipped")
    say("queue", "add", ONE, "--po", PO)
    told = say("queue", "show", PO).out
    assert [line.split()[0] for line in told.splitlines() if line[0] != " "] == [ONE, TWO]
    rows = [json.loads(line) for line in say("queue", "show", PO, "--json").out.splitlines()]
    assert [(row["number"], row["state"]) for row in rows] == [(ONE, "waiting"), (TWO, "waiting")]


def test_what_is_not_in_the_queue_cannot_be_shown(say):
    told = say("queue", "show", ONE)
    assert told.status == 2
    assert "is not in the queue" in told.err


# ---- pause and resume ---------------------------------------------------------------------------


def test_pause_and_resume(say, database):
    assert say("queue", "pause", "amazon_business", "--because", "They are down").status == 0
    assert say("queue", "pause").status == 0
    told = say("queue", "list").out
    assert "HELD: Amazon Business since" in told
    assert "(They are down), until it is resumed" in told
    assert "EVERYTHING IS PAUSED" in told
    assert (
        "Amazon Business goes on (was held: They are down)."
        in say("queue", "resume", "amazon_business").out
    )
    assert list(SitePauses(database).active()) == ["*"]
    assert "Everything goes on" in say("queue", "resume").out
    assert say("queue", "resume").out == "Nothing was held.\n"


def test_a_site_that_goes_on_while_all_is_paused_does_not_really(say):
    say("queue", "pause")
    say("queue", "pause", "realsource")
    assert "everything is paused still" in say("queue", "resume", "realsource").out
    assert "everything is paused still" in say("queue", "resume", "amazon_business").out


def test_a_site_that_does_not_exist_is_not_paused(say):
    told = say("queue", "pause", "amazon")
    assert told.status == 2
    assert "amazon_business, realsource, all" in told.err


# ---- retry --------------------------------------------------------------------------------------


def test_a_retry_shows_first_what_would_run_again(say, database):
    say("queue", "add", ONE)
    happened(database, OrderSeen(at=utc_now(), facts=LIVE), STOP)
    ended(database, State.NEEDS_PERSON, "captcha")
    asked = say("queue", "retry", ONE)
    assert asked.status == 2
    assert "2. Press the vendor's cancel, and read it back" in asked.out
    assert "Not confirmed. Nothing was changed." in asked.err
    assert listed(say)[0]["state"] == "needs_person"
    told = say("queue", "retry", ONE, "--yes")
    assert (told.status, listed(say)[0]["state"]) == (0, "waiting")


@pytest.mark.parametrize("site", ["amazon_business", "realsource", "*"])
def test_what_is_due_at_a_held_site_is_told_to_wait(say, database, site):
    """After a puzzle, the site is held too: another try alone has no worker take it up."""
    say("queue", "add", ONE)
    ended(database, State.NEEDS_PERSON, "captcha")
    SitePauses(database).pause(site, "vendorfirst", "captcha")
    told = say("queue", "retry", ONE, "--yes").out
    assert f"{ONE}: is due now.\nBut no worker takes it up yet." in told
    assert "vendorfirst queue resume" in told


def test_po_with_several_open_orders_is_not_retried(say, database):
    """Which of the open orders would be retried is not left to chance."""
    say("queue", "add", ONE, TWO, "--po", PO)
    told = say("queue", "retry", PO, "--yes")
    assert told.status == 2
    assert f"{PO} has several rows in the queue: {ONE}, {TWO}. Nothing was changed." in told.err
    ended(database, State.REFUSED, "shipped")
    told = say("queue", "retry", PO, "--yes")
    assert (told.status, told.out.splitlines()[-1]) == (0, f"{TWO}: is due now.")


@pytest.mark.parametrize("events", [(INTENT,), (INTENT, ANSWER)])
def test_what_was_pressed_and_not_read_back_is_not_retried(say, database, events):
    say("queue", "add", ONE)
    happened(database, OrderSeen(at=utc_now(), facts=LIVE), *events, STOP)
    ended(database, State.NEEDS_PERSON, "captcha")
    told = say("queue", "retry", ONE, "--yes")
    assert told.status == 2
    assert "refused, the order was pressed and not read back since" in told.out
    assert listed(say)[0]["state"] == "needs_person"


def test_a_po_that_was_pressed_and_not_read_back_is_not_retried(say, database):
    say("queue", "add", ONE)
    seen = OrderSeen(at=utc_now(), facts=OrderFacts(ONE, OrderState.CANCELLED))
    happened(database, INTENT, ANSWER, seen, PoIntended(at=utc_now(), token=1), STOP)
    ended(database, State.NEEDS_PERSON, "captcha")
    assert (
        "refused, the PO was pressed and not read back since"
        in say("queue", "retry", ONE, "--yes").out
    )


def test_after_the_press_a_retry_says_that_it_reads_back(say, database):
    say("queue", "add", ONE)
    happened(database, INTENT, ANSWER, OrderSeen(at=utc_now(), facts=LIVE), STOP)
    ended(database, State.NEEDS_PERSON, "not_confirmed")
    told = say("queue", "retry", ONE, "--yes")
    assert "1. Read the order back" in told.out
    assert "only if a fresh load shows it live" in told.out
    assert told.status == 0


@pytest.mark.parametrize(
    "status, step",
    [
        (PoStatus.OPEN, "Cancel the PO in RealSource, and read it back"),
        (PoStatus.CANCELLED, "Press nothing in RealSource while it shows the PO cancelled"),
        (PoStatus.CLOSED, "Press nothing in RealSource while it shows what keeps the PO"),
    ],
)
def test_next_steps_go_by_how_the_po_was_seen_last(say, database, status, step):
    say("queue", "add", ONE)
    gone = OrderSeen(at=utc_now(), facts=replace(facts.CANCELLED, number=ONE, po=PO))
    seen = PoSeen(at=utc_now(), facts=replace(facts.OPEN, number=PO, status=status))
    happened(database, INTENT, ANSWER, gone, seen, STOP)
    ended(database, State.NEEDS_PERSON, "captcha")
    told = say("queue", "show", ONE).out
    assert f"3. {step}" in told
    assert ("Cancel the PO in RealSource" in told) == (status is PoStatus.OPEN)


def test_retry_after_a_refusal_is_a_new_request(say, database):
    """A retry of what was refused after a press says that it is a new request."""
    say("queue", "add", ONE)
    refused = Finished(
        at=utc_now(),
        outcome=Outcome.REFUSED,
        problem="vendor_refused",
        summary="No.",
        next_step=None,
    )
    happened(database, INTENT, ANSWER, OrderSeen(at=utc_now(), facts=LIVE), refused)
    ended(database, State.REFUSED, "vendor_refused")
    told = say("queue", "retry", ONE).out
    assert "1. Look at the order\n  2. Press the vendor's cancel, and read it back" in told


def test_what_is_done_or_being_worked_on_is_not_retried(say, database):
    say("queue", "add", ONE)
    claim(QueueTable(database), "another machine/1/2/3", 1)
    told = say("queue", "retry", ONE, "--yes")
    assert "it is being worked on by process 1 on another machine." in told.out
    assert f"Wait until it is finished (vendorfirst queue show {ONE})." in told.err


@pytest.mark.parametrize(
    "how, advice",
    [("given-up", f"vendorfirst queue add {ONE}"), ("done", f"vendorfirst check {ONE}")],
)
def test_what_is_settled_is_not_retried(say, how, advice):
    """What is settled is not retried, and the advice can be taken."""
    say("queue", "add", ONE)
    say("queue", "resolve", ONE, "--as", how, "--because", "x")
    told = say("queue", "retry", ONE, "--yes")
    assert told.status == 2
    assert f"refused, it is {how.replace('-', ' ')}." in told.out
    assert advice in told.err
    assert "resolve" not in told.err
    assert ("1 taken" in say("queue", "add", ONE).out) == ("queue add" in told.err)


def test_an_order_is_shown_in_an_own_site_files_words(say, database, campus):
    say("queue", "add", ONE)
    cancelled = replace(LIVE, state=OrderState.CANCELLED, cancel_url=None)
    happened(database, OrderSeen(at=utc_now(), facts=LIVE), INTENT)
    Ledger(database).append(CASE, OrderSeen(at=utc_now(), facts=cancelled))
    ended(database, State.FAILED, "internal_error")
    told = say("queue", "show", ONE, **campus).out
    assert f"Order {ONE} is cancelled at Campus Store" in told


def test_a_site_is_paused_by_the_kind_of_an_own_site_file(say, tmp_path):
    """A sign-in site is no site to pause; this campus's own file says that it is a vendor."""
    own = own_site_file(tmp_path / "own", "duo", 'kind = "sign_in"', 'kind = "vendor"')
    assert say("queue", "pause", "duo").status == 2
    assert say("queue", "pause", "duo", VENDORFIRST_SELECTORS=str(own)).status == 0


def test_broken_site_file_keeps_nobody_from_pausing_all(say, tmp_path):
    """The kill switch stops workers that read their site files before somebody broke one."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "realsource.toml").write_text("x = [")
    assert say("queue", "pause", VENDORFIRST_SELECTORS=str(own)).status == 0
    assert say("queue", "resume", VENDORFIRST_SELECTORS=str(own)).status == 2
    assert "EVERYTHING IS PAUSED" in say("queue", "list").out
    assert say("queue", "resume").status == 0


# ---- resolve ------------------------------------------------------------------------------------


def test_a_persons_decision_is_kept_with_their_name(say, database):
    say("queue", "add", ONE)
    happened(database, OrderSeen(at=utc_now(), facts=LIVE), STOP)
    case = f"amazon_business:{ONE}"
    Ledger(database).keep_receipt(case, build_receipt(Ledger(database).events(case)))
    ended(database, State.NEEDS_PERSON, "captcha")
    told = say(
        "queue", "resolve", ONE, "--as", "done", "--because", "Cancelled by telephone, ref. 77"
    )
    assert told.status == 0, told.err
    *_, event, _ = Ledger(database).events(case)
    assert isinstance(event, Resolved)
    assert (event.as_, event.because) == ("done", "Cancelled by telephone, ref. 77")
    assert event.by
    assert abs(utc_now() - event.at) < timedelta(minutes=5)
    (receipt,) = Ledger(database).receipts(case)
    assert receipt.resolved.by == event.by
    assert listed(say)[0]["state"] == "done"
    shown = say("queue", "show", ONE).out
    assert f"{event.by} settled it as done. Its receipt:\n  A puzzle." in shown
    assert "Cancelled by telephone, ref. 77" in shown
    assert "What to do now" not in shown
    again = say("queue", "resolve", ONE, "--as", "given-up", "--because", "x")
    assert again.status == 2
    assert "nothing that is open" in again.err


def test_a_settled_orders_receipt_has_an_own_site_files_words(say, database, campus):
    say("queue", "add", ONE)
    happened(database, OrderSeen(at=utc_now(), facts=LIVE))
    ended(database, State.NEEDS_PERSON, "internal_error")
    settled = say("queue", "resolve", ONE, "--as", "done", "--because", "By telephone", **campus)
    assert settled.status == 0, settled.err
    (receipt,) = Ledger(database).receipts(CASE)
    assert receipt.steps[0].name == "Looked at the order at Campus Store"


def test_an_order_can_be_given_up_and_put_in_again(say, database):
    say("queue", "add", ONE)
    assert say("queue", "resolve", ONE, "--as", "given-up", "--because", "It arrived").status == 0
    assert listed(say)[0]["state"] == "given_up"
    assert "1 taken" in say("queue", "add", ONE).out


def test_unbegun_order_is_settled_in_the_ledger_too(say, database, tmp_path):
    """What no worker began is settled in the ledger too, and not taken again."""
    say("queue", "add", ONE, "--reason", "Ordered twice")
    assert say("queue", "resolve", ONE, "--as", "done", "--because", "By telephone").status == 0
    request, resolved, _ = Ledger(database).events(f"amazon_business:{ONE}")
    assert isinstance(request, Requested)
    assert (request.number, request.reason) == (ONE, "Ordered twice")
    assert isinstance(resolved, Resolved)
    assert (resolved.as_, resolved.because) == ("done", "By telephone")
    assert say("ledger", "export", "--output", str(tmp_path / "out.csv")).status == 0
    (row,) = csv.DictReader(io.StringIO((tmp_path / "out.csv").read_bytes().decode("utf-8-sig")))
    assert (row["number"], row["outcome"], row["vendor_submits"]) == (ONE, "needs_person", "0")
    assert "settled it by hand, as done: By telephone" in row["summary"]
    assert "settled as done" in say("queue", "add", ONE).out
    assert [item["state"] for item in listed(say)] == ["done"]


def test_order_given_up_after_a_press_has_a_receipt(say, database):
    """What was pressed and given up before its end has a receipt."""
    say("queue", "add", ONE)
    happened(database, OrderSeen(at=utc_now(), facts=LIVE), VendorIntended(at=utc_now(), token=1))
    assert say("queue", "resolve", ONE, "--as", "given-up", "--because", "It arrived").status == 0
    (receipt,) = Ledger(database).receipts(f"amazon_business:{ONE}")
    assert (receipt.vendor.submits, receipt.resolved.as_) == (1, "given_up")


def test_receipt_of_what_was_settled_early_is_no_file(say, database, tmp_path):
    """No file was written of it, so nobody is sent to one, or told that one is gone."""
    say("queue", "add", ONE)
    happened(database, OrderSeen(at=utc_now(), facts=LIVE), VendorIntended(at=utc_now(), token=1))
    say("queue", "resolve", ONE, "--as", "given-up", "--because", "It arrived")
    shown = say("queue", "show", ONE).out
    assert "receipt.html" not in shown
    assert f"To hand it out with its evidence: vendorfirst evidence export {ONE}" in shown
    told = say("evidence", "export", ONE, "--output", str(tmp_path / "one.zip"))
    assert told.status == 0
    assert "not in the store any more" not in told.out + told.err


def test_a_vendor_that_nobody_knows_settles_nothing(say):
    say("queue", "add", ONE)
    told = say("queue", "resolve", ONE, "--vendor", "nosuch", "--as", "done", "--because", "x")
    assert told.status == 2
    assert [item["state"] for item in listed(say)] == ["waiting"]


def test_a_decision_needs_a_reason(say):
    say("queue", "add", ONE)
    assert say("queue", "resolve", ONE, "--as", "done", "--because", "  ").status == 2
    assert say("queue", "resolve", ONE, "--as", "done").status == 2


def test_an_order_that_is_being_worked_on_is_not_settled(say, database):
    say("queue", "add", ONE)
    Ledger(database).leases.acquire(f"amazon_business:{ONE}", "another machine/1/2/3", 60)
    told = say("queue", "resolve", ONE, "--as", "done", "--because", "x")
    assert told.status == EXIT_BUSY
    assert (
        f"{ONE} is being worked on by process 1 on another machine. Nothing was changed."
        in told.err
    )
    assert f"Wait until it is finished (vendorfirst queue show {ONE}" in told.err
    assert listed(say)[0]["state"] == "waiting"


# ---- ledger -------------------------------------------------------------------------------------


def test_the_ledger_is_verified_and_a_change_is_found(say, database):
    happened(database, STOP)
    told = say("ledger", "verify")
    assert told.status == 0
    assert told.out.startswith("2 events, every seal holds, of the receipts too. Head: none")
    with database.writing() as tx:
        tx.exec_driver_sql("DROP TRIGGER events_no_update")
        tx.exec_driver_sql(
            "UPDATE events SET body = replace(body, 'captcha', 'shipped') WHERE seq = 2"
        )
    told = say("ledger", "verify")
    assert told.status == 6
    assert "event 2 does not fit its seal" in told.err


def test_looking_at_the_ledger_writes_no_seal(say, database):
    """What is newer than the last seal is counted, and left to the next."""
    happened(database, STOP)
    head = Ledger(database).seal()
    happened(database, STOP)
    told = say("ledger", "verify")
    assert told.out.startswith(
        f"4 events, every seal holds, of the receipts too. Head: {head.text} (2 events newer)\n"
    )
    assert f"Head of the ledger: {head.text} (2 events newer)" in say("ledger", "export").err
    assert f"Head of the ledger: {head.text} (2 events newer)" in say("evidence", "verify").out
    assert say("ledger", "verify", "--head", head.text).status == 0
    assert Ledger(database).head() == head


def test_events_cut_off_the_end_are_missed(say, database):
    happened(database, STOP)
    with database.writing() as tx:
        tx.exec_driver_sql("DROP TRIGGER events_no_delete")
        tx.exec_driver_sql("DELETE FROM events WHERE seq = 2")
    assert say("ledger", "verify").status == 6


def test_changed_receipt_is_found(say, database):
    """A receipt that was changed is found and told like an event."""
    happened(database, OrderSeen(at=utc_now(), facts=LIVE), STOP)
    case = f"amazon_business:{ONE}"
    Ledger(database).keep_receipt(case, build_receipt(Ledger(database).events(case)))
    assert say("ledger", "verify").status == 0
    with database.writing() as tx:
        tx.exec_driver_sql("UPDATE receipts SET body = replace(body, 'A puzzle.', 'Cancelled.')")
    told = say("ledger", "verify")
    assert (told.status, told.out) == (6, "")
    assert "The ledger was changed from outside: receipt r1 does not fit its seal." in told.err
    assert "find out who changed it" in told.err


def test_ledger_without_its_end_is_not_written_to(say, database):
    """A ledger whose end is not told any more was changed from outside."""
    happened(database, STOP)
    with database.writing() as tx:
        free(tx, "chain")
        tx.exec_driver_sql("DELETE FROM chain")
    for command in (
        ("ledger", "verify"),
        ("queue", "resolve", ONE, "--as", "done", "--because", "By telephone"),
    ):
        told = say(*command)
        assert told.status == 6
        assert (
            "The ledger was changed from outside: what tells its length and its last seal is gone."
            in told.err
        )
        assert "find out who changed it" in told.err


def test_receipts_are_exported_safe_for_excel(say, database, tmp_path):
    happened(database, OrderSeen(at=utc_now(), facts=LIVE), STOP)
    case = f"amazon_business:{ONE}"
    receipt = replace(
        build_receipt(Ledger(database).events(case)),
        summary='=HYPERLINK("http://x")',
        requested_by="@SUM(A1)",
    )
    Ledger(database).keep_receipt(case, receipt)
    told = say("ledger", "export", "--output", str(tmp_path / "out.csv"))
    assert told.status == 0, told.err
    data = (tmp_path / "out.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert row["number"] == ONE
    assert not any(cell[:1] in {"=", "@", "+", "-"} for cell in row.values() if cell)


@pytest.mark.parametrize("where", ["no/such/folder.csv", "."])
def test_a_file_that_can_not_be_written_is_told(say, tmp_path, where):
    told = say("ledger", "export", "--output", str(tmp_path / where))
    assert told.status == 2
    assert "can't be written" in told.err


def test_events_are_exported_as_json_lines_with_their_seals(say, database):
    happened(database, STOP)
    rows = [
        json.loads(line) for line in say("ledger", "export", "--format", "jsonl").out.splitlines()
    ]
    assert [row["event"]["kind"] for row in rows] == ["requested", "finished"]
    assert [row["seq"] for row in rows] == [1, 2]
    assert all(len(row["hash"]) == 64 for row in rows)
    assert datetime.fromisoformat(rows[0]["event"]["at"]).tzinfo == UTC


# --- which ledger ---------------------------------------------------------------------------------


def test_each_command_names_the_file_and_the_ledger(command, tmp_path):
    file = tmp_path / ".env"
    file.write_text(f"VENDORFIRST_HOME={tmp_path / 'home'}\n")
    file.chmod(0o600)
    line = f"Settings: {file}. Ledger: {tmp_path / 'home'}/ledger.sqlite"
    for words in (["list"], ["pause"], ["resume"], ["add", "111-0000001-0000001"]):
        assert line in command("queue", *words).err
    assert line in command("ledger", "verify").err


def test_env_file_option_leads_from_any_folder(command, tmp_path):
    file = tmp_path / "far" / "mine.env"
    file.parent.mkdir()
    file.write_text("VENDORFIRST_HOME=ledger\n")
    file.chmod(0o600)
    told = command("--env-file", str(file), "queue", "list", VENDORFIRST_ENV_FILE="")
    assert f"Ledger: {tmp_path / 'far' / 'ledger'}/ledger.sqlite" in told.err


def test_pause_that_reaches_nobody_says_so(command, tmp_path):
    """It may be the wrong ledger, and whoever stops everything must know."""
    home = str(tmp_path / "home")
    told = command("queue", "pause", VENDORFIRST_HOME=home)
    assert "no worker is at work on this ledger, and no order in it is open" in told.out
    command("queue", "add", "111-0000001-0000001", VENDORFIRST_HOME=home)
    assert "no worker" not in command("queue", "pause", VENDORFIRST_HOME=home).out


def test_order_with_only_its_po_to_do_is_not_called_waiting(say, database):
    """It is cancelled at the vendor: whoever reads "waiting" would take it for one not begun."""
    say("queue", "add", ONE)
    table = QueueTable(database)
    (item,) = claim(table, "w", 1)
    table.finish_turn(item, ItemUpdate(State.WAITING, utc_now(), "realsource", urgency=1))
    told = say("queue", "list").out
    assert told.startswith("1 cancelled, PO to do")
    assert "1 waiting" not in told
    assert listed(say)[0]["standing"] == "vendor_cancelled"
    assert "cancelled, PO to do" in say("queue", "show", ONE).out


def test_po_that_was_split_is_not_called_done(say, database):
    say("queue", "add", PO)
    table = QueueTable(database)
    (item,) = claim(table, "w", 1)
    orders = [NewItem(CancelRequest("amazon_business", ONE, PO))]
    table.replace_by_orders(item, orders, ItemUpdate(State.DONE, utc_now(), "amazon_business"))
    told = say("queue", "list").out
    assert told.startswith("1 waiting, 1 split into its orders")
    assert "done" not in told


def test_po_that_was_read_is_shown(say, database):
    say("queue", "add", ONE)
    ended(database, State.NEEDS_PERSON, "captcha", seen_po=PO)
    assert PO in say("queue", "list").out
