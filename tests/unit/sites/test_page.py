"""Reading a page: only what can be seen counts, names are what people hear, text is what people
read.
"""

from __future__ import annotations

import pytest

from robot.sites.page import MARK, PageSnapshot, accessible_name, text_of_element
from robot.sites.site_file import Candidate, Element, Screen, Site


def page(body, url="https://shop.example/a?x=1&x=2&e=", head=""):
    return PageSnapshot(url, f"<html><head>{head}</head><body>{body}</body></html>")


def element(*candidates, **more):
    return Element(candidates=candidates, **more)


def css(selector, **more):
    return element(Candidate(css=selector), **more)


def names(found):
    return [accessible_name(e) for e in found]


# --- what is hidden -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mark",
    [
        MARK,
        "hidden",
        'aria-hidden="true"',
        'class="x aok-hidden"',
        'class="a-hidden y"',
        'style="color:red;display:none"',
        'style="display: none"',
        'style="visibility:hidden"',
        'style="visibility: hidden"',
        'aria-hidden="TRUE"',
        'style="DISPLAY : none !important"',
        'style="display:\n none;color:red"',
        'style="visibility:collapse"',
        'style="opacity:0.0"',
        'style="opacity: 0%"',
        'style="position:absolute;clip:rect(0 0 0 0)"',
        'style="clip:rect(1px, 1px, 1px, 1px)"',
        'style="clip-path:inset(50%)"',
        'style="clip-path:circle(0)"',
        'style="position:absolute;left:-9999px"',
        'style="position:fixed;top:-100em;margin-left:-625rem"',
        'style="text-indent:-9999px;overflow:hidden"',
        'style="transform:translateX(-9999px)"',
        'style="transform:scale(0)"',
        'style="overflow:hidden;height:0"',
        'style="max-height:0px;overflow-y:hidden"',
        'style="width:1px;height:1px;overflow:hidden"',
        'style="font-size:0"',
        'style="opacity:.01"',
        'style="filter: opacity(0)"',
        'style="clip-path:polygon(0 0,0 0,0 0)"',
        'style="transform:rotateY(90deg)"',
        'style="position:absolute;left:-100vw"',
        'style="position:absolute;top:-200%"',
        'style="color:transparent"',
        'style="content-visibility:hidden"',
        'class="a-popover-preload"',
        'class="a-expander-content" aria-expanded="false"',
        'class="a-offscreen"',
        'class="x sr-only"',
        'class="visually-hidden"',
        'class="hidden"',
        'class="hide"',
        'class="d-none"',
    ],
)
def test_hidden_parts_and_all_that_is_in_them_are_not_there(mark):
    seen = page(f"<div {mark}><p>secret<button>Press</button></p></div><p>shown</p>")
    assert seen.text() == "shown"
    assert not seen.has("button")
    assert len(seen.all("button", hidden=True)) == 1
    assert len(seen.find(css("button", hidden=True))) == 1
    assert seen.find(css("button")) == []


@pytest.mark.parametrize(
    "mark",
    [
        'aria-hidden="false"',
        'class="aok-hidden-x"',
        'style="display:block"',
        "data-hidden",
        'style="opacity:0.9;height:0"',
        'style="opacity:10%;left:-10em"',
        'style="transform:translate(-100%)"',
        'style="width:1em;overflow:hidden"',
        'style="clip:rect(0, 90px, 20px, 0)"',
        'style="clip-path:inset(5px 50%)"',
        'style="position:absolute;top:4200px;transform:translate(-50%,-50%)"',
        'style="transform:scale(0.9);margin-left:-20px"',
        'style="background:url(data:a;display:none.png)"',
        'style="color:rgba(0,0,0,1);font-size:0.8em"',
        'class="hidden md:block"',
        'class="a-expander-content" aria-expanded="true"',
        'class="hidden-price"',
    ],
)
def test_what_only_looks_like_a_mark_hides_nothing(mark):
    assert page(f"<p {mark}>shown</p>").text() == "shown"


def test_a_live_page_tells_itself_what_classes_hide():
    body = "<p class=hidden>a</p><p class=aok-hidden>b</p>"
    assert page(body).text() == ""
    assert PageSnapshot("", f"<body>{body}</body>", document_id=1.0).text() == "a"


