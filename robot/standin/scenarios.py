"""Every scenario of the stand-in sites by order number: what the order and its purchase order will
do.

The behaviours are the stand-in's own words; the sites look them up. Facts behind them: the sites'
public pages and public scripts, as the site files in ``selectors/`` cite them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scenario:
    """One order and its PO.

    ``amazon`` and ``realsource`` name behaviours; ``shape`` names how the order looks.
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


_ROWS: Final = (
    # k, slug, title, amazon, realsource, shape
    (1, "done", "Cancels at once in both systems", "confirm", "cancellable", "one_line"),
    (
        2,
        "two_shipments",
        "Two shipments, two cancel links",
        "confirm",
        "cancellable",
        "two_shipments",
    ),
    (3, "three_lines", "Three lines in one shipment", "confirm", "cancellable", "three_lines"),
    (
        4,
        "third_party",
        "A third-party seller: pending, then confirmed",
        "pending_then_confirm",
        "cancellable",
        "third_party",
    ),
    (
        5,
        "payment_revision",
        "A payment alert on a live order",
        "confirm",
        "cancellable",
        "payment_revision",
    ),
    (6, "shipped", "Shipped: no cancel link", "shipped", "cancellable", "one_line"),
    (7, "delivered", "Delivered: no cancel link", "delivered", "cancellable", "one_line"),
    (
        8,
        "already_cancelled",
        "Already cancelled at Amazon, the PO still open",
        "already_cancelled",
        "cancellable",
        "one_line",
    ),
    (
        9,
        "foreign",
        "A number of somebody else's: Amazon can't find it",
        "foreign",
        "cancellable",
        "one_line",
    ),
    (
        10,
        "no_po_shown",
        "The order page shows no PO number",
        "confirm",
        "cancellable",
        "no_po_shown",
    ),
    (
        11,
        "wrong_po",
        "The order page shows another PO than RealSource's",
        "confirm",
        "cancellable",
        "wrong_po",
    ),
    (
        12,
        "bundle",
        "Bundle warning on the form after the submit",
        "bundle",
        "cancellable",
        "three_lines",
    ),
    (
        13,
        "technical",
        "The form shows its error alert each time; nothing is cancelled",
        "technical",
        "cancellable",
        "one_line",
    ),
    (
        14,
        "technical_once",
        "The error alert once, then it works",
        "technical_once",
        "cancellable",
        "one_line",
    ),
    (
        15,
        "slow_spinner",
        "The outcome takes seconds to come",
        "slow_confirm",
        "cancellable",
        "one_line",
    ),
    (
        16,
        "pending_confirmed",
        "Pending, then cancelled",
        "pending_then_confirm",
        "cancellable",
        "one_line",
    ),
    (
        17,
        "pending_refused",
        "Pending, then it ships after all",
        "pending_then_ship",
        "cancellable",
        "one_line",
    ),
    (18, "pending_forever", "Pending for ever", "pending_forever", "cancellable", "one_line"),
    (19, "refused", "Refused: unable to cancel", "refused", "cancellable", "one_line"),
    (20, "partial", "Only one of the lines is cancelled", "partial", "cancellable", "three_lines"),
    (
        21,
        "silent_reject",
        "SUCCESS on the outcome page, the order stays live",
        "silent_reject",
        "cancellable",
        "one_line",
    ),
    (
        22,
        "redirect_away",
        "The cancel address leads back to the order list",
        "redirect_away",
        "cancellable",
        "one_line",
    ),
    (
        23,
        "link_only",
        "The bare cancel address redirects away, the link's own address works",
        "link_only",
        "cancellable",
        "one_line",
    ),
    (24, "other_form", "The form is for another order", "other_form", "cancellable", "one_line"),
    (
        25,
        "old_layout",
        "Older form: Cancel selected items in this order",
        "old_layout",
        "cancellable",
        "three_lines",
    ),
    (
        26,
        "canceled",
        "Spelled canceled, with one l",
        "canceled_spelling",
        "cancellable",
        "one_line",
    ),
    (
        27,
        "double_click",
        "The button stays live after the press and would submit twice",
        "double_click",
        "cancellable",
        "one_line",
    ),
    (
        28,
        "missing_line",
        "The form leaves out one of the order's lines",
        "missing_line",
        "cancellable",
        "three_lines",
    ),
    (
        29,
        "signed_out_details",
        "Signed out on the order page only",
        "signed_out_details",
        "cancellable",
        "one_line",
    ),
    (
        30,
        "signed_out_submit",
        "Signed out at the submit, once; nothing is cancelled by it",
        "signed_out_submit",
        "cancellable",
        "one_line",
    ),
    (
        31,
        "dog_page",
        "Amazon's error page for this order, always",
        "dog_page",
        "cancellable",
        "one_line",
    ),
    (32, "dog_page_once", "Amazon's error page once", "dog_page_once", "cancellable", "one_line"),
    (
        33,
        "waf",
        "A page that checks the browser and reloads itself",
        "waf",
        "cancellable",
        "one_line",
    ),
    (
        34,
        "continue_shopping",
        "The 'Continue shopping' wall, once",
        "continue_shopping",
        "cancellable",
        "one_line",
    ),
    (
        35,
        "partly_shipped",
        "Two shipments, one of them shipped",
        "confirm",
        "cancellable",
        "partly_shipped",
    ),
    (
        36,
        "split_po_a",
        "A PO with two live orders (with the next)",
        "confirm",
        "cancellable",
        "one_line",
    ),
    (
        37,
        "split_po_b",
        "A PO with two live orders (with the one before)",
        "confirm",
        "cancellable",
        "one_line",
    ),
    (
        38,
        "split_one_cancelled",
        "A PO with two orders, the other already cancelled",
        "confirm",
        "cancellable",
        "one_line",
    ),
    (
        39,
        "split_other_cancelled",
        "The other one of it, already cancelled",
        "already_cancelled",
        "cancellable",
        "one_line",
    ),
    (
        40,
        "lost_reply",
        "Cancelled, but the answer to the submit is lost",
        "lost_reply",
        "cancellable",
        "one_line",
    ),
    (
        41,
        "decoys",
        "Hidden and look-alike cancel links and buttons everywhere",
        "confirm",
        "cancellable",
        "decoys",
    ),
    (
        42,
        "unknown_outcome",
        "An outcome page with words never seen",
        "unknown_outcome",
        "cancellable",
        "one_line",
    ),
    (
        43,
        "captcha_details",
        "A robot check instead of the order page",
        "captcha",
        "cancellable",
        "one_line",
    ),
    (
        44,
        "seller_request",
        "A seller order: 'Request cancellation', an answer within days",
        "requested",
        "cancellable",
        "third_party",
    ),
    (
        45,
        "slow_revert",
        "Read back cancelled at first, live again when RealSource's turn comes",
        "revert_later",
        "cancellable",
        "one_line",
    ),
    (
        46,
        "split_unseen_a",
        (
            "A PO with a colleague's live order, in the list only under View All Orders (with the"
            " next)"
        ),
        "confirm",
        "cancellable",
        "one_line",
    ),
    (47, "split_unseen_b", "The colleague's order of it", "confirm", "cancellable", "one_line"),
    (48, "po_no_total", "The PO's page tells no total", "confirm", "no_total", "one_line"),
    (50, "po_invoiced", "The PO has an invoice", "confirm", "invoiced", "one_line"),
    (51, "po_received", "The PO has a receipt", "confirm", "received", "one_line"),
    (
        52,
        "po_change_request",
        "The PO has an open change request",
        "confirm",
        "change_request",
        "one_line",
    ),
    (
        53,
        "po_already_cancelled",
        "The PO is already cancelled",
        "confirm",
        "already_cancelled",
        "one_line",
    ),
    (54, "po_closed", "The PO is closed", "confirm", "closed", "one_line"),
    (55, "po_soft_closed", "The PO is soft closed", "confirm", "soft_closed", "one_line"),
    (56, "po_in_approval", "The PO is still in approval", "confirm", "in_approval", "one_line"),
    (57, "po_not_found", "RealSource finds no such PO", "confirm", "not_found", "one_line"),
    (58, "po_several", "RealSource finds several POs", "confirm", "several", "one_line"),
    (59, "po_only_close", "The PO's menu has only Close PO", "confirm", "only_close", "one_line"),
    (
        60,
        "po_comment_compulsory",
        "The PO's dialog insists on a comment",
        "confirm",
        "comment_compulsory",
        "one_line",
    ),
    (
        61,
        "po_unchanged",
        "Success in the dialog, the PO unchanged on re-load",
        "confirm",
        "unchanged",
        "one_line",
    ),
    (
        62,
        "po_session_lost",
        "RealSource's session is lost between dialog and submit, once",
        "confirm",
        "session_lost",
        "one_line",
    ),
    (
        63,
        "po_other_supplier",
        "The PO is another supplier's",
        "confirm",
        "other_supplier",
        "one_line",
    ),
    (
        64,
        "po_other_total",
        "The PO's total is not the order's",
        "confirm",
        "other_total",
        "one_line",
    ),
    (
        65,
        "po_long_label",
        "The action is called Cancel Purchase Order",
        "confirm",
        "long_label",
        "one_line",
    ),
    (66, "po_two_cancels", "Two cancel entries in the menu", "confirm", "two_cancels", "one_line"),
    (
        67,
        "po_late_status",
        "The PO's status changes a few loads later",
        "confirm",
        "late_status",
        "one_line",
    ),
    (
        68,
        "po_wrong_document",
        "The search opens another PO",
        "confirm",
        "wrong_document",
        "one_line",
    ),
    (
        69,
        "po_lost_reply",
        "The PO is cancelled, but the answer to the submit is lost",
        "confirm",
        "lost_reply",
        "one_line",
    ),
    (70, "po_down", "RealSource answers 503", "confirm", "down", "one_line"),
    (
        71,
        "po_via_results",
        "The search lists one PO, to be opened from the list",
        "confirm",
        "via_results",
        "one_line",
    ),
)

#: POs that hold more than one order: the number of the row whose PO they share.
_SHARED_PO: Final = {37: 36, 39: 38, 47: 46}
#: Orders that somebody else placed: the list shows them only where it shows the orders of all
#: users.
_COLLEAGUES: Final = frozenset({47})


def _scenario(row: tuple[int, str, str, str, str, str]) -> Scenario:
    k, slug, title, amazon, realsource, shape = row
    number, _ = _numbers(k)
    _, po = _numbers(_SHARED_PO.get(k, k))
    return Scenario(slug, number, po, title, amazon, realsource, shape, colleagues=k in _COLLEAGUES)


SCENARIOS: Final = tuple(_scenario(row) for row in _ROWS)
BY_SLUG: Final = {s.slug: s for s in SCENARIOS}
BY_NUMBER: Final = {s.number: s for s in SCENARIOS}


def orders_of_pos() -> dict[str, tuple[str, ...]]:
    """Every PO of the stand-in with the orders that belong to it."""
    found: dict[str, tuple[str, ...]] = {}
    for scenario in SCENARIOS:
        found[scenario.po] = (*found.get(scenario.po, ()), scenario.number)
    return found
