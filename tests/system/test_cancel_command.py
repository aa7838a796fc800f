"""``vendorfirst cancel`` and ``check`` from the user's side: what is said, the exit status, and
the presses.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys

import pytest

from robot.cancellation.request import CancelRequest
from robot.cli.progress import Progress
from robot.clock import utc_now
from robot.errors import DatabaseDown
from robot.queue import operations
from robot.queue.items import ItemUpdate, NewItem, State
from robot.queue.table import QueueTable
from robot.runner.cases import Cases
from robot.standin.catalogue import total_of
from robot.standin.oracle import DOCUMENT, ORDER_SHOWN, PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from robot.storage.database import Database
from tests.support.kept_sessions import keep_sessions
from tests.support.turns import claim

PROGRAM = (
    sys.executable,
    "-c",
    "import sys; from robot.cli import main; sys.argv[0] = 'vendorfirst'; main()",
)
#: The same, to which a Ctrl-C that is typed there comes as a signal.
AT_ITS_TERMINAL = (
    sys.executable,
    "-c",
    f"import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); {PROGRAM[2]}",
)
LOOK_ALIKE = "133-7654321-1234567"  # a session id of Amazon's: the very shape of an order number


@pytest.fixture
def stage(signed_in_stage, monkeypatch):
    """Commands in this process share a browser: those of other processes start one each."""
    monkeypatch.setattr("robot.browser.Lane", signed_in_stage.lend)
    monkeypatch.setattr("robot.browser.launch.driver.HeadStart", lambda _home: None)
    return signed_in_stage


def number(slug):
    return BY_SLUG[slug].number


def receipts(told):
    return [json.loads(line) for line in told.out.splitlines()]


def presses(stage):
    oracle = stage.world.oracle
    assert oracle.broken_promises() == []
    return oracle.count(VENDOR_SUBMIT), oracle.count(PO_SUBMIT)


def test_a_check_changes_nothing_in_the_queue(stage, command):
    table = QueueTable(stage.robot().cases.ledger.database)
    for slug in ("shipped", "third_party"):
        table.add([NewItem(CancelRequest("amazon_business", number(slug), None))])
        (item,) = claim(table, "w", 1)
        assert table.finish_turn(
            item, ItemUpdate(State.NEEDS_PERSON, utc_now(), item.site, problem="not_confirmed")
        )
    before = [table.find(number(slug)) for slug in ("shipped", "third_party")]
    command("check", number("shipped"), number("third_party"), **stage.env())
    assert [table.find(number(slug)) for slug in ("shipped", "third_party")] == before


def test_order_is_cancelled_under_a_token_once(stage, command):
    """Somebody approves it as a check showed it, and another program cancels it without asking."""
    order = number("done")
    assert command("check", order, "--no-input", **stage.env()).status == 0
    told = command("queue", "token", order, "--yes", **stage.env())
    env = stage.env() | {"VENDORFIRST_APPROVAL_TOKEN": told.out.strip()}
    done = command("cancel", order, "--approved", "--no-input", "--json", **env)
    assert done.status == 0
    assert presses(stage) == (1, 1)
    (receipt,) = receipts(done)
    assert [one["how"] for one in receipt["approvals"]] == ["token"]
    again = command("cancel", order, "--approved", "--no-input", **env)
    assert (again.status, presses(stage)) == (2, (1, 1))
    assert "was used already" in again.err
    several = command("cancel", order, number("shipped"), "--approved", "--no-input", **env)
    assert (several.status, presses(stage)) == (2, (1, 1))
    assert command("evidence", "verify", **env).status == 0  # all that lies there is booked


# --- json and exit statuses -----------------------------------------------------------------------


@pytest.mark.slow
def test_several_orders_print_receipts_and_worst_status(stage, command):
    """Several orders print a receipt each and end with the worst status."""
    asked = [number("done"), LOOK_ALIKE, number("po_invoiced"), number("shipped")]
    told = command(
        "cancel", *asked, "--yes", "--json", "--reason", "No longer needed", **stage.env()
    )
    assert told.status == 5
    found = receipts(told)
    assert [r["order"]["number"] for r in found] == asked
    assert [r["outcome"] for r in found] == ["done", "refused", "needs_person", "refused"]
    assert [r["problem"] for r in found] == [None, "not_found", "po_invoiced", "shipped"]
    assert {r["schema"] for r in found} == {"vendorfirst.receipt/1"}
    assert "STAND-IN" in told.err
    assert presses(stage) == (2, 1)

    again = command(
        "cancel", number("done"), "--yes", "--json", "--po", BY_SLUG["done"].po, **stage.env()
    )
    assert again.status == 0
    (receipt,) = receipts(again)
    states = receipt["vendor"]["state"], receipt["realsource"]["state"], receipt["outcome"]
    assert states == ("already_cancelled", "already_cancelled", "done")
    assert (receipt["vendor"]["submits"], receipt["realsource"]["submits"]) == (0, 0)
    assert presses(stage) == (2, 1)


def test_every_order_is_pressed_before_any_is_waited_for(stage, command):
    """The vendor starts within minutes; the first one's confirmation can take hours."""
    first, second = number("pending_forever"), number("done")
    slow = stage.env(VENDORFIRST_SETTLE_SECONDS="8")
    told = command("cancel", first, second, "--yes", "--json", "--wait", "25s", **slow)
    assert [r["outcome"] for r in receipts(told)] == ["pending", "done"]
    saw = stage.world.oracle.of
    presses_at = [saw(VENDOR_SUBMIT, one)[0].seq for one in (first, second)]
    looks = [entry.seq for entry in saw(ORDER_SHOWN, first) if entry.seq > presses_at[0]]
    assert len([seq for seq in looks if seq < presses_at[1]]) <= 2 < len(looks)