def test_words_read_aloud_count_beside_what_they_say():
    price = "<span class=a-offscreen>$31.00</span><span aria-hidden=true>$31<sup>00</sup></span>"
    assert page(f"<b>{price}</b>").text() == "$31.00"
    assert page("<button>x<i class=sr-only>Close</i></button>").text() == "xClose"
    assert page("<h4><span class=a-offscreen>Cancelled</span></h4>").text() == ""


def test_a_field_that_its_label_draws_is_there():
    drawn = "<input type=checkbox style='opacity:0;position:absolute;left:-9999px'>"
    assert page(drawn).has("input")
    assert not page("<input type=checkbox style='display:none'>").has("input")


def test_words_that_are_struck_out_are_only_said_to_be():
    assert page("<s>$40.00</s> $31.00").text() == "[struck out] $31.00"
    assert page("<b style='text-decoration: line-through'>a</b>").text() == "[struck out]"
    assert page("<b class=a-text-strike>$9</b> $8").text() == "[struck out] $8"
    assert page("<p><del>one <b>two</b></del><a><strike>three</strike></a></p>").text() == (
        "[struck out] [struck out] [struck out]"
    )


def test_what_runs_on_in_a_line_is_one_word():
    assert page("<p>can<wbr>cel<bdi>led</bdi> P0<time>1</time></p>").text() == "cancelled P01"
    assert page("<p>Can\u00adcel\u200bled $31<sup>50</sup></p>").text() == "Cancelled $31 50"


def test_a_drawings_title_is_not_the_pages():
    assert page("<svg><title>Status</title></svg>").title == ""
    assert page("<svg><title>Status</title></svg>", head="<title>Home</title>").title == "Home"
    assert PageSnapshot("", "<title>Home</title><p>x").title == "Home"


def test_of_a_drop_down_only_what_is_chosen_is_shown():
    options = "<option>1<option selected>4<option>9"
    assert page(f"<p>Qty: <select>{options}</select></p>").text() == "Qty: 4"


def test_what_is_closed_shows_its_summary_alone():
    inside = "one<summary>More</summary>two<p>three</p>four"
    assert page(f"<details>{inside}</details>").text() == "More"
    assert page(f"<details open>{inside}</details>").text() == "one More two three four"
    assert page("<dialog>no</dialog><dialog open>yes</dialog>").text() == "yes"


@pytest.mark.parametrize(
    "sheet, text",
    [
        (".x { display : none }", "b"),
        ("/* p */ i, #x , .y{ visibility:hidden; }", "b"),
        ("@media screen { .x { opacity: 0 } }", "b"),
        ("@media print { .x { display: none } } .b { color: red }", "a b"),
        ("@media (max-width: 600px) { .x { display: none } }", "a b"),
        (".x { display: none } #x { display: block }", "a b"),
        (".x:hover, .x::before, p..q { display: none }", "a b"),
        (".b { display: none }", "a b"),
    ],
)
def test_a_style_sheet_in_a_saved_page_hides(sheet, text):
    body = "<p id=x class=x>a</p><p class=b style='display:inline'>b</p>"
    assert page(body, head=f"<style>{sheet}</style>").text("p").replace("\n", " ") == text


def test_scripts_styles_templates_and_hidden_fields_say_nothing():
    body = (
        "<svg><title>zero</title></svg><script>one</script><style>two</style>"
        "<template>three</template><noscript>four</noscript>"
        '<input type="hidden" value="five"><p>shown</p>'
    )
    assert page(body).text() == "shown"


def test_what_somebody_typed_and_a_frame_say_nothing():
    body = "<iframe>one</iframe><textarea>two</textarea>"
    assert page(f"{body}<p>shown</p>").text() == "shown"
    assert page(body).has("textarea")


def test_text_behind_a_hidden_part_stays():
    assert page("<p>before <b hidden>gone</b> after</p>").text() == "before after"


def test_a_page_that_is_hidden_whole_or_empty_is_no_error():
    assert PageSnapshot("", "").text() == ""
    assert PageSnapshot("", f"<html {MARK}><body>x</body></html>").url == ""
    assert PageSnapshot("https://a.example/", "no markup at all").text() == "no markup at all"


# --- finding --------------------------------------------------------------------------------------


def test_the_first_candidate_that_matches_anything_counts():
    seen = page("<a>1</a><b>2</b><b>3</b>")
    found = seen.find(element(Candidate(css="i"), Candidate(css="b"), Candidate(css="a")))
    assert [text_of_element(e) for e in found] == ["2", "3"]


