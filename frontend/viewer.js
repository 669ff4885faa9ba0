// Pages of a document: the preview at once, fine tiles once somebody zooms past it, searched words framed.
//
// data-manifest answers
// {page: k, hits: [numbers of pages with searched words],
//  pages: [{number, width, height, preview, thumb, tiles, and either text, marks, frames or text_url}]}
// frames: [[x0, y0, x1, y1], …] in fractions of the page; marks: [[start, end], …] in characters of the text;
// preview: null for a page without a picture, whose text is shown instead;
// tiles: null, or an address that, posted to, answers 202 while the tiles are being made and then 200 with
// {"Image": {"Url", "Format", "Overlap", "TileSize", "Size": {"Width", "Height"}}} (deep zoom);
// text_url answers {text, marks, frames}.
import OpenSeadragon from "openseadragon";
import { ask, fill, icon, make, say, words as pageWords } from "./page.js";

const POLL_MS = 1500;
const DEEP_ZOOM = "http://schemas.microsoft.com/deepzoom/2008"; // by this name the library knows the format
const AT_FIRST = 1.6; // zoom at which a found word is shown first: page widths in the stage's width
const FITS = 1.03; // zoom, relative to the whole page, up to which the page counts as seen whole

// The library puts in a style element unless it finds its own mark; the page's policy would refuse it loudly. What
// that style does stands in viewer.css.
const mark = document.createElementNS("urn:none", "style");
mark.setAttribute("data-openseadragon-mobile-css", "");
document.head.append(mark);

/** Scrolls `panel`, and nothing around it, until `part` can be seen. */
function reveal(part, panel) {
  if (!part) return;
  const [inner, outer] = [part.getBoundingClientRect(), panel.getBoundingClientRect()];
  const off = (low, high, from, to) => (low < from ? low - from : high > to ? high - to : 0);
  panel.scrollBy(off(inner.left, inner.right, outer.left, outer.right), off(inner.top, inner.bottom, outer.top, outer.bottom));
}

const isNarrow = () => matchMedia("(max-width: 767.98px)").matches;