def test_an_order_typed_twice_is_one_order(stage, command):
    told = command(
        "cancel",
        number("shipped"),
        f" {number('shipped')} ",
        number("shipped"),
        "--yes",
        "--json",
        **stage.env(),
    )
    assert told.status == 3
    assert len(receipts(told)) == 1


def test_a_number_that_amazon_does_not_know_is_refused(stage, command):
    told = command("cancel", LOOK_ALIKE, "--yes", **stage.env())
    assert told.status == 3
    assert "shows no order for" in told.out
    assert "Session ids look like order numbers" in told.out
    assert re.search(r"Receipt: .*receipt\.html", told.out)
    assert presses(stage) == (0, 0)


def test_a_po_that_the_order_does_not_name_presses_nothing(stage, command):
    told = command("cancel", number("done"), "--po", "P0100002", "--yes", "--json", **stage.env())
    assert told.status == 5
    (receipt,) = receipts(told)
    assert receipt["problem"] == "po_mismatch"
    assert (receipt["vendor"]["state"], receipt["realsource"]["state"]) == ("live", "untouched")
    assert receipt["next_step"].startswith("Leave the PO open")
    assert presses(stage) == (0, 0)


def test_what_is_not_confirmed_in_time_is_pending(stage, command):
    told = command(
        "cancel", number("pending_forever"), "--yes", "--wait", "0.3s", "--json", **stage.env()
    )
    assert told.status == 4
    (receipt,) = receipts(told)
    assert (receipt["problem"], receipt["vendor"]["state"]) == ("not_confirmed", "pending")
    assert "so does the same command, run later" in receipt["next_step"]
    assert presses(stage) == (1, 0)


# --- what breaks off, and what is paused ----------------------------------------------------------


@pytest.mark.parametrize(
    "error, status", [(DatabaseDown("The ledger can't be read."), 6), (KeyboardInterrupt(), 4)]
)
def test_batch_that_breaks_off_shows_and_queues_what_it_pressed(
    stage, command, monkeypatch, error, status
):
    """A batch that breaks off shows what it pressed and leaves it in the queue."""
    begin, first, second = Cases.open_request, number("pending_forever"), number("done")

    def begins(cases, case, *args, **more):
        if second in case:
            raise error
        return begin(cases, case, *args, **more)

    monkeypatch.setattr(Cases, "open_request", begins)
    told = command("cancel", first, second, "--yes", "--wait", "0.3s", "--json", **stage.env())
    assert told.status == status
    (receipt,) = receipts(told)
    assert (receipt["order"]["number"], receipt["outcome"]) == (first, "pending")
    assert f"{first} stays in the queue" in told.err
    (item,) = QueueTable(stage.robot().cases.ledger.database).listed()
    assert (item.number, item.state) == (first, State.PENDING)
    assert presses(stage) == (1, 0)


