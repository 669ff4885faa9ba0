// The upload form with scripts: files and folders dropped or chosen, sent in parts that go on after a broken line
// or a reloaded page, one row each. Without scripts the same form is a plain multipart post.
//
// The server's side: tus 1.0 at data-tus; then GET <upload>/result tells what became of the file:
// {state: "received" | "duplicate" | "failed" | "pending" | "dropped", document_url, title, existing: [{url, title}],
// keep_url, drop_url, document, message}. Whether its pages have been read, data-reading tells.
import { Upload } from "tus-js-client";
import { ask, detail, fill, icon, make, renewToken, size, token, words as pageWords } from "./page.js";
import { UploadMemory, fingerprint } from "./upload_memory.js";
import { Readings } from "./upload_reading.js";

const AT_ONCE = 3;
const CHUNK_BYTES = 64 * 1024 * 1024; // a proxy on the way may buffer a part; what a broken part brought is kept
const RETRY_MS = [0, 1000, 3000, 5000];
const AGAIN_MS = 10_000;
const MOST_MS = 30_000; // between two questions for a result, and for what the server holds of an earlier upload
const FIELDS = ["title", "class_code", "unit", "owner", "doc_number", "file_no", "doc_date", "level", "use"];

const form = document.querySelector("form[data-upload]");
const words = form && JSON.parse(form.querySelector("[data-words]").textContent);
const list = form?.querySelector("[data-list]");
const tally = form?.querySelector("[data-tally]");
const memory = form && new UploadMemory(form.dataset.owner, Number(form.dataset.days || 7));
const readings = form?.dataset.reading && new Readings(form.dataset.reading, read);
const rows = [];

const headers = () => ({ "X-CSRFToken": token(), Accept: "application/json" });

/** Whether what was refused with this status (0: the line is broken) may go well if it is tried again. */
const passes = (status) => status === 0 || status === 409 || status === 423 || (status >= 500 && status !== 507);

/**
 * One file on its way, and its row on the page. `sent`: all of its bytes are there and what became of them is asked
 * for. Of one that an earlier visit sent only its name and size are known.
 */
class Sending {
  constructor(file) {
    this.file = file;
    this.state = "waiting";
    this.sent = false;
    this.asked = 0;
    this.samples = [];
    this.bar = make("progress", { class: "progress progress-sm", max: file.size || 1, value: 0, "aria-label": file.name });
    this.text = make("div", { class: "upload-text" });
    this.more = make("div", { class: "upload-more" });
    this.reading = make("div", { class: "upload-reading" });
    this.buttons = make("div", { class: "upload-buttons" });
    this.sign = make("span", { class: "upload-sign" });
    this.row = make(
      "li", { class: "upload-row" }, this.sign,
      make(
        "div", { class: "upload-body" },
        make("div", { class: "upload-head" }, make("span", { class: "upload-name" }, file.name), make("span", { class: "upload-size" }, size(file.size))),
        this.bar, this.text, this.more, this.reading,
      ),
      this.buttons,
    );
    this.upload = new Upload(file, {
      endpoint: form.dataset.tus,
      chunkSize: Number(form.dataset.chunk || CHUNK_BYTES),
      retryDelays: RETRY_MS,
      metadata: metadata(file),
      urlStorage: memory,
      fingerprint,
      removeFingerprintOnSuccess: false, // not before the page has heard what became of it
      // Signed out is not "unknown upload": the place where the file stands must not be forgotten.
      onAfterResponse: (request, response) => {
        if (request.getMethod() === "HEAD" && [401, 403].includes(response.getStatus())) throw new Error(words.signIn);
      },
      onShouldRetry: (error) => this.#retries(error) && navigator.onLine,
      onProgress: (sent, total) => this.#progress(sent, total),
      onSuccess: () => {
        this.finish();
        next();
      },
      onError: (error) => this.#fail(error),
    });
    this.show("waiting");
  }

