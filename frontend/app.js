// What every page needs: fragments that load in place, the search key, one question before a step that can't be
// taken back, messages from failed requests.
import "@tabler/core";
import htmx from "htmx.org";
import "./file_button.js";
import "./lock.js";
import { detail, say, token, words } from "./page.js";

window.htmx = htmx;
Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  historyCacheSize: 0, // pages hold personal data: none of it stays in the browser's storage
  refreshOnHistoryMiss: true,
  selfRequestsOnly: true,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "[45]..", swap: false, error: true },
  ],
});

/** Ask with the page's dialog; resolves to true if the person goes on. */
function ask({ ask: text, askTitle, askButton, askWord, askDanger }) {
  const dialog = document.getElementById("ask");
  const part = (name) => dialog.querySelector(`[data-${name}]`);
  const [yes, input] = [part("yes"), dialog.querySelector("input")];
  part("title").textContent = askTitle || words.sure;
  part("text").textContent = text;
  yes.textContent = askButton || words.goOn;
  yes.classList.toggle("btn-danger", askDanger !== undefined);
  yes.classList.toggle("btn-primary", askDanger === undefined);
  part("word-row").hidden = !askWord;
  part("word").textContent = askWord || "";
  input.value = "";
  const allow = () => (yes.disabled = Boolean(askWord) && input.value.trim() !== askWord);
  input.oninput = allow;
  allow();
  dialog.returnValue = "no";
  dialog.showModal();
  (askWord ? input : part("no")).focus();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}

// Enter in the word's field presses the first button of the dialog, which is "Cancel": it should mean "go on".
document.getElementById("ask")?.querySelector("input").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  const yes = document.querySelector("#ask [data-yes]");
  if (!yes.disabled) yes.click();
});

const agreed = new WeakSet();

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const asking = event.submitter?.dataset.ask !== undefined ? event.submitter : form;
  if (asking.dataset.ask === undefined || agreed.delete(asking)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  if (await ask(asking.dataset)) {
    agreed.add(asking);
    form.requestSubmit(submitter);
  }
}, true);

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-ask]");
  if (!link || agreed.delete(link)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await ask(link.dataset)) {
    agreed.add(link);
    link.click();
  }
}, true);

document.addEventListener("htmx:confirm", async (event) => {
  const { elt, question, issueRequest } = event.detail;
  const text = elt.dataset.ask ?? question;
  // A form was asked about when it was submitted.
  if (!text || elt.tagName === "FORM") return;
  event.preventDefault();
  if (await ask({ ...elt.dataset, ask: text })) issueRequest(true);
});

// The token goes with every write that a script makes.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token();
});

const refreshes = (element) => /\bevery\b/.test(element.getAttribute("hx-trigger") ?? "");

// What refreshes itself rests while nobody looks.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && refreshes(event.detail.elt)) event.preventDefault();
});

// A whole page in answer to a request for a part of one is another place (mostly sign-in): go there.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (/^\s*<!doctype html/i.test(xhr.responseText.slice(0, 100)) && !requestConfig.boosted) {
    event.detail.shouldSwap = false;
    window.location.assign(xhr.responseURL || window.location.href);
  }
});

// What asks again by itself in a moment need not complain each time.
document.addEventListener("htmx:responseError", (event) => {
  if (!refreshes(event.detail.elt)) say(detail(event.detail.xhr.responseText) ?? words.failed);
});
document.addEventListener("htmx:sendError", (event) => refreshes(event.detail.elt) || say(words.offline));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable], dialog")) return;
  const field = [...document.querySelectorAll("[data-focus-key]")].find((f) => f.dataset.focusKey === event.key);
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select?.();
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const copier = event.target.closest?.("[data-copy]");
  if (copier) {
    const source = document.querySelector(copier.dataset.copy);
    navigator.clipboard?.writeText(source?.value ?? source?.textContent ?? "").then(() => say(words.copied, "success"));
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-submit-on-change]")) event.target.form?.requestSubmit();
});
