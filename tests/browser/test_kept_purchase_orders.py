"""What a page shows beside its counts, rows and supplier keeps a PO, and furniture keeps none."""

from __future__ import annotations

import pytest

from tests.browser.test_page_variants import _rewritten, cancelled, put, sub

__all__ = ["_rewritten", "cancelled"]

LINK = r'(<a href="/apps/Router/POStatus[^>]*>)(P\w+)(</a>.*?)</tbody>'
AGAIN = r"\1\2\3<tr><td>\1\2-1 / revision</a></td></tr></tbody>"
SUPPLIER = r"(<dt>Supplier</dt><dd[^>]*>)[^<]*"


def aside(words):
    return "done", "POStatus", put("<aside>", f"<aside>{words}")


def after_results(words):
    return "po_via_results", "QuickSearch", put("</table>", f"</table>{words}")


@pytest.mark.slow_except("named", "second")
@pytest.mark.parametrize(
    "slug, path, change, problem",
    [
        (*aside("<p>Invoice INV-2231 was created.</p>"), "po_counts_untold"),
        (*aside("<h2>Invoices</h2><p>INV-2231</p>"), "po_counts_untold"),
        (*aside("<dl><dt>Fulfilment</dt><dd>Fully received</dd></dl>"), "po_counts_untold"),
        ("done", "POStatus", sub(SUPPLIER, r"\1Amazon (Office Depot)"), "po_mismatch"),
        ("po_via_results", "QuickSearch", sub(LINK, AGAIN), "po_ambiguous"),
        (*after_results("<p>Page 1 of 3</p>"), "unknown_page"),
    ],
    ids=["named", "listed", "received", "supplier", "second", "paged"],
)
def test_a_po_is_kept_by_what_else_is_shown(cancelled, slug, path, change, problem):
    receipt = cancelled(slug, (path, change), gone=True)
    assert (receipt.problem, receipt.po_requests) == (problem, 0)


@pytest.mark.slow_except("comments")
@pytest.mark.parametrize(
    "slug, path, change",
    [
        aside(
            "<h2>Comments (1)</h2><p>Jo: please cancel, the vendor agreed.</p>"
            "<h2>Attachments (1)</h2><a href=#>quote.pdf</a>"
        ),
        aside(
            "<h3>What's next?</h3><dl><dt>Workflow</dt><dd>Completed</dd></dl>"
            "<a href=#>Create Invoice</a>"
        ),
        after_results("<p>Page 1 of 1</p><a href=# class=disabled>Next</a>"),
    ],
    ids=["comments", "workflow", "paged"],
)
def test_furniture_keeps_no_po(cancelled, slug, path, change):
    receipt = cancelled(slug, (path, change), gone=True)
    assert (receipt.outcome, receipt.po_requests) == ("done", 1)
