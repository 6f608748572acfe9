// A shop as a mini program: catalogue, order, payment, result, history.
//
// Two rules make it safe. The server is asked what an order's state is;
// the result code of the cashier only decides what the screen says meanwhile. And a
// purchase has one requestKey, so that trying again never makes a second order.

// What is not of this page alone, it shares with examples/miniprogram, the same shop for a
// wallet's studio: the modules in shop.

import { allow } from "./shop/agreement.js";
import { follow, openCashier } from "./shop/payment.js";
import { newPurchase } from "./shop/purchase.js";
import { connect, isRefused } from "./shop/server.js";
import { element, focusHeading, heading, isShown, language, money, show, sum, t, wait } from "./view.js";

const shop = connect({ url: document.querySelector('meta[name="server"]').content, language });
const purchase = newPurchase();

// How this mini program pays: in the cashier, there with the amount reserved first, or by an
// agreement. Those of a real shop offer what it needs.
const payBy = { pay: "", reserve: "reserve", subscribe: "agreement" }[document.querySelector('meta[name="scenario"]').content];
const isByAgreement = payBy === "agreement";
let hasOrdered = false; // the first press needs no pointing at anymore

// The catalogue, and the basket in it.
const showCatalogue = async () => {
  const page = show("catalogue", wait(t("loading")));
  let items;
  try {
    if (isByAgreement && !purchase.isSent() && !(await shop.agreement()).active) {
      if (isShown(page)) {
        showAgreement("");
      }
      return;
    }
    items = await shop.catalogue();
  } catch {
    if (isShown(page)) {
      showProblem(t("unreachable"), showCatalogue);
    }
    return;
  }
  if (!isShown(page)) {
    return;
  }
  const total = element("strong", { "data-total": "" });
  const isSent = purchase.isSent(); // and has no answer yet: it stays as it is
  const pay = element("button", { type: "button", class: "main", id: "pay", click: () => buy() }, t(isSent ? "sendAgain" : isByAgreement ? "payAtOnce" : "pay"));
  const list = element("ul", { class: "items" });
  const count = () => {
    list.classList.toggle("begin", !hasOrdered && items.every((item) => purchase.quantity(item.id) === 0));
    pay.disabled = !items.some((item) => purchase.quantity(item.id) > 0);
    total.textContent = sum(items, (item) => purchase.quantity(item.id));
  };
  list.append(...items.map((item, i) => row(item, i, count)));
  const note = isSent ? [element("p", { class: "note" }, t("locked"))] : [];
  show("catalogue", heading(t("catalogue")), ...note, list,
    element("div", { class: "till" }, element("p", { role: "status" }, t("total"), " ", total), pay));
  count();
};

// The agreement: read once, on the wallet's own page.
const showAgreement = (problem) => {
  const begin = async () => {
    const page = show("catalogue", heading(t("agreement")), wait(t("loading")));
    const why = await allow(shop, t);
    if (isShown(page)) {
      await (why ? showAgreement(why) : showCatalogue());
    }
  };
  show("catalogue", heading(t("agreement")), element("p", { class: "note" }, t("agreement.none")),
    ...(problem ? [element("p", { class: "note", role: "alert" }, problem)] : []),
    element("div", { class: "actions" }, element("button", { type: "button", class: "main", id: "allow", click: begin }, t("agreement.allow"))));
};

const step = (label, click, text) =>
  element("button", { type: "button", "aria-label": label, click, disabled: purchase.isSent() ? "" : undefined }, text);

const row = (item, i, recount) => {
  const count = element("output", {}, String(purchase.quantity(item.id)));
  const change = (by) => () => {
    purchase.change(item.id, by);
    count.textContent = purchase.quantity(item.id);
    recount();
  };
  return element("li", { "data-item": item.id },
    element("span", { class: `art art-${i % 6}`, "aria-hidden": "true" }, item.name.charAt(0)),
    element("span", { class: "name" }, item.name, element("small", {}, money(item.display))),
    element("span", { class: "count" },
      step(t("less", { name: item.name }), change(-1), "−"), count,
      step(t("more", { name: item.name }), change(1), "+")));
};