def test_a_queue_that_can_not_be_written_hides_no_receipt(stage, command, monkeypatch):
    def down(*_args):
        raise DatabaseDown("The ledger can't be written.")

    monkeypatch.setattr(operations, "enqueue_pending", down)
    asked = number("pending_forever")
    told = command("cancel", asked, "--yes", "--wait", "0.3s", "--json", **stage.env())
    assert told.status == 6
    assert receipts(told)[0]["outcome"] == "pending"
    assert (
        f"{asked} is pending and could not be put into the queue. The ledger can't be written."
        in told.err
    )
    assert f"vendorfirst queue add {asked}" in told.err


def test_the_kill_switch_reaches_the_command_line(stage, command):
    assert command("queue", "pause", "--because", "A recall", **stage.env()).status == 0
    told = command("cancel", number("done"), "--yes", **stage.env())
    assert told.status == 5
    assert "(A recall), so this command went no further. This command pressed nothing." in told.out
    assert (
        "What to do now: When the work may go on: vendorfirst queue resume; then run the same"
        " command" in told.out
    )
    assert stage.world.oracle.count(DOCUMENT) == 0
    assert command("check", number("done"), **stage.env()).status == 0
    assert command("queue", "resume", **stage.env()).status == 0
    assert command("cancel", number("done"), "--yes", **stage.env()).status == 0
    assert presses(stage) == (1, 1)


# --- check ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_check_presses_nothing_and_tells_by_its_status(stage, command):
    for slug, status in {"done": 0, "shipped": 3, "po_invoiced": 5}.items():
        told = command("check", number(slug), "--json", **stage.env())
        (receipt,) = receipts(told)
        assert told.status == status, receipt["summary"]
        assert (receipt["outcome"] == "dry_run") == (status == 0)
    assert presses(stage) == (0, 0)


@pytest.mark.slow
def test_a_dry_run_is_a_check(stage, command):
    story = BY_SLUG["already_cancelled"]
    told = command("cancel", "--dry-run", story.number, "--po", story.po, **stage.env())
    assert told.status == 0
    assert "is cancelled at Amazon Business already" in told.out
    assert presses(stage) == (0, 0)


def test_check_of_order_cancelled_here_knows_its_po(stage, command):
    """A check of an order that was cancelled here knows its PO.

    Once it is cancelled its page shows none; the ledger read it before.
    """
    assert command("cancel", number("done"), "--yes", **stage.env()).status == 0
    told = command("check", number("done"), "--json", **stage.env())
    (receipt,) = receipts(told)
    assert (told.status, receipt["problem"], receipt["order"]["po"]) == (
        0,
        None,
        BY_SLUG["done"].po,
    )
    assert receipt["realsource"]["state"] == "already_cancelled"
    assert presses(stage) == (1, 1)


@pytest.mark.slow
def test_a_check_of_a_po_tells_of_each_order(stage, command):
    first, second = BY_SLUG["split_po_a"], BY_SLUG["split_po_b"]
    told = command("check", first.po, "--json", **stage.env())
    assert [r["order"]["number"] for r in receipts(told)] == [first.number, second.number]
    assert presses(stage) == (0, 0)


