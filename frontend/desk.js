// The filing desk: keys, evidence framed on the picture, candidates put into their fields, what a class asks for.
// Everything it does the page does without it, by reloading.
const desk = () => document.querySelector("[data-desk]");
const form = () => document.getElementById("desk-form");

const evidenceOf = (element) => JSON.parse(element?.dataset.evidence ?? "null");

/** Frames where the value of a field, or a candidate for it, stands on the paper. */
function point(element) {
  const [first] = evidenceOf(element) ?? [];
  const viewer = desk()?.querySelector("[data-viewer]");
  viewer?.dispatchEvent(new CustomEvent("viewer:point", { detail: first ?? null }));
}

/** What the class asks for; typed values go along and come back. */
function look() {
  const here = form();
  if (!here) return;
  const values = { ...Object.fromEntries(new FormData(here)), act: "look" };
  window.htmx.ajax("POST", here.getAttribute("action"), { target: "#desk-form", select: "#desk-form", swap: "outerHTML", values });
}

function pick(button) {
  const field = form()?.elements.namedItem(button.dataset.pick);
  if (!field) return;
  field.value = button.dataset.value;
  if (button.dataset.evidence) field.dataset.evidence = button.dataset.evidence;
  else delete field.dataset.evidence;
  field.focus();
  point(field);
  if (field.dataset.look !== undefined) look();
}

/** The title of a new file is asked for only where one is to be opened. */
function files() {
  const field = form()?.querySelector("[data-files]");
  const part = form()?.querySelector("[data-new-file]");
  if (field && part) part.hidden = field.value !== field.dataset.files;
}

function begin() {
  const here = desk();
  if (!here) return;
  files();
  if (here.dataset.begun !== undefined) return;
  here.dataset.begun = "";
  const first = here.querySelector("[data-trouble], .is-invalid, [data-attention]:not([type=hidden])") ?? here.querySelector("#f-class_code");
  first?.focus({ preventScroll: window.scrollY === 0 });
}

document.addEventListener("focusin", (event) => {
  if (event.target.closest?.("#desk-form") && event.target.name) point(event.target);
});
document.addEventListener("change", (event) => {
  if (!event.target.closest?.("#desk-form")) return;
  if (event.target.dataset.look !== undefined) look();
  if (event.target.dataset.files !== undefined) files();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#desk-form [data-pick]");
  if (!button) return;
  event.preventDefault();
  pick(button);
}, true);

document.addEventListener("keydown", (event) => {
  const here = desk();
  if (!here || event.isComposing || document.querySelector("dialog[open]")) return;
  const { key } = event;
  const act = () => {
    if ((event.ctrlKey || event.metaKey) && key === "Enter") return () => here.querySelector("[data-desk-go]:enabled")?.click(); // htmx sends along only a button that was clicked
    if (event.altKey && !event.ctrlKey) {
      if (event.code === "KeyN") return () => here.querySelector("[data-desk-skip]")?.click();
      if (event.code === "KeyB") return () => sendBack(here);
      const digit = /^Digit([1-9])$/.exec(event.code);
      const others = document.activeElement?.closest?.(".desk-field")?.querySelectorAll("[data-pick]") ?? [];
      if (digit && others[digit[1] - 1]) return () => pick(others[digit[1] - 1]);
    }
    const still = !event.ctrlKey && !event.altKey && !event.shiftKey && !event.metaKey;
    if (still && (key === "PageDown" || key === "PageUp") && event.target.matches?.("#desk-form input")) {
      return () => here.querySelector("[data-viewer]")?.dispatchEvent(new CustomEvent("viewer:turn", { detail: key === "PageDown" ? 1 : -1 }));
    }
    return null;
  };
  const does = act();
  // Nobody confirms a paper that has only just begun to appear; nor would its form know yet how to be sent in place.
  if (does && here.dataset.begun === undefined) {
    event.preventDefault();
    return;
  }
  if (!does || (key === "Enter" && !here.querySelector("[data-desk-go]:enabled"))) return;
  event.preventDefault();
  does();
});

function sendBack(here) {
  const part = here.querySelector("[data-send-back]");
  if (!part) return;
  part.open = true;
  part.querySelector("select").focus();
}

// One answer a press: whoever presses twice while it is under way files one paper.
let busy = false;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id !== "desk") return;
  if (busy) event.preventDefault();
  else busy = true;
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.target?.id === "desk") busy = false;
});
// A form that was refused comes back with what is wrong, whatever the number of the refusal.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (/^desk/.test(target?.id ?? "") && [403, 409].includes(xhr.status) && xhr.responseText.includes('id="desk"')) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.addEventListener("htmx:afterSettle", begin);
begin();