  show(state, text = words[state] ?? "", more = []) {
    this.state = state;
    this.row.dataset.state = state;
    this.text.textContent = text;
    this.more.replaceChildren(...more);
    this.bar.hidden = ["received", "duplicate", "failed", "marked"].includes(state);
    this.sign.replaceChildren(icon(SIGNS[state]));
    // What is all there can't be taken back from here.
    const names = (BUTTONS[state] ?? []).filter((name) => !(this.sent && state === "broken" && name === "cancel"));
    this.buttons.replaceChildren(...names.map((name) => this.#button(name)));
    count();
  }

  #button(name) {
    const { sign, act } = ACTS[name];
    const label = `${words[name]} ${this.file.name}`;
    const button = make("button", { type: "button", class: "btn btn-icon btn-ghost-secondary", title: words[name], "aria-label": label });
    button.append(icon(sign));
    button.addEventListener("click", () => act(this));
    return button;
  }

  async start() {
    clearTimeout(this.timer);
    if (this.sent) {
      this.finish();
      return;
    }
    this.samples = [];
    this.show("sending", words.starting);
    if (!this.upload.url) {
      const known = await this.upload.findPreviousUploads();
      const taken = rows.filter((row) => row !== this).map((row) => row.upload.url);
      const earlier = known.find(({ uploadUrl }) => !taken.includes(uploadUrl)); // the same file chosen twice
      if (earlier) {
        this.upload.resumeFromPreviousUpload(earlier);
        forget(earlier.urlStorageKey);
      }
    }
    this.upload.options.headers = headers();
    if (this.state === "sending") this.upload.start();
  }

  async pause() {
    clearTimeout(this.timer);
    this.show("paused", fill(words.pausedAt, { text: this.text.textContent }));
    await this.upload.abort();
    next();
  }

  async cancel() {
    clearTimeout(this.timer);
    rows.splice(rows.indexOf(this), 1);
    this.row.remove();
    count();
    try {
      await this.upload.abort(Boolean(this.upload.url));
    } catch {
      // The server drops what nobody finishes by itself.
    }
    next();
  }

  #progress(sent, total) {
    if (this.state !== "sending") this.show("sending");
    const now = performance.now();
    this.samples.push([now, sent]);
    while (this.samples.length > 2 && now - this.samples[0][0] > 5000) this.samples.shift();
    this.bar.value = sent;
    const [then, before] = this.samples[0];
    const speed = now > then ? ((sent - before) * 1000) / (now - then) : 0;
    const percent = total ? Math.floor((100 * sent) / total) : 100;
    this.text.textContent =
      speed > 0 && now - then > 500
        ? fill(words.progress, { percent, speed: size(speed), left: duration((total - sent) / speed) })
        : `${percent}%`;
  }