# --- a PO number ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_po_number_cancels_all_its_orders_then_po_once(stage, command):
    """A PO number cancels every order of it and then the PO once."""
    first, second = BY_SLUG["split_po_a"], BY_SLUG["split_po_b"]
    told = command("cancel", first.po.lower(), "--yes", "--json", **stage.env())
    assert told.status == 0, told.err
    found = receipts(told)
    assert [r["order"]["number"] for r in found] == [first.number, second.number]
    assert [r["outcome"] for r in found] == ["done", "done"]
    oracle = stage.world.oracle
    assert [oracle.count(VENDOR_SUBMIT, story.number) for story in (first, second)] == [1, 1]
    assert oracle.count(PO_SUBMIT, first.po) == 1
    assert max(e.seq for e in oracle.of(VENDOR_SUBMIT)) < oracle.of(PO_SUBMIT)[0].seq
    assert oracle.broken_promises() == []


def test_a_po_number_that_amazon_does_not_know_is_refused(stage, command):
    told = command("cancel", "P0188888", "--yes", "--json", **stage.env())
    assert told.status == 3
    assert [r["problem"] for r in receipts(told)] == ["not_found"]
    assert presses(stage) == (0, 0)


# --- the site is down -----------------------------------------------------------------------------


@pytest.mark.slow
def test_what_a_dead_site_prevents_the_next_run_does(stage, command):
    with socket.socket() as closed:  # bound and never listened on: nobody answers here
        closed.bind(("127.0.0.1", 0))
        nowhere = re.sub(r":\d+", f":{closed.getsockname()[1]}", stage.standin.resolve)
        told = command(
            "cancel", number("done"), "--yes", "--json", **stage.env(VENDORFIRST_RESOLVE=nowhere)
        )
    assert told.status == 6
    (receipt,) = receipts(told)
    assert (receipt["outcome"], receipt["problem"]) == ("failed", "site_down")
    assert (receipt["vendor"]["state"], receipt["realsource"]["state"]) == ("unknown", "untouched")
    assert "again" in receipt["next_step"]
    assert stage.world.oracle.count(DOCUMENT) == 0

    told = command("cancel", number("done"), "--yes", "--json", **stage.env())
    assert told.status == 0
    (receipt,) = receipts(told)
    assert receipt["outcome"] == "done"
    assert presses(stage) == (1, 1)


def test_a_browser_that_is_none_is_told(stage, command, tmp_path):
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    fake.chmod(0o755)
    told = command("check", number("done"), "--json", **stage.env(VENDORFIRST_CHROMIUM=str(fake)))
    assert told.status == 6
    (receipt,) = receipts(told)
    assert receipt["problem"] == "browser_died"
    assert "vendorfirst doctor" in receipt["next_step"]


# --- a person at a terminal -----------------------------------------------------------------------


def at_a_terminal(keys, *args, env):
    """The command with somebody at a terminal, who has typed ``keys`` ahead; its status and what
    it said.
    """
    person, terminal = pty.openpty()
    try:
        os.write(person, keys.encode())
        done = subprocess.run(
            [*PROGRAM, *args],
            stdin=terminal, capture_output=True, encoding=env.get("PYTHONIOENCODING", "utf-8"),
            env=env, timeout=250, check=False,
        )  # fmt: skip
    finally:
        os.close(person)
        os.close(terminal)
    return done


@pytest.fixture
def env(stage):
    """The environment of a command in a process of its own, which need not sign in."""
    keep_sessions(stage.world, stage.home)
    return {**os.environ, **stage.env()}


def test_answer_no_presses_nothing(stage, env):
    done = at_a_terminal("n\n", "cancel", number("three_lines"), "--json", env=env)
    assert done.returncode == 7
    assert f"total ${total_of(BY_SLUG['three_lines'])}" in done.stderr
    assert "Cancel this whole order?" in done.stderr
    assert f"PO {BY_SLUG['three_lines'].po} is cancelled in RealSource too" in done.stderr
    assert "Cancel at Amazon Business" not in done.stderr
    (receipt,) = map(json.loads, done.stdout.splitlines())
    assert receipt["problem"] == "declined"
    assert (receipt["vendor"]["state"], receipt["vendor"]["submits"]) == ("live", 0)
    assert len(receipt["order"]["lines"]) == 3
    assert presses(stage) == (0, 0)


def test_the_end_of_input_is_no_yes(stage, env):
    done = at_a_terminal("\x04", "cancel", number("done"), env=env)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert "Run the same command again" in done.stderr
    assert presses(stage) == (0, 0)


