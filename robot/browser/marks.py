"""Find where on a page stands what is read of it, for the marks on its picture.

It is found as the page is covered, in the same question to the browser. Only what the picture shows
is marked, so that a mark tells nothing of what is covered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from robot.cancellation.provenance import Mark, Marks
from robot.sites.site_file import Element, Site


@dataclass(frozen=True, slots=True)
class Sought:
    """A part of a page whose place is sought.

    ``what`` are people's words for it. ``label`` and ``words`` are regular expressions for the
    whole of a label beside it and of its own words; ``ways`` are CSS, of which the first that finds
    something inside ``scope`` counts. ``text`` is what it must say.
    """

    what: str
    label: str | None = None
    words: str | None = None
    scope: str | None = None
    ways: tuple[str, ...] = ()
    text: str | None = None


def sought_on(site: Site) -> Iterator[Sought]:
    """Yield what the file of a site names as read."""
    for what, part in site.marks.items():
        if part.label is not None or part.words is not None:
            yield Sought(what, label=_whole(part.label), words=_whole(part.words))
        for name in part.elements:
            yield _by_element(what, site.element(name))


def marks_of(found: dict[str, Any]) -> Marks:
    """Return what ``FIND_MARKS`` found."""
    places = tuple(Mark(**one) for one in found["places"])
    return Marks(width=found["width"], height=found["height"], places=places)


def _by_element(what: str, element: Element) -> Sought:
    ways = tuple(one.css for one in element.candidates if one.css is not None and one.text is None)
    return Sought(what, scope=element.scope, ways=ways, text=element.text)


def _whole(pattern: str | None) -> str | None:
    return None if pattern is None else rf"^(?:{pattern})\s*:?$"


#: The script that finds the places, from what covering the page found and was told. A box is that
#: of the words themselves, cut to the window, where nothing else lies on them.
FIND_MARKS: Final = r"""
({values, beside, isShort, isSeen, topAt, wordsOf, texts}, sought) => {
  const MOST = 60, LEAST = 3, places = new Map();
  const isOnTop = (e, box) => {
    const top = topAt(document, box.left + box.width / 2, box.top + box.height / 2);
    return Boolean(top) && e.contains(top);
  };
  const boxOf = (text) => {
    const e = text.parentElement;
    if (!isSeen(e) || !e.checkVisibility({visibilityProperty: true})) return null;
    const range = document.createRange();
    range.selectNodeContents(text);
    return [...range.getClientRects()].some((line) => isOnTop(e, line))
      ? range.getBoundingClientRect()
      : null;
  };
  const around = (node) => {
    const boxes = texts(node).map(boxOf).filter((box) => box !== null);
    if (!boxes.length) return null;
    const left = Math.max(Math.min(...boxes.map((box) => box.left)), 0);
    const top = Math.max(Math.min(...boxes.map((box) => box.top)), 0);
    const right = Math.min(Math.max(...boxes.map((box) => box.right)), innerWidth);
    const bottom = Math.min(Math.max(...boxes.map((box) => box.bottom)), innerHeight);
    return {x: Math.round(left), y: Math.round(top),
      width: Math.round(right - left), height: Math.round(bottom - top)};
  };
  const note = (what, node) => {
    const box = around(node);
    if (box === null || box.width < LEAST || box.height < LEAST || places.size >= MOST) return;
    const mark = {what, ...box};
    places.set(JSON.stringify(mark), mark);
  };
  const pattern = (source) => source === null ? null : new RegExp(source, 'i');
  const seek = ({what, scope, ways, ...sources}) => {
    const label = pattern(sources.label), words = pattern(sources.words),
      text = pattern(sources.text);
    if (label || words) for (const e of values) {
      const said = wordsOf(e);
      if (words?.test(said)) note(what, e);
      if (label?.test(said)) beside(e).filter(isShort).forEach((v) => note(what, v));
    }
    const scopes = scope === null ? [document] : [...document.querySelectorAll(scope)];
    for (const css of ways) {
      const found = scopes.flatMap((one) => [...one.querySelectorAll(css)])
        .filter((e) => !text || text.test(wordsOf(e)));
      found.forEach((e) => note(what, e));
      if (found.length) break;
    }
  };
  // A picture without a mark is better than none: browsers don't know every pattern.
  for (const one of sought) {
    try { seek(one); } catch { continue; }
  }
  return {width: innerWidth, height: innerHeight, places: [...places.values()]};
}
"""
