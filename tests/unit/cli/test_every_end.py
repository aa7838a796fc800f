"""Every command and each way it can end, as a person reads it, in a pipe and at a terminal."""

from __future__ import annotations

import ast
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from robot import errors
from robot.cancellation.events import OrderSeen, VendorIntended
from robot.cancellation.orders import OrderFacts, OrderState, Outcome
from robot.cli import commands, exit_status
from robot.clock import utc_now
from robot.errors import SystemFailure
from robot.problems import Problem
from robot.queue import standing
from robot.queue.items import State
from robot.queue.standing import STANDINGS
from robot.recording.capture.recorder import Unclean
from robot.recording.replay.report import Mismatch, ReplayMismatch
from tests.support.ends import NUMBER, PO, ROOT, Office
from tests.support.sentences import faults
from tests.support.sources import tree_of
from tests.support.terminal import PseudoTerminal
from tests.unit.cli.test_words import leaves, plain

PRESSED = (VendorIntended(at=utc_now(), token=1),)
GONE = OrderFacts(NUMBER, OrderState.CANCELLED, text="This order has been cancelled.")
CONFIRMED = (*PRESSED, OrderSeen(at=utc_now(), facts=GONE))
OTHER = "111-7654321-7654321"
CANCEL = f"cancel {NUMBER} --yes"
RUN = "watchlist run --realsource pos.csv --vendor amazon_business=orders.csv"
ADD = "permission add amazon_business --account VCU --granted-by Amazon --reference 'letter of May'"
PAGES = ROOT / "tests" / "data" / "pages"
ALLOWED = f"{ADD} --until 2099-06-30"


@dataclass(frozen=True)
class End:
    """One way in which a command ends.

    ``said`` is a part of what a person reads. ``typed`` is what they answer, so there is a
    terminal; ``piped``: there is none. ``data``: what is printed is for programs, or to be typed.
    """

    words: str
    status: int
    said: str
    given: tuple[Callable[[Office], object], ...] = ()
    typed: str | None = None
    piped: bool = False
    data: bool = False


def end(words, status, said, *given, **more):
    return End(words, status, said, given, **more)


def robot(outcome, problem=None, events=(), error=None):
    """A robot that ends like that."""
    return lambda office: office.ends(outcome, problem, events=events, error=error)


def stands(state, problem=None, *events):
    return lambda office: office.stands(state, problem, *events)


def run(words):
    """A command that was run before."""
    return lambda office: office.run(words)


def made(name, text="x"):
    return lambda office: (office.folder / name).write_text(text, encoding="utf-8")


GIVEN_UP = SystemFailure("Nobody signed in within ten minutes. No session was kept.")
LEAK = Unclean("The recording was not kept: flow.har: a password.", next_step="Add a rule.")
RED = ReplayMismatch("shipped: UNFINISHED, the flow ended early.", Mismatch("UNFINISHED", None))

