// A shop as a mini program: catalogue, order, payment, result, history.
//
// Two rules make it safe. The server is asked what an order's state is;
// the result code of the cashier only decides what the screen says meanwhile. And a
// purchase has one requestKey, so that trying again never makes a second order.

import { cancelOrder, catalogue, createOrder, findOrder, listOrders, login, pause, promise } from "./server.js";
import { element, focusHeading, heading, isShown, money, show, sum, t, wait } from "./view.js";

const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");

const basket = new Map(); // id of an item → quantity
let requestKey = newKey(); // of the purchase in the basket
const started = new Map(); // id of an order → what opens its cashier

// The wallet's call that opens the cashier: my.tradePay mostly, my.pay in some.
const openCashier = my[document.querySelector('meta[name="cashier"]').content];

// The catalogue, and the basket in it.
const showCatalogue = async () => {
  const page = show("catalogue", wait(t("mp.loading")));
  let items;
  try {
    items = await catalogue();
  } catch {
    if (isShown(page)) {
      showProblem(t("mp.unreachable"), showCatalogue);
    }
    return;
  }
  if (!isShown(page)) {
    return;
  }
  const total = element("strong", { "data-total": "" });
  const pay = element("button", { type: "button", class: "main", id: "pay", click: () => buy() }, t("mp.pay"));
  const list = element("ul", { class: "items" });
  const count = () => {
    list.classList.toggle("begin", started.size === 0 && [...basket.values()].every((quantity) => quantity === 0));
    pay.disabled = !items.some((item) => basket.get(item.id) > 0);
    total.textContent = sum(items, (item) => basket.get(item.id) ?? 0);
  };
  list.append(...items.map((item, i) => row(item, i, count)));
  show("catalogue", heading(t("mp.catalogue")), list,
    element("div", { class: "till" }, element("p", { role: "status" }, t("mp.total"), " ", total), pay));
  count();
};

const row = (item, i, recount) => {
  const count = element("output", {}, String(basket.get(item.id) ?? 0));
  const change = (by) => () => {
    basket.set(item.id, Math.min(9, Math.max(0, (basket.get(item.id) ?? 0) + by)));
    requestKey = newKey(); // another basket is another purchase
    count.textContent = basket.get(item.id);
    recount();
  };
  return element("li", { "data-item": item.id },
    element("span", { class: `art art-${i % 6}`, "aria-hidden": "true" }, item.name.charAt(0)),
    element("span", { class: "name" }, item.name, element("small", {}, money(item.display))),
    element("span", { class: "count" },
      element("button", { type: "button", "aria-label": t("mp.less", { name: item.name }), click: change(-1) }, "−"), count,
      element("button", { type: "button", "aria-label": t("mp.more", { name: item.name }), click: change(1) }, "+")));
};

// Pay order: make the order at the server, then let the wallet take over.
const buy = async () => {
  const items = [...basket].filter(([, quantity]) => quantity > 0).map(([id, quantity]) => ({ id, quantity }));
  const message = element("span", {}, t("mp.ordering"));
  const page = show("catalogue", heading(t("mp.order")), wait(message));
  let order;
  try {
    order = await createOrder(items, requestKey, (answered) => { message.textContent = t(answered ? "mp.waiting" : "mp.retrying"); });
  } catch (error) {
    if (isShown(page)) {
      const refused = error.status >= 400 && error.status < 500;
      const why = refused ? "mp.refused" : error.status ? "mp.stuck" : "mp.unreachable";
      showProblem(t(why), refused ? showCatalogue : buy); // again with the same key
    }
    return;
  }
  basket.clear();
  requestKey = newKey();
  started.set(order.id, order.tradePay);
  if (order.state === "created" || order.state === "pending") {
    await pay(order.id);
  } else {
    await showResult(order.id);
  }
};

// The wallet's cashier. Whatever it calls back, the server is asked.
const pay = async (id) => {
  const page = show("orders", heading(t("mp.order")), wait(t("mp.loading")));
  let hint;
  try {
    hint = (await promise(openCashier, started.get(id))).resultCode;
  } catch {
    hint = "6004"; // the cashier could not tell
  }
  if (isShown(page)) {
    await showResult(id, hint);
  }
};

