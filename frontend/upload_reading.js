// How far the papers just brought in have been read: one question for all of them every few seconds, none while
// nobody looks, and none any more once each is searchable or says why it could not be read.
import { ask, say } from "./page.js";

const EVERY_MS = 2000;
const MOST = 100; // as many as the service answers for at once

export class Readings {
  /** `changed` is called when what is shown has changed; a place whose paper can't be read has `data-stuck`, and
   *  `data-marked` where it turned out to be one that may not be kept here at all. */
  constructor(url, changed) {
    this.url = url;
    this.changed = changed;
    this.places = new Map(); // document → where on the page its state stands
    this.underway = new Set();
    document.addEventListener("visibilitychange", () => this.#soon(0));
  }

  follow(id, place) {
    this.places.set(id, [...(this.places.get(id) ?? []), place]);
    place.addEventListener("click", (event) => {
      const button = event.target.closest?.("[data-retry]");
      if (button) this.#retry(id, button);
    });
    this.#again(id);
  }

  #again(id) {
    this.underway.add(id);
    this.#soon(0);
  }

  #soon(wait) {
    if (this.asking || document.hidden || !this.underway.size) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#look(), wait);
  }

  async #look() {
    if (document.hidden) return;
    this.asking = true;
    const ids = [...this.underway].slice(0, MOST);
    try {
      const question = new URLSearchParams(ids.map((id) => ["document", id]));
      const answer = await fetch(`${this.url}?${question}`, { headers: { Accept: "text/html" } });
      // Signed out, or no longer allowed to: the next file that arrives will say so.
      if (answer.redirected || (answer.status >= 400 && answer.status < 500)) this.underway.clear();
      else if (answer.ok) this.#show(ids, await answer.text());
    } catch {
      // The line is broken: asked again in a while.
    }
    this.asking = false;
    this.#soon(EVERY_MS);
  }

  #show(ids, text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const id of ids) {
      const part = page.querySelector(`[data-document="${id}"]`);
      // Those that are not spoken of are gone; the others wait behind those that were not asked about yet.
      this.underway.delete(id);
      if (part && "underway" in part.dataset) this.underway.add(id);
      const [before, now] = [this.places.get(id)[0].innerHTML, part?.innerHTML ?? ""];
      if (before === now) continue;
      for (const place of this.places.get(id)) {
        place.toggleAttribute("data-stuck", Boolean(part) && "stuck" in part.dataset);
        place.toggleAttribute("data-marked", Boolean(part) && "marked" in part.dataset);
        place.replaceChildren(...[...(part?.childNodes ?? [])].map((node) => document.importNode(node, true)));
      }
    }
    this.changed();
  }

  async #retry(id, button) {
    button.disabled = true;
    try {
      await ask(button.dataset.retry, { method: "POST" });
    } catch (error) {
      say(error.message);
    }
    this.#again(id);
  }
}
