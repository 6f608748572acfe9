// A phone for tests in Node: the wallet's app with its my object, and a runtime that runs
// the mini program's pages, draws their AXML, and taps what the user would see.
//
// The shop and the wallet are real processes: SHOP_URL is that of examples/merchant, and
// WALLET_URL that of the test wallet.

import { existsSync, readFileSync } from "node:fs";
import { register } from "node:module";
import path from "node:path";
import { after } from "node:test";

export const root = path.resolve(import.meta.dirname, "..");
const shopURL = process.env.SHOP_URL;
const walletURL = process.env.WALLET_URL;
const server = "https://shop.example"; // of config.js, as it is

const realTimeout = globalThis.setTimeout;
export const wait = (milliseconds) => new Promise((done) => realTimeout(done, milliseconds));

// The program's pauses are short here. How often it asks decides nothing.
globalThis.setTimeout = (done, milliseconds, ...more) => realTimeout(done, Math.min(milliseconds ?? 0, 20), ...more);

export const control = async (method, what, body) => {
  const response = await fetch(`${walletURL}/__tradepay${what}`, {
    method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body),
  });
  if (!response.ok) {
    throw new Error(`${method} ${what}: HTTP ${response.status} ${await response.text()}`);
  }
  return response.json();
};

/** The payments at the wallet, or that of one order. */
export const payments = async (id) =>
  (await control("GET", "/payments")).payments.filter((payment) => id === undefined || payment.paymentRequestId === id);

/** How often an order was charged. */
export const charges = async (id) => (await payments(id)).reduce((sum, payment) => sum + payment.charges, 0);

const app = async (method, what, body) => {
  const response = await fetch(`${walletURL}/app/${what}`, {
    method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body),
  });
  return response.json();
};

// The wallet has one user at a time: whoever needs to be that one waits for the others.
let turn = Promise.resolve();
const as = (userId, work) => {
  const mine = turn.then(() => control("PUT", "/user", { userId })).then(work);
  turn = mine.catch(() => {});
  return mine;
};