class Viewer {
  constructor(box) {
    this.box = box;
    this.words = JSON.parse(box.dataset.words);
    this.stage = box.querySelector("[data-stage]");
    this.text = box.querySelector("[data-text-body]");
    this.number = box.querySelector("[data-number]");
    this.turned = new Map();
    this.hit = -1;
    this.osd = OpenSeadragon({
      element: this.stage,
      drawer: "canvas", // old office machines: no graphics driver is to be trusted
      showNavigationControl: false,
      showNavigator: false,
      visibilityRatio: 0.4,
      minZoomImageRatio: 0.9,
      maxZoomPixelRatio: 3,
      animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.35,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      gestureSettingsTouch: { dblTapToZoom: true, clickToZoom: false },
      gestureSettingsPen: { clickToZoom: false },
      imageLoaderLimit: 4,
      maxImageCacheCount: 120,
    });
    this.osd.addHandler("canvas-key", (event) => (event.preventDefaultAction = true)); // the keys are ours, below
    this.osd.addHandler("zoom", () => this.#finer());
    this.osd.addHandler("open-failed", () => this.#tell(this.words.failed));
    this.osd.addHandler("open", () => this.#opened());
    // Where something said elsewhere on the page stands on the paper: {page, boxes: [[x0, y0, x1, y1], …]}.
    box.addEventListener("viewer:point", (event) => this.#point(event.detail));
    // Turning pages while the focus is elsewhere on the page: by how many.
    box.addEventListener("viewer:turn", (event) => this.pages && this.show(this.at + event.detail));
  }

  async load() {
    try {
      const { body } = await ask(this.box.dataset.manifest);
      this.pages = body.pages;
      // A page that has not told its places yet counts as one hit.
      const withHits = new Set(body.hits);
      this.hits = body.pages.flatMap((page, at) => {
        if (page.frames?.length) return page.frames.map((_, frame) => ({ at, frame }));
        return withHits.has(page.number) ? [{ at, frame: page.text_url ? 0 : -1 }] : [];
      });
      this.#wire();
      this.#list();
      this.show(Math.min(Math.max(1, body.page ?? 1), this.pages.length) - 1);
      if (this.pointed) this.#point(this.pointed);
      // On a phone the page stands below a screen of other things.
      if (isNarrow() && this.hit >= 0 && window.scrollY === 0) this.box.scrollIntoView({ block: "start" });
    } catch (error) {
      this.#tell(error.message);
    }
  }

  get page() {
    return this.pages[this.at];
  }

  #tell(text) {
    this.box.querySelector("[data-note]").textContent = text;
  }

  show(at, hit = -1) {
    if (at < 0 || at >= this.pages.length) return;
    const same = at === this.at;
    const shown = this.at !== undefined;
    this.at = at;
    this.hit = hit >= 0 ? hit : this.hits.findIndex((one) => one.at === at);
    if (same) {
      this.#frame();
      this.#toHit();
      return;
    }
    const { number, preview } = this.page;
    const small = !shown && isNarrow(); // a whole sheet is unreadable on a phone
    this.tiled = false;
    this.polling?.abort();
    this.#tell("");
    this.jump = hit >= 0 || (!shown && this.hit >= 0);
    this.nearest = hit >= 0 || small ? Infinity : AT_FIRST; // else the sheet stays to be seen round the word
    this.box.classList.toggle("viewer-textual", !preview);
    if (preview) {
      this.osd.open({ type: "image", url: preview, buildPyramid: false });
    } else {
      this.osd.close();
      this.box.querySelector("[data-text]").hidden = false;
    }
    this.stage.setAttribute("aria-label", fill(this.words.pageOf, { page: number, pages: this.pages.length }));
    this.number.value = number;
    for (const [act, off] of [["before", at === 0], ["after", at === this.pages.length - 1]]) {
      this.box.querySelector(`[data-act="${act}"]`).disabled = off;
    }
    const before = this.box.querySelector("[data-pages] [aria-current]");
    before?.removeAttribute("aria-current");
    const thumb = this.box.querySelectorAll("[data-pages] button")[at];
    thumb.setAttribute("aria-current", "true");
    reveal(thumb, this.box.querySelector("[data-thumbs]"));
    this.#read();
    this.#countHits();
    const address = new URL(window.location.href);
    address.searchParams.set("page", number);
    window.history.replaceState(null, "", address);
    const next = this.pages[at + 1]?.preview;
    if (next) new Image().src = next;
  }

  #point(pointed) {
    this.pointed = pointed;
    if (!this.pages) return; // told again once they are there
    const at = pointed ? this.pages.findIndex(({ number }) => number === pointed.page) : -1;
    if (at >= 0 && at !== this.at) {
      this.show(at);
      return;
    }
    this.#frame();
    this.#toPoint();
  }

  /** Brings what is pointed at into sight, no nearer than the reader is already. */
  #toPoint() {
    const boxes = this.pointed?.page === this.page?.number ? this.pointed.boxes : [];
    if (!boxes.length || !this.osd.isOpen()) return;
    const tall = this.page.height / this.page.width;
    const { viewport } = this.osd;
    const [x0, y0] = [0, 1].map((side) => Math.min(...boxes.map((box) => box[side])));
    const [x1, y1] = [2, 3].map((side) => Math.max(...boxes.map((box) => box[side])));
    const near = Math.min(0.6 / Math.max(x1 - x0, 0.25), 0.6 / Math.max((y1 - y0) * tall, 0.2), viewport.getMaxZoom());
    viewport.zoomTo(Math.max(viewport.getHomeZoom(), near));
    viewport.panTo(new OpenSeadragon.Point((x0 + x1) / 2, ((y0 + y1) / 2) * tall));
    this.#noEmptySpace();
  }

  /** Words near an edge of the sheet: nothing empty where more of the sheet could be seen. */
  #noEmptySpace() {
    const { viewport } = this.osd;
    const loose = viewport.visibilityRatio;
    viewport.visibilityRatio = 1;
    viewport.applyConstraints();
    viewport.visibilityRatio = loose;
  }

