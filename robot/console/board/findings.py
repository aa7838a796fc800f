"""What the watch-list found and is not gone, as sets with the money at stake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from robot.console.board.totals import CURRENCY
from robot.watchlist.advice import cancels, only_looks
from robot.watchlist.findings import FindingKind
from robot.watchlist.kept import FindingState, KeptFinding
from robot.watchlist.sentences import money_text
from robot.watchlist.views import TITLES


@dataclass(frozen=True, slots=True)
class FindingSet:
    """The findings of one kind, those with most money at stake first.

    ``amount`` is what the exports tell, in dollars, of those that wait for somebody; ``untold`` is
    how many of these tell no amount, or one in another currency.
    """

    kind: FindingKind
    title: str
    findings: tuple[KeptFinding, ...]
    waiting: int
    amount: Decimal
    untold: int


def sets_of(findings: Sequence[KeptFinding]) -> tuple[FindingSet, ...]:
    """Return findings by their kind, the worst kind first."""
    found = []
    for kind in FindingKind:
        mine = [one for one in findings if one.told["finding"] == kind]
        if not mine:
            continue
        mine.sort(key=lambda one: (one.state != FindingState.NEW, -_amount(one)))
        new = [one for one in mine if one.state is FindingState.NEW]
        total = sum((_amount(one) for one in new), Decimal(0))
        untold = sum(not _in_dollars(one) for one in new)
        found.append(FindingSet(kind, TITLES[kind], tuple(mine), len(new), total, untold))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class FindingButton:
    """The button that does what a finding's action says.

    It is of an order's or a PO's ``number``; ``po`` is the order's, "" where it has none.
    """

    label: str
    number: str
    po: str = ""


def button_of(finding: KeptFinding) -> FindingButton | None:
    """Return a finding's button, None where its action is in words, or it is seen to.

    Both begin with a check of both systems. Where several orders are meant it is of their PO.
    """
    action = finding.told["action"] or ""
    if finding.state is not FindingState.NEW:
        return None
    orders = finding.told["orders"]
    po = finding.told["po"] or ""
    number = orders[0]["number"] if len(orders) == 1 else po
    if cancels(action):
        return FindingButton("Check and cancel", number, "" if number == po else po)
    return FindingButton("Check", number) if only_looks(action) else None


def money(finding: KeptFinding) -> str:
    """Return the money at stake in words."""
    amount = finding.told["amount"]
    return money_text(None if amount is None else Decimal(amount), finding.currency)


def price(finding: KeptFinding, amount: str) -> str:
    """Return an order's amount in words, without a currency where it has several."""
    is_told = finding.told["amount"] is not None
    return money_text(Decimal(amount), finding.currency) if is_told else amount


def _in_dollars(finding: KeptFinding) -> bool:
    return finding.told["amount"] is not None and finding.currency in {"", CURRENCY}


def _amount(finding: KeptFinding) -> Decimal:
    return Decimal(finding.told["amount"]) if _in_dollars(finding) else Decimal(0)
