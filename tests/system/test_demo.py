"""``vendorfirst standin serve``: what it prints for a shell."""

from __future__ import annotations

import shlex

from robot import settings
from robot.cli import demo


def served():
    """The lines for a shell, as words."""
    said = []

    def echo(text):
        said.append(text)
        if "Serving" in text:
            raise KeyboardInterrupt

    demo.serve(0, 0.0, echo)
    return [shlex.split(line) for line in said if line.startswith("export ")]


def test_the_lines_for_a_shell_lead_to_no_ledger_of_live_orders(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text(
        f"VENDORFIRST_HOME={tmp_path}/live\nVENDORFIRST_DATABASE_URL=postgresql://db.example/live\n"
        "VENDORFIRST_EVIDENCE=s3://live/evidence\nVENDORFIRST_NOTIFY=json://people.example\n"
        "VENDORFIRST_BROWSER_WS=ws://far.example:3000/\n"
    )
    (tmp_path / ".env").chmod(0o600)
    for _export, line in served():
        monkeypatch.setenv(*line.split("=", 1))
    told = settings.load()
    assert told.uses_stand_ins
    assert told.home.is_relative_to(tmp_path / "live" / "standin")
    assert told.database_url == f"sqlite:///{told.home}/ledger.sqlite"
    assert told.evidence_place == f"{told.home}/evidence"
    assert (told.notify, told.browser_ws) == ("", ())


def test_a_home_that_the_environment_names_is_left_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("VENDORFIRST_HOME", str(tmp_path))
    names = {line.partition("=")[0] for _export, line in served()}
    assert "VENDORFIRST_RESOLVE" in names
    assert not names & {"VENDORFIRST_HOME", "VENDORFIRST_DATABASE_URL"}
