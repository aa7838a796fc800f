"""``vendorfirst watchlist`` from the user's side: two files in, what is said, the exit status."""

from __future__ import annotations

import csv
import io
import json
import shlex
import sys
from pathlib import Path

import pytest

from robot.cli import main
from robot.evidence.export import unescape_cell
from robot.queue.table import QueueTable
from robot.storage.database import Database
from robot.watchlist.findings import FindingKind
from robot.watchlist.views import TITLES
from tests.support.site_files import own_site_file
from tests.support.terminal import PseudoTerminal

ONE, TWO, THREE = (f"111-000000{n}-000000{n}" for n in (1, 2, 3))
CANARY = "Kanarienvogel"
POS = f"""PO Number,Supplier,PO Status,PO Date,PO Total,Prepared For
P0100001,Amazon Business,Cancelled,2026-10-01,1200.00,{CANARY}
P0100002,Amazon Business,Completed,2026-10-01,50.00,{CANARY}
P0100003,Amazon Business,Cancelled,2026-10-01,30.00,{CANARY}
P0100004,Amazon Business,Completed,2026-10-01,9.00,{CANARY}
P0100005,Fisher Scientific,Completed,2026-10-01,9.00,{CANARY}
"""
COLUMNS = "Order Date;Order ID;PO Number;Currency;Order Net Total;Order Status;Approver"
ORDERS_HEADER = f"{COLUMNS};Invoice Status"
ORDERS = f"""{ORDERS_HEADER}
10/01/2026;{ONE};="P0100001";USD;1,200.00;Pending;{CANARY};
10/01/2026;{TWO};="P0100002";USD;50.00;Cancelled;{CANARY};
10/01/2026;{THREE};="P0100003";USD;30.00;Closed;{CANARY};Paid
"""


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def files(tmp_path):
    """Both exports, as options of the command."""
    here, there = tmp_path / "pos.csv", tmp_path / "orders.csv"
    here.write_text(POS, encoding="utf-8")
    there.write_text(ORDERS, encoding="utf-16")
    return ["--realsource", str(here), "--vendor", f"amazon_business={there}"]


@pytest.fixture
def run(command, home, files):
    def say(*args: str, **env: str):
        return command("watchlist", "run", *files, *args, VENDORFIRST_HOME=str(home), **env)

    return say


def test_json_has_one_finding_a_line(run):
    said = run("--json")
    found = {one["po"]: one for one in map(json.loads, said.out.splitlines())}
    assert {po: one["finding"] for po, one in found.items()} == {
        "P0100001": "alive_at_vendor",
        "P0100002": "open_here",
        "P0100003": "billed",
        "P0100004": "not_found",
        "P0100005": "other_vendor",
    }
    assert list(found["P0100001"]) == [
        "po", "finding", "vendor", "orders", "amount", "reason", "action",
    ]  # fmt: skip
    assert found["P0100001"]["orders"] == [{"number": ONE, "state": "live", "amount": "1200.00"}]
    assert found["P0100001"]["amount"] == "1200.00"
    assert found["P0100004"]["action"] is None
    assert f"queue add {TWO} --po P0100002 " in found["P0100002"]["action"]
    assert said.status == 5


def test_advice_is_the_campus_own(run, tmp_path):
    """VCU's words are shipped; another campus overrides them in its own site file."""
    billed = 'vendor Amazon (V01039522)."'
    own = own_site_file(tmp_path / "selectors", "realsource", billed, 'vendor 42."')
    shipped = json.loads(run("--json").out.splitlines()[1])
    campus = json.loads(run("--json", VENDORFIRST_SELECTORS=str(own)).out.splitlines()[1])
    assert shipped["finding"] == campus["finding"] == "billed"
    assert "“After the Fact”, vendor Amazon (V01039522)" in shipped["action"]
    assert "vendor 42." in campus["action"]


def test_action_queues_the_cancellation(run, command, home):
    """The command that a finding names is the queue's own, and is taken as it stands."""
    worst = json.loads(run("--json").out.splitlines()[0])
    program, *words = shlex.split(worst["action"])
    assert program == "vendorfirst"
    said = command(*words, VENDORFIRST_HOME=str(home))
    assert said.status == 0, said.err
    database = Database(f"sqlite:///{home}/ledger.sqlite")
    (item,) = QueueTable(database).listed()
    database.close()
    assert (item.number, item.po) == (ONE, "P0100001")
    assert item.request.reason == "Watch-list: alive at vendor"


def test_table_shows_the_worst_first_and_its_sums(run):
    said = run()
    lines = said.out.splitlines()
    assert lines[0].split() == ["Finding", "POs", "At", "stake"]
    assert "$1,200.00" in lines[1]
    told = [line.partition(": PO ")[0] for line in lines if ": PO " in line]
    kinds = FindingKind.ALIVE_AT_VENDOR, FindingKind.BILLED, FindingKind.OPEN_HERE
    assert told == [TITLES[kind] for kind in kinds]
    assert "In one export only: PO " in run("--all").out


