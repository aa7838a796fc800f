"""What people read at every end, in a terminal and in a pipe, is a sentence in their own words."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

import robot
from robot import logs
from robot.cancellation.actions import Finish
from robot.cancellation.events import OrderSeen, VendorIntended
from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import build_receipt
from robot.cancellation.receipts.summary import finished_event
from robot.cancellation.state import replay
from robot.cancellation.words.problems import SPECS
from robot.cli import commands as cli
from robot.errors import DatabaseDown
from robot.problems import Problem
from robot.runner import preflight
from robot.runner import robot as robots
from robot.storage.database import Database
from tests.support.facts import ASKED, CANCELLED, LIVE, T0
from tests.support.idle_lane import start_no_browser
from tests.support.sentences import faults
from tests.support.sources import tree_of
from tests.support.terminal import PseudoTerminal

NUMBER = "111-1234567-1234567"
ORDER = replace(ASKED, number=NUMBER, po="P0012345")
#: How far a case can have come: nothing done, pressed, cancelled and confirmed at the vendor.
BEGUN = (ORDER, OrderSeen(at=T0, facts=replace(LIVE, number=NUMBER)))
PRESSED = (*BEGUN, VendorIntended(at=T0 + timedelta(seconds=1), token=1))
CONFIRMED = (*PRESSED, OrderSeen(at=T0 + timedelta(seconds=2), facts=CANCELLED))
WITHOUT_PROBLEM = frozenset({Outcome.DONE, Outcome.DRY_RUN})


def receipt_of(outcome, problem=None, events=BEGUN, text="The page said so."):
    end = finished_event(replay(events), Finish(outcome, problem, text), "Amazon Business", T0)
    return build_receipt((*events, end), "Amazon Business")


# --- sentences of every end -----------------------------------------------------------------------


@pytest.mark.parametrize("events", [BEGUN, PRESSED, CONFIRMED], ids=["begun", "pressed", "done"])
@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_end_is_told_in_plain_words(outcome, events):
    """Whatever the problem is, of this version or of another."""
    for problem in (None, *Problem):
        receipt = receipt_of(outcome, problem, events)
        told = f"{receipt.headline}\n{receipt.next_step or ''}"
        assert receipt.headline[:1].isupper(), problem
        assert receipt.headline.rstrip("”").endswith((".", "!", "?")), problem
        assert faults(told) == [], problem


# --- what a command prints, and how it ends -------------------------------------------------------

ENDINGS = [
    (Outcome.DONE, None, CONFIRMED, 0, "is cancelled at Amazon Business and PO"),
    (Outcome.DRY_RUN, None, BEGUN, 0, "can be cancelled at Amazon Business"),
    (Outcome.REFUSED, Problem.SHIPPED, BEGUN, 3, "has shipped order"),
    (Outcome.PENDING, Problem.NOT_CONFIRMED, PRESSED, 4, "has not confirmed it yet"),
    (Outcome.NEEDS_PERSON, Problem.PARTLY_CANCELLED, PRESSED, 5, "Only some lines"),
    (Outcome.FAILED, Problem.SITE_DOWN, BEGUN, 6, "The page said so."),
    (Outcome.NEEDS_PERSON, Problem.DECLINED, BEGUN, 7, "You said no; nothing was cancelled."),
    (Outcome.FAILED, Problem.BUSY, BEGUN, 8, "The page said so."),
]
END = pytest.mark.parametrize(
    "outcome, problem, events, status, words", ENDINGS, ids=[str(one[3]) for one in ENDINGS]
)


@pytest.fixture
def no_browser(monkeypatch):
    """Put a lane that starts no browser in the place of the real one."""
    start_no_browser(monkeypatch)


@pytest.fixture
def robot_that_ends(monkeypatch, tmp_path, no_browser):
    """Put a robot in the place of the real one that ends at once, with these receipts."""

    def ends(*receipts, error=None):
        @contextmanager
        def opened(settings, *_args, **_more):
            database = Database(settings.database_url)

            def run(_wishes, observer, **_more):
                observer.step_began("Look at the order at Amazon Business")
                observer.step_ended("Look at the order at Amazon Business", ok=error is None)
                for receipt in receipts:
                    observer.receipt(receipt)
                if error is not None:
                    raise error
                return list(receipts)

            cases = SimpleNamespace(
                folder=lambda request: f"{tmp_path}/evidence/{request}",
                ledger=SimpleNamespace(database=database),
            )
            try:
                yield SimpleNamespace(run=run, cases=cases)
            finally:
                database.close()

        monkeypatch.setattr(preflight, "preflight", lambda *_args, **_more: None)
        monkeypatch.setattr(robots, "open_robot", opened)
        monkeypatch.setenv("VENDORFIRST_HOME", str(tmp_path))
        monkeypatch.setenv("REALSOURCE_OTP_SECRET", "MNQW4YLSPEWVMQ2VFVXXI4BNONSWG4TFOQWTCOJS")

    return ends


@END
def test_end_in_a_pipe(outcome, problem, events, status, words, robot_that_ends, command):
    receipt = receipt_of(outcome, problem, events)
    robot_that_ends(receipt)
    told = command("cancel", NUMBER, "--yes")
    assert told.status == status
    assert words in told.out
    assert f"{receipt.id}/receipt.html" in told.out
    assert faults(told.out) == faults(told.err) == []
    assert "\x1b" not in told.out + told.err


@END
def test_end_in_a_terminal(outcome, problem, events, status, words, robot_that_ends, at_terminal):
    robot_that_ends(receipt_of(outcome, problem, events))
    ended, shown = at_terminal("cancel", NUMBER)
    assert ended == status
    assert words in shown
    assert faults(shown) == []
    assert "✓ Look at the order at Amazon Business" in shown


@END
def test_end_as_json(outcome, problem, events, status, words, robot_that_ends, command):
    receipt = receipt_of(outcome, problem, events)
    robot_that_ends(receipt)
    told = command("cancel", NUMBER, "--yes", "--json")
    assert told.status == status
    (line,) = told.out.splitlines()
    said = json.loads(line)
    assert (said["outcome"], said["problem"]) == (outcome, problem)
    assert words in said["summary"]


@pytest.mark.parametrize(
    "receipts, error, status, words",
    [
        ((), KeyboardInterrupt(), 130, "Interrupted. Nothing is left half done."),
        (
            (receipt_of(Outcome.PENDING, Problem.INTERRUPTED, PRESSED),),
            KeyboardInterrupt(),
            4,
            "Interrupted. What was pressed is not at its end yet",
        ),
        ((), DatabaseDown("It can't be read.", next_step="Look."), 6, "What to do now: Look."),
    ],
)
def test_end_in_the_middle(receipts, error, status, words, robot_that_ends, command, at_terminal):
    robot_that_ends(*receipts, error=error)
    told = command("cancel", NUMBER, "--yes")
    assert told.status == status
    assert words in told.err
    ended, shown = at_terminal("cancel", NUMBER)
    assert ended == status
    assert words in shown
    assert faults(shown) == faults(told.err) == []


def test_each_of_several_is_named_once(robot_that_ends, command):
    other = replace(receipt_of(Outcome.FAILED, Problem.SITE_DOWN), id="r2")
    robot_that_ends(receipt_of(Outcome.DONE, events=CONFIRMED), other)
    told = command("cancel", NUMBER, "111-7654321-7654321", "--yes")
    assert told.status == 6
    assert f"\nOrder {NUMBER} is cancelled" in told.out
    assert f"\n{NUMBER}: The page said so." in told.out


@pytest.mark.parametrize(
    "words", [("--quiet", "cancel", NUMBER, "--yes"), ("cancel", NUMBER, "--yes", "--quiet")]
)
def test_quiet_command_prints_its_end_alone(words, robot_that_ends, command):
    robot_that_ends(receipt_of(Outcome.DONE, events=CONFIRMED))
    told = command(*words)
    assert told.err == ""
    assert "is cancelled at Amazon Business" in told.out


# --- every command --------------------------------------------------------------------------------


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from leaves(inner, (*words, name))
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield words


def param(words: tuple[str, ...]) -> list[click.Parameter]:
    command: click.Command = cli.cli
    for word in words:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    return command.params


@pytest.mark.parametrize(
    "words", [("--quiet", "queue", "list"), ("queue", "--quiet", "list"), ("queue", "list", "-q")]
)
def test_quiet_look_says_not_where_it_looks(words, command, tmp_path):
    told = command(*words, VENDORFIRST_HOME=str(tmp_path))
    assert told.err == ""
    assert "The queue is empty." in told.out


@pytest.mark.parametrize("words", [("-v", "cancel"), ("cancel", "--verbose")])
def test_verbose_command_shows_the_log(words, robot_that_ends, command, monkeypatch):
    asked = []
    monkeypatch.setattr(logs, "configure", lambda *_, verbose: asked.append(verbose))
    robot_that_ends(receipt_of(Outcome.DONE, events=CONFIRMED))
    assert command(*words, NUMBER, "--yes").status == 0
    assert asked == [True]


@pytest.mark.parametrize("words", [(), ("queue",), *sorted(leaves(cli.cli))], ids=" ".join)
def test_every_command_can_be_quiet_or_verbose(words):
    told = {option for one in param(words) for option in one.opts}
    assert {"--quiet", "-q", "--verbose", "-v"} <= told


COMMANDS = sorted(leaves(cli.cli))
#: Those that can't be meant without something more.
NEEDING = [words for words in COMMANDS if any(one.required for one in param(words))]


@pytest.fixture
def at_terminal(monkeypatch, tmp_path):
    """Run a command at a terminal, and return its status and what a person read."""

    def run(*words, answers=""):
        monkeypatch.setenv("VENDORFIRST_HOME", str(tmp_path))
        monkeypatch.setattr(sys, "argv", ["vendorfirst", *words])
        with (
            PseudoTerminal(monkeypatch, answers) as terminal,
            pytest.raises(SystemExit) as end,
        ):
            cli.main()
        return int(end.value.code or 0), terminal.shown

    return run


@pytest.mark.parametrize("words", NEEDING, ids=" ".join)
def test_command_that_lacks_something_says_what(words, command, at_terminal, tmp_path):
    told = command(*words, VENDORFIRST_HOME=str(tmp_path))
    status, shown = at_terminal(*words)
    assert told.status == status == 2
    assert "Missing " in told.err
    assert "Missing " in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_option_that_is_not_there_is_named(words, command, at_terminal):
    told = command(*words, "--no-such-option")
    status, shown = at_terminal(*words, "--no-such-option")
    if words == ("record",):  # what stands behind its name is another command's
        assert told.status == status == 2
        return
    assert told.status == status == 2
    assert "--no-such-option" in told.err
    assert "--no-such-option" in shown


#: What can be asked of an empty home: the words, the status, and what is said.
EMPTY = [
    (("queue", "list"), 0, "The queue is empty."),
    (("queue", "show", NUMBER), 2, "is not in the queue"),
    (("queue", "retry", NUMBER), 2, "is not in the queue"),
    (("queue", "resume"), 0, "Nothing was held."),
    (("queue", "pause"), 0, "But no worker is at work on this ledger"),
    (("queue", "pause", "nowhere"), 2, "that can be paused"),
    (("queue", "resolve", NUMBER, "--as", "done", "--because", "x"), 2, "nothing that is open"),
    (("queue", "add", NUMBER), 0, "1 taken, 0 not taken."),
    (("queue", "add", "nothing"), 2, "neither an order number"),
    (("check", "list.csv"), 2, "vendorfirst queue add list.csv"),
    (("cancel", NUMBER, "--yes", "--wait", "soon"), 2, "is no duration"),
    (("ledger", "verify"), 6, "nothing proves anything"),
    (("evidence", "verify"), 6, "nothing proves anything"),
    (("evidence", "export", NUMBER), 6, "nothing proves anything"),
    (("evidence", "purge", "--older-than", "7y"), 0, "No evidence is that old."),
    (("ledger", "export"), 0, "0 receipts exported"),
    (("permission", "list"), 0, "No permission is on record."),
    (("permission", "add", "amazon_business", "--account", "VCU", "--granted-by", "x",
      "--reference", "y", "--until", "never"), 2, "is no day"),
    (("replay",), 2, "There are no recordings"),
    (("recordings", "check"), 2, "There are no recordings"),
    (("record", "x", "--", "work"), 2, "Only cancel and check can be recorded."),
    (("sites", "list"), 0, "Amazon Business"),
    (("login", "duo"), 2, "has no session of its own"),
    (("login", "nowhere"), 2, "There is no site 'nowhere'"),
    (("demo", "--scenario", "nowhere"), 2, "There is no scenario 'nowhere'"),
    (("help", "nothing"), 2, "There is no topic 'nothing'"),
    (("watchlist", "list"), 0, "Nothing that was found waits for anybody."),
]  # fmt: skip


@pytest.mark.usefixtures("no_browser")
@pytest.mark.parametrize("words, status, said", EMPTY, ids=[" ".join(one[0])[:40] for one in EMPTY])
def test_words_in_an_empty_home(words, status, said, command, at_terminal, tmp_path):
    told = command(*words, VENDORFIRST_HOME=str(tmp_path / "pipe"))
    assert told.status == status
    assert said in told.out + told.err
    ended, shown = at_terminal(*words)
    assert ended == status
    assert said in shown
    if words[0] != "sites":  # it lists names that are typed
        assert faults(told.err) == []


# --- every message of the code --------------------------------------------------------------------

ROOT = Path(robot.__file__).parents[1]
#: What is called with a sentence for people.
SAYS = frozenset(
    {"message", "say", "told", "needs_phone", "Diagnosis", "ProblemSpec", "Finish"}
    | {"BadInput", "BadSettings", "NeedsPerson", "SystemFailure", "SiteDown", "BrowserDied"}
    | {"DatabaseDown", "LedgerChanged", "WorkPaused", "LeaseUnavailable"}
)
#: Keywords and names whose text is one.
TEXTS = frozenset(
    {"msg", "step", "next_step", "touched", "summary", "foreseen", "public_cause", "public_step"}
)


def plain(node: ast.AST) -> str | None:
    """Return the text of a literal, with X for each value in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (one.value if isinstance(one, ast.Constant) else "X" for one in node.values)
        return "".join(map(str, parts))
    return None


