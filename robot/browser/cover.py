"""Cover a page for its picture, all text but what a site file names as public.

What the page shows is not changed, so that its own scripts see nothing of it: text is covered by a
custom highlight, what a style sheet makes up (``::before``, markers, the words of a lost picture)
by an adopted style sheet. What can't be looked into is covered whole by masks, on a pane that is
laid over everything, or faded out where it may be a closed shadow tree, or lies beneath something
that a mask would hide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from robot.browser.marks import FIND_MARKS, Sought, marks_of, sought_on
from robot.browser.masks import COLOUR, LAY_MASKS
from robot.cancellation.provenance import Marks
from robot.sites.private_shapes import PRIVATE_SHAPES

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from robot.sites.site_file import Site

#: The event by which a page is told to uncover itself.
_UNCOVER: Final = "vf-uncover"
#: Fields whose words are no text of the document. A button's are its label.
_FIELDS: Final = (
    "textarea",
    "select",
    "input:not([type=hidden], [type=checkbox], [type=radio], [type=image])",
)
_CLOSED: Final = (
    "iframe",
    "frame",
    "object",
    "embed",
    "canvas",
    "video",
    "svg:has(text, foreignObject, use, image)",
    'img[src*=".svg" i]',
    'img[src^="data:image/svg" i]',
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be seen of a page, and what may not although it lies within that.

    ``public`` and ``private`` are CSS, ``labels`` regular expressions for the whole text of labels
    whose value, beside them, may be seen too, ``words`` for whole texts that may be seen alone;
    ``names`` are users' own. ``sought`` is what a picture's marks tell the places of.
    """

    public: tuple[str, ...]
    private: tuple[str, ...]
    labels: tuple[str, ...]
    words: tuple[str, ...]
    names: tuple[str, ...]
    sought: tuple[Sought, ...] = ()

    @classmethod
    def of(cls, sites: Iterable[Site], names: Iterable[str]) -> Shown:
        """Return what the files of ``sites`` name."""
        every = tuple(sites)
        return cls(
            public=tuple(css for site in every for css in site.public),
            private=tuple(css for site in every for css in site.private),
            labels=tuple(label for site in every for label in site.public_labels),
            words=tuple(words for site in every for words in site.public_words),
            names=tuple(names),
            sought=tuple(one for site in every for one in sought_on(site)),
        )

    @property
    def boxes(self) -> str:
        """Return the CSS of what a picture covers whole."""
        fields = (f"{field}:not({_any(self.public)})" for field in _FIELDS)
        return ", ".join((*self.private, *_CLOSED, *fields))


def cover(live: Page, shown: Shown) -> Marks:
    """Cover a live page until it is uncovered.

    Return where on its picture stands what is read. Raises Playwright's errors.
    """
    found = live.evaluate(
        f"(told) => ({FIND_MARKS})(({_COVER})(told, {LAY_MASKS}), told)",
        {
            "public": _any(shown.public),
            "private": _any(shown.private),
            "boxes": shown.boxes,
            "labels": _whole(shown.labels),
            "words": _whole(shown.words),
            "shapes": PRIVATE_SHAPES,
            "names": [name for name in shown.names if name.strip()],
            "rules": _rules(shown),
            "colour": COLOUR,
            "end": _UNCOVER,
            "sought": [asdict(one) for one in shown.sought],
        },
    )
    return marks_of(found)


def uncover(live: Page) -> None:
    """Uncover a live page.

    Raises Playwright's errors.
    """
    live.evaluate(f"() => {{ dispatchEvent(new Event('{_UNCOVER}')); }}")


def _any(selectors: Sequence[str]) -> str:
    """Return CSS for any of some selectors.

    Browsers pass over those that they don't know.
    """
    return f":is({', '.join(selectors)})" if selectors else ":not(*)"


def _whole(patterns: Sequence[str]) -> str:
    """Return a pattern for texts that one of some patterns matches whole.

    A colon may follow.
    """
    return rf"^(?:{'|'.join(patterns)})\s*:?$" if patterns else "(?!)"


def _rules(shown: Shown) -> str:
    public = _any(shown.public)
    covered = f":not({public}):not({public} *):not(#vf#vf#vf)"
    made_up = ", ".join(
        f"{covered}::{part}" for part in ("before", "after", "marker", "placeholder")
    )
    return f"""
        ::highlight(vf-covered) {{
          color: transparent; -webkit-text-fill-color: transparent; text-shadow: none;
          background-color: {COLOUR}; -webkit-text-stroke: 0 transparent;
        }}
        :not(#vf#vf#vf) {{
          text-shadow: none !important; transition: none !important;
          caret-color: transparent !important;
        }}
        {made_up}, img:not(#vf#vf#vf), ::selection {{
          color: transparent !important; -webkit-text-fill-color: transparent !important;
          text-shadow: none !important; transition: none !important;
        }}
    """


