"""Pages as they may be too: the facts leave open how some parts are marked up, and the robot must
bear each of these.

The stand-in's answers are rewritten on their way; its oracle counts what arrives, as ever. Where a
change is of RealSource's pages alone, the order is cancelled at Amazon before, and where it is of
the order's pages alone, the PO in RealSource.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any

import pytest

from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import CancelRequest
from robot.standin import server
from robot.standin.oracle import FORBIDDEN, PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin
from tests.support.stage import Stage

Change = Callable[[str], str]


@dataclass(slots=True)
class Rewriting:
    """A site whose pages are changed where the address has a pattern; ``done`` are the patterns
    that changed one.
    """

    app: Any
    rules: list[tuple[str, Change]]
    done: set[str] = field(default_factory=set)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun: dict[str, Any] = {}
        body = b""

        async def hold(message: Any) -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                begun.update(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            page = body.decode("utf-8", "replace")
            for address, change in self.rules:
                if re.search(address, scope["path"]) and (changed := change(page)) != page:
                    page = changed
                    self.done.add(address)
            whole = page.encode()
            kept = [
                (k, v)
                for k, v in begun["headers"]
                if k.lower() not in {b"content-length", b"cache-control"}
            ]
            headers = [
                *kept,
                (b"content-length", str(len(whole)).encode()),
                (b"cache-control", b"no-store"),
            ]
            await send({**begun, "headers": headers})
            await send({"type": "http.response.body", "body": whole})

        await self.app(scope, receive, hold)


@contextmanager
def rewritten() -> Iterator[tuple[Stage, list[tuple[str, Change]], set[str]]]:
    rules: list[tuple[str, Change]] = []
    done: set[str] = set()
    whole = server.site_apps
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            server,
            "site_apps",
            lambda world: {h: Rewriting(a, rules, done) for h, a in whole(world).items()},
        )
        with Standin() as sites:
            stage = Stage(sites)
            yield stage, rules, done
            stage.close()


@pytest.fixture(scope="module")
def _rewritten():
    with rewritten() as both:
        yield both


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran(Receipt):
    """A receipt, and how often the PO's cancel came in."""

    po_requests: int


@pytest.fixture
def cancelled(_rewritten, tmp_path):
    """Cancel a scenario's order on pages with these changes; the receipt."""
    stage, rules, done = _rewritten

    def run(
        slug: str,
        *changes: tuple[str, Change],
        po: bool = True,
        patience: str = "3",
        gone: bool = False,
        po_gone: bool = False,
        **vcu: str,
    ) -> Ran:
        stage.begin(tmp_path / "home", signed_in=True)
        for key, value in vcu.items():
            setattr(stage.world.vcu, key, value)
        if gone:
            for line in stage.world.amazon.orders[BY_SLUG[slug].number].lines:
                line.state = "cancelled"
        if po_gone:
            stage.world.vcu.purchase_orders[BY_SLUG[slug].po].status = "Cancelled"
        rules[:] = changes
        done.clear()
        scenario = BY_SLUG[slug]
        wish = CancelRequest(
            "amazon_business",
            scenario.number,
            scenario.po if po else None,
            "Ordered twice",
            "tests",
        )
        robot = stage.robot(VENDORFIRST_CONFIRM_SECONDS=patience)
        receipt = robot.run([wish])[0]
        assert done == {address for address, _ in changes}, "a change changed nothing"
        oracle = stage.world.oracle
        assert oracle.broken_promises() == []
        assert oracle.count(VENDOR_SUBMIT, scenario.number) == receipt.vendor.submits
        assert oracle.count(FORBIDDEN) == 0
        told = {field.name: getattr(receipt, field.name) for field in fields(receipt)}
        return Ran(**told, po_requests=oracle.count(PO_SUBMIT, scenario.po))

    yield run
    stage.end()


def put(old: str, new: str) -> Change:
    return lambda page: page.replace(old, new)


def swap(*pairs: tuple[str, str]) -> Change:
    def change(page: str) -> str:
        for old, new in pairs:
            page = page.replace(old, new)
        return page

    return change


def sub(old: str, new: str) -> Change:
    return lambda page: re.sub(old, new, page, flags=re.DOTALL)


