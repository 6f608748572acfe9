// What a shop's tests can do with the sandbox: run them with `node --test`, Node.js 18 or
// later. SANDBOX_URL says where the sandbox is. If it is on another machine, the file that
// SANDBOX_CONTROL_TOKEN_FILE names has the token of its control API, SHOP_NOTIFY_URL is where it
// sends notifications, and SHOP_PORT is the port at which they arrive here.
import assert from "node:assert/strict";
import { createSign, createVerify, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

const sandbox = process.env.SANDBOX_URL ?? "http://127.0.0.1:8700";

const tokenFile = process.env.SANDBOX_CONTROL_TOKEN_FILE;
const authorization = tokenFile ? { Authorization: `Bearer ${readFileSync(tokenFile, "utf8").trim()}` } : {};

// control calls the sandbox's control API.
const control = async (method, path, body) => {
  const response = await fetch(`${sandbox}/__tradepay${path}`, {
    method,
    headers: { ...authorization, ...(body && { "Content-Type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  assert.equal(response.status, 200, `${method} ${path}: ${answer.error}`);
  return answer;
};

let merchant; // ids and keys, from the sandbox

const signed = (uri, time, body) => `POST ${uri}\n${merchant.clientId}.${time}.${body}`;

const sign = (text) => {
  const value = createSign("RSA-SHA256").update(text).sign(merchant.privateKey, "base64");
  return `algorithm=RSA256, keyVersion=${merchant.keyVersion}, signature=${value}`;
};

// verify returns the keyVersion with which the wallet signed a text.
const verify = (header, text) => {
  const keyVersion = header.split("keyVersion=")[1].split(",")[0];
  const signature = Buffer.from(decodeURIComponent(header.split("signature=")[1]), "base64");
  const good = createVerify("RSA-SHA256").update(text).verify(merchant.walletKeys[keyVersion], signature);
  assert.ok(good, "the wallet did not sign this");
  return keyVersion;
};

// call sends a signed request to the wallet and returns its verified answer.
const call = async (operation, request) => {
  const uri = `${merchant.prefix}/v2/payments/${operation}`;
  const time = new Date().toISOString();
  const body = JSON.stringify(request);
  const response = await fetch(merchant.baseUrl + uri, {
    method: "POST",
    headers: {
      "Content-Type": "application/json; charset=UTF-8",
      "Client-Id": merchant.clientId,
      "Request-Time": time,
      Signature: sign(signed(uri, time, body)),
    },
    body,
  });
  const text = await response.text();
  const keyVersion = verify(response.headers.get("Signature"), signed(uri, response.headers.get("Response-Time"), text));
  return { ...JSON.parse(text), keyVersion };
};

const inquire = (id) => call("inquiryPayment", { paymentRequestId: id });

const create = (id) =>
  call("pay", {
    paymentRequestId: id,
    appId: merchant.appId,
    paymentAmount: { currency: "USD", value: "1050" },
    order: { orderDescription: "Two coffees" },
    paymentNotifyUrl: process.env.SHOP_NOTIFY_URL ?? `http://127.0.0.1:${shop.address().port}/notify`,
  });

// shop takes notifications: it verifies them, and signs its acknowledgement.
const notified = [];
const shop = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString();
  verify(request.headers.signature, signed(request.url, request.headers["request-time"], body));
  notified.push(JSON.parse(body));
  const answer = '{"result":{"resultStatus":"S","resultCode":"SUCCESS","resultMessage":"success"}}';
  const time = new Date().toISOString();
  response.writeHead(200, {
    "Content-Type": "application/json; charset=UTF-8",
    "Client-Id": merchant.clientId,
    "Response-Time": time,
    Signature: sign(signed(request.url, time, answer)),
  });
  response.end(answer);
});

before(async () => {
  await control("POST", "/reset");
  merchant = await control("GET", "/merchant");
  const port = process.env.SHOP_PORT;
  await new Promise((listening) => shop.listen(port ?? 0, port ? "0.0.0.0" : "127.0.0.1", listening));
});

after(() => shop.close());

test("a payment is paid and notified", async () => {
  const id = randomUUID();
  const order = await create(id);
  assert.ok(order.redirectActionForm.redirectUrl, "for my.tradePay");
  await control("POST", `/payments/${id}/pay`);
  const { deliveries } = await control("GET", `/deliveries?payment=${id}&acknowledged=true&wait=10s`);
  assert.equal(deliveries.length, 1);
  assert.equal(notified.at(-1).paymentRequestId, id);
  assert.equal((await inquire(id)).paymentStatus, "SUCCESS");
});

test("the answer to the second pay is lost", async () => {
  await control("POST", "/faults", { kind: "DropAfter", operation: "pay", after: 1 });
  await create(randomUUID());
  const id = randomUUID();
  await assert.rejects(create(id));
  assert.equal((await inquire(id)).paymentStatus, "PROCESSING", "unknown is not failed: the order exists");
  assert.equal((await create(id)).paymentId, (await inquire(id)).paymentId, "the same id, and no second order");
});

test("nobody pays in time", async () => {
  const id = randomUUID();
  await create(id);
  await control("POST", `/payments/${id}/expire`);
  assert.equal((await inquire(id)).paymentStatus, "CANCELLED");
});

test("the wallet rotates its keys", async () => {
  const id = randomUUID();
  const before = (await create(id)).keyVersion;
  const { signsWith } = await control("POST", "/keys/rotate");
  assert.notEqual(signsWith, before);
  assert.equal((await inquire(id)).keyVersion, signsWith);
});
