// The user taps twice, leaves and comes back, or the phone ends the mini program.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Phone, charges, control, payments, wait } from "./phone.mjs";

test("a double tap is one order and one cashier", async () => {
  const phone = new Phone().launch();
  await phone.fill();
  phone.tap("Pay order", 2);
  await phone.until("Thank you!");
  assert.equal(phone.cashiers.length, 1);
  phone.tab("pages/orders/orders");
  await phone.until(() => phone.top.data.orders.length > 0);
  assert.equal(phone.top.data.orders.length, 1);
});

test("a double tap on Pay now is one cashier", async () => {
  const phone = new Phone().launch();
  phone.payer = { does: "leave" };
  await phone.fill();
  phone.tap("Pay order");
  await phone.until(() => phone.canTap("Pay now"));
  phone.payer = { does: "pay" };
  phone.tap("Pay now", 2);
  await phone.until("Thank you!");
  assert.equal(phone.cashiers.length, 2);
  assert.equal(await charges(phone.orderId), 1);
});

test("the cashier never calls back, and the user is back", async () => {
  const phone = new Phone().launch();
  phone.payer = { does: "pay", reports: "never" };
  await phone.fill();
  phone.tap("Pay order");
  await phone.until(() => phone.cashiers.length === 1);
  await phone.until(async () => (await payments(phone.orderId)).some((payment) => payment.charges === 1));
  phone.show();
  await phone.until("Thank you!");
});

test("the cashier neither hides the page nor calls back", async () => {
  const phone = new Phone().launch();
  phone.payer = { does: "nothing", reports: "never", covers: false };
  await phone.fill();
  phone.tap("Pay order");
  await phone.until(() => phone.cashiers.length === 1);
  phone.hide();
  phone.show();
  await phone.until("The wallet has not confirmed the payment to the shop yet.");
  phone.payer = { does: "pay" };
  phone.tap("Pay now");
  await phone.until("Thank you!");
  assert.equal(await charges(phone.orderId), 1);
});

test("a cashier over half of the page", async () => {
  const phone = new Phone().launch();
  phone.payer = { does: "pay", covers: false };
  await phone.fill();
  phone.tap("Pay order");
  await phone.until("Thank you!");
});

test("who leaves the page is not asked for, and sees the truth when back", async () => {
  const phone = new Phone().launch();
  phone.payer = { does: "leave" };
  await phone.fill();
  phone.tap("Pay order");
  await phone.until(() => phone.canTap("Pay now"));
  const id = phone.orderId;
  phone.back();
  await phone.until("Coffee");
  const asked = () => phone.requests.filter((request) => request.includes(id)).length;
  const before = asked();
  await wait(100); // several times as long as the program's pauses are here
  assert.equal(asked(), before, "nobody looks");
  await control("POST", `/payments/${id}/pay`);
  phone.tab("pages/orders/orders");
  await phone.until(() => phone.top.data.orders.length === 1);
  phone.tap(phone.top.data.orders[0].label);
  await phone.until("Thank you!");
  assert.equal(phone.orderId, id);
});

test("the user goes elsewhere while the order is made", async () => {
  const phone = new Phone().launch();
  await phone.fill();
  let isHeld = true;
  const send = phone.my.request;
  phone.my.request = async (options) => {
    while (isHeld && options.url.endsWith("/api/orders")) {
      await wait(10);
    }
    send(options);
  };
  phone.tap("Pay order");
  phone.hide();
  isHeld = false;
  await phone.until(() => phone.top.next !== "");
  assert.equal(phone.cashiers.length, 0, "no cashier over another page");
  phone.show();
  await phone.until("Thank you!");
  assert.equal(phone.cashiers.length, 1);
});

test("the phone ends the mini program behind the cashier", async () => {
  const storage = {};
  const phone = new Phone({ storage }).launch();
  phone.payer = { does: "pay", reports: "never" };
  await phone.fill();
  phone.tap("Pay order");
  await phone.until(() => phone.cashiers.length === 1);
  const id = phone.orderId;
  await phone.until(async () => await charges(id) === 1);
  const again = new Phone({ storage, user: phone.user }).launch();
  await again.until("Coffee");
  assert.ok(!again.canTap("Pay order"), "the basket is an order now");
  again.tab("pages/orders/orders");
  await again.until(() => again.top.data.orders.length === 1);
  again.tap(again.top.data.orders[0].label);
  await again.until("Thank you!");
  assert.equal(again.orderId, id);
  assert.equal(await charges(id), 1);
});

test("a page opens while the wallet does not answer about the order", async () => {
  const phone = new Phone().launch();
  await phone.fill();
  await phone.until(() => phone.requests.includes("GET /api/agreement")); // logged in
  await control("POST", "/suspend", {});
  try {
    phone.tap("Pay order");
    await phone.until("The shop has no answer from the wallet yet");
    assert.ok(phone.canTap("Send it again"));
    phone.tab("pages/orders/orders");
    await phone.until(() => phone.top.data.orders.length === 1);
    phone.tap(phone.top.data.orders[0].label);
    await phone.until("Not ready yet");
    assert.ok(!phone.find("Pay now"));
  } finally {
    await control("POST", "/resume", {});
  }
  phone.tab("pages/catalogue/catalogue");
  await phone.until(() => phone.canTap("Send it again"));
  phone.tap("Send it again");
  await phone.until("Thank you!");
  assert.equal((await payments(phone.orderId)).length, 1);
  assert.equal(await charges(phone.orderId), 1);
});

test("an order of somebody else", async () => {
  const first = new Phone().launch();
  first.payer = { does: "leave" };
  await first.fill();
  first.tap("Pay order");
  await first.until(() => first.canTap("Pay now"));
  const id = first.orderId;
  const other = new Phone().launch();
  other.push(`/pages/order/order?id=${id}&pay=1`);
  await other.until("The shop does not have this order.");
  assert.equal(other.cashiers.length, 0);
});