def interrupted(running):
    """What a command says after Ctrl-C.

    Python may miss one that comes just before it reads: pressed again then.
    """
    for _ in range(6):
        os.killpg(running.pid, signal.SIGINT)
        try:
            return running.communicate(timeout=30)[1]
        except subprocess.TimeoutExpired:
            continue
    running.kill()
    return running.communicate()[1]


def test_ctrl_c_at_the_question_ends_it_and_the_next_run_goes_on(stage, env, command):
    """The signal goes to the whole group, as from a keyboard: the browser gets it too."""
    person, terminal = pty.openpty()
    try:
        with subprocess.Popen(
            [*PROGRAM, "cancel", number("done")],
            stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=env, start_new_session=True,
        ) as running:  # fmt: skip
            said = ""
            while "taken back" not in said:
                piece = running.stderr.read(1)
                assert piece, said
                said += piece
            said += interrupted(running)
    finally:
        os.close(person)
        os.close(terminal)
    assert running.returncode == 130, said
    assert "Traceback" not in said
    assert "Run the same command again" in said
    assert presses(stage) == (0, 0)

    assert command("cancel", number("done"), "--yes", **stage.env()).status == 0
    assert presses(stage) == (1, 1)


def keyed_at(running, person, keys, until):
    """What a command shows at a terminal until it shows ``until``, when ``keys`` are typed."""
    shown = ""
    while until not in shown:
        piece = os.read(person, 4096).decode("utf-8", "replace")
        assert piece, shown
        shown += piece
    os.write(person, keys)
    return shown


#: So that a command waits for the vendor for as long as a test looks at it.
PATIENT = {"VENDORFIRST_SETTLE_SECONDS": "3600", "VENDORFIRST_CONFIRM_SECONDS": "7200"}


@contextlib.contextmanager
def waiting_at_a_terminal(env):
    """A command that presses and waits, and the end of its terminal that a person has."""
    person, terminal = pty.openpty()
    with subprocess.Popen(
        [*AT_ITS_TERMINAL, "cancel", number("pending_confirmed"), "--yes"],
        stdin=terminal, stdout=terminal, stderr=terminal, env=env | PATIENT, start_new_session=True,
    ) as running:  # fmt: skip
        os.close(terminal)
        yield running, person


def test_ctrl_c_after_the_press_stays_in_the_queue_and_goes_on(stage, env, command):
    """Nothing is pressed a second time: the next run reads what came of the press."""
    with waiting_at_a_terminal(env) as (running, person):
        shown = keyed_at(running, person, b"\x03", until="The next look is in")
        with contextlib.suppress(OSError):  # the end of a terminal
            while piece := os.read(person, 4096).decode("utf-8", "replace"):
                shown += piece
    os.close(person)
    assert running.returncode == 4, shown
    assert "Traceback" not in shown
    assert "stays in the queue" in shown
    assert "Run the same command again" in shown
    assert presses(stage) == (1, 0)

    listed = command("queue", "list", **stage.env())
    assert "1 pending" in listed.out
    told = command("cancel", number("pending_confirmed"), "--yes", "--wait", "120s", **stage.env())
    assert told.status == 0, told
    assert presses(stage) == (1, 1)


