// my.request fails in each of its ways. One purchase stays one order.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Phone, charges, payments } from "./phone.mjs";

const isCreate = (method, what) => method === "POST" && what === "/api/orders";
const isFind = (method, what) => method === "GET" && what.startsWith("/api/orders/");

// ordersOf reads the history as the user would.
const ordersOf = async (phone) => {
  phone.tab("pages/orders/orders");
  await phone.until(() => phone.top.data.orders.length > 0 || phone.text().includes("No orders yet."));
  return phone.top.data.orders;
};

for (const fate of ["lost", "late", "garbled"]) {
  test(`the answer to an order is ${fate}`, async () => {
    const phone = new Phone().launch();
    let failures = 3;
    phone.network = (method, what) => (isCreate(method, what) && failures-- > 0 ? fate : "good");
    await phone.fill();
    phone.tap("Pay order");
    await phone.until("Thank you!");
    assert.equal(phone.requests.filter((request) => request === "POST /api/orders").length, 4);
    assert.equal(await charges(phone.orderId), 1);
    assert.equal((await ordersOf(phone)).length, 1);
  });
}

test("no answer for long, and the mini program is closed", async () => {
  const storage = {};
  const phone = new Phone({ storage }).launch();
  phone.network = (method, what) => (isCreate(method, what) ? "lost" : "good");
  await phone.fill();
  phone.tap("Pay order");
  await phone.until("The shop does not answer. Try again in a moment.");
  assert.ok(phone.canTap("Send it again"));
  assert.ok(!phone.find("Pay order"), "no second way to pay");
  assert.ok(!phone.canTap("One more: Coffee"), "the basket stays as it was sent");
  assert.equal(phone.cashiers.length, 0);

  const again = new Phone({ storage, user: phone.user }).launch();
  await again.until("There is no answer to your order yet.");
  again.tap("Send it again");
  await again.until("Thank you!");
  assert.equal(await charges(again.orderId), 1);
  assert.equal((await ordersOf(again)).length, 1, "one order of both");
  again.tab("pages/catalogue/catalogue");
  await again.until(() => again.find("Pay order"));
  assert.ok(!again.canTap("Pay order"), "the basket is empty");
});

test("nothing is sent while the shop cannot be reached", async () => {
  const phone = new Phone().launch();
  await phone.fill();
  phone.network = () => "down";
  phone.tap("Pay order");
  await phone.until("The shop does not answer. Try again in a moment.");
  phone.network = () => "good";
  phone.tap("Send it again");
  await phone.until("Thank you!");
  assert.equal(await charges(phone.orderId), 1);
});

test("a domain that is not on the list is not asked again and again", async () => {
  const phone = new Phone().launch();
  await phone.fill();
  let asked = 0;
  phone.network = (method, what) => {
    asked += isCreate(method, what) ? 1 : 0;
    return "forbidden";
  };
  phone.tap("Pay order");
  await phone.until("The shop does not answer.");
  assert.ok(asked <= 1, `${asked} times`);
});

test("no answer about the order says nothing", async () => {
  const phone = new Phone().launch();
  let failures = 8;
  phone.network = (method, what) =>
    (isFind(method, what) && phone.cashiers.length > 0 && failures-- > 0 ? "down" : "good");
  await phone.fill();
  phone.tap("Pay order");
  await phone.until("The shop is checking with the wallet. Do not pay again.");
  assert.ok(!phone.find("Pay now"));
  await phone.until("Thank you!");
  assert.equal(await charges(phone.orderId), 1);
});

test("what the shop said stays on the screen while it does not answer", async () => {
  const phone = new Phone().launch();
  phone.payer = { does: "leave" };
  await phone.fill();
  phone.tap("Pay order");
  await phone.until(() => phone.canTap("Pay now"));
  let unanswered = 0;
  phone.network = (method, what) => {
    unanswered += isFind(method, what) ? 1 : 0;
    return "down";
  };
  await phone.until(() => unanswered > 3);
  assert.match(phone.text(), /^Not paid yet/);
  assert.ok(phone.canTap("Pay now"));
});

test("no answer before the cashier opens", async () => {
  const phone = new Phone().launch();
  phone.network = (method, what) => (isFind(method, what) ? "down" : "good");
  await phone.fill();
  phone.tap("Pay order");
  await phone.until("The shop is checking with the wallet.");
  assert.equal(phone.cashiers.length, 0);
  phone.network = () => "good";
  await phone.until(() => phone.canTap("Pay now"));
  phone.tap("Pay now");
  await phone.until("Thank you!");
  assert.equal(phone.cashiers.length, 1);
});

for (const errors of ["fail", "bare", "success"]) {
  test(`the session is over, told by ${errors}`, async () => {
    const phone = new Phone().launch();
    phone.errors = errors;
    await phone.fill();
    await phone.until(() => phone.requests.includes("POST /api/login"));
    const spoil = phone.my.request;
    let token = "Bearer of-yesterday"; // in the place of the session's
    phone.my.request = (options) => {
      if (options.url.endsWith("/api/login")) {
        token = "";
      }
      const isSpoilt = options.headers.Authorization && token;
      spoil({ ...options, headers: isSpoilt ? { ...options.headers, Authorization: token } : options.headers });
    };
    phone.tap("Pay order");
    await phone.until("Thank you!");
    assert.equal(phone.requests.filter((request) => request === "POST /api/login").length >= 2, true);
    assert.equal(await charges(phone.orderId), 1);
  });
}

for (const errors of ["fail", "success"]) {
  test(`the shop refuses the order, told by ${errors}`, async () => {
    const phone = new Phone().launch();
    phone.errors = errors;
    const send = phone.my.request;
    phone.my.request = (options) => { // one item that the catalogue does not have
      const isOrder = options.url.endsWith("/api/orders") && options.data;
      send({ ...options, data: isOrder ? options.data.replace("coffee", "gone") : options.data });
    };
    await phone.fill();
    phone.tap("Pay order");
    await phone.until("Order 1 to 20 different items of the catalogue");
    assert.ok(phone.canTap("One more: Coffee"), "refused is final: the basket is free again");
    phone.my.request = send;
    phone.tap("Pay order");
    await phone.until("Thank you!");
    assert.equal((await payments(phone.orderId)).length, 1);
  });
}