ENDS = [
    end(CANCEL, 0, "is cancelled at Amazon Business and PO", robot(Outcome.DONE, None, CONFIRMED)),
    end(CANCEL, 3, "has shipped order", robot(Outcome.REFUSED, Problem.SHIPPED)),
    end(CANCEL, 4, "has not confirmed it yet",
        robot(Outcome.PENDING, Problem.NOT_CONFIRMED, PRESSED)),
    end(CANCEL, 5, "Only some lines", robot(Outcome.NEEDS_PERSON, Problem.PARTLY_CANCELLED)),
    end(CANCEL, 6, "The page said so.", robot(Outcome.FAILED, Problem.SITE_DOWN)),
    end(CANCEL, 7, "You said no", robot(Outcome.NEEDS_PERSON, Problem.DECLINED)),
    end(CANCEL, 8, "The page said so.", robot(Outcome.FAILED, Problem.BUSY)),
    end(CANCEL, 130, "Nothing is left half done.",
        robot(Outcome.DONE, error=KeyboardInterrupt())),
    end(f"cancel {NUMBER}", 2, "Nobody can be asked here", piped=True),
    end("cancel 111-12 --yes", 2, "is neither an order number"),
    end(f"{CANCEL} --wait soon", 2, "is no duration"),
    end(f"{CANCEL} --vendor nobody", 2, "can't cancel at 'nobody'"),
    end(f"check {NUMBER}", 0, "can be cancelled at Amazon Business", robot(Outcome.DRY_RUN)),
    end(f"check {NUMBER}", 3, "has shipped order", robot(Outcome.REFUSED, Problem.SHIPPED)),
    end(f"check {NUMBER}", 5, "The page said so.", robot(Outcome.NEEDS_PERSON, Problem.CAPTCHA)),
    end("check list.csv", 2, "vendorfirst queue add list.csv"),
    end(f"queue add {NUMBER} {PO}", 0, "2 taken, 0 not taken. A worker"),
    end(f"queue add {NUMBER}", 0, "is in the queue already", Office.queued),
    end(f"queue add {NUMBER} --deadline 2020-01-01", 0, "the deadline has passed: 1"),
    end("queue add list.csv", 2, "can't be read (No such file"),
    end("queue add list.csv", 2, "line 2:", made("list.csv", "order,po\n111-12,\n")),
    end("queue list", 0, "The queue is empty."),
    end("queue list", 0, "1 waiting", Office.queued),
    end("queue list", 0, "1 working", Office.under_way),
    end("queue list", 0, "1 needs a person", Office.waits_for_a_person),
    end("queue list", 0, "1 pending", Office.pressed),
    end("queue list", 0, "1 cancelled, PO to do", Office.vendor_cancelled),
    end("queue list", 0, "1 refused", stands(State.REFUSED, Problem.SHIPPED)),
    end("queue list", 0, "1 done", stands(State.DONE)),
    end("queue list", 0, "1 failed", stands(State.FAILED, Problem.PO_NOT_CONFIRMED)),
    end("queue list", 0, "1 given up", stands(State.GIVEN_UP)),
    end("queue list", 0, "1 split into its orders", Office.split),
    end("queue list", 0, "EVERYTHING IS PAUSED", run("queue pause")),
    end("queue list", 0, "HELD: RealSource", run("queue pause realsource")),
    end(f"queue show {NUMBER}", 2, "is not in the queue"),
    end(f"queue show {NUMBER}", 0, "asked for by a.buyer", Office.queued),
    end(f"queue show {NUMBER}", 0, "unless it sees what stops it:", Office.waits_for_a_person),
    end(f"queue show {NUMBER}", 0, "about to be pressed", Office.pressed),
    end(f"queue show {NUMBER}", 0, "order seen: cancelled", Office.vendor_cancelled),
    end(f"queue show {NUMBER}", 0, "over a limit", Office.over_a_limit),
    end(f"queue show {NUMBER}", 0, "settled it as done", Office.queued,
        run(f"queue resolve {NUMBER} --as done --because 'By telephone'")),
    end("queue pause", 0, "Everything is paused.", Office.queued),
    end("queue pause amazon_business", 0, "Amazon Business is paused.", Office.queued),
    end("queue pause", 0, "But no worker is at work on this ledger"),
    end("queue pause nowhere", 2, "that can be paused"),
    end("queue resume", 0, "Nothing was held."),
    end("queue resume", 0, "Everything goes on (was held: paused by hand)", run("queue pause")),
    end("queue resume realsource", 0, "But everything is paused still", run("queue pause"),
        run("queue pause realsource")),
    end(f"queue retry {NUMBER} --yes", 0, "is due now", Office.waits_for_a_person),
    end(f"queue retry {NUMBER}", 0, "is due now", Office.waits_for_a_person, typed="y\n"),
    end(f"queue retry {NUMBER}", 2, "Not confirmed.", Office.waits_for_a_person, typed="n\n"),
    end(f"queue retry {NUMBER}", 2, "Add --yes", Office.waits_for_a_person, piped=True),
    end(f"queue retry {NUMBER} --yes", 2, "pressed and not read back", Office.pressed),
    end(f"queue retry {NUMBER} --yes", 2, "it is being worked on", Office.under_way),
    end(f"queue retry {NUMBER} --yes", 2, "refused, it is done", stands(State.DONE)),
    end(f"queue retry {PO} --yes", 2, "has several rows in the queue",
        run(f"queue add {NUMBER} {OTHER} --po {PO}")),
    end(f"queue retry {NUMBER} --yes", 2, "That can't be run again.", stands(State.DONE)),
    end(f"queue retry {NUMBER} --yes", 2, "is not in the queue"),
    end(f"queue approve {NUMBER} --yes", 0, "is due now", Office.over_a_limit),
    end(f"queue approve {NUMBER}", 0, "Approve?", Office.over_a_limit, typed="y\n"),
    end(f"queue approve {NUMBER}", 2, "Not confirmed.", Office.over_a_limit, typed="n\n"),
    end(f"queue approve {NUMBER} --yes", 2, "must be somebody else's", Office.asks_itself,
        Office.over_a_limit),
    end(f"queue approve {NUMBER} --yes", 2, "does not wait for a second approval", Office.queued),
    end(f"queue token {NUMBER} --yes", 0, f"Order {NUMBER}", Office.checked, data=True),
    end(f"queue token {NUMBER}", 2, "Not confirmed.", Office.checked, typed="n\n"),
    end(f"queue token {NUMBER} --yes", 2, f"There was no check of {NUMBER} in the last day"),
    end(f"queue token {PO} --yes", 2, "A token approves one order"),
    end("queue token 12 --yes", 2, "is neither an order number"),
    end(f"queue add {NUMBER} --approved", 2, "VENDORFIRST_APPROVAL_TOKEN is not set."),
    end(f"queue add {NUMBER} {OTHER} --approved", 2, "--approved is of one order."),
    end(f"queue resolve {NUMBER} --as done --because x", 0, "is settled: done", Office.queued),
    end(f"queue resolve {NUMBER} --as given-up --because x", 0, "is settled: given up",
        Office.pressed),
    end(f"queue resolve {NUMBER} --as done --because ' '", 2, "--because is empty"),
    end(f"queue resolve {NUMBER} --as done --because x", 2, "nothing that is open"),
    end(f"queue resolve {NUMBER} --as done --because x", 8, "being worked on", Office.leased),
    end(ALLOWED, 0, "Amazon allows VCU at Amazon Business until 2099-06-30"),
    end(f"{ADD} --until soon", 2, "is no day; write it like 2027"),
    end(ALLOWED.replace("amazon_business", "nowhere"), 2, "There is no site 'nowhere'"),
    end(ALLOWED.replace("VCU", "buyer@example.edu"), 2, "is the name that signs in",
        Office.healthy),
    end("permission list", 0, "No permission is on record."),
    end("permission list", 0, "Amazon Business: VCU, by Amazon", run(ALLOWED)),
    end("permission list", 0, "(ended)", run(f"{ADD} --until 2020-01-01")),
    end("work --until-empty", 0, "Ended. Nothing in the queue is open.", Office.works),
    end("work --until-empty", 0, "Ended. In the queue: 1 pending.", Office.queued, Office.works),
    end("work --lanes 99", 2, "99"),
    end("console --port 0", 0, "Open this link, which is good once", Office.serves),
    end("console --port 0 --read-only", 0, "For somebody else", Office.serves),
    end("console --port 99999", 2, "99999"),
    end("console invite --role viewer --name Ann", 0, "/enter?key="),
    end("evidence export " + NUMBER, 0, "Tell them this hash by another way", Office.kept),
    end(f"evidence export {OTHER}", 2, f"no receipt of {OTHER}", Office.kept),
    end(f"evidence export {NUMBER} --output no/x", 2, "can't be written", Office.kept),
    end(f"evidence export {NUMBER}", 6, "nothing proves anything"),
    end("evidence verify", 0, "As sealed: 4 files", Office.kept),
    end("evidence verify", 6, "was changed", Office.evidence_changed),
    end("evidence verify", 6, "1 fault in what is kept as evidence.", Office.evidence_changed),
    end("evidence verify", 6, "its ledger was taken away", Office.ledger_gone),
    end(f"evidence hold {NUMBER} --because x", 0, "is kept until it is released", Office.kept),
    end(f"evidence hold {NUMBER} --because x --release", 0, "may be purged", Office.kept),
    end(f"evidence hold {OTHER} --because x", 2, "The ledger knows no order", Office.kept),
    end("evidence purge --older-than 7y", 0, "No evidence is that old"),
    end("evidence purge --older-than 1d --dry-run", 0, "of 1 request would be removed",
        Office.long_kept),
    end("evidence purge --older-than 1d", 0, "of 1 request removed", Office.long_kept),
    end("evidence purge --older-than 1d", 0, "held by", Office.long_kept,
        run(f"evidence hold {NUMBER} --because 'A dispute'")),
    end("evidence purge --older-than old", 2, "is no age; write it like 7y"),
    end("ledger verify", 0, "every seal holds", Office.kept),
    end("ledger verify --head 1:xyz", 2, "A head is a number and a hash", Office.kept),
    end(f"ledger verify --head 1:{'0' * 64}", 6, "another seal", Office.kept),
    end("ledger verify", 6, "was changed from outside", Office.ledger_changed),
    end("ledger verify", 6, "nothing proves anything"),
    end("ledger export", 0, "1 receipt exported", Office.kept, data=True),
    end("ledger export --format jsonl", 0, "events exported", Office.kept, data=True),
    end("ledger export --output no/x.csv", 2, "can't be written"),
    end(f"record x -- {CANCEL}", 0, "Recorded: recordings/x (7 requests)", Office.records),
    end(f"record x -- {CANCEL}", 2, "The recording was not kept",
        lambda office: office.records(LEAK)),
    end("record ../x -- check 1", 2, "can't be a recording's name"),
    end("record x -- work", 2, "Only cancel and check can be recorded."),
    end(f"record x -- cancel {NUMBER}", 2, "Nobody is asked while recording."),
    end(f"record shipped -- {CANCEL}", 2, "is there already", Office.recordings),
    end(f"record shipped --once -- {CANCEL}", 0, "nothing was done", Office.recordings),
    end("replay", 0, "shipped: as recorded", Office.replays),
    end("replay", 1, "UNFINISHED", lambda office: office.replays(RED)),
    end("replay", 2, "There are no recordings"),
    end("replay nothing", 2, "There is no whole recording"),
    end("recordings check", 0, "No leak was found.", Office.recordings),
    end("recordings check", 1, "a HAR that is in no recording", Office.recordings,
        made("recordings/mine.har", "{}")),
    end("recordings check", 2, "There are no recordings"),
    end("recordings export shipped", 0, '"log"', Office.recordings, data=True),
    end("recordings export nothing", 2, "There is no whole recording"),
    end(RUN, 5, f"Cancelled here, alive at the vendor: PO {PO}", Office.exports),
    end(f"{RUN} --all", 0, PO, Office.clean_exports),
    end(RUN, 0, "Both say the same", Office.clean_exports),
    end(RUN, 2, "pos.csv"),
    end(f"{RUN} --csv no/x.csv", 2, "can't be written", Office.exports),
    end("watchlist run --realsource pos.csv --vendor orders.csv", 2, "does not name a vendor"),
    end(f"{RUN} --column x", 2, "does not say what a column is called", Office.exports),
    end(f"{RUN} --column realsource.x=y", 2, "No column of realsource's export", Office.exports),
    end("watchlist list", 0, "Nothing that was found waits for anybody."),
    end("watchlist list", 0, "new", Office.found),
    end("watchlist list", 0, "Settled by", Office.found, run(f"watchlist settle {PO} --because x")),
    end(f"watchlist settle {PO} --because x", 0, f"{PO} is settled by", Office.found),
    end(f"watchlist settle {PO} --because x", 2, "waits for anybody"),
    end(f"watchlist settle {PO} --because ' '", 2, "--because is empty."),
    end("watchlist recheck", 0, "No order is to be looked at again now."),
    end("watchlist schedule", 0, "No watch-list is scheduled."),
    end("watchlist schedule --realsource pos.csv --vendor amazon_business=orders.csv", 0,
        "From 02:00 on every day"),
    end("watchlist schedule --off", 0, "No watch-list is scheduled."),
    end("watchlist schedule --realsource pos.csv", 2, "--vendor is missing."),
    end("watchlist schedule --vendor amazon_business=orders.csv", 2, "--realsource is missing."),
    end("service systemd --into units", 0, "Written: units/vendorfirst-console.service"),
    end("service systemd", 0, "ExecStart=", data=True),
    end("service systemd --into units/x", 2, "can't be written to", made("units")),
    end("service container", 0, "FROM ", data=True),
    end("service container --into .", 2, "has another Containerfile", made("Containerfile")),
    end("metrics", 0, "vendorfirst_", data=True),
    end("help", 0, "The queue"),
    end("help queue", 0, "vendorfirst queue add", data=True),
    end("help nothing", 2, "There is no topic 'nothing'"),
    end("help --man", 0, ".TH VENDORFIRST 1", data=True),
    end("completion bash", 0, "_VENDORFIRST_COMPLETE", data=True),
    end("completion csh", 2, "csh"),
    end("demo", 0, "The stand-in servers saw every promise kept.", Office.demonstrates),
    end("demo --scenario nowhere", 2, "There is no scenario 'nowhere'"),
    end("doctor", 0, "? notices: nobody is told", Office.healthy, data=True),
    end("doctor", 0, "left until a second person is asked: 7 of 7 orders this hour",
        Office.limited, data=True),
    end("doctor", 0, "Amazon allows VCU until 2099-06-30", run(ALLOWED), Office.healthy, data=True),
    end("doctor", 2, "✗ sign-in to Amazon Business", Office.bare),
    end("doctor --report no/x.html", 2, "can't be written", Office.healthy),
    end("login amazon_business", 0, "The session is kept in", Office.signs_in),
    end("login amazon_business", 6, "Nobody signed in", lambda office: office.signs_in(GIVEN_UP)),
    end("login duo", 2, "has no session of its own"),
    end("login nowhere", 2, "There is no site 'nowhere'"),
    end("sites list", 0, "Amazon Business", data=True),
    end(f"sites read amazon_business order_details {PAGES / 'amazon-order-cancelled.html'}", 0,
        '"unread"', data=True),
    end(f"sites read amazon_business order_details {PAGES / 'duo-prompt.html'}", 1, "is not"),
    end("sites read amazon_business order_details none.html", 2, "none.html"),
    end("sites read amazon_business nothing none.html", 2, "has no screen nothing"),
    end(f"sites check {NUMBER}", 0, "✓ home (1 page)", robot(Outcome.DRY_RUN), Office.surveyed),
    end(f"sites check {NUMBER}", 5, "no page of it was looked at", robot(Outcome.DRY_RUN)),
    end(f"sites check {NUMBER}", 5, "The page said so.",
        robot(Outcome.NEEDS_PERSON, Problem.CAPTCHA)),
    end("sites check 111-12", 2, "111-12"),
    end("standin serve", 0, "Stopped.", Office.stopped, data=True),
    end("standin serve --port 9444", 2, "Port 9444 can't be used", Office.stopped),
    end("standin serve --port 80000", 2, "80000"),
]  # fmt: skip


