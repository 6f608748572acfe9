// Whatever my.tradePay reports, the screen ends with what the shop says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Phone, charges, payments } from "./phone.mjs";

const again = "You can try again.";
const maybe = "The wallet has not confirmed the payment to the shop yet.";
const unpaid = "The shop has not been paid. You can pay now.";

// What the screen adds, by what is reported, while the shop has no payment.
const reports = {
  9000: maybe,
  8000: maybe,
  6002: maybe,
  6004: maybe,
  7777: maybe, // a code of a later version
  4000: again,
  4001: again,
  4002: again,
  6001: unpaid,
  8001: "The wallet could not open this payment.",
};

for (const [code, note] of Object.entries(reports)) {
  test(`${code} after a payment`, async () => {
    const phone = new Phone().launch();
    phone.payer = { does: "pay", reports: code };
    await phone.fill();
    phone.tap("Pay order");
    await phone.until("Thank you!");
    assert.equal(await charges(phone.orderId), 1);
    assert.ok(!phone.canTap("Pay now"));
  });

  test(`${code} without a payment`, async () => {
    const phone = new Phone().launch();
    phone.payer = { does: "nothing", reports: code };
    await phone.fill();
    phone.tap("Pay order");
    await phone.until(note);
    assert.match(phone.text(), /^Not paid yet/);
    assert.equal(await charges(phone.orderId), 0);

    const id = phone.orderId;
    phone.payer = { does: "pay" };
    phone.tap("Pay now");
    await phone.until("Thank you!");
    assert.equal(phone.orderId, id, "the same order");
    assert.equal((await payments(id)).length, 1);
    assert.equal(await charges(id), 1);
    assert.equal(phone.cashiers[0].paymentUrl, phone.cashiers[1].paymentUrl, "the same payment");
  });
}

const failures = { "an error": { error: 40 }, nothing: {}, "a code": { resultCode: "6002" } };
for (const [name, fail] of Object.entries(failures)) {
  test(`a failure with ${name}`, async () => {
    const phone = new Phone().launch();
    phone.payer = { does: "pay", reports: { fail } };
    await phone.fill();
    phone.tap("Pay order");
    await phone.until("Thank you!");
    assert.equal(await charges(phone.orderId), 1);
  });
}

test("a failure without a code, and without a payment", async () => {
  const phone = new Phone().launch();
  phone.payer = { does: "nothing", reports: { fail: { error: 40 } } };
  await phone.fill();
  phone.tap("Pay order");
  await phone.until(maybe);
  assert.equal(await charges(phone.orderId), 0);
});

test("the payer leaves", async () => {
  const phone = new Phone().launch();
  phone.payer = { does: "leave" };
  await phone.fill();
  phone.tap("Pay order");
  await phone.until(unpaid);
  phone.tap("Cancel the order");
  await phone.until("Order cancelled");
  assert.equal(await charges(phone.orderId), 0);
  phone.tap("Back to the shop");
  await phone.until("Coffee");
});

test("too little money", async () => {
  const phone = new Phone().launch();
  phone.payer = { does: "decline" };
  await phone.fill();
  phone.tap("Pay order");
  await phone.until("The payment failed");
  assert.equal(await charges(phone.orderId), 0);
});