const isOpen = (state) => state === "created" || state === "pending";
const isMoving = (state) => isOpen(state) || state === "paid" || state === "settling" ||
  state === "refunding";

// After these the payer has not simply left, so the money may be on its way.
const mayBePaid = (hint) => ["9000", "8000", "6004", "6002"].includes(hint);

// The result: what the server says, asked again while it may change.
const showResult = async (id, hint) => {
  const page = show("orders", heading(t("mp.order")), wait(t("mp.asking")));
  let shown = "";
  for (let tries = 1, delay = 600; tries <= 60; tries++, delay = Math.min(1.4 * delay, 5000)) {
    let order;
    try {
      order = await findOrder(id);
    } catch {
      order = null; // no answer says nothing
    }
    if (!isShown(page)) {
      return;
    }
    const patient = mayBePaid(hint) && tries < 5;
    const next = order && !(isOpen(order.state) && patient) ? order.state : shown;
    if (next !== shown) {
      shown = next;
      drawResult(order);
    } else if (!shown) {
      document.querySelector(".wait")?.replaceChildren(element("span", { class: "spinner", "aria-hidden": "true" }), t("mp.stillAsking"));
    }
    if (order && !isMoving(order.state)) {
      return;
    }
    await pause(delay);
    if (!isShown(page)) {
      return;
    }
  }
};

const drawResult = (order) => {
  const buttons = [];
  if (isOpen(order.state) && (order.tradePay ?? started.get(order.id))) {
    started.set(order.id, order.tradePay ?? started.get(order.id));
    buttons.push(element("button", { type: "button", class: "main", id: "pay-now", click: () => pay(order.id) }, t("mp.payNow")));
  }
  if (isOpen(order.state)) {
    buttons.push(element("button", { type: "button", id: "cancel", click: () => cancel(order.id) }, t("mp.cancel")));
  } else {
    buttons.push(element("button", { type: "button", class: "main", id: "back", click: showCatalogue }, t("mp.back")));
  }
  document.getElementById("page").replaceChildren(element("section", { class: `result ${order.state}`, "data-state": order.state, "data-order": order.id },
    element("span", { class: "badge", "aria-hidden": "true" }), heading(t(`mp.result.${order.state}`)),
    element("p", { class: "amount" }, money(order.display)),
    element("p", { class: "note" }, t(`mp.note.${order.state}`)), element("p", { class: "id" }, order.id),
    element("div", { class: "actions" }, ...buttons)));
  focusHeading();
};

const cancel = async (id) => {
  const page = show("orders", heading(t("mp.order")), wait(t("mp.asking")));
  await cancelOrder(id).catch(() => {}); // the next answer tells how it went
  if (isShown(page)) {
    await showResult(id);
  }
};

// The history.
const showOrders = async () => {
  const page = show("orders", heading(t("mp.orders")), wait(t("mp.loading")));
  let orders;
  try {
    orders = await listOrders();
  } catch {
    if (isShown(page)) {
      showProblem(t("mp.unreachable"), showOrders);
    }
    return;
  }
  if (!isShown(page)) {
    return;
  }
  show("orders", heading(t("mp.orders")), orders.length === 0 ? element("p", { class: "note" }, t("mp.noOrders")) :
    element("ul", { class: "orders" }, ...orders.map((order) => {
      const state = t(`state.${order.state}`);
      const amount = money(order.display);
      return element("li", {}, element("button", { type: "button", "data-order": order.id, "data-state": order.state, click: () => showResult(order.id), "aria-label": t("mp.open", { id: order.id, amount, state }) },
        element("strong", {}, amount), element("span", { class: `state ${order.state}` }, state), element("small", {}, order.id)));
    })));
};

const showProblem = (text, again) => {
  show("", heading(t("mp.order")), element("p", { class: "note", role: "alert" }, text),
    element("div", { class: "actions" }, element("button", { type: "button", class: "main", click: again }, t("mp.again"))));
};

document.getElementById("tab-catalogue").addEventListener("click", showCatalogue);
document.getElementById("tab-orders").addEventListener("click", showOrders);
login().catch(() => {}); // the first request that needs it tries again
showCatalogue();