def test_exports_are_told_with_their_age_and_columns(run):
    said = run("--json")
    assert "newest day 2026-10-01" in said.err
    assert "It is old" in said.err
    assert "po = “PO Number”" in said.err


def test_files_for_people_are_written(run, tmp_path):
    """A CSV that a spreadsheet leaves as it is, and a page that loads nothing."""
    run("--csv", str(tmp_path / "out.csv"), "--html", str(tmp_path / "out.html"))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text("utf-8-sig"))))
    assert [unescape_cell(row["po"]) for row in rows][:3] == ["P0100001", "P0100003", "P0100002"]
    assert rows[0]["amount"] == "1200.00"
    told = "RealSource 2026-10-01 (old); Amazon Business 2026-10-01 (old)"
    assert {row["exports"] for row in rows} == {told}
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "$1,200.00" in page
    assert page.count("newest day 2026-10-01") == page.count("It is old") == 2
    assert "<script" not in page


def test_what_a_file_says_is_no_code_in_a_report(run, files, tmp_path):
    status = "=cmd|'/c calc'!A1<script>"
    text = POS.replace("P0100004,Amazon Business", f'P0100004,"{status}"')
    Path(files[1]).write_text(text, encoding="utf-8")
    run("--all", "--csv", str(tmp_path / "out.csv"), "--html", str(tmp_path / "out.html"))
    rows = list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text("utf-8-sig"))))
    assert not [cell for row in rows for cell in row if cell.startswith("=")]
    assert "<script" not in (tmp_path / "out.html").read_text(encoding="utf-8")


def test_nobody_of_the_exports_is_named(run, tmp_path, home):
    """The names in columns that no finding needs come out nowhere."""
    outputs = [tmp_path / "out.csv", tmp_path / "out.html"]
    said = run("--all", "--csv", str(outputs[0]), "--html", str(outputs[1]))
    told = run("--json")
    kept = [path for path in home.rglob("*") if path.is_file()] if home.exists() else []
    texts = [path.read_bytes().decode("utf-8", "replace") for path in (*outputs, *kept)]
    assert CANARY not in said.out + said.err + told.out + told.err + "".join(texts)


def test_all_well_ends_with_0(run, files):
    Path(files[1]).write_text(POS.splitlines()[0] + "\nP0100009,Amazon,Open,,1,\n")
    Path(files[3].partition("=")[2]).write_text(ORDERS_HEADER)
    said = run("--json")
    assert said.status == 0
    assert json.loads(said.out)["finding"] == "not_found"


def test_column_is_named_once_and_remembered(run, files):
    Path(files[1]).write_text(POS.replace("PO Number", "Beleg"), encoding="utf-8")
    said = run()
    assert said.status == 2
    assert "“Beleg”" in said.err
    assert run("--column", "realsource.po=Beleg").status == 5
    assert run().status == 5


@pytest.mark.parametrize(
    "said, why",
    [
        ("realsource.po=Nothing", "pos.csv has no column “Nothing”, which --column says"),
        ("realsource.banana=PO Number", "No column of realsource's export is known as 'banana'"),
        ("nobody.po=PO Number", "There is no site 'nobody'"),
    ],
)
def test_column_that_is_not_there_is_not_remembered(run, said, why):
    """Else each later run would look for it, and find the usual one no more."""
    refused = run("--column", said)
    assert refused.status == 2
    assert why in refused.err
    assert run().status == 5


def test_what_was_found_is_kept_though_its_report_is_not_written(run, command, home):
    refused = run("--html", "/nowhere/at/all.html")
    assert "What was found is kept, and listed by vendorfirst watchlist list." in refused.err
    assert "Nothing was touched" not in refused.err
    assert "new " in command("watchlist", "list", VENDORFIRST_HOME=str(home)).out


def test_column_is_asked_for_once_at_a_terminal(files, home, monkeypatch):
    """By its number in a list of the file's own names; the answer is kept and shown."""
    Path(files[1]).write_text(POS.replace("PO Number", "Beleg"), encoding="utf-8")
    monkeypatch.setenv("VENDORFIRST_HOME", str(home))
    monkeypatch.setattr(sys, "argv", ["vendorfirst", "watchlist", "run", *files])
    shown = []
    for answers in ("1\n", ""):
        with PseudoTerminal(monkeypatch, answers) as terminal, pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 5, terminal.shown
        shown.append(terminal.shown)
    assert "Which column is po?" in shown[0]
    assert "1. Beleg" in shown[0]
    assert "Which column" not in shown[1]
    assert "po = “Beleg”" in shown[1]


