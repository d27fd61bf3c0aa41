// Renew the parts of a page when the store has changed, and put "/" into the search field. Pages work without this.
"use strict";

const SHORTEST_PAUSE_MS = 1500;
const main = document.querySelector("main");
let renewing = false;
let waiting = false;

// Replace every part with an id whose content is different; where somebody is typing or has opened something, leave it.
function replaceParts(fresh) {
  let changed = false;
  for (const part of fresh.querySelectorAll("main [id]")) {
    const old = document.getElementById(part.id);
    if (!old || part.querySelector("[id]") || part.matches("input, select, label, h1, h2")) continue;
    if (old.contains(document.activeElement) && document.activeElement.matches("input, select")) continue;
    if (old.innerHTML === part.innerHTML && old.className === part.className) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const known = new Set(Array.from(old.querySelectorAll("tr[data-id]"), (row) => row.dataset.id));
    old.className = part.className;
    old.replaceChildren(...part.childNodes);
    if (known.size) {
      for (const row of old.querySelectorAll("tr[data-id]")) {
        if (!known.has(row.dataset.id)) row.classList.add("renewed");
      }
    }
    if (focused) old.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    changed = true;
  }
  return changed;
}

async function renew(saysSo) {
  if (renewing) {
    waiting = true;
    return;
  }
  renewing = true;
  try {
    const answer = await fetch(location.href, { headers: { "X-Live": "1" }, redirect: "error" });
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (replaceParts(fresh) && saysSo) document.getElementById("told").textContent = document.body.dataset.renewed;
    }
  } catch {
    // The page process is away; EventSource tries again by itself.
  }
  setTimeout(() => {
    renewing = false;
    if (waiting) {
      waiting = false;
      renew(true);
    }
  }, SHORTEST_PAUSE_MS);
}

if (document.body.hasAttribute("data-live")) {
  const events = new EventSource("/events");
  events.addEventListener("open", () => { main.dataset.connected = "yes"; });
  events.addEventListener("changed", () => renew(true));
  events.addEventListener("beat", () => { if (!document.hidden) renew(false); });
  addEventListener("pagehide", () => events.close());
}

document.addEventListener("keydown", (event) => {
  const typing = document.activeElement && document.activeElement.matches("input, select, textarea");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.getElementById("q").focus();
  }
});
