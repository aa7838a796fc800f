"""Read what the alerts of a sign-in say, into the problem that they tell of.

A cause is told only where what it speaks of took place: a password can't have been refused before
one was typed.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Final, Literal

from lxml.html import HtmlElement

from robot.problems import Problem
from robot.sites.location import Location
from robot.sites.page import text_of_element

#: How much (characters) of an alert is quoted.
_QUOTED: Final = 300


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for which a site lets nobody in.

    ``phrase`` is the site file's for it, ``next_step`` what to do. ``after`` is the secret that
    must have been typed for it to be true, None for what is true of the account anyway.
    """

    problem: Problem
    phrase: str
    next_step: str
    after: Literal["username", "password", "code"] | None = None


@dataclass(frozen=True, slots=True)
class Alerts:
    """How the sign-in screens of one site refuse.

    ``title`` is what the site is called then, ``element`` the site file's for the alert. Alerts
    that hold the word ``harmless`` say nothing of the sign-in.
    """

    title: str
    element: str
    causes: tuple[Cause, ...]
    harmless: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a site lets nobody in, and its words for it as far as they may be quoted."""

    cause: Cause
    quoted: str


def read_alerts(here: Location, alerts: Alerts) -> list[HtmlElement]:
    """Find the alerts that a sign-in screen shows."""
    if here.site is None or alerts.element not in here.site.elements:
        return []
    found = here.page.find(here.site.element(alerts.element))
    return [
        alert
        for alert in found
        if text_of_element(alert)
        and not (alerts.harmless and alerts.harmless in text_of_element(alert).lower())
    ]


def read_refusal(here: Location, alerts: Alerts, typed: Container[str]) -> Refusal | None:
    """Read why a sign-in screen lets nobody in, None where it does not say.

    ``typed`` are the kinds of secrets that were typed.
    """
    shown = read_alerts(here, alerts)
    said = "; ".join(map(text_of_element, shown))
    if here.site is None:
        return None
    for cause in alerts.causes:
        has_happened = cause.after is None or cause.after in typed
        if has_happened and here.site.says(cause.phrase, said):
            return Refusal(cause, quote(here, shown) or here.site.words(cause.phrase, said))
    return None


def quote(here: Location, shown: list[HtmlElement]) -> str:
    """Return what may be quoted of some alerts, "" where nothing may."""
    if here.site is None:
        return ""
    return here.page.public_text(here.site, shown).replace("\n", "; ")[:_QUOTED]
