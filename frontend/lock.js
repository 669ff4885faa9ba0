// A form that takes its document's lock while somebody works on it: [data-lock] holds the address. With data-lock-now
// from the beginning, else from the first field that is entered. The lock is renewed while the form stands in a page
// that is looked at, and given back when it leaves; what the service refuses is told once and the form closed.
import { ask, say, token } from "./page.js";

const RENEW_MS = 3 * 60 * 1000;
const held = new Map(); // form → address
const sent = new WeakSet(); // what was saved has given its lock back by that

async function take(form) {
  const url = form.dataset.lock;
  if (!url || held.has(form)) return;
  held.set(form, url);
  await renew(form, url);
}

async function renew(form, url) {
  try {
    await ask(url, { method: "POST" });
  } catch (error) {
    if (error.status !== 409 || !form.isConnected) return; // offline: the next renewal, or the revision, will tell
    held.delete(form);
    say(error.message);
    for (const part of form.querySelectorAll("fieldset, button")) part.disabled = true;
    form.dispatchEvent(new CustomEvent("lock:refused", { bubbles: true }));
  }
}

function giveBack(url) {
  fetch(`${url}/release`, { method: "POST", headers: { "X-CSRFToken": token() }, keepalive: true, credentials: "same-origin" }).catch(() => {});
}

/** Forms that have left the page give their lock back; new ones take theirs. */
function look() {
  for (const [form, url] of held) {
    if (form.isConnected) continue;
    held.delete(form);
    if (!sent.has(form) && ![...document.querySelectorAll("[data-lock]")].some((other) => other.dataset.lock === url)) giveBack(url);
  }
  for (const form of document.querySelectorAll("[data-lock][data-lock-now]")) {
    const before = [...held].find(([, url]) => url === form.dataset.lock);
    if (before) held.set(form, before[1]).delete(before[0]);
    else take(form);
  }
}

setInterval(() => {
  if (document.hidden) return;
  for (const [form, url] of held) if (form.isConnected) renew(form, url);
}, RENEW_MS);
document.addEventListener("focusin", (event) => {
  const form = event.target.closest?.("[data-lock]");
  if (form && event.target.matches("input, textarea, select")) take(form);
});
document.addEventListener("htmx:afterRequest", ({ detail }) => detail.successful && detail.requestConfig.verb === "post" && held.has(detail.elt) && sent.add(detail.elt));
document.addEventListener("htmx:afterSettle", look);
window.addEventListener("pagehide", () => held.forEach((url) => giveBack(url)));
look();
