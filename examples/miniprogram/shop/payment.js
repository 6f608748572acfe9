// The payment, as the phone sees it. The order's state at the shop is the truth; what
// the wallet's call reports only decides what the screen says meanwhile.

import { promise } from "./server.js";

// After these result codes, most probably nothing was paid. After every other one, those
// that this list does not know included, the money may be on its way.
const notPaid = ["4000", "4001", "4002", "6001", "8001"];

/**
 * mayBePaid says whether to wait for the shop rather than to offer the cashier again.
 * @param {string} [resultCode] of my.tradePay or my.pay; none if no cashier was open
 */
export const mayBePaid = (resultCode) => Boolean(resultCode) && !notPaid.includes(String(resultCode));

// What to add, while the shop knows of no payment, by result code.
/** @type {Record<string, string>} */
const notes = { 4000: "hint.failed", 4001: "hint.declined", 4002: "hint.declined", 8001: "hint.broken" };

/**
 * openCashier opens the wallet's cashier, with what the shop gave for it and by the
 * call that the shop names, and returns the result code.
 * @param {Shop.Order} order
 */
export const openCashier = async (order) => {
  const call = order.cashier === "pay" ? "pay" : "tradePay";
  const answer = await promise(call, order.tradePay).catch((failure) => failure);
  return String((answer && answer.resultCode) || "6004"); // without one, nobody knows
};

/** @param {string} state */
const isOpen = (state) => state === "created" || state === "pending";

/** @param {string} state */
const isMoving = (state) => isOpen(state) || ["paid", "settling", "refunding"].includes(state);

// So often a payment that may be on its way is waited for before the screen says that
// the shop has not got it.
const patience = 5;

/**
 * stepOf says what to show of an order, and what the user may do.
 * @param {Shop.Order | null} order what the shop said; null if it did not answer
 * @param {string | undefined} resultCode
 * @param {number} asked how often the shop was asked
 * @returns {Shop.Step}
 */
export const stepOf = (order, resultCode, asked) => {
  if (!order || (isOpen(order.state) && mayBePaid(resultCode) && asked < patience)) {
    return { known: false, title: "", note: "stillAsking", pay: false, cancel: false, back: false, again: true };
  }
  const open = isOpen(order.state);
  const pay = open && Boolean(order.tradePay);
  // Without a cashier, the shop is charging by agreement, or about to close the order.
  const isWaiting = order.state === "pending" && !pay;
  let note = isWaiting ? "stillAsking" : `note.${order.state}`;
  if (pay && resultCode) {
    note = mayBePaid(resultCode) ? "hint.maybe" : notes[resultCode] || note;
  }
  return {
    known: true, title: isWaiting ? "result.created" : `result.${order.state}`, note,
    pay, cancel: open, back: !open, again: isMoving(order.state),
  };
};

/**
 * follow asks the shop for an order and shows each change, until the order has come to
 * rest or the page is gone. No answer says nothing: it asks again.
 * @param {{
 *   find: () => Promise<Shop.Order>, resultCode?: string, pause: (milliseconds: number) => Promise<unknown>,
 *   isShown: () => boolean, show: (step: Shop.Step, order: Shop.Order | null) => void, missing: () => void,
 * }} options
 */
export const follow = async ({ find, resultCode, pause, isShown, show, missing }) => {
  let last = "";
  for (let asked = 1, wait = 600; ; asked++, wait = Math.min(1.4 * wait, 5000)) {
    /** @type {Shop.Order | null} */
    let order = null;
    let isGone = false;
    try {
      order = await find();
    } catch (problem) {
      isGone = /** @type {Shop.Problem} */ (problem).status === 404;
    }
    if (!isShown()) {
      return;
    }
    if (isGone) {
      missing();
      return;
    }
    const step = stepOf(order, resultCode, asked);
    const now = JSON.stringify([step, order && order.state]);
    if (now !== last && (step.known || !last)) { // what is known stays on the screen
      show(step, order);
      last = now;
    }
    if (!step.again) {
      return;
    }
    await pause(wait);
    if (!isShown()) {
      return;
    }
  }
};