// press posts a button of the wallet's own pages.
const press = async (url, form) => {
  const headers = { Accept: "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: new URLSearchParams(form) });
  await response.text();
};

// ——— AXML

const tag = /<(\/?)([\w-]+)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(\/?)>|([^<]+)/g;

const parse = (source) => {
  const top = { name: "", attributes: {}, children: [] };
  const open = [top];
  for (const [, close, name, attributes, single, text] of source.matchAll(tag)) {
    if (text !== undefined) {
      open.at(-1).children.push(text);
    } else if (close) {
      if (open.pop().name !== name) {
        throw new Error(`</${name}> closes nothing`);
      }
    } else {
      const element = { name, attributes: {}, children: [] };
      for (const [, key, value] of attributes.matchAll(/([\w:-]+)(?:="([^"]*)")?/g)) {
        element.attributes[key] = value ?? true;
      }
      open.at(-1).children.push(element);
      if (!single) {
        open.push(element);
      }
    }
  }
  if (open.length !== 1) {
    throw new Error(`<${open.at(-1).name}> is not closed`);
  }
  return top;
};

// A name that the page's data does not have is a mistake, and throws.
const evaluate = (expression, scope) =>
  new Function("scope", `with (scope) { return (${expression}); }`)(scope);

const fill = (text, scope) => {
  const whole = /^\{\{(.*)\}\}$/.exec(String(text));
  if (whole) {
    return evaluate(whole[1], scope);
  }
  return String(text).replace(/\{\{(.*?)\}\}/g, (_, expression) => evaluate(expression, scope));
};

const draw = (node, scope, into) => {
  if (typeof node === "string") {
    const text = String(fill(node.trim(), scope));
    return text ? [text] : [];
  }
  const { "a:if": condition, "a:for": list, ...attributes } = node.attributes;
  if (list !== undefined) {
    const once = { ...node, attributes: { ...node.attributes } };
    delete once.attributes["a:for"];
    return fill(list, scope).flatMap((item, index) =>
      draw(once, Object.assign(Object.create(scope), { item, index }), into));
  }
  if (condition !== undefined && !fill(condition, scope)) {
    return [];
  }
  const drawn = { name: node.name, dataset: {} };
  for (const [key, value] of Object.entries(attributes)) {
    const filled = fill(value, scope);
    if (key.startsWith("data-")) {
      drawn.dataset[key.slice(5)] = filled;
    } else {
      drawn[key] = filled;
    }
  }
  const texts = node.children.flatMap((child) => draw(child, scope, into));
  drawn.text = texts.join(" ");
  into.push(drawn);
  return texts;
};

// ——— the program, read once

// A studio reads all files as modules; node would first look for a package.json that says so.
register(`data:text/javascript,${encodeURIComponent(`
  export const load = (url, context, next) =>
    next(url, url.endsWith(".js") ? { ...context, format: "module" } : context);
`)}`);

let registering = null; // what App or Page is called for
globalThis.App = (options) => { registering = options; };
globalThis.Page = (options) => { registering = options; };

let current = null; // the phone whose program runs
globalThis.getApp = () => current.app;
globalThis.my = new Proxy({}, { get: (_, name) => current.my[name], has: (_, name) => name in current.my });

export const manifest = JSON.parse(readFileSync(path.join(root, "app.json"), "utf8"));

const load = async (name) => {
  registering = null;
  await import(path.join(root, `${name}.js`));
  return registering;
};

const program = { app: await load("app"), pages: {} };
for (const name of manifest.pages) {
  const view = parse(readFileSync(path.join(root, `${name}.axml`), "utf8"));
  program.pages[name] = { options: await load(name), view };
}
export const pages = program.pages;

// ——— the phone

let users = 0;

// end closes the program that runs, whose pages would go on asking the shop.
const end = () => { current?.stack.forEach((page) => { page.options.onUnload?.call(page); }); };
after(end);

export class Phone {
  /**
   * @param {{ language?: string, user?: string, storage?: object, calls?: object }} [options]
   * calls replaces calls of my; null takes one away.
   */
  constructor({ language = "en-US", user, storage = {}, calls = {} } = {}) {
    users++;
    this.user = user ?? `2188${String(Date.now() % 1e8)}${String(users).padStart(4, "0")}`;
    this.language = language;
    this.storage = storage; // outlives the program
    this.requests = []; // that reached the shop
    this.network = () => "good";
    this.errors = "fail"; // how HTTP errors arrive: fail with the status, bare without, or success
    this.payer = { does: "pay" };
    this.signer = { does: "agree" };
    this.cashiers = []; // arguments of each
    this.tabs = [];
    this.my = {};
    for (const name of ["request", "tradePay", "pay", "signContract"]) {
      this.my[name] = (options) => this.answer(options, () => this[name](options, name));
    }
    this.my.getAuthCode = (options) =>
      this.answer(options, () => as(this.user, () => app("POST", "getAuthCode", { scopes: options.scopes })));
    this.my.getSiteInfo = (options) => this.answer(options, async () => ({ siteName: "TEST_WALLET" }));
    this.my.getSystemInfoSync = () => ({ language: this.language, app: "test" });
    this.my.getStorageSync = ({ key }) => ({ data: JSON.parse(this.storage[key] ?? "null") });
    this.my.setStorageSync = ({ key, data }) => { this.storage[key] = JSON.stringify(data); };
    this.my.setTabBarItem = ({ index, text }) => { this.tabs[index] = text; };
    this.my.navigateTo = ({ url }) => { this.top?.options.onHide?.call(this.top); this.push(url); };
    this.my.switchTab = ({ url }) => this.tab(url.slice(1));
    this.my.call = (name, options, callback) => { // what only some wallets have
      const called = name === "qicardSignContract" ? this.signContract(options) : Promise.reject({ error: 1 });
      called.then(callback, callback);
    };
    this.my.canIUse = (name) => name in this.my;
    for (const [name, call] of Object.entries(calls)) {
      if (call === null) {
        delete this.my[name];
      } else {
        this.my[name] = call;
      }
    }
  }

  // answer calls back as my does: success or fail, then complete, and never at once.
  answer(options, work) {
    Promise.resolve().then(work).then(
      (result) => { options.success?.(result); options.complete?.(result); },
      (failure) => {
        if (failure instanceof Error) {
          throw failure; // a mistake of the test
        }
        if (failure === "never") {
          return;
        }
        options.fail?.(failure);
        options.complete?.(failure);
      },
    );
  }

  // launch starts the program, anew if it ran: only what is in the storage remains.
  launch() {
    end(); // one program at a time
    current = this;
    this.stack = [];
    this.tabPages = {};
    this.app = { ...program.app, globalData: {} };
    this.app.onLaunch({});
    this.tab(manifest.pages[0]);
    return this;
  }

  get top() { return this.stack.at(-1); }

  page(name, query) {
    const { options, view } = program.pages[name];
    const page = {
      ...options, options, view, data: structuredClone(options.data),
      setData(change) { Object.assign(page.data, change); },
    };
    page.options.onLoad?.call(page, query);
    return page;
  }

  push(url) {
    const [name, query] = url.slice(1).split("?");
    const page = this.page(name, Object.fromEntries(new URLSearchParams(query)));
    this.stack.push(page);
    page.options.onShow?.call(page);
  }

  tab(name) {
    this.stack.splice(1).forEach((page) => { page.options.onUnload?.call(page); });
    this.stack.forEach((page) => { page.options.onHide?.call(page); });
    this.tabPages[name] ??= this.page(name, {});
    this.stack = [this.tabPages[name]];
    this.top.options.onShow?.call(this.top);
  }

  back() {
    const page = this.stack.pop();
    page.options.onUnload?.call(page);
    this.top.options.onShow?.call(this.top);
  }

  hide() { this.top.options.onHide?.call(this.top); }

  show() { this.top.options.onShow?.call(this.top); }

  // ——— what the user sees and does

  elements() {
    const into = [];
    draw({ ...this.top.view, name: "page" }, this.top.data, into);
    return into;
  }

  text() { return this.elements().at(-1).text; }

  find(label) {
    return this.elements()
      .find((element) => element.onTap && (element.text === label || element["aria-label"] === label));
  }

  canTap(label) {
    const element = this.find(label);
    return Boolean(element) && !element.disabled;
  }

  tap(label, times = 1) {
    if (!this.canTap(label)) {
      throw new Error(`there is no ${label} to tap in: ${this.text()}`);
    }
    const { onTap, dataset } = this.find(label);
    const page = this.top;
    if (typeof page[onTap] !== "function") {
      throw new Error(`the page has no ${onTap}`);
    }
    for (let i = 0; i < times; i++) {
      page[onTap]({ target: { dataset }, currentTarget: { dataset } });
    }
  }

  // until waits for a text, or for what to tap.
  async until(wanted) {
    const isThere = typeof wanted === "function" ? wanted : () => this.text().includes(wanted);
    for (let tries = 0; tries < 60000; tries++) {
      if (await isThere()) {
        return;
      }
      await wait(10);
    }
    throw new Error(`${wanted} does not come; there is: ${this.text()}`);
  }

  // fill puts one coffee into the basket.
  async fill() {
    await this.until("Coffee");
    this.tap("One more: Coffee");
  }

  get orderId() { return this.top.id; }

  // ——— calls of my

  async request({ url, method = "GET", headers = {}, data, dataType }) {
    if (!String(url).startsWith(`${server}/`)) {
      throw { error: 4, errorMessage: "the domain is not in the list" };
    }
    if (!["GET", "POST"].includes(method) || dataType !== "json" || (data !== undefined && typeof data !== "string")) {
      throw { error: 2, errorMessage: "wrong arguments" };
    }
    const what = url.slice(server.length);
    const fate = this.network(method, what);
    if (fate === "down" || fate === "forbidden") {
      throw { error: fate === "down" ? 12 : 4, errorMessage: fate };
    }
    this.requests.push(`${method} ${what}`);
    let response;
    let body;
    try {
      response = await fetch(shopURL + what, { method, headers, body: data });
      body = await response.text();
    } catch {
      throw { error: 12, errorMessage: "network error" };
    }
    if (fate === "lost" || fate === "late" || fate === "garbled") {
      throw { error: { lost: 12, late: 13, garbled: 14 }[fate], errorMessage: fate };
    }
    const answer = { status: response.status, headers: {}, data: JSON.parse(body) };
    if (response.ok || this.errors === "success") {
      return answer;
    }
    throw this.errors === "bare" ? { error: 19, errorMessage: "http status error" } : { error: 19, ...answer };
  }

  // tradePay opens the cashier of the wallet. payer says what the user does there, what the
  // call reports of it (by default the truth, "never" nothing at all), and whether the
  // cashier covers the page.
  async tradePay(options, name) {
    this.cashiers.push({ name, ...options });
    const { does, reports, covers = true } = this.payer;
    const page = this.top;
    if (covers) {
      page.options.onHide?.call(page);
    }
    const opened = await app("POST", name, { paymentUrl: options.paymentUrl, tradeNO: options.tradeNO });
    let code = opened.resultCode;
    if (opened.call) {
      if (does === "leave") {
        await app("DELETE", `${name}/${opened.call}`);
      } else if (does !== "nothing") {
        await press(opened.cashierUrl, { action: does, from: "account" });
      }
      code = (await app("GET", `${name}/${opened.call}`)).resultCode;
    }
    if (reports === "never") {
      throw "never";
    }
    if (covers && page === this.top) {
      page.options.onShow?.call(page);
    }
    if (reports?.fail) {
      throw reports.fail;
    }
    return { resultCode: reports ?? code };
  }

  pay(options, name) { return this.tradePay(options, name); }

  async signContract(options) {
    const { does, reports } = this.signer;
    const opened = await app("POST", "signContract", { signStr: options.signStr, authUrl: options.authUrl });
    if (!opened.call) {
      throw { error: opened.errorCode };
    }
    await as(this.user, () => press(opened.agreementUrl, { action: does === "leave" ? "cancel" : "agree" }));
    const { authCode, authState, errorCode } = await app("GET", `signContract/${opened.call}`);
    if (reports || errorCode) {
      throw { error: reports ?? errorCode };
    }
    return { authCode, authState };
  }
}

export const exists = (name) => existsSync(path.join(root, name));
export const read = (name) => readFileSync(path.join(root, name), "utf8");