  #opened() {
    this.osd.viewport.setRotation(this.turned.get(this.at) ?? 0, true);
    this.osd.viewport.goHome(true);
    this.#frame();
    if (this.jump) this.#toHit();
    this.#toPoint();
    this.#finer();
  }

  /** Rectangles over the searched words; the one that was stepped to stands out. */
  #frame() {
    if (!this.osd.isOpen()) return;
    this.osd.clearOverlays();
    const tall = this.page.height / this.page.width;
    (this.page.frames ?? []).forEach(([x0, y0, x1, y1], frame) => {
      const here = this.hits[this.hit];
      const current = here?.at === this.at && here.frame === frame;
      const location = new OpenSeadragon.Rect(x0, y0 * tall, x1 - x0, (y1 - y0) * tall);
      this.osd.addOverlay({ element: make("div", { class: `viewer-frame${current ? " current" : ""}` }), location });
    });
    if (this.pointed?.page !== this.page.number) return;
    for (const [x0, y0, x1, y1] of this.pointed.boxes) {
      const location = new OpenSeadragon.Rect(x0, y0 * tall, x1 - x0, (y1 - y0) * tall);
      this.osd.addOverlay({ element: make("div", { class: "viewer-frame viewer-evidence" }), location });
    }
  }

  #toHit() {
    const { at, frame } = this.hits[this.hit] ?? {};
    if (at !== this.at || !this.page.frames?.[frame] || !this.osd.isOpen()) return;
    const [x0, y0, x1, y1] = this.page.frames[frame];
    const tall = this.page.height / this.page.width;
    const { viewport } = this.osd;
    const middle = new OpenSeadragon.Point((x0 + x1) / 2, ((y0 + y1) / 2) * tall);
    // Near enough to read the words, never further out than the reader already is.
    const near = Math.min(0.2 / Math.max(x1 - x0, 0.08), this.nearest, viewport.getMaxZoom());
    viewport.zoomTo(Math.max(viewport.getZoom(), near));
    viewport.panTo(middle);
    this.#noEmptySpace();
  }

  step(by) {
    if (!this.hits.length) return;
    const next = (this.hit + by + this.hits.length) % this.hits.length;
    this.show(this.hits[next].at, next);
    this.#countHits();
  }

  #countHits() {
    const bar = this.box.querySelector("[data-hits]");
    bar.hidden = !this.hits.length;
    const text = fill(this.words.hitOf, { hit: this.hit + 1 || "–", hits: this.hits.length });
    bar.querySelector("[data-hit]").textContent = text;
  }

  /** Asks for tiles when more is being looked at than the preview holds. */
  async #finer() {
    const picture = this.osd.world.getItemAt(0);
    if (!picture || !this.page.tiles || this.tiled) return;
    const shown = picture.viewportToImageZoom(this.osd.viewport.getZoom()) * window.devicePixelRatio;
    if (shown < 1.15) return;
    this.tiled = true;
    const [at, polling] = [this.at, new AbortController()];
    this.polling = polling;
    try {
      for (;;) {
        const { status, body } = await ask(this.page.tiles, { method: "POST", signal: polling.signal });
        if (this.at !== at) return;
        if (status !== 202) {
          this.#tell("");
          const tileSource = { Image: { xmlns: DEEP_ZOOM, ...body.Image } };
          this.osd.addTiledImage({ tileSource, x: 0, y: 0, width: 1, error: () => this.#tell(this.words.failed) });
          return;
        }
        this.#tell(this.words.sharper);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    } catch (error) {
      if (error.name !== "AbortError" && this.at === at) this.#tell(error.message);
    }
  }

  async #read() {
    const { page } = this;
    this.text.replaceChildren();
    if (page.text_url && (this.hits.length || !this.box.querySelector("[data-text]").hidden)) {
      try {
        const { body } = await ask(page.text_url);
        Object.assign(page, { text: body.text, marks: body.marks, frames: body.frames, text_url: null });
        if (page === this.page) {
          this.#frame();
          if (this.jump) this.#toHit();
        }
      } catch (error) {
        say(error.message);
        return;
      }
    }
    if (this.box.querySelector("[data-text]").hidden) return;
    if (page !== this.page) return;
    const { text = "", marks = [] } = page;
    // Marks count characters, JavaScript counts UTF-16 halves: rare characters of names take two.
    const characters = [...text];
    let done = 0;
    for (const [start, end] of marks) {
      if (start < done) continue;
      this.text.append(characters.slice(done, start).join(""), make("mark", {}, characters.slice(start, end).join("")));
      done = end;
    }
    this.text.append(characters.slice(done).join(""));
    if (!text.trim()) this.text.append(make("p", { class: "text-secondary" }, this.words.noText));
    reveal(this.text.querySelector("mark"), this.box.querySelector("[data-text]"));
  }

  #list() {
    const pages = this.box.querySelector("[data-pages]");
    const withHits = new Set(this.hits.map(({ at }) => at));
    this.box.classList.toggle("viewer-single", this.pages.length === 1);
    pages.replaceChildren(
      ...this.pages.map((page, at) => {
        const label = fill(this.words.pageOf, { page: page.number, pages: this.pages.length });
        const picture = page.thumb
          ? make("img", { src: page.thumb, alt: "", loading: "lazy", decoding: "async", width: page.width, height: page.height })
          : icon("file-text");
        const button = make("button", { type: "button", "aria-label": label }, picture, make("span", {}, String(page.number)));
        if (withHits.has(at)) button.querySelector("span").append(icon("highlight", "icon-sm"));
        button.addEventListener("click", () => this.show(at));
        return make("li", {}, button);
      }),
    );
    this.box.querySelector("[data-total]").textContent = this.pages.length;
    this.number.max = this.pages.length;
  }

  turn(by) {
    const angle = ((this.turned.get(this.at) ?? 0) + by + 360) % 360;
    this.turned.set(this.at, angle);
    this.osd.viewport.setRotation(angle);
    this.osd.viewport.goHome();
  }

  toggle(name, button) {
    const panel = this.box.querySelector(`[data-${name}]`);
    panel.hidden = !panel.hidden;
    button.setAttribute("aria-expanded", String(!panel.hidden));
    if (name === "text") this.#read();
  }

  #wire() {
    const { viewport } = this.osd;
    const zoom = (factor) => {
      // About the searched word while it can be seen: whoever zooms wants to read it, not the sheet's middle.
      const { at, frame } = this.hits[this.hit] ?? {};
      const box = at === this.at && this.page.frames?.[frame];
      const tall = this.page.height / this.page.width;
      const middle = box && new OpenSeadragon.Point((box[0] + box[2]) / 2, ((box[1] + box[3]) / 2) * tall);
      viewport.zoomBy(factor, middle && viewport.getBounds(true).containsPoint(middle) ? middle : undefined);
      viewport.applyConstraints();
    };
    const acts = {
      before: () => this.show(this.at - 1),
      after: () => this.show(this.at + 1),
      closer: () => zoom(1.5),
      further: () => zoom(1 / 1.5),
      whole: () => viewport.goHome(),
      left: () => this.turn(-90),
      right: () => this.turn(90),
      full: () => (document.fullscreenElement ? document.exitFullscreen() : this.box.requestFullscreen?.()),
      "hit-before": () => this.step(-1),
      "hit-after": () => this.step(1),
      thumbs: (button) => this.toggle("thumbs", button),
      text: (button) => this.toggle("text", button),
      copy: () =>
        navigator.clipboard?.writeText(this.page.text ?? "").then(() => say(pageWords.copied, "success")),
    };
    for (const button of this.box.querySelectorAll("[data-act]")) {
      button.addEventListener("click", () => acts[button.dataset.act](button));
    }
    this.number.addEventListener("change", () => {
      const at = this.pages.findIndex(({ number }) => number === Number(this.number.value));
      if (at >= 0) this.show(at);
      else this.number.value = this.page.number;
    });
    const pan = (x, y) => {
      viewport.panBy(viewport.deltaPointsFromPixels(new OpenSeadragon.Point(x, y)));
      viewport.applyConstraints();
    };
    // As near as the viewer itself went to a found word counts as whole: the reader has chosen nothing yet.
    const own = () => (this.jump && this.nearest === AT_FIRST ? AT_FIRST : 0);
    const whole = () => viewport.getZoom() <= Math.max(viewport.getHomeZoom(), own()) * FITS;
    const keys = {
      ArrowLeft: () => (whole() ? acts.before() : pan(-80, 0)),
      ArrowRight: () => (whole() ? acts.after() : pan(80, 0)),
      ArrowUp: () => pan(0, -80),
      ArrowDown: () => pan(0, 80),
      PageUp: acts.before,
      PageDown: acts.after,
      Home: () => this.show(0),
      End: () => this.show(this.pages.length - 1),
      "+": acts.closer,
      "=": acts.closer,
      "-": acts.further,
      0: acts.whole,
      r: acts.right,
      f: acts.full,
      n: acts["hit-after"],
      N: acts["hit-before"],
    };
    const onKey = (event) => {
      if (!this.box.isConnected) {
        // The part of the page with this viewer has been replaced.
        document.removeEventListener("keydown", onKey);
        this.osd.destroy();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.target.closest?.("input, textarea, select, [contenteditable], dialog, [data-pages], [data-text-body]")) return;
      const onStage = this.box.contains(event.target) || event.target === document.body || event.target.id === "content";
      // Up and down scroll the page unless the picture itself has the focus.
      if (!onStage || (/^Arrow(Up|Down)$/.test(event.key) && !this.stage.contains(event.target))) return;
      if (!Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      keys[event.key]();
    };
    document.addEventListener("keydown", onKey);
  }
}

/** Also those that come into the page later. */
function begin() {
  for (const box of document.querySelectorAll("[data-viewer]:not([data-begun])")) {
    box.dataset.begun = "";
    new Viewer(box).load();
  }
}

begin();
document.addEventListener("htmx:afterSettle", begin);