# --- the commands are run -------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path, monkeypatch):
    """A folder to work in, with a home."""
    monkeypatch.setenv("VENDORFIRST_HOME", str(tmp_path / "home"))
    return Office(tmp_path, monkeypatch)


def names(ends):
    return [f"{one.status} {one.words[:40]}" for one in ends]


def unsaid(text, end):
    """What of a text must not be said; a name that was typed may be told again."""
    for typed in shlex.split(end.words):
        if "_" in typed:
            text = text.replace(typed, "X")
    return faults(text)


KNOWN = set(leaves(commands.cli))


def command_of(one: End) -> tuple[str, ...]:
    words = tuple(shlex.split(one.words))
    return max((words[:n] for n in range(1, 4) if words[:n] in KNOWN), key=len)


def slow_if_alike(ends: list[End]) -> Iterator[object]:
    """Leave an end to ``make slow`` where the same command ended as well, or as badly, before.

    Its words are read in a pipe anyway. What somebody types is always tried.
    """
    seen = set()
    for one in ends:
        kind = (command_of(one), one.status == 0)
        alike = one.typed is None and kind in seen
        yield pytest.param(one, marks=pytest.mark.slow if alike else ())
        seen.add(kind)


PIPED = [one for one in ENDS if one.typed is None]
SEEN = [one for one in ENDS if not one.piped]


