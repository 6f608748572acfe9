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
  focusHeading();
  return current;
};

// focusHeading leaves the focus where it is if that is not here: with my.alert,
// or elsewhere outside.
export const focusHeading = () => {
  if (document.hasFocus()) {
    document.querySelector("#page h1")?.focus({ preventScroll: true });
  }
};

export const isShown = (page) => page === current;

export const heading = (text) => element("h1", { tabindex: "-1" }, text);

export const wait = (text) => element("p", { class: "wait", role: "status" }, element("span", { class: "spinner", "aria-hidden": "true" }), text);

// locale is the page's language as the user's region writes it.
const language = document.documentElement.lang;
const locale = navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;

// money writes an amount as the server shows it, 1050.00 ZAR, in the user's
// language. How many decimals a currency has is the server's to know: browsers
// have another opinion of some.
export const money = (display) => {
  const [, number, currency] = /^(\d+(?:\.\d+)?) (\w+)$/.exec(display) ?? [];
  if (!number) {
    return display;
  }
  const digits = number.split(".")[1]?.length ?? 0;
  return `${Number(number).toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })}\u00a0${currency}`;
};

// sum adds up items of the catalogue, for the eye: the server counts for itself.
export const sum = (items, quantity) => {
  const digits = /\.(\d+)/.exec(items[0].display)?.[1].length ?? 0;
  const value = items.reduce((all, item) => all + Number(item.price.value) * quantity(item), 0);
  return money(`${(value / 10 ** digits).toFixed(digits)} ${items[0].price.currency}`);
};
