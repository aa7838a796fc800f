"""Parse the HTML of a page, whatever it holds."""

from __future__ import annotations

import re

from lxml import etree, html
from lxml.html import HtmlElement

#: Halves of characters, as scripts leave them that cut a title, and control characters: a parser
#: stops at them.
_NO_TEXT = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff]")
#: What names an encoding, though the source is text already.
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
#: One class for all elements: Python is not asked which, as it is by lxml's own.
_PARSER = html.HTMLParser()
_PARSER.set_element_class_lookup(
    etree.ElementDefaultClassLookup(element=HtmlElement, comment=html.HtmlComment)
)


def readable(text: str) -> str:
    """Return a text in which a mark stands for what a parser stops at."""
    return _NO_TEXT.sub("\ufffd", text)


def parse(source: str) -> HtmlElement:
    """Return the tree of a page, an empty one where its HTML holds no element."""
    text = _XML_DECLARATION.sub("", readable(source))
    try:
        return html.document_fromstring(text or "<html></html>", parser=_PARSER)
    except etree.ParserError:
        return html.document_fromstring("<html></html>", parser=_PARSER)