@pytest.mark.parametrize(
    "args",
    [
        ["--vendor", "amazon_business"],
        ["--vendor", "nobody=x.csv"],
        ["--column", "po=x"],
        ["--csv", "/nowhere/at/all.csv"],
    ],
)
def test_bad_input_ends_with_2(run, args):
    said = run(*args)
    assert said.status == 2
    assert "What to do now" in said.err


def test_finding_is_listed_and_settled(run, command, home):
    run()
    settings = {"VENDORFIRST_HOME": str(home)}
    before = [
        json.loads(line)
        for line in command("watchlist", "list", "--json", **settings).out.splitlines()
    ]
    assert {one["state"] for one in before} == {"new"}
    settle = ("watchlist", "settle", "p0100001", "--because", "Called Amazon.")
    assert command(*settle, **settings).status == 0
    assert command(*settle, **settings).status == 2
    said = command("watchlist", "list", **settings)
    assert said.err.count("newest day 2026-10-01") == said.err.count("It is old") == 2
    assert "settled  Cancelled here, alive at the vendor  PO P0100001" in said.out
    assert ": Called Amazon." in said.out


@pytest.mark.parametrize("place", ["nope.csv", "nope-*.csv", ""])
def test_schedule_says_what_is_not_there_yet(command, files, home, tmp_path, place):
    """A file, a pattern, or a folder with nothing in it: else it is known in the night only."""
    (tmp_path / "bare").mkdir()
    missing = str(tmp_path / "bare" / place).rstrip("/")
    asked = ["--realsource", missing, *files[2:]]
    told = command("watchlist", "schedule", *asked, VENDORFIRST_HOME=str(home))
    assert told.status == 0
    assert f"There is no export at {missing} yet" in told.out
    assert told.out.count("There is no export") == 1


def test_schedule_is_written_tried_and_taken_away(command, files, home):
    settings = {"VENDORFIRST_HOME": str(home)}
    schedule = ("watchlist", "schedule")
    assert "No watch-list" in command(*schedule, **settings).out
    assert command(*schedule, "--realsource", files[1], **settings).status == 2
    assert command(*schedule, *files, "--at", "25:00", **settings).status == 2
    told = command(*schedule, *files, **settings).out
    assert "From 02:00 on" in told
    assert "There is no export" not in told
    assert "Cancelled here, alive at the vendor" in command(*schedule, "--try", **settings).out
    assert "No watch-list" in command(*schedule, "--off", **settings).out
    assert "newest day" not in command("watchlist", "list", **settings).err, "a trial is no run"


def test_schedule_is_kept_apart_from_the_last_run(command, run, files, home):
    settings = {"VENDORFIRST_HOME": str(home)}
    command("watchlist", "schedule", *files, **settings)
    run()
    command("watchlist", "schedule", *files, "--at", "03:00", **settings)
    assert "From 03:00 on" in command("watchlist", "schedule", **settings).out
    assert "newest day" in command("watchlist", "list", **settings).err
    command("watchlist", "schedule", "--off", **settings)
    assert "newest day" in command("watchlist", "list", **settings).err


def test_recheck_of_nothing_needs_no_browser(command, home):
    said = command("watchlist", "recheck", VENDORFIRST_HOME=str(home))
    assert said.status == 0
    assert "No order" in said.err


def test_search_is_scheduled_with_its_rate_and_time(command, home, files):
    """What a night will take is said before; no site is looked at for that."""
    settings = {"VENDORFIRST_HOME": str(home)}
    options = ["--realsource", "search", *files[2:], "--per-minute", "2"]
    said = command("watchlist", "schedule", *options, "--try", **settings)
    assert said.status == 0
    assert "by RealSource's own search (search) for each PO in the report of Amazon" in said.out
    assert "at most 2 look-ups a minute" in said.out
    assert "3 look-ups, at most 2 a minute: 2 min or more." in said.err
    assert "No site was looked at now." in said.err
    assert said.out.split("(search)")[1] in command("watchlist", "schedule", **settings).out


def test_scheduled_files_are_found_from_any_folder(command, home, files, monkeypatch):
    """A worker may be started in another folder than the schedule was written in."""
    folder = Path(files[1]).parent
    monkeypatch.chdir(folder)
    options = ["--realsource", "pos.csv", "--vendor", "amazon_business=orders.csv"]
    said = command("watchlist", "schedule", *options, VENDORFIRST_HOME=str(home))
    assert (
        f"RealSource ({folder / 'pos.csv'}), Amazon Business ({folder / 'orders.csv'})" in said.out
    )


def test_days_of_a_search_must_be_days(command, home, files):
    options = ["--realsource", "search:october", *files[2:]]
    for words in (("run",), ("schedule",)):
        said = command("watchlist", *words, *options, VENDORFIRST_HOME=str(home))
        assert said.status == 2
        assert "search:2026-10-01..2026-10-31" in said.err