# ---- Amazon: the answer to the press ------------------------------------------------------------

REFUSED = "Unable to cancel requested items. We apologize for the inconvenience."
PENDING = "Attempting to cancel requested items. We will email you when there is an update."
GO = "if (said.location) location.assign(said.location);"
ROOM = "document.getElementById('preship-cancel-items-page-container')"


def in_place(script: str) -> tuple[str, Change]:
    return "cancel.js", put(GO, f"if (said.location) {{ busy(false); wake(true); {script} }}")


WAYS = {
    "in the form": f"{ROOM}.insertAdjacentHTML('afterbegin', '<p>{{}}</p>');",
    "in an alert beside it": (
        f"{ROOM}.insertAdjacentHTML('beforebegin', '<div class=a-alert-content>{{}}</div>');"
    ),
    "in a box over the page": (
        "document.body.insertAdjacentHTML('beforeend', '<div class=a-popover>{}</div>');"
    ),
    "in the form's place": f"{ROOM}.innerHTML = '<h1>{{}}</h1>';",
}


@pytest.mark.slow_except(
    "refused-in the form",
    "pending-in an alert beside it",
    "refused-in a box over the page",
    "pending-in the form's place",
)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "slug, said, outcome, problem",
    [
        ("refused", REFUSED, "refused", "vendor_refused"),
        ("pending_forever", PENDING, "pending", "not_confirmed"),
    ],
    ids=["refused", "pending"],
)
def test_answer_is_read_anywhere_and_order_pressed_once(
    cancelled, way, slug, said, outcome, problem
):
    """An answer is read wherever it stands and the order not pressed again."""
    receipt = cancelled(slug, in_place(WAYS[way].format(said)))
    assert (receipt.outcome, receipt.problem) == (outcome, problem)
    assert receipt.vendor.submits == 1
    assert receipt.vendor.said.startswith(said[:20])


STOOD = (
    '<div class="preshipCancel-banner"><div data-csa-c-content-id="WARNING"><div'
    ' class="a-alert-content"><h5>All discounted bundle items must be canceled'
    " together</h5></div></div></div>"
)


@pytest.mark.slow_except("pending_confirmed")
@pytest.mark.parametrize("slug", ["slow_spinner", "pending_confirmed"])
def test_warning_from_before_the_press_is_no_answer(cancelled, slug):
    """A warning that stood there before the press is no answer."""
    errors = '<div class="a-section preshipCancel-error-alert'
    change = ("cancel-items", put(errors, STOOD + errors))
    receipt = cancelled(slug, change, patience="60", po_gone=True)
    assert (receipt.outcome, receipt.vendor.submits) == ("done", 1)


# ---- Amazon: the form, the order, the list ------------------------------------------------------


UNREACHABLE = (
    "display:none",
    "opacity:0;width:0;height:0;position:absolute;margin:0",
    "position:absolute;left:-9999px",
)


def unreachable(box: str, style: str) -> tuple[str, Change]:
    """Hide a box of the form from the mouse."""
    important = style.replace(";", " !important;")
    hide = f"<style>#cancel-items-form {box} {{ {important} !important }}</style>"
    return "cancel-items", put("</head>", f"{hide}</head>")


@pytest.mark.slow
@pytest.mark.parametrize("style", UNREACHABLE)
def test_a_box_that_the_mouse_can_not_reach_is_ticked(cancelled, style):
    hidden = unreachable("input[type=checkbox]", style)
    assert cancelled("three_lines", hidden).outcome == "done"


def test_boxes_each_out_of_reach_in_a_way_are_ticked(cancelled):
    """Three lines, and the box of each is hidden otherwise."""
    numbered = [(f"#a-form-control-auto-id-{n}", style) for n, style in enumerate(UNREACHABLE)]
    address, _ = unreachable("", "")
    hide = [unreachable(box, style)[1] for box, style in numbered]
    changed = (address, lambda page: hide[2](hide[1](hide[0](page))))
    receipt = cancelled("three_lines", changed, po_gone=True)
    assert (receipt.outcome, receipt.vendor.submits) == ("done", 1)


