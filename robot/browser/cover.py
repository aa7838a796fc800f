"""Cover a page for its picture, all text but what a site file names as public.

What the page shows is not changed, so that its own scripts see nothing of it: text is covered by a
custom highlight, what a style sheet makes up (``::before``, markers, the words of a lost picture)
by an adopted style sheet. What can't be looked into is covered whole by masks, on a pane that is
laid over everything, or faded out where it may be a closed shadow tree, or lies beneath something
that a mask would hide.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from robot.browser.marks import FIND_MARKS, Sought, marks_of, sought_on
from robot.browser.masks import COLOUR, LAY_MASKS
from robot.browser.snapshot import ORIGIN
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
        """Return the CSS of what a picture covers whole, but for fields that are public."""
        return ", ".join((*self.private, *_CLOSED, *_FIELDS))


@dataclass(frozen=True, slots=True)
class Covered:
    """What a page told as it was covered.

    ``marks`` are where on its picture stands what is read, ``document_id`` and ``status`` of which
    document it is and with which HTTP status that came, 0 for what can't be told.
    """

    marks: Marks
    document_id: float
    status: int


def cover(live: Page, shown: Shown) -> Covered:
    """Cover a live page until it is uncovered.

    Raises Playwright's errors.
    """
    found, (document_id, status) = live.evaluate(
        # As one text: an argument of many parts is looked through part by part on its way.
        f"(told) => [({_COVER})(JSON.parse(told), {LAY_MASKS}, {FIND_MARKS}), ({ORIGIN})()]",
        json.dumps(
            {
                "public": shown.public,
                "private": shown.private,
                "boxes": shown.boxes,
                "labels": _whole(shown.labels),
                "words": _whole(shown.words),
                "shapes": PRIVATE_SHAPES,
                "names": [name for name in shown.names if name.strip()],
                "rules": _rules(shown),
                "scope": _scope(shown),
                "colour": COLOUR,
                "end": _UNCOVER,
                "sought": [asdict(one) for one in shown.sought],
            }
        ),
    )
    return Covered(marks_of(found), float(document_id), int(status))


def uncover(live: Page) -> bool:
    """Uncover a live page, and return whether it was covered until now.

    Raises Playwright's errors.
    """
    asked = f"() => !dispatchEvent(new Event('{_UNCOVER}', {{cancelable: true}}))"
    return bool(live.evaluate(asked))


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


def _scope(shown: Shown) -> str:
    """Return the rule of style sheets that holds everywhere but in public parts."""
    return f"@scope (:root, :host) to ({_any(shown.public)})"


def _rules(shown: Shown) -> str:
    """Return the style sheet of the cover.

    What style sheets make up is covered outside of public parts by a scope: a selector that tells
    of every element whether it lies in one of them takes ten times as long.
    """
    every = ":not(#vf#vf#vf)"
    made_up = f"{every}::before, {every}::after, {every}::marker"
    # Nothing else has a placeholder, and each rule is tried on each element.
    made_up += f", :is(input, textarea){every}::placeholder"
    unseen = """
        color: transparent !important; -webkit-text-fill-color: transparent !important;
        text-shadow: none !important; transition: none !important;
    """
    return f"""
        ::highlight(vf-covered) {{
          color: transparent; -webkit-text-fill-color: transparent; text-shadow: none;
          background-color: {COLOUR}; -webkit-text-stroke: 0 transparent;
        }}
        :not(#vf#vf#vf) {{
          text-shadow: none !important; transition: none !important;
          caret-color: transparent !important;
        }}
        {_scope(shown)} {{ {made_up} {{ {unseen} }} }}
        img:not(#vf#vf#vf), ::selection {{ {unseen} }}
    """


# Whatever the page's scripts draw until it is uncovered is covered before the browser paints it.
_COVER = r"""
(told, layMasks, findMarks) => {
  const {labels, words, shapes, names, rules, scope, end} = told;
  const FEW = 2, SHORT = 120, PATIENCE = 30000;
  const HOSTS =
    /^(article|aside|blockquote|div|footer|h[1-6]|header|main|nav|p|section|span|.+-.+)$/;
  const escaped = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const own = new RegExp([shapes, ...escaped].join('|'), 'gi'),
    label = new RegExp(labels, 'i'), either = new RegExp(`${labels}|${words}`, 'i');
  const NAMED = new Set(['dt', 'th', 'td', 'label', 'span', 'strong', 'b', 'div', 'h1', 'h2', 'h3',
    'h4', 'h5', 'a', 'button', 'p', 'li']);
  const sheet = new CSSStyleSheet(), hidden = new Highlight(), roots = new Set();
  const faded = new Map(), stopped = new Set(), hosts = new Set();
  const views = new Map();
  let ranges = [];
  // A browser that knows no scopes would pass over what is in one: it covers public parts, too.
  sheet.replaceSync(globalThis.CSSScopeRule ? rules : rules.replace(scope, '@media all'));
  hidden.priority = 1e6;

  // One after another, browsers find them by their own index. They know what ":is" holds in part.
  const all = (root, selectors) => new Set(selectors.flatMap((css) => {
    try { return [...root.querySelectorAll(css)]; }
    catch { return [...root.querySelectorAll(`:is(${css})`)]; }
  }));
  const folded = (text, cut = text.trim()) =>
    /\s\s|[^\S ]/.test(cut) ? cut.replace(/\s+/g, ' ') : cut;
  const wordsOf = (node) => folded(node.textContent);
  const texts = (root) => {
    if (root.nodeType === Node.TEXT_NODE) return [root];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
    for (let node; (node = walker.nextNode());) if (node.data.trim()) found.push(node);
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
    return around && wordsOf(around) === wordsOf(e) ? beside(around) : [];
  };
  const isShort = (node) => (node.childElementCount ?? 0) <= FEW && wordsOf(node).length <= SHORT;
  const named = (every) => {
    const found = new Set();
    for (const e of every) {
      if (!NAMED.has(e.localName) || e.childElementCount > FEW) continue;
      const text = e.textContent;
      if (text.length > SHORT) continue;
      const said = folded(text);
      if (!either.test(said)) continue;
      found.add(e);
      if (label.test(said)) for (const value of beside(e)) if (isShort(value)) found.add(value);
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
    ranges.push(range);
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
  const isShown = (node, {open, closed, values}) =>
    (isIn(node, open) || isIn(node, values)) && !isIn(node, closed);
  // What lies between two texts that may be seen is one range: a range a text takes long.
  const hideIn = (said, {open, closed, values}) => {
    const seen = new Set();
    for (const parts of [open, values])
      for (const part of parts)
        for (const node of texts(part)) if (!isIn(node, closed)) seen.add(node);
    let first = null, last = null;
    const hideBetween = () => first && hide(first, 0, last, last.length);
    for (const node of said) {
      if (seen.has(node)) {
        hideBetween();
        first = null;
      } else {
        first ??= node;
        last = node;
      }
    }
    hideBetween();
    hideOwn(said.filter((node) => seen.has(node)));
  };
  // A shadow tree that its document can't open: its host seems to hold nothing, or is of the page's
  // own make. What is asked of every element comes first, and costs next to nothing.
  const mayHideMore = (e, {open}) => {
    const isOwn = e.localName.includes('-') && customElements.get(e.localName);
    const isEmpty = () => !e.firstElementChild && HOSTS.test(e.localName) && !e.textContent.trim()
      && getComputedStyle(e).backgroundImage === 'none';
    return (isOwn || isEmpty()) && !masks.isPane(e) && e.getClientRects().length > 0
      && !isIn(e, open) && ![...open].some((part) => e.contains(part));
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
    rest(root);
    const said = texts(root), every = [...root.querySelectorAll('*')];
    const view = {
      open: all(root, told.public),
      closed: all(root, told.private),
      values: named(every),
    };
    views.set(root, view);
    hideIn(said, view);
    masks.seek(root, said, view);
    for (const e of every) if (!e.shadowRoot && mayHideMore(e, view)) hosts.add(e);
    for (const e of every) if (e.shadowRoot) enter(e.shadowRoot);
  };
  // All that is asked of the page is asked before anything is changed: a change of style makes the
  // browser work through the whole page again before it answers.
  const enterAll = (look) => {
    ranges = [];
    masks.forget();
    enter(document);
    masks.draw();
    const found = look?.();
    hidden.clear();
    for (const range of ranges) hidden.add(range);
    CSS.highlights.set('vf-covered', hidden);
    for (const e of hosts)
      if (!faded.has(e)) faded.set(e, e.animate({opacity: [0, 0]}, {duration: 1, fill: 'both'}));
    masks.show();
    for (const root of roots)
      if (!root.adoptedStyleSheets.includes(sheet))
        root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return found;
  };
  const follow = () => {
    roots.forEach(rest);
    masks.draw();
    frame = requestAnimationFrame(follow);
  };
  const uncover = (event) => {
    event?.preventDefault();
    watch.disconnect();
    cancelAnimationFrame(frame);
    clearTimeout(late);
    removeEventListener(end, uncover);
    masks.remove();
    for (const animation of faded.values()) animation.cancel();
    for (const animation of stopped) animation.play();
    for (const root of roots)
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((one) => one !== sheet);
    if (CSS.highlights.get('vf-covered') === hidden) CSS.highlights.delete('vf-covered');
  };
  const isPaneLaid = ({addedNodes}) => addedNodes.length === 1 && masks.isPane(addedNodes[0]);
  const watch = new MutationObserver((changes) => {
    if (!changes.every(isPaneLaid)) enterAll();
  });
  const late = setTimeout(uncover, PATIENCE);
  addEventListener(end, uncover);
  const masks = layMasks(told);
  const found = enterAll(() => {
    const view = views.get(document);
    const isSeen = (e) => isShown(e, view) && !masks.isGone(e);
    const {values} = view, {topAt} = masks;
    return findMarks({values, beside, isShort, isSeen, topAt, wordsOf, texts}, told.sought);
  });
  let frame = requestAnimationFrame(follow);
  return found;
}
"""