  #retries(error) {
    const again = passes(error.originalResponse?.getStatus() ?? 0);
    if (again && this.state === "sending") this.text.textContent = words.retrying;
    return again;
  }

  #fail(error) {
    const response = error.originalResponse;
    const status = response?.getStatus() ?? 0;
    if (error.originalRequest && !error.message.includes(words.signIn) && this.#retries(error)) {
      this.show("broken");
      this.timer = setTimeout(() => this.start(), AGAIN_MS);
    } else if ([401, 403].includes(status) || error.message.includes(words.signIn)) {
      this.show("failed", detail(response?.getBody() ?? "") ?? words.signIn);
    } else {
      this.show("failed", detail(response?.getBody() ?? "") ?? pageWords.failed);
    }
    next();
  }

  finish() {
    this.sent = true;
    this.bar.removeAttribute("value");
    this.show("finishing");
    return this.result(...(this.question ?? [`${this.upload.url}/result`]));
  }

  /** Ask what became of the file, until the server knows, and show it. A line that breaks meanwhile is waited for. */
  async result(url, method = "GET") {
    this.question = [url, method];
    try {
      for (;;) {
        const { body } = await ask(url, { method });
        this.asked = 0;
        this.question = undefined;
        if (body.state !== "pending") {
          const same = rows.filter((row) => row.state === "duplicate" && row.keepUrl && row.keepUrl === this.keepUrl);
          for (const row of new Set([this, ...same])) row.#settle(body);
          return;
        }
        [url, method] = [`${this.upload.url}/result`, "GET"];
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    } catch (error) {
      // An answer that comes too late (409) stays so; a question may be asked while the last part is being stored.
      if (passes(error.status) && (method === "GET" || error.status !== 409)) {
        this.show("broken", words.unheard);
        this.timer = setTimeout(() => this.start(), Math.min(1000 * 2 ** this.asked++, MOST_MS));
      } else {
        this.question = undefined;
        if ([404, 410].includes(error.status)) memory.forget(this.upload.url);
        this.show("failed", error.message);
      }
    }
  }

  #settle({ state, document_url, title, existing = [], keep_url, drop_url, document: id, message }) {
    memory.forget(this.upload.url);
    const links = existing.map((one) => make("a", { href: one.url }, one.title));
    if (state === "received" && form.dataset.parcel) {
      // Not a paper itself: its table comes next.
      this.show("received");
      location.assign(`${form.dataset.parcel}?upload=${this.upload.url.split("/").pop()}`);
    } else if (state === "received") {
      const open = document_url ? [make("a", { href: document_url, "aria-label": `${words.open} ${title ?? ""}` }, words.open)] : [];
      this.show("received", message || words.received, [...open, ...links]);
      if (id) readings?.follow(id, this.reading);
    } else if (state === "duplicate") {
      const keep = make("button", { type: "button", class: "btn btn-sm" }, words.keepBoth);
      keep.addEventListener("click", () => {
        keep.disabled = true;
        this.result(keep_url, "POST");
      });
      const drop = make("button", { type: "button", class: "btn btn-sm btn-ghost-secondary" }, words.notNeeded);
      drop.addEventListener("click", () => {
        keep.disabled = drop.disabled = true;
        this.result(drop_url, "POST");
      });
      const asked = rows.some((row) => row !== this && row.state === "duplicate" && row.keepUrl && row.keepUrl === keep_url);
      this.keepUrl = keep_url;
      const answers = keep_url && !asked ? [make("div", { class: "upload-answers" }, keep, drop)] : [];
      this.show("duplicate", asked ? words.askedAlready : message || words.duplicate, [...links, ...answers]);
    } else if (state === "dropped") {
      this.row.remove();
      rows.splice(rows.indexOf(this), 1);
      count();
    } else {
      this.show("failed", message || pageWords.failed);
    }
  }
}

const SIGNS = {
  waiting: "clock", sending: "upload", paused: "player-pause", broken: "wifi-off", finishing: "hourglass",
  received: "circle-check", duplicate: "copy", failed: "alert-triangle", marked: "lock",
};
const BUTTONS = {
  waiting: ["cancel"], sending: ["pause", "cancel"], paused: ["resume", "cancel"], broken: ["retry", "cancel"],
  failed: ["retry", "cancel"],
};
const ACTS = {
  pause: { sign: "player-pause", act: (row) => row.pause() },
  resume: { sign: "player-play", act: (row) => wake(row) },
  retry: { sign: "refresh", act: (row) => wake(row) },
  cancel: { sign: "x", act: (row) => row.cancel() },
};

function metadata(file) {
  const facts = { filename: file.name, filetype: file.type || "application/octet-stream" };
  for (const name of FIELDS) {
    const value = form.elements[name]?.value?.trim();
    // A title belongs to one file; what a whole batch shares is its class, unit, date and level.
    if (value && (name !== "title" || batch === 1)) facts[name] = value;
  }
  return facts;
}