@pytest.mark.parametrize("end", PIPED, ids=names(PIPED))
def test_end_of_a_command_in_a_pipe(end, office, command):
    for given in end.given:
        given(office)
    told = command(*shlex.split(end.words))
    assert told.status == end.status, told
    assert end.said in told.out + told.err
    assert "\x1b" not in told.out + told.err
    assert unsaid(told.err, end) == []
    assert end.data or unsaid(told.out, end) == []


@pytest.mark.parametrize("end", [*slow_if_alike(SEEN)], ids=names(SEEN))
def test_end_of_a_command_at_a_terminal(end, office, monkeypatch):
    for given in end.given:
        given(office)
    monkeypatch.setattr(sys, "argv", ["vendorfirst", *shlex.split(end.words)])
    with (
        PseudoTerminal(monkeypatch, end.typed or "") as terminal,
        pytest.raises(SystemExit) as gone,
    ):
        commands.main()
    assert int(gone.value.code or 0) == end.status, terminal.shown
    assert end.said in terminal.shown
    assert "Traceback" not in terminal.shown
    assert end.data or unsaid(terminal.shown, end) == []


# --- none is left out -----------------------------------------------------------------------------

#: Where the commands themselves, and what they ask of the queue, say that something can't be.
ROBOT = Path(errors.__file__).parent
REFUSING = (*sorted((ROBOT / "cli").rglob("*.py")), ROBOT / "queue" / "operations.py")
#: What no command can be led to here: it takes a browser, or is the console's.
ELSEWHERE = {
    "examination.py: X can't be started as a browser",
    "operations.py: X was pressed already.",
}
#: Commands that only tell: whatever they find, they end well.
TELLING = {
    ("console", "invite"), ("metrics",), ("permission", "list"), ("queue", "list"),
    ("queue", "resume"), ("sites", "list"), ("watchlist", "list"), ("watchlist", "recheck"),
}  # fmt: skip


