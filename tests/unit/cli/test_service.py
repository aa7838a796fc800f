"""Running it as a service: its figures, its units, its container."""

from __future__ import annotations


def test_metrics_are_printed_and_nothing_else(command, sqlite_url, tmp_path):
    told = command(
        "metrics", VENDORFIRST_HOME=str(tmp_path / "home"), VENDORFIRST_DATABASE_URL=sqlite_url
    )
    assert told.status == 0
    assert told.out.startswith("# HELP vendorfirst_orders ")
    assert "Settings:" in told.err
