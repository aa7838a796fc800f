"""Sign in by a loop over the visible screen.

Which screen is it, and what does it need? Each is submitted at most once; one that comes again is a
person's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from robot.browser.visit import Visit
from robot.errors import NeedsPerson
from robot.problems import Problem
from robot.sites.location import Location

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
    refused: Callable[[Visit, Location], None],
) -> Location:
    """Sign in from ``here`` on, and return the first page that is no sign-in screen.

    ``refused`` raises NeedsPerson where a screen says that what was typed is wrong. Raises
    NeedsPerson, SystemFailure.
    """
    done: set[ScreenKey] = set()
    key = screen_key(here)
    while key in steps:
        refused(visit, here)
        if key in done:
            raise _in_circles(visit, here)
        done.add(key)
        led_to = steps[key](visit, here)
        here = led_to or visit.wait_for_screen(leaving=here, seconds=_NEXT_SECONDS)
        key = screen_key(here)
    return here


def screen_key(here: Location) -> ScreenKey:
    """Return the names of the site and the screen of a page, "" for what is not known."""
    return (here.site.name if here.site else "", here.screen or "")


def sign_in_yourself(site: str) -> str:
    """Return what a person is told to do where the robot can't sign in."""
    return f"Sign in once yourself: vendorfirst login {site}; then run it again."


def _in_circles(visit: Visit, here: Location) -> NeedsPerson:
    visit.screenshot("sign-in goes in circles")
    msg = f"The sign-in screen “{here.screen}” came once more; the robot submits each only once."
    return NeedsPerson(
        msg, problem=Problem.SIGN_IN_LOOP, next_step=sign_in_yourself(visit.site.name)
    )
