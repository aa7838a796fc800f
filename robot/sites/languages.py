"""Tell a page in another language, whose words the site files do not know."""

from __future__ import annotations

from typing import Final

from robot.sites.page import PageSnapshot
from robot.sites.site_file import Site

#: The parts of a page by whose words its language is told: no list of languages to choose from.
HEADINGS: Final = "h1, h2, h3, h4, label, [role=alert]"


def other_language(page: PageSnapshot, site: Site, css: str = HEADINGS) -> str:
    """Return the language of a page that is not in English, as far as it can be told.

    It is what the page declares, or what the words of the parts that ``css`` selects are. "" for
    English.
    """
    declared = page.language.partition("-")[0].lower()
    if declared not in {"", "en"}:
        return declared
    text = page.text(css)
    return next((name for name in site.languages if site.is_in_language(name, text)), "")
