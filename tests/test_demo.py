"""``vendorfirst standin serve``: what it prints for a shell."""

from __future__ import annotations

import shlex

from robot import demo, settings


def test_the_lines_for_a_shell_lead_to_no_ledger_of_live_orders(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text(
        f"VENDORFIRST_HOME={tmp_path}/live\nVENDORFIRST_DATABASE_URL=postgresql://db.example/live\n"
        "VENDORFIRST_EVIDENCE=s3://live/evidence\nVENDORFIRST_NOTIFY=json://people.example\n"
        "VENDORFIRST_BROWSER_WS=ws://far.example:3000/\n"
    )
    (tmp_path / ".env").chmod(0o600)
    said = []

    def echo(text):
        said.append(text)
        if "Serving" in text:
            raise KeyboardInterrupt

    demo.serve(0, 0.0, echo)
    lines = [shlex.split(line) for line in said if line.startswith("export ")]
    for _export, line in lines:
        monkeypatch.setenv(*line.split("=", 1))
    told = settings.load()
    assert told.resolved
    assert told.home.is_relative_to(tmp_path / "live" / "standin")
    assert told.database_url == f"sqlite:///{told.home}/ledger.sqlite"
    assert told.evidence_place == f"{told.home}/evidence"
    assert (told.notify, told.browser_ws) == ("", ())
