// The sequence diagram: a list of buttons, so that a keyboard and a screen
// reader can use it, each with its arrow.

import { detail, figures, milliseconds, number, saysPaid, t, what } from "./texts.js";

const columns = ["10%", "30%", "50%", "70%", "90%"];
const last = columns.length - 1;

const svg = (name, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  return element;
};

const span = (className, text) => {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
};

// arrow draws from one party to another, or a loop at one.
const arrow = ({ from, to, both, mark }) => {
  const picture = svg("svg", { class: "arrow", "aria-hidden": "true" });
  const head = `url(#head-${mark})`;
  if (from === to) {
    const place = svg("svg", { x: columns[from], y: "50%", overflow: "visible" });
    const side = from >= last - 1 ? -1 : 1;
    place.append(svg("path", { d: `M0 -6h${18 * side}v12h${-17 * side}`, "marker-end": head, pathLength: "1" }));
    picture.append(place);
    return picture;
  }
  const line = svg("line", { x1: columns[from], y1: "100%", x2: columns[to], y2: "100%", "marker-end": head, pathLength: "1" });
  if (both) {
    line.setAttribute("marker-start", head);
  }
  picture.append(line);
  return picture;
};

// place puts the label over its arrow, or beside its loop.
const place = (label, { from, to }) => {
  const style = label.style; // CSSOM: the policy allows no style attributes
  if (from !== to) {
    label.classList.add("over");
    style.setProperty("--at", `${10 + 10 * (from + to)}%`);
  } else if (from >= last - 1) { // to the right there is no room
    label.classList.add("before");
    style.setProperty("--at", columns[last - from]);
  } else {
    label.classList.add("after");
    style.setProperty("--at", columns[from]);
  }
};

export class Sequence {
  #list;
  #scroller;
  #open;
  #rows = new Map(); // id → { item, key }
  #follows = true; // the last row stays in view, until somebody scrolls away from it

  constructor(list, scroller, open) {
    this.#list = list;
    this.#scroller = scroller;
    this.#open = open;
    scroller.addEventListener("scroll", () => {
      if (list.hasChildNodes()) { // what an emptied list does says nothing
        this.#follows = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
      }
    });
    // Arrow keys move along the steps, as in any list of messages.
    list.addEventListener("keydown", (event) => {
      const buttons = [...list.querySelectorAll("button")];
      const at = buttons.indexOf(document.activeElement);
      const next = buttons[{ ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key]];
      if (next) {
        event.preventDefault();
        next.focus();
      }
    });
    list.addEventListener("focusin", ({ target }) => {
      for (const button of list.querySelectorAll("button")) {
        button.tabIndex = button === target ? 0 : -1;
      }
    });
  }

  clear() {
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#scroller.scrollTop = 0;
    this.#follows = true;
  }

  // stay shows what is there from its beginning.
  stay() {
    this.#follows = false;
  }

  // draw shows the entries, in their order. Rows that are there stay.
  draw(entries, scenario) {
    const start = entries[0]?.when ?? 0;
    let highest = 0;
    entries.forEach((entry, i) => {
      const since = i === 0 ? 0 : Math.max(0, entry.when - entries[i - 1].when);
      const late = highest === 19 && entry.step >= 16 && entry.step < 19; // the notification was there first
      highest = Math.max(highest, entry.step ?? 0);
      const key = `${entry.mark}|${entry.detail}|${entry.times}|${entry.when - start}|${since}|${late}`;
      let row = this.#rows.get(entry.id);
      if (row?.key !== key) {
        const item = this.#row(entry, { scenario, since, entire: entry.when - start, late });
        if (row) {
          const [old, button] = [row.item.querySelector("button"), item.querySelector("button")];
          const focused = old === document.activeElement;
          button.tabIndex = old.tabIndex;
          row.item.replaceWith(item);
          if (focused) {
            button.focus();
          }
        }
        row = { item, key };
        this.#rows.set(entry.id, row);
      }
      if (this.#list.children[i] !== row.item) {
        this.#list.insertBefore(row.item, this.#list.children[i] ?? null);
      }
    });
    // One stop for the Tab key: the arrow keys go on from there.
    const buttons = [...this.#list.querySelectorAll("button")];
    if (!buttons.some((button) => button.tabIndex === 0) && buttons.length > 0) {
      buttons[0].tabIndex = 0;
    }
    if (this.#follows) {
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
    }
  }

  #row(entry, { scenario, since, entire, late }) {
    const item = document.createElement("li");
    item.className = `row ${entry.mark} ${entry.kind}`;
    item.dataset.step = entry.step ?? "";
    item.dataset.detail = entry.detail ?? "";
    item.dataset.at = entry.at;
    const button = item.appendChild(document.createElement("button"));
    button.type = "button";
    button.tabIndex = -1;
    const time = span("time", `+${milliseconds(since)}`);
    time.title = t("entire", { time: milliseconds(entire) });
    const label = span("label", "");
    if (entry.step && number(scenario, entry.step)) {
      label.append(span("number", number(scenario, entry.step)), " ");
    }
    if (entry.mark === "failed" || entry.mark === "refused") {
      label.append(span("flag", "✕"), " "); // told apart without colours, too
    }
    label.append(span("what", what(entry)));
    if (entry.keyVersion && entry.keyVersion !== "1") {
      label.append(" ", span("key", t("keyVersion", { version: entry.keyVersion })));
    }
    if (entry.detail && entry.kind !== "trouble") {
      label.append(" ", span(saysPaid(entry) ? "detail paid" : "detail", detail(entry.detail)));
    }
    if (entry.times > 1) {
      label.append(" ", span("times", t("times", { n: entry.times })));
    }
    if (late) {
      label.append(" ", span("race", t("race")));
    }
    const rest = span("hidden", `. ${t(`mark.${entry.mark}`)}. ${route(entry)}. ${t("since", { time: milliseconds(since) })}`);
    time.setAttribute("aria-hidden", "true"); // said by rest
    const lane = span("lane", "");
    if (entry.kind === "trouble") {
      label.classList.add("across");
      lane.append(label, rest);
    } else {
      place(label, entry);
      lane.append(arrow(entry), label, rest);
    }
    button.append(time, lane);
    button.addEventListener("click", () => this.#open(entry));
    return item;
  }
}

// ghosts draws the steps that are to come, before the first payment. It returns what shows
// those of a scenario.
export const ghosts = (list) => {
  const all = new Map([...list.children].map((item) => [Number(item.dataset.step), item]));
  for (const item of all.values()) {
    const entry = { step: Number(item.dataset.step), from: Number(item.dataset.from), to: Number(item.dataset.to), mark: "inferred", kind: "step" };
    const label = span("label", "");
    label.append(span("number", ""), " ", span("what", ""));
    const lane = span("lane", "");
    place(label, entry);
    lane.append(arrow(entry), label);
    item.className = "row";
    const row = span("ghost", "");
    row.append(span("time", ""), lane);
    item.append(row);
  }
  return (scenario) => list.replaceChildren(...figures[scenario].map((step, i) => {
    all.get(step).querySelector(".number").textContent = i + 1;
    all.get(step).querySelector(".what").textContent = what({ step, scenario, kind: "step" });
    return all.get(step);
  }));
};

export const route = ({ kind, from, to }) => {
  if (kind === "trouble") {
    return "";
  }
  return from === to ? t(`party.${from}`) : `${t(`party.${from}`)} → ${t(`party.${to}`)}`;
};
