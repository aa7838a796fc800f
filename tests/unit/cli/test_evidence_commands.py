"""The commands that check and hand out evidence, and what they say of a ledger that is gone."""

from __future__ import annotations

import zipfile

import pytest

from robot.storage.database import Database
from tests.support.facts import ONE
from tests.support.kept_orders import KeptOrders


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    database = Database(f"sqlite:///{home / 'ledger.sqlite'}")
    KeptOrders.at(home, database).add()
    database.close()
    return home


@pytest.fixture
def say(command, home):
    def run(*args):
        return command(*args, VENDORFIRST_HOME=str(home))

    return run


def test_noted_head_is_found_again_and_another_is_not(say):
    told = say("ledger", "verify")
    head = told.out.partition("Head: ")[2].split()[0]
    assert say("ledger", "verify", "--head", head).status == 0
    number, _, seal = head.partition(":")
    told = say("ledger", "verify", "--head", f"{number}:{seal[::-1]}")
    assert told.status == 6
    assert "another seal than the one that was noted" in told.err
    assert say("ledger", "verify", "--head", "nonsense").status == 2


@pytest.mark.parametrize("how", ["deleted", "emptied"])
@pytest.mark.parametrize("command_line", [("ledger", "verify"), ("evidence", "verify")])
def test_ledger_that_is_gone_is_no_success(say, home, how, command_line):
    file = home / "ledger.sqlite"
    for other in home.glob("ledger.sqlite*"):
        other.unlink()
    if how == "emptied":
        file.touch()
    told = say(*command_line)
    assert told.status == 6
    assert "Evidence of 1 request lies in" in told.err
    assert not file.exists() if how == "deleted" else file.stat().st_size == 0


def test_edited_receipt_page_is_noticed(say, home):
    assert say("evidence", "verify").status == 0
    (page,) = home.rglob("receipt.html")
    page.write_text(page.read_text().replace("Refused", "Done"))
    told = say("evidence", "verify")
    assert told.status == 6
    assert "receipt.html was changed" in told.err


def test_a_file_beside_the_evidence_is_said_and_left(say, home):
    (page,) = home.rglob("receipt.html")
    stray = page.with_name("20260101-amazon-order.jpg")
    stray.touch()
    told = say("evidence", "verify")
    assert told.status == 6
    assert f"{stray.name} was never booked, so it is no evidence" in told.err
    assert stray.exists()


def test_export_writes_zip_and_its_hash(say, tmp_path):
    told = say("evidence", "export", ONE, "--output", str(tmp_path / "out.zip"))
    assert told.status == 0
    with zipfile.ZipFile(tmp_path / "out.zip") as packed:
        assert f"{ONE}/VERIFY.md" in packed.namelist()
    seal = (tmp_path / "out.zip.sha256").read_text().split()[0]
    assert seal in told.out
    assert say("evidence", "export", "111-9999999-9999999").status == 2


def test_purge_says_what_goes_and_what_is_held(say, home):
    told = say("evidence", "purge", "--older-than", "7y", "--dry-run")
    assert told.out == "No evidence is that old.\n"
    assert say("evidence", "hold", ONE, "--because", "A dispute").status == 0
    assert say("evidence", "purge", "--older-than", "0d").status == 2
    assert list(home.rglob("*.jpg"))


def test_export_of_the_ledger_names_its_head(say):
    told = say("ledger", "export")
    assert "Head of the ledger: " in told.err
