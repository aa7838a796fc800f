"""Mask what a picture may show no part of, such as a frame or a field.

The masks are drawn on a pane that is laid over the page, above its dialogs too. They follow their
parts with every frame that the browser paints.
"""

from __future__ import annotations

from typing import Final

COLOUR: Final = "#8a8f98"

#: The script that lays the pane, and returns what draws the masks there. A part that something of
#: the page lies on is faded out: its mask would be painted over that, too.
LAY_MASKS: Final = r"""
({boxes, names, colour}) => {
  const STEP = 40, POINTS = 12, UNSAID = 'head *, noscript, noscript *, script, style';
  const FIELDS = new Set(['textarea', 'select', 'input']);
  const PANE = {
    all: 'initial', display: 'block', position: 'fixed', inset: '0', width: '100%', height: '100%',
    'max-width': 'none', 'max-height': 'none', border: 'none', padding: '0', margin: '0',
    background: 'transparent', overflow: 'hidden', 'pointer-events': 'none',
  };
  const called = names.map((name) => new RegExp(
    name.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s*'), 'gi'));
  const parts = new Set(), beneath = new Set(), faded = new Map();
  const pane = document.createElement('vf-pane'), root = pane.attachShadow({mode: 'closed'});
  let drawn = null;

  // The smallest parts that tell a user's own name, which several elements may hold together.
  const telling = (within, texts) => {
    const unsaid = new Set(within.querySelectorAll(UNSAID)), starts = [];
    const nodes = texts.filter((node) => !unsaid.has(node.parentNode));
    let said = '';
    for (const node of nodes) {
      starts.push(said.length);
      said += node.data;
    }
    const nodeAt = (place) => nodes[starts.findLastIndex((start) => start <= place)];
    return called.flatMap((name) => [...said.matchAll(name)]).map((found) => {
      const range = document.createRange();
      range.setStartBefore(nodeAt(found.index));
      range.setEndAfter(nodeAt(found.index + found[0].length - 1));
      const around = range.commonAncestorContainer;
      return around.nodeType === Node.ELEMENT_NODE ? around : around.host;
    });
  };
  const within = (inner, outer) => {
    for (let n = inner; n; n = n.parentNode ?? n.host) if (n === outer) return true;
    return false;
  };
  const along = (from, to) => {
    const points = Math.min(Math.ceil((to - from) / STEP) + 1, POINTS);
    return Array.from({length: points}, (_, nth) => from + (to - from) * (nth + 0.5) / points);
  };
  const isGone = (e) => {
    for (let n = e; n && beneath.size; n = n.parentNode ?? n.host) if (beneath.has(n)) return true;
    return false;
  };
  // What is on top where what lies beneath is faded out, before it is.
  const topAt = (root, x, y) => beneath.size
    ? root.elementsFromPoint(x, y).find((e) => !isGone(e))
    : root.elementFromPoint(x, y);
  const isBeneath = (e) => {
    const box = e.getBoundingClientRect(), root = e.getRootNode();
    const across = along(Math.max(box.left, 0), Math.min(box.right, innerWidth));
    const down = along(Math.max(box.top, 0), Math.min(box.bottom, innerHeight));
    return across.some((x) => down.some((y) => {
      const top = topAt(root, x, y);
      return top && !within(top, e) && !within(e, top);
    }));
  };
  const isPublic = (e, {open, closed}) =>
    FIELDS.has(e.localName) && open.has(e) && !closed.has(e);
  const seek = (within, texts, view) => {
    const whole = [...within.querySelectorAll(boxes)].filter((e) => !isPublic(e, view));
    for (const e of [...whole, ...telling(within, texts)]) {
      parts.add(e);
      if (!beneath.has(e) && isBeneath(e)) beneath.add(e);
    }
  };
  const draw = () => {
    const seen = [...parts].filter((e) =>
      e.isConnected && !isGone(e) && e.checkVisibility({visibilityProperty: true}));
    const places = seen.map((e) => e.getBoundingClientRect())
      .filter((box) => box.width > 0 && box.height > 0)
      .map((box) => [box.left, box.top, box.width, box.height].map((size) => `${size}px`));
    if (drawn === places.join()) return;
    drawn = places.join();
    root.replaceChildren(...places.map(([left, top, width, height]) => {
      const mask = document.createElement('div');
      Object.assign(mask.style,
        {position: 'absolute', left, top, width, height, backgroundColor: colour});
      return mask;
    }));
  };
  const remove = () => {
    pane.remove();
    for (const animation of faded.values()) animation.cancel();
  };
  for (const [name, value] of Object.entries(PANE))
    pane.style.setProperty(name, value, 'important');
  pane.setAttribute('popover', 'manual');
  const show = () => {
    const gone = {opacity: [0, 0], visibility: ['hidden', 'hidden']};
    for (const e of beneath)
      if (!faded.has(e)) faded.set(e, e.animate(gone, {duration: 1, fill: 'both'}));
    if (pane.isConnected) return;
    document.documentElement.append(pane);
    pane.showPopover();
  };
  return {seek, draw, show, remove, isGone, topAt, forget: () => parts.clear(),
    isPane: (e) => e === pane};
}
"""
