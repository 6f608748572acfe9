// A wallet whose cashier my.pay opens: the shop says so, and the program follows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Phone, charges } from "./phone.mjs";

const phoneOf = () => new Phone({ calls: { tradePay: null } }).launch();

test("my.pay", async () => {
  const phone = phoneOf();
  await phone.fill();
  phone.tap("Pay order");
  await phone.until("Thank you!");
  assert.deepEqual(phone.cashiers.map(({ name }) => name), ["pay"]);
  assert.equal(await charges(phone.orderId), 1);
});

const reports = {
  8001: "The wallet could not open this payment.",
  4001: "The wallet reports that it declined the payment.",
  4002: "The wallet reports that it declined the payment.",
};
for (const [code, note] of Object.entries(reports)) {
  test(`my.pay reports ${code}`, async () => {
    const phone = phoneOf();
    phone.payer = { does: "nothing", reports: code };
    await phone.fill();
    phone.tap("Pay order");
    await phone.until(note);
    phone.payer = { does: "pay", reports: code };
    phone.tap("Pay now");
    await phone.until("Thank you!");
    assert.equal(await charges(phone.orderId), 1);
  });
}

test("no agreement in this wallet", async () => {
  const phone = phoneOf();
  phone.tab("pages/agreement/agreement");
  await phone.until(() => phone.canTap("Allow it in the wallet"));
  phone.tap("Allow it in the wallet");
  await phone.until("This wallet does not offer that.");
});
