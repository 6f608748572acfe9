// What a studio would refuse, and the logic that needs no shop.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { exists, manifest, pages, read, root } from "./phone.mjs";

const { texts } = await import(path.join(root, "shop/texts.js"));
const { money, sum } = await import(path.join(root, "shop/money.js"));
const { newPurchase } = await import(path.join(root, "shop/purchase.js"));
const { isRefused, isTemporary } = await import(path.join(root, "shop/server.js"));
const { stepOf } = await import(path.join(root, "shop/payment.js"));

const sources = readdirSync(root, { recursive: true })
  .filter((name) => name.endsWith(".js") && !/^(test|node_modules)/.test(name));

test("each page has its four files, and each file a page", () => {
  for (const name of manifest.pages) {
    for (const kind of ["js", "json", "axml", "acss"]) {
      assert.ok(exists(`${name}.${kind}`), `${name}.${kind}`);
    }
    assert.equal(typeof JSON.parse(read(`${name}.json`)).defaultTitle, "string");
  }
  const found = sources.filter((name) => name.startsWith("pages"))
    .map((name) => name.replace(/\.js$/, "").replaceAll("\\", "/"));
  assert.deepEqual(found.sort(), [...manifest.pages].sort());
  for (const { pagePath, name } of manifest.tabBar.items) {
    assert.ok(manifest.pages.includes(pagePath));
    assert.ok(texts[pagePath.split("/")[1]].includes(name), "named as in the texts");
  }
});

test("what a view names, its page has", () => {
  const visit = (node, page, name) => {
    for (const [key, value] of Object.entries(node.attributes ?? {})) {
      if (/^(on|catch)[A-Z]/.test(key)) {
        assert.equal(typeof page[value], "function", `${name}: ${key}=${value}`);
      }
    }
    node.children?.forEach((child) => visit(child, page, name));
  };
  for (const [name, { options, view }] of Object.entries(pages)) {
    visit(view, options, name);
  }
});

// Old studios do not know these. They run on the phone as they are.
test("the language of 2018", () => {
  for (const name of sources) {
    assert.doesNotMatch(read(name), /\?\.|\?\?|\|\|=|\.at\(|\.flat\(|replaceAll|structuredClone|\bURL\b\(/, name);
  }
});

test("each text is used, and each that is used is there", () => {
  const own = sources.filter((name) => name !== path.join("shop", "texts.js")).map(read).join("\n");
  const phone = ["app.js", "view.js"].map((name) => read(`../merchant/stage/miniprogram/${name}`)).join("\n");
  const used = new Set();
  for (const [, key] of (own + phone).matchAll(/"([a-z][\w.]*)"/gi)) {
    used.add(key);
  }
  for (const key of Object.keys(texts)) {
    assert.ok(used.has(key) || /^(result|note)\./.test(key), `nobody says ${key}`);
    assert.equal(texts[key].length, 2, key);
  }
  for (const [, key] of (own + phone).matchAll(/\bt\("([^"]+)"/g)) {
    assert.ok(texts[key], key);
  }
});

test("what to show of each state", () => {
  const order = { id: "1", text: "", title: "", display: "", tradePay: { paymentUrl: "https://wallet.example/1" } };
  const states = ["created", "pending", "authorized", "settling", "paid", "fulfilled", "failed", "cancelled", "expired",
    "refunding", "refunded", "partly_refunded"];
  for (const state of states) {
    const step = stepOf({ ...order, state }, undefined, 1);
    assert.ok(texts[step.title] && texts[step.note], state);
    const isOpen = state === "created" || state === "pending";
    assert.equal(step.pay, isOpen);
    assert.equal(step.back, !isOpen);
  }
  assert.equal(stepOf(null, undefined, 1).known, false, "no answer");
  assert.equal(stepOf({ ...order, state: "pending" }, "9000", 1).known, false, "wait for the shop");
  assert.equal(stepOf({ ...order, state: "pending" }, "9000", 5).pay, true);
  assert.equal(stepOf({ ...order, state: "pending" }, "6001", 1).known, true, "the payer left");
  const charging = stepOf({ ...order, state: "pending", tradePay: undefined }, undefined, 1);
  assert.equal(charging.pay, false);
  assert.equal(charging.note, "stillAsking", "nothing to pay in the cashier: do not say that it can be paid");
});

test("a purchase stays as it was sent", () => {
  let stored = null;
  const storage = { load: () => structuredClone(stored), save: (purchase) => { stored = structuredClone(purchase); } };
  const purchase = newPurchase(storage);
  purchase.change("coffee", 2);
  const first = purchase.send("agreement");
  assert.match(first.requestKey, /^[A-Za-z0-9_-]{8,64}$/);
  purchase.change("coffee", 1);
  assert.deepEqual(purchase.send(""), first);
  assert.deepEqual(newPurchase(storage).send(""), first, "after a restart as well");
  purchase.refused();
  const second = purchase.send("");
  assert.deepEqual(second.items, first.items);
  assert.equal(second.payBy, "");
  assert.notEqual(second.requestKey, first.requestKey);
  purchase.done();
  assert.equal(purchase.quantity("coffee"), 0);
  assert.notEqual(purchase.send("").requestKey, second.requestKey);
});

test("what the shop does not sell anymore leaves the basket, unless it was sent", () => {
  const purchase = newPurchase();
  purchase.change("coffee", 1);
  purchase.change("tea", 1);
  purchase.keep(["coffee"]);
  assert.deepEqual(purchase.send("").items.map(({ id }) => id), ["coffee"]);
  purchase.keep([]);
  assert.deepEqual(purchase.send("").items.map(({ id }) => id), ["coffee"]);
});

test("a storage that is not ours", () => {
  for (const stored of [{}, { basket: {} }, "text", 7]) {
    const purchase = newPurchase({ load: () => stored, save: () => {} });
    assert.equal(purchase.quantity("coffee"), 0);
    assert.equal(purchase.isSent(), false);
  }
});

test("what refuses an order, and what only does not take it", () => {
  const refused = [{ status: 409, code: "sold_out" }, { status: 422, code: "refused" }, { status: 400, isBare: true }];
  for (const problem of refused) {
    assert.equal(isRefused(problem), true, JSON.stringify(problem));
    assert.equal(isTemporary(problem), false);
  }
  const open = [
    {}, { error: 4 }, { error: 12 }, { error: 19 }, { status: 401, code: "unauthorized" }, { status: 403 },
    { status: 404, isBare: true }, { status: 400 /* a page of a proxy */ }, { status: 429, code: "too_many" },
    { status: 500 }, { status: 503, code: "try_again" },
  ];
  for (const problem of open) {
    assert.equal(isRefused(problem), false, JSON.stringify(problem));
  }
});

test("no more than nine, no less than none", () => {
  const purchase = newPurchase();
  purchase.change("coffee", -1);
  assert.equal(purchase.quantity("coffee"), 0);
  purchase.change("coffee", 20);
  assert.equal(purchase.quantity("coffee"), 9);
});

test("money", () => {
  assert.equal(money("1050.00 ZAR", "en"), "1,050.00\u00a0ZAR");
  assert.equal(money("4585.000 IQD", "en"), "4,585.000\u00a0IQD");
  assert.equal(money("3290 CLP", "en"), "3,290\u00a0CLP");
  assert.equal(money("something else", "en"), "something else");
  const items = [{ display: "3.50 USD", price: { currency: "USD", value: "350" } }];
  assert.equal(sum(items, () => 3, "en"), "10.50\u00a0USD");
  assert.equal(sum([], () => 0, "en"), "");
});
