"""What a person may mistype on the command line: a sentence that helps, exit status 2, and nothing
touched.
"""

from __future__ import annotations

import pytest

from robot.cli import commands as cli
from tests.support.typed import CREDENTIALS, ORDER


@pytest.fixture
def refused(command, no_browser, tmp_path):
    """Run a command that must be refused before any browser is started; what it said on standard
    error.
    """

    def run(*args, **env):
        told = command(*args, **{**CREDENTIALS, "VENDORFIRST_HOME": str(tmp_path / "home"), **env})
        assert told.status == 2, told.err
        assert told.out == ""
        assert not (tmp_path / "home" / "evidence").exists()
        return told.err

    return run


@pytest.mark.parametrize(
    "typed",
    [
        "11112345671234567",
        "111-12345671234567",
        "111 1234567 1234567",
        "111–1234567–1234567",
        "1111234567-1234567",
        "order 111-1234567-1234567",
        "111-1234567-1234567.",
        "#111-1234567-1234567",
    ],
)
def test_the_right_digits_with_the_wrong_dashes_get_a_hint(typed, refused):
    said = refused("cancel", typed, "--yes")
    assert "Did you mean 111-1234567-1234567?" in said
    assert "Nothing was touched" in said


@pytest.mark.parametrize(
    "typed", ["111-123456-1234567", "111-1234567-12345678", "banana", "", "--"]
)
def test_what_is_no_number_is_named_and_gets_no_hint(typed, refused):
    said = refused("cancel", "--yes", "--", typed)
    assert "Did you mean" not in said
    assert "neither an order number" in said
    assert "What to do now: Copy the number" in said


@pytest.mark.parametrize(
    "typed, hint",
    [
        ("111-123456-1234567", "It has 16 digits, and an order number has 17."),
        ("111-1234567-1234567,111-1234567-1234568", "Part several numbers by blanks"),
        ("１１１-0000001-0000001", "Did you mean 111-0000001-0000001?"),
    ],
)
def test_what_is_almost_right_gets_a_hint(typed, hint, refused):
    assert hint in refused("cancel", typed, "--yes")


@pytest.mark.parametrize("typed", ["１１１-0000001-0000001", "١١١-0000001-0000001", "P٠١٠٠٠٠١"])
def test_digits_of_other_alphabets_are_no_digits(typed, refused):
    """They look right, and no site finds them."""
    assert "neither an order number" in refused("check", typed)


def test_one_wrong_number_among_right_ones_stops_all(refused):
    assert "banana" in refused("cancel", ORDER, "banana", "--yes")


@pytest.mark.parametrize("po", ["", "PO", "P0100001; DROP", "111-0000001-0000001", "P 0100001"])
def test_a_po_that_is_none(po, refused):
    said = refused("cancel", ORDER, "--po", po, "--yes")
    assert "no PO number" in said
    assert "Copy the PO number from RealSource" in said


def test_a_po_number_with_a_po(refused):
    assert "P0100001 is a PO number already; --po goes with order numbers." in refused(
        "cancel", "P0100001", "--po", "P0100001", "--yes"
    )


@pytest.mark.parametrize(
    "wait", ["soon", "", "-5m", "30 minutes", "1h30m", "inf", "nan", "1e3", "５m", "9" * 30 + "h"]
)
def test_a_wait_that_is_none(wait, refused):
    said = refused("cancel", ORDER, "--yes", f"--wait={wait}")
    assert "30m" in said
    assert "Nothing was touched" in said


def test_an_unknown_vendor_names_the_known_ones(refused):
    said = refused("cancel", ORDER, "--vendor", "grainger", "--yes")
    assert "amazon_business" in said
    assert "Nothing was touched" in said


@pytest.mark.parametrize("more", [[], ["--no-input"], ["--json"]])
def test_without_a_terminal_and_without_yes_nothing_is_done(more, refused):
    said = refused("cancel", ORDER, *more)
    assert "--yes" in said
    assert "--dry-run" in said


@pytest.mark.parametrize(
    "args",
    [["cancel"], ["check"], ["cancel", ORDER, "--bogus"], ["bogus"], ["login"], ["sites", "read"]],
)
def test_what_the_command_line_does_not_know(args, refused):
    assert "Usage: vendorfirst" in refused(*args)


@pytest.mark.parametrize(
    "args, word",
    [
        (["login", "nowhere"], "There is no site 'nowhere'"),
        (["login", "duo"], "no session of its own"),
        (["demo", "--scenario", "nothing"], "There is no scenario 'nothing'"),
        (["sites", "read", "duo", "pull", "x.html"], "duo has no screen pull; there are: trust"),
        (
            ["sites", "read", "amazon_business", "order_details", "gone.html"],
            "gone.html can't be read",
        ),
    ],
)
def test_what_the_other_commands_do_not_know(args, word, refused):
    assert word in refused(*args)


def test_a_page_that_is_no_text_is_refused(refused, tmp_path):
    (tmp_path / "page.html").write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in refused(
        "sites", "read", "amazon_business", "order_details", str(tmp_path / "page.html")
    )


# --- help -----------------------------------------------------------------------------------------


def commands(group=None, path=()):
    group = group or cli.cli
    for name, found in group.commands.items():
        yield (*path, name), found
        if hasattr(found, "commands"):
            yield from commands(found, (*path, name))


@pytest.mark.parametrize("path, found", [pytest.param(p, c, id=" ".join(p)) for p, c in commands()])
def test_every_command_and_option_is_explained(path, found, command):
    told = command(*path, "--help")
    assert told.status == 0
    assert found.help
    assert " ".join(found.help.split())[:60] in " ".join(told.out.split())
    for option in (p for p in found.params if p.param_type_name == "option"):
        assert option.help, option.name
        assert option.opts[0] in told.out
    above = command(*path[:-1], "--help")
    assert path[-1] in above.out