# Whatever the page's scripts draw until it is uncovered is covered before the browser paints it.
_COVER = r"""
(told, layMasks) => {
  const {public: open, private: closed, labels, words, shapes, names, rules, end} = told;
  const FEW = 2, SHORT = 120, PATIENCE = 30000;
  const HOSTS =
    /^(article|aside|blockquote|div|footer|h[1-6]|header|main|nav|p|section|span|.+-.+)$/;
  const escaped = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const own = new RegExp([shapes, ...escaped].join('|'), 'gi'),
    label = new RegExp(labels, 'i'), word = new RegExp(words, 'i');
  const sheet = new CSSStyleSheet(), hidden = new Highlight(), roots = new Set();
  const faded = [], stopped = new Set();
  sheet.replaceSync(rules);
  hidden.priority = 1e6;

  const folded = (node) => node.textContent.trim().replace(/\s+/g, ' ');
  const texts = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) if (walker.currentNode.data.trim()) found.push(walker.currentNode);
    return found;
  };
  const below = (head) => {
    const table = head.closest('table');
    return table
      ? [...table.rows].map((row) => row.cells[head.cellIndex])
        .filter((cell) => cell?.tagName === 'TD')
      : [];
  };
  const beside = (e) => {
    if (e.nextSibling?.nodeType === Node.TEXT_NODE && /[^\s:]/.test(e.nextSibling.data))
      return [e.nextSibling];
    const next = e.nextElementSibling, around = e.parentElement;
    if (e.tagName === 'TH' && (!next || next.tagName === 'TH')) return below(e);
    if (next) return [next];
    return around && folded(around) === folded(e) ? beside(around) : [];
  };
  const isShort = (node) => (node.childElementCount ?? 0) <= FEW && folded(node).length <= SHORT;
  const named = (root) => {
    const found = new Set();
    for (const e of root.querySelectorAll(
      'dt, th, td, label, span, strong, b, div, h1, h2, h3, h4, h5, a, button, p, li'
    )) {
      if (e.childElementCount > FEW || e.textContent.length > SHORT) continue;
      const said = folded(e), isLabel = label.test(said);
      if (isLabel || word.test(said)) found.add(e);
      if (isLabel) for (const value of beside(e)) if (isShort(value)) found.add(value);
    }
    return found;
  };
  const isBlock = (e) => !getComputedStyle(e).display.startsWith('inline');
  const block = (node) => {
    let e = node.parentElement;
    while (e && !isBlock(e)) e = e.parentElement;
    return e;
  };
  const hide = (from, start, to, end) => {
    const range = document.createRange();
    range.setStart(from, start);
    range.setEnd(to, end);
    hidden.add(range);
  };
  // A number may be written in several elements of one line.
  const hideOwn = (nodes) => {
    let said = '', line = null;
    const starts = [];
    for (const node of nodes) {
      const at = block(node);
      if (at !== line) said += '\n';
      line = at;
      starts.push(said.length);
      said += node.data;
    }
    for (const found of said.matchAll(own)) {
      const end = found.index + found[0].length;
      nodes.forEach((node, nth) => {
        const from = Math.max(found.index - starts[nth], 0),
          to = Math.min(end - starts[nth], node.length);
        if (from < to) hide(node, from, node, to);
      });
    }
  };
  const isIn = (node, parts) => {
    for (let n = node; n; n = n.parentNode) if (parts.has(n)) return true;
    return false;
  };
  const hideIn = (root) => {
    const shown = new Set([...root.querySelectorAll(open), ...named(root)]);
    const covered = new Set(root.querySelectorAll(closed)), seen = [];
    for (const node of texts(root))
      if (isIn(node, shown) && !isIn(node, covered)) seen.push(node);
      else hide(node, 0, node, node.length);
    hideOwn(seen);
  };
  // A shadow tree that its document can't open: its host seems to hold nothing, or is of the page's
  // own make.
  const mayHideMore = (e) => {
    const own = customElements.get(e.localName);
    const isEmpty = () => HOSTS.test(e.localName) && !e.childElementCount && !folded(e)
      && getComputedStyle(e).backgroundImage === 'none';
    return (own || isEmpty()) && !masks.isPane(e) && e.getClientRects().length > 0
      && !e.querySelector(open) && !e.closest(open);
  };
  // What moves is put where it comes to rest, and is put on its way again in the end.
  const rest = (root) => {
    for (const animation of root.getAnimations()) {
      const {effect, playbackRate, playState} = animation;
      if (!effect || !playbackRate || playState === 'finished' || stopped.has(animation)) continue;
      if (Number.isFinite(effect.getComputedTiming().endTime)) animation.finish();
      else {
        animation.cancel();
        stopped.add(animation);
      }
    }
  };
  const enter = (root) => {
    if (!roots.has(root))
      watch.observe(root, {childList: true, characterData: true, subtree: true});
    roots.add(root);
    if (!root.adoptedStyleSheets.includes(sheet))
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    rest(root);
    hideIn(root);
    masks.seek(root, texts(root));
    for (const e of root.querySelectorAll('*')) {
      if (e.shadowRoot) enter(e.shadowRoot);
      else if (mayHideMore(e))
        faded.push(e.animate({opacity: [0, 0]}, {duration: 1, fill: 'both'}));
    }
  };
  const enterAll = () => {
    hidden.clear();
    masks.forget();
    enter(document);
    masks.draw();
  };
  const follow = () => {
    roots.forEach(rest);
    masks.draw();
    frame = requestAnimationFrame(follow);
  };
  const uncover = () => {
    watch.disconnect();
    cancelAnimationFrame(frame);
    clearTimeout(late);
    removeEventListener(end, uncover);
    masks.remove();
    for (const animation of faded) animation.cancel();
    for (const animation of stopped) animation.play();
    for (const root of roots)
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((one) => one !== sheet);
    if (CSS.highlights.get('vf-covered') === hidden) CSS.highlights.delete('vf-covered');
  };
  const watch = new MutationObserver(enterAll);
  const late = setTimeout(uncover, PATIENCE);
  addEventListener(end, uncover);
  const masks = layMasks(told);
  CSS.highlights.set('vf-covered', hidden);
  enterAll();
  let frame = requestAnimationFrame(follow);
  return {named, beside, isShort, folded, texts};
}
"""