function duration(seconds) {
  if (!Number.isFinite(seconds)) return "…";
  if (seconds < 60) return fill(words.seconds, { n: Math.max(1, Math.ceil(seconds)) });
  return fill(words.minutes, { n: Math.ceil(seconds / 60) });
}

const busy = () => rows.filter(({ state }) => state === "sending").length;

async function wake(row) {
  // Whoever signed in again in another tab has another token by now.
  if (row.state === "failed") await renewToken();
  if (row.sent || busy() < AT_ONCE) row.start();
  else row.show("waiting");
}

function next() {
  for (const row of rows.filter(({ state }) => state === "waiting")) {
    if (busy() >= AT_ONCE) break;
    row.start();
  }
}

/** What was said when the bytes came no longer holds of a paper that may not be kept here: nothing opens it. */
function read() {
  for (const row of rows) {
    if (row.state === "received" && "marked" in row.reading.dataset) row.show("marked");
  }
  count();
}

let announced = "";
function count() {
  const stuck = ({ reading }) => "stuck" in reading.dataset; // stored, but nobody can read it
  const done = rows.filter((row) => ["received", "duplicate"].includes(row.state) && !stuck(row)).length;
  const failed = rows.filter((row) => ["failed", "marked"].includes(row.state) || stuck(row)).length;
  const text = rows.length ? fill(failed ? words.tallyFailed : words.tally, { done, all: rows.length, failed }) : "";
  if (text !== announced) tally.textContent = announced = text;
}

let batch = 0;
function add(files) {
  const most = Number(form.dataset.maxBytes || Infinity);
  const wanted = [...files].filter(({ name }) => !/^(\.|~\$|Thumbs\.db$|desktop\.ini$)/i.test(name));
  batch = wanted.length;
  for (const file of wanted) {
    const row = new Sending(file);
    rows.push(row);
    list.append(row.row);
    if (file.size > most) {
      row.show("failed", fill(words.tooLarge, { most: size(most) }));
      row.buttons.querySelector("button")?.remove(); // trying again would not make it smaller
    }
  }
  count();
  next();
}

/** Every file of what was dropped, folders opened; a folder's reader hands out at most a hundred at a time. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  const found = [];
  const open = async (entry) => {
    if (entry.isFile) {
      found.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) break;
      for (const child of some) await open(child);
    }
  };
  for (const entry of entries) await open(entry);
  return found;
}

function forget(key) {
  for (const row of form.querySelectorAll("[data-earlier] li")) if (row.dataset.key === key) row.remove();
  const box = form.querySelector("[data-earlier]");
  box.hidden = !box.querySelector("li");
}

/**
 * What an earlier visit left unfinished: choose the same file again and it goes on, or let it go. Of what was sent
 * to the end only the answer is missing.
 */
async function earlier() {
  for (const one of await memory.findAllUploads()) watch(one);
}

