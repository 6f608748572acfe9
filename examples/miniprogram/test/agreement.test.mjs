// The agreement: my.signContract, charges without the cashier, and the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Phone, charges, control, payments } from "./phone.mjs";

const page = "pages/agreement/agreement";
const agreed = "You have allowed it.";

const openPage = async (options) => {
  const phone = new Phone(options).launch();
  phone.tab(page);
  await phone.until(() => phone.canTap("Allow it in the wallet") || phone.canTap("End it"));
  return phone;
};

const agree = async (options) => {
  const phone = await openPage(options);
  phone.tap("Allow it in the wallet");
  await phone.until(agreed);
  return phone;
};

const toCatalogue = async (phone) => {
  phone.tab("pages/catalogue/catalogue");
  await phone.fill();
};

test("allowed, charged at once, and ended", async () => {
  const phone = await agree();
  await toCatalogue(phone);
  await phone.until(() => phone.canTap("Pay at once, by agreement"));
  phone.tap("Pay at once, by agreement", 2);
  await phone.until("Thank you!");
  const id = phone.orderId;
  assert.equal(phone.cashiers.length, 0);
  assert.equal(await charges(id), 1);

  phone.tab(page);
  await phone.until(() => phone.canTap("End it"));
  phone.tap("End it");
  await phone.until(() => phone.canTap("Allow it in the wallet"));
  await toCatalogue(phone);
  await phone.until(() => !phone.find("Pay at once, by agreement"));
  phone.tap("Pay order");
  await phone.until("Thank you!");
  assert.equal(phone.cashiers.length, 1);
});

const failures = {
  6001: "You have not allowed it. Nothing was charged.",
  6002: "The wallet cannot be reached. Nothing was charged.",
  7001: "The wallet does not say whether you allowed it. Nothing was charged.",
  7002: "The wallet could not do it. Nothing was charged.",
  9999: "The wallet could not do it. Nothing was charged.",
};
for (const [code, text] of Object.entries(failures)) {
  test(`my.signContract fails with ${code}`, async () => {
    const phone = await openPage();
    phone.signer = code === "6001" ? { does: "leave" } : { does: "agree", reports: code };
    phone.tap("Allow it in the wallet");
    await phone.until(text);
    phone.signer = { does: "agree" };
    phone.tap("Allow it in the wallet");
    await phone.until(agreed);
  });
}

test("a wallet without my.signContract", async () => {
  const phone = await openPage({ calls: { signContract: null } });
  phone.tap("Allow it in the wallet");
  await phone.until("The wallet could not do it.");
});

test("a wallet that signs by my.call", async () => {
  const called = [];
  const phone = new Phone({ calls: { signContract: null } });
  phone.my.call = (name, options, callback) => {
    called.push(name);
    phone.signContract(options).then(callback, callback);
  };
  phone.launch();
  phone.tab(page);
  await phone.until(() => phone.canTap("Allow it in the wallet"));
  phone.signer = { does: "leave" };
  phone.tap("Allow it in the wallet");
  await phone.until("You have not allowed it.");
  phone.signer = { does: "agree" };
  phone.tap("Allow it in the wallet");
  await phone.until(agreed);
  assert.deepEqual(called, ["signContract", "signContract"]);
});

test("the shop's answer is lost", async () => {
  const phone = await openPage();
  phone.network = (method, what) => (method === "POST" && what === "/api/agreement" ? "lost" : "good");
  phone.tap("Allow it in the wallet");
  await phone.until(agreed); // the shop says so when it is asked
});

test("the shop does not hear of it", async () => {
  const phone = await openPage();
  phone.network = (method, what) => (method === "POST" && what === "/api/agreement" ? "down" : "good");
  phone.tap("Allow it in the wallet");
  await phone.until("The shop could not confirm it. Nothing was charged. Allow it again.");
  phone.network = () => "good";
  phone.tap("Allow it in the wallet");
  await phone.until(agreed);
});

