// What the pages are built from.

import * as amounts from "./shop/money.js";
import { languageOf, translator } from "./shop/language.js";

export const language = languageOf(document.documentElement.lang);
export const t = translator(language);

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
const locale = navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;

export const money = (display) => amounts.money(display, locale);
export const sum = (items, quantity) => amounts.sum(items, quantity, locale);