def test_a_candidate_with_other_words_gives_way_to_the_next():
    seen = page("<a>Delete</a><b>Cancel order</b>")
    found = seen.find(element(Candidate(css="a"), Candidate(css="b"), text="^cancel"))
    assert [text_of_element(e) for e in found] == ["Cancel order"]


def test_a_scope_shuts_the_rest_of_the_page_out():
    seen = page('<div id="in"><a>1</a></div><a>2</a>')
    assert [text_of_element(e) for e in seen.find(css("a", scope="#in"))] == ["1"]
    assert seen.find(css("a", scope="#none")) == []


def test_a_hidden_scope_holds_nothing():
    seen = page('<div id="in" hidden><a>1</a></div>')
    assert seen.find(css("a", scope="#in")) == []
    assert len(seen.find(css("a", scope="#in", hidden=True))) == 1


def test_lists_of_selectors_are_one_list_in_document_order():
    seen = page("<i>1</i><a>2</a><b>3</b><a>4</a>")
    assert [text_of_element(e) for e in seen.all("a, b")] == ["2", "3", "4"]
    assert [text_of_element(e) for e in seen.find(css("b, a", scope="body"))] == ["2", "3", "4"]
    assert seen.text("a, i") == "1\n2\n4"


def test_the_root_can_be_asked_for_but_not_the_scope():
    seen = PageSnapshot("", '<html class="a-tablet"><body id="b"><p>x</p></body></html>')
    assert seen.has("html.a-tablet")
    assert seen.has("html.a-tablet p")
    assert not seen.has("html.other")
    assert len(seen.all("*", hidden=True)) == 3
    assert seen.find(css("#b", scope="#b")) == []


def test_the_text_of_nothing_is_empty():
    seen = page("<p></p>")
    assert seen.text_of(css("a")) == ""
    assert seen.text("p, a") == ""


# --- roles and names ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "role, markup",
    [
        ("button", "<button>Go on</button>"),
        ("button", '<div role="button">Go on</div>'),
        ("button", '<input type="submit" value="Go on">'),
        ("button", '<input type="button" value="Go on">'),
        ("link", '<a href="/x">Go on</a>'),
        ("textbox", '<input aria-label="Go on">'),
        ("textbox", '<input type="email" placeholder="Go on">'),
        ("textbox", '<label for="t">Go on</label><textarea id="t"></textarea>'),
        ("textbox", '<input type="password" title="Go on">'),
        ("checkbox", '<label><input type="checkbox"> Go on</label>'),
        ("radio", '<label>Go on<input type="radio"></label>'),
        ("combobox", '<select aria-label="Go on"></select>'),
        ("heading", "<h4>Go <b>on</b></h4>"),
        ("menuitem", '<li role="menuitem">Go on</li>'),
        ("dialog", '<div role="dialog" aria-label="Go on"></div>'),
        ("tab", '<a role="tab">Go on</a>'),
    ],
)
def test_a_role_with_a_name_is_found(role, markup):
    seen = page(markup + "<button>Other</button><a href=x>Other</a>")
    assert names(seen.find(element(Candidate(role=role, name="^go on$")))) == ["Go on"]


@pytest.mark.parametrize(
    "markup", ["<a>Go on</a>", '<input type="text" value="Go on">', "<span>Go on</span>"]
)
def test_what_has_no_such_role_is_not_found(markup):
    for role in ("button", "link", "heading"):
        assert page(markup).find(element(Candidate(role=role, name="go on"))) == []


def test_a_hidden_label_still_names_its_button():
    """Amazon's buttons are inputs named by a span that assistive technology does not read by
    itself.
    """
    seen = page(
        '<input type="submit" aria-labelledby="one two"><span id="one"'
        ' aria-hidden="true">Request</span><span id="two" hidden>cancellation</span>'
    )
    assert names(seen.find(element(Candidate(role="button", name="^request cancellation$")))) == [
        "Request cancellation"
    ]


def test_a_label_from_aria_comes_before_the_own_text():
    assert names(page('<button aria-label="Close">x</button>').all("button")) == ["Close"]


def test_a_label_without_an_id_names_nothing_by_chance():
    assert names(page('<label for="">Wrong</label><input placeholder="right">').all("input")) == [
        "right"
    ]


def test_an_id_with_quotes_in_it_is_no_error():
    assert names(
        page("""<input id="a'b&quot;c" title="x"><i aria-labelledby="a'b">y</i>""").all("input, i")
    ) == [
        "x",
        "y",
    ]


