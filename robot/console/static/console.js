// What the pages do beside their forms and links; without it, everything can still be done.
"use strict";

(() => {
  // --- times in the reader's own zone, the exact one when pointed at -----------------------------

  const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

  function localTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      const text = short.format(at);
      if (time.textContent !== text) time.textContent = text;
      time.title = exact.format(at);
    }
  }

  // --- keys --------------------------------------------------------------------------------------

  const editable = "input, textarea, select, [contenteditable]";
  let leader = false;

  function rows() {
    return [...document.querySelectorAll("main tbody tr, main [data-row]")]
      .map((row) => row.querySelector("a[href], button"))
      .filter((link) => link !== null);
  }

  function moveRow(by) {
    const links = rows();
    const focused = document.activeElement;
    const at = links.findIndex((link) => link.closest("tr, [data-row]").contains(focused));
    const last = links.length - 1;
    if (at < 0) links[by > 0 ? 0 : last]?.focus();
    else links[Math.min(Math.max(at + by, 0), last)].focus();
  }

  function goToPage(letter) {
    const links = [...document.querySelectorAll("nav a")];
    links.find((link) => link.textContent.trim().toLowerCase().startsWith(letter))?.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches(editable)) return;
    if (document.querySelector("dialog[open]")) return;
    const goes = leader;
    leader = false;
    if (goes && /^[a-z]$/.test(event.key)) {
      goToPage(event.key);
    } else if (event.key === "/") {
      const box = document.querySelector("main input[type=text], main input[type=search]");
      if (box === null) window.location.assign("/cancel");
      else box.focus();
    } else if (event.key === "j" || event.key === "k") {
      moveRow(event.key === "j" ? 1 : -1);
    } else if (event.key === "g") {
      leader = true;
      return;
    } else if (event.key === "?") {
      document.getElementById("keys")?.showModal();
    } else {
      return;
    }
    event.preventDefault();
  });

  // --- copying, and one press of a button is one request -----------------------------------------

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (button === null) return;
    const text = document.getElementById(button.dataset.copy).textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select the text and copy it";
    }
  });

  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent === "yes") event.preventDefault();
    else if (event.target.method === "post") event.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });

  // --- pages that ask again by themselves, while somebody looks ----------------------------------

  const tags = new WeakMap();
  const stale = document.getElementById("stale");
  const SIGNED_OUT = "You are signed out. This page shows what was true until then.";

  function say(text) {
    stale.hidden = text === "";
    if (stale.textContent !== text) stale.textContent = text;
  }

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    ctx.request.headers["x-poll"] = "1";
    const tag = tags.get(ctx.sourceElement);
    if (tag !== undefined) ctx.request.headers["If-None-Match"] = tag;
  });

  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = event.detail;
    const { status, headers } = ctx.response;
    if (status === 401) say(SIGNED_OUT);
    else if (status >= 400) say("The console answers with an error. This page may be out of date.");
    else say("");
    if (status === 304 || status >= 400) event.preventDefault();
    else if (headers.get("ETag")) tags.set(ctx.sourceElement, headers.get("ETag"));
  });

  for (const name of ["htmx:error", "htmx:sse:error"]) {
    document.addEventListener(name, () => {
      say("The console does not answer. This page is out of date; it tries again by itself.");
    });
  }

  document.addEventListener("htmx:sse:after:connection", () => say(""));

  // A stream that did not begin is asked for again at each poll, one that is over is not.
  document.addEventListener("over", (event) => delete event.target.dataset.poll);
  document.addEventListener("signed-out", () => say(SIGNED_OUT));

  document.addEventListener("htmx:after:swap", () => {
    localTimes(document);
    // The next thing to do, where nobody is at anything else.
    if (document.activeElement === document.body) document.querySelector("[data-focus]")?.focus();
  });

  let ticks = 0;

  // Lists ask every three seconds; what somebody waits for asks each second.
  function poll() {
    ticks += 1;
    if (document.hidden) return;
    const due = ticks % 3 === 0 ? "[data-poll]" : "[data-poll=often]";
    for (const part of document.querySelectorAll(due)) part.dispatchEvent(new Event("poll"));
  }

  document.addEventListener("visibilitychange", () => {
    ticks = -1; // whoever comes back sees what is new at once
    poll();
  });
  window.setInterval(poll, 1000);
  localTimes(document);
})();
