"""Sign in by a loop over the visible screen.

Which screen is it, and what does it need? Each is submitted at most once; one that comes again is a
person's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from flows.sign_in_alerts import Alerts, quote, read_alerts, read_refusal
from robot.browser.visit import Visit
from robot.errors import NeedsPerson
from robot.problems import Problem
from robot.sites.location import Location
from robot.sites.page import text_of_element

log = structlog.get_logger()

#: The names of a site and of one of its screens.
ScreenKey = tuple[str, str]
#: What is done on a screen. It returns where that led, None where the next screen is to come.
Step = Callable[[Visit, Location], Location | None]

#: How long (s) the next screen may take.
_NEXT_SECONDS = 20.0


def pass_sign_in(
    visit: Visit,
    here: Location,
    steps: Mapping[ScreenKey, Step],
    alerts: Mapping[str, Alerts],
) -> Location:
    """Sign in from ``here`` on, and return the first page that is no sign-in screen.

    ``alerts`` says how each site refuses, by its name. Raises NeedsPerson, SystemFailure.
    """
    done: dict[ScreenKey, Step] = {}
    seen: set[str] = set()
    unheard = ""
    left: Location | None = None
    step = _step(here, steps)
    while step is not None:
        new = _check_alerts(visit, here, alerts, seen)
        if new and step in done.values():
            raise _refused(visit, here, alerts)
        if new and done:
            unheard = _quote(here, alerts)
        if screen_key(here) in done:
            raise _came_again(visit, here, left, unheard)
        done[screen_key(here)] = step
        left = here
        here = step(visit, here) or visit.wait_for_screen(leaving=here, seconds=_NEXT_SECONDS)
        step = _step(here, steps)
    return here


def screen_key(here: Location) -> ScreenKey:
    """Return the names of the site and the screen of a page, "" for what is not known."""
    return (here.site.name if here.site else "", here.screen or "")


def sign_in_yourself(site: str) -> str:
    """Return what a person is told to do where the robot can't sign in."""
    return f"Sign in once yourself: vendorfirst login {site}; then run it again."


def _step(here: Location, steps: Mapping[ScreenKey, Step]) -> Step | None:
    """Return what is done on a screen, None where it is none of the sign-in's."""
    if here.guard is not None and here.guard.go_on is not None:
        return _go_on
    return steps.get(screen_key(here))


def _go_on(visit: Visit, here: Location) -> None:
    """Go past a screen that the site file names as harmless."""
    assert here.site is not None  # noqa: S101 - only a site's screen has a guard
    assert here.guard is not None  # noqa: S101 - the same
    assert here.guard.go_on is not None  # noqa: S101 - the step is chosen by it
    log.warning(here.guard.say, site=here.site.title, screen=here.screen)
    visit.screenshot(f"{here.site.title}: {here.screen}")
    visit.controls.click(here.site, here.guard.go_on)


def _check_alerts(
    visit: Visit, here: Location, alerts: Mapping[str, Alerts], seen: set[str]
) -> bool:
    """Tell whether a screen shows an alert that was not ``seen`` before.

    Raises NeedsPerson where it says that what was typed is wrong, or that nobody is let in.
    """
    told = alerts.get(screen_key(here)[0])
    if told is None:
        return False
    refusal = read_refusal(here, told, visit.controls.typed)
    if refusal is not None:
        visit.screenshot("sign-in refused")
        raise NeedsPerson(
            f"{told.title} refused the sign-in: “{refusal.quoted}”",
            problem=refusal.cause.problem,
            next_step=refusal.cause.next_step,
        )
    said = {text_of_element(alert) for alert in read_alerts(here, told)}
    new = not said <= seen
    seen.update(said)
    return new


def _quote(here: Location, alerts: Mapping[str, Alerts]) -> str:
    """Return the end of a sentence that quotes a screen's alerts."""
    quoted = quote(here, read_alerts(here, alerts[screen_key(here)[0]]))
    return f"says: “{quoted}”" if quoted else "says what may not be quoted; see the screenshot."


def _refused(visit: Visit, here: Location, alerts: Mapping[str, Alerts]) -> NeedsPerson:
    """Return the stop for a screen that comes again with an unknown alert."""
    told = alerts[screen_key(here)[0]]
    visit.screenshot("sign-in refused")
    again = (
        f"{told.title} shows its sign-in again after it was filled in, and {_quote(here, alerts)}"
    )
    return visit.in_another_language(here, again) or NeedsPerson(
        again,
        problem=Problem.SIGN_IN_REFUSED,
        next_step=(
            f"Settle with {told.title} what it says; the robot will not try again by itself."
            f" {sign_in_yourself(visit.site.name)}"
        ),
    )


def _came_again(visit: Visit, here: Location, left: Location | None, unheard: str) -> NeedsPerson:
    """Return the stop for a screen that was submitted before, or that never went on.

    ``unheard`` quotes an alert of a screen on the way, as the end of a sentence.
    """
    next_step = sign_in_yourself(visit.site.name)
    screen = f"The sign-in screen “{here.screen_in_words}”"
    if left is not None and left.page.document_id == here.page.document_id:
        visit.screenshot("sign-in does not go on")
        return NeedsPerson(
            f"{screen} did not go on after it was submitted.",
            problem=Problem.PAGE_ERROR,
            next_step=next_step,
        )
    visit.screenshot("sign-in goes in circles")
    msg = f"{screen} came once more; the robot submits each only once."
    if unheard:
        msg = f"{msg} A screen on the way {unheard}"
    return NeedsPerson(msg, problem=Problem.SIGN_IN_LOOP, next_step=next_step)