def test_a_reason_that_is_not_offered_is_left_out(cancelled):
    option = '<option value="OTHER_REASON">Other</option>'
    receipt = cancelled("done", ("cancel-items", put(option, "")), po_gone=True)
    assert (receipt.outcome, receipt.vendor.submits) == ("done", 1)


def late(page: str) -> str:
    script = (
        "<script>var l=document.getElementById('late'),h=l&&l.innerHTML;if(l){l.innerHTML='';"
        "setTimeout(function(){l.innerHTML=h},900)}</script></body>"
    )
    return page.replace(
        'data-component="orderCard"', 'data-component="orderCard" id="late"'
    ).replace("</body>", script)


def test_an_order_whose_shipments_come_late_is_not_too_late(cancelled):
    receipt = cancelled("done", ("order-details", late), po_gone=True)
    assert (receipt.outcome, receipt.vendor.submits) == ("done", 1)


LATE = (
    "<style id=late>main, #PhoenixContent { display: none !important }</style><script>"
    "setTimeout(function () { document.getElementById('late').remove() }, 1500)</script></head>"
)


def test_a_late_main_part_is_waited_for_on_every_screen(cancelled):
    """Each page shows its header at once, and what it is of a while later."""
    screens = [
        "order-details",
        "cancel-items",
        "cancel-summary",
        "ab/your-orders",
        "Router/Home",
        "QuickSearch",
        "POStatus",
    ]
    receipt = cancelled("po_via_results", *[(one, put("</head>", LATE)) for one in screens])
    assert (receipt.outcome, receipt.vendor.submits, receipt.po_requests) == ("done", 1, 1)


SHELL = """<html><head><title>Your Orders</title></head>
<body><span id=nav-link-accountList-nav-line-1>Hello, Q</span>
<form action="/your-orders/search"><input name=search></form>
<div id=yourOrdersContainer>0 orders</div></body></html>"""


@pytest.mark.parametrize(
    "page, outcome, problem",
    [
        (SHELL, "needs_person", "unknown_page"),
        (
            SHELL.replace("0 orders", "<h4>We can\u2019t find that order</h4>"),
            "refused",
            "not_found",
        ),
    ],
)
def test_list_instead_of_order_proves_nothing(cancelled, page, outcome, problem):
    """A list instead of the order proves nothing, unless it says that there is no such order."""
    receipt = cancelled("done", ("order-details", lambda _: page))
    assert (receipt.outcome, receipt.problem) == (outcome, problem)


def test_a_po_that_stands_alone_in_its_slot_is_read(cancelled):
    assert (
        cancelled("done", ("order-details", put("PO number: ", "")), po=False).order.po
        == BY_SLUG["done"].po
    )


def other_order(page: str) -> str:
    slot = '<div class="" data-component="default"></div>'
    return page.replace(
        slot,
        '<div data-component="default"><div'
        ' data-component="orderId">111-9999999-9999999</div></div>',
    )


def test_the_cancelled_page_of_another_order_proves_nothing(cancelled):
    receipt = cancelled("done", ("order-details", other_order))
    assert (receipt.outcome, receipt.problem) == ("needs_person", "wrong_order")
    assert receipt.po_requests == 0


def first_card_otherwise(page: str) -> str:
    first, span, rest = page.partition('<span dir="auto">')
    return re.sub(
        r' data-totalOrders="\d+"', "", first + span + rest.replace('<span dir="auto">', "<span>")
    )


def test_list_counts_every_card_whatever_its_markup(cancelled):
    """Every card of the list counts though they are marked up differently."""
    receipt = cancelled("split_po_a", ("orderHistory", first_card_otherwise))
    assert (receipt.problem, receipt.po_requests) == ("split_po", 0)


def test_a_card_whose_number_can_not_be_read_stops_before_the_po(cancelled):
    receipt = cancelled("done", ("orderHistory", sub(r"\d{3}-\d{7}-\d{7}", "hidden")))
    assert (receipt.problem, receipt.po_requests) == ("orders_incomplete", 0)


# ---- RealSource: the menu and the dialog --------------------------------------------------------

