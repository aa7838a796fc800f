"""Every scenario, which says what an order and its purchase order will do.

The behaviours are the stand-in's own words; the sites look them up. Facts behind them: the sites'
public pages and public scripts, as the site files in ``selectors/`` cite them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scenario:
    """One order and its PO.

    ``amazon`` and ``realsource`` name behaviours; ``shape`` names how the order looks. An order of
    ``colleagues`` is in the list only where that shows the orders of all users.
    """

    slug: str
    number: str
    po: str
    title: str
    amazon: str = "confirm"
    realsource: str = "cancellable"
    shape: str = "one_line"
    colleagues: bool = False


def _numbers(k: int) -> tuple[str, str]:
    return f"111-{k:07d}-{k:07d}", f"P01{k:05d}"


def _order(
    k: int,
    slug: str,
    title: str,
    *,
    amazon: str = "confirm",
    realsource: str = "cancellable",
    shape: str = "one_line",
    po_of: int | None = None,
    colleagues: bool = False,
) -> Scenario:
    """Make the scenario number ``k``.

    ``po_of`` is the scenario whose PO it shares, where that is not its own.
    """
    number, own_po = _numbers(k)
    po = own_po if po_of is None else _numbers(po_of)[1]
    return Scenario(slug, number, po, title, amazon, realsource, shape, colleagues)


SCENARIOS: Final = (
    # What both systems do at once, and orders that look otherwise
    _order(1, "done", "Cancels at once in both systems"),
    _order(2, "two_shipments", "Two shipments, two cancel links", shape="two_shipments"),
    _order(3, "three_lines", "Three lines in one shipment", shape="three_lines"),
    _order(
        4,
        "third_party",
        "A third-party seller: pending, then confirmed",
        amazon="pending_then_confirm",
        shape="third_party",
    ),
    _order(5, "payment_revision", "A payment alert on a live order", shape="payment_revision"),
    # Orders that Amazon cancels no more, or not for this account
    _order(6, "shipped", "Shipped: no cancel link", amazon="shipped"),
    _order(7, "delivered", "Delivered: no cancel link", amazon="delivered"),
    _order(
        8,
        "already_cancelled",
        "Already cancelled at Amazon, the PO still open",
        amazon="already_cancelled",
    ),
    _order(9, "foreign", "A number of somebody else's: Amazon can't find it", amazon="foreign"),
    _order(10, "no_po_shown", "The order page shows no PO number", shape="no_po_shown"),
    _order(11, "wrong_po", "The order page shows another PO than RealSource's", shape="wrong_po"),
    # Amazon's answers to a cancel request
    _order(
        12,
        "bundle",
        "Bundle warning on the form after the submit",
        amazon="bundle",
        shape="three_lines",
    ),
    _order(
        13,
        "technical",
        "The form shows its error alert each time; nothing is cancelled",
        amazon="technical",
    ),
    _order(14, "technical_once", "The error alert once, then it works", amazon="technical_once"),
    _order(15, "slow_spinner", "The outcome takes seconds to come", amazon="slow_confirm"),
    _order(16, "pending_confirmed", "Pending, then cancelled", amazon="pending_then_confirm"),
    _order(17, "pending_refused", "Pending, then it ships after all", amazon="pending_then_ship"),
    _order(18, "pending_forever", "Pending for ever", amazon="pending_forever"),
    _order(19, "refused", "Refused: unable to cancel", amazon="refused"),
    _order(
        20, "partial", "Only one of the lines is cancelled", amazon="partial", shape="three_lines"
    ),
    _order(
        21,
        "silent_reject",
        "SUCCESS on the outcome page, the order stays live",
        amazon="silent_reject",
    ),
    # Ways to the cancel form, and the form itself
    _order(
        22,
        "redirect_away",
        "The cancel address leads back to the order list",
        amazon="redirect_away",
    ),
    _order(
        23,
        "link_only",
        "The bare cancel address redirects away, the link's own address works",
        amazon="link_only",
    ),
    _order(24, "other_form", "The form is for another order", amazon="other_form"),
    _order(
        25,
        "old_layout",
        "Older form: Cancel selected items in this order",
        amazon="old_layout",
        shape="three_lines",
    ),
    _order(26, "canceled", "Spelled canceled, with one l", amazon="canceled_spelling"),
    _order(
        27,
        "double_click",
        "The button stays live after the press and would submit twice",
        amazon="double_click",
    ),
    _order(
        28,
        "missing_line",
        "The form leaves out one of the order's lines",
        amazon="missing_line",
        shape="three_lines",
    ),
    # Sessions and walls at Amazon
    _order(
        29, "signed_out_details", "Signed out on the order page only", amazon="signed_out_details"
    ),
    _order(
        30,
        "signed_out_submit",
        "Signed out at the submit, once; nothing is cancelled by it",
        amazon="signed_out_submit",
    ),
    _order(31, "dog_page", "Amazon's error page for this order, always", amazon="dog_page"),
    _order(32, "dog_page_once", "Amazon's error page once", amazon="dog_page_once"),
    _order(33, "waf", "A page that checks the browser and reloads itself", amazon="waf"),
    _order(
        34, "continue_shopping", "The 'Continue shopping' wall, once", amazon="continue_shopping"
    ),
    # Orders that are not alone, and pages that mislead
    _order(35, "partly_shipped", "Two shipments, one of them shipped", shape="partly_shipped"),
    _order(36, "split_po_a", "A PO with two live orders (with the next)"),
    _order(37, "split_po_b", "A PO with two live orders (with the one before)", po_of=36),
    _order(38, "split_one_cancelled", "A PO with two orders, the other already cancelled"),
    _order(
        39,
        "split_other_cancelled",
        "The other one of it, already cancelled",
        amazon="already_cancelled",
        po_of=38,
    ),
    _order(
        40, "lost_reply", "Cancelled, but the answer to the submit is lost", amazon="lost_reply"
    ),
    _order(
        41, "decoys", "Hidden and look-alike cancel links and buttons everywhere", shape="decoys"
    ),
    _order(
        42, "unknown_outcome", "An outcome page with words never seen", amazon="unknown_outcome"
    ),
    _order(43, "captcha_details", "A robot check instead of the order page", amazon="captcha"),
    _order(
        44,
        "seller_request",
        "A seller order: 'Request cancellation', an answer within days",
        amazon="requested",
        shape="third_party",
    ),
    _order(
        45,
        "slow_revert",
        "Read back cancelled at first, live again when RealSource's turn comes",
        amazon="revert_later",
    ),
    _order(
        46,
        "split_unseen_a",
        "A PO with a colleague's live order, in the list only under View All Orders (with the"
        " next)",
    ),
    _order(47, "split_unseen_b", "The colleague's order of it", po_of=46, colleagues=True),
    # RealSource's purchase orders
    _order(48, "po_no_total", "The PO's page tells no total", realsource="no_total"),
    _order(50, "po_invoiced", "The PO has an invoice", realsource="invoiced"),
    _order(51, "po_received", "The PO has a receipt", realsource="received"),
    _order(
        52, "po_change_request", "The PO has an open change request", realsource="change_request"
    ),
    _order(
        53, "po_already_cancelled", "The PO is already cancelled", realsource="already_cancelled"
    ),
    _order(54, "po_closed", "The PO is closed", realsource="closed"),
    _order(55, "po_soft_closed", "The PO is soft closed", realsource="soft_closed"),
    _order(56, "po_in_approval", "The PO is still in approval", realsource="in_approval"),
    _order(57, "po_not_found", "RealSource finds no such PO", realsource="not_found"),
    _order(58, "po_several", "RealSource finds several POs", realsource="several"),
    _order(59, "po_only_close", "The PO's menu has only Close PO", realsource="only_close"),
    _order(
        60,
        "po_comment_compulsory",
        "The PO's dialog insists on a comment",
        realsource="comment_compulsory",
    ),
    _order(
        61,
        "po_unchanged",
        "Success in the dialog, the PO unchanged on re-load",
        realsource="unchanged",
    ),
    _order(
        62,
        "po_session_lost",
        "RealSource's session is lost between dialog and submit, once",
        realsource="session_lost",
    ),
    _order(63, "po_other_supplier", "The PO is another supplier's", realsource="other_supplier"),
    _order(64, "po_other_total", "The PO's total is not the order's", realsource="other_total"),
    _order(
        65, "po_long_label", "The action is called Cancel Purchase Order", realsource="long_label"
    ),
    _order(66, "po_two_cancels", "Two cancel entries in the menu", realsource="two_cancels"),
    _order(
        67, "po_late_status", "The PO's status changes a few loads later", realsource="late_status"
    ),
    _order(68, "po_wrong_document", "The search opens another PO", realsource="wrong_document"),
    _order(
        69,
        "po_lost_reply",
        "The PO is cancelled, but the answer to the submit is lost",
        realsource="lost_reply",
    ),
    _order(70, "po_down", "RealSource answers 503", realsource="down"),
    _order(
        71,
        "po_via_results",
        "The search lists one PO, to be opened from the list",
        realsource="via_results",
    ),
)
BY_SLUG: Final = {s.slug: s for s in SCENARIOS}
BY_NUMBER: Final = {s.number: s for s in SCENARIOS}


def orders_of_pos() -> dict[str, tuple[str, ...]]:
    """Return every PO of the stand-in with the orders that belong to it."""
    found: dict[str, tuple[str, ...]] = {}
    for scenario in SCENARIOS:
        found[scenario.po] = (*found.get(scenario.po, ()), scenario.number)
    return found
