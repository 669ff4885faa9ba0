// 整理扫描件: moves pages about, and writes what shall become of them into the form's text field, which alone is sent.
const board = document.querySelector("#scan-board");
if (board) arrange(board);

function arrange(board) {
  const piles = board.querySelector("#scan-piles");
  const rest = board.querySelector(".scan-rest");
  const words = board.querySelector("#f-parts");
  const told = board.querySelector("[data-scan-told]");
  const sum = board.querySelector("[data-scan-sum]");
  const lettered = Boolean(board.dataset.lettered);
  const filed = Boolean(board.dataset.filed);
  const single = Boolean(board.dataset.single);
  const tools = board.querySelector("#scan-page-tools");

  const pages = () => [...board.querySelectorAll(".scan-page")];
  const chosen = () => pages().filter((page) => page.getAttribute("aria-selected") === "true");
  const pileOf = (page) => page.closest(".scan-pile, .scan-rest");
  const listOf = (pile) => pile.querySelector(".scan-pages");

  board.classList.add("scripted");
  board.querySelector(".scan-tools").hidden = false;
  board.querySelector("[data-scan-words]").hidden = true;
  for (const page of pages()) {
    page.tabIndex = -1;
    page.draggable = true;
    page.setAttribute("role", "option");
    page.setAttribute("aria-selected", "false");
    page.setAttribute("aria-label", page.querySelector(".scan-label").textContent.trim());
    page.append(tools.content.cloneNode(true));
    for (const button of page.querySelectorAll("button")) button.tabIndex = -1;
    show(page);
  }
  const blanks = board.querySelectorAll("[data-blank]").length;
  const count = board.querySelector("[data-blank-count]");
  if (blanks) count.textContent = blanks;
  else count.closest("button").hidden = true;
  changed();
  const first = pages()[0];
  if (first) first.tabIndex = 0;

  function show(page) {
    page.querySelector(".scan-picture").style.setProperty("--turn", `${page.dataset.turn}deg`);
    page.classList.toggle("turned-sideways", Number(page.dataset.turn) % 180 !== 0);
  }

  function newPile(after) {
    const made = board.querySelector("#scan-pile").content.firstElementChild.cloneNode(true);
    if (after) after.after(made);
    else piles.append(made);
    return made;
  }

  function tidy() {
    for (const pile of piles.querySelectorAll(".scan-pile")) if (!listOf(pile).children.length) pile.remove();
    for (const list of board.querySelectorAll(".scan-pages")) {
      list.setAttribute("role", "listbox");
      list.setAttribute("aria-multiselectable", "true");
    }
    rest.hidden = !listOf(rest).children.length;
    [...piles.children].forEach((pile, at) => {
      pile.querySelector(".scan-number").textContent = at + 1;
    });
  }

  function changed() {
    tidy();
    words.value = [...piles.children].map(written).join("\n");
    const stays = single && piles.children.length === 1;
    board.querySelector("[data-scan-reason]").hidden = !stays;
    for (const head of piles.querySelectorAll(".scan-title, .scan-class, .scan-file")) head.hidden = stays;
    const many = piles.children.length;
    sum.textContent = stays ? sum.dataset.one : many === 1 ? sum.dataset.merged : sum.dataset.many.replace("{papers}", many);
    board.querySelector("#scan-make").disabled = many === 0;
    const some = chosen().length;
    for (const name of ["out", "turn", "drop"]) {
      const button = board.querySelector(`[data-scan="${name}"]`);
      button.disabled = !some;
      if (name === "out" && filed) button.hidden = true;
    }
  }

  /** One line, as the service reads it: 1-3 5@90 = title | class | file number. */
  function written(pile) {
    const runs = [];
    for (const page of listOf(pile).children) {
      const { source, page: number, turn } = page.dataset;
      const last = runs.at(-1);
      if (last && last.source === source && last.turn === turn && Number(number) === last.to + 1) last.to += 1;
      else runs.push({ source, turn, from: Number(number), to: Number(number) });
    }
    const said = runs.map(({ source, turn, from, to }) => {
      const letter = lettered ? String.fromCharCode(65 + Number(source)) : "";
      return `${letter}${from}${to > from ? `-${to}` : ""}${turn === "0" ? "" : `@${turn}`}`;
    });
    const clean = (text) => text.replace(/\s+/g, " ").replaceAll("|", "｜").trim();
    const facts = [".scan-title", ".scan-class", ".scan-file"].map((name) => clean(pile.querySelector(name).value));
    while (facts.length && !facts.at(-1)) facts.pop();
    return said.join(" ") + (facts.length ? ` = ${facts.join(" | ")}` : "");
  }

  function focus(page) {
    for (const other of pages()) other.tabIndex = other === page ? 0 : -1;
    page.focus();
  }

  function say(page, what) {
    told.textContent = `${page.getAttribute("aria-label")}: ${what}`;
  }

  function choose(page, on = page.getAttribute("aria-selected") !== "true") {
    page.setAttribute("aria-selected", String(on));
  }

  const doing = {
    turn(page) {
      page.dataset.turn = String((Number(page.dataset.turn) + 90) % 360);
      show(page);
      say(page, `${page.dataset.turn}°`);
    },
    drop(page) {
      if (pileOf(page) !== rest) {
        page.dataset.home = [...piles.children].indexOf(pileOf(page));
        listOf(rest).append(page);
      } else {
        const home = piles.children[Number(page.dataset.home ?? 0)] ?? piles.lastElementChild ?? newPile();
        const list = listOf(home);
        const place = (one) => Number(one.dataset.source) * 10000 + Number(one.dataset.page);
        const next = [...list.children].find((one) => place(one) > place(page));
        if (next) next.before(page);
        else list.append(page);
      }
    },
    cut(page) {
      if (pileOf(page) === rest || filed) return;
      const following = [];
      for (let next = page.nextElementSibling; next; next = next.nextElementSibling) following.push(next);
      if (following.length) listOf(newPile(pileOf(page))).append(...following);
      else joinNext(pileOf(page));
    },
    left(page) {
      if (page.previousElementSibling) page.previousElementSibling.before(page);
      else {
        const before = pileOf(page).previousElementSibling;
        if (before?.classList.contains("scan-pile")) listOf(before).append(page);
      }
    },
    right(page) {
      if (page.nextElementSibling) page.nextElementSibling.after(page);
      else {
        const after = pileOf(page).nextElementSibling;
        if (after?.classList.contains("scan-pile")) listOf(after).prepend(page);
      }
    },
  };

  /** Splitting after the last page of a paper takes the split after it away. */
  function joinNext(pile) {
    const next = pile.nextElementSibling;
    if (next) listOf(pile).append(...listOf(next).children);
  }

  const all = {
    out() {
      const some = chosen();
      if (!some.length || filed) return;
      const made = newPile();
      listOf(made).append(...some);
      for (const page of some) choose(page, false);
      made.querySelector(".scan-title").focus();
      made.scrollIntoView({ block: "nearest" });
    },
    turn: () => chosen().forEach(doing.turn),
    drop() {
      for (const page of chosen()) {
        if (pileOf(page) !== rest) doing.drop(page);
        choose(page, false);
      }
    },
    blank() {
      for (const page of board.querySelectorAll("[data-blank]")) if (pileOf(page) !== rest) doing.drop(page);
    },
    single() {
      for (const page of [...piles.querySelectorAll(".scan-page")]) listOf(newPile()).append(page);
    },
    join() {
      const [head, ...others] = piles.children;
      for (const pile of others) listOf(head).append(...listOf(pile).children);
    },
  };

  board.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-scan]");
    const act = event.target.closest("[data-do]");
    const page = event.target.closest(".scan-page");
    if (tool) all[tool.dataset.scan]();
    else if (act) doing[act.dataset.do](page);
    else if (page) choose(page);
    else return;
    if (page) focus(page);
    changed();
  });
  board.addEventListener("input", changed);

  board.addEventListener("keydown", (event) => {
    const page = event.target.closest(".scan-page");
    if (!page || event.target !== page || event.ctrlKey || event.metaKey) return;
    const order = pages();
    const at = order.indexOf(page);
    const keys = {
      ArrowLeft: () => (event.altKey ? doing.left(page) : focus(order[at - 1] ?? page)),
      ArrowRight: () => (event.altKey ? doing.right(page) : focus(order[at + 1] ?? page)),
      Home: () => focus(order[0]),
      End: () => focus(order.at(-1)),
      " ": () => choose(page),
      r: () => doing.turn(page),
      s: () => doing.cut(page),
      Delete: () => doing.drop(page),
    };
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
    changed();
    if (document.activeElement !== page && (event.altKey || event.key === "Delete")) focus(page);
  });

  let held = null;
  board.addEventListener("dragstart", (event) => {
    held = event.target.closest?.(".scan-page") ?? null;
    if (!held) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.getAttribute("aria-label"));
    held.classList.add("held");
  });
  board.addEventListener("dragover", (event) => {
    const pile = held && event.target.closest(".scan-pile, .scan-rest");
    if (!pile) return;
    event.preventDefault();
    const over = event.target.closest(".scan-page");
    if (!over) {
      if (held.parentElement !== listOf(pile)) listOf(pile).append(held);
    } else if (over !== held) {
      const { left, width } = over.getBoundingClientRect();
      if (event.clientX < left + width / 2) over.before(held);
      else over.after(held);
    }
  });
  board.addEventListener("dragend", () => {
    held?.classList.remove("held");
    held = null;
    changed();
  });
  board.addEventListener("drop", (event) => event.preventDefault());
}
