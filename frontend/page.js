// What the scripts of a page share: its words, its form token, messages, requests that explain their failure.

export const words = JSON.parse(document.getElementById("page-words")?.textContent ?? "{}");

export const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** Takes over the token of the sign-in that the browser has now, as a reload of the page would. */
export async function renewToken() {
  const page = await fetch(window.location.href).then((answer) => answer.text()).catch(() => "");
  const fresh = new DOMParser().parseFromString(page, "text/html").querySelector('meta[name="csrf-token"]');
  if (fresh) document.querySelector('meta[name="csrf-token"]').content = fresh.content;
}

/** A message at the edge of the page; one that tells of a failure stays until it is closed. */
export function say(text, tone = "danger") {
  const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  toast.classList.add(`alert-${tone}`);
  toast.querySelector("[data-text]").textContent = text;
  toast.querySelector("[data-close]").addEventListener("click", () => toast.remove());
  document.getElementById("toasts").append(toast);
  if (tone !== "danger") setTimeout(() => toast.remove(), 4000);
}

/** The sentence for a person in problem details, or undefined. */
export function detail(text) {
  try {
    return JSON.parse(text).detail;
  } catch {
    return undefined;
  }
}

/** JSON from our own service. A refusal becomes an Error with its `status` and a message to show. */
export async function ask(url, { method = "GET", signal } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = token();
  let response;
  try {
    response = await fetch(url, { method, headers, signal, credentials: "same-origin" });
  } catch (error) {
    throw error.name === "AbortError" ? error : Object.assign(new Error(words.offline), { status: 0 });
  }
  const text = await response.text();
  if (!response.ok) throw Object.assign(new Error(detail(text) ?? words.failed), { status: response.status });
  return { status: response.status, body: text ? JSON.parse(text) : null };
}

/** `3.4 MB`; 1 KB is 1024 bytes, as everywhere in the service. */
export function size(count) {
  if (count < 1024) return `${Math.round(count)} B`;
  let amount = count;
  let step = "";
  for (step of ["KB", "MB", "GB", "TB"]) {
    amount /= 1024;
    if (amount < 1023.95) break;
  }
  return `${amount.toFixed(amount >= 100 ? 0 : 1)} ${step}`;
}

/** The text with its `{name}` places filled. */
export const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");

/** An element: `make("a", { href, class: "…" }, "text", child)`. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** An icon of the sprite, whose address the page carries. */
export function icon(name, css = "") {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const facts = {
    class: `icon ${css}`, width: 24, height: 24, fill: "none", stroke: "currentColor", "stroke-width": 2,
    "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true", focusable: "false",
  };
  for (const [key, value] of Object.entries(facts)) svg.setAttribute(key, value);
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}
