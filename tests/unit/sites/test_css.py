"""A tree answers as a search of all of it does, and looks at little of it."""

from __future__ import annotations

import pytest
from cssselect import ExpressionError
from lxml import html

from robot.sites import css as css_module
from robot.sites.css import Tree, select
from robot.sites.registry import Sites
from tests.support.standin_pages import rendered

PAGE = """<html><body class="home">
<div id="one" class="a b" data-index="1"><a href="/dp/1" class="b">x</a></div>
<div id="two" class="b" DATA-Index="2"><span class="c b a">y</span><div class="a"></div></div>
<p class="d\xa0e&#9;f">w</p>
<form><input type="checkbox" checked><input type="Text" name="q"><button hidden>z</button></form>
</body></html>"""
#: What site files and readers ask in, and what only looks like it.
ASKED = (
    "*", "a", "A", "div.a", ".a.b", ".a .a", "div > .a", "#one", "div#two.b", "#one, #two a, .c",
    "[data-index]", "[data-index='2']", "[data-index][id=two]", "[class=b]", "[id=one]",
    "[href*='/dp/']", "[href^='/gp']", "a[href]", "a[href='/dp/1' i]", "input[type=text]",
    "input[type=Text]", "input:not([type=checkbox])", ":not(.a)", ".a:not(.b)", "div:is(.a, .b)",
    "#one ~ div", "#one + #two", "body.home .c", ":checked", "button[hidden]", "[data-index!='1']",
    ".d", ".e", ".f", ".d\xa0e",
    ".none", "#none .a", ".none, .c", "div:nth-child(2)", "div:has(> .c)", "nothing",
)  # fmt: skip


@pytest.fixture
def page():
    return html.document_fromstring(PAGE)


def asked_much(page):
    """Return a tree that has been asked for so much that it knows who has what."""
    tree = Tree(page)
    for letter in "abcdefgh":
        tree.select(f".{letter}")
    return tree


@pytest.mark.parametrize("css", ASKED)
def test_a_tree_finds_what_a_search_finds_in_the_same_order(page, css):
    for tree in (Tree(page), asked_much(page)):
        assert tree.select(css) == select(page, css)
        for scope in page.iter("*"):
            assert tree.select(css, scope) == select(scope, css)


@pytest.mark.parametrize("css", [".a::before", "#one, a::after"])
def test_what_a_style_sheet_makes_up_is_no_part_of_a_page(css):
    with pytest.raises(ExpressionError):
        select(html.document_fromstring(PAGE), css)


def test_what_was_found_is_the_askers_own(page):
    tree = Tree(page)
    tree.select(".a").clear()
    assert len(tree.select(".a")) == 3


@pytest.mark.parametrize("css", ["#one", ".a.b", "[data-index='2']", "#none .a", ".none, #no"])
def test_what_the_page_has_or_lacks_is_not_searched_for(page, css, monkeypatch):
    tree, expected = asked_much(page), select(page, css)
    monkeypatch.setattr(css_module, "_search", pytest.fail)
    assert tree.select(css) == expected


def test_trees_answer_as_searches_do_on_the_stand_ins_pages():
    asked = {
        css
        for site in Sites().all()
        for css in (
            *site.public,
            *site.private,
            *(one for screen in site.screens.values() for one in (*screen.all, *screen.any)),
            *(one for screen in site.screens.values() for one in (*screen.none, *screen.present)),
            *(one.css for e in site.elements.values() for one in e.candidates if one.css),
        )
    }
    assert len(asked) > 200
    for page in rendered()[::5]:
        root = html.document_fromstring(page.source)
        tree = Tree(root)
        for css in asked:
            assert tree.select(css) == select(root, css), (page.screen, css)