// Pay order: make the order at the server, then let the wallet take over.
const buy = async () => {
  const message = element("span", {}, t("ordering"));
  const page = show("catalogue", heading(t("order")), wait(message));
  let order;
  try {
    order = await shop.createOrder(purchase.send(payBy), (answered) => { message.textContent = t(answered ? "waiting" : "retrying"); });
  } catch (problem) {
    const refused = isRefused(problem);
    if (refused) {
      purchase.refused();
    }
    if (isShown(page)) {
      const why = refused ? "refused" : problem.status ? "stuck" : "unreachable";
      showProblem(t(why), refused ? showCatalogue : buy); // again with the same key
    }
    return;
  }
  purchase.done();
  hasOrdered = true;
  if (order.tradePay) {
    await pay(order);
  } else {
    await showResult(order.id);
  }
};

// The wallet's cashier. Whatever it calls back, the server is asked.
const pay = async (order) => {
  const page = show("orders", heading(t("order")), wait(t("loading")));
  const resultCode = await openCashier(order);
  if (isShown(page)) {
    await showResult(order.id, resultCode);
  }
};

// The result: what the server says, asked again while it may change.
const showResult = async (id, resultCode) => {
  const page = show("orders", heading(t("order")), wait(t("asking")));
  let state = "";
  const draw = (step, order) => {
    if (!order || order.state !== "authorized" || state !== "authorized") {
      state = order?.state ?? "";
      drawStep(step, order);
    }
  };
  do { // what is reserved, the shop may charge or release at any time
    await follow({
      find: () => shop.findOrder(id), resultCode, pause: shop.pause, isShown: () => isShown(page), show: draw,
      missing: () => showProblem(t("missing"), showOrders),
    });
  } while (state === "authorized" && await shop.pause(2000).then(() => isShown(page)));
};

const drawStep = (step, order) => {
  if (step.known) {
    drawResult(step, order);
  } else {
    document.querySelector(".wait")?.replaceChildren(element("span", { class: "spinner", "aria-hidden": "true" }), t(step.note));
  }
};

const drawResult = (step, order) => {
  const buttons = [];
  if (step.pay) {
    buttons.push(element("button", { type: "button", class: "main", id: "pay-now", click: () => pay(order) }, t("payNow")));
  }
  if (step.cancel) {
    buttons.push(element("button", { type: "button", id: "cancel", click: () => cancel(order.id) }, t("cancel")));
  }
  if (step.back) {
    buttons.push(element("button", { type: "button", class: "main", id: "back", click: showCatalogue }, t("back")));
  }
  document.getElementById("page").replaceChildren(element("section", { class: `result ${order.state}`, "data-state": order.state, "data-order": order.id },
    element("span", { class: "badge", "aria-hidden": "true" }), heading(t(step.title)),
    element("p", { class: "amount" }, money(order.display)),
    element("p", { class: "note" }, t(step.note)), element("p", { class: "id" }, order.id),
    element("div", { class: "actions" }, ...buttons)));
  focusHeading();
};

const cancel = async (id) => {
  const page = show("orders", heading(t("order")), wait(t("asking")));
  await shop.cancelOrder(id).catch(() => {}); // the next answer tells how it went
  if (isShown(page)) {
    await showResult(id);
  }
};

// The history.
const showOrders = async () => {
  const page = show("orders", heading(t("orders")), wait(t("loading")));
  let orders;
  try {
    ({ orders } = await shop.listOrders());
  } catch {
    if (isShown(page)) {
      showProblem(t("unreachable"), showOrders);
    }
    return;
  }
  if (!isShown(page)) {
    return;
  }
  show("orders", heading(t("orders")), orders.length === 0 ? element("p", { class: "note" }, t("noOrders")) :
    element("ul", { class: "orders" }, ...orders.map((order) => {
      const state = order.text;
      const amount = money(order.display);
      return element("li", {}, element("button", { type: "button", "data-order": order.id, "data-state": order.state, click: () => showResult(order.id), "aria-label": t("open", { id: order.id, amount, state }) },
        element("strong", {}, amount), element("span", { class: `state ${order.state}` }, state), element("small", {}, order.id)));
    })));
};

const showProblem = (text, again) => {
  show("", heading(t("order")), element("p", { class: "note", role: "alert" }, text),
    element("div", { class: "actions" }, element("button", { type: "button", class: "main", click: again }, t("again"))));
};

for (const [name, open] of [["catalogue", showCatalogue], ["orders", showOrders]]) {
  const tab = document.getElementById(`tab-${name}`);
  tab.textContent = t(name);
  tab.addEventListener("click", open);
}
shop.login().catch(() => {}); // the first request that needs it tries again
showCatalogue();
