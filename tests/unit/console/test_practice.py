"""Practising leads to stand-in sites alone, whatever is set for live ones."""

from __future__ import annotations

from robot import settings
from robot.console.practice import _environment


def test_no_live_setting_reaches_the_practice(tmp_path, monkeypatch):
    """Neither of the environment nor of a file of settings beside it."""
    live = {
        "VENDORFIRST_DATABASE_URL": "postgresql://live.example/ledger",
        "VENDORFIRST_NOTIFY": "mailto://somebody@live.example",
        "AMAZON_BUSINESS_EMAIL": "buyer@live.example",
        "REALSOURCE_PASSWORD": "of-the-live-site",
    }
    for name, value in live.items():
        monkeypatch.setenv(name, value)
    home = tmp_path / "practice"
    home.mkdir()
    (home / ".env").write_text("VENDORFIRST_EVIDENCE=s3://live/evidence\n")
    (home / ".env").chmod(0o600)
    told = {"VENDORFIRST_HOME": str(home), "VENDORFIRST_RESOLVE": "www.amazon.com=127.0.0.1:1"}
    environment = _environment(home, told)
    found = settings.load(environment, home)
    assert found.uses_stand_ins
    assert found.database_url == f"sqlite:///{home / 'ledger.sqlite'}"
    assert (found.notify, found.evidence) == ("", None)
    assert found.site_value("REALSOURCE_PASSWORD") is None
    assert not any(value in environment.values() for value in live.values())