def messages(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in SAYS or (name == "echo" and isinstance(node.func, ast.Attribute)):
                yield from filter(None, map(plain, node.args))
            yield from (
                text for one in node.keywords if one.arg in TEXTS and (text := plain(one.value))
            )
        if isinstance(node, ast.Assign):
            names = {one.id for one in node.targets if isinstance(one, ast.Name)}
            if names & TEXTS and (text := plain(node.value)):
                yield text


@cache
def all_messages() -> set[tuple[str, str]]:
    found = set()
    for package in ("robot", "flows"):
        for path in (ROOT / package).rglob("*.py"):
            if (
                "standin" in path.parts or path.name == "site_file.py"
            ):  # whose words are the file's keys
                continue
            tree = tree_of(path)
            found |= {(path.name, text) for text in messages(tree) if " " in text.strip()}
    return found


def test_the_sweep_finds_the_messages():
    assert len(all_messages()) > 300


def test_no_message_of_the_code_speaks_of_its_inside():
    wrong = {
        f"{place}: {fault}: {text[:90]}" for place, text in all_messages() for fault in faults(text)
    }
    assert wrong == set()


def test_no_word_of_a_problem_speaks_of_the_inside():
    for problem, spec in SPECS.items():
        for text in (spec.summary, spec.next_step, spec.public_cause, spec.public_step):
            assert faults(text or "") == [], problem


@pytest.mark.parametrize(
    "text",
    [
        "amazon_business is held",
        "1 time(s)",
        "pressed 1 times",
        "04:29:58 UTC (04:29:58 UTC)",
        "✓ queue: nobody is told",
        "It is None.",
    ],
)
def test_bad_words_are_found(text):
    assert faults(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sign in: vendorfirst login amazon_business",
        "Set VENDORFIRST_HOME, see /srv/a_b/c_d and vcu_cas.toml.",
        "2 times, and once more.",
    ],
)
def test_good_words_pass(text):
    assert faults(text) == []
