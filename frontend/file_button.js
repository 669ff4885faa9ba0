// A file field's own button speaks the browser's language. With scripts a button of ours stands for it, with the names
// of what was chosen beside it: <input type="file" data-choose="the button's words" data-none="while nothing is chosen">.
import { make } from "./page.js";

for (const input of document.querySelectorAll("input[type=file][data-choose]")) {
  const label = input.labels[0];
  if (label) label.id ||= `${input.id}-label`;
  const [button, names] = ["button", "names"].map((part) => `${input.id}-${part}`);
  const opener = make(
    "button",
    { type: "button", class: "btn", id: button, "aria-labelledby": `${label?.id ?? ""} ${button}`, "aria-describedby": names },
    input.dataset.choose,
  );
  const chosen = make("span", { id: names, class: "text-secondary text-break", "aria-live": "polite" });
  const show = () => {
    const found = [...input.files].map(({ name }) => name);
    chosen.textContent = found.join(", ") || input.dataset.none;
    if (found.length) chosen.classList.replace("text-danger", "text-secondary");
  };
  opener.addEventListener("click", () => input.click());
  input.addEventListener("change", show);
  // The browser can't point at a field that is not shown.
  input.addEventListener("invalid", (event) => {
    event.preventDefault();
    chosen.classList.replace("text-secondary", "text-danger");
    opener.focus();
  });
  input.classList.add("d-none");
  input.after(make("div", { class: "d-flex flex-wrap gap-2 align-items-center" }, opener, chosen));
  show();
}