AGAIN = "already_cancelled"  # at Amazon; only RealSource is left
NOTE = '<label>Reason <textarea name="Note" maxlength="1000"></textarea></label>'
LINE = "<label>Reason <input type=text name=Note></label>"
FIND, EITHER = 'querySelector("textarea")', 'querySelector("textarea, input")'
NEWS = (
    '<div role="dialog" style="position:fixed;bottom:0"><p>News</p><button>Dismiss</button></div>'
)
MESSAGES, YES = '<div id="Messages"', 'data-role="go">OK<'
DIALOGS = {
    "without a note": swap(
        (NOTE, ""), ("if (!field) {", "field = field || {value: 'x'}; if (!field) {")
    ),
    "with a one-line note": swap((NOTE, LINE), (FIND, EITHER)),
    "whose button says yes": swap((YES, YES.replace("OK", "Yes, cancel PO"))),
    "whose button says it again": swap((YES, YES.replace("OK", "Cancel PO"))),
    "beside an announcement": swap((MESSAGES, NEWS + MESSAGES)),
}
OPENER = '"aria-label": "Document Actions", "aria-haspopup": "menu"'
USER = '<button aria-haspopup="menu">Quillon</button>'
ENTRY = '{ role: "menuitem", href: "#"'
SEARCH = re.compile(
    r'(<button[^>]*id="Phoenix_Notifications_QuickSearchSubmit")[^>]*>.*?</button>', re.DOTALL
)
CHOICE, PLACE = (
    '{ id: "AvailableActions", "aria-label": "Available Actions" }',
    "place.append(choice",
)
LABEL = 'place.append(element("label", { "for": "ActionList" }, "Available Actions"), choice'
MENUS = {
    "a plain title link": (
        "title_link",
        swap((' role="button" aria-haspopup="true" aria-expanded="false"', "")),
    ),
    "another menu first": (
        "dots",
        swap((OPENER, OPENER.replace("Document", "More")), (MESSAGES, USER + MESSAGES)),
    ),
    "called more": ("dots", swap((OPENER, '"aria-label": "More"'))),
    "entries without a role": ("dots", swap((ENTRY, ENTRY.replace('role: "menuitem", ', "")))),
    "a search that is called Go": ("classic", lambda page: SEARCH.sub(r"\1>Go</button>", page)),
    "a drop-down with a label": ("classic", swap((CHOICE, '{ id: "ActionList" }'), (PLACE, LABEL))),
}


PAIRS = [*zip(MENUS, [*DIALOGS, "without a note"], strict=True)]


@pytest.mark.slow_cases(
    "entries without a role-whose button says it again", "a drop-down with a label-without a note"
)
@pytest.mark.parametrize("menu, dialog", PAIRS)
def test_the_po_is_cancelled_by_each_menu_and_dialog(cancelled, menu, dialog):
    """Each menu and each dialog is met, in pairs."""
    shape, change = MENUS[menu]
    changes = (("POStatus", change), ("Router/POStatus", DIALOGS[dialog]))
    receipt = cancelled(AGAIN, *changes, menu_shape=shape)
    assert (receipt.outcome, receipt.po_requests) == ("done", 1), receipt.summary


@pytest.mark.slow
@pytest.mark.parametrize("dialog", DIALOGS)
def test_the_po_is_cancelled_in_a_dialog(cancelled, dialog):
    receipt = cancelled(AGAIN, ("POStatus", DIALOGS[dialog]))
    assert (receipt.outcome, receipt.po_requests) == ("done", 1), receipt.summary


@pytest.mark.slow
@pytest.mark.parametrize("menu", MENUS)
def test_the_po_is_cancelled_from_a_menu_with(cancelled, menu):
    shape, change = MENUS[menu]
    receipt = cancelled(AGAIN, ("POStatus", change), menu_shape=shape)
    assert (receipt.outcome, receipt.po_requests) == ("done", 1), receipt.summary


