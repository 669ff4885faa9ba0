// Scanning with a telephone's camera where the browser reads codes by itself (BarcodeDetector); elsewhere the button
// stays hidden and one types. A code that was read goes into the field, and its form is sent.
const view = document.querySelector("[data-camera-view]");
const button = document.querySelector("[data-camera]");
const EVERY_MS = 250;

async function formats() {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return [];
  const known = await window.BarcodeDetector.getSupportedFormats();
  return ["qr_code", "code_128"].filter((name) => known.includes(name));
}

async function look(reading) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const stop = () => {
    for (const track of stream.getTracks()) track.stop();
    view.hidden = true;
    sessionStorage.removeItem("camera");
  };
  view.srcObject = stream;
  view.hidden = false;
  sessionStorage.setItem("camera", "on"); // the page comes anew after each scan, and the camera goes on
  await view.play();
  const detector = new window.BarcodeDetector({ formats: reading });
  const before = sessionStorage.getItem("camera-last");
  const timer = setInterval(async () => {
    if (view.hidden) return clearInterval(timer);
    const [found] = await detector.detect(view).catch(() => []);
    if (!found || found.rawValue === before) return; // still the label of the last scan
    clearInterval(timer);
    sessionStorage.setItem("camera-last", found.rawValue);
    const field = document.getElementById(button.dataset.camera);
    field.value = found.rawValue;
    field.form.requestSubmit();
  }, EVERY_MS);
  button.addEventListener("click", stop, { once: true });
}

if (view && button) {
  formats().then((reading) => {
    if (!reading.length) return;
    button.hidden = false;
    const begin = () => look(reading).catch(() => button.addEventListener("click", begin, { once: true }));
    if (sessionStorage.getItem("camera") === "on") begin();
    else button.addEventListener("click", begin, { once: true });
  });
}
