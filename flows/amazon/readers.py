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
from robot.sites.css import select
from robot.sites.page import PageSnapshot, lines_of_element, text_of_element
from robot.sites.site_file import Site
from robot.sites.values import clean

#: How much (characters) of a page is quoted.
_QUOTED: Final = 500
#: What counts before the parts of the order are looked at.
_NOT_OF_PARTS: Final = (
    ("bundle", Verdict.BUNDLE),
    ("technical", Verdict.TECHNICAL),
    ("pending", Verdict.PENDING),
)


@dataclass(frozen=True, slots=True)
class Account:
    """One account that the switcher offers, "" for what it does not show of it."""

    person: str
    business: str
    kind: str

    def fits(self, wanted: str | None) -> bool:
        """Tell whether it is a business account, of the ``wanted`` name if any."""
        if "business" not in self.kind.lower():
            return False
        return wanted is None or _folded(wanted) == _folded(self.business or self.person)


# --- what follows the cancel form -----------------------------------------------------------------


def _inside(item: HtmlElement, site: Site, key: str) -> str:
    found = select(item, site.element(key).candidates[0].css or "")
    return text_of_element(found[0]) if found else ""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a page says after a press.

    ``note`` is the first alert or banner that is new, ``public_note`` the same without what is
    private. ``said`` is the text of ``parts``, which is the page or its main part, and ``before``
    that of the form when it was pressed.
    """

    page: PageSnapshot
    site: Site
    parts: list[HtmlElement]
    note: str
    public_note: str
    said: str
    before: str

    @classmethod
    def of(
        cls, page: PageSnapshot, site: Site, form: PageSnapshot | None, *, on_form: bool
    ) -> _Answer:
        """Read what a page says that its ``form`` did not say when it was pressed."""
        old: list[str] = []
        if form is not None and form.document_id == page.document_id:
            old = [text_of_element(note) for note in _notes(form, site)]
        new = [note for note in _notes(page, site) if text_of_element(note) not in old][:1]
        main = site.element("outcome_main")
        return cls(
            page=page,
            site=site,
            parts=page.all("body") if on_form else page.find(main)[:1],
            note="".join(map(text_of_element, new)),
            public_note=page.public_text(site, new),
            said=(
                page.text("body", without=site.private)
                if on_form
                else page.text_of(main, without=site.private)
            ),
            before="" if form is None else form.text(without=site.private),
        )

    def says(self, phrase: str) -> bool:
        """Tell whether the note says it, or the page in words that were not there before."""
        site = self.site
        is_new = site.says(phrase, self.said) and not site.says(phrase, self.before)
        return site.says(phrase, self.note) or is_new

    def mainly_says(self, phrase: str) -> bool:
        """Tell whether the note says it, or the page where it has none."""
        return self.site.says(phrase, self.note) if self.note else self.says(phrase)

    @property
    def is_success(self) -> bool:
        """Whether it says so in a line of its own, and nothing against it."""
        site = self.site
        lines = [line for part in self.parts for line in lines_of_element(part).split("\n")]
        is_told = any(site.words("success", line) == line.rstrip(".! ") for line in lines)
        of_a_part = (site.says("in_part", line) for line in lines if "cancel" in line.lower())
        is_doubted = any(site.says(doubt, self.said) for doubt in ("pending", "refused"))
        goes_on = any(site.knows("goes_on", line) for line in lines)
        return is_told and not (is_doubted or goes_on) and not any(of_a_part)

    def quote(self, phrase: str) -> str:
        """Return what may be told of how it says a phrase."""
        if self.public_note:
            return self.public_note
        return _from(self.site, phrase, self.public) or self.site.words(
            phrase, self.note or self.said
        )

    @property
    def public(self) -> str:
        """Return what may be told of all that it says."""
        return self.page.public_text(self.site, self.parts)


def read_submit_result(
    page: PageSnapshot, site: Site, screen: str | None, before: PageSnapshot | None = None
) -> SubmitResult | None:
    """Read what the page after a submit says, None while it says nothing.

    It says nothing as the form that it was, or as a spinner. An answer may come anywhere in the
    form, or in its place (``screen`` is None then). ``before`` is the form as it was when it was
    pressed: what stood there then is no answer; its alert in a new document is one.
    """
    on_form = screen in {None, "cancel_form", "cancel_form_old"}
    answer = _Answer.of(page, site, before if on_form else None, on_form=on_form)
    if on_form and not (answer.note or answer.says("pending") or answer.says("refused")):
        return None
    for phrase, verdict in _NOT_OF_PARTS:
        if answer.mainly_says(phrase):
            return SubmitResult(verdict, answer.quote(phrase))
    parts = page.find(site.element("outcome_status"))
    cancelled = [site.says("item_cancelled", text_of_element(part)) for part in parts]
    statuses = page.public_text(site, parts).replace("\n", "; ")
    if any(cancelled) and not all(cancelled):
        return SubmitResult(Verdict.PARTIAL, statuses)
    # Where there is a banner, a part that could not be cancelled is no refusal of the whole.
    if answer.says("refused") if on_form else answer.mainly_says("refused"):
        return SubmitResult(Verdict.REFUSED, answer.quote("refused"))
    if any(cancelled) and answer.is_success and _is_marked_success(page, site):
        told = answer.public_note or "Cancellation successful"
        return SubmitResult(Verdict.CONFIRMED, f"{told}; {statuses}")
    return None if on_form else SubmitResult(Verdict.UNCLEAR, answer.public[:_QUOTED])


def _is_marked_success(page: PageSnapshot, site: Site) -> bool:
    """Tell whether the page calls itself a success, by its address or its mark."""
    by_address = page.query("cancelMessageType") == "SUCCESS"
    return by_address or bool(page.find(site.element("outcome_success")))


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
    """Return the switcher's accounts, in the order in which their links are shown.

    What an account is called stands in its link, or beside it in a part that has no other link.
    """
    tiles = page.find(site.element("account_tiles"))
    return tuple(_account(_card(tile, tiles), tile, site) for tile in tiles)


def _card(tile: HtmlElement, tiles: list[HtmlElement]) -> HtmlElement:
    """Return the largest part around a link that has no other account's."""
    card = tile
    for around in tile.iterancestors():
        if around.tag == "body" or sum(one in tiles for one in around.iter()) > 1:
            break
        card = around
    return card


def _account(card: HtmlElement, tile: HtmlElement, site: Site) -> Account:
    kind = _inside(card, site, "account_type")
    form = next(tile.iterancestors("form"), None)
    address = form.get("action", "") if form is not None else ""
    if not kind and site.says("business_switch", address):
        kind = "Business account"
    return Account(
        person=_inside(card, site, "account_person"),
        business=_inside(card, site, "account_business"),
        kind=kind,
    )


def _folded(name: str) -> str:
    return clean(name).casefold()