/** Shows how much of an earlier upload is here, and goes on asking: what lay in the line still arrives. */
function watch(one) {
  const box = form.querySelector("[data-earlier]");
  const text = make("div", { class: "upload-text" });
  const pick = make("button", { type: "button", class: "btn btn-sm" }, words.chooseAgain);
  pick.addEventListener("click", () => form.querySelector("[data-files]").click());
  const drop = make("button", { type: "button", class: "btn btn-sm btn-ghost-secondary" }, words.letGo);
  drop.addEventListener("click", async () => {
    await Upload.terminate(one.uploadUrl, { headers: headers() }).catch(() => {});
    await memory.removeUpload(one.urlStorageKey);
    forget(one.urlStorageKey);
  });
  const item = make(
    "li", { class: "upload-row", "data-key": one.urlStorageKey },
    make("span", { class: "upload-sign" }, icon("history")),
    make(
      "div", { class: "upload-body" },
      make("div", { class: "upload-head" }, make("span", { class: "upload-name" }, one.metadata.filename), make("span", { class: "upload-size" }, size(one.size ?? 0))),
      text,
    ),
    make("div", { class: "upload-buttons" }, pick, drop),
  );
  let [before, wait, timer, asking, listed] = [null, 1000, undefined, false, false];

  const look = async () => {
    if (asking || document.hidden) return;
    asking = true;
    clearTimeout(timer);
    const response = await fetch(one.uploadUrl, {
      method: "HEAD", headers: { ...headers(), "Tus-Resumable": "1.0.0" },
    }).catch(() => null);
    asking = false;
    const known = (await memory.findAllUploads()).some(({ urlStorageKey }) => urlStorageKey === one.urlStorageKey);
    const taken = rows.some((row) => row.upload.url === one.uploadUrl); // chosen again meanwhile
    const gone = [404, 410].includes(response?.status);
    if (gone) await memory.removeUpload(one.urlStorageKey);
    const sent = response?.ok ? Number(response.headers.get("Upload-Offset")) : null;
    const whole = sent !== null && sent === Number(response.headers.get("Upload-Length"));
    if (gone || taken || whole || !known || (listed && !item.isConnected)) {
      stop();
      if (whole && known && !taken) hear(one);
      return;
    }
    if (!listed) {
      listed = true;
      box.querySelector("ul").append(item);
      box.hidden = false;
    }
    const signedOut = [401, 403].includes(response?.status);
    const percent = sent !== null && one.size ? Math.floor((100 * sent) / one.size) : 0;
    const told = sent !== null ? fill(words.sentSoFar, { percent }) : signedOut ? words.signIn : words.noLine;
    if (told !== text.textContent) text.textContent = told;
    wait = sent === before ? Math.min(2 * wait, MOST_MS) : 1000;
    before = sent;
    timer = setTimeout(look, wait);
  };
  const now = () => (listed && !item.isConnected ? stop() : look());
  const stop = () => {
    clearTimeout(timer);
    window.removeEventListener("online", now);
    document.removeEventListener("visibilitychange", now);
    forget(one.urlStorageKey);
  };
  window.addEventListener("online", now);
  document.addEventListener("visibilitychange", now);
  look();
}

/** Of what an earlier visit sent to the end: what became of it. */
function hear({ uploadUrl, metadata: { filename: name }, size: bytes }) {
  const row = new Sending({ name, size: bytes ?? 0 });
  row.upload.url = uploadUrl;
  rows.push(row);
  list.append(row.row);
  row.finish();
}

function begin() {
  for (const part of form.querySelectorAll("[data-classic]")) part.hidden = true;
  for (const part of form.querySelectorAll("[data-scripted]")) part.hidden = false;
  for (const input of form.querySelectorAll("[data-files], [data-folder], [data-camera]")) {
    input.addEventListener("change", () => {
      add(input.files);
      input.value = ""; // or choosing the same file again would be no change
    });
  }
  for (const opener of form.querySelectorAll("[data-open]")) {
    opener.addEventListener("click", () => form.querySelector(`[${opener.dataset.open}]`).click());
  }
  const zone = form.querySelector("[data-drop]");
  let depth = 0;
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  for (const [kind, step] of [["dragenter", 1], ["dragleave", -1]]) {
    document.addEventListener(kind, (event) => {
      if (carries(event)) zone.classList.toggle("over", (depth += step) > 0);
    });
  }
  // A file dropped beside the zone must not replace the page and end what is on its way.
  document.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  document.addEventListener("drop", async (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    depth = 0;
    zone.classList.remove("over");
    add(await dropped(event.dataTransfer));
  });
  document.addEventListener("paste", (event) => event.clipboardData?.files.length && add(event.clipboardData.files));
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("online", () => rows.filter(({ state }) => state === "broken").forEach(wake));
  window.addEventListener("beforeunload", (event) => {
    if (rows.some(({ state }) => ["sending", "waiting", "broken", "finishing"].includes(state))) event.preventDefault();
  });
  earlier();
}

if (form) begin();