test("the answer to a charge is lost, and nothing else can be paid meanwhile", async () => {
  const storage = {};
  const phone = await agree({ storage });
  await toCatalogue(phone);
  await phone.until(() => phone.canTap("Pay at once, by agreement"));
  phone.network = (method, what) => (method === "POST" && what === "/api/orders" ? "lost" : "good");
  phone.tap("Pay at once, by agreement");
  await phone.until("There is no answer to your order yet.");
  assert.ok(!phone.find("Pay order"), "it may have been charged: no cashier beside it");
  assert.ok(!phone.canTap("One more: Coffee"));

  const again = new Phone({ storage, user: phone.user }).launch();
  await again.until(() => again.canTap("Send it again"));
  again.tap("Send it again");
  await again.until("Thank you!");
  assert.equal(again.cashiers.length, 0);
  assert.equal((await payments(again.orderId)).length, 1);
  assert.equal(await charges(again.orderId), 1);
  again.tab("pages/orders/orders");
  await again.until(() => again.top.data.orders.length > 0);
  assert.equal(again.top.data.orders.length, 1);
});

test("the answer to a charge is lost, and so is the login", async () => {
  const storage = {};
  const phone = await agree({ storage });
  await toCatalogue(phone);
  await phone.until(() => phone.canTap("Pay at once, by agreement"));
  phone.network = (method, what) => (method === "POST" && what === "/api/orders" ? "lost" : "good");
  phone.tap("Pay at once, by agreement");
  await phone.until("There is no answer to your order yet.");

  const again = new Phone({ storage, user: phone.user });
  const getAuthCode = again.my.getAuthCode;
  again.my.getAuthCode = ({ success }) => success({ authCode: "made-up" });
  again.launch();
  await again.until(() => again.canTap("Send it again"));
  again.tap("Send it again");
  await again.until("The shop does not answer.");
  assert.ok(again.canTap("Send it again"), "the shop has not refused the order");
  assert.ok(!again.find("Pay order"));

  again.my.getAuthCode = getAuthCode;
  again.tap("Send it again");
  await again.until("Thank you!");
  assert.equal(await charges(again.orderId), 1);
  assert.equal((await payments(again.orderId)).length, 1);
});

test("the wallet is down while the shop charges", async () => {
  const phone = await agree();
  await toCatalogue(phone);
  await phone.until(() => phone.canTap("Pay at once, by agreement"));
  await control("POST", "/suspend", {});
  try {
    phone.tap("Pay at once, by agreement");
    await phone.until("The shop is checking with the wallet. Do not pay again.");
    assert.ok(!phone.find("Pay order"));
  } finally {
    await control("POST", "/resume", {});
  }
  phone.tap("Send it again");
  await phone.until("Thank you!");
  assert.equal(await charges(phone.orderId), 1);
});

test("ended in the wallet, the cashier remains", async () => {
  const phone = await agree();
  const { tokens } = await control("GET", "/tokens");
  for (const { accessToken, userId } of tokens) {
    if (userId === phone.user) {
      await control("POST", "/tokens/end", { accessToken });
    }
  }
  await toCatalogue(phone);
  await phone.until(() => phone.canTap("Pay at once, by agreement"));
  phone.tap("Pay at once, by agreement");
  await phone.until("There is no agreement with you.");
  phone.tap("Pay order");
  await phone.until("Thank you!");
  assert.equal(await charges(phone.orderId), 1);
});

test("the wallet does not confirm the end", async () => {
  const phone = await agree();
  await control("POST", "/faults", { kind: "DropBefore", operation: "cancelToken", count: -1 });
  phone.tap("End it");
  await phone.until("An order that you placed before may still be charged. Try again in a moment.");
  assert.ok(!phone.find("Allow it in the wallet"));
  await toCatalogue(phone);
  await phone.until(() => !phone.find("Pay at once, by agreement"));
  await control("DELETE", "/faults");
  phone.tab(page);
  await phone.until(() => phone.canTap("End it"));
  phone.tap("End it");
  await phone.until(() => phone.canTap("Allow it in the wallet"));
});
