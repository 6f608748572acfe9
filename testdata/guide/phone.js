// Runs the mini program of a payment guide, whose files are in the folder that
// is named on the command line, against a server and a wallet that misbehave.
// It ends with 1 and says why if the page shows anything but the server's word.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const folder = process.argv[2];

// open starts the mini program anew. script says what happens around it: the
// server's answers, and the resultCode of my.tradePay.
function open(script) {
  const seen = { texts: [], carts: [], paid: [], shows: 0 };
  const my = {
    canIUse: () => script.siteName !== undefined,
    getSiteInfo: (o) => o.success({ siteName: script.siteName }),
    getAuthCode: (o) => o.success({ authCode: 'code' }),
    request: (o) => setImmediate(() => {
      const { pathname } = new URL(o.url);
      if (pathname === '/login') return o.success({ status: 200, data: { session: 's' } });
      assert.strictEqual(o.headers.authorization, 'Bearer s');
      if (pathname === '/orders') {
        seen.carts.push(o.data);
        const answer = script.create(seen.carts.length);
        return answer ? o.success({ status: 200, data: answer }) : o.fail({ error: 13 });
      }
      assert.strictEqual(pathname, '/orders/order-1');
      seen.shows += 1;
      const state = script.show(seen.shows);
      return state ? o.success({ status: 200, data: { order: 'order-1', state } }) : o.success({ status: 502, data: 'bad gateway' });
    }),
    tradePay: (o) => {
      seen.paid.push({ paymentUrl: o.paymentUrl, tradeNO: o.tradeNO });
      setImmediate(() => o.complete({ resultCode: script.resultCode }));
    },
  };
  let page;
  const modules = {};
  const load = (name) => {
    const file = path.join(folder, name);
    const module = { exports: {} };
    vm.runInNewContext(fs.readFileSync(file, 'utf8'), {
      my, module, require: (other) => modules[other] || (modules[other] = load(other)), Page: (o) => { page = o; }, setTimeout: (f) => setImmediate(f),
    }, { filename: file });
    return module.exports;
  };
  load('order.js');
  page.setData = (data) => seen.texts.push(data.text);
  page.onLoad({ cart: 'cart-17' });
  return { page, seen };
}

const created = { order: 'order-1', state: 'open', tradePay: { paymentUrl: 'https://wallet.example/1' } };

async function main() {
  const words = {};
  for (const state of ['open', 'paid', 'closed', 'held']) {
    const { page, seen } = open({ create: () => created, show: () => state, resultCode: '9000' });
    await page.onPay();
    words[state] = seen.texts[seen.texts.length - 1];
    assert.strictEqual(typeof words[state], 'string', state + ' has no words');
    assert.deepStrictEqual(seen.paid, [{ paymentUrl: 'https://wallet.example/1', tradeNO: undefined }]);
    assert.strictEqual(seen.shows, state === 'open' ? 12 : 1, 'it asks while it is open, and for a minute at most');
  }
  assert.strictEqual(new Set(Object.values(words)).size, 4, 'each state has words of its own');

  const shown = async (script, want) => {
    const { page, seen } = open(script);
    await page.onPay();
    assert.strictEqual(seen.texts[seen.texts.length - 1], want);
    return { page, seen };
  };
  // 9000 without a payment, and 6001 after one.
  await shown({ create: () => created, show: () => 'open', resultCode: '9000' }, words.open);
  for (const resultCode of ['6001', '6002', '6004', '8000', '4000']) {
    await shown({ create: () => created, show: () => 'paid', resultCode }, words.paid);
  }
  // The server is slow to know, or out of reach for a while.
  await shown({ create: () => created, show: (n) => (n < 3 ? 'open' : 'paid'), resultCode: '9000' }, words.paid);
  await shown({ create: () => created, show: (n) => (n < 3 ? '' : 'paid'), resultCode: '9000' }, words.paid);
  // No payment URL yet, or the order is decided: the cashier stays closed.
  for (const state of ['open', 'closed', 'paid']) {
    const { seen } = await shown({ create: () => ({ order: 'order-1', state }), show: () => state, resultCode: '9000' }, words[state]);
    assert.deepStrictEqual(seen.paid, []);
  }
  // The answer to the order is lost: the next press sends the same cart.
  const lost = open({ create: (n) => (n === 1 ? null : created), show: () => 'paid', resultCode: '9000' });
  await lost.page.onPay();
  assert.ok(!Object.values(words).includes(lost.seen.texts[0]), 'a lost answer is no state');
  await lost.page.onPay();
  assert.deepStrictEqual(lost.seen.carts.map((data) => data.cart), ['cart-17', 'cart-17']);
  assert.strictEqual(lost.seen.texts[1], words.paid);
  // Two presses at once are one.
  const twice = open({ siteName: 'TEST_WALLET', create: () => created, show: () => 'paid', resultCode: '9000' });
  await Promise.all([twice.page.onPay(), twice.page.onPay()]);
  assert.deepStrictEqual(JSON.parse(JSON.stringify(twice.seen.carts)), [{ cart: 'cart-17', siteName: 'TEST_WALLET' }]);
  // A trade number goes through as it came.
  const number = open({ create: () => ({ ...created, tradePay: { tradeNO: '2026' } }), show: () => 'paid', resultCode: '9000' });
  await number.page.onPay();
  assert.deepStrictEqual(number.seen.paid, [{ paymentUrl: undefined, tradeNO: '2026' }]);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
