"""Read RealSource's action menu, and the answer to a press.

Nothing is clicked. Known from: other universities' guides and public scripts for the same product
(B).
"""

from __future__ import annotations

from robot.cancellation.orders import SubmitResult, Verdict
from robot.sites.css import select
from robot.sites.page import PageSnapshot, is_disabled, text_of_element
from robot.sites.site_file import Site


def read_actions(page: PageSnapshot, site: Site) -> tuple[str, ...]:
    """Read the labels of the PO's open action menu, () while there are none.

    The classic layout has a drop-down in its place. What is shown as out of use is none, and a
    label that is there twice is told twice.
    """
    choice = page.find(site.element("actions_select"))
    if choice:
        entries = [one for one in select(choice[0], "option") if one.get("value") != ""]
    else:
        found = page.find(site.element("actions"))
        entries = [one for one in found if not any(out in found for out in one.iterancestors())]
    usable = (text_of_element(one) for one in entries if not is_disabled(one))
    return tuple(label for label in usable if label)


def read_submit_result(page: PageSnapshot, site: Site) -> SubmitResult | None:
    """What the page after the press says.

    None while it still says nothing.
    """
    for banner in page.find(site.element("banner")):
        if site.says("success", text_of_element(banner)):
            around = banner.getparent()
            return SubmitResult(
                Verdict.CONFIRMED,
                page.public_text(site, [banner if around is None else around])
                or site.words("success", text_of_element(banner)),
            )
    errors = page.find(site.element("dialog_error"))[:1]
    if not any(text_of_element(error) for error in errors):
        return None
    return SubmitResult(Verdict.TECHNICAL, page.public_text(site, errors))