@pytest.mark.parametrize(
    "name", ["Cancel PO Revision", "Cancel PO Change Request", "Cancel PO Line"]
)
def test_what_cancels_only_a_part_of_the_po_is_not_pressed(cancelled, name):
    both = '["ClosePO", "Close PO"]'
    part = ("POStatus", put(both, f'{both}, ["CancelPart", "{name}"]'))
    receipt = cancelled("po_only_close", part, gone=True)
    assert (receipt.problem, receipt.po_requests) == ("po_no_cancel_action", 0)
    assert name in receipt.summary


# ---- RealSource: reading the PO -----------------------------------------------------------------

PANEL = "<aside><h3>Related invoice</h3><dl><dt>Status</dt><dd>Cancelled</dd></dl></aside>"


@pytest.mark.slow_except(AGAIN)
@pytest.mark.parametrize("slug", ["done", AGAIN])
def test_another_panels_status_is_not_the_pos(cancelled, slug):
    receipt = cancelled(
        slug, ("POStatus", put('<div class="Columns">', f'{PANEL}<div class="Columns">'))
    )
    assert (receipt.outcome, receipt.realsource.state, receipt.po_requests) == (
        "done",
        "cancelled",
        1,
    )


HEAD = '<th class="num">Ext. Price</th>'


@pytest.mark.parametrize(
    "change",
    [
        put("<dt>Total</dt>", "<dt>PO Total</dt>"),
        put(HEAD, HEAD.replace("Ext. Price", "Total") + "<th>x</th>"),
    ],
)
def test_the_total_is_compared_whatever_it_is_called(cancelled, change):
    receipt = cancelled("po_other_total", ("POStatus", change))
    assert (receipt.problem, receipt.po_requests) == ("po_mismatch", 0)


def uncounted(page: str) -> str:
    return re.sub(r"(Invoices|Receipts|Change Requests) \(\d+\)", r"\1", page)


@pytest.mark.slow_cases("po_received-po_received")
@pytest.mark.parametrize(
    "slug, problem",
    [("done", None), ("po_invoiced", "po_invoiced"), ("po_received", "po_received")],
)
def test_tabs_that_tell_no_count_are_opened(cancelled, slug, problem):
    receipt = cancelled(slug, ("POStatus", uncounted), gone=True)
    assert (receipt.problem, receipt.po_requests) == (problem, int(problem is None))


WAITING = (
    '<nav aria-label="My action items"><a href="#">Invoices (0)</a> <a href="#">Receipts (0)</a>'
    ' <a href="#">Change Requests (0)</a></nav>'
)


def with_action_items(page: str) -> str:
    return uncounted(page).replace('<div class="Content"', f'{WAITING}<div class="Content"')


@pytest.mark.parametrize("slug, problem", [("done", None), ("po_invoiced", "po_invoiced")])
def test_what_waits_for_the_user_counts_nothing_of_the_po(cancelled, slug, problem):
    receipt = cancelled(slug, ("POStatus", with_action_items), gone=True)
    assert (receipt.problem, receipt.po_requests) == (problem, int(problem is None))


def test_none_that_the_page_speaks_against_is_a_persons(cancelled):
    badge = put('<div class="Columns">', '<p>Invoice Status: Invoiced</p><div class="Columns">')
    receipt = cancelled("done", ("POStatus", badge), gone=True)
    assert (receipt.problem, receipt.po_requests) == ("po_counts_untold", 0)
    assert "does not tell of its invoices" in receipt.summary


def test_the_right_link_of_a_row_of_results_is_followed(cancelled):
    box, more = (
        "<tr><td><input type=checkbox></td><td><a",
        '</a></td><td><a href="#">View</a></td><td>',
    )
    row = (
        "QuickSearch",
        lambda page: page.replace("<tr><td><a", box).replace("</a></td><td>", more),
    )
    assert cancelled("po_via_results", row, gone=True).outcome == "done"


def test_a_search_without_results_is_known_by_its_words(cancelled):
    unmarked = ("QuickSearch", put('class="Card NoResults"', 'class="Card"'))
    receipt = cancelled("po_not_found", unmarked, gone=True)
    assert (receipt.problem, receipt.po_requests) == ("po_not_found", 0)


# ---- what lies outside the page's own controls --------------------------------------------------

LAYER = "position:fixed;inset:0;background:#0008;z-index:9999"