def refusals(tree: ast.AST) -> Iterator[str]:
    """The sentence of every error that is raised, with X for each value in it."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        known: dict[str, str] = {}
        for node in sorted(ast.walk(function), key=lambda node: getattr(node, "lineno", 0)):
            if isinstance(node, ast.Assign) and (said := plain(node.value)):
                known |= {one.id: said for one in node.targets if isinstance(one, ast.Name)}
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            kind = getattr(errors, node.func.id, None)
            if isinstance(kind, type) and issubclass(kind, errors.VendorfirstError):
                first = node.args[0]
                yield known.get(first.id, "") if isinstance(first, ast.Name) else plain(first) or ""


def tells(said: str, refusal: str) -> bool:
    """Whether what is said is, but for the values, a part of a refusal, or holds one of it."""
    parts = [part.strip(" .,:;('") for part in re.split(r"X", refusal)]
    return any(said in part or (len(part) > 7 and part in said) for part in parts)


def test_every_command_has_its_ends():
    """A command that is added needs its words, too: that it works, and that it does not."""
    told = {words: set() for words in leaves(commands.cli)}
    for one in ENDS:
        told[command_of(one)].add(one.status == 0)
    assert {words for words, good in told.items() if True not in good} == set()
    assert {words for words, good in told.items() if False not in good} == TELLING


def test_every_refusal_of_a_command_is_an_end():
    """Wherever a command stops, the sentence it stops with is looked at as a person sees it."""
    missing = {
        f"{path.name}: {refusal}"
        for path in REFUSING
        for refusal in refusals(tree_of(path))
        if refusal and not any(tells(one.said, refusal) for one in ENDS)
    }
    assert missing == ELSEWHERE


def test_every_exit_status_is_an_end_of_cancel():
    every = {value for name, value in vars(exit_status).items() if name.startswith("EXIT_")}
    assert {one.status for one in ENDS if command_of(one) == ("cancel",)} == every


def test_every_state_of_an_order_is_told_by_the_queue():
    listed = " ".join(one.said for one in ENDS if command_of(one) == ("queue", "list"))
    assert [one for one in STANDINGS if f"1 {standing.words(one)}" not in listed] == []


def test_refusal_that_is_no_end_is_noticed():
    source = "def f(x):\n    msg = f'No {x} of yours is here.'\n    raise BadInput(msg)\n"
    (refusal,) = refusals(ast.parse(source))
    assert refusal == "No X of yours is here."
    assert not any(tells(one.said, refusal) for one in ENDS)
    assert tells("of yours", refusal)
