"""What can be measured of a page in a browser, as people with low vision or a keyboard meet it.

Each is JavaScript that returns what is wrong, as texts.
"""

from __future__ import annotations

from typing import Final

#: Sets text as widely as WCAG 2.2, 1.4.12 says that readers may.
SPACE_OUT: Final = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: 0.12em !important; }
    * { word-spacing: 0.16em !important; }
    p { margin-bottom: 2em !important; }
  `);
  document.adoptedStyleSheets = [sheet];
}"""

#: Would make everything move, were that not taken back for who asks for less motion.
MOVE_ALL: Final = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    @keyframes turn { to { rotate: 1turn; } }
    body p { transition: color 9s; animation: turn 9s infinite; }
  `);
  document.adoptedStyleSheets = [sheet];
}"""

MOVING: Final = """() => document.getAnimations().map((one) => one.effect.target.outerHTML)"""

_SHARED: Final = """
  const name = (e) => e.outerHTML.slice(0, 120);
  const scroller = (e) => {
    for (let up = e.parentElement; up; up = up.parentElement)
      if (getComputedStyle(up).overflowX === 'auto') return up;
    return null;
  };
"""

#: Text that its box cuts off, and text that lies on other text.
CLIPPED: Final = (
    "() => {"
    + _SHARED
    + """
  const wrong = [];
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility() || e.matches('input, select, textarea, svg *')) continue;
    const cuts = e.matches('button') || /hidden|clip/.test(getComputedStyle(e).overflow);
    if (cuts && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1))
      wrong.push(`cut off: ${name(e)}`);
  }
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const around = node.parentElement;
    if (!node.data.trim() || !around.checkVisibility() || around.closest('svg')) continue;
    const limit = scroller(around)?.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      const right = Math.min(box.right, limit?.right ?? Infinity);
      const left = Math.max(box.left, limit?.left ?? 0);
      if (right > left) boxes.push({left, right, top: box.top, bottom: box.bottom, node});
    }
  }
  for (const [nth, one] of boxes.entries()) {
    for (const other of boxes.slice(nth + 1)) {
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (wide > 2 && high > 3)
        wrong.push(`overlap: ${one.node.data.trim()} / ${other.node.data.trim()}`);
    }
  }
  return wrong;
}"""
)

#: What is wider than the window, but for tables of data in a region of their own.
TOO_WIDE: Final = (
    "() => {"
    + _SHARED
    + """
  const wrong = [];
  const wide = document.scrollingElement.scrollWidth;
  if (wide > innerWidth) {
    wrong.push(`the page: ${wide}`);
    for (const e of document.querySelectorAll('body *'))
      if (e.checkVisibility() && !scroller(e) && e.getBoundingClientRect().right > innerWidth)
        wrong.push(name(e));
  }
  for (const e of document.querySelectorAll('body *')) {
    const scrolls = /auto|scroll/.test(getComputedStyle(e).overflowX);
    if (scrolls && e.scrollWidth > e.clientWidth + 1 && !e.querySelector('table'))
      wrong.push(`scrolls: ${name(e)}`);
  }
  return wrong;
}"""
)

#: What has the focus and is not seen, or does not show that it has it. A key was pressed before.
FOCUS_HIDDEN: Final = (
    "() => {"
    + _SHARED
    + """
  const wrong = [];
  const fields = 'input:not([type=hidden]), select, textarea';
  const can = `a[href], button, summary, [tabindex="0"], ${fields}`;
  for (const e of document.querySelectorAll(can)) {
    if (!e.checkVisibility()) continue;
    e.focus();
    if (document.activeElement !== e) continue;
    const box = e.getBoundingClientRect();
    const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
    const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    const seen = right > left && bottom > top && hit && (e.contains(hit) || hit.contains(e));
    if (!seen) wrong.push(`not seen: ${name(e)}`);
    const style = getComputedStyle(e);
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2)
      wrong.push(`not marked: ${name(e)}`);
  }
  return wrong;
}"""
)

#: Controls whose edge is not drawn where colours of backgrounds are taken away.
EDGELESS: Final = (
    "() => {"
    + _SHARED
    + """
  const edge = (e) => parseFloat(getComputedStyle(e).borderTopWidth);
  const drawn = [...document.querySelectorAll('button, .button, input:not([type=hidden])')];
  const wrong = drawn.filter((e) => e.checkVisibility() && !edge(e)).map(name);
  const here = document.querySelector('nav a[aria-current]');
  if (here && edge(here) < 2) wrong.push(name(here));
  return wrong;
}"""
)
