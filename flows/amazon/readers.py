"""Read Amazon Business's pages into typed facts, without a click.

Known from: public captures of 2025-26 (A), public scripts for business accounts (B); see the site
file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lxml.html import HtmlElement

from robot.cancellation.orders import SubmitResult, Verdict
from robot.problems import Problem
from robot.sites.page import PageSnapshot, select, text_of_element
from robot.sites.site_file import Site

#: How much (characters) of a page is quoted.
_QUOTED: Final = 500


@dataclass(frozen=True, slots=True)
class Account:
    """One tile of the account switcher."""

    person: str
    business: str
    kind: str


# --- what follows the cancel form -----------------------------------------------------------------


def _inside(item: HtmlElement, site: Site, key: str) -> str:
    found = select(item, site.element(key).candidates[0].css or "")
    return text_of_element(found[0]) if found else ""


def read_submit_result(
    page: PageSnapshot, site: Site, screen: str | None, before: PageSnapshot | None = None
) -> SubmitResult | None:
    """Read what the page after a submit says, None while it says nothing.

    It says nothing as the form that it was, or as a spinner. An answer may come anywhere in the
    form, or in its place (``screen`` is None then). ``before`` is the form as it was when it was
    pressed: what stood there then is no answer; its alert in a new document is one.
    """
    on_form = screen in {None, "cancel_form", "cancel_form_old"}
    was = ""
    old: list[str] = []
    if before is not None and on_form:
        was = before.text(without=site.private)
        if before.document_id == page.document_id:
            old = [text_of_element(note) for note in _notes(before, site)]
    main = page.all("body") if on_form else page.find(site.element("outcome_main"))[:1]
    said = (
        page.text("body", without=site.private)
        if on_form
        else page.text_of(site.element("outcome_main"), without=site.private)
    )
    new = [note for note in _notes(page, site) if text_of_element(note) not in old][:1]
    short = "".join(map(text_of_element, new))
    told = page.public_text(site, new)

    def says(phrase: str) -> bool:
        return site.says(phrase, short) or (site.says(phrase, said) and not site.says(phrase, was))

    def quoted(phrase: str) -> str:
        if told:
            return told
        return _from(site, phrase, page.public_text(site, main)) or site.words(
            phrase, short or said
        )

    if on_form and not (short or says("pending") or says("refused")):
        return None
    for phrase, verdict in (
        ("bundle", Verdict.BUNDLE),
        ("technical", Verdict.TECHNICAL),
        ("pending", Verdict.PENDING),
    ):
        if site.says(phrase, short) if short else says(phrase):
            return SubmitResult(verdict, quoted(phrase))
    parts = page.find(site.element("outcome_status"))
    cancelled = [site.says("item_cancelled", text_of_element(part)) for part in parts]
    statuses = page.public_text(site, parts).replace("\n", "; ")
    if any(cancelled) and not all(cancelled):
        return SubmitResult(Verdict.PARTIAL, statuses)
    if says("refused"):
        return SubmitResult(Verdict.REFUSED, quoted("refused"))
    success = page.query("cancelMessageType") == "SUCCESS" or bool(
        page.find(site.element("outcome_success"))
    )
    if success and cancelled and all(cancelled) and site.says("success", said):
        return SubmitResult(
            Verdict.CONFIRMED, "; ".join([told or "Cancellation successful", statuses])
        )
    return (
        None if on_form else SubmitResult(Verdict.UNCLEAR, page.public_text(site, main)[:_QUOTED])
    )


def _from(site: Site, phrase: str, said: str) -> str:
    """Return what is said from a phrase on, as far as it is of use.

    "" where it is not.
    """
    found = re.search(site.phrases[phrase], said, re.IGNORECASE)
    return said[found.start() :][:_QUOTED] if found else ""


def _notes(page: PageSnapshot, site: Site) -> list[HtmlElement]:
    """Find the alerts and banners that are shown, the outcome's own first."""
    keys = ("outcome_banner", "form_alert", "form_banner")
    found = (note for key in keys for note in page.find(site.element(key)))
    return [note for note in found if text_of_element(note)]


# --- sign-in --------------------------------------------------------------------------------------


def read_accounts(page: PageSnapshot, site: Site) -> tuple[Account, ...]:
    """Return the account switcher's tiles, in the order in which they are shown."""
    return tuple(
        Account(
            *(
                _inside(tile, site, key)
                for key in ("account_person", "account_business", "account_type")
            )
        )
        for tile in page.find(site.element("account_tiles"))
    )


def read_sign_in_problem(page: PageSnapshot, site: Site) -> tuple[Problem, str] | None:
    """Read the problem of a sign-in page's visible alert, and its words.

    A banner about passkeys is no evidence of one.
    """
    alerts = [
        alert
        for alert in page.find(site.element("sign_in_alert"))
        if "passkey" not in text_of_element(alert).lower()
    ]
    said = "; ".join(text_of_element(alert) for alert in alerts)
    for problem, phrase in (
        (Problem.WRONG_PASSWORD, "wrong_password"),
        (Problem.UNKNOWN_USER, "wrong_user"),
        (Problem.WRONG_CODE, "wrong_code"),
        (Problem.TOO_MANY_CODES, "too_many_codes"),
        (Problem.ACCOUNT_LOCKED, "locked"),
    ):
        if site.says(phrase, said):
            quoted = page.public_text(site, alerts).replace("\n", "; ")
            return problem, quoted or site.words(phrase, said)
    return None
