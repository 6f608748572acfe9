// A merchant of Antom that is not this SDK. It reads how to reach the wallet from
// standard input, goes through all that Antom's pages describe for one-time payments,
// agreements and reservations, and writes what it did as JSON. The payer's buttons are
// the wallet's own pages. It fails at the first answer that is not what the pages say.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { Peer, Refused, read, send } from './wire.mjs';

const settings = JSON.parse(await read(process.stdin));
const peer = new Peer(settings);
const price = { currency: settings.currency, value: '10000' };
const part = { currency: settings.currency, value: '2500' };

// Notifications, by type and id. What does not verify is answered 401, and not kept.
const notices = new Map();
const waiting = new Map();
const refusals = [];
const shop = createServer(async (req, res) => {
  const body = await read(req);
  try {
    const notice = peer.verify(req.method, req.url, req.headers, 'request-time', body);
    const key = `${notice.notifyType} ${notice.refundRequestId ?? notice.captureRequestId ?? notice.paymentRequestId}`;
    notices.set(key, notice);
    waiting.get(key)?.(notice);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refusals.push(error.message);
    res.writeHead(401).end();
    return;
  }
  // Antom asks for this body, and for no signature of it.
  const answer = JSON.stringify({ result: { resultCode: 'SUCCESS', resultStatus: 'S', resultMessage: 'success' } });
  const headers = { 'content-type': 'application/json' };
  if (settings.signsAcknowledgements) {
    const time = peer.now();
    Object.assign(headers, {
      'client-id': peer.clientId,
      'response-time': time,
      signature: peer.sign(req.method, req.url, time, answer),
    });
  }
  res.writeHead(200, headers).end(answer);
});
await new Promise((ready) => shop.listen(0, '127.0.0.1', ready));
const notifyUrl = `http://127.0.0.1:${shop.address().port}/antom/notify?shop=1`;

/** notified waits for a notification; how long is the business of the test. */
const notified = (key) => new Promise((resolve) => {
  if (notices.has(key)) resolve(notices.get(key));
  else waiting.set(key, resolve);
});

const order = (paymentRequestId, more = {}) => ({
  productCode: 'CASHIER_PAYMENT',
  paymentRequestId,
  paymentAmount: price,
  order: { referenceOrderId: paymentRequestId, orderDescription: 'Two coffees', orderAmount: price },
  paymentMethod: { paymentMethodType: 'GCASH' },
  env: { terminalType: 'WEB' },
  paymentRedirectUrl: 'https://shop.example/thanks',
  paymentNotifyUrl: notifyUrl,
  ...more,
});

const press = async (url, button) => {
  const answer = await send(new URL(url), `action=${button}`, {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  });
  assert.equal(answer.status, 200, answer.body);
  return JSON.parse(answer.body);
};

const expect = (answer, status, code) => {
  assert.deepEqual([answer.result.resultStatus, answer.result.resultCode], [status, code], JSON.stringify(answer));
  return answer;
};
const done = (answer) => expect(answer, 'S', 'SUCCESS');
const inquire = async (paymentRequestId) => done(await peer.call('payments/inquiryPayment', { paymentRequestId }));

// place pays with a redirect: U PAYMENT_IN_PROCESS and the page for the payer.
const place = async (id, more) => {
  const paid = expect(await peer.call('payments/pay', order(id, more)), 'U', 'PAYMENT_IN_PROCESS');
  assert.match(paid.normalUrl, /^http/);
  assert.deepEqual([paid.paymentRequestId, paid.paymentAmount], [id, price]);
  assert.equal((await inquire(id)).paymentStatus, 'PROCESSING');
  return paid;
};

