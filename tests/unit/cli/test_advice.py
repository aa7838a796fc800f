"""Every command that a message advises is one that the command line knows, with what it needs."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

import robot
from robot.cancellation.orders import Outcome
from robot.cli.commands import cli
from robot.problems import Problem
from robot.sites.registry import _shipped
from robot.storage.ledger import Ledger
from tests.support.ends import NUMBER, PO, Office
from tests.support.sources import tree_of

#: Where the program is: here, or where a wheel was installed.
ROOT = Path(robot.__file__).parents[1]
#: A command in a sentence: words, options and places for a value, up to what ends it.
COMMAND = re.compile(r"\bvendorfirst((?: (?:--?)?[\w./:-]*[\w/])+)")
#: Words after which the sentence goes on, and no argument follows.
VALUE = re.compile(
    r"X|amazon_business|realsource|[A-Z][A-Z_.-]*|\d[\d-]*|[PX]\w*\d\w*|[\w.-]+\.\w+"
)
#: The name of the program, not a command of it.
NAME = re.compile(r"(?:on this machine|record$)")


def texts(tree: ast.AST) -> Iterator[str]:
    """Every string that is said, with X for each value in it; no docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values}
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values
            )
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
            and id(node) not in inside
        ):
            yield node.value


def advised() -> Iterator[tuple[str, str]]:
    for package in ("robot", "flows"):
        for path in sorted((ROOT / package).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if "vendorfirst " not in source:
                continue
            for text in texts(tree_of(path)):
                for found in COMMAND.finditer(re.sub(r"\{[^{}]*\}", "X", text)):
                    yield str(path.relative_to(ROOT)), found.group(1).strip()
    for path in sorted(_shipped().glob("*.toml")):
        said = re.sub(r"(?m)^#.*", "", path.read_text(encoding="utf-8"))
        for found in COMMAND.finditer(said):
            yield path.name, found.group(1).strip()


def is_before_its_command(words: list[str], group: click.Group) -> bool:
    """Tell whether an option of a group, with its value, comes first and a command of it next."""
    if words[:1] == ["--env-file"]:
        return True
    return words[:1] == ["--port"] and "".join(words[2:3]) in group.commands


def wrong_with(words: list[str]) -> str | None:
    """Why a command does not work, None where it does."""
    command: click.Command = cli
    while isinstance(command, click.Group):
        while is_before_its_command(words, command):
            words = words[2:]
        if not words:
            return None  # the group itself is named
        if command.invoke_without_command and words[0].startswith("-"):
            break  # its own options
        if words[0] not in command.commands:
            return f"there is no {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    unknown = [word for word in words if word.startswith("-") and word not in {*known, "--"}]
    if unknown:
        return f"there is no option {unknown[0]}"
    needed = [one for one in command.params if isinstance(one, click.Argument) and one.required]
    if needed and not (words and VALUE.fullmatch(words[0])):
        return f"it needs {needed[0].human_readable_name}"
    options = [one for one in command.params if isinstance(one, click.Option) and one.required]
    missing = [one.opts[0] for one in options if not {*one.opts} & {*words}]
    return f"it needs {missing[0]}" if missing else None


def typed(words: list[str]) -> str:
    """The command as it is typed, with X for each value, without the sentence that goes on."""
    command: click.Command = cli
    said: list[str] = []
    while isinstance(command, click.Group) and words:
        if is_before_its_command(words, command):
            said += [words[0], "X"]
            words = words[2:]
        elif words[0] in command.commands:
            command = command.commands[words[0]]
            said.append(words[0])
            words = words[1:]
        else:
            break
    known = {name: one for one in command.params for name in (*one.opts, *one.secondary_opts)}
    takes = any(isinstance(one, click.Argument) for one in command.params)
    if takes and words and VALUE.fullmatch(words[0]):
        said.append("X")
    for nth, word in enumerate(words):
        option = known.get(word)
        if isinstance(option, click.Option):
            said.append(word)
            if not option.is_flag and VALUE.fullmatch(" ".join(words[nth + 1 : nth + 2])):
                said.append("X")
    return " ".join(said)


FOUND = sorted({pair for pair in advised() if not NAME.match(pair[1])})


def test_the_search_finds_the_advice():
    assert len(FOUND) > 40


@pytest.mark.parametrize("place, command", FOUND)
def test_advised_command_works(place, command):
    assert wrong_with(command.split()) is None, place


@pytest.mark.parametrize(
    "command, why",
    [
        ("queue shew X", "there is no shew"),
        ("login", "it needs SITE"),
        ("cancel X --confirm", "there is no option --confirm"),
        ("queue show and more", "it needs NUMBER"),
        ("queue resolve X --as done", "it needs --because"),
    ],
)
def test_wrong_advice_is_found(command, why):
    assert wrong_with(command.split()) == why


# --- and each is run ------------------------------------------------------------------------------


def after(*given: Callable[[Office], object]) -> tuple[Callable[[Office], object], ...]:
    """What has happened when the command is advised."""
    return given


def ended(outcome: Outcome, problem: Problem | None = None) -> Callable[[Office], object]:
    return lambda office: office.ends(outcome, problem)


def ran(words: str) -> Callable[[Office], object]:
    return lambda office: office.run(words)


def listed(office: Office) -> None:
    (office.folder / "list.csv").write_text(f"order\n{NUMBER}\n", encoding="utf-8")


def settings_file(office: Office) -> None:
    file = office.folder / "other.env"
    file.write_text(f"VENDORFIRST_HOME={office.home}\n", encoding="utf-8")
    file.chmod(0o600)


DONE = Outcome.DONE
BECAUSE = "--because 'Done by telephone'"
PERMISSION = "--account VCU --granted-by Amazon --reference 'letter of May' --until 2099-06-30"
EXPORTS = "--realsource pos.csv --vendor amazon_business=orders.csv"
#: Each command that is advised, what came before, and how it is typed where more is needed than
#: the sentence says: a reason, a file, who allowed it.
ADVISED: dict[str, tuple[str, tuple[Callable[[Office], object], ...], str]] = {
    "--env-file X": ("--env-file other.env queue list", after(settings_file), "is empty"),
    "--env-file X doctor": (
        "--env-file other.env doctor", after(settings_file, Office.healthy), "other.env"),
    "--env-file X queue pause": (
        "--env-file other.env queue pause", after(settings_file), "Everything is paused."),
    "cancel X": (f"cancel {NUMBER} --yes", after(ended(DONE)), "is cancelled at"),
    "cancel X --po X": (f"cancel {NUMBER} --po {PO} --yes", after(ended(DONE)), "is cancelled at"),
    "check X": (f"check {NUMBER}", after(ended(Outcome.DRY_RUN)), "can be cancelled"),
    "check X --po X": (f"check {NUMBER} --po {PO}", after(ended(Outcome.DRY_RUN)), "can be cancel"),
    "console --practice": ("console --practice --port 0", after(Office.practises), "Open this"),
    "console --port X invite --role": (
        "console --port 8322 invite --role viewer --name Ann", (), ":8322/enter?key="),
    "console invite --role": ("console invite --role viewer --name Ann", (), "/enter?key="),
    "demo": ("demo", after(Office.demonstrates), "saw every promise kept"),
    "doctor": ("doctor", after(Office.healthy), "notices"),
    "ledger verify": ("ledger verify", after(Office.kept), "every seal holds"),
    "ledger verify --head": (
        "ledger verify --head {head}", after(Office.kept), "every seal holds"),
    "login X": ("login realsource", after(Office.signs_in), "The session is kept"),
    "permission add X --account X --granted-by X --reference X --until X": (
        f"permission add amazon_business {PERMISSION}", (), "Amazon allows VCU"),
    "queue add X": ("queue add list.csv", after(listed), "1 taken"),
    "queue approve X": (f"queue approve {NUMBER} --yes", after(Office.over_a_limit), "is due now"),
    "queue list": ("queue list", after(Office.queued), "1 waiting"),
    "queue resolve X --as --because X": (
        f"queue resolve {NUMBER} --as done {BECAUSE}", after(Office.pressed), "is settled"),
    "queue resume": ("queue resume", after(ran("queue pause")), "Everything goes on"),
    "queue resume X": (
        "queue resume realsource", after(ran("queue pause realsource")), "RealSource"),
    "evidence export X": (f"evidence export {NUMBER}", after(Office.kept), "SHA-256"),
    "queue retry X": (
        f"queue retry {NUMBER} --yes", after(Office.waits_for_a_person), "is due now"),
    "queue show X": (f"queue show {NUMBER}", after(Office.vendor_cancelled), "order seen"),
    "queue token X": (
        f"queue token {NUMBER} --yes", after(Office.checked), f"Order {NUMBER}"),
    "record X --rewrite": (
        f"record shipped --rewrite -- cancel {NUMBER} --yes",
        after(Office.recordings, Office.records), "Recorded: recordings/shipped"),
    "recordings check": ("recordings check", after(Office.recordings), "No leak was found."),
    "standin serve": ("standin serve --port 9445", after(Office.stopped), "Stopped."),
    "watchlist list": ("watchlist list", after(Office.found), PO),
    "watchlist run --realsource --vendor X": (
        "watchlist run --realsource pos.csv --vendor amazon_business=orders.csv",
        after(Office.clean_exports), "Both say the same"),
    "watchlist schedule --try": (
        "watchlist schedule --try",
        after(Office.exports, ran(f"watchlist schedule {EXPORTS}")), PO),
    "work": ("work --until-empty", after(Office.works), "Ended."),
}  # fmt: skip


@pytest.fixture
def office(tmp_path, monkeypatch):
    """A folder to work in, with a home."""
    monkeypatch.setenv("VENDORFIRST_HOME", str(tmp_path / "home"))
    return Office(tmp_path, monkeypatch)


def test_every_advised_command_is_run():
    assert {typed(command.split()) for _, command in FOUND} == set(ADVISED)


@pytest.mark.parametrize("advice", ADVISED)
def test_advised_command_does_what_was_said(advice, office, command, monkeypatch):
    """It is run where it is advised: in a home that stands so, with systems that are not real."""
    words, given, said = ADVISED[advice]
    for happened in given:
        happened(office)
    if "{head}" in words:
        with office.database() as database:
            words = words.format(head=Ledger(database).head().text)
    told = command(*shlex.split(words))
    assert told.status == 0, told
    assert said in told.out + told.err