def test_a_covered_button_is_not_taken_for_a_press(cancelled):
    """A layer that nobody knows lies over the button: nothing is announced, nothing is pressed."""
    layer = f"<div id=late style='{LAYER}'>Rate this page</div></body>"
    receipt = cancelled("done", ("cancel-items", put("</body>", layer)))
    assert (receipt.outcome, receipt.problem) == ("needs_person", "covered")
    assert "#late" in receipt.summary
    assert "could not be pressed" in receipt.summary
    assert (receipt.vendor.submits, receipt.vendor.state) == (0, "live")


@pytest.mark.slow_except("sp-cc")
@pytest.mark.parametrize(
    "layer, button",
    [
        (
            "sp-cc",
            "<button type=button id=sp-cc-accept onclick=this.parentNode.remove()>Yes</button>",
        ),
        ("glow-toaster", "<button type=button onclick=this.parentNode.remove()>Dismiss</button>"),
    ],
    ids=["sp-cc", "glow-toaster"],
)
def test_a_layer_that_the_site_file_names_is_dismissed(cancelled, layer, button):
    cover = f"<div id={layer} style='{LAYER}'>Select {button}</div></body>"
    receipt = cancelled("done", ("cancel-items", put("</body>", cover)), po_gone=True)
    assert (receipt.outcome, receipt.vendor.submits) == ("done", 1), receipt.summary


def question(words: str) -> Change:
    """A native question before the PO's cancel is sent."""
    asked = (
        f'if (action === "CancelPO") {{ if (confirm("{words}")) {{ send(action, "",'
        " function () {}); } return; }"
    )
    return put("function performAction(action) {", f"function performAction(action) {{ {asked}")


def test_a_native_question_that_belongs_to_the_act_is_answered(cancelled):
    words = "Cancel this purchase order? This can not be undone."
    receipt = cancelled("already_cancelled", ("POStatus", question(words)))
    assert (receipt.outcome, receipt.realsource.submits) == ("done", 1), receipt.summary
    assert receipt.po_requests == 1


def test_another_native_question_is_a_persons_with_its_words(cancelled):
    receipt = cancelled("already_cancelled", ("POStatus", question("Notify 34 other people?")))
    assert (receipt.outcome, receipt.problem) == ("needs_person", "unexpected_question")
    assert "Notify 34 other people?" in receipt.summary
    assert (receipt.realsource.submits, receipt.po_requests) == (0, 0)


def test_a_link_that_would_open_a_new_tab_is_followed(cancelled):
    new_tab = put("<td><a href=", '<td><a target="_blank" href=')
    receipt = cancelled("po_via_results", ("Search", new_tab), gone=True)
    assert (receipt.outcome, receipt.po_requests) == ("done", 1), receipt.summary


def look_alikes(page: str) -> str:
    row = re.search(r"<tr><td><a .*?</tr>", page, re.DOTALL)
    if row is None:
        return page
    number = BY_SLUG["po_via_results"].po
    others = "".join(row.group().replace(f">{number}<", f">{number}{end}<") for end in ("A", "7"))
    return page.replace(row.group(), others + row.group()).replace(
        "1-1 of 1 results", "1-3 of 3 results"
    )


def test_a_po_is_found_among_its_look_alikes(cancelled):
    receipt = cancelled("po_via_results", ("QuickSearch", look_alikes), gone=True)
    assert (receipt.outcome, receipt.po_requests) == ("done", 1), receipt.summary


def test_a_search_that_does_not_answer_is_not_taken_for_none(cancelled):
    silent = ("QuickSearch", lambda page: re.sub("No results|Nothing was found for", "…", page))
    receipt = cancelled("po_not_found", silent, gone=True)
    assert (receipt.problem, receipt.po_requests) == ("unknown_page", 0)


def test_a_tab_that_could_not_be_loaded_counts_nothing(cancelled):
    def failing(page: str) -> str:
        none = "No invoices were found for this purchase order."
        return uncounted(page).replace(none, "Invoices can't be loaded.")

    receipt = cancelled("done", ("POStatus", uncounted), ("POInvoices", failing), gone=True)
    assert (receipt.problem, receipt.po_requests) == ("po_counts_untold", 0)
