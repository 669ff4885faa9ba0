// The lending desk without loading the page anew: what a scanner types while an answer is on its way waits in a line, the
// field keeps the focus, and a tone says without looking whether it went well. Without this script it is a plain form.
import { say, words } from "./page.js";

const form = document.querySelector("[data-lending-desk]");
const field = form?.elements.scan;
const waiting = [];
let busy = false;
let sound;

const TONES = { success: [880], info: [660], warning: [440, 440], danger: [220, 180] };

function play(tone) {
  const Sound = window.AudioContext;
  if (!Sound) return;
  sound ??= new Sound();
  if (sound.state !== "running") return; // no gesture yet: the words say it anyway
  (TONES[tone] ?? TONES.success).forEach((hertz, at) => {
    const voice = sound.createOscillator();
    const loud = sound.createGain();
    loud.gain.value = 0.08;
    voice.frequency.value = hertz;
    voice.connect(loud).connect(sound.destination);
    voice.start(sound.currentTime + at * 0.16);
    voice.stop(sound.currentTime + at * 0.16 + 0.12);
  });
}

async function send({ line, act }) {
  const told = new FormData(form);
  told.set("scan", line);
  told.set("act", act);
  const answer = await fetch(form.action, { method: "POST", body: told, credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("desk-state");
  if (!fresh) {
    window.location.reload(); // signed out, or the service refuses the whole form: its own page says why
    return;
  }
  document.getElementById("desk-state").replaceWith(fresh);
  play(fresh.querySelector("[data-tone]").dataset.tone);
}

async function work() {
  if (busy) return;
  busy = true;
  while (waiting.length) {
    try {
      await send(waiting[0]);
      waiting.shift();
    } catch {
      say(words.offline);
      field.value = waiting[0].line; // not lost: sent again with the next Enter
      waiting.length = 0;
    }
  }
  busy = false;
}

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    waiting.push({ line: field.value, act: event.submitter?.value ?? "scan" });
    field.value = "";
    field.focus();
    work();
  });
  // A scanner types wherever the cursor is: what is no other field of the desk belongs to this one.
  document.addEventListener("keydown", (event) => {
    if (event.target === document.body && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) field.focus();
  });
  field.focus();
}