const steps = {
  async 'pay with a redirect, inquiry and notification'() {
    const paid = await place('paid');
    await press(paid.normalUrl, 'pay');
    const notice = await notified('PAYMENT_RESULT paid');
    assert.equal(notice.result.resultStatus, 'S');
    assert.deepEqual(notice.paymentAmount, price);
    const known = await inquire('paid');
    assert.deepEqual([known.paymentStatus, known.paymentId], ['SUCCESS', notice.paymentId]);
    assert.deepEqual(known.paymentAmount, price);
    // The same id and content is the same payment; other content is refused.
    expect(await peer.call('payments/pay', order('paid')), 'U', 'PAYMENT_IN_PROCESS');
    expect(await peer.call('payments/pay', order('paid', { paymentAmount: part })), 'F', 'REPEAT_REQ_INCONSISTENT');
  },

  async 'refund, inquiry of it and notification'() {
    const { paymentId } = await inquire('paid');
    const refund = { refundRequestId: 'refund', paymentId, refundAmount: part, refundReason: 'cold', refundNotifyUrl: notifyUrl };
    const given = done(await peer.call('payments/refund', refund));
    assert.deepEqual(given.refundAmount, part);
    assert.equal(done(await peer.call('payments/refund', refund)).refundId, given.refundId);
    const known = done(await peer.call('payments/inquiryRefund', { refundRequestId: 'refund' }));
    assert.deepEqual([known.refundStatus, known.refundId, known.refundAmount], ['SUCCESS', given.refundId, part]);
    const notice = await notified('REFUND_RESULT refund');
    assert.deepEqual([notice.refundStatus, notice.refundId, notice.refundAmount], ['SUCCESS', given.refundId, part]);
    const much = { ...refund, refundRequestId: 'much', refundAmount: price };
    expect(await peer.call('payments/refund', much), 'F', 'REFUND_AMOUNT_EXCEED');
  },

  async 'a payer who declines'() {
    const paid = await place('declined');
    await press(paid.normalUrl, 'decline');
    assert.equal((await notified('PAYMENT_RESULT declined')).result.resultStatus, 'F');
    assert.equal((await inquire('declined')).paymentStatus, 'FAIL');
  },

  async 'cancel'() {
    const { paymentId } = await place('cancelled');
    const cancelled = done(await peer.call('payments/cancel', { paymentId }));
    assert.equal(cancelled.paymentId, paymentId);
    assert.equal((await inquire('cancelled')).paymentStatus, 'CANCELLED');
  },

  async 'consult, applyToken, payments by agreement, revoke'() {
    const page = done(await peer.call('authorizations/consult', {
      customerBelongsTo: 'GCASH',
      authRedirectUrl: 'https://shop.example/agreed',
      authState: 'state-1',
      scopes: ['AGREEMENT_PAY'],
      env: { terminalType: 'WEB' },
    }));
    const { authCode, authState } = await press(page.normalUrl, 'agree');
    assert.equal(authState, 'state-1');
    const token = done(await peer.call('authorizations/applyToken', {
      grantType: 'AUTHORIZATION_CODE', customerBelongsTo: 'GCASH', authCode,
    }));
    assert.ok(Date.parse(token.accessTokenExpiryTime) > Date.now());
    const monthly = (id) => order(id, {
      productCode: 'AGREEMENT_PAYMENT',
      paymentMethod: { paymentMethodType: 'GCASH', paymentMethodId: token.accessToken },
    });
    const paid = done(await peer.call('payments/pay', monthly('january')));
    assert.equal(paid.normalUrl, undefined);
    assert.equal((await notified('PAYMENT_RESULT january')).result.resultStatus, 'S');
    assert.equal((await inquire('january')).paymentStatus, 'SUCCESS');
    done(await peer.call('authorizations/revoke', { accessToken: token.accessToken }));
    expect(await peer.call('payments/pay', monthly('february')), 'F', 'INVALID_ACCESS_TOKEN');
  },

  async 'reservation, capture and notification'() {
    const { normalUrl, paymentId } = await place('reserved', {
      paymentFactor: { isAuthorization: true, captureMode: 'MANUAL' },
    });
    await press(normalUrl, 'pay');
    const reserved = await inquire('reserved');
    assert.equal(reserved.paymentStatus, 'SUCCESS');
    assert.ok(Date.parse(reserved.authExpiryTime) > Date.now());
    const captures = async () => (await inquire('reserved')).transactions.filter((t) => t.transactionType === 'CAPTURE');
    assert.deepEqual(await captures(), []);
    const capture = { captureRequestId: 'capture', paymentId, captureAmount: part, isLastCapture: true };
    const taken = done(await peer.call('payments/capture', capture));
    assert.equal(done(await peer.call('payments/capture', capture)).captureId, taken.captureId);
    const notice = await notified('CAPTURE_RESULT capture');
    assert.deepEqual([notice.captureId, notice.captureAmount], [taken.captureId, part]);
    const [transaction, ...others] = await captures();
    assert.deepEqual(others, []);
    assert.deepEqual([transaction.transactionStatus, transaction.transactionAmount], ['SUCCESS', part]);
  },

  async 'what the wallet refuses'() {
    expect(await peer.call('payments/inquiryPayment', { paymentRequestId: 'nobody' }), 'F', 'ORDER_NOT_EXIST');
    const stale = new Peer({ ...settings });
    stale.now = () => String(Date.now() - 3_600_000);
    expect(await stale.call('payments/pay', order('stale')), 'F', 'PARAM_ILLEGAL');
    const forged = new Peer({ ...settings, privateKey: settings.strangerKey });
    expect(await forged.call('payments/pay', order('forged')), 'F', 'INVALID_SIGNATURE');
    for (const id of ['stale', 'forged']) {
      expect(await peer.call('payments/inquiryPayment', { paymentRequestId: id }), 'F', 'ORDER_NOT_EXIST');
    }
  },

  // The test injects these faults.
  async 'what is not believed'() {
    const untrusted = [];
    for (let i = 0; i < settings.lies; i++) {
      await assert.rejects(peer.call('payments/pay', order('lied')), (error) => {
        untrusted.push(error.message);
        return error instanceof Refused;
      });
    }
    const paid = expect(await peer.call('payments/pay', order('lied')), 'U', 'PAYMENT_IN_PROCESS');
    await press(paid.normalUrl, 'pay');
    assert.deepEqual((await notified('PAYMENT_RESULT lied')).paymentAmount, price, 'the changed ones were not kept');
    return untrusted;
  },
};

const report = {};
for (const name of settings.steps) report[name] = (await steps[name]()) ?? [];
shop.close();
shop.closeAllConnections();
process.stdout.write(JSON.stringify({ all: Object.keys(steps), steps: report, refusals }));