@pytest.mark.slow_except("15")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP])
def test_shutdown_after_the_press_stays_in_the_queue(stage, env, command, end):
    """As after Ctrl-C, a receipt tells it, and a worker reads what came of the press."""
    with subprocess.Popen(
        [*PROGRAM, "cancel", number("pending_confirmed"), "--yes"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=env | PATIENT,
    ) as running:  # fmt: skip
        said = ""
        while "The next look is in" not in said:
            piece = running.stderr.readline()
            assert piece, said
            said += piece
        running.send_signal(end)
        out, more = running.communicate(timeout=100)
    assert running.returncode == 4, said + more
    assert "stays in the queue" in more
    assert "Vendor: pending." in out
    assert "1 pending" in command("queue", "list", **stage.env()).out
    assert presses(stage) == (1, 0)


def test_a_terminal_that_is_closed_leaves_the_press_in_the_queue(stage, env, command):
    """The system tells of it, and the shell does once more."""
    with waiting_at_a_terminal(env) as (running, person):
        keyed_at(running, person, b"", until="The next look is in")
        os.close(person)
        running.send_signal(signal.SIGHUP)
        running.wait(timeout=100)
    assert "1 pending" in command("queue", "list", **stage.env()).out
    assert presses(stage) == (1, 0)


@pytest.mark.slow
def test_a_terminal_that_knows_only_ascii_stops_nothing(stage, env):
    """The words that the receipt quotes have typographic marks."""
    asked = [*PROGRAM, "cancel", number("split_po_a"), "--yes", "--json"]
    env |= {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    done = subprocess.run(asked, capture_output=True, env=env, timeout=250, check=False)
    assert done.returncode == 5, done.stderr
    assert b"Traceback" not in done.stderr
    assert json.loads(done.stdout)["problem"] == "split_po"


def test_window_without_screen_is_refused_before_any_touch(stage, command, monkeypatch):
    """A window without a screen is refused before anything is touched."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    told = command("cancel", number("done"), "--yes", "--headed", **stage.env())
    assert told.status == 2
    assert "no screen" in told.err
    assert stage.world.oracle.count(DOCUMENT) == 0


def test_no_input_never_asks_even_at_a_terminal(stage, env):
    done = at_a_terminal("y\n", "cancel", number("done"), "--no-input", env=env)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert stage.world.oracle.count(DOCUMENT) == 0


def test_a_terminal_that_is_gone_does_not_stop_the_steps():
    class Gone(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

    progress = Progress(Gone())
    progress.step_began("Look at the order")
    progress.step_ended("Look at the order", ok=True)
    progress.message("STAND-IN")


@pytest.mark.slow_except("latin-1")
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "cp437", "ascii"])
def test_answer_yes_cancels_and_any_alphabet_shows_it(stage, env, encoding):
    """What was done decides the status, and not whether the terminal knows a tick."""
    env |= {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = at_a_terminal("y\n", "cancel", number("done"), env=env)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "ok Cancel at Amazon Business" in done.stderr
    assert "is cancelled at Amazon Business and PO" in done.stdout
    assert presses(stage) == (1, 1)


@pytest.mark.slow_except("full")
@pytest.mark.parametrize("place", ["full", "closed"])
def test_output_that_cannot_be_written_hides_nothing(stage, env, place):
    asked = [*PROGRAM, "cancel", number("po_already_cancelled"), "--yes"]
    if place == "full":
        out = os.open("/dev/full", os.O_WRONLY)
    else:
        gone, out = os.pipe()
        os.close(gone)
    done = subprocess.run(
        asked, stdout=out, stderr=subprocess.PIPE, env=env, timeout=250, check=False
    )
    os.close(out)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"That can't be printed" in done.stderr
    assert b"receipt.html" in done.stderr


# --- help -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], ["cancel", "--help"], ["sites", "read", "--help"]]
)
def test_help_imports_nothing_heavy(args):
    code = (
        "import sys\nfrom robot import cli\ntry:\n    cli.main()\nexcept SystemExit as end:\n   "
        " assert not end.code\nheavy = {'playwright', 'msgspec', 'pydantic', 'sqlalchemy', 'lxml',"
        " 'starlette', 'cryptography', 'jinja2', 'structlog'}\nsys.stderr.write('"
        " '.join(sorted(heavy & set(sys.modules))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, check=True
    )
    assert done.stdout
    assert done.stderr == ""


def test_no_command_presses_on_a_machine_whose_clock_is_wrong(stage, command, monkeypatch):
    monkeypatch.setattr(Database, "clock_skew", lambda _self: 12.0)
    told = command("cancel", BY_SLUG["done"].number, "--yes", **stage.env())
    assert told.status == 2
    assert "clock is 12 s ahead" in told.err
    assert stage.world.oracle.count(VENDOR_SUBMIT) == 0
    assert "clock is 12 s ahead" in command("doctor", **stage.env()).out
