// What the pages are built from.

const texts = JSON.parse(document.querySelector('meta[name="texts"]').content);

export const t = (key, values = {}) =>
  (texts[key] ?? key).replace(/\{(\w+)\}/g, (braces, name) => values[name] ?? braces);

// element("button", { class: "main", click: pay }, "Pay") and the like.
export const element = (name, attributes = {}, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      node.addEventListener(key, value);
    } else if (value !== undefined) {
      node.setAttribute(key, value);
    }
  }
  node.append(...children);
  return node;
};

let current = null; // the page that is shown: what arrives late for another one is dropped

// show replaces the page and moves the focus to its heading.
export const show = (tab, ...children) => {
  const page = document.getElementById("page");
  current = {};
  page.replaceChildren(...children);
  scrollTo(0, 0);
  for (const name of ["catalogue", "orders"]) {
    const button = document.getElementById(`tab-${name}`);
    if (name === tab) {
      button.setAttribute("aria-current", "page");
    } else {
      button.removeAttribute("aria-current");
    }
  }
  page.querySelector("h1")?.focus({ preventScroll: true });
  return current;
};

export const isShown = (page) => page === current;

export const heading = (text) => element("h1", { tabindex: "-1" }, text);

export const wait = (text) => element("p", { class: "wait", role: "status" }, element("span", { class: "spinner", "aria-hidden": "true" }), text);

// money writes an amount of the smallest unit, as the server has it.
export const money = ({ value, currency }) => {
  const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  const number = (Number(value) / 10 ** digits).toLocaleString(document.documentElement.lang, { minimumFractionDigits: digits });
  return `${number}\u00a0${currency}`;
};
