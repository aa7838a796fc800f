"""The commands that list the site files, and try them on pages."""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from robot.cli.exit_status import EXIT_DONE, EXIT_NEEDS_PERSON, worst
from robot.cli.guide.completion import complete_sites
from robot.cli.options import headed_option, loudness, say_where, vendor_option, whoami
from robot.cli.output import counted, terminal_width

if TYPE_CHECKING:
    from robot.cancellation.receipts.receipt import Receipt
    from robot.settings import Settings
    from robot.sites.registry import Sites
    from robot.sites.survey import ElementSeen, SiteSurvey, Survey

_EXIT_OTHER_SCREEN: Final = 1
#: How wide (letters) a list is where there is no terminal.
_WIDTH: Final = 100


@click.group()
def sites() -> None:
    """Look at the files that say where things are on a site."""


@sites.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_(*, as_json: bool) -> None:
    """List the sites, and what of each was never checked on a live page."""
    from robot.settings import load
    from robot.sites.registry import Sites

    loaded = Sites(load().selectors).all()
    if as_json:
        rows = [
            {
                "name": s.name,
                "title": s.title,
                "kind": s.kind,
                "hosts": s.hosts,
                "unverified": s.unverified,
            }
            for s in loaded
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for site in loaded:
        click.echo(f"{site.name:18} {site.title:20} {site.kind:14} {', '.join(site.hosts)}")
        for key, text in site.unverified.items():
            click.echo(f"{'':18} unverified: {key}: {text}")


@sites.command("read")
@click.argument("site", shell_complete=complete_sites)
@click.argument("screen")
@click.argument("file", type=click.Path(path_type=str))
@click.option("--number", help="The order or PO number that the page is of, where it shows none.")
@click.option("--url", help="The page's address, where it matters.")
def read(site: str, screen: str, file: str, number: str | None, url: str | None) -> None:
    """Print as JSON what is read from a saved page.

    FILE is a page of SITE's SCREEN.
    Exits with 1, and prints no facts, where the page is not that screen.
    """
    from flows.saved import read_saved
    from robot.settings import load
    from robot.sites.registry import Sites

    found = Sites(load().selectors)
    reading = read_saved(found, site, screen, file, number=number, url=url)
    if reading.facts is None:
        click.echo(reading.says, err=True)
        sys.exit(_EXIT_OTHER_SCREEN)
    click.echo(reading.facts)


@sites.command("check")
@click.argument("number")
@vendor_option
@headed_option
@click.option("--no-input", is_flag=True, help="Never ask anything; stop where a person is needed.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def check(number: str, vendor: str, *, headed: bool, no_input: bool, as_json: bool) -> None:
    """Check on live pages what the site files find there.

    The pages are those that a look at NUMBER leads to, an order that is in both systems (or its
    PO). Nothing is pressed. Exits with 0 only where both systems were looked at and each page was
    one that the files know.
    """
    from robot.settings import load
    from robot.sites.registry import Sites
    from robot.sites.survey import Survey

    settings = load()
    loaded = Sites(settings.selectors)
    say_where(settings)
    survey = Survey()
    attended = not no_input and sys.stdin.isatty()
    receipts = _look(number, vendor, settings, loaded, survey, headed=headed, attended=attended)
    looked_at = {vendor, loaded.eprocurement.name}
    every = [survey.of(site) for site in loaded.all()]
    seen = [one for one in every if one.looked_at or one.site.name in looked_at]
    if as_json:
        told = {"live": not settings.uses_stand_ins, "sites": [_as_dict(one) for one in seen]}
        click.echo(json.dumps(told, indent=2))
    else:
        _show(seen, receipts, settings)
    sys.exit(_status(seen, receipts))


def _look(
    number: str,
    vendor: str,
    settings: Settings,
    loaded: Sites,
    survey: Survey,
    *,
    headed: bool,
    attended: bool,
) -> list[Receipt]:
    """Look at an order or PO in both systems, with the survey taking each page."""
    from robot import logs
    from robot.browser import Lane
    from robot.cli.progress import Progress
    from robot.redaction import Redactor
    from robot.runner.preflight import preflight
    from robot.runner.robot import open_robot
    from robot.sites.credentials import Credentials
    from robot.sites.numbers import parse_number

    wish = parse_number(
        number, vendor, loaded, po=None, reason="", requested_by=whoami(), dry_run=True
    )
    asked = loudness()
    redactor = Redactor()
    logs.configure(settings.home, redactor, verbose=asked.verbose)
    preflight(settings, loaded, Credentials(settings, redactor), vendor, headed=headed)
    with (
        Lane(settings, headed=headed, on_look=survey.take) as lane,
        open_robot(settings, loaded, redactor, lane=lane, vendor=vendor) as robot,
    ):
        return robot.run([wish], Progress(quiet=asked.quiet), attended=attended)


def _status(seen: list[SiteSurvey], receipts: list[Receipt]) -> int:
    """Return the exit status of a look.

    A site that was not looked at, or shows a page that is not known, has not passed.
    """
    from robot.cli.cancel import status_of

    passed = all(one.looked_at and not one.unknown_pages for one in seen)
    return worst((EXIT_DONE if passed else EXIT_NEEDS_PERSON, *map(status_of, receipts)))


def _as_dict(seen: SiteSurvey) -> dict[str, Any]:
    """Return what was seen of a site as a JSON object."""
    return {
        "name": seen.site.name,
        "title": seen.site.title,
        "screens": seen.screens,
        "unknown_pages": seen.unknown_pages,
        "elements": [asdict(element) for element in seen.elements],
        "not_seen": seen.not_seen,
    }


def _show(seen: list[SiteSurvey], receipts: list[Receipt], settings: Settings) -> None:
    """Print what was seen of each site, and what a person does with it."""
    for one in seen:
        click.echo(one.site.title)
        if not one.looked_at:
            click.echo("  ? no page of it was looked at")
            continue
        for place in one.unknown_pages:
            click.echo(f"  ✗ {place}: no screen of {one.site.name}.toml fits this page")
        for screen, pages in one.screens.items():
            click.echo(f"  ✓ {_words(screen)} ({counted(pages, 'page')})")
            found = [_found(element) for element in one.on(screen)]
            _list(found or ["none of the file's elements"])
        if one.not_seen:
            click.echo("  ? on none of these pages")
            _list([_words(name) for name in one.not_seen])
    for receipt in receipts:
        click.echo(receipt.summary)
    click.echo(
        "These are stand-ins, so this proves nothing of the live sites."
        if settings.uses_stand_ins
        else "Compare with the pages what was found; where it is right, set verified = true at the"
        " element in a copy of the site file, and name its folder in VENDORFIRST_SELECTORS."
    )


def _list(parts: list[str]) -> None:
    text = ", ".join(parts)
    width = max(terminal_width() or _WIDTH, 40)
    indented = textwrap.fill(
        text, width, initial_indent=" " * 6, subsequent_indent=" " * 6, break_long_words=False
    )
    click.echo(indented)


def _found(element: ElementSeen) -> str:
    """Return an element that was found in words, with what is worth a look at it."""
    notes = [f"{element.found} of them"] if element.found > 1 else []
    if element.way > 1:
        notes.append(f"by way {element.way} of {element.ways}")
    return f"{_words(element.name)} ({', '.join(notes)})" if notes else _words(element.name)


def _words(name: str) -> str:
    return name.replace("_", " ")