def test_text_narrows_a_candidate():
    seen = page("<a href=1>Cancel items</a><a href=2>Problem with order</a>")
    (found,) = seen.find(element(Candidate(css="a", text="^problem")))
    assert seen.link(found) == "https://shop.example/2"


# --- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "markup, said",
    [
        ("<p>a\n\t b\u00a0 c</p>", "a b c"),
        ("<div>a</div><div>b</div>", "a b"),
        ("<p>can<b>cel</b>led</p>", "cancelled"),
        ("<p>one<br>two</p>", "one two"),
        ("<td>1</td><td>2</td>", "1 2"),
        ("<p>a<!-- not this -->b</p>", "ab"),
        ("<p>&lt;b&gt; &amp; &eacute;</p>", "<b> & é"),
        ("<ul><li>x<li>y</ul>", "x y"),
    ],
)
def test_text_is_folded_and_blocks_do_not_run_together(markup, said):
    assert page(markup).text() == said


# --- what else a reader may ask -------------------------------------------------------------------


def test_the_address_and_the_title():
    seen = page("", head="<title>\n  A  title </title>")
    assert seen.title == "A title"
    assert (seen.query("x"), seen.query("e"), seen.query("none")) == ("1", None, None)
    assert page("").title == ""


def test_the_state_that_scripts_keep_is_found_by_its_key():
    body = (
        """<script type="a-state" data-a-state='{"key": "other"}'>{"a": 1}</script>"""
        """<script type="a-state" data-a-state="broken">{"a": 2}</script>"""
        """<script type="a-state" data-a-state='"text"'>{"a": 3}</script>"""
        """<script type="a-state" data-a-state='{"key": "mine"}'>{"orderID": "1"}</script>"""
        """<script type="a-state" data-a-state='{"key": "bad"}'>{</script>"""
    )
    seen = page(body)
    assert seen.state("mine") == {"orderID": "1"}
    assert seen.state("bad") == {}
    assert seen.state("none") == {}


# --- screens --------------------------------------------------------------------------------------

BODY = '<main id="m"><h1>Order placed</h1><i class="on">x</i></main><b id="h" hidden>y</b>'


@pytest.mark.parametrize(
    "guard, holds",
    [
        ({"all": ("#m", ".on")}, True),
        ({"all": ("#m", ".off")}, False),
        ({"any": (".off", ".on")}, True),
        ({"any": ("#h",)}, False),
        ({"present": ("#h",)}, True),
        ({"all": ("#m",), "none": (".on",)}, False),
        ({"all": ("#m",), "none": ("#h",)}, True),
        ({"text": "order  ?PLACED"}, True),
        ({"text": "placed", "scope": "i"}, False),
        ({"text": "placed", "scope": ".none"}, False),
        ({"url": r"^/a\?x=1"}, True),
        ({"url": "example"}, False),
        ({"all": ("#m",), "host": "shop.example"}, True),
        ({"all": ("#m",), "host": "example"}, False),
    ],
)
def test_every_part_of_a_guard_must_hold(guard, holds):
    assert page(BODY).matches(Screen(**guard)) is holds


def site(**screens):
    return Site(name="shop", title="Shop", kind="vendor", hosts=("shop.example",), screens=screens)


def test_the_first_screen_whose_guard_holds_is_the_one():
    both = site(second=Screen(all=(".off",)), first=Screen(all=("#m",)), later=Screen(all=("h1",)))
    assert page(BODY).screen(both) == "first"


def test_a_page_of_another_host_is_no_screen_of_the_site():
    assert page(BODY, url="https://other.example/").screen(site(first=Screen(all=("#m",)))) is None
    assert page(BODY, url="about:blank").screen(site(first=Screen(all=("#m",)))) is None


@pytest.mark.parametrize("source", ["", "  \n", "<!-- saved -->", "<?xml version='1.0'?>", "\x00"])
def test_a_source_without_an_element_is_an_empty_page(source):
    page = PageSnapshot("https://www.amazon.com/", source)
    assert (page.all("a"), page.all("a", hidden=True)) == ([], [])


def test_a_saved_page_may_name_its_encoding():
    source = "\n<?xml version='1.0' encoding='UTF-8'?>\n<html><body><p>Größe</p></body></html>"
    assert PageSnapshot("https://www.amazon.com/", source).text("p") == "Größe"
